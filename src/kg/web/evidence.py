"""What an answer rests on: the statements that took part in it, and the sources that make them.

The tracing queries of ``kg.tracing`` run like any query, on the asker's terms; the graphs that hold what they
find are looked up afterwards, whatever dataset was asked. A current value counts as said by the sources that
it is derived from.
"""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kg import vocab
from kg.errors import QueryError, TooLarge
from kg.media import JSON, NTRIPLES
from kg.results import write_term
from kg.sparql import Operation, write_iri
from kg.store import Terms
from kg.tracing import GRAPH, PREDICATE, SUBJECT, VALUE, Trace, trace
from kg.web.html import Links
from kg.web.site import Row, Site, TooLong

MOST = 20_000
"""Statements of an answer that is traced."""

_BATCH = 500
_BATCH_SIZE = 200_000
_LONG = 20_000
_RECORD = (
    f"{write_iri(vocab.RDF_SUBJECT)} ?s ; {write_iri(vocab.RDF_PREDICATE)} ?p ; "
    f"{write_iri(vocab.RDF_OBJECT)} ?o ; {write_iri(vocab.PROV_DERIVED_FROM)} ?g"
)

Said = tuple[str, str, str]
"""A statement, its terms as in N-Triples."""


@dataclass(frozen=True)
class Source:
    """A source, by name, IRI and page, and how many of the statements it makes."""

    label: str
    iri: str
    href: str
    statements: int


@dataclass(frozen=True)
class Evidence:
    """The sources behind an answer; ``others`` are graphs that cite nobody.

    ``statements`` counts all that took part, each once. ``untold`` says in sentences what is not traced.
    """

    sources: tuple[Source, ...]
    others: tuple[Source, ...]
    statements: int
    untold: tuple[str, ...]


async def evidence(site: Site, operation: Operation, terms: Terms, languages: Sequence[str] = ()) -> Evidence:
    """Trace the answer to a query; its errors are those that the query itself has."""
    own = Terms(terms.seconds, terms.client)
    solutions = operation.kind in ("select", "ask")
    asked = await site.store.read(operation, JSON if solutions else NTRIPLES, own)
    await asked.close()
    if len(operation.source) > _LONG:
        return _none(f"The query is longer than {_LONG:,} characters.")
    traced = trace(operation)
    try:
        found = await _statements(site, operation, traced, own)
    except TooLong:
        return _none("Too many statements took part.")
    except (QueryError, TooLarge):
        return _none("It is too long or too deep.")
    if len(found) > MOST:
        return _none(f"More than {MOST:,} statements took part.")
    await _locate(site, found, operation)
    counted: Counter[str] = Counter()
    for graphs in found.values():
        counted.update(graphs)
    return await _named(site, counted, len(found), traced.untold, languages)


def _none(reason: str) -> Evidence:
    return Evidence((), (), 0, (f"This query is not traced. {reason}",))


async def _statements(site: Site, operation: Operation, traced: Trace, terms: Terms) -> dict[Said, set[str]]:
    """The statements that took part, each with the graphs that the query itself names."""
    found: dict[Said, set[str]] = {}

    async def ask(query: str) -> list[Row]:
        read = Operation.parse(query, operation.default_graph, operation.named_graphs, operation.base)
        answer = json.loads(await site.answer(read, JSON, terms))
        rows: list[Row] = answer["results"]["bindings"]
        return rows

    for rows in await asyncio.gather(*(ask(query) for query in traced.queries)):
        for row in rows:
            term = {name.removeprefix(traced.own): value for name, value in row.items()}
            if {SUBJECT, PREDICATE, VALUE} <= set(term):
                said = (write_term(term[SUBJECT]), write_term(term[PREDICATE]), write_term(term[VALUE]))
                graphs = found.setdefault(said, set())
                if GRAPH in term:
                    graphs.add(str(term[GRAPH]["value"]))
    return found


async def _locate(site: Site, found: dict[Said, set[str]], operation: Operation) -> None:
    """Fill in the graphs of statements that have none yet, and the sources of those that are derived."""
    asked = set(operation.default_graph)
    for said, graph in await _rows(
        site, [said for said, graphs in found.items() if not graphs], "GRAPH ?g { ?s ?p ?o }"
    ):
        if not asked or graph in asked:
            found[said].add(graph)
    derived = [
        said for said, graphs in found.items() if vocab.DERIVED in graphs and graphs <= set(vocab.MACHINERY)
    ]
    for said, graph in await _rows(
        site, derived, f"GRAPH {write_iri(vocab.DERIVED)} {{ ?record {_RECORD} }}"
    ):
        found[said].add(graph)


async def _rows(site: Site, wanted: Sequence[Said], pattern: str) -> list[tuple[Said, str]]:
    """Match a pattern of ``?s ?p ?o`` and ``?g`` for each statement that can be named."""
    found = []
    for part in _batches(said for said in wanted if not any(term.startswith(("_:", "<<")) for term in said)):
        values = " ".join(f"({place} {' '.join(said)})" for place, said in enumerate(part))
        for row in await site.rows(f"SELECT ?i ?g WHERE {{ VALUES (?i ?s ?p ?o) {{ {values} }} {pattern} }}"):
            found.append((part[int(row["i"]["value"])], str(row["g"]["value"])))
    return found


def _batches(wanted: Iterable[Said]) -> Iterator[list[Said]]:
    part: list[Said] = []
    size = 0
    for said in wanted:
        part.append(said)
        size += sum(map(len, said))
        if len(part) == _BATCH or size > _BATCH_SIZE:
            yield part
            part, size = [], 0
    if part:
        yield part


async def _named(
    site: Site, counted: Counter[str], size: int, untold: Sequence[str], languages: Sequence[str]
) -> Evidence:
    labels = await site.labels(counted, languages)
    links = Links(site.settings)
    found = [
        Source(labels.get(graph, graph), graph, links.thing(graph), number)
        for graph, number in counted.items()
    ]
    found.sort(key=lambda source: _natural(source.label))
    return Evidence(
        tuple(source for source in found if source.iri not in vocab.MACHINERY),
        tuple(source for source in found if source.iri in vocab.MACHINERY),
        size,
        tuple(untold),
    )


def _natural(text: str) -> list[tuple[int, str]]:
    """An order in which paragraph 9 comes before paragraph 10."""
    parts = re.split(r"(\d+)", text.casefold())
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]
