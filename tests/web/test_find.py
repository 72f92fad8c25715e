"""/search as its users see it."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient


def ask(client: TestClient, query: str, **more: str) -> list[str]:
    answer = client.get("/search", params={"q": query, **more})
    assert answer.status_code == 200
    return [hit["iri"].removeprefix("https://w3id.org/ecoconn/id/") for hit in answer.json()["results"]]


def test_an_answer_says_what_was_found_and_where(full: TestClient) -> None:
    answer = full.get("/search", params={"q": "ramsar", "limit": 1})
    assert answer.headers["content-type"] == "application/json"
    found = answer.json()
    assert (found["query"], found["limit"], found["offset"]) == ("ramsar", 1, 0)
    assert found["total"] > 1
    (hit,) = found["results"]
    assert hit["iri"] == "https://w3id.org/ecoconn/id/instrument/ramsar-convention"
    assert (hit["label"], hit["language"]) == ("Ramsar Convention", "en")
    assert {"iri": "https://w3id.org/ecoconn/ontology#Instrument", "label": "Instrument"} in hit["types"]
    match = hit["match"]
    assert match["field"] in ("label", "alternative")
    assert [match["text"][start:end].lower() for start, end in match["highlights"]] == ["ramsar"]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("CMS", "instrument/cms"),
        ("yellowstone to", "initiative/yellowstone-to-yukon"),
        ("Convenio sobre la Diversidad Biológica", "instrument/cbd"),
        ("convenio diversidad biologica", "instrument/cbd"),
        ("great estern ranges", "initiative/great-eastern-ranges"),
        ("dinalp", "initiative/dinalpconnect"),
        ("elefant coridors", "initiative/right-of-passage"),
        ("africa", "place/m49-002"),
        ("EUROBATS", ""),
    ],
)
def test_what_comes_first(full: TestClient, query: str, first: str) -> None:
    assert (ask(full, query) or [""])[0] == first


def test_only_of_a_class(full: TestClient) -> None:
    places = ask(full, "ramsar", type="Place")
    assert places[0] == "place/ramsar" and all(item.startswith("place/") for item in places)
    both = full.get("/search?q=ramsar&type=Place&type=conn:Meeting&limit=100").json()["results"]
    assert {hit["iri"].split("/")[-2] for hit in both} == {"place", "meeting"}


def test_pages_follow_each_other(full: TestClient) -> None:
    whole = ask(full, "convention", limit="40")
    parts = [
        item for offset in (0, 10, 20, 30) for item in ask(full, "convention", limit="10", offset=str(offset))
    ]
    assert parts == whole and len(set(whole)) == len(whole) == 40
    assert ask(full, "convention", offset="10000") == []


def test_labels_in_the_language_of_the_reader(full: TestClient) -> None:
    named = full.get("/search", params={"q": "CBD"}, headers={"Accept-Language": "fr"})
    assert named.json()["results"][0]["label"] == "Convention sur la diversité biologique"
    assert "Accept-Language" in named.headers["vary"]
    assert full.get("/search", params={"q": "CBD", "lang": "fr"}).json() == named.json()


def test_who_has_it_already_is_told_so(full: TestClient) -> None:
    first = full.get("/search?q=ramsar")
    again = full.get("/search?q=ramsar", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert full.get("/search?q=bern").headers["etag"] != first.headers["etag"]
    assert full.head("/search?q=ramsar").headers["content-length"] == first.headers["content-length"]


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ("", "There is nothing to search for."),
        ("q=", "There is nothing to search for."),
        ("q=%20", "There is nothing to search for."),
        ("q=a&q=b", "There are several texts"),
        ("q=" + "a" * 1001, "has 1,001 characters"),
        ("q=a&limit=0", "Give a number from 1 to 100."),
        ("q=a&limit=101", "The parameter limit is 101."),
        ("q=a&limit=x", "The parameter limit is 'x'."),
        ("q=a&limit=%C2%B2", "The parameter limit"),
        ("q=a&offset=-1", "The parameter offset is '-1'."),
        ("q=a&offset=10001", "Give a number from 0 to 10,000."),
        ("q=a&type=Spaceship", "No thing here is of the class 'Spaceship'."),
        ("q=a&format=pdf", "There is no format 'pdf'."),
        ("q=%FF", "do not spell valid UTF-8"),
    ],
)
def test_what_cannot_be_read(full: TestClient, parameters: str, says: str) -> None:
    answer = full.get(f"/search?{parameters}")
    assert answer.status_code == 400
    assert says in answer.json()["detail"]


def test_other_formats_are_refused(full: TestClient) -> None:
    assert full.get("/search?q=a", headers={"Accept": "text/turtle"}).status_code == 406
    assert full.post("/search").status_code == 405


@pytest.mark.parametrize("query", ["?", "\"'<>&{}", "\u0000", "🦅", "\u202e", "a" * 1000, "der die das", "%"])
def test_odd_texts_find_little_and_break_nothing(full: TestClient, query: str) -> None:
    answer = full.get("/search", params={"q": query})
    assert answer.status_code == 200 and answer.json()["total"] >= 0


def test_browsers_can_offer_the_search(make_client: Callable[..., TestClient]) -> None:
    answer = make_client(public_url="https://example.org/a&b").get("/opensearch.xml")
    assert answer.headers["content-type"] == "application/opensearchdescription+xml"
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    root = ElementTree.fromstring(answer.text)
    assert root.tag == f"{space}OpenSearchDescription"
    assert len(root.findtext(f"{space}ShortName") or "") <= 16
    templates = {item.get("type"): item.get("template") for item in root.findall(f"{space}Url")}
    assert templates["text/html"] == "https://example.org/a&b/search?q={searchTerms}"
