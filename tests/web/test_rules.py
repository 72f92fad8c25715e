"""The rules as a page and as data."""

from __future__ import annotations

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient
from making import MakeClient

SHAPE = "/ontology/shapes/InitiativeShape"


def test_the_page_says_the_rules_in_words(full: TestClient) -> None:
    page = full.get("/shapes", headers={"Accept": "text/html"}).text
    initiative = page[page.index('id="InitiativeShape"') :].partition("</section>")[0]
    assert "lead organisation" in initiative and "any number" in initiative
    assert "The name of a thing stands in the register only" in page
    assert "one of " in page and "at least 1" in page


@pytest.mark.parametrize("ending", ["ttl", "nt", "jsonld", "rdf"])
def test_all_shapes_and_one_as_data(full: TestClient, ending: str) -> None:
    kind = ox.RdfFormat.from_extension(ending)
    for path, least in (("/shapes", 1000), (SHAPE, 30)):
        by_suffix = full.get(f"{path}.{ending}")
        by_accept = full.get(path, headers={"Accept": by_suffix.headers["content-type"]})
        assert by_suffix.status_code == 200 and by_suffix.content == by_accept.content
        found = list(ox.parse(by_suffix.content, kind))
        assert len(found) > least
        known = full.get(f"{path}.{ending}", headers={"If-None-Match": by_suffix.headers["etag"]})
        assert known.status_code == 304
    subjects = {str(quad.subject) for quad in found}
    assert "<https://w3id.org/ecoconn/ontology/shapes/InitiativeShape>" in subjects


def test_a_shape_leads_a_browser_to_its_place(full: TestClient) -> None:
    for name in ("InitiativeShape", "InitiativeShape-aim"):
        answer = full.get(f"/ontology/shapes/{name}", headers={"Accept": "text/html"}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/shapes#InitiativeShape")


@pytest.mark.parametrize(
    "path", ["/ontology/shapes/None", "/ontology/shapes/None.ttl", "/ontology/shapes/.ttl"]
)
def test_shapes_that_are_not_there(full: TestClient, path: str) -> None:
    answer = full.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


def test_formats_that_are_not_there(full: TestClient) -> None:
    assert full.get("/shapes", headers={"Accept": "image/png"}).status_code == 406
    assert full.get("/shapes.pdf").status_code == 400


def test_without_content_there_are_none(make_client: MakeClient) -> None:
    page = make_client().get("/shapes", headers={"Accept": "text/html"})
    assert page.status_code == 200 and "This content has no shapes." in page.text
