"""What one does on the pages that have no scripts: with the keyboard, on a telephone, on paper."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import pytest

from kg.web.navigation import Navigation

ALL = Navigation.MAIN
ALL_LINKS = """labels => {
    const nav = document.querySelector('.top nav')
    nav.replaceChildren(...labels.flatMap(label => {
        const link = document.createElement('a')
        link.href = '/'
        link.textContent = label
        return [link, ' ']
    }))
}"""
"""Puts all places into the navigation, those that are no pages yet, too."""
BARE = {"java_script_enabled": False}


def test_export_what_cms_could_do_with_regional_bodies_by_keyboard(visit: Callable[..., Any]) -> None:
    """From the home page to a file with a citation in every row."""
    with visit(**BARE) as here:
        page = here.open("/")
        page.get_by_role("link", name="The whole board").focus()
        page.keyboard.press("Enter")
        page.locator("summary", has_text="Kind of partner").focus()
        page.keyboard.press("Enter")
        page.get_by_label("regional body").focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Show").focus()
        page.keyboard.press("Enter")
        page.get_by_text("3 of 25 engagements").wait_for()
        assert "kind=organisation-type%2Fregional-body" in page.url
        with page.expect_download() as waiting:
            page.get_by_role("link", name="CSV").click()
        rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text(encoding="utf-8"))))
        partners = sorted(row["partners"].partition(" (")[0] for row in rows)
        assert partners == [
            "Baltic Marine Environment Protection Commission",
            "European Space Agency",
            "OSPAR Commission",
        ]
        assert all(", paragraph " in row["citation"] and row["statedAsOf"] for row in rows)


def test_home_is_one_screen_and_on_a_telephone_two_swipes(visit: Callable[..., Any]) -> None:
    height = "document.querySelector('main').getBoundingClientRect().bottom + scrollY"
    with visit(viewport={"width": 1280, "height": 800}) as here:
        page = here.open("/")
        assert page.evaluate(height) <= 800
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.evaluate(height) <= 3 * 844, "the first screen and two swipes"
        sizes = page.evaluate("performance.getEntries().map(entry => entry.transferSize || 0)")
        assert sum(sizes) < 60_000


def test_the_navigation_takes_two_lines_at_most_on_a_telephone(visit: Callable[..., Any]) -> None:
    with visit(viewport={"width": 320, "height": 640}) as here:
        page = here.open("/")
        page.evaluate(ALL_LINKS, [label for _, label in ALL])
        nav = page.get_by_role("navigation", name="Site")
        assert nav.get_by_role("link").count() == len(ALL)
        assert nav.bounding_box()["height"] < 90
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_board_is_a_briefing_in_print(visit: Callable[..., Any]) -> None:
    with visit() as here:
        page = here.open("/engagements?kind=organisation-type/treaty-body")
        page.emulate_media(media="print")
        for hidden in (".board", ".sieve", "footer nav", ".files"):
            assert not page.locator(hidden).first.is_visible(), hidden
        seen = page.locator("main").inner_text()
        order = ["What CMS does or could do", "as of 2024-02", "CMS with HELCOM", "CMS with OSPAR", "Sources"]
        places = [seen.index(text) for text in order]
        assert places == sorted(places) and "paragraph 3 (OSPAR and HELCOM Commissions)" in seen


@pytest.mark.parametrize("path", ["/gaps", "/engagements"])
def test_lists_open_without_scripts(visit: Callable[..., Any], path: str) -> None:
    with visit(**BARE) as here:
        page = here.open(path)
        page.locator("main summary").first.press("Enter")
        assert page.locator("main details[open]").count() == 1
        assert page.locator("main details[open] :is(a, input)").first.is_visible()
