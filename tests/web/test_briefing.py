"""The query behind the board."""

from __future__ import annotations

import asyncio

import pytest
from fastapi.testclient import TestClient
from making import MakeReal

from kg import vocab
from kg.sparql import Operation
from kg.web.briefing import sheet, tongues


@pytest.mark.parametrize("way", ["union", "plain"])
def test_it_is_a_query_that_one_can_read_and_send(make_real: MakeReal, way: str) -> None:
    client: TestClient = make_real(way)  # type: ignore[arg-type]
    site = client.app.state.site  # type: ignore[attr-defined]
    text = sheet(site, {"topic": [vocab.ID + "concept/topic/wetlands"]})
    assert Operation.parse(text).kind == "select"
    assert "VALUES ?chosenTopic" in text and "GRAPH ?passage" in text
    answer = client.get("/sparql", params={"query": text, "format": "csv"})
    (row,) = answer.text.strip().splitlines()[1:]
    assert row.startswith("CMS with the Ramsar Convention") and "wetlands" in row and "paragraph" in row


@pytest.mark.parametrize("way", ["union", "plain"])
def test_names_come_in_the_language_that_is_wanted_else_in_english(make_real: MakeReal, way: str) -> None:
    client: TestClient = make_real(way)  # type: ignore[arg-type]
    site = client.app.state.site  # type: ignore[attr-defined]
    assert asyncio.run(tongues(site, ("tlh", "fr-ca", "en"))) == ["fr"]
    assert asyncio.run(tongues(site, ("en", "fr"))) == asyncio.run(tongues(site, ())) == []
    text = sheet(site, {}, ["fr", "es"])
    answer = client.get("/sparql", params={"query": text, "format": "csv"}).text
    assert "Agence spatiale européenne" in answer and "HELCOM" in answer
    assert len(answer.strip().splitlines()) == 26
