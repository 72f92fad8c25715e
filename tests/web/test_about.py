"""Pages and files about the site itself."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient
from making import MakeClient

from kg import vocab
from kg.build import Dataset
from kg.content import Content

PAGE = {"Accept": "text/html"}


@pytest.mark.parametrize(
    ("path", "graph"),
    [
        ("/void", vocab.VOID),
        ("/.well-known/void", vocab.VOID),
        ("/.well-known/sparql-examples", vocab.EXAMPLES),
    ],
)
@pytest.mark.parametrize("name", ["ttl", "nt", "jsonld", "rdf"])
def test_descriptions_are_the_graphs_of_the_endpoint(
    real: TestClient, path: str, graph: str, name: str, whole_dataset: Dataset
) -> None:
    answer = real.get(path, params={"format": name})
    found = {str(quad.triple) for quad in ox.parse(answer.content, ox.RdfFormat.from_extension(name))}
    assert found == {
        str(quad.triple) for quad in whole_dataset.quads if quad.graph_name == ox.NamedNode(graph)
    }
    known = real.get(path, params={"format": name}, headers={"If-None-Match": answer.headers["etag"]})
    assert known.status_code == 304


def test_the_page_about_the_site(real: TestClient) -> None:
    page = real.get("/about", headers=PAGE).text
    assert "CC BY 4.0" in page and "How to cite" in page
    assert "http://testserver/" in page and vocab.BASE in page


def test_the_page_of_questions_lists_them_all(real: TestClient, whole_content: Content) -> None:
    page = real.get("/questions", headers=PAGE).text
    questions = whole_content.questions()
    assert len(questions) > 50
    for question in questions:
        assert question.name in page


def test_questions_for_other_endpoints_are_marked(real: TestClient) -> None:
    page = real.get("/questions", headers=PAGE).text
    assert "These need the network" in page and page.count("not listed here") == 3
    assert "asks https://query.wikidata.org" in page and "SERVICE &lt;https://query.wikidata.org" in page


@pytest.mark.parametrize("path", ["/about", "/questions", "/downloads"])
def test_pages_are_for_people(real: TestClient, path: str) -> None:
    answer = real.get(path, headers={"Accept": "text/turtle"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")


def test_robots_know_where_to_look(real: TestClient) -> None:
    answer = real.get("/robots.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Sitemap: http://testserver/sitemap.xml" in answer.text


def test_the_sitemap_lists_the_page_of_every_card(real: TestClient) -> None:
    root = ET.fromstring(real.get("/sitemap.xml").content)
    found = [node.text for node in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert len(found) == len(set(found)) > 100
    assert "http://testserver/id/initiative/room-to-roam" in found
    for address in found[::20]:
        assert address
        assert real.get(address, headers=PAGE).status_code == 200


def test_addresses_stand_under_the_public_one(make_client: MakeClient) -> None:
    client = make_client(
        f"<{vocab.ID}place/a&b> <{vocab.RDF_TYPE}> <u:k> <{vocab.REGISTER}> .\n",
        public_url="https://example.org/kg",
    )
    text = client.get("/sitemap.xml").text
    assert "<loc>https://example.org/kg/id/place/a&amp;b</loc>" in text
    assert "https://example.org/kg/kg" not in text
    assert client.get("/robots.txt").text.endswith("Sitemap: https://example.org/kg/sitemap.xml\n")


def test_the_icon(real: TestClient) -> None:
    answer = real.get("/favicon.ico")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert ET.fromstring(answer.content).tag == "{http://www.w3.org/2000/svg}svg"


def test_search_engines_find_the_dataset_in_schema_org(real: TestClient) -> None:
    page = real.get("/about", headers=PAGE).text
    data = page.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
    found = json.loads(data)
    assert (found["@type"], found["name"]) == ("Dataset", "Connectivity KG")
    assert found["license"] == vocab.CC_BY and len(found["description"]) >= 50
    for file in found["distribution"]:
        assert real.head(file["contentUrl"]).status_code == 200
