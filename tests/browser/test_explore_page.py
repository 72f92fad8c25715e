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
}


@pytest.mark.parametrize("name", PAGES)
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
