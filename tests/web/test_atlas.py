"""/map: what is said, in tables and as a picture."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kg.bundle import LICENCES, Bundle
from kg.web import html

PAGE = {"Accept": "text/html"}
WORLD = (
    b'{"frame": [9600, 4680, 1770], "spots": {}, "rest": "", '
    b'"shapes": {"404": "M1 1Z", "076": "M2 2Z", "032": "M3 3Z", "250": "M4 4Z"}}'
)
BUNDLE = Bundle("w", {}, {"world-A.json": WORLD, LICENCES: b""}, (), {"world": "world-A.json"})


def table(page: str, anchor: str) -> list[str]:
    """The rows of one of the tables, as texts."""
    found = re.search(rf'id="{anchor}".*?</table>', page, re.DOTALL)
    if not found:
        return []
    rows = re.findall(r"<tr><th scope=\"row\">(.*?)</tr>", found[0], re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in rows]


def test_where_they_work(real: TestClient) -> None:
    page = real.get("/map", headers=PAGE).text
    countries = table(page, "countries")
    assert countries[0].startswith("Canada 2 initiatives Midcontinent Shorebird Conservation Initiative §")
    assert "Kenya 1 initiative Room to Roam §" in countries
    assert any(row.startswith("Norway 1 site network Emerald Network §") for row in countries)
    assert not any(row.startswith(("France", "Brazil", "Uzbekistan")) for row in countries), "no meetings"
    americas = next(row for row in table(page, "regions") if row.startswith("Americas"))
    assert re.match(r"Americas \d\d countries and territories 3 initiatives ", americas)
    assert {row.split()[0] for row in table(page, "ranges")} == {"Alps", "Dinaric", "Great", "Rocky"}
    assert any(row.startswith("East Africa 1 initiative") for row in table(page, "places"))
    assert table(page, "world")[0].startswith("World 6 things Cities With Nature")
    assert "no opinion on the status of any territory" in page
    assert 'href="/id/place/kenya"' in page and 'href="/browse?place=place%2Fkenya"' in page
    assert 'href="/id/passage/cms-cop14-initiatives-on-connectivity/' in page


def test_kinds_are_chosen(full: TestClient) -> None:
    page = full.get("/map?kind=meeting", headers=PAGE).text
    assert "Brazil 1 meeting CMS COP15 § §" in table(page, "countries")
    assert any(row.startswith("Campo Grande in Brazil 1 meeting") for row in table(page, "places"))
    assert "Room to Roam" not in page
    assert re.search(r'value="meeting" checked> meetings <span class="number">8<', page)
    assert re.search(r'value="initiative"> initiatives <span class="number">14<', page)
    both = full.get("/map?kind=meeting&kind=initiative", headers=PAGE).text
    assert "Brazil 1 meeting CMS COP15 § §" in table(both, "countries") and "Room to Roam" in both
    assert "Nothing of these kinds" in full.get("/map?kind=person", headers=PAGE).text
    wrong = full.get("/map?kind=%3Cb%3E", headers=PAGE)
    assert wrong.status_code == 400
    assert "There is no kind &#39;&lt;b&gt;&#39;." in wrong.text


def test_names_in_the_language_of_the_reader(full: TestClient) -> None:
    page = full.get("/map", headers={**PAGE, "Accept-Language": "fr"}).text
    assert any(row.startswith("États-Unis") for row in table(page, "countries"))


def test_countries_are_drawn_where_the_bundle_has_them(
    full: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(html, "_BUNDLE", BUNDLE)
    page = full.get("/map", headers=PAGE).text
    assert (
        '<a class="step1" href="/browse?place=place%2Fkenya" '
        'aria-label="Kenya: 1 initiative (Room to Roam).">'
        '<title>Kenya: 1 initiative (Room to Roam).</title><path d="M1 1Z"/></a>'
    ) in page
    assert '<path class="land" d="M4 4Z"/>' in page
    south = re.search(r'<a class="region" href="/browse\?place=place%2Fm49-005".*?</a>', page)
    assert south and 'd="M3 3ZM2 2Z"' in south[0]
    monkeypatch.setattr(html, "_BUNDLE", None)
    bare = full.get("/map", headers=PAGE).text
    assert "without the outlines of countries; the tables have all of it" in bare
    assert 'class="step1"' not in bare and bare.count('<a class="range"') == 4
    assert table(bare, "countries") == table(page, "countries")


def test_the_page_is_kept_and_coded(full: TestClient) -> None:
    answer = full.get("/map", headers={**PAGE, "Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "Accept-Language" in answer.headers["vary"]
    again = full.get(
        "/map", headers={**PAGE, "Accept-Encoding": "gzip", "If-None-Match": answer.headers["etag"]}
    )
    assert again.status_code == 304
    other = full.get("/map", headers={**PAGE, "Accept-Language": "fr", "Accept-Encoding": "gzip"})
    assert other.headers["etag"] != answer.headers["etag"]
    assert full.get("/map", headers={"Accept": "text/turtle"}).status_code == 406


def test_the_query_of_the_page_runs(full: TestClient) -> None:
    page = full.get("/map", headers=PAGE).text
    href = unescape(re.search(r'href="(/sparql\?query=[^"]*)"', page)[1])  # type: ignore[index]
    rows: list[Any] = full.get(href, headers={"Accept": "application/sparql-results+json"}).json()["results"][
        "bindings"
    ]
    assert ("Room to Roam", "Kenya") in {(row["name"]["value"], row["where"]["value"]) for row in rows}


def test_data_that_know_nothing_of_places(client: TestClient) -> None:
    answer = client.get("/map", headers=PAGE)
    assert answer.status_code == 200
    assert "Nothing of these kinds" in answer.text
    assert "<svg" not in answer.text


def test_each_place_leads_to_what_is_browsed_there(full: TestClient) -> None:
    browser = {"Accept": "text/html"}
    page = full.get("/map", headers=browser).text
    found = sorted(set(re.findall(r'href="(/browse\?place=[^"]+)"', page)))
    assert len(found) > 20
    for href in found[::5]:
        shown = full.get(href, headers=browser)
        assert shown.status_code == 200 and "Nothing has all that is chosen" not in shown.text, href
