"""What an answer rests on: the statements that took part in it, and the sources that make them.

The tracing queries of ``kg.tracing`` run like any query, on the asker's terms; the graphs that hold what they
find are looked up afterwards, whatever dataset was asked. A current value, and the record of it, count as
said by the sources that it is derived from.
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
from kg.patterns import Unread
from kg.results import write_term
from kg.sparql import Operation, write_iri
from kg.store import Terms
from kg.tracing import GRAPH, PREDICATE, SUBJECT, VALUE, Rows, Trace, trace
from kg.web.html import Links
from kg.web.site import Row, Site, TooLong

MOST = 20_000
"""Statements of an answer that is traced."""

_PAIRS = 200_000
"""Statements of an answer that is traced by rows, where each counts for every row."""
_BATCH = 500
_BATCH_SIZE = 200_000
_LONG = 20_000
_RECORD = (
    f"{write_iri(vocab.RDF_SUBJECT)} ?s ; {write_iri(vocab.RDF_PREDICATE)} ?p ; "
    f"{write_iri(vocab.RDF_OBJECT)} ?o ; {write_iri(vocab.PROV_DERIVED_FROM)} ?g"
)

Said = tuple[str, str, str, str]
"""A statement, its terms as in N-Triples, and the graph that the query named; empty where it named none."""
Key = tuple[str | None, ...]
"""What tells a row from others: terms as in N-Triples, None where nothing is bound."""


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


@dataclass(frozen=True)
class Statements:
    """Statements that took part, each with its graphs; and which of them did for each row, by its keys."""

    graphs: dict[Said, set[str]]
    of_rows: dict[Key, set[Said]]


async def evidence(site: Site, operation: Operation, terms: Terms, languages: Sequence[str] = ()) -> Evidence:
    """Trace the answer to a query; its errors are those that the query itself has."""
    own = Terms(terms.seconds, terms.client)
    solutions = operation.kind in ("select", "ask")
    asked = await site.store.read(operation, JSON if solutions else NTRIPLES, own)
    await asked.close()
    traced, found = await statements(site, operation, own)
    whole: dict[tuple[str, ...], set[str]] = {}
    for said, graphs in found.graphs.items():
        whole.setdefault(said[:3], set()).update(graphs)
    counted: Counter[str] = Counter()
    for graphs in whole.values():
        counted.update(graphs)
    return await _named(site, counted, len(whole), traced.untold, languages)


async def statements(
    site: Site, operation: Operation, terms: Terms, rows: Rows | None = None
) -> tuple[Trace, Statements]:
    """Find the statements that took part in an answer, or in each of these rows of it, and their graphs.

    Where there are too many there is no query and no statement, and the trace says why.
    """
    try:
        if len(operation.source) > _LONG:
            raise Unread(f"The query is longer than {_LONG:,} characters.")
        traced = trace(operation, rows)
        try:
            found = await _matched(site, operation, traced, terms)
        except TooLong:
            raise Unread("Too many statements took part.") from None
        except (QueryError, TooLarge):
            raise Unread("It is too long or too deep.") from None
    except Unread as reason:
        return Trace((), (f"This query is not traced. {reason}",)), Statements({}, {})
    await _locate(site, found.graphs, operation)
    return traced, found


async def _matched(site: Site, operation: Operation, traced: Trace, terms: Terms) -> Statements:
    """The statements that took part, each with the graphs that the query itself names; Unread, TooLong."""
    found = Statements({}, {})
    pairs = 0

    async def ask(query: str) -> None:
        nonlocal pairs
        read = Operation.parse(query, operation.default_graph, operation.named_graphs, operation.base)
        rows: list[Row] = json.loads(await site.answer(read, JSON, terms))["results"]["bindings"]
        for row in rows:
            parts = [row.get(traced.own + name) for name in (SUBJECT, PREDICATE, VALUE)]
            subject, predicate, value = (write_term(part) if part else "" for part in parts)
            if subject and predicate and value:
                graph = str(row[traced.own + GRAPH]["value"]) if traced.own + GRAPH in row else ""
                said = (subject, predicate, value, graph)
                found.graphs.setdefault(said, {graph} if graph else set())
                found.of_rows.setdefault(key_of(row, traced.keys), set()).add(said)
        pairs += len(rows)
        if len(found.graphs) > MOST or pairs > _PAIRS:
            raise Unread(f"More than {MOST if len(found.graphs) > MOST else _PAIRS:,} statements took part.")

    tasks = [asyncio.ensure_future(ask(query)) for query in traced.queries]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    return found


def key_of(row: Row, names: Sequence[str]) -> Key:
    """The terms of a row in some of its columns, as in N-Triples."""
    return tuple(write_term(row[name]) if name in row else None for name in names)


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
    for pattern in (f"?record {_RECORD}", f"?s {write_iri(vocab.PROV_DERIVED_FROM)} ?g"):
        for said, graph in await _rows(site, derived, f"GRAPH {write_iri(vocab.DERIVED)} {{ {pattern} }}"):
            found[said].add(graph)


async def _rows(site: Site, wanted: Sequence[Said], pattern: str) -> list[tuple[Said, str]]:
    """Match a pattern of ``?s ?p ?o`` and ``?g`` for each statement that can be named."""
    found = []
    for part in _batches(
        said for said in wanted if not any(term.startswith(("_:", "<<")) for term in said[:3])
    ):
        values = " ".join(f"({place} {' '.join(said[:3])})" for place, said in enumerate(part))
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
