"""Query and update evaluation: data, a request, and the answer or the state that it must lead to.

Queries and updates get the IRI of their file as base, put before them as a BASE line: the prologue is a
sequence of declarations in any order (SPARQL 1.1 Query, section 19.8, rule 4; 1.2 adds VERSION to it).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pyoxigraph as ox
import pytest
from compare import Row, same_rows
from endpoint import Endpoint
from manifests import MF, QT, Case, Dataset, documents, needs_suites, text_of, to_run
from solutions import difference, expected, media_type, received, row_difference

import serving

pytestmark = [needs_suites, pytest.mark.slow]


def with_base(iri: str) -> str:
    """The text of a request file, relative to that file."""
    return f"BASE <{iri}>\n{text_of(iri)}"


@contextmanager
def services(case: Case) -> Iterator[dict[str, str]]:
    """Start the servers that a test of SERVICE names; their real addresses by those in the test."""
    nodes = [] if isinstance(case.action, ox.NamedNode) else case.facts.nodes(case.action, QT + "serviceData")
    with ExitStack() as stack:
        found = {}
        for node in nodes:
            data = case.dataset(node).quads
            turtle = "".join(f"{quad.triple} .\n" for quad in data)
            found[case.facts.text(node, QT + "endpoint")] = stack.enter_context(serving.endpoint(turtle))
        yield found


@pytest.mark.parametrize("case", to_run("QueryEvaluationTest", "CSVResultFormatTest"))
def test_queries(case: Case, endpoint: Endpoint) -> None:
    held = case.dataset(case.action)
    for iri in documents(text_of(case.request), case.request):
        held.add(iri, iri)
    endpoint.hold(held)
    (result,) = case.files(case.node, MF + "result")
    wanted = expected(result)
    with services(case) as addresses:
        text = with_base(case.request)
        for name, address in addresses.items():
            text = text.replace(f"<{name}>", f"<{address}>")
        answer = endpoint.query(text, media_type(result, wanted))
    assert answer.status_code == 200, answer.text
    found = received(answer.content, answer.headers["Content-Type"])
    lax = MF + "LaxCardinality" in case.files(case.node, MF + "resultCardinality")
    differs = difference(wanted, found, lax=lax)
    assert not differs, differs


@pytest.mark.parametrize("case", to_run("UpdateEvaluationTest"))
def test_updates(case: Case, endpoint: Endpoint) -> None:
    endpoint.hold(case.dataset(case.action))
    answer = endpoint.update(with_base(case.request))
    assert answer.is_success, answer.text
    wanted, found = rows(case.dataset(case.result)), endpoint.state()
    assert same_rows(wanted, found), row_difference(wanted, found)


def rows(dataset: Dataset) -> list[Row]:
    """The quads as an endpoint lists its state; empty graphs need not be kept (Update, section 3.2)."""
    found: set[Row] = set()
    for quad in dataset.quads:
        graph = quad.graph_name if isinstance(quad.graph_name, ox.NamedNode) else None
        found.add((graph, quad.object, quad.predicate, quad.subject))
    return list(found)
