"""The differences of two states: things, names, values that hold now, statements, citations, sources, counts.

Everything comes in a fixed order: by class, name and IRI. A thing that is new or gone is told as a whole;
only of things in both states are the values compared.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from kg import vocab
from kg.diff.states import State
from kg.diff.view import Source, Thing, Value, View, area, name_of

_REPLACED = vocab.DCTERMS + "isReplacedBy"
_DEPRECATED = "http://www.w3.org/2002/07/owl#deprecated"
_LABELS = (vocab.SKOS_PREF_LABEL, vocab.RDFS_LABEL)
NAMING = (*_LABELS, "http://www.w3.org/2004/02/skos/core#altLabel")
"""Properties that give names."""


@dataclass(frozen=True, order=True)
class Retired:
    """A thing that is kept but no longer used, and what takes its place (may be nothing)."""

    thing: Thing
    replaced_by: tuple[Value, ...]


@dataclass(frozen=True, order=True)
class Renamed:
    """A thing whose name in one language is another now."""

    thing: Thing
    language: str
    before: str
    after: str


@dataclass(frozen=True, order=True)
class Change:
    """Values of one property of a thing: none before means added, none after removed, the same confirmed.

    ``sources`` make the new statement, or made the one that is gone.
    """

    thing: Thing
    property: Value
    before: tuple[Value, ...]
    after: tuple[Value, ...]
    sources: tuple[Source, ...]


@dataclass(frozen=True, order=True)
class Cited:
    """A statement that stays, and is made by other sources: ``added`` and ``removed`` ones."""

    thing: Thing
    property: Value
    value: Value
    added: tuple[Source, ...]
    removed: tuple[Source, ...]


@dataclass(frozen=True)
class Tally:
    """How many records are new, gone, or say something else; by set where they come in sets."""

    added: Mapping[str, int]
    removed: Mapping[str, int]
    changed: Mapping[str, int]


@dataclass(frozen=True)
class Difference:
    """All that differs; ``merged`` says that graphs, and so citations, could not be compared.

    ``statements`` are numbers added and removed, ``machinery`` the same for graphs that are not told.
    """

    before: State
    after: State
    merged: bool
    statements: tuple[int, int]
    machinery: Mapping[str, tuple[int, int]]
    added: tuple[Thing, ...]
    removed: tuple[Thing, ...]
    retired: tuple[Retired, ...]
    renamed: tuple[Renamed, ...]
    current: tuple[Change, ...]
    values: tuple[Change, ...]
    cited: tuple[Cited, ...]
    sources_added: tuple[Source, ...]
    sources_removed: tuple[Source, ...]
    mappings: Tally
    judgements: Tally

    @property
    def equal(self) -> bool:
        """Whether both states state the very same."""
        return self.statements == (0, 0)


def compare(before: State, after: State) -> Difference:
    """Compare two states; as merged triples where one of them has no graphs."""
    merged = before.merged or after.merged
    was, now = (_quads(state, merged) for state in (before, after))
    old, new = View(was), View(now)
    plus, minus = (Counter(map(area, found)) for found in (now - was, was - now))
    common = old.said.keys() & new.said.keys()
    retired, renamed, values, cited = [], [], [], []
    for iri in common:
        found = _Compared(iri, old, new)
        retired += found.retired
        renamed += found.renamed
        values += found.values
        cited += found.cited
    graphs_added = _documents(new, new.graphs - old.graphs)
    graphs_removed = _documents(old, old.graphs - new.graphs)
    return Difference(
        before,
        after,
        merged,
        (sum(plus.values()), sum(minus.values())),
        {name: (plus[name], minus[name]) for name in sorted({*plus, *minus} - {""})},
        _things(new, new.said.keys() - old.said.keys() - {source.iri for source in graphs_added}),
        _things(old, old.said.keys() - new.said.keys() - {source.iri for source in graphs_removed}),
        tuple(sorted(retired)),
        tuple(sorted(renamed)),
        tuple(sorted(_current(old, new))),
        tuple(sorted(values)),
        tuple(sorted(cited)),
        graphs_added,
        graphs_removed,
        _tally(old.mappings, new.mappings, old.scheme, new.scheme),
        _tally(old.judgements, new.judgements, lambda _: "", lambda _: ""),
    )


def _quads(state: State, merged: bool) -> frozenset[ox.Quad]:
    if not merged:
        return frozenset(state.quads)
    return frozenset(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in state.quads)


def _things(view: View, iris: Iterable[str]) -> tuple[Thing, ...]:
    return tuple(sorted(view.thing(iri) for iri in iris))


def _documents(view: View, graphs: Iterable[str]) -> tuple[Source, ...]:
    """The graphs that are documents; a passage is a thing of its own."""
    return tuple(sorted(view.source(graph) for graph in graphs if graph.startswith(f"{vocab.ID}document/")))


def _tally(
    old: Mapping[str, set[str]],
    new: Mapping[str, set[str]],
    old_group: Callable[[str], str],
    new_group: Callable[[str], str],
) -> Tally:
    return Tally(
        _ordered(Counter(new_group(node) for node in new.keys() - old.keys())),
        _ordered(Counter(old_group(node) for node in old.keys() - new.keys())),
        _ordered(Counter(new_group(node) for node in new.keys() & old.keys() if new[node] != old[node])),
    )


def _ordered(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _current(old: View, new: View) -> Iterator[Change]:
    """What holds now and did not, or the reverse, or still does for another reason; not of things gone.

    The sources are those of the values that are new, else of those that are gone, else the new reason.
    """
    for subject, predicate in old.current.keys() | new.current.keys():
        was, now = old.current.get((subject, predicate), set()), new.current.get((subject, predicate), set())
        if subject not in new.said:
            continue
        view, values = (new, now - was) if now - was else (old, was - now) if was - now else (new, now)
        sources = _sources(view, view.origins(subject, predicate, values))
        if was == now and sources == _sources(old, old.origins(subject, predicate, values)):
            continue
        yield Change(
            new.thing(subject),
            _property(old, new, predicate),
            _values(old, was),
            _values(new, now),
            sources,
        )


class _Compared:
    """One thing in both states."""

    def __init__(self, iri: str, old: View, new: View) -> None:
        self.old, self.new = old, new
        self.thing = new.thing(iri)
        self.retired: list[Retired] = []
        self.renamed: list[Renamed] = []
        self.values: list[Change] = []
        self.cited: list[Cited] = []
        was, now = old.said[iri], new.said[iri]
        marks = [
            term
            for predicate in (_REPLACED, _DEPRECATED)
            for term in now.get((predicate, ""), {}).keys() - was.get((predicate, ""), {}).keys()
            if name_of(term) or getattr(term, "value", "") in ("true", "1")
        ]
        if marks:
            self.retired.append(
                Retired(self.thing, _values(new, (term for term in marks if isinstance(term, ox.NamedNode))))
            )
        gone: dict[str, dict[object, set[str]]] = defaultdict(dict)
        come: dict[str, dict[object, set[str]]] = defaultdict(dict)
        for predicate, language in was.keys() | now.keys():
            if marks and predicate in (_REPLACED, _DEPRECATED):
                continue
            before, after = was.get((predicate, language), {}), now.get((predicate, language), {})
            if not self._changed(predicate, language, before, after):
                gone[predicate] |= {term: before[term] for term in before.keys() - after.keys()}
                come[predicate] |= {term: after[term] for term in after.keys() - before.keys()}
            self._cited(predicate, before, after)
        for predicate, terms in gone.items():
            for sources, group in _by_sources(old, terms).items():
                values = _values(old, group)
                self.values.append(Change(self.thing, self._what(predicate), values, (), sources))
        for predicate, terms in come.items():
            for sources, group in _by_sources(new, terms).items():
                values = _values(new, group)
                self.values.append(Change(self.thing, self._what(predicate), (), values, sources))

    def _what(self, predicate: str) -> Value:
        return _property(self.old, self.new, predicate)

    def _changed(
        self, predicate: str, language: str, was: Mapping[object, set[str]], now: Mapping[object, set[str]]
    ) -> bool:
        """Tell one value in the place of another as a change; of several, nobody knows which became which."""
        if not (len(was) == len(now) == 1 and was.keys() != now.keys()):
            return False
        (before,), (after,) = was, now
        if predicate in _LABELS and isinstance(before, ox.Literal) and isinstance(after, ox.Literal):
            self.renamed.append(Renamed(self.thing, language, before.value, after.value))
            return True
        values = _values(self.old, was), _values(self.new, now)
        sources = _sources(self.new, now[after])
        self.values.append(Change(self.thing, self._what(predicate), *values, sources))
        return True

    def _cited(self, predicate: str, was: Mapping[object, set[str]], now: Mapping[object, set[str]]) -> None:
        for term in was.keys() & now.keys():
            if was[term] != now[term]:
                more = _sources(self.new, now[term] - was[term])
                less = _sources(self.old, was[term] - now[term])
                value = self.new.value(term)
                self.cited.append(Cited(self.thing, self._what(predicate), value, more, less))


def _by_sources(view: View, said: Mapping[object, set[str]]) -> dict[tuple[Source, ...], list[object]]:
    found: dict[tuple[Source, ...], list[object]] = defaultdict(list)
    for term, graphs in said.items():
        found[_sources(view, graphs)].append(term)
    return found


def _property(old: View, new: View, iri: str) -> Value:
    return (new if iri in new.names else old).value(ox.NamedNode(iri))


def _values(view: View, terms: Iterable[object]) -> tuple[Value, ...]:
    return tuple(sorted(view.value(term) for term in terms))


def _sources(view: View, graphs: Iterable[str]) -> tuple[Source, ...]:
    return tuple(sorted(view.source(graph) for graph in graphs if graph))
