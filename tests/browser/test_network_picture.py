"""The network page as people use it: by pointer, by keyboard, without scripts, small, dark, calm."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

Open = Callable[..., Any]

PAGES = {
    "all": "",
    "around": "?thing=CBD",
    "paths": "?thing=Room+to+Roam&to=CBD",
    "unclear": "?thing=convention",
}
ROOM = ".things a[aria-label^='Room to Roam,']"


def place(page: Any, selector: str) -> str:
    found: str = page.locator(selector).get_attribute("transform")
    return found


@pytest.mark.parametrize("name", [pytest.param("all", marks=pytest.mark.slow), *list(PAGES)[1:]])
def test_nothing_to_find_fault_with(visit: Open, name: str) -> None:
    with visit() as here:
        page = here.open("/network" + PAGES[name])
        if name != "unclear":
            page.get_by_role("button", name="Save as PNG").wait_for()
        assert here.axe() == []
        page.emulate_media(color_scheme="dark")
        assert here.axe(["color-contrast"]) == [], "dark"
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_without_scripts_it_is_all_there(visit: Open) -> None:
    with visit(java_script_enabled=False) as here:
        page = here.open("/network")
        page.get_by_label("Thing", exact=True).fill("rom to roam")
        page.get_by_label("and how it is tied to").fill("CBD")
        page.get_by_role("button", name="Show").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "How Room to Roam and Convention on Biological Diversity are tied"
        )
        expect(page.locator(".way")).to_have_count(3)
        expect(page.locator("svg.network .things a")).to_have_count(6)
        page.get_by_role("link", name="Cite this, with its sources").click()
        expect(page.locator(".citation")).to_contain_text("Kunming-Montreal Global Biodiversity Framework")


def test_from_thing_to_thing_by_keyboard(visit: Open) -> None:
    with visit() as here:
        page = here.open("/network?thing=Room+to+Roam&to=CBD")
        page.get_by_role("button", name="Zoom in").wait_for()
        page.get_by_role("button", name="Arrange anew").focus()
        for _ in range(2):  # the frame scrolls, then come the things
            page.keyboard.press("Tab")
        named = "document.activeElement.getAttribute('aria-label')"
        assert page.evaluate(named).startswith(("Room to Roam", "Convention"))
        page.locator(ROOM).focus()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        assert page.evaluate(named).startswith("Convention on Biological Diversity")
        expect(page.locator("svg.lit line.near")).not_to_have_count(0)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "What Convention on Biological Diversity is tied to"
        )


def test_names_are_proposed(visit: Open) -> None:
    with visit() as here:
        page = here.open("/network")
        page.get_by_role("button", name="Save as PNG").wait_for()
        page.get_by_label("Thing", exact=True).press_sequentially("CBD", delay=20)
        option = page.locator("#thing-names option[value='Convention on Biological Diversity']")
        expect(option).to_have_attribute("label", "CBD · Instrument")


@pytest.mark.parametrize("calm", [False, True])
def test_things_are_dragged_and_the_rest_follows_unless_motion_is_unwanted(visit: Open, calm: bool) -> None:
    with visit(reduced_motion="reduce" if calm else "no-preference") as here:
        page = here.open("/network?thing=CBD")
        page.get_by_role("button", name="Zoom in").wait_for()
        page.locator("svg.network").scroll_into_view_if_needed()
        thing = ".things a[aria-label^='Convention on Biological Diversity,']"
        other = ".things a[aria-label^='Kunming-Montreal Global']"
        before = place(page, thing), place(page, other)
        box = page.locator(f"{thing} path").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 60, y + 20, steps=5)
        page.wait_for_timeout(300)
        page.mouse.up()
        assert place(page, thing) != before[0]
        assert (place(page, other) == before[1]) is calm
        assert page.url.endswith("thing=CBD"), "dragging is no click"
        page.get_by_role("button", name="Zoom in").click()
        page.wait_for_function(
            "document.querySelector('.drawn').getAttribute('transform')?.includes('scale(1.4')"
        )
        page.get_by_role("button", name="Arrange anew").click()
        page.wait_for_timeout(100)


def test_the_picture_is_saved_as_a_bitmap(visit: Open, tmp_path: Path) -> None:
    with visit() as here:
        page = here.open("/network?thing=CBD")
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Save as PNG").click()
        waiting.value.save_as(tmp_path / "network.png")
        data = (tmp_path / "network.png").read_bytes()
        width, height = struct.unpack(">II", data[16:24])
        assert data[:8] == b"\x89PNG\r\n\x1a\n" and width == 2080 and height > 500 and len(data) > 20_000


def test_four_hundred_things_move_smoothly(visit: Open) -> None:
    kinds = "&".join(
        f"kind={kind}" for kind in ("Place", "Initiative", "Organization", "Document", "Instrument", "Target")
    )
    with visit() as here:
        page = here.open("/network?" + kinds)
        page.get_by_role("button", name="Arrange anew").click()
        frames = page.evaluate(
            "new Promise(done => { let n = 0; const end = performance.now() + 2000;"
            "const step = () => { n++; performance.now() < end ? requestAnimationFrame(step) : done(n) };"
            "requestAnimationFrame(step) })"
        )
        assert page.locator(".things a").count() == 400
        assert frames > 10, "of 120"
        print("frames in 2 s:", frames)
