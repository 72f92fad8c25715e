"""What someone does who is here for the first time, by keyboard alone, with few keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Open = Callable[..., Any]


def tab(page: Any, to: str, most: int) -> None:
    """Press Tab until what a selector names has the focus, so many times at most."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.locator(":focus").evaluate("(item, to) => item.matches(to)", to):
            return
    raise AssertionError(f"{most} times Tab did not lead to {to}")


@pytest.mark.parametrize("scripts", [True, False])
def test_initiatives_in_east_africa_for_elephants(visit: Open, scripts: bool) -> None:
    with visit(java_script_enabled=scripts) as here:
        page = here.open("/")
        tab(page, "a[href$='/explore']", 6)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Explore").wait_for()
        tab(page, "a[href*='conn%3AInitiative']", 16)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="17 initiatives").wait_for()
        for property, value, left in (("place", "East Africa", 1), ("focus taxon", "elephants", 1)):
            tab(page, "#property", 14)
            page.keyboard.type(property)
            tab(page, "button", 1)
            page.keyboard.press("Enter")
            page.get_by_role("group", name=property).wait_for()
            if not scripts:
                tab(page, "#named", 1)
            page.keyboard.type(value)
            page.keyboard.press("Enter")
            page.get_by_role("link", name=f"Remove: {property}").wait_for()
            page.get_by_role("heading", name=f"{left} initiative").wait_for()
        tab(page, "a[href*='view=map']", 10)
        page.keyboard.press("Enter")
        page.locator(".world a[aria-label^=Kenya]").wait_for()
        tab(page, "a[href^='/sparql?query=']:not([href*='format='])", 10)
        page.keyboard.press("Enter")
        page.wait_for_url("**/sparql?query=**")
        page.get_by_role("link", name="Room to Roam").first.wait_for()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("DinAplCONNECT", "initiative/dinalpconnect"),
        ("Y2I", "initiative/yellowstone-to-yukon"),
        ("gepc", "initiative/gpec"),
    ],
)
def test_a_misspelt_acronym_without_scripts(visit: Open, typed: str, meant: str) -> None:
    with visit(java_script_enabled=False) as here:
        page = here.open("/")
        tab(page, "#q", 12)
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        page.locator(".slips").wait_for()
        tab(page, ".skip", 1)
        page.keyboard.press("Enter")
        tab(page, ".hits a", 12)
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/id/{meant}")


@pytest.mark.parametrize("scripts", [True, False])
def test_how_two_things_are_tied_and_how_that_is_cited(visit: Open, scripts: bool) -> None:
    with visit(java_script_enabled=scripts) as here:
        page = here.open("/network")
        tab(page, "#thing", 12)
        page.keyboard.type("Rom to Roam")
        tab(page, "#to", 1)
        page.keyboard.type("CBD")
        page.keyboard.press("Enter")
        page.get_by_text("3 shortest paths tie them, 3 steps long.").wait_for()
        assert page.url.endswith("/network?thing=Rom+to+Roam&to=CBD"), "nothing but what was asked"
        tab(page, ".skip", 1)
        page.keyboard.press("Enter")
        tab(page, "a[href^='/cite']", 20)
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="How to cite this answer").wait_for()
        assert "Initiatives on connectivity, paragraph 1" in page.locator("blockquote").inner_text()
