"""The query form with its answer, and the pages of errors; all of them work without JavaScript."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from kg import vocab
from kg.errors import KgError, NotAcceptable
from kg.geometry import is_geometry
from kg.media import FORMATS, GEOJSON, JSON, JSONLD, of_answer
from kg.sparql import Operation, is_iri, write_iri
from kg.store import Terms
from kg.web.advice import advice, unbound
from kg.web.credits import MARKS, credits_of
from kg.web.html import Cell, Links, cell, render
from kg.web.site import Row, Site, Term, TooLong
from kg.web.snippets import snippets
from kg.web.views import TABLE, look

ROWS_SHOWN = 1000
"""Rows of an answer on a page; the files beside it hold all of them."""

_SAMPLE = """\
SELECT ?class (COUNT(DISTINCT ?thing) AS ?things) WHERE {
  ?thing a ?class .
}
GROUP BY ?class
ORDER BY DESC(?things)"""


# Formats of answers, and the forms of query that only some are for.
_CHOICES = [
    (row, ", ".join(form for form in ("SELECT", "CONSTRUCT", "DESCRIBE") if row in of_answer(form.lower())))
    for row in FORMATS
    if row.kind != "dataset"
]


@dataclass(frozen=True)
class Table:
    """An answer as columns and rows of cells; ``total`` counts the rows that are not shown, too."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    unit: str


@dataclass(frozen=True)
class Download:
    """A link to the same answer in another format."""

    label: str
    href: str


async def form(site: Site) -> str:
    """The form alone, with a query to start from."""
    question = next(iter(site.questions), None)
    return _query_page(site, question.query if question else _SAMPLE)


async def answer(
    site: Site,
    operation: Operation,
    terms: Terms,
    parameters: Sequence[tuple[str, str]] = (),
    languages: Sequence[str] = (),
    *,
    sources: bool = False,
    view: str = TABLE,
) -> str:
    """The query in its form, with its answer below, unless it is too long for a page.

    An empty answer comes with advice, and any with programs that ask the same of ``operation.base``. With
    ``sources``, each row is followed by marks that lead to the passages it rests on.
    """
    terms = Terms(terms.seconds, terms.client)
    links = Links(site.settings)
    solutions = operation.kind in ("select", "ask")
    marked = [("sources", "yes")] * sources
    table, verdict, note, is_mapped, credits, views = None, None, "", True, None, None
    try:
        if solutions:
            found = json.loads(await site.answer(operation, JSON, terms))
            verdict = found.get("boolean")
            if verdict is None:
                columns, rows = found["head"]["vars"], found["results"]["bindings"]
                table = await _table(site, columns, rows, "row", languages)
                is_mapped = await _is_mapped(site, rows)
                if sources:
                    shown = rows[:ROWS_SHOWN]
                    credits = await credits_of(site, operation, columns, shown, terms, languages)
        else:
            nodes = json.loads(await site.answer(operation, JSONLD, terms))
            columns, rows = ("subject", "predicate", "object"), list(_statements(nodes))
            table = await _table(site, columns, rows, "triple", languages)
        if table and table.rows:
            address = _address(links, operation, [*parameters, *marked])
            views = await look(site, view, columns, rows, terms, languages, address)
    except NotAcceptable:
        note = "The answer holds triple terms, which this page does not show. Take it as Turtle."
    except TooLong:
        note = "The answer is too long to be shown on a page. The files hold all of it."
    is_cut = table is not None and table.total > ROWS_SHOWN
    sourced = credits is not None and not is_cut
    asked = [*parameters, *[("sources", "yes")] * sourced]
    downloads = [
        Download(row.label, links.query(operation.source, [*asked, ("format", row.name)]))
        for row in of_answer(operation.kind)
        if row.kind != "page" and (row is not GEOJSON or (is_mapped and not sourced))
    ]
    empty = verdict is False or (table is not None and _is_empty(table))
    return _query_page(
        site,
        operation.source,
        table=table,
        verdict=verdict,
        note=note,
        advice=await advice(site, operation) if empty else unbound(operation),
        programs=snippets(operation.source, operation.base or "", operation.kind),
        downloads=downloads,
        graphs=parameters,
        citing=links.cite([("query", operation.source), *parameters]),
        sources=sources,
        credits=credits,
        sourced=sourced,
        sourcing=_address(links, operation, [*parameters, *[("sources", "yes")] * (not sources)])(view)
        if operation.kind == "select"
        else "",
        view=view,
        views=views,
    )


def _address(
    links: Links, operation: Operation, parameters: Sequence[tuple[str, str]]
) -> Callable[[str], str]:
    """The address of the answer in a view."""

    def address(view: str) -> str:
        chosen = [("view", view)] if view != TABLE else []
        return links.query(operation.source, [*parameters, *chosen]) + "#answer"

    return address


