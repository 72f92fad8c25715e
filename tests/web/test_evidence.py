"""The sources behind an answer, counted."""

from __future__ import annotations

from fastapi.testclient import TestClient
from making import MakeClient

from kg import vocab
from kg.sparql import Operation
from kg.store import OWN
from kg.web.evidence import Evidence, evidence

DATA = """\
<u:a> <u:p> <u:b> <u:g2> .
<u:a> <u:p> <u:b> <u:g10> .
<u:a> <u:p> <u:c> <u:g2> .
<u:a> <u:q> <u:c> <https://w3id.org/ecoconn/graph/register> .
<u:a> <u:r> <u:d> <https://w3id.org/ecoconn/graph/derived> .
""" + "".join(
    f"<u:rec> <{property}> <u:{value}> <https://w3id.org/ecoconn/graph/derived> .\n"
    for property, value in (
        (vocab.RDF_SUBJECT, "a"),
        (vocab.RDF_PREDICATE, "r"),
        (vocab.RDF_OBJECT, "d"),
        (vocab.PROV_DERIVED_FROM, "g10"),
    )
)


def of(client: TestClient, query: str) -> Evidence:
    site = client.app.state.site  # type: ignore[attr-defined]

    async def run() -> Evidence:
        return await evidence(site, Operation.parse(query), OWN)

    assert client.portal is not None
    return client.portal.call(run)


def test_sources_are_counted_in_their_natural_order(make_client: MakeClient) -> None:
    found = of(make_client(DATA), "SELECT * { <u:a> ?p ?o }")
    assert found.statements == 4
    assert [(source.iri, source.statements) for source in found.sources] == [("u:g2", 2), ("u:g10", 2)]
    assert [(source.iri.rpartition("/")[2], source.statements) for source in found.others] == [
        ("derived", 1),
        ("register", 1),
    ]
    assert found.untold == ()


def test_a_graph_that_is_named_is_the_source(make_client: MakeClient) -> None:
    found = of(make_client(DATA), "SELECT * { GRAPH <u:g10> { <u:a> <u:p> ?o } }")
    assert [(source.iri, source.statements) for source in found.sources] == [("u:g10", 1)]


def test_no_answer_rests_on_nothing(make_client: MakeClient) -> None:
    assert of(make_client(DATA), "SELECT * { <u:nobody> ?p ?o }") == Evidence((), (), 0, ())
