"""What one state tells: things by class and name, statements with who makes them; and what is machinery."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from kg import vocab
from kg.catalog import DUMP, ENDPOINT, GRAPHS, RELEASES
from kg.content import labels, prefix_table
from kg.errors import ContentError
from kg.turtle import shorten

# Graphs whose differences are counted, not told: they are made by the build, or are records.
AREAS = {
    vocab.VOID: "void",
    vocab.EXAMPLES: "examples",
    vocab.DERIVED: "derived",
    vocab.LINKS: "links",
    vocab.PREFIXES: "prefixes",
}
# Graphs that are no source: what they state is stated by the editors.
OWN = frozenset(GRAPHS)

_STATEMENT = vocab.RDF + "Statement"
_MAPPING = vocab.SSSOM + "Mapping"
_DECLARE = vocab.SH + "declare"
# Classes of other vocabularies say less than ours.
_PLAIN_SPACES = ("http://www.w3.org/", "http://rdfs.org/")


@dataclass(frozen=True, order=True)
class Value:
    """A value as a person reads it, and as it is: an IRI, or a text with its language (else empty)."""

    label: str
    value: str
    type: str
    language: str = ""


@dataclass(frozen=True, order=True)
class Thing:
    """A thing with its name and the most telling of its classes (empty: none)."""

    kind_label: str
    label: str
    iri: str
    kind: str


@dataclass(frozen=True, order=True)
class Source:
    """A graph that makes statements; ``as_of`` is the date it speaks for, ``own`` says it is the editors'."""

    label: str
    iri: str
    as_of: str = ""
    own: bool = False


Key = tuple[str, str]
"""A property, and the language of its texts (empty for all else)."""


def area(quad: ox.Quad) -> str:
    """Name the machinery that a statement belongs to; empty for what is told."""
    graph, subject = name_of(quad.graph_name), name_of(quad.subject)
    if graph in AREAS:
        return AREAS[graph]
    if subject.startswith(vocab.PREFIXES) or quad.predicate.value == _DECLARE:
        return AREAS[vocab.PREFIXES]
    if graph:
        return ""
    # Without graphs the nodes tell: they are named after the graph that they stood in.
    document = subject.partition("#")[0]
    if document in AREAS:
        return AREAS[document]
    described = subject.startswith((vocab.GRAPH, DUMP, RELEASES)) and document != vocab.EDITORIAL
    if described or subject == ENDPOINT or quad.predicate.value.startswith(vocab.VOID_NS):
        return "void"
    return ""


