"""Searching and browsing in a browser: suggestions by keyboard, facets at once, and both without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

Open = Callable[..., Any]


def test_suggestions_by_keyboard(visit: Open) -> None:
    with visit() as here:
        page = here.open("/")
        box = page.get_by_role("combobox", name="Search by name, acronym or words")
        box.press_sequentially("DinAlpCON")
        first = page.get_by_role("option").first
        expect(first).to_contain_text("DinAlpCONNECT")
        expect(box).to_have_attribute("aria-expanded", "true")
        expect(page.locator("kg-suggest [role=status]")).to_contain_text("suggestion")
        assert here.axe() == []
        page.keyboard.press("ArrowDown")
        expect(first).to_have_attribute("aria-selected", "true")
        assert box.get_attribute("aria-activedescendant") == first.get_attribute("id")
        page.keyboard.press("ArrowUp")
        expect(first).to_have_attribute("aria-selected", "false")
        page.keyboard.press("Escape")
        expect(page.get_by_role("listbox")).to_be_hidden()
        assert box.input_value() == "DinAlpCON", "Escape closes the list first"
        page.keyboard.press("ArrowDown")
        expect(first).to_be_visible()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_url("**/id/initiative/dinalpconnect")


def test_enter_alone_searches_and_a_click_goes_there(visit: Open) -> None:
    with visit() as here:
        page = here.open("/search")
        box = page.get_by_role("combobox")
        box.press_sequentially("conectivity")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search?q=conectivity")
        expect(page.locator(".slips")).to_contain_text("Shown: connectivity, for “conectivity”")
        box.fill("Convenio sobre la Diversidad")
        option = page.get_by_role("option").first
        expect(option).to_contain_text("Convention on Biological Diversity")
        expect(option.locator("mark").first).to_have_text("Convenio")
        option.click()
        page.wait_for_url("**/id/instrument/cbd")


def test_facets_show_at_once_and_go_back(visit: Open) -> None:
    with visit() as here:
        page = here.open("/browse")
        before = page.locator("#found").inner_text()
        page.locator("#facet-place summary").click()
        africa = page.get_by_role("checkbox", name=re.compile("^Africa"))
        africa.focus()
        page.keyboard.press("Space")
        page.wait_for_url("**/browse?place=m49-002")
        expect(page.locator("#found")).not_to_have_text(before)
        expect(page.locator("#told")).to_have_text(page.locator("#found").inner_text())
        assert page.evaluate("document.activeElement.value") == "m49-002", "the focus stays"
        expect(page.locator("#facet-place")).to_have_attribute("open", "")
        page.get_by_role("checkbox", name=re.compile("^Initiative")).check()
        page.wait_for_url("**/browse?kind=Initiative&place=m49-002")
        expect(page.locator(".hits")).to_contain_text("Room to Roam")
        page.get_by_role("link", name="Drop Place: Africa").click()
        page.wait_for_url("**/browse?kind=Initiative")
        page.go_back()
        page.go_back()
        page.wait_for_url("**/browse?place=m49-002")
        expect(page.get_by_role("checkbox", name=re.compile("^Initiative"))).not_to_be_checked()


def test_without_scripts(visit: Open) -> None:
    with visit(java_script_enabled=False) as here:
        page = here.open("/browse")
        page.get_by_role("checkbox", name=re.compile("^Initiative")).check()
        page.locator("#sort").select_option("by name")
        page.get_by_role("button", name="Apply").click()
        assert "kind=Initiative" in page.url and "sort=name" in page.url
        expect(page.locator("#found")).to_have_text("17 things")
        page.goto(f"{here.root}/search")
        page.get_by_label("Search by name").fill("Room to Raom")
        page.get_by_role("button", name="Search").click()
        expect(page.locator(".hits h3").first).to_have_text("Room to Roam")


def test_the_selection_opens_in_the_editor(visit: Open) -> None:
    with visit() as here:
        page = here.open("/browse?kind=SiteNetwork")
        page.get_by_role("main").get_by_role("link", name="SPARQL", exact=True).click()
        page.locator(".cm-content").wait_for()
        assert "# Kind: Site network" in here.text
        expect(page.locator("#outcome tbody tr")).to_have_count(3)
