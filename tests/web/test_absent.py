"""IRIs that are nowhere in the graph: which they are, and what was meant by them."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

ID = "https://w3id.org/ecoconn/id/"


def told(client: TestClient, *names: str) -> dict[str, str | None]:
    """What the server says of names: by each that is absent the one that was meant, by the parts after ID."""
    answer = client.get("/lexicon", params={"name": [ID + name for name in names]})
    assert answer.status_code == 200, answer.text
    return {
        item["iri"].removeprefix(ID): item["meant"] and item["meant"]["iri"].removeprefix(ID)
        for item in answer.json()["absent"]
    }


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("initiative/dinalpconect", "initiative/dinalpconnect"),
        ("initiative/great-eastern-range", "initiative/great-eastern-ranges"),
        ("initiative/Room-To-Roam", "initiative/room-to-roam"),
        ("organisation/room-to-roam", "initiative/room-to-roam"),
        ("instrument/convention-on-migratory-species", "instrument/cms"),
        ("initiative/y2y", "organisation/y2y"),
        ("initiative/zzzz-no-such-thing", None),
        ("initiativ/room-to-roam", "initiative/room-to-roam"),
        ("", None),
        ("nothing", None),
        ("initiative/%00'é", None),
    ],
)
def test_what_was_meant(real: TestClient, name: str, meant: str | None) -> None:
    assert told(real, name) == {name: meant}


def test_of_what_is_there_nothing_is_said(real: TestClient) -> None:
    assert told(real, "initiative/room-to-roam", "instrument/cms") == {}
    names = ["https://w3id.org/ecoconn/graph/editorial", "https://w3id.org/ecoconn/ontology#fundedBy"]
    assert real.get("/lexicon", params={"name": names}).json() == {"absent": []}


def test_a_graph_is_meant(real: TestClient) -> None:
    answer = real.get("/lexicon", params={"name": "https://w3id.org/ecoconn/graph/editorail"}).json()
    assert [item["meant"]["iri"] for item in answer["absent"]] == ["https://w3id.org/ecoconn/graph/editorial"]


def test_the_label_is_in_the_language_of_the_reader(full: TestClient) -> None:
    names = {}
    for language in ("fr", "xx"):
        asked = {"name": ID + "place/germny"}
        answer = full.get("/lexicon", params=asked, headers={"Accept-Language": language})
        assert answer.json()["absent"][0]["meant"]["iri"] == ID + "place/germany"
        names[language] = answer.json()["absent"][0]["meant"]["label"]
    assert names == {"fr": "Allemagne", "xx": "Germany"}
    assert "Accept-Language" in answer.headers["vary"]


def test_of_any_data(client: TestClient) -> None:
    answer = client.get("/lexicon", params={"name": ["https://example.org/heigth", "urn:x:y"]}).json()
    assert [item["meant"] for item in answer["absent"]] == [None, None]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["no iri"], "The name 'no iri' is no IRI"),
        ([""], "The name '' is no IRI"),
        ([ID + "x" * 500], "has more than 500 characters"),
        ([f"{ID}{number}" for number in range(31)], "There are 31 names. Ask for 30 at most."),
    ],
)
def test_what_cannot_be_asked(client: TestClient, names: list[str], words: str) -> None:
    answer = client.get("/lexicon", params={"name": names})
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


def test_who_has_it_is_told_so(full: TestClient) -> None:
    asked = {"name": ID + "initiative/dinalpconect"}
    first = full.get("/lexicon", params=asked)
    again = full.get("/lexicon", params=asked, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = full.get("/lexicon", params={"name": ID + "x"}, headers={"If-None-Match": first.headers["etag"]})
    assert other.status_code == 200
