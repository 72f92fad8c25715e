"""What a query answers: a boolean, solutions or a graph, as an endpoint sends it and as the suites write it.

The suites give results in the four SPARQL result formats, and in RDF with a vocabulary for result sets; an
RDF file without that vocabulary is the graph itself.
"""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import pyoxigraph as ox
from compare import XSD, Row, Term, reduced_rows, same_rows
from manifests import FORMATS, Facts, Node, extension, path_of, quads

RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
XML, JSON, CSV, TSV = (
    ox.QueryResultsFormat.XML,
    ox.QueryResultsFormat.JSON,
    ox.QueryResultsFormat.CSV,
    ox.QueryResultsFormat.TSV,
)
DECIMAL = ox.NamedNode(XSD + "decimal")
NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
RESULTS = {"srx": XML, "srj": JSON, "csv": CSV, "tsv": TSV}
BY_MEDIA_TYPE = {format.media_type.partition(";")[0]: format for format in RESULTS.values()}
GRAPHS = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
}


@dataclass(frozen=True)
class Solutions:
    """The solutions of a SELECT, each a row in the order of the variables' names."""

    variables: tuple[str, ...]
    rows: Sequence[Row]
    ordered: bool = False

    @classmethod
    def of(cls, variables: Iterable[str], found: Iterable[Mapping[str, Term | None]]) -> Solutions:
        """Lay out solutions, which bind some of the variables, as rows."""
        names = tuple(sorted(variables))
        return cls(names, [tuple(solution.get(name) for name in names) for solution in found])


@dataclass(frozen=True)
class Graph:
    """The triples of a CONSTRUCT or DESCRIBE, each once."""

    rows: Sequence[Row]

    @classmethod
    def of(cls, found: Iterable[ox.Quad]) -> Graph:
        """Take the triples of these quads."""
        return cls(list({(quad.subject, quad.predicate, quad.object) for quad in found}))


Answer: TypeAlias = bool | Solutions | Graph


def expected(iri: str) -> Answer:
    """The answer that a result file of a suite holds."""
    format = RESULTS.get(extension(iri))
    if format is not None:
        return read_results(path_of(iri).read_bytes(), format)
    found = quads(iri)
    facts = Facts(found)
    sets = facts.instances(RS + "ResultSet")
    if not sets:
        return Graph.of(found)
    (self,) = sets
    if facts.object(self, RS + "boolean"):
        return facts.text(self, RS + "boolean") == "true"
    return _result_set(facts, self)


def media_type(iri: str, answer: Answer) -> str:
    """The media type to ask for: that of the result file, and for solutions in RDF one that can hold them."""
    if isinstance(answer, Graph):
        return FORMATS[extension(iri)].media_type
    return RESULTS.get(extension(iri), XML).media_type


def received(body: bytes, content_type: str) -> Answer:
    """The answer in a response with this Content-Type."""
    name = content_type.partition(";")[0].strip().lower()
    if name in BY_MEDIA_TYPE:
        return read_results(body, BY_MEDIA_TYPE[name])
    assert name in GRAPHS, f"{content_type!r} is no format of an answer"
    return Graph.of(ox.parse(body, GRAPHS[name]))


def read_results(body: bytes, format: ox.QueryResultsFormat) -> bool | Solutions:
    """Parse solutions or a boolean."""
    if format == CSV:
        return _csv(body.decode("utf-8"))
    found = ox.parse_query_results(body, format)
    if isinstance(found, ox.QueryBoolean):
        return bool(found)
    names = [variable.value for variable in found.variables]
    return Solutions.of(names, [{name: solution[name] for name in names} for solution in found])


def difference(expected: Answer, actual: Answer, *, lax: bool = False) -> str:
    """How an answer differs from the expected one; empty where it does not. ``lax`` is for REDUCED."""
    if isinstance(expected, bool) or isinstance(actual, bool) or type(expected) is not type(actual):
        return "" if expected is actual else f"expected {expected}\ngot {actual}"
    if isinstance(expected, Solutions) and isinstance(actual, Solutions):
        if expected.variables != actual.variables:
            return f"expected the variables {expected.variables}\ngot {actual.variables}"
        if lax and reduced_rows(expected.rows, actual.rows):
            return ""
    ordered = isinstance(expected, Solutions) and expected.ordered
    if not lax and same_rows(expected.rows, actual.rows, ordered=ordered):
        return ""
    return row_difference(expected.rows, actual.rows)


def row_difference(expected: Sequence[Row], actual: Sequence[Row]) -> str:
    """The rows that only one side has, amid some others; blank nodes have the names they came with."""
    wanted, found = (sorted(" ".join(map(str, row)) for row in rows) for rows in (expected, actual))
    lines = difflib.unified_diff(wanted, found, "expected", "got", lineterm="")
    return "\n".join(lines) or "the rows come in another order"


def _csv(text: str) -> Solutions:
    """Cells: CSV tells no terms apart but blank nodes (SPARQL 1.1 Results CSV and TSV, section 3.2)."""
    names, *lines = csv.reader(io.StringIO(text, newline=""))
    return Solutions.of(names, [dict(zip(names, map(_cell, line), strict=True)) for line in lines])


def _cell(text: str) -> Term:
    """A cell as a term that compares as it should: a number by its value, anything else by its letters."""
    if text.startswith("_:"):
        return ox.BlankNode(text[2:])
    return ox.Literal(text, datatype=DECIMAL) if NUMBER.fullmatch(text) else ox.Literal(text)


def _result_set(facts: Facts, self: Node) -> Solutions:
    """Solutions in RDF; they have an order where each has its rs:index."""
    found: list[tuple[str, dict[str, Term | None]]] = []
    for solution in facts.nodes(self, RS + "solution"):
        bindings = facts.nodes(solution, RS + "binding")
        values = {facts.text(node, RS + "variable"): facts.object(node, RS + "value") for node in bindings}
        found.append((facts.text(solution, RS + "index"), values))
    ordered = bool(found) and all(index for index, _ in found)
    if ordered:
        found.sort(key=lambda pair: int(pair[0]))
    names = (str(name)[1:-1] for name in facts.objects(self, RS + "resultVariable"))
    return replace(Solutions.of(names, [values for _, values in found]), ordered=ordered)
