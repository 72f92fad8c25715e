"""The vocabulary at its own address, as data and as a page."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from kg import vocab
from kg.build import Dataset
from kg.jsonld import Context


@pytest.mark.parametrize("ending", ["ttl", "nt", "jsonld", "rdf"])
def test_as_data_it_is_the_graph_of_the_ontology(
    real: TestClient, ending: str, whole_dataset: Dataset
) -> None:
    answer = real.get(f"/ontology.{ending}")
    kind = ox.RdfFormat.from_extension(ending)
    found = {str(quad.triple) for quad in ox.parse(answer.content, kind)}
    graph = ox.NamedNode(vocab.ONTOLOGY_GRAPH)
    assert found == {str(quad.triple) for quad in whole_dataset.quads if quad.graph_name == graph}
    assert real.get("/ontology", params={"format": ending}).content == answer.content


def test_the_page_has_a_place_for_every_term(real: TestClient, whole_dataset: Dataset) -> None:
    page = real.get("/ontology", headers={"Accept": "text/html"}).text
    own = {
        str(quad.subject)[1:-1].removeprefix(vocab.CONN)
        for quad in whole_dataset.quads
        if str(quad.subject).startswith(f"<{vocab.CONN}") and quad.predicate.value == vocab.RDF_TYPE
    }
    assert len(own) > 50
    for name in own:
        assert f'<section class="term" id="{name}"' in page
    assert "changes with time" in page
    assert "An organised effort that pursues ecological connectivity" in page
    assert "Who leads what, and which passage says so?" in page or "leads" in page


def test_it_is_kept_and_known(real: TestClient) -> None:
    first = real.get("/ontology", headers={"Accept": "text/html"})
    known = {"Accept": "text/html", "If-None-Match": first.headers["etag"]}
    assert real.get("/ontology", headers=known).status_code == 304


def test_other_endings_are_refused(real: TestClient) -> None:
    answer = real.get("/ontology.pdf")
    assert (answer.status_code, answer.json()["code"]) == (400, "query")


def test_the_context_of_json_ld(real: TestClient, whole_dataset: Dataset) -> None:
    answer = real.get("/ontology/context.jsonld")
    assert answer.headers["content-type"] == "application/ld+json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.content == Context.of(whole_dataset.quads).document()
    again = real.get("/ontology/context.jsonld", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    refused = real.get("/ontology/context.jsonld", headers={"Accept": "text/turtle"})
    assert refused.status_code == 406 and "application/ld+json" in refused.json()["detail"]
    assert 'href="/ontology/context.jsonld"' in real.get("/ontology.html").text
