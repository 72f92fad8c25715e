"""What the store knows of what an answer names, whichever way the data are seen."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from fastapi.testclient import TestClient

from kg import vocab
from kg.media import JSON
from kg.sparql import Operation
from kg.web import known
from kg.web.known import Found, find, types_of, works_of
from kg.web.reading import ties
from kg.web.site import Site

ID = vocab.ID
ROAM = ID + "initiative/room-to-roam"
QUESTION = f"""PREFIX conn: <{vocab.CONN}>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT DISTINCT ?initiative ?by ?place ?saidBy {{
  VALUES ?by {{ conn:operatesIn }}
  GRAPH ?g {{ ?i ?by ?p }}
  {{ ?i skos:prefLabel ?initiative }} UNION {{ GRAPH ?g1 {{ ?i skos:prefLabel ?initiative }} }}
  {{ ?p skos:prefLabel ?place }} UNION {{ GRAPH ?g2 {{ ?p skos:prefLabel ?place }} }}
  {{ ?g skos:prefLabel ?saidBy }} UNION {{ GRAPH ?g3 {{ ?g skos:prefLabel ?saidBy }} }}
  FILTER(LANG(?initiative) = "en" && LANG(?place) = "en" && LANG(?saidBy) = "en")
}}"""


def found(client: TestClient, query: str) -> Found:
    site: Site = client.app.state.site  # type: ignore[attr-defined]

    async def ask() -> Found:
        answer: dict[str, Any] = json.loads(await site.answer(Operation.parse(query), JSON))
        return await find(site, answer["head"]["vars"], answer["results"]["bindings"])

    return asyncio.run(ask())


def test_names_become_things_in_their_roles(real: TestClient) -> None:
    it = found(real, QUESTION)
    assert it.reading.things == ("initiative", "place")
    assert it.reading.properties == ("by",)
    assert it.reading.sources == ("saidBy",)
    values = {row["initiative"]["value"] for row in it.reading.rows}
    assert ROAM in values
    assert ID + "initiative/yellowstone-to-yukon" in values, "an organisation has the same name"
    assert {ID + "place/kenya", ID + "place/east-africa"} <= it.places
    assert ROAM in it.workers and not it.workers & it.places


def test_statements_keep_their_direction_whatever_the_order_of_columns(real: TestClient) -> None:
    for columns in ("?s ?p ?o", "?o ?p ?s"):
        query = f"SELECT {columns} {{ VALUES ?s {{ <{ROAM}> }} GRAPH ?g {{ ?s ?p ?o }} FILTER(isIRI(?o)) }}"
        it = found(real, query)
        assert (it.reading.ends, it.reading.properties) == (("s", "o"), ("p",))
        assert (ROAM, vocab.CONN + "operatesIn", ID + "place/kenya", "") in ties(it.reading)


def test_what_is_in_no_graph_of_ours_is_left_as_it_is(client: TestClient) -> None:
    query = 'SELECT * { VALUES (?a ?b) { (<u:x> "Alps"@en) (<u:y y> "Nothing"@en) (<urn:z> "\\"}"@en) } }'
    it = found(client, query.replace("<u:y y>", "<u:y>"))
    assert it.reading.things == ("a", "b")
    assert [row["b"]["value"] for row in it.reading.rows] == ["https://example.org/alps", "Nothing", '"}']
    assert it.places == it.workers == frozenset()


def test_narrowest_classes_and_places_of_work(real: TestClient) -> None:
    site: Site = real.app.state.site  # type: ignore[attr-defined]
    decision = ID + "decision/cbd-dec-15-4"
    kinds = asyncio.run(types_of(site, [ROAM, decision, "u:none", "no IRI"]))
    assert kinds == {ROAM: vocab.CONN + "Initiative", decision: vocab.CONN + "Decision"}
    assert (ROAM, ID + "place/kenya") in asyncio.run(works_of(site, [ROAM]))


def test_many_are_asked_for_some_at_a_time(client: TestClient, monkeypatch: Any) -> None:
    monkeypatch.setattr(known, "_BATCH", 2)
    site: Site = client.app.state.site  # type: ignore[attr-defined]
    things = [f"u:{number}" for number in range(6)] + ["https://example.org/alps"]
    assert asyncio.run(types_of(site, things)) == {"https://example.org/alps": "https://example.org/Place"}
