"""The query page as people use it: by keyboard, with slips, without scripts, on paper."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from playwright.sync_api import expect

from serving import running

Open = Callable[..., Any]

CONN = "PREFIX conn: <https://w3id.org/ecoconn/ontology#>"
FUNDERS = f"{CONN}\nSELECT ?i ?o {{ ?i conn:fundedBy ?o }} ORDER BY ?i"
SKOS = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
NAMES = f"{SKOS}\nSELECT ?s ?name {{ ?s skos:prefLabel ?name }} LIMIT 120"
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def test_by_keyboard_alone(visit: Open) -> None:
    with visit() as here:
        page = here.edit()
        for _ in range(20):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.classList.contains('code')"):
                break
        page.keyboard.press("Control+a")
        page.keyboard.type("ASK {}")
        page.keyboard.press("Escape")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#outcome .verdict")).to_have_text("Yes: true")
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Run", "Tab leaves the field"
        page.keyboard.press("Shift+Tab")
        assert page.evaluate("document.activeElement.className") == "code"


def test_an_answer_is_a_table_with_its_time_and_its_address(visit: Open) -> None:
    with visit() as here:
        page = here.edit()
        here.write(FUNDERS)
        page.locator(".cm-content").press("Control+Enter")
        expect(page.locator(".ask [role=status]")).to_contain_text("ms")
        assert page.locator(".ask [role=status]").inner_text().startswith("12 rows, ")
        assert page.locator("td a").first.get_attribute("href").startswith("/id/initiative/")
        assert "?query=PREFIX+conn" in page.url
        page.reload()
        expect(page.locator("td")).to_have_count(24)
        assert here.text == FUNDERS


def test_a_permalink_of_yasgui_is_understood(visit: Open) -> None:
    with visit() as here:
        page = here.open("/sparql", fragment="#query=ASK%20%7B%7D&endpoint=x")
        expect(page.locator("#outcome .verdict")).to_have_text("Yes: true")
        assert here.text == "ASK {}"


def test_a_long_query_has_a_permalink_too(visit: Open) -> None:
    numbers = " ".join(str(number) for number in range(5000))
    query = f"SELECT (COUNT(?n) AS ?many) {{ VALUES ?n {{ {numbers} }} GRAPH ?g {{ ?s ?p ?é }} }}"
    graph = "https://w3id.org/ecoconn/graph/editorial"
    with visit() as here:
        page = here.open("/sparql", "ASK {}")
        page.goto(f"{page.url}&named-graph-uri={graph}")
        page.locator(".cm-content").wait_for()
        here.write(query)
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".total")).to_have_text("1 row")
        page.wait_for_url("**/sparql#q=*")
        found, address = page.locator("td").inner_text(), page.url
        assert int(found) > 5000
        assert len(address) < 20_000 < len(query)
        page.goto("about:blank")
        page.goto(address)
        expect(page.locator("td")).to_have_text(found)
        assert here.text == query
        assert page.url == address
        expect(page.locator("#outcome")).to_contain_text(f"Asked of {graph} (named-graph-uri)")


def test_a_permalink_that_is_cut_off_is_told(visit: Open) -> None:
    for letters in ("q=jc4xCsMwEETRq", "q=%C3%A9", "q="):
        with visit() as here:
            page = here.open("/sparql", fragment=f"#{letters}")
            expect(page.locator(".ask [role=status]")).to_contain_text("cannot be read")
            assert here.text.startswith("PREFIX")


def test_what_is_too_long_for_any_address_is_told(visit: Open) -> None:
    with visit() as here:
        page = here.edit()
        noise = secrets.token_urlsafe(60_000)
        here.write(f"ASK {{ ?s ?p '{noise}' }}")
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".ask [role=status]")).to_contain_text("The query is too long for a permalink.")
        expect(page.locator(".verdict")).to_have_text("No: false")
        assert page.url == f"{here.root}/sparql"


def test_a_proposal_is_found_by_its_label_and_brings_its_prefix(visit: Open) -> None:
    with visit() as here:
        page = here.edit()
        here.write("SELECT * WHERE { ?i  }")
        page.locator(".cm-content").press("Control+End")
        for key in ("ArrowLeft", "ArrowLeft"):
            page.keyboard.press(key)
        page.keyboard.type("funded", delay=30)
        option = page.locator(".cm-tooltip-autocomplete li[aria-selected]")
        expect(option).to_contain_text("conn:fundedBy")
        expect(option).to_contain_text("property · ")
        page.wait_for_timeout(150)
        page.keyboard.press("Enter")
        assert here.text == f"{CONN}\nSELECT * WHERE {{ ?i conn:fundedBy }}"


@pytest.mark.parametrize(
    ("before", "first"),
    [
        ("", "SELECT"),
        ("SELECT * { ?s a ", "conn:Initiative"),
        ("SELECT * { ?s conn:topic/", "skos:inScheme"),
        ("SELECT * { ?s ?p ?o FILTER(", "isIRI"),
        ("SELECT * { ?name ?p ", "?name"),
    ],
)
def test_what_is_proposed_fits_its_place(visit: Open, before: str, first: str) -> None:
    with visit() as here:
        page = here.edit()
        here.write(f"{CONN}\n{before}")
        page.locator(".cm-content").press("Control+End")
        page.keyboard.type(
            {"conn:Initiative": "ini", "skos:inScheme": "insch"}.get(first, first[:3]), delay=30
        )
        expect(page.locator(".cm-tooltip-autocomplete li").first).to_contain_text(first, ignore_case=True)


def test_a_thing_is_proposed_by_its_name(visit: Open) -> None:
    with visit() as here:
        page = here.edit()
        here.write(f"{CONN}\nDESCRIBE ")
        page.locator(".cm-content").press("Control+End")
        page.keyboard.type("Yellowst", delay=30)
        option = page.locator(".cm-tooltip-autocomplete li", has_text="initiative:yellowstone-to-yukon").first
        expect(option).to_contain_text("Yellowstone to Yukon")
        option.click()
        assert "initiative:yellowstone-to-yukon" in here.text
        assert "PREFIX initiative: <https://w3id.org/ecoconn/id/initiative/>\nDESCRIBE" in here.text


def test_two_slips_and_the_way_out_of_them(visit: Open) -> None:
    with visit() as here:
        page = here.edit()
        here.write(f"{CONN}\nSELECT ?o WHRE {{\n  ?i conn:fundedby ?o\n}}")
        note = page.locator(".note")
        expect(note).to_contain_text("Line 2, column 11: WHRE is no word of SPARQL. Did you mean WHERE?")
        note.get_by_role("button", name="Write WHERE").press("Enter")
        expect(note).to_contain_text(
            "Line 3, column 6: The vocabulary has no conn:fundedby. Did you mean conn:fundedBy?"
        )
        note.get_by_role("button", name="Write conn:fundedBy").press("Enter")
        expect(note).to_contain_text("Ctrl Enter runs")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".total")).to_have_text("12 rows")


def test_a_slip_in_the_name_of_a_thing_is_told_gently_and_once(visit: Open) -> None:
    query = (
        f"{CONN}\nPREFIX initiative: <https://w3id.org/ecoconn/id/initiative/>\nSELECT * WHERE {{\n"
        "  initiative:great-eastern-range conn:fundedby ?o .\n"
        "  ?s ?p <https://w3id.org/ecoconn/id/initiative/dinalpconect> , initiative:room-to-roam ,\n"
        "    <https://example.org/id/elsewhere>\n}"
    )
    with visit() as here:
        page, asked = here.page, []
        page.on("request", lambda request: asked.append(request.url) if "/lexicon?" in request.url else None)
        here.edit()
        here.write(query)
        note = page.locator(".note")
        expect(page.locator(".cm-lintRange-info")).to_have_count(2)
        expect(note).to_contain_text("The vocabulary has no conn:fundedby. Did you mean conn:fundedBy?")
        note.get_by_role("button", name="Write conn:fundedBy").press("Enter")
        expect(note).to_have_text(
            "Line 4, column 3: Nothing in the graph is called initiative:great-eastern-range. "
            "Did you mean initiative:great-eastern-ranges (Great Eastern Ranges)? "
            "Write initiative:great-eastern-ranges"
        )
        expect(note).to_have_class("note hint")
        assert here.axe() == []
        note.get_by_role("button", name="Write initiative:great-eastern-ranges").press("Enter")
        expect(note).to_contain_text("Did you mean initiative:dinalpconnect (DinAlpCONNECT)?")
        name = "<https://w3id.org/ecoconn/id/initiative/dinalpconnect>"
        note.get_by_role("button", name=f"Write {name}").press("Enter")
        expect(note).to_contain_text("Ctrl Enter runs")
        assert name in here.text
        page.wait_for_timeout(1200)
        names = [name for address in asked for name in parse_qs(urlsplit(address).query)["name"]]
        assert len(names) == len(set(names)) == 5, "three, and the two that were meant"
        assert all(name.startswith("https://w3id.org/ecoconn/id/") for name in names)


def test_a_name_is_not_asked_for_while_proposals_are_open(visit: Open) -> None:
    with visit() as here:
        page, asked = here.page, []
        page.on("request", lambda request: asked.append(request.url) if "/lexicon?" in request.url else None)
        here.edit()
        here.write("PREFIX initiative: <https://w3id.org/ecoconn/id/initiative/>\nDESCRIBE ")
        page.locator(".cm-content").press("Control+End")
        page.keyboard.type("initiative:yellowstone", delay=30)
        expect(page.locator(".cm-tooltip-autocomplete li").first).to_be_visible()
        page.wait_for_timeout(1500)
        assert asked == []
        page.keyboard.press("Escape")
        expect(page.locator(".note")).to_contain_text(
            "Nothing in the graph is called initiative:yellowstone."
        )
        assert len(asked) == 1


def test_a_prefix_that_is_not_declared_is_added(visit: Open) -> None:
    with visit() as here:
        page = here.edit()
        here.write("SELECT * { ?s skos:prefLabel ?o }")
        page.locator(".note button").click()
        assert here.text.startswith("PREFIX skos: <http://www.w3.org/2004/02/skos/core#>\nSELECT")


def test_a_name_that_is_nowhere_is_told_with_the_one_that_was_meant(visit: Open) -> None:
    query = "PREFIX i: <https://w3id.org/ecoconn/id/initiative/>\nSELECT * { i:room-to-rome ?p ?o }"
    with visit() as here:
        page = here.edit(query)
        link = page.locator(".advice a")
        expect(link).to_have_text("initiative:room-to-roam")
        link.press("Enter")
        expect(page.locator(".ask [role=status]")).to_contain_text("rows")
        assert here.text == query.replace("rome", "roam")


def test_what_the_server_finds_wrong_is_marked(visit: Open) -> None:
    with visit() as here:
        page = here.edit("SELECT ?a { BIND(1 AS ?a) BIND(2 AS ?a) }")
        expect(page.locator(".fault")).to_have_attribute("data-code", "query")
        expect(page.locator(".fault strong")).to_have_text("The query is malformed.")
        expect(page.locator(".cm-lintRange-error")).to_be_visible()


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("ASK { SERVICE <https://example.org/> {} }", "forbidden", "This is not allowed here."),
        ("SELECT * {", "query", "The query is malformed."),
    ],
)
def test_each_kind_of_failure_has_its_name(visit: Open, query: str, code: str, words: str) -> None:
    with visit() as here:
        page = here.edit()
        here.write(query)
        page.get_by_role("button", name="Run").click()
        fault = page.locator(f".fault[data-code={code}]")
        expect(fault.locator("strong")).to_have_text(words)


def test_a_server_that_is_away_is_told_apart(visit: Open) -> None:
    with visit() as here:
        page = here.edit()
        page.route("**/sparql?*", lambda route: route.abort())
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".fault[data-code=unreachable]")).to_contain_text("The server was not reached.")
        page.unroute("**/sparql?*")
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".total")).to_contain_text("rows")


def test_a_long_query_is_cancelled(visit: Open) -> None:
    with visit() as here:
        page = here.edit()
        here.write(SLOW)
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".ask [role=status]")).to_contain_text("Running")
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator(".ask [role=status]")).to_contain_text("Cancelled")
        expect(page.get_by_role("button", name="Cancel")).to_be_hidden()


def test_rows_are_sorted_filtered_and_in_pages(visit: Open) -> None:
    with visit() as here:
        page = here.edit(NAMES)
        visible = page.locator("tbody tr:visible")
        expect(visible).to_have_count(50)
        page.get_by_role("button", name="Next").click()
        expect(page.locator(".bar [role=status]")).to_have_text("rows 51 to 100 of 120")
        head = page.get_by_role("button", name="name")
        head.press("Enter")
        head.press("Enter")
        expect(page.locator("th[aria-sort=descending]")).to_have_count(1)
        names = visible.locator("td:last-child").all_inner_texts()
        assert (
            names == sorted(names, key=str.casefold, reverse=True)
            or names[0].casefold() >= names[-1].casefold()
        )
        word = names[0].split()[0]
        page.get_by_label("Filter these rows").fill(word)
        expect(page.locator(".bar [role=status]")).to_contain_text("filtered from 120")
        assert all(word.lower() in row.lower() for row in visible.all_inner_texts())


def test_questions_are_searched_and_run(visit: Open) -> None:
    with visit() as here:
        page = here.edit()
        panel = page.locator("[data-panel=questions]")
        panel.get_by_label("With the words").fill("elephants where")
        expect(panel.locator("li:visible")).to_have_count(1)
        panel.locator("li:visible a").press("Enter")
        expect(page.locator(".ask [role=status]")).to_contain_text("rows")
        assert "taxon:elephantidae" in here.text.lower() or "Elephant" in here.text


def test_history_stays_in_the_browser_until_it_is_cleared(visit: Open) -> None:
    with visit() as here:
        page = here.edit()
        here.write("ASK { ?s ?p 1 }")
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".verdict")).to_be_visible()
        page = here.edit()
        page.get_by_text("History", exact=True).click()
        page.get_by_role("button", name="ASK { ?s ?p 1 }").click()
        assert here.text == "ASK { ?s ?p 1 }"
        page.get_by_role("button", name="Clear the history").click()
        expect(page.locator("[data-panel=history]")).to_contain_text("Queries that you run are listed here.")
        assert json.loads(page.evaluate("localStorage.getItem('kg-history')")) == []


def test_the_name_at_the_cursor_and_under_the_pointer_is_explained(visit: Open) -> None:
    with visit() as here:
        page = here.edit()
        here.write(FUNDERS)
        page.locator(".cm-content").press("Control+Home")
        for _ in range(4):
            page.keyboard.press("Control+ArrowRight")
        page.locator(".k-name", has_text="conn:fundedBy").hover()
        expect(page.locator(".cm-tooltip .k-told")).to_contain_text(
            "https://w3id.org/ecoconn/ontology#fundedBy"
        )
        page.locator(".k-name", has_text="conn:fundedBy").click()
        expect(page.locator(".note")).to_contain_text("funded by · property, used ")


def test_without_scripts_it_is_a_form(visit: Open) -> None:
    with visit(java_script_enabled=False) as here:
        page = here.open("/sparql")
        page.get_by_label("Query").fill(FUNDERS.replace("fundedBy", "fundedby"))
        page.get_by_role("button", name="Run").click()
        page.locator(".advice a").click()
        expect(page.locator("tbody tr")).to_have_count(12)
        assert page.get_by_label("Query").input_value() == FUNDERS
        page.locator(".programs summary").click()
        expect(page.get_by_role("region", name="Python")).to_contain_text("urlopen")


def test_without_scripts_a_slip_in_a_prefix_and_one_in_a_thing_are_told(visit: Open) -> None:
    query = (
        "PREFIX initiative: <https://w3id.org/ecoconn/id/initiative/>\n"
        "SELECT ?p { initiativ:great-eastern-range ?p ?o }"
    )
    with visit(java_script_enabled=False) as here:
        page = here.open("/sparql", query)
        expect(page.locator(".fault")).to_contain_text("Perhaps initiative: is meant.")
        page.get_by_label("Query").fill(query.replace("initiativ:", "initiative:"))
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".advice")).to_contain_text("initiative:great-eastern-ranges")
        page.locator(".advice a").click()
        expect(page.locator(".total")).to_contain_text("rows")


def test_without_a_bundle_it_says_so_and_works(visit: Open) -> None:
    with running(KG_UI="skip") as plain, visit(plain.root) as here:
        page = here.open("/sparql")
        assert page.locator("script").count() == 0
        expect(page.locator("footer")).to_contain_text("The pages have no scripts on this server.")
        page.get_by_role("button", name="Run").click()
        expect(page.locator(".total")).to_contain_text("rows")
        assert here.axe() == []
        assert "\nkg_pages_have_scripts 0.0\n" in httpx.get(f"{plain.root}/metrics").text


def test_on_paper_there_are_the_query_and_all_rows(visit: Open) -> None:
    with visit() as here:
        page = here.edit(NAMES)
        expect(page.locator("tbody tr:visible")).to_have_count(50)
        page.emulate_media(media="print")
        expect(page.locator("tbody tr:visible")).to_have_count(120)
        assert page.get_by_role("button", name="Run").is_hidden()
        assert page.locator(".cm-content").is_visible()


def test_all_that_the_page_loads_is_small(visit: Open) -> None:
    with visit() as here:
        sizes: dict[str, int] = {}
        here.page.on(
            "requestfinished",
            lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}),
        )
        here.edit()
        here.page.locator("[data-panel=questions] li").first.wait_for()
        here.page.wait_for_load_state("networkidle")
    assert {address.removeprefix(here.root).partition("-")[0] for address in sizes} >= {
        "/sparql",
        "/static/kg",
        "/static/ui/editor",
        "/lexicon",
        "/questions",
    }
    assert sum(sizes.values()) < 200_000, sizes
