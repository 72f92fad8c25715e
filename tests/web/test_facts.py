"""What is collected of a thing: each statement once, with all graphs that make it, in both ways to see."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from kg.media import TRIG
from kg.settings import DefaultGraph, Settings
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from kg.web.facts import PAGE, About, about
from kg.web.site import Site

DATA = """
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX conn: <https://w3id.org/ecoconn/ontology#>
<u:g1> { <u:a> <u:p> <u:b> ; <u:p> "1"@en , "1" . <u:c> <u:q> <u:a> . }
<u:g2> { <u:a> <u:p> <u:b> . <u:g2> dcterms:isPartOf <u:doc> ; conn:printedNumber "7" . }
<u:a> { <u:a> <u:p> <u:self> . <u:d> <u:p> <u:e> . }
<u:doc> { <u:doc> dcterms:title "Report"@en ; conn:statedAsOf "2024" . }
<u:r> { <u:b> rdfs:label "B"@en . <u:p> rdfs:label "property"@en . <u:d> rdfs:label <u:no-label> . }
<u:a> <u:p> "unnamed" .
"""


@pytest.fixture(params=["union", "plain"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site over the data, in both ways to see it."""
    default_graph: DefaultGraph = request.param
    store = EmbeddedStore(default_graph=default_graph)
    store.load(DATA.encode(), TRIG)
    yield Site(Settings(default_graph=default_graph), ThreadStore(store), {})
    store.close()


def found(site: Site, iri: str = "u:a", page: int = 1) -> About:
    return asyncio.run(about(site, iri, page))


def test_statements_with_all_their_graphs(site: Site) -> None:
    said = {(fact.value["value"], fact.value.get("xml:lang", "")): fact.graphs for fact in found(site).said}
    assert said == {
        ("u:b", ""): ("u:g1", "u:g2"),
        ("1", "en"): ("u:g1",),
        ("1", ""): ("u:g1",),
        ("u:self", ""): ("u:a",),
        ("unnamed", ""): (),
    }


def test_what_points_to_it_and_what_its_own_graph_says(site: Site) -> None:
    thing = found(site)
    assert [(fact.subject["value"], fact.predicate, fact.graphs) for fact in thing.incoming] == [
        ("u:c", "u:q", ("u:g1",))
    ]
    assert [(fact.subject["value"], fact.graphs) for fact in thing.held] == [("u:d", ("u:a",))]
    assert (thing.page, thing.pages, thing.is_cut, thing.is_there) == (1, 1, False, True)
    assert len(thing.values("u:p")) == 5 and thing.values("u:q") == []


def test_names_are_literals_of_everything_that_occurs(site: Site) -> None:
    assert {fact.subject["value"]: fact.value["value"] for fact in found(site).names} == {
        "u:b": "B",
        "u:p": "property",
    }


def test_sources_are_the_graphs_and_the_documents_that_they_are_part_of(site: Site) -> None:
    known = {(fact.subject["value"], fact.predicate.rpartition("/")[2]) for fact in found(site).sources}
    assert known == {
        ("u:g2", "isPartOf"),
        ("u:g2", "ontology#printedNumber"),
        ("u:doc", "title"),
        ("u:doc", "ontology#statedAsOf"),
    }


def test_nothing_is_known_of_what_is_not_there(site: Site) -> None:
    assert not found(site, "u:nobody").is_there
    assert PAGE >= 100
