"""/browse as a browser without scripts gets it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from kg.errors import QueryError
from kg.web.browse import read

BROWSER = {"Accept": "text/html"}


def browse(client: TestClient, selection: str = "", **headers: str) -> str:
    answer = client.get(f"/browse{selection}", headers={**BROWSER, **headers})
    assert answer.status_code == 200
    return answer.text


def total(text: str) -> int:
    found = re.search(r'<h2 id="found">([\d\u202f]+) thing', text)
    assert found
    return int(found[1].replace("\u202f", ""))


def names(text: str) -> list[str]:
    return [html.unescape(name) for name in re.findall(r"<h3><a [^>]*>([^<]*)</a></h3>", text)]


def options(text: str, facet: str) -> dict[str, tuple[str, int]]:
    """The values of a facet: their names and counts, by what the form sends."""
    pattern = (
        rf'name="{facet}" value="([^"]*)"[^>]*> <span>([^<]*)</span> <span class="number">([\d\u202f]+)<'
    )
    return {
        token: (name, int(count.replace("\u202f", ""))) for token, name, count in re.findall(pattern, text)
    }


def test_a_count_is_what_one_gets_by_choosing(real: TestClient) -> None:
    text = browse(real, "?place=m49-002")
    for facet in ("kind", "topic", "instrument", "mode", "status", "period", "organisation", "realm"):
        for token, (_, count) in list(options(text, facet).items())[:3]:
            assert total(browse(real, f"?place=m49-002&{facet}={token}")) == count, (facet, token)


def test_nine_facets_with_names(full: TestClient) -> None:
    text = browse(full)
    assert re.findall(r'<details id="facet-(\w+)"', text) == [
        *("kind", "realm", "topic", "place", "organisation", "instrument", "status", "mode", "period")
    ]
    assert options(text, "place")["m49-002"][0] == "Africa"
    assert options(text, "kind")["Organization"][0] == "Organisation"
    periods = list(options(text, "period"))
    assert periods == sorted(periods, reverse=True) and "1970s" in periods
    assert len(text) < 120_000


def test_a_broader_place_finds_the_narrower(full: TestClient) -> None:
    africa, zimbabwe = (
        names(browse(full, f"?kind=Initiative&place={place}")) for place in ("m49-002", "zimbabwe")
    )
    assert "Room to Roam" in zimbabwe and set(zimbabwe) <= set(africa)


def test_several_values_mean_any_and_several_facets_all(full: TestClient) -> None:
    one, other, both = (
        total(browse(full, f"?kind=Initiative&{status}"))
        for status in ("status=active", "status=in-development", "status=active&status=in-development")
    )
    assert both == one + other > one > 0


def test_a_thing_is_told_in_a_line_with_its_marks(full: TestClient) -> None:
    text = browse(full, "?kind=Initiative&place=zimbabwe")
    row = text.partition(">Room to Roam</a>")[2].partition("</li>")[0]
    assert "Initiative · active · East Africa · Kenya · Malawi · 3 more places · " in row
    assert re.search(
        r'href="/id/initiative/room-to-roam#sources" aria-label="\d+ sources of Room to Roam"', row
    )
    assert "IFAW&#39;s effort to connect elephant habitats in Africa." in row


def test_pages_and_orders(full: TestClient) -> None:
    by_name = names(browse(full, "?kind=Organization&sort=name"))
    assert len(by_name) == 25 and by_name == sorted(by_name, key=str.casefold)
    whole = [
        name
        for page in ("", "&page=2", "&page=3", "&page=4")
        for name in names(browse(full, f"?kind=Organization&sort=name{page}"))
    ]
    assert len(whole) == total(browse(full, "?kind=Organization")) and whole[:25] == by_name
    text = browse(full, "?kind=Organization&sort=name&page=2")
    assert 'rel="prev" href="/browse?kind=Organization&amp;sort=name"' in text
    assert 'rel="next" href="/browse?kind=Organization&amp;sort=name&amp;page=3"' in text
    assert '<ol class="hits" start="26">' in text


def test_what_is_chosen_can_be_dropped(full: TestClient) -> None:
    text = browse(full, "?kind=Initiative&place=m49-002&sort=name")
    assert (
        '<a href="/browse?place=m49-002&amp;sort=name"><span class="unseen">Drop </span>Kind: Initiative'
        in text
    )
    assert (
        '<a href="/browse?kind=Initiative&amp;sort=name"><span class="unseen">Drop </span>Place: Africa'
        in text
    )
    assert text.count(" checked>") == 2


def test_an_empty_list_says_which_choice_to_drop(full: TestClient) -> None:
    text = browse(full, "?kind=Initiative&topic=animal-tracking&place=zimbabwe")
    assert total(text) == 0 and "Nothing has all that is chosen." in text
    for facet, name in (("kind", "Initiative"), ("topic", "animal tracking"), ("place", "Zimbabwe")):
        way = re.search(rf'<li><a href="([^"]*)">Without {facet} {name}</a> there (?:is|are) (\d+) ', text)
        if way:
            assert total(browse(full, html.unescape(way[1]).removeprefix("/browse"))) == int(way[2]) > 0
    assert "Without place Zimbabwe" in text


def test_a_value_that_is_not_there_is_told(full: TestClient) -> None:
    text = browse(full, "?topic=%3Cb%3Enonsense%22&place=m49-002")
    assert total(text) == 0
    assert (
        'Nothing here has the topic “&lt;b&gt;nonsense&#34;”: <a href="/browse?place=m49-002">drop it</a>'
        in text
    )
    assert total(browse(full, "?topic=nonsense&topic=wetlands")) == total(browse(full, "?topic=wetlands"))


@pytest.mark.parametrize(
    "text", ["m49-002", "place:m49-002", "https://w3id.org/ecoconn/id/place/m49-002", "africa"]
)
def test_a_value_may_be_written_in_several_ways(full: TestClient, text: str) -> None:
    assert total(browse(full, f"?place={text}")) == total(browse(full, "?place=m49-002")) > 0


def test_names_in_the_language_of_the_reader(full: TestClient) -> None:
    french = browse(full, "?instrument=cbd", **{"Accept-Language": "fr"})
    assert "Instrument: Convention sur la diversité biologique <" in french
    assert options(french, "instrument")["cbd"][0] == "Convention sur la diversité biologique"
    assert "Convention sur la" not in browse(full, "?instrument=cbd")


def test_the_files_hold_the_list(full: TestClient) -> None:
    text = browse(full, "?kind=SiteNetwork")
    files = dict(re.findall(r', <a href="([^"]*)">(CSV|Excel[^<]*)</a>', text))
    (csv,) = [html.unescape(href) for href, label in files.items() if label == "CSV"]
    rows = full.get(csv).text.splitlines()
    assert len(rows) - 1 == total(text) == 3
    (sheet,) = [html.unescape(href) for href, label in files.items() if label != "CSV"]
    assert full.get(sheet).content[:2] == b"PK"


@pytest.mark.parametrize(
    ("selection", "status", "says"),
    [
        ("?page=2&kind=Person", 404, "The last page is 1."),
        ("?page=0", 400, "The parameter page is 0."),
        ("?page=x", 400, "The parameter page is"),
        ("?sort=size", 400, "There is no order"),
        ("?place=" + "a" * 501, 400, "chooses too much"),
        ("?" + "&".join(f"place={number}" for number in range(51)), 400, "chooses too much"),
        ("?place=%FF", 400, "do not spell valid UTF-8"),
    ],
)
def test_what_cannot_be_shown(full: TestClient, selection: str, status: int, says: str) -> None:
    answer = full.get(f"/browse{selection}", headers=BROWSER)
    assert answer.status_code == status and says in html.unescape(answer.text)


def test_it_is_a_page_only(full: TestClient) -> None:
    assert full.get("/browse", headers={"Accept": "text/turtle"}).status_code == 406
    assert full.get("/browse").headers["content-type"] == "text/html; charset=utf-8"
    assert full.post("/browse").status_code == 405


def test_any_dataset_can_be_browsed(make_client: Callable[..., TestClient]) -> None:
    text = browse(make_client(), "?kind=Place")
    assert total(text) == 1 and names(text) == ["Alps"]
    assert total(browse(make_client(""))) == 0
    under = browse(make_client(public_url="https://example.org/kg"), "?kind=Place")
    assert 'action="/kg/browse"' in under and 'href="/kg/browse"' in under


def test_addresses_are_canonical() -> None:
    asked = read([("sort", ""), ("place", "b"), ("kind", "a"), ("place", " b "), ("place", ""), ("x", "y")])
    assert asked.address() == "?kind=a&place=b"
    assert asked.address(page=3, sort="name") == "?kind=a&place=b&sort=name&page=3"
    assert asked.address(kind=(), place=()) == ""
    with pytest.raises(QueryError):
        read([("sort", "x")])