class View:
    """The statements of a state, read for comparing."""

    def __init__(self, quads: Collection[ox.Quad]) -> None:
        """Read all statements."""
        self.names = labels(quads)
        self._prefixes = _prefixes(quads)
        self.said: dict[str, dict[Key, dict[object, set[str]]]] = defaultdict(
            lambda: defaultdict(lambda: defaultdict(set))
        )
        """Subject to property to value to the graphs that say so: all that is told."""
        self.current: dict[tuple[str, str], set[object]] = defaultdict(set)
        """Thing and conn:current… property to the values that hold now."""
        self.judgements: dict[str, set[str]] = defaultdict(set)
        self.mappings: dict[str, set[str]] = defaultdict(set)
        """Records by node, each as its statements."""
        self.graphs: set[str] = set()
        self.as_of: dict[str, str] = {}
        self._kinds: dict[str, set[str]] = defaultdict(set)
        self._wider: dict[str, set[str]] = defaultdict(set)
        self._part_of: dict[str, str] = {}
        self._derived_from: dict[tuple[str, str, object], set[str]] = defaultdict(set)
        self._current_of = {
            name_of(quad.subject) for quad in quads if quad.predicate.value == vocab.CURRENT_VALUE_OF
        }
        records = {
            name_of(quad.subject): name_of(quad.object)
            for quad in quads
            if quad.predicate.value == vocab.RDF_TYPE and name_of(quad.object) in (_STATEMENT, _MAPPING)
        }
        derivations: dict[str, dict[str, set[object]]] = defaultdict(lambda: defaultdict(set))
        for quad in quads:
            self._read(quad, records, derivations)
        for record in derivations.values():
            self._keep(record)

    def _read(
        self,
        quad: ox.Quad,
        records: Mapping[str, str],
        derivations: dict[str, dict[str, set[object]]],
    ) -> None:
        subject, predicate, value = name_of(quad.subject), quad.predicate.value, quad.object
        graph, where = name_of(quad.graph_name), area(quad)
        if graph:
            self.graphs.add(graph)
        if predicate == vocab.STATED_AS_OF and isinstance(value, ox.Literal):
            self.as_of.setdefault(subject, value.value)
        if where == "derived" or (not graph and predicate in self._current_of):
            if predicate in self._current_of:
                self.current[subject, predicate].add(value)
            elif subject.startswith(vocab.DERIVED):
                derivations[subject][predicate].add(value)
            return
        if where == "links" and subject in records:
            self.mappings[subject].add(f"{predicate} {value}")
            if predicate == vocab.DCTERMS_IS_PART_OF:
                self._part_of[subject] = name_of(value)
            return
        if where:
            return
        if records.get(subject) == _STATEMENT:
            self.judgements[subject].add(f"{predicate} {value}")
            return
        if predicate == vocab.RDF_TYPE:
            self._kinds[subject].add(name_of(value))
        elif predicate == vocab.RDFS_SUBCLASS_OF:
            self._wider[subject].add(name_of(value))
        language = value.language if isinstance(value, ox.Literal) else None
        self.said[subject][predicate, language or ""][value].add(graph)

    def _keep(self, record: Mapping[str, set[object]]) -> None:
        """Which graphs a current value comes from."""
        for subject in record.get(vocab.RDF_SUBJECT, ()):
            for predicate in record.get(vocab.RDF_PREDICATE, ()):
                for value in record.get(vocab.RDF_OBJECT, ()):
                    found = {name_of(graph) for graph in record.get(vocab.PROV_DERIVED_FROM, ())}
                    self._derived_from[name_of(subject), name_of(predicate), value] |= found

    def origins(self, subject: str, predicate: str, values: Iterable[object]) -> set[str]:
        """Return the graphs that current values come from."""
        return set().union(*(self._derived_from[subject, predicate, value] for value in values))

    def scheme(self, mapping: str) -> str:
        """Name the set that a mapping is in."""
        group = self._part_of.get(mapping, "")
        return self.name(group) if group else "no set"

    def name(self, iri: str) -> str:
        """Return the label of a thing, else its IRI, shortened."""
        found = self.names.get(iri)
        if found:
            return found
        short = shorten(iri, self._prefixes)
        return short.strip("<>") if short.startswith("<") else short

    def thing(self, iri: str) -> Thing:
        """Return a thing with its name and class."""
        kind = self.kind(iri)
        outside = not kind and not iri.startswith(vocab.BASE)  # only labelled here
        label = self.name(kind) if kind else "Foreign term" if outside else ""
        return Thing(label, self.name(iri), iri, kind)

    def kind(self, iri: str) -> str:
        """Return the most telling class of a thing: ours before others, none that another one implies."""
        kinds = self._kinds.get(iri, set())
        implied = {wider for kind in kinds for wider in self._above(kind)}
        ranked = sorted(
            (not kind.startswith(vocab.CONN), kind.startswith(_PLAIN_SPACES), kind)
            for kind in kinds - implied
        )
        return ranked[0][2] if ranked else ""

    def _above(self, kind: str) -> set[str]:
        found: set[str] = set()
        waiting = [kind]
        while waiting:
            for wider in self._wider.get(waiting.pop(), ()):
                if wider not in found:
                    found.add(wider)
                    waiting.append(wider)
        return found - {kind}

    def value(self, term: object) -> Value:
        """Return a value as it is shown."""
        if isinstance(term, ox.NamedNode):
            return Value(self.name(term.value), term.value, "iri")
        if isinstance(term, ox.Literal):
            return Value(term.value, term.value, "literal", term.language or "")
        return Value(str(term), str(term), "other")

    def source(self, graph: str) -> Source:
        """Return a graph as a source, with the date that it speaks for."""
        return Source(self.name(graph), graph, self.as_of.get(graph, ""), graph in OWN)


def _prefixes(quads: Iterable[ox.Quad]) -> dict[str, str]:
    try:
        return prefix_table(quad.triple for quad in quads)
    except ContentError:
        return {}  # of a foreign file; names are only longer without


def name_of(term: object) -> str:
    """Return an IRI, a blank node's name, or nothing for what has none."""
    if isinstance(term, ox.NamedNode):
        return term.value
    return str(term) if isinstance(term, ox.BlankNode) else ""
