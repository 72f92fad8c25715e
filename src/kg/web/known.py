"""What the store knows of the things that the rows of an answer name: which they are, and which are places.

A text with a language names the thing that has this name; of several things, the only one that stands under
the same address as most others of its column (``…/id/initiative/``).
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from kg import vocab
from kg.results import write_term
from kg.sparql import is_iri, write_iri
from kg.web.picture import mark
from kg.web.reading import ROW, TRIPLE, Reading, iri_of, names, read, renamed, samples, ties
from kg.web.site import NAMING, Row, Site, among

OPERATES_IN = vocab.CONN + "operatesIn"

_BATCH = 1_000
"""IRIs or names that are looked up by one query."""
_SOME = 20
"""Statements by which the direction of an answer is known."""
_LONGEST = 300
"""Characters of a text that may be the name of a thing."""
_WITHIN = vocab.GEO + "sfWithin"
_M49 = write_iri(vocab.SCHEME + "m49")
_TELLING = (
    f"FILTER(?p != {write_iri(vocab.DCTERMS_IDENTIFIER)} || datatype(?o) = {_M49}) "
    f"FILTER(?p != {write_iri(vocab.RDF_TYPE)} || ?o = {write_iri(vocab.CONN + 'Place')})"
)
"""Identifiers and classes by which a thing is known for a place."""


@dataclass(frozen=True)
class Found:
    """An answer with its things, those of them that are places, and those that work in some."""

    reading: Reading
    places: frozenset[str] = frozenset()
    workers: frozenset[str] = frozenset()


async def find(site: Site, columns: Sequence[str], rows: Sequence[Row]) -> Found:
    """Find what an answer names; TooLong."""
    resolved = await _resolved(site, columns, rows)
    iris = {iri for sample in samples(columns, resolved).values() for iri in sample}
    reading = await _directed(site, read(columns, resolved, *await _roles(site, iris)))
    named = (iri_of(row.get(column)) for row in resolved for column in reading.ends)
    things = {iri for iri in named if iri}
    kinds: dict[bool, set[str]] = {True: set(), False: set()}
    ways = (*vocab.GEO_GEOMETRIES, _WITHIN, OPERATES_IN, vocab.DCTERMS_IDENTIFIER, vocab.RDF_TYPE)
    for row in await each(
        site,
        things,
        lambda part: f"SELECT ?s ?p WHERE {{ {among(part, ways)} {site.anywhere('?s ?p ?o')} {_TELLING} }}",
    ):
        kinds[row["p"]["value"] == OPERATES_IN].add(row["s"]["value"])
    return Found(reading, frozenset(kinds[False]), frozenset(kinds[True]))


async def _resolved(site: Site, columns: Sequence[str], rows: Sequence[Row]) -> Sequence[Row]:
    """The rows with things in the place of names that only one thing has."""
    texts = [write_term(term) for term in names(columns, rows, _LONGEST)]
    given = ", ".join(map(write_iri, NAMING))
    found: dict[str, set[str]] = {}
    for row in await _batches(
        site,
        texts,
        lambda part: (
            f"SELECT DISTINCT ?s ?o WHERE {{ VALUES ?o {{ {' '.join(part)} }} {site.anywhere('?s ?p ?o')} "
            f"FILTER(?p IN ({given}) && isIRI(?s)) }}"
        ),
    ):
        found.setdefault(write_term(row["o"]), set()).add(row["s"]["value"])

    return renamed(columns, rows, lambda term: found.get(write_term(term), ())) if found else rows


async def _roles(site: Site, iris: Iterable[str]) -> tuple[set[str], set[str]]:
    """Which of these are properties, and which are named graphs."""
    is_property = site.anywhere("?x ?s ?y")
    found = await each(
        site,
        iris,
        lambda part: (
            f"SELECT ?s ?isProperty ?isGraph WHERE {{ VALUES ?s {{ {' '.join(map(write_iri, part))} }} "
            f"BIND(EXISTS {is_property} AS ?isProperty) "
            "BIND(EXISTS { GRAPH ?s { ?x ?p ?y } } AS ?isGraph) }"
        ),
    )
    properties, graphs = (
        {row["s"]["value"] for row in found if row[name]["value"] == "true"}
        for name in ("isProperty", "isGraph")
    )
    return properties, graphs


async def _directed(site: Site, reading: Reading) -> Reading:
    """The same, with its columns from right to left where statements are so: ``SELECT *`` sorts columns."""
    stated = (tie[:3] for tie in ties(reading) if tie[1] != ROW and all(map(is_iri, tie[:3])))
    some = list(islice(stated, _SOME)) if reading.columns != TRIPLE else []
    if not some:
        return reading
    listed = " ".join(
        f"({write_iri(one)} {write_iri(relation)} {write_iri(other)} {ahead})"
        for start, relation, end in some
        for one, other, ahead in ((start, end, "true"), (end, start, "false"))
    )
    rows = await site.rows(
        f"SELECT DISTINCT ?s ?p ?o ?ahead WHERE {{ VALUES (?s ?p ?o ?ahead) {{ {listed} }} "
        f"{site.anywhere('?s ?p ?o')} }}"
    )
    ahead = sum(row["ahead"]["value"] == "true" for row in rows)
    if 2 * ahead >= len(rows):
        return reading
    return replace(reading, columns=reading.columns[::-1], things=reading.things[::-1])


async def types_of(site: Site, things: Collection[str]) -> dict[str, str]:
    """The narrowest class of each thing that has one; of several one with a mark, our own before others."""
    typed = site.anywhere(f"?s {write_iri(vocab.RDF_TYPE)} ?o")
    types: dict[str, set[str]] = {}
    for row in await each(site, things, lambda part: _values(part, f"{typed} FILTER(isIRI(?o))")):
        types.setdefault(row["s"]["value"], set()).add(row["o"]["value"])
    wider = site.anywhere(f"?s {write_iri(vocab.RDFS_SUBCLASS_OF)} ?o")
    classes = {iri for found in types.values() for iri in found}
    above = {
        (row["s"]["value"], row["o"]["value"])
        for row in await each(site, classes, lambda part: _values(part, wider))
    }
    return {
        thing: min(
            (one for one in found if not any((other, one) in above for other in found - {one})),
            key=lambda iri: (mark(iri) is mark(""), not iri.startswith(vocab.CONN), iri),
            default="",
        )
        for thing, found in types.items()
    }


async def works_of(site: Site, things: Iterable[str]) -> list[tuple[str, str]]:
    """Where things work: pairs of a thing and a place."""
    where = site.anywhere(f"?s {write_iri(OPERATES_IN)} ?o")
    rows = await each(site, things, lambda part: _values(part, f"{where} FILTER(isIRI(?o))"))
    return [(row["s"]["value"], row["o"]["value"]) for row in rows]


def _values(things: Iterable[str], pattern: str) -> str:
    return f"SELECT DISTINCT ?s ?o WHERE {{ VALUES ?s {{ {' '.join(map(write_iri, things))} }} {pattern} }}"


async def each(site: Site, iris: Iterable[str], query: Callable[[Sequence[str]], str]) -> list[Row]:
    """Ask for all of these that may stand in a query, some at a time."""
    return await _batches(site, sorted(iri for iri in iris if is_iri(iri)), query)


async def _batches(site: Site, items: Sequence[str], query: Callable[[Sequence[str]], str]) -> list[Row]:
    parts = (items[start : start + _BATCH] for start in range(0, len(items), _BATCH))
    return [row for part in parts for row in await site.rows(query(part))]
