"""An answer as a network, on a map and along a timeline, as a browser without scripts gets it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from markup import BROWSER

from kg import vocab
from kg.errors import QueryError
from kg.web.site import TooLong
from kg.web.views import VIEWS, view_of

CONN = f"PREFIX conn: <{vocab.CONN}>\n"
WORK = f"{CONN}SELECT ?i ?p {{ GRAPH ?g {{ ?i conn:operatesIn ?p }} }}"
DATES = f"""{CONN}SELECT ?i ?begun ?ended
{{ GRAPH ?g {{ ?i conn:startDate ?begun OPTIONAL {{ ?i conn:endDate ?ended }} }} }}"""
NUMBERS = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


def shown(client: TestClient, query: str, view: str, **headers: str) -> str:
    answer = client.get("/sparql", params={"query": query, "view": view}, headers={**BROWSER, **headers})
    assert answer.status_code == 200
    return answer.text


def offered(text: str) -> list[str]:
    return re.findall(r'data-view="(\w+)"', text)


def current(text: str) -> list[str]:
    return re.findall(r'data-view="(\w+)" aria-current="true"', text)


def test_a_table_offers_the_views_that_fit_and_says_why_others_do_not(real: TestClient) -> None:
    text = shown(real, WORK, "table")
    assert offered(text) == ["table", "network", "map"] and current(text) == ["table"]
    assert "Why no timeline" in text and VIEWS["timeline"] in text
    assert offered(shown(real, DATES, "")) == ["table", "map", "timeline"]
    links = re.findall(r'href="(/sparql\?[^"]+)" data-view="map"', text)
    asked = parse_qs(urlsplit(links[0].replace("&amp;", "&")).query)
    assert asked == {"query": [WORK], "view": ["map"]} and links[0].endswith("#answer")


def test_a_network(real: TestClient) -> None:
    text = shown(real, WORK, "network")
    assert current(text) == ["network"]
    assert re.search(r"\d+ things, \d+ ties: each row ties <code>\?i</code> to <code>\?p</code>\.", text)
    assert re.search(
        r'<a href="/id/initiative/room-to-roam" aria-label="Room to Roam, Initiative, tied to \d', text
    )
    assert "Room to Roam → in one row with → Kenya" in text
    assert '<input type="hidden" name="view" value="network">' in text
    assert text.count('<div class="scroll rows"') == 1, "the rows are below"


def test_a_network_of_triples(real: TestClient) -> None:
    query = f"{CONN}CONSTRUCT {{ ?i conn:operatesIn ?p }} {{ GRAPH ?g {{ ?i conn:operatesIn ?p }} }}"
    text = shown(real, query, "network")
    assert "each row ties <code>subject</code> to <code>object</code> by operates in." in text
    assert "Room to Roam → operates in → Kenya" in text


def test_of_a_large_network_the_things_with_most_ties_are_drawn(full: TestClient) -> None:
    text = shown(
        full,
        "SELECT ?one ?other { ?one ?p ?other FILTER(isIRI(?one) && isIRI(?other)) } LIMIT 8000",
        "network",
    )
    found = re.search(r"(\d+) things of ([\d\u202f]+), ", text)
    assert found and int(found[1]) <= 400 < int(found[2].replace("\u202f", ""))
    assert "There is no room for the rest" in text
    assert text.count('<g class="things"') == 1 and text.count("<line ") <= 2000


def test_a_map_of_places_that_are_named(real: TestClient) -> None:
    text = shown(real, WORK, "map")
    assert "Places are those in <code>?p</code>; counted is what is in <code>?i</code>." in text
    assert re.search(
        r'<a href="/id/place/kenya">Kenya</a></th><td>1 initiative</td><td><a href="/id/initiative/room', text
    )
    assert re.search(r'<a href="/id/place/east-africa">East Africa</a>', text), "without an outline"
    names = """PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?name { GRAPH ?g { ?i conn:operatesIn ?p } GRAPH ?h { ?p skos:prefLabel ?name }
                       FILTER(LANG(?name) = "en") }"""
    names = CONN + names
    text = shown(real, names, "map")
    assert "counted are rows." in text and re.search(r">India</a></th><td>\d+ rows?</td></tr>", text)


def test_a_map_of_things_that_work_somewhere(full: TestClient) -> None:
    text = shown(full, f"{CONN}SELECT ?i {{ ?i a conn:Initiative }}", "map")
    assert "where what is in <code>?i</code> works, as far as the graph says." in text
    assert 'class="step1" href="/id/place/kenya"' in text
    assert 'aria-label="Kenya: 1 initiative (Room to Roam).' in text


def test_a_timeline(real: TestClient) -> None:
    text = shown(real, DATES, "timeline")
    assert re.search(
        r"\d+ dates in <code>\?begun</code> and <code>\?ended</code>, by what is in <code>\?i</code>", text
    )
    assert re.search(r'<a href="/id/initiative/icarus"><title>ICARUS</title>', text)
    assert "<title>?begun: 2002</title>" in text
    when = f'"2020-02-03T10:00:00Z"^^<{vocab.XSD}dateTime>'
    words = f'SELECT * {{ VALUES (?what ?when) {{ ("A <plan>" {when}) }} }}'
    text = shown(real, words, "timeline")
    assert '<g class="said"><title>A &lt;plan&gt;</title>' in text and "3 February 2020" in text


def test_names_are_in_the_language_of_the_reader(full: TestClient) -> None:
    query = f"{CONN}SELECT ?i ?p {{ ?i conn:operatesIn ?p }}"
    assert ">Albanie</a></th>" in shown(full, query, "map", **{"Accept-Language": "fr"})
    assert "in one row with → Albanie" in shown(full, query, "network", **{"Accept-Language": "fr"})


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_that_does_not_fit_says_what_it_needs(client: TestClient, view: str) -> None:
    text = shown(client, NUMBERS, view)
    assert f"This answer cannot be shown as a {view}. {VIEWS[view]}" in text
    assert current(text) == ["table"] and '<div class="scroll rows"' in text
    assert f'<input type="hidden" name="view" value="{view}">' in text, "the next answer may fit"


@pytest.mark.parametrize("query", ["ASK {}", "SELECT ?s { ?s <u:none> ?o }", "SELECT ?s { FILTER(false) }"])
def test_what_has_no_rows_has_no_views(client: TestClient, query: str) -> None:
    assert offered(shown(client, query, "map")) == []


@pytest.mark.parametrize("view", ["table", "map"])
def test_too_much_to_be_drawn_is_told(client: TestClient, monkeypatch: pytest.MonkeyPatch, view: str) -> None:
    async def find(*_: object) -> None:
        raise TooLong("too much")

    monkeypatch.setattr("kg.web.views.find", find)
    text = shown(client, NUMBERS, view)
    assert current(text) == ["table"] and '<div class="scroll rows"' in text
    assert "There is too much in this answer, or too much beside it, to be drawn." in text


def test_a_view_that_there_is_not(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": "ASK {}", "view": "pie"}, headers=BROWSER)
    assert answer.status_code == 400
    assert "Give one of table, network, map, timeline." in answer.text
    assert view_of([]) == "table" and view_of(["map"]) == "map"
    with pytest.raises(QueryError, match="view is 'map, table'"):
        view_of(["map", "table"])


def test_errors_are_those_of_any_query_and_keep_what_was_chosen(client: TestClient) -> None:
    asked = {"query": "SELECT", "view": "map", "sources": "yes"}
    answer = client.get("/sparql", params=asked, headers=BROWSER)
    assert '<input type="checkbox" name="sources" value="yes" checked>' in answer.text
    assert answer.status_code == 400 and 'data-code="query"' in answer.text
    assert '<input type="hidden" name="view" value="map">' in answer.text


def test_a_view_is_for_pages_alone(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": "ASK {}", "view": "map"}, headers={"Accept": "text/csv"})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv")


def test_views_and_sources_go_together(real: TestClient) -> None:
    asked = {"query": WORK, "view": "network", "sources": "yes"}
    text = real.get("/sparql", params=asked, headers=BROWSER).text
    assert current(text) == ["network"] and '<h3 id="sources">Sources</h3>' in text

    def leads(mark: str) -> dict[str, list[str]]:
        found = re.findall(rf'href="(/sparql\?[^"]+)"[^>]* {mark}', text)
        return parse_qs(urlsplit(found[0].replace("&amp;", "&")).query)

    assert leads('data-view="map"') == {"query": [WORK], "sources": ["yes"], "view": ["map"]}
    assert leads('data-view="table"') == {"query": [WORK], "sources": ["yes"]}
    assert leads("data-sources") == {"query": [WORK], "view": ["network"]}
