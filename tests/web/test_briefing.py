"""The query behind the board."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from making import MakeReal

from kg import vocab
from kg.sparql import Operation
from kg.web.briefing import sheet


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
