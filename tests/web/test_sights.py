"""What was chosen at /explore as pictures: on a map, as a network, over time."""

from __future__ import annotations

import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from making import MakeClient

from kg import vocab
from kg.conditions import DATE, THING, Kind, Property
from kg.web.sights import fitting

WHERE = ("if", "conn:operatesIn is place:east-africa")
PLACE = Property(vocab.CONN + "operatesIn", "place")
START = Property(vocab.CONN + "startDate", "start", DATE)


def see(client: TestClient, view: str, *pairs: tuple[str, str], kind: str = "conn:Initiative") -> str:
    answer = client.get(
        "/explore",
        params=[("class", kind), *pairs, ("view", view)],
        headers={"accept": "text/html", "accept-language": "en"},
    )
    assert answer.status_code == 200, answer.text
    return answer.text


def words(page: str) -> str:
    main = page[page.index("<main") : page.index("</main>")]
    return re.sub(r" ([.,:;])", r"\1", " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split()))


def views(page: str) -> list[str]:
    nav = page[page.index('<nav class="views"') :]
    return re.findall(r">(\w+)</a>", nav[: nav.index("</nav>")])


def test_views_that_fit() -> None:
    kind = Kind("c", "thing", "things", properties=(PLACE, START))
    every = {PLACE.key: 1, START.key: 1}
    assert fitting(kind, every) == ("table", "map", "network", "timeline")
    assert fitting(kind, {START.key: 1}) == ("table", "timeline")
    assert fitting(kind, {}) == ("table",)
    assert fitting(Kind(vocab.CONN + "Place", "place", "places"), {}) == ("table", "map")
    ties = Property("p", "tie", THING)
    machinery = Kind("c", "thing", "things", is_main=False, properties=(ties,))
    assert fitting(machinery, {ties.key: 1}) == ("table",)


def test_the_map_of_what_was_chosen(real: TestClient) -> None:
    page = see(real, "map", WHERE)
    assert "1 initiative: 4 countries and territories, 2 other places." in words(page)
    assert 'href="/id/place/kenya" aria-label="Kenya: 1 initiative (Room to Roam)."' in page
    assert "Room to Roam" in page and "India" not in page[page.index("<svg") :]
    assert '<h3 id="countries">' in page and "Initiatives on connectivity, paragraph 16" in page
    (href,) = re.findall(r'href="([^"]+)" aria-label="Those in Kenya: 1 initiative"', page)
    narrower = real.get(unescape(href), headers={"accept": "text/html"}).text
    assert "1 initiative: 4 countries" in words(narrower) and "Kenya or…" in words(narrower)
    assert views(page) == ["Table", "Map", "Network", "Timeline"]


def test_what_has_no_place_is_told_and_found(full: TestClient) -> None:
    page = see(full, "map")
    assert "Of 3 more no source says where." in words(page)
    (href,) = re.findall(r'<a href="([^"]+)">3 more</a>', page)
    rest = full.get(unescape(href), headers={"accept": "text/html"}).text
    assert "3 initiatives" in words(rest) and "<svg" not in rest


def test_places_are_on_the_map_themselves(full: TestClient) -> None:
    page = see(full, "map", ("if", "geo:sfWithin is place:m49-014"), kind="conn:Place")
    assert 'aria-label="Kenya."' in page and 'aria-label="Browse Kenya: 1 place"' in page


def test_the_network_of_what_was_chosen(real: TestClient) -> None:
    page = see(real, "network", WHERE)
    told = words(page)
    assert "1 initiative, larger, and 5 other things beside it: 5 ties" in told and "What is stated" in told
    picture = page[page.index('<svg class="network"') : page.index("</svg>")]
    assert 'href="/id/initiative/room-to-roam" aria-label="Room to Roam, Initiative, tied to' in picture
    assert 'href="/network?thing=initiative%2Froom-to-roam">More steps' in page
    assert "Initiatives on connectivity, paragraph 16 (Room to Roam Initiative)" in told
    every = see(real, "network")
    assert re.search(r"17 initiatives, larger, and \d+ other things beside them: \d+ ties", words(every))


def test_the_timeline_of_what_was_chosen(real: TestClient) -> None:
    page = see(real, "timeline", ("if", "conn:adoptedOn between 1979 1979"), kind="conn:Instrument")
    assert "Convention on Migratory Species: adopted." in words(page)
    assert "as exact as the sources give them" in words(page) and "CBD" not in page[page.index("<svg") :]
    assert '<time datetime="1979-06-23">23 June 1979</time>' in page


def test_the_view_stays_in_the_address(full: TestClient) -> None:
    page = see(full, "network", WHERE)
    assert '<input type="hidden" name="view" value="network">' in page
    assert "view=network#count" in next(iter(re.findall(r'href="([^"]+)" aria-label="Remove', page)))
    assert 'view=network">Link to this page' in page and "view=" not in words(page)


@pytest.mark.parametrize(
    ("view", "kind", "pair", "sentence"),
    [
        ("map", "conn:Initiative", ("if", "conn:operatesIn missing"), "No source says where these"),
        ("map", "conn:Taxon", ("if", ""), "No source says where these taxa work"),
        ("network", "conn:Passage", ("if", ""), "Nothing ties these passages"),
        ("timeline", "conn:Place", ("if", ""), "No source gives a date of these places"),
    ],
)
def test_where_it_cannot_be_there_is_a_sentence_and_the_table(
    full: TestClient, view: str, kind: str, pair: tuple[str, str], sentence: str
) -> None:
    page = see(full, view, pair, kind=kind)
    assert sentence in words(page) and "<tbody>" in page and "<svg" not in page
    assert 'aria-current="true">Table</a>' in page


def test_a_view_that_is_not_offered_is_named_when_it_is_seen(full: TestClient) -> None:
    page = see(full, "network", kind="prov:Entity")
    assert 'aria-current="true">Network</a>' in page and "Network" not in views(
        see(full, "", kind="prov:Entity")
    )


def test_an_unknown_view_is_told(full: TestClient) -> None:
    answer = full.get("/explore?class=conn:Initiative&view=globe", headers={"accept": "text/html"})
    assert answer.status_code == 400 and "There is no view &#39;globe&#39;." in answer.text
    assert "<tbody>" in answer.text


def test_names_in_the_language_of_the_reader(full: TestClient) -> None:
    headers = {"accept": "text/html", "accept-language": "fr"}
    for view in ("map", "network"):
        query = {"class": "conn:Initiative", "if": WHERE[1], "view": view}
        page = full.get("/explore", params=query, headers=headers).text
        assert ("Zambie" in page[page.index("<svg") :]) is (view == "map")
        assert "Zambia:" not in page


def test_data_without_shapes(make_client: MakeClient) -> None:
    for way in ("union", "plain"):
        page = see(make_client(default_graph=way), "map", kind="https://example.org/Place")
        assert "No source says where these places work" in words(page) and ">Alps</a>" in page