def failure(
    site: Site,
    error: KgError,
    query: str | None,
    request_id: str = "",
    view: str = TABLE,
    *,
    sources: bool = False,
) -> str:
    """The error page; where a query is at fault, the form as it was with the error above it."""
    status = HTTPStatus(error.status)
    if query is not None:
        heading = _HEADINGS.get(error.code, f"{status.phrase}.")
        if error.code == "query" and error.line is None:
            heading = "The request is at fault."
        return _query_page(
            site,
            query,
            error=error,
            status=status,
            heading=heading,
            request_id=request_id,
            view=view,
            sources=sources,
        )
    return render("error.html", site.settings, error=error, status=status, request_id=request_id)


_HEADINGS = {
    "query": "The query is malformed.",
    "query-limit": "The query is too large in some way.",
    "forbidden": "This is not allowed here.",
    "timeout": "The query was stopped at its time limit.",
    "memory": "The query needs too much memory.",
    "result-too-large": "The answer is too long.",
    "too-large": "The query is too long.",
    "uri-too-long": "The query is too long for an address.",
    "busy": "The server is busy.",
    "budget": "You have asked too often.",
    "crashed": "The query brought its process down.",
    "not-ready": "The server is not ready.",
    "not-acceptable": "The answer does not come in that format.",
    "internal": "The server failed.",
}


def _query_page(site: Site, query: str, **values: Any) -> str:
    known = {
        "error": None,
        "status": None,
        "request_id": "",
        "table": None,
        "verdict": None,
        "note": "",
        "heading": "",
        "advice": (),
        "programs": {},
        "downloads": (),
        "graphs": (),
        "citing": "",
        "sources": False,
        "credits": None,
        "sourced": False,
        "sourcing": "",
        "view": TABLE,
        "views": None,
        **values,
    }
    lines = min(max(query.count("\n") + 2, 8), 40)
    return render(
        "sparql.html", site.settings, query=query, lines=lines, formats=_CHOICES, marks=MARKS, **known
    )


def _is_empty(table: Table) -> bool:
    """Whether there are no rows, or one in which nothing was counted."""
    return not table.rows or (table.total == 1 and all(cell.text in ("", "0") for cell in table.rows[0]))


async def _table(
    site: Site, columns: Sequence[str], rows: Sequence[Row], unit: str, languages: Sequence[str]
) -> Table:
    shown = rows[:ROWS_SHOWN]
    labels = await site.labels(_iris(shown), languages)
    links = Links(site.settings)
    cells = tuple(
        tuple(cell(row.get(column), labels, site.prefixes, links) for column in columns) for row in shown
    )
    return Table(tuple(columns), cells, len(rows), unit)


async def _is_mapped(site: Site, rows: Sequence[Row]) -> bool:
    """Whether an answer has a geometry, or a thing with one among those on the page."""
    if any(is_geometry(term.get("datatype", "")) for row in rows for term in row.values()):
        return True
    things = " ".join(write_iri(iri) for iri in dict.fromkeys(_iris(rows[:ROWS_SHOWN])) if is_iri(iri))
    if not things:
        return False
    having, asserted = (" ".join(map(write_iri, names)) for names in (vocab.GEO_GEOMETRIES, vocab.GEO_AS))
    return bool(
        await site.rows(
            f"SELECT ?thing WHERE {{ VALUES ?thing {{ {things} }} VALUES ?has {{ {having} }} "
            f"VALUES ?as {{ {asserted} }} {site.anywhere('?thing ?has ?shape')} "
            f"{site.anywhere('?shape ?as ?text', 'otherGraph')} }} LIMIT 1"
        )
    )


def _iris(rows: Iterable[Row]) -> Iterable[str]:
    for row in rows:
        for term in row.values():
            if term["type"] == "uri":
                yield term["value"]
            elif term["type"] == "triple":
                yield from _iris([term["value"]])


def _statements(nodes: Sequence[Mapping[str, Any]]) -> Iterable[Row]:
    """Read expanded JSON-LD as rows of subject, predicate and object."""
    for node in nodes:
        for predicate, values in node.items():
            if predicate == "@id":
                continue
            name = vocab.RDF_TYPE if predicate == "@type" else predicate
            for value in values:
                given = {"@id": value} if isinstance(value, str) else value
                yield {
                    "subject": _node(node["@id"]),
                    "predicate": _node(name),
                    "object": _node(given["@id"]) if "@id" in given else _literal(given),
                }


def _node(name: str) -> Term:
    if name.startswith("_:"):
        return {"type": "bnode", "value": name[2:]}
    return {"type": "uri", "value": name}


def _literal(value: Mapping[str, Any]) -> Term:
    found = {"type": "literal", "value": value["@value"]}
    if "@language" in value:
        found["xml:lang"] = value["@language"]
    if "@type" in value:
        found["datatype"] = value["@type"]
    return found
