"""What pages ask of the store: labels, and patterns that hold in both ways to see the dataset."""

import asyncio
from collections.abc import Iterator

import pytest

from kg.media import TRIG
from kg.settings import DefaultGraph, Settings
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from kg.updates import Update
from kg.web.site import Site, among

DATA = """
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
<u:g> {
  <u:both> skos:prefLabel "Preferred"@en ; rdfs:label "Plain"@en .
  <u:languages> rdfs:label "Deutsch"@de , "English"@en , "American"@en-US , "Nowhere" .
  <u:german> rdfs:label "Deutsch"@de .
  <u:odd> rdfs:label <u:not-a-literal> .
}
<u:unnamed> rdfs:label "Unnamed"@en .
"""


@pytest.fixture(params=["union", "plain"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site over the data, in both ways to see it."""
    default_graph: DefaultGraph = request.param
    store = EmbeddedStore(default_graph=default_graph)
    store.load(DATA.encode(), TRIG)
    yield Site(Settings(default_graph=default_graph), ThreadStore(store), {})
    store.close()


def test_labels(site: Site) -> None:
    things = ["both", "languages", "german", "odd", "unnamed", "unknown", "both"]
    found = asyncio.run(site.labels(f"u:{thing}" for thing in things))
    assert found == {
        "u:both": "Preferred",
        "u:languages": "English",
        "u:german": "Deutsch",
        "u:unnamed": "Unnamed",
    }


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        (["de"], "Deutsch"),
        (["de-at", "en"], "Deutsch"),
        (["fr", "de"], "Deutsch"),
        (["en-us"], "American"),
        (["en-gb", "de"], "English"),
        (["fr"], "English"),
        ([], "English"),
    ],
)
def test_labels_in_the_language_of_the_reader(site: Site, wanted: list[str], name: str) -> None:
    assert asyncio.run(site.labels(["u:languages", "u:german"], wanted)) == {
        "u:languages": name,
        "u:german": "Deutsch",
    }


def test_what_is_no_iri_is_not_asked_for(site: Site) -> None:
    assert asyncio.run(site.labels(["u:a> } #", "not absolute", ""])) == {}
    assert asyncio.run(site.labels([])) == {}


@pytest.mark.parametrize(
    ("things", "properties", "found"),
    [
        (["u:both", "u:german"], ["http://www.w3.org/2000/01/rdf-schema#label"], {"Plain", "Deutsch"}),
        (["u:both"], ["u:other"], set()),
        ([], ["http://www.w3.org/2000/01/rdf-schema#label"], set()),
        (["u:both"], [], set()),
    ],
)
def test_a_pattern_among_things_and_properties(
    site: Site, things: list[str], properties: list[str], found: set[str]
) -> None:
    given = among(things, properties)
    for group in (f"{{ {given} {site.anywhere('?s ?p ?o')} }}", site.cited("?s ?p ?o", given)):
        rows = asyncio.run(site.rows(f"SELECT ?o WHERE {group}"))
        assert {row["o"]["value"] for row in rows} == found


def test_anywhere_sees_named_and_unnamed_graphs(site: Site) -> None:
    query = f"SELECT DISTINCT ?s WHERE {site.anywhere('?s ?p ?o')} ORDER BY ?s"
    rows = asyncio.run(site.rows(query))
    assert [row["s"]["value"] for row in rows] == ["u:both", "u:german", "u:languages", "u:odd", "u:unnamed"]


def test_what_is_made_is_kept_until_the_data_change(site: Site) -> None:
    made: list[str] = []

    async def make() -> bytes:
        made.append(site.store.version)
        return b"%d" % len(made)

    async def ask() -> None:
        assert [await site.keep(("a",), make) for _ in range(2)] == [b"1", b"1"]
        await site.store.write(Update.parse("INSERT DATA { <u:new> <u:p> 1 }"))
        assert [await site.keep(("a",), make) for _ in range(2)] == [b"2", b"2"]

    asyncio.run(ask())
    assert len(set(made)) == 2
