"""The index of names, made of what is in the store."""

from __future__ import annotations

import asyncio

import pytest
from fastapi.testclient import TestClient
from making import MakeClient

from kg import vocab
from kg.errors import NotFound
from kg.web.lookup import Namer, find_thing, index_of, known_type, local_name, short, shown_types, speaks
from kg.web.site import Site

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"


def site_of(client: TestClient) -> Site:
    site: Site = client.app.state.site  # type: ignore[attr-defined]
    return site


def test_names_come_from_the_store_whatever_is_in_it(client: TestClient) -> None:
    index = asyncio.run(index_of(site_of(client)))
    thing = index.things[index.number["https://example.org/alps"]]
    assert {(name.text, name.language) for name in thing.names} == {("Alps", "en"), ("Alpen", "de")}
    assert thing.types == ("https://example.org/Place",)
    assert "https://example.org/evil" not in index.number  # it has no name


def test_both_ways_to_see_the_data_give_the_same(make_client: MakeClient) -> None:
    found = []
    for mode in ("union", "plain"):
        index = asyncio.run(index_of(site_of(make_client(default_graph=mode))))
        found.append([(thing.iri, len(thing.names), thing.types) for thing in index.things])
    assert found[0] == found[1] != []


def test_the_whole_content(real: TestClient) -> None:
    site = site_of(real)
    index = asyncio.run(index_of(site))
    cms = find_thing(site, index, "instrument/cms")
    assert cms is find_thing(site, index, f"{vocab.ID}instrument/cms")
    assert cms.tier == 0 and "1979" in cms.years and cms.uses > 50
    assert f"{vocab.ID}place/bonn" in cms.places
    assert find_thing(site, index, "place/france").tier == 0
    assert find_thing(site, index, "concept/topic/corridors").tier == 2
    assert not [thing for thing in index.things if vocab.CURRENT_STATEMENT in thing.types]
    with pytest.raises(NotFound, match="There is no entity 'instrument/none'"):
        find_thing(site, index, "instrument/none")


@pytest.mark.parametrize(
    "text", ["Initiative", "conn:Initiative", f"{vocab.CONN}Initiative", " initiative ", "INITIATIVE"]
)
def test_classes_by_iri_prefix_name_and_label(real: TestClient, text: str) -> None:
    site = site_of(real)
    assert known_type(site, asyncio.run(index_of(site)), text) == f"{vocab.CONN}Initiative"


def test_classes_that_are_not_there(real: TestClient) -> None:
    site = site_of(real)
    index = asyncio.run(index_of(site))
    assert known_type(site, index, "Spaceship") is None
    assert known_type(site, index, "conn:leadOrganisation") is None
    assert "conn:Place" in shown_types(site, index)


def test_names_in_the_language_of_the_reader(client: TestClient) -> None:
    index = asyncio.run(index_of(site_of(client)))
    assert Namer(index, ("de",)).name("https://example.org/alps") == "Alpen"
    assert Namer(index, ("fr",)).name("https://example.org/alps") == "Alps"
    assert Namer(index, ()).name("https://example.org/none/") == "none"
    assert local_name("https://example.org/a#b") == "b"
    assert short(site_of(client), "https://example.org/b") == "https://example.org/b"


def test_places_do_not_speak_for_others() -> None:
    assert not speaks([f"{vocab.CONN}Place"])
    assert speaks([f"{vocab.CONN}Instrument"])


def test_the_index_follows_the_data(make_client: MakeClient) -> None:
    client = make_client(token="x" * 32)
    assert client.get("/search", params={"q": "Pyrenees"}).json()["total"] == 0
    added = 'INSERT DATA { GRAPH <u:g> { <u:p> <http://www.w3.org/2000/01/rdf-schema#label> "Pyrenees"@en } }'
    answer = client.post("/update", data={"update": added}, headers={"Authorization": "Bearer " + "x" * 32})
    assert answer.is_success
    found = client.get("/search", params={"q": "Pyrenees"}).json()
    assert [hit["iri"] for hit in found["results"]] == ["u:p"]
