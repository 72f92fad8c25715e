"""Each page, light and dark: nothing for axe to find, nothing that is forbidden, no scrolling at 320 px."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

QUERY = "PREFIX conn: <https://w3id.org/ecoconn/ontology#>\nSELECT ?i ?o { ?i conn:fundedBy ?o } ORDER BY ?i"
PAGES = {
    "home": ("/", None),
    "editor": ("/sparql", None),
    "answer": ("/sparql", QUERY),
    "no answer": ("/sparql", QUERY.replace("fundedBy", "fundedBye")),
    "malformed": ("/sparql", "SELECT * WHERE {"),
    "questions": ("/questions", None),
    "browse": ("/browse?place=m49-002&kind=Initiative", None),
    "browse, nothing": ("/browse?place=nepal&topic=wetlands&topic=nonsense", None),
    "search": ("/search?q=elefant+coridors", None),
    "search, nothing": ("/search?q=xqzzkk+vvwwx", None),
    "about": ("/about", None),
    "engagements": ("/engagements", None),
    "engagements chosen": ("/engagements?kind=organisation-type/treaty-body&rows=topic", None),
    "gaps": ("/gaps", None),
    "gaps of a class": ("/gaps?class=Initiative", None),
    "ontology": ("/ontology", None),
    "shapes": ("/shapes", None),
    "passage": ("/id/passage/cms-cop14-initiatives-on-connectivity/04", None),
    "downloads": ("/downloads", None),
    "cite": ("/cite", None),
    "report": ("/validation", None),
    "thing": ("/id/initiative/room-to-roam", None),
    "validate": ("/validate", None),
    "map": ("/map", None),
    "map of nothing": ("/map?kind=person", None),
    "timeline": ("/timeline", None),
    "not there": ("/nowhere", None),
}


# Plain tables and lists, which the others have, too.
LIKE_OTHERS = ("ontology", "shapes", "passage", "downloads", "cite", "report", "gaps of a class")
NAMES = [pytest.param(name, marks=pytest.mark.slow) if name in LIKE_OTHERS else name for name in PAGES]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_find_fault_with(visit: Callable[..., Any], name: str) -> None:
    path, query = PAGES[name]
    with visit() as here:
        page = here.open(path, query)
        page.wait_for_load_state("networkidle")
        if path == "/sparql":
            page.locator(".cm-content").wait_for()
            page.locator("[data-panel=questions] li").first.wait_for()
        assert here.axe() == []
        page.emulate_media(color_scheme="dark")
        assert here.axe(["color-contrast"]) == [], "dark"
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
