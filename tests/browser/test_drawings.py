"""The map and the timeline as people use them: by keyboard, without scripts, narrow, and on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from serving import running

Open = Callable[..., Any]


def test_every_marked_area_can_be_reached_by_keyboard(visit: Open) -> None:
    with visit(java_script_enabled=False) as here:
        page = here.open("/map")
        marked = page.locator(".world a")
        assert marked.count() > 20
        page.locator(".chosen button").focus()
        names = []
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.locator(":focus")
            if focused.evaluate("item => !!item.closest('.world')"):
                names.append(focused.get_attribute("aria-label"))
        assert len(names) == marked.count()
        assert "Kenya: 1 initiative (Room to Roam)." in names


def test_a_country_leads_to_what_is_there(visit: Open) -> None:
    with visit(java_script_enabled=False) as here:
        page = here.open("/map")
        page.locator(".world a[aria-label^=India]").click()
        page.wait_for_url("**/browse?place=place%2Findia")


def test_kinds_are_chosen_without_scripts(visit: Open) -> None:
    with visit(java_script_enabled=False) as here:
        for path in ("/map", "/timeline"):
            page = here.open(path)
            for box in page.locator("[name=kind]").all():
                box.set_checked(box.get_attribute("value") == "meeting")
            page.get_by_role("button", name="Show").press("Enter")
            assert page.url.endswith(f"{path}?kind=meeting")
            assert page.get_by_text("Room to Roam").count() == 0
            assert page.locator("main").get_by_role("link", name="CMS COP15").count() > 0


def test_the_list_comes_first_where_it_is_narrow(visit: Open) -> None:
    with visit(java_script_enabled=False) as here:
        page = here.open("/timeline")

        def top(name: str) -> float:
            box = page.locator(name).bounding_box()
            assert box
            return float(box["y"])

        assert top("#picture") < top("#list")
        page.set_viewport_size({"width": 320, "height": 640})
        assert top("#list") < top("#picture")


def test_paper_has_the_pictures_whole(visit: Open) -> None:
    with visit() as here:
        for path, picture in (("/map", ".world"), ("/timeline", ".chart:not(.key)")):
            page = here.open(path)
            page.emulate_media(media="print")
            page.set_viewport_size({"width": 700, "height": 1000})
            box = page.locator(picture).bounding_box()
            assert box and box["x"] >= 0 and box["x"] + box["width"] <= 700
            assert not page.locator(".chosen").is_visible()


def test_without_outlines_the_map_says_so(visit: Open) -> None:
    with running(KG_UI="skip") as bare, visit(bare.root) as here:
        page = here.open("/map")
        assert page.get_by_text("without the outlines of countries").is_visible()
        assert page.locator(".world a.range").count() == 4
        assert page.locator("#countries ~ .scroll tbody tr").count() == 25
        assert here.axe() == []
