"""A selection as a query: it finds what the page counts, in both ways to see the graph."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from fastapi.testclient import TestClient

from kg.sparql import Operation
from kg.web.aspects import ASPECTS
from kg.web.selection import Writer

BROWSER = {"Accept": "text/html"}


def query_of(client: TestClient, selection: str) -> tuple[int, str]:
    """How many things the page counts, and the query that it links."""
    text = client.get(f"/browse?{selection}", headers=BROWSER).text
    total = re.search(r'<h2 id="found">([\d\u202f]+) thing', text)
    link = re.search(r'The same as <a href="([^"]*)">SPARQL', text)
    assert total and link
    query = parse_qs(urlsplit(html.unescape(link[1])).query)["query"][0]
    return int(total[1].replace("\u202f", "")), query


@pytest.mark.parametrize(
    "selection",
    [
        "",
        "kind=Initiative",
        "kind=GoverningBodyAct",
        "realm=terrestrial",
        "topic=ecological-connectivity&topic=wetlands",
        "place=m49-002",
        "place=world&kind=Initiative&kind=Engagement",
        "organisation=iucn",
        "instrument=cbd",
        "status=active&status=proposed",
        "mode=exchange-methods",
        "period=1970s&period=2020s",
        "topic=ecological-connectivity&instrument=cbd&period=2020s",
        "topic=nonsense",
        "period=%22%7D",
    ],
)
def test_the_query_finds_what_the_page_counts(real: TestClient, selection: str) -> None:
    total, query = query_of(real, selection)
    rows = real.get("/sparql", params={"query": query, "format": "csv"}).text.splitlines()
    assert rows[0] == "thing,name,kind,description"
    assert len(rows) - 1 == len({row.partition(",")[0] for row in rows[1:]}) == total
    assert (total == 0) == ("nonsense" in selection or "%22" in selection)


@pytest.mark.parametrize("chosen", ["", "kind=Initiative", "topic=ecological-connectivity"])
def test_every_count_is_that_of_the_query(full: TestClient, chosen: str) -> None:
    """Of each facet the values at the ends and in the middle: the page counts what SPARQL counts."""
    page = full.get(f"/browse?{chosen}", headers=BROWSER).text
    offered = re.findall(
        r'name="(\w+)" value="([^"]*)"( checked)?> <span>[^<]*</span> <span class="number">([\d\u202f]+)<',
        page,
    )
    by_facet: dict[str, list[tuple[str, int]]] = {}
    for facet, value, _, count in offered:
        by_facet.setdefault(facet, []).append((value, int(count.replace("\u202f", ""))))
    assert len(by_facet) > 4
    for facet, values in by_facet.items():
        apart = "" if chosen.startswith(f"{facet}=") else chosen
        for value, count in {values[0], values[len(values) // 2], values[-1]}:
            total, query = query_of(full, f"{apart}&{facet}={quote(html.unescape(value))}")
            rows = full.get("/sparql", params={"query": query, "format": "csv"}).text.splitlines()
            assert (len(rows) - 1, total) == (count, count), f"{facet}={value}"


def test_it_is_written_for_people(full: TestClient) -> None:
    _, query = query_of(full, "kind=Initiative&place=m49-002")
    assert query.endswith("\nGROUP BY ?thing\nORDER BY ?name ?thing\n")
    assert "  # Kind: Initiative\n  ?thing a conn:Initiative .\n" in query
    assert "  # Place: Africa\n" in query
    assert "  ?placeItself geo:sfWithin* place:m49-002 .\n" in query
    assert "PREFIX place: <https://w3id.org/ecoconn/id/place/>\n" in query
    assert "PREFIX org:" not in query
    assert not re.search(r"[ \t]$", query, flags=re.MULTILINE)
    rows = full.get("/sparql", params={"query": query, "format": "csv"}).text
    assert ",Room to Roam,Initiative,IFAW's effort to connect elephant habitats in Africa.\r\n" in rows


def test_names_and_values_cannot_break_out(full: TestClient) -> None:
    site = full.app.state.site  # type: ignore[attr-defined]
    (topic,) = [aspect for aspect in ASPECTS if aspect.name == "topic"]
    odd = "https://example.org/odd(1)"
    query = Writer(site).query([(topic, [odd], "x\n} DROP ALL")], lambda _, them: them, carded=False)
    assert "# Topic: x } DROP ALL\n" in query and f"<{odd}>" in query
    assert Operation.parse(query).kind == "select"
    with pytest.raises(ValueError, match="a b"):
        Writer(site).query([(topic, ["a b> }"], "x")], lambda _, them: them, carded=False)
