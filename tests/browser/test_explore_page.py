"""/explore in a browser: with its script, by keyboard alone, without any script, and for everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

WHERE = "/explore?class=conn:Initiative&if=conn:operatesIn+is+place:east-africa"
PAGES = {
    "classes": "/explore",
    "answer": f"{WHERE}&cite=yes",
    "choosing": "/explore?class=conn:Initiative&property=conn:operatesIn",
    "candidates": f"{WHERE}&property=conn:focusTaxon&named=elefants&how=is",
    "dates": f"{WHERE}&property=conn:startDate&from=20l0&how=between",
    "fault": f"{WHERE}&if=conn:none+stated",
    "nothing": f"{WHERE}&if=conn:focusTaxon+missing",
    "map": "/explore?class=conn:Initiative&view=map",
    "network": "/explore?class=conn:Initiative&view=network",
    "timeline": "/explore?class=conn:Instrument&view=timeline",
    "no map": "/explore?class=conn:Taxon&view=map",
}


LIKE_OTHERS = ("candidates", "fault", "timeline", "no map")
NAMES = [pytest.param(name, marks=pytest.mark.slow) if name in LIKE_OTHERS else name for name in PAGES]


@pytest.mark.parametrize("name", NAMES)
def test_nothing_to_find_fault_with(visit: Callable[..., Any], name: str) -> None:
    with visit() as here:
        page = here.open(PAGES[name])
        for details in page.locator("details").all():
            details.evaluate("item => { item.open = true }")
        assert here.axe() == []
        page.emulate_media(color_scheme="dark")
        assert here.axe(["color-contrast"]) == [], "dark"
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_from_a_class_to_an_answer_by_keyboard_without_a_new_page(visit: Callable[..., Any]) -> None:
    with visit() as here:
        page = here.open("/explore")
        page.evaluate("globalThis.same = true")
        page.get_by_role("link", name="Initiatives").press("Enter")
        page.get_by_role("heading", name="17 initiatives").wait_for()
        page.get_by_label("With").select_option("conn:operatesIn")
        page.get_by_role("button", name="Choose").press("Enter")
        page.get_by_label("Name", exact=True).wait_for()
        assert page.evaluate("document.activeElement.id") == "named"
        page.keyboard.type("east afr")
        page.locator("#names option[value='East Africa']").wait_for(state="attached")
        page.keyboard.type("ica")
        page.keyboard.press("Enter")
        count = page.get_by_role("heading", name="1 initiative")
        count.wait_for()
        assert page.evaluate("document.activeElement.id") == "count"
        assert page.evaluate("globalThis.same") is True
        assert "if=conn%3AoperatesIn+is+place%3Aeast-africa" in page.url
        assert page.title().startswith("Initiatives · place: East Africa")
        page.get_by_role("link", name="Remove: place, East Africa").press("Enter")
        page.get_by_role("heading", name="17 initiatives").wait_for()
        page.go_back()
        count.wait_for()
        assert page.evaluate("globalThis.same") is True


def test_every_step_works_without_a_script(visit: Callable[..., Any]) -> None:
    with visit(java_script_enabled=False) as here:
        page = here.open("/explore")
        page.get_by_role("link", name="Initiatives").click()
        page.get_by_label("With").select_option("conn:operatesIn")
        page.get_by_role("button", name="Choose").click()
        page.get_by_label("Name", exact=True).fill("East Africa")
        page.get_by_role("button", name="Add").click()
        page.get_by_label("And").select_option("conn:focusTaxon")
        page.get_by_role("button", name="Choose").click()
        page.get_by_role("checkbox", name="Elephants 1", exact=True).check()
        page.get_by_role("button", name="Add").click()
        assert page.get_by_role("heading", name="1 initiative").is_visible()
        page.get_by_text("Columns, and who says so").click()
        page.get_by_role("checkbox", name="aim").check()
        page.get_by_role("checkbox", name="Who says so").check()
        page.get_by_role("button", name="Show").click()
        heads = page.locator("thead th").all_text_contents()
        assert heads == ["name", "place", "aim", "focus taxon", "who says so"]
        page.get_by_role("link", name="SPARQL in the editor").click()
        assert "focus taxon: Elephants" in page.locator("textarea").input_value()
        assert page.get_by_role("link", name="Room to Roam").is_visible()


def test_a_picture_and_back_by_keyboard_without_a_new_page(visit: Callable[..., Any]) -> None:
    with visit() as here:
        page = here.open(WHERE)
        page.evaluate("globalThis.same = true")
        page.get_by_role("link", name="Map", exact=True).last.press("Enter")
        kenya = page.locator(".world a[aria-label^=Kenya]")
        kenya.wait_for()
        assert page.url.endswith("view=map") and page.evaluate("document.activeElement.id") == "count"
        page.get_by_role("link", name="countries and territories").press("Enter")
        assert page.url.endswith("#countries"), "a place on the page is no step"
        page.get_by_role("link", name="Those in Zambia: 1 initiative").press("Enter")
        page.get_by_role("link", name="Remove: place, Zambia").wait_for()
        page.go_back()
        page.get_by_role("link", name="Remove: place, Zambia").wait_for(state="detached")
        page.get_by_role("link", name="Network", exact=True).last.press("Enter")
        thing = page.get_by_role("link", name="Room to Roam, Initiative, tied to")
        thing.wait_for()
        page.get_by_role("button", name="Zoom in").wait_for()
        thing.focus()
        page.keyboard.press("ArrowRight")
        assert not page.evaluate("document.activeElement.classList.contains('central')"), "along a tie"
        assert page.evaluate("document.activeElement.closest('.things') !== null")
        page.get_by_role("link", name="Table", exact=True).press("Enter")
        page.get_by_role("region", name="Initiatives").wait_for()
        assert page.evaluate("globalThis.same") is True
        page.go_back()
        thing.wait_for()
        thing.press("Enter")
        page.wait_for_url("**/id/initiative/room-to-roam")


def test_pictures_without_a_script(visit: Callable[..., Any]) -> None:
    with visit(java_script_enabled=False) as here:
        page = here.open(WHERE)
        views = page.get_by_role("navigation", name="See them as")
        views.get_by_role("link", name="Map").press("Enter")
        assert page.locator(".world a").count() == 4 and page.url.endswith("view=map#count")
        views.get_by_role("link", name="Network").press("Enter")
        assert page.locator(".network .things a").count() == 6
        assert page.get_by_role("region", name="What is stated").locator("tbody tr").count() == 5
        assert not page.get_by_text("Arrow keys go from a thing").is_visible()
        page.get_by_label("And").select_option("conn:focusTaxon")
        page.get_by_role("button", name="Choose").press("Enter")
        page.get_by_role("button", name="Any value").press("Enter")
        assert "view=network" in page.url and page.locator(".network").is_visible()
        page.locator(".network .things a.central").press("Enter")
        assert page.url.endswith("/id/initiative/room-to-roam")


def test_a_network_is_whole_on_paper(visit: Callable[..., Any]) -> None:
    with visit() as here:
        page = here.open(PAGES["network"])
        page.emulate_media(media="print")
        assert page.locator(".network .central").first.is_visible()
        assert not page.get_by_role("navigation", name="See them as").is_visible()
