"""What is said of one thing, and where: its statements with their graphs, what points to it, and names.

A statement that several graphs make is one Fact with several graphs; one that stands without a graph name
has none. What points to a thing can be very much, so it comes in pages.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kg import vocab
from kg.sparql import is_iri, write_iri
from kg.web.site import Row, Site, Term, among

PAGE = 200
"""Incoming statements on one page."""
MOST = 5_000
"""Statements of a thing, or of its own graph, that are shown at all."""
_NAMING = (vocab.SKOS_PREF_LABEL, vocab.RDFS_LABEL, vocab.DCTERMS_TITLE)
_OF_SOURCE = (
    *(vocab.DCTERMS_IS_PART_OF, vocab.DCTERMS_TITLE, vocab.POSITION, vocab.PRINTED_NUMBER),
    vocab.STATED_AS_OF,
    *("https://schema.org/url", f"{vocab.CONN}curatedOn", f"{vocab.CONN}reviewedOn"),
)


@dataclass(frozen=True)
class Fact:
    """One statement, and the graphs that make it, by IRI."""

    subject: Term
    predicate: str
    value: Term
    graphs: tuple[str, ...]


@dataclass(frozen=True)
class About:
    """All that there is to say of a thing: of it, what points to it (one page), what its own graph says.

    ``names`` are those of everything that occurs, ``sources`` what is known of the graphs.
    """

    iri: str
    said: tuple[Fact, ...]
    incoming: tuple[Fact, ...]
    held: tuple[Fact, ...]
    names: tuple[Fact, ...]
    sources: tuple[Fact, ...]
    page: int
    pages: int
    is_cut: bool

    @property
    def is_there(self) -> bool:
        """Whether anything is said at all."""
        return bool(self.said or self.incoming or self.held)

    def values(self, predicate: str) -> list[Term]:
        """What the thing's statements with the property say."""
        return [fact.value for fact in self.said if fact.predicate == predicate]


async def about(site: Site, iri: str, page: int = 1) -> About:
    """Collect what is said of a thing; ``page`` counts the pages of what points to it, from 1."""
    name = write_iri(iri)

    pointing = site.anywhere(f"?s ?p {name}")
    said, counted, incoming, held = await asyncio.gather(
        site.rows(f"SELECT ?p ?o ?g WHERE {site.cited(f'{name} ?p ?o')} ORDER BY ?p ?o ?g LIMIT {MOST + 1}"),
        site.rows(f"SELECT (COUNT(*) AS ?n) WHERE {{ SELECT DISTINCT ?s ?p WHERE {pointing} }}"),
        site.rows(
            f"SELECT ?s ?p ?g WHERE {{ {{ SELECT DISTINCT ?s ?p WHERE {pointing} ORDER BY ?p ?s "
            f"LIMIT {PAGE} OFFSET {(page - 1) * PAGE} }} "
            f"OPTIONAL {{ GRAPH ?g {{ ?s ?p {name} }} }} }} ORDER BY ?p ?s ?g"
        ),
        site.rows(
            f"SELECT ?s ?p ?o WHERE {{ GRAPH {name} {{ ?s ?p ?o }} FILTER(?s != {name}) }} "
            f"ORDER BY ?s ?p ?o LIMIT {MOST + 1}"
        ),
    )
    pages = max(1, -(-int(counted[0]["n"]["value"]) // PAGE))
    me: Term = {"type": "uri", "value": iri}
    facts = [
        _facts((me, row["p"], row["o"], row.get("g")) for row in said[:MOST]),
        _facts((row["s"], row["p"], me, row.get("g")) for row in incoming),
        _facts((row["s"], row["p"], row["o"], me) for row in held[:MOST]),
    ]
    graphs = dict.fromkeys([iri, *(graph for group in facts for fact in group for graph in fact.graphs)])
    told = await sources(site, list(graphs))
    names = await _names(site, [iri, *(item for group in facts for item in _iris(group))])
    is_cut = len(said) > MOST or len(held) > MOST
    return About(iri, facts[0], facts[1], facts[2], names, told, page, pages, is_cut)


def _facts(rows: Iterable[tuple[Term, Term, Term, Term | None]]) -> tuple[Fact, ...]:
    found: dict[str, tuple[Term, str, Term, list[str]]] = {}
    for subject, predicate, value, graph in rows:
        key = repr((sorted(subject.items()), predicate["value"], repr(value)))
        entry = found.setdefault(key, (subject, predicate["value"], value, []))
        if graph is not None and graph["value"] not in entry[3]:
            entry[3].append(graph["value"])
    return tuple(
        Fact(subject, predicate, value, tuple(graphs)) for subject, predicate, value, graphs in found.values()
    )


def _iris(facts: Iterable[Fact]) -> Iterable[str]:
    for fact in facts:
        yield fact.predicate
        yield from fact.graphs
        for term in (fact.subject, fact.value):
            if term["type"] == "uri":
                yield term["value"]
            elif "datatype" in term:
                yield term["datatype"]


async def sources(site: Site, graphs: Sequence[str]) -> tuple[Fact, ...]:
    """What is known of graphs as sources, and of the documents that they are passages of."""
    named = " ".join(write_iri(graph) for graph in graphs)
    part = site.cited(f"?of <{vocab.DCTERMS_IS_PART_OF}> ?s", f"VALUES ?of {{ {named} }}")
    parts = await site.rows(f"SELECT DISTINCT ?s WHERE {part}")
    wholes = [row["s"]["value"] for row in parts if row["s"]["type"] == "uri"]
    given = among([*graphs, *wholes], _OF_SOURCE)
    rows = await site.rows(f"SELECT DISTINCT ?s ?p ?o WHERE {site.cited('?s ?p ?o', given)}")
    return _facts((row["s"], row["p"], row["o"], None) for row in rows)


async def _names(site: Site, iris: Sequence[str]) -> tuple[Fact, ...]:
    ours = [iri for iri in dict.fromkeys(iris) if is_iri(iri)]
    rows: list[Row] = []
    for start in range(0, len(ours), 2_000):
        given = among(ours[start : start + 2_000], _NAMING)
        rows += await site.rows(
            f"SELECT ?s ?p ?o ?g WHERE {site.cited('?s ?p ?o', given)} ORDER BY ?s ?p ?o ?g"
        )
    return _facts(
        (row["s"], row["p"], row["o"], row.get("g")) for row in rows if row["o"]["type"] == "literal"
    )


async def about_all(site: Site, namespace: str) -> tuple[dict[str, dict[str, list[Term]]], tuple[Fact, ...]]:
    """Collect what the ontology's graph says of all terms of a namespace, and the names of what occurs."""
    rows = await site.rows(
        f"SELECT ?s ?p ?o WHERE {{ GRAPH <{vocab.ONTOLOGY_GRAPH}> {{ ?s ?p ?o }} "
        f'FILTER(STRSTARTS(STR(?s), "{namespace}")) }} ORDER BY ?s ?p ?o'
    )
    said: dict[str, dict[str, list[Term]]] = {}
    for row in rows:
        said.setdefault(row["s"]["value"], {}).setdefault(row["p"]["value"], []).append(row["o"])
    iris = [row[name]["value"] for row in rows for name in ("s", "o") if row[name]["type"] == "uri"]
    return said, await _names(site, iris)
