"""Advice on an empty answer: names that are nowhere in the graph, and those that were meant."""

from __future__ import annotations

import html
import re

import pytest
from fastapi.testclient import TestClient

BROWSER = {"Accept": "text/html"}
PREFIXES = (
    "PREFIX conn: <https://w3id.org/ecoconn/ontology#>\n"
    "PREFIX initiative: <https://w3id.org/ecoconn/id/initiative/>\n"
    "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
)

SKOS = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\n"


def told(client: TestClient, query: str) -> list[str]:
    text = client.get("/sparql", params={"query": PREFIXES + query}, headers=BROWSER).text
    found = re.findall(r"<li>Nothing in the (?:graph is called|query gives).*?</li>", text)
    return [html.unescape(re.sub(r"<[^>]+>", "", item)) for item in found]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "SELECT * { initiative:room-to-rome ?p ?o }",
            "Nothing in the graph is called initiative:room-to-rome. "
            "Did you mean initiative:room-to-roam (Room to Roam)?",
        ),
        (
            "SELECT * { ?s conn:fundedby ?o }",
            "Nothing in the graph is called conn:fundedby. Did you mean conn:fundedBy (funded by)?",
        ),
        ("ASK { ?s a conn:Zebra }", "Nothing in the graph is called conn:Zebra."),
        (
            "DESCRIBE <https://w3id.org/ecoconn/id/instrument/cmss>",
            "Nothing in the graph is called <https://w3id.org/ecoconn/id/instrument/cmss>. "
            "Did you mean instrument:cms (Convention on Migratory Species)?",
        ),
        (
            "SELECT * { ?s ?p <https://w3id.org/ecoconn/id/instrument/convention-on-migratory-species> }",
            "Nothing in the graph is called "
            "<https://w3id.org/ecoconn/id/instrument/convention-on-migratory-species>. "
            "Did you mean instrument:cms (Convention on Migratory Species)?",
        ),
        (
            "SELECT (COUNT(*) AS ?n) (MAX(?o) AS ?most) { ?s conn:fundedby ?o }",
            "Nothing in the graph is called conn:fundedby. Did you mean conn:fundedBy (funded by)?",
        ),
        (
            "SELECT * { ?s a <http://w3id.org/ecoconn/ontology#Initative> }",
            "Nothing in the graph is called <http://w3id.org/ecoconn/ontology#Initative>. "
            "Did you mean conn:Initiative (Initiative)?",
        ),
        (
            "PREFIX c: <https://w3id.org/ecocon/ontology#>\nSELECT * { ?s a c:Initiative }",
            "Nothing in the graph is called c:Initiative. Did you mean conn:Initiative (Initiative)?",
        ),
        (
            SKOS + 'SELECT * { ?s skos:prefLabel "Rom to Roam"@en }',
            'Nothing in the graph is called "Rom to Roam"@en. Did you mean "Room to Roam"@en?',
        ),
        (
            SKOS + 'SELECT * { ?s skos:prefLabel "Room to Roam" }',
            'Nothing in the graph is called "Room to Roam". Did you mean "Room to Roam"@en?',
        ),
        (
            "PREFIX conn: <https://w3id.org/ecocon/ontology#>\nASK { ?s a conn:Initiative }",
            "Nothing in the graph is called conn:Initiative. "
            "Did you mean <https://w3id.org/ecoconn/ontology#Initiative> (Initiative)?",
        ),
        (
            "ASK { ?s a <https://w3id.org/ecoconn/ontology/Initiative> }",
            "Nothing in the graph is called <https://w3id.org/ecoconn/ontology/Initiative>. "
            "Did you mean conn:Initiative (Initiative)?",
        ),
        (
            'SELECT * { ?s conn:aim ?n FILTER(STR(?n) = "room to raom") }',
            'Nothing in the graph is called "room to raom". Did you mean "Room to Roam"?',
        ),
        (
            "SELECT ?initative ?p { ?initiative a conn:Initiative ; ?p conn:Initiative }",
            "Nothing in the query gives a value to ?initative. Did you mean ?initiative?",
        ),
    ],
)
def test_a_slip_in_a_name(real: TestClient, query: str, sentence: str) -> None:
    assert told(real, query) == [sentence]


def test_the_link_runs_the_query_that_was_meant(full: TestClient) -> None:
    query = PREFIXES + "SELECT ?o { initiative:room-to-rome conn:leadOrganisation ?o }"
    page = full.get("/sparql", params={"query": query}, headers=BROWSER).text
    link = html.unescape(re.findall(r'<li>Nothing.*?href="([^"]+)"', page)[0])
    answer = full.get(link, headers={"Accept": "text/csv"}).text
    assert answer == "o\r\nhttps://w3id.org/ecoconn/id/organisation/ifaw\r\n"


def test_nothing_is_said_of_names_that_are_there(full: TestClient) -> None:
    empty = 'SELECT * { initiative:room-to-roam conn:fundedBy "x"^^xsd:nothing }'
    assert told(full, empty) == []
    page = full.get("/sparql", params={"query": PREFIXES + empty}, headers=BROWSER).text
    assert "nothing matches all of its conditions" in page
    found = "SELECT * { initiative:room-to-roam ?p ?o OPTIONAL { ?o conn:zebra ?x } }"
    assert told(full, found) == []
