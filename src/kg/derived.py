"""Graph ``derived``: what follows from the stated quads, and which values of time-bound properties hold now.

First, every thing gets the classes that follow from its stated ones by the hierarchy in
``ontology/connectivity.ttl``. Second, every passage gets the date that its document speaks for. Third come
the current values of time-bound properties, each with its ``conn:CurrentStatement``. Stated and current are
never mixed, and the choice is this:

1. Candidates are the values in graphs whose source (a passage's document, or the document itself) has a
   ``conn:statedAsOf``; a year or month counts as its first day. An undated source gives none.
2. Of these remain the ones within a year (365 days) of the newest.
3. Of these, the ones from the most authoritative kind of source (lowest ``conn:rank``; none is last).
4. Of these, the newest. All that remain are current: ties stay plural.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pyoxigraph as ox

from kg import vocab
from kg.content import labels

Term = ox.NamedNode | ox.Literal

_YEAR = 365
_UNRANKED = 10**9
_DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?(?:Z|[+-]\d\d:\d\d)?")


@dataclass(frozen=True)
class Source:
    """When a graph's source speaks, as a day and as written, and how authoritative it is (1 is best)."""

    day: date
    stated: ox.Literal
    rank: int


@dataclass(frozen=True)
class Current:
    """One value that holds now: of what, which property, where it was stated, and as of when."""

    subject: ox.NamedNode
    stated: str
    current: str
    value: Term
    graphs: tuple[str, ...]
    dates: tuple[ox.Literal, ...]


def derive(quads: Sequence[ox.Quad], ontology: Iterable[ox.Triple]) -> Iterator[ox.Quad]:
    """Yield graph ``derived`` for stated quads under the classes and properties of the ontology."""
    ontology = list(ontology)
    graph = ox.NamedNode(vocab.DERIVED)
    sources = _sources(quads)
    values = current_values(quads, ontology, sources)
    names = labels(quads)
    records = [_in(graph, item) for value in values for item in _record(value, names)]
    yield from records
    for item in _inherited(quads, sources):
        yield _in(graph, item)
    for item in _closure([*quads, *records], ontology):
        yield _in(graph, item)


def _in(graph: ox.NamedNode, item: ox.Triple) -> ox.Quad:
    return ox.Quad(item.subject, item.predicate, item.object, graph)


