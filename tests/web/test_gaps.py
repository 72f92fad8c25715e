"""The worklist: what is expected of each class and stated of none of these things."""

from __future__ import annotations

import csv
import io
import re

import pytest
from fastapi.testclient import TestClient
from making import MakeClient, MakeReal
from markup import BROWSER, Page

from kg.content import Content

PATH = "/gaps"


def worklist(client: TestClient, query: str = "") -> str:
    answer = client.get(f"{PATH}?{query}", headers=BROWSER)
    assert answer.status_code == 200
    return answer.text


def gap(text: str, anchor: str) -> str:
    start = text.index(f'<details class="gap" id="{anchor}"')
    return text[start : text.index("</details>", start)]


@pytest.mark.parametrize(
    ("anchor", "question"),
    [
        ("Initiative-leadOrganisation", "18-initiatives-without-a-lead"),
        ("Initiative-startDate", "19-initiatives-without-a-start-date"),
        ("Initiative-operatesIn", "20-initiatives-without-a-place"),
        ("Instrument-partyCount", "36-instruments-without-a-party-count"),
        ("Passage-reviewedOn", "80-passages-not-reviewed"),
    ],
)
def test_it_agrees_with_the_questions_about_gaps(
    full: TestClient, whole_content: Content, anchor: str, question: str
) -> None:
    found = gap(worklist(full), anchor)
    (asked,) = [item for item in whole_content.questions() if item.name == question]
    rows = full.get("/sparql", params={"query": asked.query, "format": "csv"}).text.strip().splitlines()[1:]
    assert f"{len(rows)} of " in found and found.count("<li>") == len(rows) > 0
    link = Page(found + "</details>").links["CSV"]
    listed = list(csv.DictReader(io.StringIO(full.get(link).text)))
    assert len(listed) == len(rows) and all(row["name"] for row in listed)
    if question.startswith("18"):
        assert sorted(row["name"] for row in listed) == sorted(row.strip('"') for row in rows)


def test_it_is_the_same_where_only_the_unnamed_graph_is_seen(make_real: MakeReal) -> None:
    pattern = r'<details class="gap" id="([A-Za-z-]+)".*\n.*?(\d+) of'
    union = re.findall(pattern, worklist(make_real("union")))
    assert union == re.findall(pattern, worklist(make_real("plain"))) and len(union) > 30


def test_it_says_honestly_what_is_missing(real: TestClient) -> None:
    text = worklist(real)
    assert "No source that we have read says of these: " in gap(text, "Initiative-leadOrganisation")
    assert "Our record of these has no " in gap(text, "Passage-reviewedOn")
    assert "They may well exist" in text and 'id="add"' in text


def test_what_is_demanded_derived_or_rare_is_no_gap(real: TestClient) -> None:
    text = worklist(real)
    assert 'id="Initiative-status"' in text
    for anchor in (
        "Initiative-currentStatus",
        "Initiative-sisterOf",
        "Initiative-prefLabel",
        "Place-altLabel",
    ):
        assert f'id="{anchor}"' not in text


def test_entries_lead_to_the_dossier_and_to_the_rule(full: TestClient) -> None:
    found = gap(worklist(full, "class=Initiative"), "Initiative-leadOrganisation")
    links = re.findall(r'href="([^"]+)"', found)
    assert any(link.startswith("/id/initiative/") for link in links)
    assert "/shapes#InitiativeShape" in links and "#add" in links
    for link in links:
        if not link.startswith("#"):
            assert full.get(link.replace("&amp;", "&"), headers=BROWSER).status_code == 200


def test_one_class_can_be_chosen(real: TestClient) -> None:
    text = worklist(real, "class=Instrument")
    assert 'id="Instrument-partyCount" open' in text and 'id="Initiative-' not in text
    assert re.search(r'class=Instrument" aria-current="true"', text)


def test_a_class_without_gaps_is_refused(full: TestClient) -> None:
    answer = full.get(f"{PATH}?class=%3Cb%3E", headers=BROWSER)
    assert answer.status_code == 400
    assert "There is no worklist for the class '<b>'." in Page(answer.text).text
    assert "Initiative" in answer.text


def test_content_without_shapes_has_no_worklist(make_client: MakeClient) -> None:
    assert "no shapes say what to expect" in worklist(make_client())
    assert make_client().get(f"{PATH}?class=Place", headers=BROWSER).status_code == 400


def test_it_comes_as_html_only(full: TestClient) -> None:
    answer = full.get(PATH, headers={"Accept": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
