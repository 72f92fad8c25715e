"""The sources of each row on the query page: by keyboard, with and without scripts, to a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

from playwright.sync_api import expect

Open = Callable[..., Any]

CONN = "PREFIX conn: <https://w3id.org/ecoconn/ontology#>"
FUNDERS = f"{CONN}\nSELECT ?i ?o {{ ?i conn:fundedBy ?o }} ORDER BY ?i"


def test_sources_are_shown_and_hidden_by_keyboard(visit: Open) -> None:
    with visit() as here:
        page = here.edit(FUNDERS)
        assert page.get_by_role("columnheader", name="Sources").count() == 0
        page.get_by_role("link", name="Show sources").press("Enter")
        hide = page.get_by_role("link", name="Hide sources")
        expect(hide).to_be_focused()
        expect(page.get_by_role("columnheader", name="Sources")).to_be_visible()
        expect(page.get_by_label("Show sources")).to_be_checked()
        assert page.locator("td.sources").count() == page.locator("tbody tr").count() > 5
        assert page.locator("td.sources:not(:has(.mark))").count() == 0
        assert "sources=yes" in page.url

        page.locator("td.sources .mark").first.press("Enter")
        target = page.locator(".notes li:target")
        expect(target).to_be_in_viewport()
        assert page.locator("td.sources").count() > 5, "a place on the page is no other page"
        expect(target.get_by_role("link").first).to_have_attribute("href", "/id/document/web-nfwf-afsi")

        assert here.axe() == []
        page.emulate_media(color_scheme="dark")
        assert here.axe(["color-contrast"]) == [], "dark"
        page.set_viewport_size({"width": 320, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= 320

        page.get_by_label("Show sources").press("Space")
        expect(page.get_by_role("columnheader", name="Sources")).to_have_count(0)
        assert "sources=yes" not in page.url


def test_the_table_stays_as_it_was_arranged(visit: Open) -> None:
    with visit() as here:
        page = here.edit(f"{CONN}\nSELECT ?i ?p {{ ?i a conn:Initiative ; conn:operatesIn ?p }}")
        head = page.locator("thead th").nth(1)
        head.get_by_role("button").click()
        head.get_by_role("button").click()
        page.get_by_label("Filter these rows").fill("Room to Roam")
        before = page.locator("tbody tr:visible td:nth-child(2)").all_inner_texts()
        assert before == sorted(before, reverse=True) and 1 < len(before) < 10
        page.get_by_role("link", name="Show sources").click()
        expect(page.get_by_role("columnheader", name="Sources")).to_be_visible()
        expect(page.get_by_label("Filter these rows")).to_have_value("Room to Roam")
        expect(head).to_have_attribute("aria-sort", "descending")
        assert page.locator("tbody tr:visible td:nth-child(2)").all_inner_texts() == before
        here.write(here.text + " # another")
        page.get_by_role("button", name="Run").click()
        expect(page.get_by_label("Filter these rows")).to_have_value("")


def test_without_scripts_the_form_asks_for_them_and_the_file_has_them(visit: Open) -> None:
    with visit(java_script_enabled=False) as here:
        page = here.open("/sparql")
        page.get_by_label("Query").fill(FUNDERS)
        page.get_by_label("Show sources").press("Space")
        page.get_by_role("button", name="Run").press("Enter")
        expect(page.locator("td.sources .mark").first).to_be_visible()
        assert page.locator("td.sources").count() == page.locator("tbody tr").count()
        with page.expect_download() as waiting:
            page.get_by_role("link", name="CSV").press("Enter")
        rows = list(csv.DictReader(io.StringIO(waiting.value.path().read_text(encoding="utf-8"))))
        assert list(rows[0]) == ["i", "o", "sources", "passages"]
        assert all(row["sources"] and "/id/" in row["passages"] for row in rows)
        page.get_by_role("link", name="Hide sources").press("Enter")
        expect(page.locator("td.sources")).to_have_count(0)