def _closure(quads: Iterable[ox.Quad], ontology: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Types of things that follow from their stated types and stand nowhere yet."""
    above: dict[str, set[str]] = defaultdict(set)
    for item in ontology:
        if item.predicate.value == vocab.RDFS_SUBCLASS_OF:
            above[_name(item.subject)].add(_name(item.object))
    types = {
        (_name(quad.subject), _name(quad.object))
        for quad in quads
        if quad.predicate.value == vocab.RDF_TYPE and _name(quad.graph_name) != vocab.ONTOLOGY_GRAPH
    }
    follows = set()
    waiting = list(types)
    while waiting:
        thing, kind = waiting.pop()
        for wider in above[kind]:
            if (thing, wider) not in types and (thing, wider) not in follows:
                follows.add((thing, wider))
                waiting.append((thing, wider))
    for thing, kind in follows:
        yield _say(ox.NamedNode(thing), vocab.RDF_TYPE, ox.NamedNode(kind))


def _inherited(quads: Iterable[ox.Quad], sources: Mapping[str, Source]) -> Iterator[ox.Triple]:
    """The date of each passage that states none of its own."""
    own = {_name(quad.subject) for quad in quads if quad.predicate.value == vocab.STATED_AS_OF}
    for graph, source in sources.items():
        if graph not in own:
            yield _say(ox.NamedNode(graph), vocab.STATED_AS_OF, source.stated)


def current_values(
    quads: Sequence[ox.Quad], ontology: Iterable[ox.Triple], sources: Mapping[str, Source]
) -> list[Current]:
    """Choose the values that hold now, by the rule in the first lines of this module."""
    current_of = {
        _name(item.object): _name(item.subject)
        for item in ontology
        if item.predicate.value == vocab.CURRENT_VALUE_OF
    }
    candidates: dict[tuple[ox.NamedNode, str], list[tuple[Source, Term, str]]] = defaultdict(list)
    for quad in quads:
        source = sources.get(_name(quad.graph_name))
        stated = quad.predicate.value
        if source is None or stated not in current_of:
            continue
        if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode | ox.Literal):
            row = (source, quad.object, _name(quad.graph_name))
            candidates[quad.subject, stated].append(row)
    found = []
    for (subject, stated), rows in candidates.items():
        chosen: dict[Term, list[tuple[Source, str]]] = defaultdict(list)
        for source, value, graph in _prevailing(rows):
            chosen[value].append((source, graph))
        for value, places in chosen.items():
            graphs = tuple(sorted(graph for _, graph in places))
            dates = tuple(sorted({source.stated for source, _ in places}, key=str))
            found.append(Current(subject, stated, current_of[stated], value, graphs, dates))
    return found


def _prevailing(rows: Sequence[tuple[Source, Term, str]]) -> list[tuple[Source, Term, str]]:
    newest = max(source.day for source, _, _ in rows)
    near = [row for row in rows if (newest - row[0].day).days <= _YEAR]
    best = min(source.rank for source, _, _ in near)
    ranked = [row for row in near if row[0].rank == best]
    latest = max(source.day for source, _, _ in ranked)
    return [row for row in ranked if row[0].day == latest]


def _sources(quads: Iterable[ox.Quad]) -> dict[str, Source]:
    """The dated source of every graph that has one: by the graph's IRI."""
    whole: dict[str, str] = {}
    dates: dict[str, list[tuple[date, str, ox.Literal]]] = defaultdict(list)
    kinds: dict[str, list[str]] = defaultdict(list)
    ranks: dict[str, int] = {}
    for quad in quads:
        subject, predicate, graph = _name(quad.subject), quad.predicate.value, _name(quad.graph_name)
        if predicate == vocab.RANK and isinstance(quad.object, ox.Literal):
            if re.fullmatch(r"\d{1,8}", quad.object.value):
                ranks[subject] = min(int(quad.object.value), ranks.get(subject, _UNRANKED))
        elif subject != graph:
            continue  # only what a source says about itself
        elif predicate == vocab.DCTERMS_IS_PART_OF:
            whole[graph] = _name(quad.object)
        elif predicate == vocab.SOURCE_KIND:
            kinds[graph].append(_name(quad.object))
        elif predicate == vocab.STATED_AS_OF and isinstance(quad.object, ox.Literal):
            day = first_day(quad.object.value)
            if day:
                dates[graph].append((day, str(quad.object), quad.object))
    dated = {}
    for graph, stated in dates.items():
        # A lint refuses two dates; until it is heard, the earlier one claims less.
        day, _, literal = min(stated, key=lambda item: item[:2])
        rank = min((ranks.get(kind, _UNRANKED) for kind in kinds[graph]), default=_UNRANKED)
        dated[graph] = Source(day, literal, rank)
    parts = {part: dated[document] for part, document in whole.items() if document in dated}
    return {**parts, **dated}


def first_day(text: str) -> date | None:
    """Return the day of an xsd:date, or the first of an xsd:gYearMonth or xsd:gYear; None for all else."""
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = (int(part) if part else 1 for part in found.groups())
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _record(value: Current, names: Mapping[str, str]) -> Iterator[ox.Triple]:
    """The current value, and its conn:CurrentStatement: the triple reified, with its source and date."""
    key = f"{value.subject} <{value.current}> {value.value}"
    node = ox.NamedNode(f"{vocab.DERIVED}#{hashlib.sha256(key.encode()).hexdigest()[:16]}")
    when = ", ".join(literal.value for literal in value.dates)
    what = names.get(value.value.value, value.value.value)
    label = (
        f"{names.get(value.subject.value, value.subject.value)}: "
        f"{names.get(value.stated, value.stated)} {what} (as stated {when})"
    )
    yield _say(value.subject, value.current, value.value)
    yield _say(node, vocab.RDF_TYPE, ox.NamedNode(vocab.CURRENT_STATEMENT))
    yield _say(node, vocab.RDFS_LABEL, ox.Literal(label, language="en"))
    yield _say(node, vocab.RDF_SUBJECT, value.subject)
    yield _say(node, vocab.RDF_PREDICATE, ox.NamedNode(value.current))
    yield _say(node, vocab.RDF_OBJECT, value.value)
    for graph in value.graphs:
        yield _say(node, vocab.PROV_DERIVED_FROM, ox.NamedNode(graph))
    for literal in value.dates:
        yield _say(node, vocab.STATED_AS_OF, literal)


def _say(subject: ox.NamedNode, predicate: str, value: Term) -> ox.Triple:
    return ox.Triple(subject, ox.NamedNode(predicate), value)


def _name(term: object) -> str:
    return term.value if isinstance(term, ox.NamedNode) else ""
