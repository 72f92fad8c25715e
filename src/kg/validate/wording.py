"""A validation report in plain words: what is wrong with which thing, and what the shape asks for.

The words are those of the shape (sh:message) where it has any, else a sentence made of its constraint
(SHACL section 4). A thing, property or shape is called by its name, else by a prefixed name, else by its IRI.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

import rdflib
from rdflib import OWL, RDF, RDFS, SH, SKOS, XSD, BNode, Literal, URIRef

from kg import vocab
from kg.turtle import shorten
from kg.validate.sentences import SENTENCES, in_singular

_LONG = 300
"""Characters of a value that are told."""
_MESSAGE = 2000
"""Characters of a message that are told."""
_MANY = 12
"""Items of a list that are told."""
_NAMING = (
    SKOS.prefLabel,
    RDFS.label,
    URIRef(vocab.DCTERMS_TITLE),
    URIRef("http://xmlns.com/foaf/0.1/name"),
    URIRef("https://schema.org/name"),
    URIRef("http://schema.org/name"),
)
# Prefixes that everybody knows, for documents that come without them.
_USUAL = {
    "owl": str(OWL),
    "rdf": str(RDF),
    "rdfs": str(RDFS),
    "sh": str(SH),
    "skos": str(SKOS),
    "xsd": str(XSD),
}
_SEVERITIES = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}
_ORDER = {"violation": 0, "warning": 1, "info": 2}
_KINDS = {
    SH.IRI: "an IRI",
    SH.BlankNode: "a blank node",
    SH.Literal: "a literal",
    SH.BlankNodeOrIRI: "a blank node or an IRI",
    SH.BlankNodeOrLiteral: "a blank node or a literal",
    SH.IRIOrLiteral: "an IRI or a literal",
}


@dataclass(frozen=True, kw_only=True)
class Told:
    """One validation result (SHACL section 3.6.2) in words; IRIs stand beside the names.

    ``message`` says what is wrong, ``asks`` what the shape asks for where that is another thing.
    """

    severity: str
    thing: str
    thing_iri: str | None = None
    path: str | None = None
    path_iri: str | None = None
    value: str | None = None
    message: str
    asks: str | None = None
    shape: str | None = None
    shape_iri: str | None = None
    constraint: str

    @property
    def rank(self) -> tuple[object, ...]:
        """What the order of results depends on."""
        return (_ORDER.get(self.severity, 0), self.thing, self.path or "", self.message, self.value or "")


@dataclass(frozen=True)
class Account:
    """A report in words: whether the data conform, how many results of each severity, the results in order.

    ``results`` may be the first of them only; ``counts`` is about all. ``notes`` say what a reader would
    otherwise overlook.
    """

    conforms: bool
    counts: Mapping[str, int]
    looked: Mapping[str, int]
    results: Sequence[Told] = ()
    notes: Sequence[str] = field(default_factory=tuple)

    @property
    def verdict(self) -> str:
        """One sentence: whether the data conform, and how many results there are."""
        found = ", ".join(_counted(number, name) for name, number in self.counts.items() if number)
        looked = ", ".join(_counted(number, name) for name, number in self.looked.items())
        said = "The data conform to the shapes" if self.conforms else "The data do not conform to the shapes"
        return f"{said}: {found or 'no fault'} ({looked} judged)."

    def json(self) -> bytes:
        """For programs: ``conforms``, ``verdict``, ``counts``, ``looked``, ``notes``, ``results``."""
        document = {
            "conforms": self.conforms,
            "verdict": self.verdict,
            "counts": dict(self.counts),
            "looked": dict(self.looked),
            "notes": list(self.notes),
            "results": [
                {name: value for name, value in asdict(told).items() if value is not None}
                for told in self.results
            ],
        }
        return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"

    def text(self) -> bytes:
        """For people, on a screen: the results, then notes and verdict."""
        lines: list[str] = []
        for told in self.results:
            lines.append(f"{told.severity}: {told.thing}")
            rows = (
                ("property", told.path),
                ("fault", told.message),
                ("value", told.value),
                ("asked", told.asks),
                ("shape", told.shape),
            )
            lines += [f"  {name + ':':<9} {' '.join(value.split())}" for name, value in rows if value]
            lines.append("")
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join([*lines, self.verdict]).encode("utf-8", "replace") + b"\n"


def tell(
    report: rdflib.Graph,
    shapes: rdflib.Graph,
    sources: Sequence[rdflib.Graph],
    prefixes: Mapping[str, str],
    most: int | None = None,
    looked: Mapping[str, int] | None = None,
) -> Account:
    """Tell a report in words; ``sources`` are where names of things are looked for, the nearest first."""
    teller = _Teller(report, shapes, (*sources, shapes), prefixes)
    (node,) = report.subjects(RDF.type, SH.ValidationReport)
    conforms = report.value(node, SH.conforms)
    results = [teller.told(result) for result in report.objects(node, SH.result)]
    results.sort(key=lambda told: told.rank)
    counts = {name: sum(told.severity == name for told in results) for name in _ORDER}
    notes = []
    if looked and not looked.get("things", 1):
        notes.append("No shape says anything of what is in the data: nothing was judged.")
    if most is not None and len(results) > most:
        notes.append(f"Only the first {most:,} results are told here; the other formats hold all of them.")
    return Account(
        bool(conforms.value) if isinstance(conforms, Literal) else False,
        counts,
        looked or {},
        tuple(results[:most]),
        tuple(notes),
    )


class _Teller:
    """Looks up what a result is about, and finds words for it."""

    def __init__(
        self,
        report: rdflib.Graph,
        shapes: rdflib.Graph,
        sources: Sequence[rdflib.Graph],
        prefixes: Mapping[str, str],
    ) -> None:
        self._report = report
        self._shapes = shapes
        self._sources = sources
        self._prefixes = {**_USUAL, **prefixes}
        self._known: dict[Any, str] = {}

    def told(self, result: Any) -> Told:
        """Tell one result."""
        get = self._report.value
        focus, value = get(result, SH.focusNode), get(result, SH.value)
        path, shape = get(result, SH.resultPath), get(result, SH.sourceShape)
        component = str(get(result, SH.sourceConstraintComponent) or "")
        severity = get(result, SH.resultSeverity)
        kind = component.removeprefix(vocab.SH)
        asks, wrong = self._sentences(kind, shape, value, path)
        messages = sorted(self._report.objects(result, SH.resultMessage), key=_english_first)
        own = self._says(shape) or self._says(get(result, SH.sourceConstraint)) or kind not in SENTENCES
        said = str(messages[0]) if messages and (own or not wrong) else wrong
        if not said or said.startswith("Parameterised SHACL Query"):  # what pySHACL says of its own accord
            said = "The shape finds a fault here."
        return Told(
            severity=_SEVERITIES.get(severity, "") or self._name(severity),
            thing=self._name(focus),
            thing_iri=_iri(focus),
            path=(self._named_by(shape) or self._path(path)) if path is not None else None,
            path_iri=_iri(path),
            value=self._name(value) if value is not None and value != focus else None,
            message=_cut(said, _MESSAGE),
            asks=asks,
            shape=self._name(shape) if isinstance(shape, URIRef) else None,
            shape_iri=_iri(shape),
            constraint=kind.removesuffix("ConstraintComponent"),
        )

    def _sentences(self, kind: str, shape: Any, value: Any, path: Any) -> tuple[str | None, str | None]:
        """What the shape asks for, and what is wrong, as made of the constraint; None for one of others."""
        if kind not in SENTENCES:
            return None, None
        parameter, asked, wrong = SENTENCES[kind]
        found = list(self._shapes.objects(shape, SH[parameter]))
        shown = " and ".join(self._parameter(item) for item in found[:_MANY]) or "that is asked for"
        about_all = asked.startswith(("have", "share")) and "characters" not in asked
        whose = (
            ("The property must " if about_all else "Each value must ")
            if path is not None and parameter != "closed"
            else "It must "
        )
        fill: Callable[[str], str] = lambda text: text.replace(  # noqa: E731
            "{value}", self._name(value) if value is not None else "it"
        ).replace("{}", shown)
        sentence = fill(wrong)
        if not wrong.startswith("{value}") or value is None:  # the name of a value stays as it is
            sentence = sentence[:1].upper() + sentence[1:]
        return f"{whose}{in_singular(fill(asked))}.", in_singular(f"{sentence}.")

    def _parameter(self, node: Any) -> str:
        if node in _KINDS:
            return _KINDS[node]
        if isinstance(node, Literal) and isinstance(node.value, int | float | Decimal):
            return _cut(str(node))
        items = self._items(node)
        if items is None:
            return self._inner(node)
        shown = [self._inner(item) for item in items[:_MANY]]
        return ", ".join(shown) + (", …" if len(items) > _MANY else "")

    def _inner(self, node: Any, depth: int = 0) -> str:
        """A shape without a name by what it asks for, anything else by its name."""
        if not isinstance(node, BNode) or self._named_by(node):
            return self._name(node)
        path = self._shapes.value(node, SH.path)
        asked = []
        for parameter, words, _ in SENTENCES.values():
            for item in list(self._shapes.objects(node, SH[parameter]))[:_MANY]:
                named = isinstance(item, URIRef | Literal)
                asked.append(words.replace("{}", self._parameter(item) if named else "inside it"))
        if depth < 2:
            asked += sorted(self._inner(item, depth + 1) for item in self._shapes.objects(node, SH.property))
        whose = "" if path is None else f"{self._path(path)}: "
        return f"[{whose}{in_singular(', '.join(asked) or 'fit what is inside it')}]"

    def _items(self, node: Any) -> list[Any] | None:
        """The items of a list, as far as they are told; None for what is no list."""
        if node != RDF.nil and self._shapes.value(node, RDF.first) is None:
            return None
        items: list[Any] = []
        while node not in (None, RDF.nil) and len(items) <= _MANY:
            items.append(self._shapes.value(node, RDF.first))
            node = self._shapes.value(node, RDF.rest)
        return items

    def _says(self, node: Any) -> bool:
        return node is not None and self._shapes.value(node, SH.message) is not None

    def _named_by(self, shape: Any) -> str | None:
        names = sorted(self._shapes.objects(shape, SH.name), key=_english_first) if shape is not None else []
        return _cut(str(names[0])) if names else None

    def _name(self, node: Any) -> str:
        """What a node is called: its label with the IRI in short, or itself."""
        if node not in self._known:
            self._known[node] = self._named(node)
        return self._known[node]

    def _named(self, node: Any) -> str:
        if isinstance(node, Literal):
            tag = f" ({node.language})" if node.language else ""
            return f"“{_cut(str(node))}”{tag}"
        short = shorten(str(node), self._prefixes) if isinstance(node, URIRef) else "a node without a name"
        for source in self._sources:
            for naming in _NAMING:
                labels = sorted(source.objects(node, naming), key=_english_first)
                if labels:
                    return f"{_cut(str(labels[0]))} ({_cut(short)})"
        name = self._named_by(node)
        if name:
            return f"{name} ({_cut(short)})"
        return _cut(short)

    def _path(self, path: Any, depth: int = 0) -> str:
        """A property path (SHACL section 2.3.1) as SPARQL writes it."""
        if isinstance(path, URIRef):
            return self._name(path)
        if depth > 5 or path is None:
            return "…"
        graph = self._report if (path, None, None) in self._report else self._shapes

        def within(items: Iterable[Any], sign: str) -> str:
            return sign.join(self._path(item, depth + 1) for item in items)

        for predicate, before, after in (
            (SH.inversePath, "^", ""),
            (SH.zeroOrMorePath, "", "*"),
            (SH.oneOrMorePath, "", "+"),
            (SH.zeroOrOnePath, "", "?"),
        ):
            inner = graph.value(path, predicate)
            if inner is not None:
                return f"{before}{self._path(inner, depth + 1)}{after}"
        choice = graph.value(path, SH.alternativePath)
        items: list[Any] = []
        node = path if choice is None else choice
        while node not in (None, RDF.nil) and len(items) < _MANY:
            items.append(graph.value(node, RDF.first))
            node = graph.value(node, RDF.rest)
        return within(items, "/" if choice is None else "|")


def _iri(node: Any) -> str | None:
    return str(node) if isinstance(node, URIRef) and not isinstance(node, BNode) else None


def _english_first(message: Any) -> tuple[bool, bool, str]:
    language = getattr(message, "language", None)
    return (language != "en", language is not None, str(message))


def _cut(text: str, most: int = _LONG) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _counted(number: int, name: str) -> str:
    name = name if number != 1 else name.removesuffix("s")
    plural = "" if number == 1 or name.endswith("s") else "s"
    return f"{number:,} {name}{plural}"
