"""Each page, light and dark: nothing for axe to find, nothing that is forbidden, no scrolling at 320 px."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest

CONN = "PREFIX conn: <https://w3id.org/ecoconn/ontology#>\n"
QUERY = f"{CONN}SELECT ?i ?o {{ ?i conn:fundedBy ?o }} ORDER BY ?i"
WORK = (
    f"{CONN}SELECT ?i ?place ?begun {{ ?i conn:operatesIn ?place OPTIONAL {{ ?i conn:startDate ?begun }} }}"
)
LONG = "SELECT ?a WHERE { ?a cnn:fundedBy ?b . " + "?a a ?kind . " * 12 + "}"
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"


def asked(query: str, page: str = "/sparql", **more: str) -> str:
    """The address of the answer to a query."""
    return f"{page}?{urlencode({'query': query, **more})}"


PAGES = {
    "home": "/",
    "editor": "/sparql",
    "answer": asked(QUERY),
    "answer with sources": asked(QUERY, sources="yes"),
    "answer as a network": asked(WORK, view="network"),
    "answer on a map": asked(WORK, view="map"),
    "answer along a timeline": asked(WORK, view="timeline"),
    "no answer": asked(QUERY.replace("fundedBy", "fundedBye")),
    "yes": asked("ASK { ?s ?p ?o }"),
    "triples": asked(f"{CONN}CONSTRUCT WHERE {{ ?i conn:fundedBy ?o }}"),
    "too long an answer": asked("SELECT * { ?a ?b ?c }"),
    "malformed": asked("SELECT * WHERE {"),
    "malformed, a long line": asked(LONG),
    "out of time": asked(SLOW, timeout="0.5"),
    "not allowed": asked("SELECT * { SERVICE <http://example.org/> { ?a ?b ?c } }"),
    "questions": "/questions",
    "explore": "/explore",
    "explore, a table": "/explore?class=conn:Initiative&if=conn:operatesIn+is+place:east-africa&cite=yes",
    "explore, a map": "/explore?class=conn:Initiative&view=map",
    "explore, a network": "/explore?class=conn:Initiative&view=network",
    "explore, a timeline": "/explore?class=conn:Instrument&view=timeline",
    "explore, a condition": "/explore?class=conn:Initiative&property=conn:operatesIn",
    "browse": "/browse?place=m49-002&kind=Initiative",
    "browse, everything": "/browse",
    "browse, nothing": "/browse?place=nepal&topic=wetlands&topic=nonsense",
    "search": "/search?q=elefant+coridors",
    "search, nothing": "/search?q=xqzzkk+vvwwx",
    "about": "/about",
    "engagements": "/engagements",
    "engagements chosen": "/engagements?kind=organisation-type/treaty-body&rows=topic",
    "gaps": "/gaps",
    "gaps of a class": "/gaps?class=Initiative",
    "ontology": "/ontology",
    "shapes": "/shapes",
    "downloads": "/downloads",
    "cite": "/cite",
    "cite an answer": asked(QUERY, "/cite"),
    "report": "/validation",
    "validate": "/validate",
    "map": "/map",
    "map of nothing": "/map?kind=person",
    "timeline": "/timeline",
    "network": "/network",
    "network of a thing": "/network?thing=CBD",
    "network, a path": "/network?thing=Room+to+Roam&to=CBD",
    "network, which one": "/network?thing=Rom+to+Raom",
    "thing": "/id/initiative/room-to-roam",
    "passage": "/id/passage/cms-cop14-initiatives-on-connectivity/04",
    "document": "/id/document/cms-cop14-initiatives-on-connectivity",
    "instrument": "/id/instrument/cbd",
    "place with an outline": "/id/place/rocky-mountains",
    "concept": "/id/concept/topic/wetlands",
    "concept scheme": "/id/concept/topic",
    "frame of a thing": "/reconcile/preview?id=initiative/room-to-roam",
    "not there": "/nowhere",
}

IN_SHORT = (
    "home",
    "editor",
    "answer",
    "no answer",
    "malformed",
    "malformed, a long line",
    "questions",
    "browse",
    "browse, nothing",
    "search",
    "search, nothing",
    "about",
    "engagements",
    "engagements chosen",
    "gaps",
    "cite an answer",
    "thing",
    "place with an outline",
    "validate",
    "map",
    "map of nothing",
    "timeline",
    "frame of a thing",
    "not there",
)
"""Those that have something of their own and no other test here; the rest takes minutes."""
NAMES = [name if name in IN_SHORT else pytest.param(name, marks=pytest.mark.slow) for name in PAGES]

OUT_OF_ORDER = """() => {
    const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")]
        .filter(item => item.checkVisibility()).map(item => Number(item.tagName[1]))
    return levels.filter(level => level === 1).length !== 1
        || levels.some((level, at) => level > (levels[at - 1] ?? 0) + 1)
}"""


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_find_fault_with(visit: Callable[..., Any], name: str) -> None:
    with visit() as here:
        page = here.open(PAGES[name])
        page.wait_for_load_state("networkidle")
        if PAGES[name].startswith("/sparql"):
            page.locator(".cm-content").wait_for()
            page.locator("[data-panel=questions] li").first.wait_for()
        assert here.axe() == []
        assert not page.evaluate(OUT_OF_ORDER), "headings out of order"
        page.emulate_media(color_scheme="dark")
        assert here.axe(["color-contrast"]) == [], "dark"
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
        page.set_viewport_size({"width": 700, "height": 1000})
        page.emulate_media(media="print", color_scheme="light")
        assert page.locator("header nav, footer nav, .skip").filter(visible=True).count() == 0, "on paper"


@pytest.mark.parametrize("width", [1280, 1920])
def test_a_wide_table_takes_the_room_there_is_and_no_more(visit: Callable[..., Any], width: int) -> None:
    with visit(viewport={"width": width, "height": 1080}) as here:
        page = here.open("/engagements")
        table, text = (page.locator(name).bounding_box() for name in (".board .scroll", "main"))
        assert (table["width"] > text["width"] + 200) is (width == 1920)
        assert 0 <= table["x"] <= text["x"]
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_mark_stays_with_its_word(visit: Callable[..., Any]) -> None:
    lone = """() => [...document.querySelectorAll("dd .mark:first-of-type")].filter(mark => {
        const before = document.createRange()
        before.setStart(mark.parentElement, 0)
        before.setEndBefore(mark)
        const last = [...before.getClientRects()].filter(box => box.width).pop()
        return mark.getBoundingClientRect().left < last.right - 1
    }).length"""
    with visit() as here:
        page = here.open("/id/passage/cms-cop14-initiatives-on-connectivity/04")
        for width in (1280, 700, 320):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.locator("dd .mark").count() > 10
            assert page.evaluate(lone) == 0, width
