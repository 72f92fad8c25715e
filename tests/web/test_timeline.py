"""/timeline: dates by year, and who says so since when."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from kg.web.moments import Moment, moment
from kg.web.timeline import Date, Sources

PAGE = {"Accept": "text/html"}


def when(text: str) -> Moment:
    found = moment(text)
    assert found is not None
    return found


SOURCES = Sources(
    {"p": "doc"},
    {
        graph: when(text)
        for graph, text in {"doc": "2024-02", "p": "2024-02", "old": "2021", "new": "2026-04"}.items()
    },
)


def entries(page: str) -> list[str]:
    """The list, as texts."""
    found = re.findall(r'<li class="(?:stated|since|other)">(.*?)</li>', page, re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", item)).split()) for item in found]


@pytest.mark.parametrize(
    ("graphs", "date", "standing"),
    [
        ("p", "2030", "stated"),
        ("new", "1979", "since"),
        ("old", "2030", "other"),
        ("undated", "2023", "other"),
        ("undated", "2024-02", "other"),
        ("undated", "2024-03", "since"),
        ("new old", "1979", "other"),
        ("new old p", "1979", "stated"),
        ("", "1979", "other"),
    ],
)
def test_who_says_so(graphs: str, date: str, standing: str) -> None:
    assert Date("t", "p", when(date), tuple(graphs.split())).standing(SOURCES) == standing


def test_without_documents_nothing_is_stated_nor_since() -> None:
    alone = Sources({}, {"new": when("2026")})
    assert Date("t", "p", when("2030"), ("new",)).standing(alone) == "other"


def test_what_happened_when(real: TestClient) -> None:
    page = real.get("/timeline", headers=PAGE).text
    found = entries(page)
    first = "2 February 1971 Ramsar Convention instrument : adopted. § ECOLEX treaty records"
    assert found[0].startswith(first), found[0]
    force = next(item for item in found if "BBNJ Agreement instrument : entry into force" in item)
    assert force.startswith("17 January 2026") and "said since then, as of 2 April 2026" in force
    agreed = next(item for item in found if item.startswith("March 2023 BBNJ Agreement"))
    assert "text agreed. stated §" in agreed and "stated, as of February 2024" in agreed
    plan = next(item for item in found if item.startswith("2034 "))
    assert "5th Strategic Plan of the Ramsar Convention plan or strategy : end of the period covered" in plan
    years = [int(year) for year in re.findall(r'id="year-(\d+)"', page)]
    assert years == sorted(years) and years[0] == 1971
    assert 'href="/id/passage/cms-cop14-initiatives-on-connectivity/08"' in page
    assert "says as of February 2024 is told from what other sources say" in " ".join(page.split())


def test_the_picture_has_what_the_list_has(full: TestClient) -> None:
    page = full.get("/timeline", headers=PAGE).text
    picture = re.search(r'<svg class="chart" .*?</svg>', page, re.DOTALL)
    assert picture
    signs = re.findall(r'<g class="(stated|since|other)">', picture[0])
    listed = re.findall(r'<li class="(stated|since|other)"><time', page)
    assert sorted(signs) == sorted(listed)
    assert "<title>entry into force (said since then): 17 January 2026</title>" in picture[0]


def test_kinds_are_chosen(full: TestClient) -> None:
    page = full.get("/timeline?kind=plan", headers=PAGE).text
    assert entries(page) and all(" plan or strategy : " in item for item in entries(page))
    assert re.search(r'value="plan" checked> plans and strategies <span class="number">4<', page)
    assert re.search(r'value="meeting"> meetings <span class="number">\d', page)
    assert "No source gives a date" in full.get("/timeline?kind=person", headers=PAGE).text
    assert full.get("/timeline?kind=nothing", headers=PAGE).status_code == 400


def test_the_query_of_the_page_runs(full: TestClient) -> None:
    page = full.get("/timeline", headers=PAGE).text
    href = unescape(re.search(r'href="(/sparql\?query=[^"]*)"', page)[1])  # type: ignore[index]
    assert "2026-01-17" in full.get(href, headers={"Accept": "text/csv"}).text


def test_data_without_dates(client: TestClient) -> None:
    answer = client.get("/timeline", headers=PAGE)
    assert answer.status_code == 200
    assert "No source gives a date" in answer.text
    assert "<svg" not in answer.text
