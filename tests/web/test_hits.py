"""The page of /search, as a browser without scripts gets it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def searched(client: TestClient, query: str, more: str = "", **headers: str) -> str:
    answer = client.get(f"/search?q={quote(query)}{more}", headers={**BROWSER, **headers})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer.text


def plain(text: str) -> str:
    """The words of a page."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split())


def names(text: str) -> list[str]:
    return [plain(name) for name in re.findall(r"<h3><a [^>]*>(.*?)</a></h3>", text)]


def test_a_browser_gets_a_page_and_others_what_they_got(real: TestClient) -> None:
    text = searched(real, "ramsar")
    answer = real.get("/search?q=ramsar", headers={"Accept": "*/*"})
    assert answer.headers["content-type"] == "application/json"
    assert (
        json.loads(answer.content)
        == real.get("/search?q=ramsar", headers=BROWSER | {"Accept": "application/json"}).json()
    )
    found = answer.json()
    assert names(text) == [hit["label"] for hit in found["results"]]
    assert f"{found['total']} things found" in plain(text)
    assert '<input type="search" id="q" name="q" value="ramsar"' in text
    assert real.get("/search?q=ramsar&format=json", headers=BROWSER).json() == found


def test_words_are_marked(full: TestClient) -> None:
    text = searched(full, "elephant corridors")
    assert "Right of Passage: National <mark>Elephant</mark> <mark>Corridors</mark> Project" in text
    assert "A body that raises money for <mark>elephant</mark> <mark>corridors</mark> in India." in text


def test_a_name_in_another_language_that_matched(full: TestClient) -> None:
    text = searched(full, "Convenio sobre la Diversidad Biológica")
    assert names(text)[0] == "Convention on Biological Diversity"
    assert re.search(r'also called <span lang="es"[^>]*>(</?mark>|\w| )*Diversidad', text)


@pytest.mark.parametrize(
    ("query", "first", "says"),
    [
        ("conectivity", "", "Shown: connectivity, for “conectivity”. Nothing found has the word as written."),
        ("DinAlpCONECT", "DinAlpCONNECT", "Shown: dinalpconnect, for “DinAlpCONECT”."),
        (
            "elefant coridors",
            "Right of Passage: National Elephant Corridors Project",
            "; corridors, for “coridors”.",
        ),
        (
            "ramsar convention xqzzkk",
            "Ramsar Convention",
            "Left out, because nothing found has it: “xqzzkk”.",
        ),
    ],
)
def test_slips_are_told(full: TestClient, query: str, first: str, says: str) -> None:
    text = searched(full, query)
    assert says in plain(text)
    assert first in ("", names(text)[0])


@pytest.mark.parametrize("query", ["ramsar", "conn", "Y2Y", "12.26"])
def test_no_slip_is_told_where_there_is_none(full: TestClient, query: str) -> None:
    assert "Shown:" not in searched(full, query) and "Left out" not in searched(full, query)


def test_kinds_with_their_counts(full: TestClient) -> None:
    text = searched(full, "convention")
    kinds = re.findall(
        r'<a href="(/search\?q=convention&amp;type=(\w+))">[^<]* <span class="number">(\d+)<', text
    )
    assert {"Instrument", "Document"} <= {name for _, name, _ in kinds}
    for href, name, count in kinds:
        only = full.get(html.unescape(href), headers=BROWSER).text
        assert f"{count} thing" in plain(only), name
        assert f'<input type="hidden" name="type" value="{name}">' in only
    assert re.search(r'<a href="/search\?q=convention" aria-current="true">All ', text)


def test_pages_follow_each_other(full: TestClient) -> None:
    text = searched(full, "convention", "&limit=10&lang=en")
    link = re.search(r'rel="next" href="([^"]*)"', text)
    assert link and link[1] == "/search?q=convention&amp;limit=10&amp;lang=en&amp;offset=10"
    after = full.get(html.unescape(link[1]), headers=BROWSER).text
    assert '<ol class="hits" start="11"' in after and not set(names(text)) & set(names(after))
    assert 'rel="prev" href="/search?q=convention&amp;limit=10&amp;lang=en"' in after
    assert "Nothing more is found" in searched(full, "convention", "&offset=9000")


def test_nothing_found_leads_on(full: TestClient) -> None:
    text = searched(full, "Ramzarian Conventzionist")
    assert "Nothing is called so" in text
    near = text.partition("written most like it")[2].partition("</ul>")[0]
    assert ">Ramsar Convention</a>" in near
    assert re.search(r'href="/browse\?kind=Initiative">Initiative</a>', text)
    query = re.search(r'<a href="([^"]*)">ask in SPARQL', text)
    assert (
        query and full.get(html.unescape(query[1]), headers={"Accept": "text/csv"}).text == "thing,name\r\n"
    )
    alone = searched(full, "xqzzkk ramsar vvwwx jjkkl")
    assert re.search(r'<a href="/search\?q=ramsar">ramsar</a> <span class="number">\d+', alone)


def test_nothing_of_a_kind(full: TestClient) -> None:
    text = searched(full, "icarus", "&type=Taxon")
    assert 'There is something of other kinds: <a href="/search?q=icarus">see all' in text


def test_before_anything_is_searched(real: TestClient) -> None:
    for address in ("/search", "/search?q=", "/search?q=%20"):
        text = real.get(address, headers=BROWSER).text
        assert '<form action="/search" method="get" role="search"' in text
        assert re.search(r'href="/browse\?kind=Initiative">Initiative</a> <span class="number">\d+', text)
        assert real.get(address).status_code == 400, "programs are told"


@pytest.mark.parametrize(
    "query", ["?", "\"'<>&{}", "\u0000", "🦅 elephant", "\u202e", "a" * 1000, "\\", '" }', "%"]
)
def test_odd_texts_break_nothing(full: TestClient, query: str) -> None:
    text = searched(full, query)
    assert "<>&{}" not in text
    link = re.search(r'<a href="([^"]*)">ask in SPARQL', text)
    if link:
        assert full.get(html.unescape(link[1]), headers={"Accept": "text/csv"}).status_code == 200


def test_faults_are_pages(full: TestClient) -> None:
    answer = full.get("/search?q=a&type=Spaceship", headers=BROWSER)
    assert answer.status_code == 400 and "No thing here is of the class" in answer.text


def test_any_dataset_is_searched(make_client: Callable[..., TestClient]) -> None:
    text = searched(make_client(), "alpen", **{"Accept-Language": "en"})
    assert names(text) == ["Alps"] and "also called" in text and '<span lang="de"' in text
    assert "Nothing is called so" in searched(make_client(""), "alps")


def test_the_box_is_on_the_home_page(full: TestClient) -> None:
    text = full.get("/", headers=BROWSER).text
    assert '<form action="/search" method="get" role="search"' in text
