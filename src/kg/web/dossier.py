"""The dossier of a thing: its facts in the sections of its shape, with marks that lead to the sources."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kg import vocab
from kg.web.facts import About, Fact
from kg.web.html import Cell, Links, cell, outward
from kg.web.site import Site, Term, rank_of

_NAMES = (vocab.SKOS_PREF_LABEL, vocab.RDFS_LABEL, vocab.DCTERMS_TITLE)
_ALT = "http://www.w3.org/2004/02/skos/core#altLabel"
# Records that speak about a statement, not about the thing.
_RECORDS = (
    vocab.RDF_SUBJECT,
    vocab.RDF_OBJECT,
    "http://www.w3.org/2002/07/owl#annotatedSource",
    "http://www.w3.org/2002/07/owl#annotatedTarget",
)
_SHOWN_ABOVE = (vocab.RDF_TYPE, vocab.SKOS_PREF_LABEL, vocab.DCTERMS_DESCRIPTION, _ALT)


@dataclass
class Value:
    """One value: how it looks, the numbers of its sources, the dates they speak for, whether it holds now."""

    cell: Cell
    notes: list[int] = field(default_factory=list)
    stated: str = ""
    is_current: bool = False


@dataclass
class Entry:
    """A property with its values, or a thing that says something of this one."""

    name: str
    values: list[Value] = field(default_factory=list)


@dataclass
class Section:
    """Entries under one heading."""

    name: str
    entries: list[Entry]


@dataclass(frozen=True)
class Note:
    """A source: its number on this page, what it is called, its page, and where it lies officially."""

    number: int
    label: str
    href: str
    source: str
    printed: str
    stated: str
    address: str | None
    curated: str
    reviewed: str
    text: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True)
class Dossier:
    """Everything on the page of a thing."""

    iri: str
    title: str
    kinds: tuple[Cell, ...]
    description: str
    others: tuple[tuple[str, str], ...]
    elsewhere: tuple[tuple[str, str], ...]
    current: tuple[Entry, ...]
    sections: tuple[Section, ...]
    links: tuple[Entry, ...]
    incoming: tuple[Entry, ...]
    held: tuple[Section, ...]
    notes: tuple[Note, ...]
    page: int
    pages: int
    is_cut: bool


@dataclass(frozen=True)
class Mapped:
    """What a mapping leads to: the knowledge base, what the thing is called there, how near it is to ours."""

    base: str
    label: str
    nearness: str


Mappings = Mapping[tuple[str, str], Mapped]
"""Mappings of a thing, by predicate and target."""


def dossier(site: Site, about: About, languages: Sequence[str], mappings: Mappings | None = None) -> Dossier:
    """Arrange what is said of a thing for a reader of these languages."""
    return _Maker(site, about, languages, mappings or {}).make()


class _Maker:
    def __init__(self, site: Site, about: About, languages: Sequence[str], mappings: Mappings) -> None:
        self.site = site
        self.mappings = mappings
        self.about = about
        self.languages = languages
        self.links = Links(site.settings)
        self.labels = names_in(about.names, languages)
        self.numbers: dict[str, int] = {}
        self.classes = [str(term["value"]) for term in about.values(vocab.RDF_TYPE)]

    def make(self) -> Dossier:
        about = self.about
        own = [fact for fact in about.said if fact.predicate not in _SHOWN_ABOVE]
        linked = [fact for fact in own if vocab.LINKS in fact.graphs]
        derived = set(self.site.forms.current_of.values())
        current = [fact for fact in own if fact.predicate in derived]
        stated = [fact for fact in own if fact not in linked and fact not in current]
        described = self._best(about.values(vocab.DCTERMS_DESCRIPTION))
        sections = self._sections(stated, self.classes)
        others, elsewhere = self._others()
        return Dossier(
            iri=about.iri,
            title=self.labels.get(about.iri) or self._short(about.iri),
            kinds=tuple(self._kinds()),
            description=str(described["value"]) if described else "",
            others=tuple(others),
            elsewhere=tuple(elsewhere),
            current=tuple(self._entries(current, lambda fact: self._label(fact.predicate))),
            sections=sections,
            links=tuple(self._linked(linked)),
            incoming=tuple(self._incoming()),
            held=self._held(),
            notes=tuple(self._note(graph, number) for graph, number in self.numbers.items()),
            page=about.page,
            pages=about.pages,
            is_cut=about.is_cut,
        )

    def _others(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Other names: those the reader can read, and those in other languages, each list in order."""
        found = sorted(
            {
                (str(term["value"]), str(term.get("xml:lang", "")).lower())
                for term in self.about.values(_ALT)
                if term["type"] == "literal"
            },
            key=lambda item: (rank_of(item[1], self.languages), item[1], item[0]),
        )
        read = [item for item in found if rank_of(item[1], self.languages) < 2 * (len(self.languages) + 2)]
        return read, [item for item in found if item not in read]

    def _kinds(self) -> Iterable[Cell]:
        stated = [
            fact.value
            for fact in self.about.said
            if fact.predicate == vocab.RDF_TYPE and set(fact.graphs) != {vocab.DERIVED}
        ]
        return [self._cell(term) for term in stated]

    def _sections(self, facts: Sequence[Fact], classes: Sequence[str]) -> tuple[Section, ...]:
        shown = {
            fact.predicate: self.site.forms.field(classes, fact.predicate, self._label(fact.predicate))
            for fact in facts
        }
        found: dict[str, list[Fact]] = {}
        for fact in sorted(facts, key=lambda fact: (shown[fact.predicate], fact.predicate)):
            found.setdefault(shown[fact.predicate].section, []).append(fact)
        return tuple(
            Section(name, self._entries(group, lambda fact: shown[fact.predicate].name))
            for name, group in found.items()
        )

    def _entries(self, facts: Iterable[Fact], name: Callable[[Fact], str]) -> list[Entry]:
        entries: dict[str, Entry] = {}
        for fact in facts:
            called = name(fact)
            entries.setdefault(called, Entry(called)).values.append(self._value(fact, fact.value))
        return list(entries.values())

    def _value(self, fact: Fact, term: Term) -> Value:
        forms = self.site.forms
        marked = [graph for graph in fact.graphs if graph not in vocab.MACHINERY] or self._origins(fact)
        numbers = sorted(self.numbers.setdefault(graph, len(self.numbers) + 1) for graph in marked)
        is_current = fact.predicate in forms.current_of.values()
        if not is_current and fact.predicate not in forms.time_bound:
            return Value(self._cell(term), numbers)
        dates = ", ".join(sorted({self._fact_of(graph, vocab.STATED_AS_OF) for graph in marked} - {""}))
        now = self.about.values(forms.current_of.get(fact.predicate, ""))
        return Value(self._cell(term), numbers, dates, fact.value in now)

    def _origins(self, fact: Fact) -> list[str]:
        """The graphs that a current value comes from: of those that state it, the ones that speak last."""
        stated = next((of for of, now in self.site.forms.current_of.items() if now == fact.predicate), "")
        graphs = [
            graph
            for other in self.about.said
            if other.predicate == stated and other.value == fact.value
            for graph in other.graphs
        ]
        newest = max((self._fact_of(graph, vocab.STATED_AS_OF) for graph in graphs), default="")
        return [graph for graph in graphs if newest and self._fact_of(graph, vocab.STATED_AS_OF) == newest]

    def _incoming(self) -> list[Entry]:
        entries: dict[str, Entry] = {}
        for fact in self.about.incoming:
            if fact.predicate in _RECORDS:
                continue
            name = self._label(fact.predicate)
            entries.setdefault(name, Entry(name)).values.append(self._value(fact, fact.subject))
        return list(entries.values())

    def _held(self) -> tuple[Section, ...]:
        """What the graph of this name says of other things, thing by thing."""
        sections: dict[str, Section] = {}
        for fact in self.about.held:
            subject = str(fact.subject["value"])
            name = self.labels.get(subject) or self._short(subject)
            section = sections.setdefault(subject, Section(name, []))
            label = self._label(fact.predicate)
            if not section.entries or section.entries[-1].name != label:
                section.entries.append(Entry(label))
            section.entries[-1].values.append(Value(self._cell(fact.value)))
        return tuple(sections.values())

    def _linked(self, facts: Sequence[Fact]) -> list[Entry]:
        """Links by knowledge base, each called what the thing is called there."""
        entries: dict[str, Entry] = {}
        for fact in facts:
            value = self._value(fact, fact.value)
            target = str(fact.value["value"])
            mapped = self.mappings.get((fact.predicate, target))
            base = mapped.base if mapped else self._knowledge_base(fact)
            if mapped and fact.value["type"] == "uri":
                value.cell = replace(
                    value.cell, text=mapped.label, title=target, note=mapped.nearness, kind="iri"
                )
            entries.setdefault(base, Entry(base)).values.append(value)
        return [entries[base] for base in sorted(entries, key=str.casefold)]

    def _knowledge_base(self, fact: Fact) -> str:
        """The knowledge base that a link leads into, by the pattern of its identifiers, or its kind."""
        datatype = str(fact.value.get("datatype", ""))
        return self.labels.get(datatype) or self._label(fact.predicate)

    def _note(self, graph: str, number: int) -> Note:
        whole = self._fact_of(graph, vocab.DCTERMS_IS_PART_OF) or graph
        address = self._fact_of(whole, "https://schema.org/url")
        return Note(
            number,
            self.labels.get(graph) or self._short(graph),
            self.links.thing(graph),
            self._fact_of(whole, vocab.DCTERMS_TITLE) if whole != graph else "",
            self._fact_of(graph, vocab.PRINTED_NUMBER),
            self._fact_of(graph, vocab.STATED_AS_OF) or self._fact_of(whole, vocab.STATED_AS_OF),
            outward(address) if address else None,
            self._fact_of(graph, vocab.CONN + "curatedOn"),
            self._fact_of(graph, vocab.CONN + "reviewedOn"),
            self._marked(graph),
        )

    def _marked(self, passage: str) -> tuple[tuple[str, bool], ...]:
        """The text of a passage, if it is at hand, in parts: each with whether it names this thing."""
        text = self.site.paragraphs.get(passage, "")
        called = {
            str(term["value"])
            for predicate in (*_NAMES, _ALT)
            for term in self.about.values(predicate)
            if term["type"] == "literal" and len(str(term["value"])) > 2
        }
        if not text or not called or passage == self.about.iri:
            return ((text, False),) if text else ()
        names = "|".join(re.escape(name) for name in sorted(called, key=len, reverse=True))
        parts = re.split(rf"(?<!\w)({names})(?!\w)", text)
        return tuple((part, place % 2 == 1) for place, part in enumerate(parts) if part)

    def _fact_of(self, iri: str, predicate: str) -> str:
        for fact in self.about.sources:
            if fact.subject["value"] == iri and fact.predicate == predicate:
                return str(fact.value["value"])
        return ""

    def _best(self, terms: Iterable[Term]) -> Term | None:
        def rank(term: Term) -> int:
            return rank_of(str(term.get("xml:lang", "")).lower(), self.languages)

        return min(terms, key=rank, default=None)

    def _cell(self, term: Term) -> Cell:
        return cell(term, self.labels, self.site.prefixes, self.links)

    def _label(self, iri: str) -> str:
        return self.labels.get(iri) or self._short(iri)

    def _short(self, iri: str) -> str:
        return cell({"type": "uri", "value": iri}, {}, self.site.prefixes, self.links).text


def names_in(names: Iterable[Fact], languages: Sequence[str]) -> dict[str, str]:
    """The name of each thing for a reader of these languages."""
    found: dict[str, tuple[int, int, str]] = {}
    for fact in names:
        language = str(fact.value.get("xml:lang", "")).lower()
        rank = (_NAMES.index(fact.predicate), rank_of(language, languages), str(fact.value["value"]))
        thing = str(fact.subject["value"])
        found[thing] = min(rank, found.get(thing, rank))
    return {iri: rank[2] for iri, rank in found.items()}


def sentence(view: Dossier) -> str:
    """One line for search engines and link previews."""
    text = view.description or f"{view.title} in Connectivity KG."
    return re.sub(r"\s+", " ", text)[:300]
