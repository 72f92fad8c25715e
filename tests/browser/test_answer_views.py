"""The views of an answer as people use them: by keyboard, without scripts, narrow, dark and on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

Open = Callable[..., Any]

CONN = "PREFIX conn: <https://w3id.org/ecoconn/ontology#>\n"
WORK = (
    f"{CONN}SELECT ?i ?place ?begun {{ ?i conn:operatesIn ?place OPTIONAL {{ ?i conn:startDate ?begun }} }}"
)
PICTURES = {"network": "svg.network", "map": "svg.world", "timeline": "svg.chart:not(.key)"}


def address(view: str, query: str = WORK) -> str:
    return "/sparql?" + urlencode({"query": query, "view": view})


def leads_to(view: str) -> Callable[[str], bool]:
    """Whether an address is that of the answer in the view."""
    return lambda url: parse_qs(urlsplit(url).query) == {"query": [WORK], "view": [view]}


@pytest.mark.parametrize("view", PICTURES)
def test_a_picture_fits_on_paper_and_the_switch_stays_off_it(visit: Open, view: str) -> None:
    with visit() as here:
        page = here.open(address(view))
        page.locator(".cm-content").wait_for()
        page.set_viewport_size({"width": 700, "height": 1000})
        page.emulate_media(media="print")
        box = page.locator(PICTURES[view]).bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 701
        assert page.locator(".views").is_hidden()


def test_views_are_switched_by_keyboard_and_stay_in_the_address(visit: Open) -> None:
    with visit() as here:
        page = here.edit(WORK)
        views = page.get_by_role("navigation", name="Views of the answer")
        views.get_by_role("link", name="Table").focus()
        here.write("SELECT nothing yet")
        for view, picture in PICTURES.items():
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            page.locator(picture).wait_for()
            expect(views.locator("[aria-current]")).to_have_text(view.capitalize())
            expect(views.locator("[aria-current]")).to_be_focused()
            page.wait_for_url(leads_to(view))
            expect(page.get_by_role("status").first).to_contain_text(" rows, ")
        assert here.text == "SELECT nothing yet", "what one writes meanwhile stays"
        here.write(WORK + " LIMIT 5")
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".total")).to_contain_text("5 rows")
        expect(views.locator("[aria-current]")).to_have_text("Timeline")
        page.go_back()
        expect(page.locator(".total")).not_to_contain_text("5 rows")
        page.locator(PICTURES["timeline"]).wait_for()


def test_a_network_is_walked_along_its_ties_and_its_rows_sorted(visit: Open) -> None:
    with visit() as here:
        page = here.edit(WORK)
        page.locator("[data-view=network]").click()
        page.locator(".tools").wait_for()
        page.locator(".things a[href$=room-to-roam]").focus()
        page.keyboard.press("ArrowRight")
        assert "/id/place/" in page.locator(":focus").get_attribute("href")
        page.get_by_role("button", name="place").click()
        expect(page.locator(".rows tbody tr").first).to_contain_text("Albania")
        page.get_by_label("Filter these rows").fill("kenya")
        expect(page.locator(".rows tbody tr:visible")).to_have_count(1)


def test_without_scripts_views_are_links(visit: Open) -> None:
    with visit(java_script_enabled=False) as here:
        page = here.open("/sparql", WORK)
        for view, picture in PICTURES.items():
            page.locator(f"[data-view={view}]").click()
            assert page.locator(picture).is_visible()
            assert page.locator(".rows tbody tr").count() > 20
            assert page.url.endswith("#answer")
        page.locator("[data-view=map]").click()
        page.locator(".world a[aria-label^=Kenya]").click()
        page.wait_for_url("**/id/place/kenya")


def test_a_view_that_does_not_fit_says_so(visit: Open) -> None:
    with visit() as here:
        page = here.open(address("map", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))
        page.locator(".cm-content").wait_for()
        expect(page.locator(".notice")).to_contain_text(
            "This answer cannot be shown as a map. A map needs rows"
        )
        page.get_by_text("Why no network, no map, no timeline").click()
        expect(page.locator("#outcome details li")).to_have_count(3)
        assert here.axe() == []
