"""The pages, as a browser without scripts gets them."""

import html
import inspect
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from markup import BROWSER, Page

from kg.errors import (
    Busy,
    Crashed,
    Forbidden,
    KgError,
    MemoryLimit,
    OverBudget,
    QueryError,
    ResultTooLarge,
    Timeout,
    TooLarge,
    UnsupportedMedia,
)
from kg.media import Format
from kg.settings import Settings
from kg.store import Answer, Outcome, Read, Terms, Write
from kg.web import pages
from kg.web.app import create_app
from kg.web.html import STYLE_NAME
from kg.web.site import PAGE_BYTES, Site

MakeClient = Callable[..., TestClient]

ALPS = "https://example.org/alps"

QUESTION = """\
# SPDX-License-Identifier: CC-BY-4.0
#+ summary: Which <places> are there?
#+ tags: [places, "sizes"]
#+ order: any

SELECT ?place WHERE { ?place a <https://example.org/Place> }
"""


def page(client: TestClient, query: str | None = None, **more: str) -> Page:
    parameters = {"query": query, **more} if query is not None else more
    answer = client.get("/sparql", params=parameters, headers=BROWSER)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


def textarea(text: str) -> str:
    found = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", text, re.DOTALL)
    assert found
    return html.unescape(found.group(1))


# ---- the form and its answer -----------------------------------------------------------------------------


def test_the_form_works_without_scripts(client: TestClient) -> None:
    text = client.get("/sparql", headers=BROWSER).text
    found = Page(text)
    assert {"form", "textarea", "select", "button", "label"} <= set(found.tags)
    assert '<form action="/sparql#outcome" method="get"' in text
    assert 'name="query"' in text
    assert re.findall(r'<option value="([a-z]*)"', text) == [
        "",
        "json",
        "xml",
        "csv",
        "tsv",
        "ttl",
        "nt",
        "jsonld",
        "rdf",
        "xlsx",
        "geojson",
        "graphml",
    ]


def test_the_query_in_the_empty_form_runs(client: TestClient) -> None:
    query = textarea(client.get("/sparql", headers=BROWSER).text)
    found = page(client, query)
    assert "1 row" in found.text
    assert "place" in found.links


def test_a_table_of_solutions(client: TestClient) -> None:
    query = f"SELECT ?thing ?label ?height {{ ?thing <{'http://www.w3.org/2000/01/rdf-schema#'}label> ?label "
    query += "OPTIONAL { ?thing <https://example.org/height> ?height } } ORDER BY ?label"
    text = client.get("/sparql", params={"query": query}, headers=BROWSER).text
    found = Page(text)
    assert textarea(text) == query
    assert "3 rows" in found.text
    assert found.tags.count("th") == 3
    assert found.tags.count("td") == 9
    assert "Alps" in found.links and "place" in found.links
    assert '<td class="literal" lang="de">Alpen <small>de</small></td>' in text
    assert '<td class="unbound"></td>' in text


def test_the_link_of_a_thing_shows_what_is_said_of_it_and_where(client: TestClient) -> None:
    link = page(client, f"SELECT ?thing {{ VALUES ?thing {{ <{ALPS}> }} }}").links["Alps"]
    answer = client.get(link, headers={"Accept": "text/csv"})
    rows = answer.text.split("\r\n")
    assert rows[0] == "property,value,saidBy"
    assert "http://www.w3.org/2000/01/rdf-schema#label,Alps,https://example.org/g1" in rows
    assert "http://www.w3.org/2000/01/rdf-schema#label,Alps,https://example.org/g2" in rows
    assert "https://example.org/height,4808,https://example.org/g2" in rows
    assert Page(client.get(link, headers=BROWSER).text).links["https://example.org/g1"]


def test_that_link_works_where_only_the_unnamed_graph_is_seen(make_client: MakeClient) -> None:
    plain = make_client(default_graph="plain")
    link = page(plain, f"SELECT ?thing {{ VALUES ?thing {{ <{ALPS}> }} }}").links["Alps"]
    assert "height,4808,https://example.org/g2" in plain.get(link, headers={"Accept": "text/csv"}).text


def test_links_to_the_same_answer_as_files(client: TestClient) -> None:
    found = page(client, "SELECT ?s { ?s <https://example.org/height> ?o }")
    for label, content_type in {
        "JSON": "application/sparql-results+json",
        "XML": "application/sparql-results+xml",
        "CSV": "text/csv; charset=utf-8",
        "TSV": "text/tab-separated-values; charset=utf-8",
    }.items():
        answer = client.get(found.links[label])
        assert answer.headers["content-type"] == content_type
        assert ALPS in answer.text


def test_files_keep_the_graphs_of_the_request(client: TestClient) -> None:
    graph = "https://example.org/g1"
    answer = client.get(
        "/sparql",
        params={"query": "SELECT ?o { ?s ?p ?o }", "default-graph-uri": graph},
        headers=BROWSER,
    )
    found = Page(answer.text)
    assert f"Asked of {graph} (default-graph-uri)" in found.text
    assert f'<input type="hidden" name="default-graph-uri" value="{graph}">' in answer.text
    assert parse_qs(urlsplit(found.links["CSV"]).query)["default-graph-uri"] == [graph]
    assert len(client.get(found.links["CSV"]).text.split("\r\n")) == 5


def test_a_description_as_a_table_of_triples(client: TestClient) -> None:
    found = page(client, f"DESCRIBE <{ALPS}>")
    assert "4 triples" in found.text
    assert {"Turtle", "N-Triples", "JSON-LD", "RDF/XML"} <= set(found.links)
    assert "4808" in found.text
    assert found.links["place"].startswith("/sparql?query=")


def test_triple_terms_are_left_to_the_files(client: TestClient) -> None:
    found = page(client, "CONSTRUCT { ?s ?p <<( ?s ?p ?o )>> } WHERE { ?s ?p ?o }")
    assert "The answer holds triple terms, which this page does not show." in found.text
    assert "<<(" in client.get(found.links["Turtle"]).text


def test_no_rows(client: TestClient) -> None:
    found = page(client, "SELECT ?s { ?s <https://example.org/none> ?o }")
    assert "0 rows" in found.text
    assert "table" not in found.tags


@pytest.mark.parametrize(("pattern", "verdict"), [("?s ?p ?o", "Yes: true"), ("?s ?p 'no'", "No: false")])
def test_yes_and_no(client: TestClient, pattern: str, verdict: str) -> None:
    assert verdict in page(client, f"ASK {{ {pattern} }}").text


def test_a_long_answer_is_shown_in_part_and_says_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "ROWS_SHOWN", 2)
    found = page(client, "SELECT * { ?s ?p ?o }")
    assert found.tags.count("tr") == 3
    assert "8 rows; the first 2 are shown here, the files hold all of them" in found.text
    assert client.get(found.links["CSV"]).text.count("\r\n") == 9


def test_nothing_from_data_or_query_becomes_markup(client: TestClient) -> None:
    query = "SELECT * { ?s ?p ?o } # </textarea><script>alert(2)</script>"
    text = client.get("/sparql", params={"query": query}, headers=BROWSER).text
    found = Page(text)
    assert "<script>alert" not in text
    assert '<script>alert(1)</script> & "x"' in found.text
    assert textarea(text) == query
    assert "javascript:alert(1)" in found.text
    assert "javascript:alert(1)" not in found.links.values()
    assert found.links["mailto:a@example.org"] == "mailto:a@example.org"


def test_names_of_variables_are_escaped(client: TestClient) -> None:
    text = client.get("/sparql", params={"query": "SELECT (1 AS ?Größe) {}"}, headers=BROWSER).text
    assert '<th scope="col">Größe</th>' in text


@pytest.mark.parametrize(
    "query", ["\n\nASK {}", "  ASK {}\n", "ASK {}", 'ASK { ?s ?p "&lt;" }', "ASK {\r\n}"], ids=repr
)
def test_the_form_keeps_the_query_as_it_is(client: TestClient, query: str) -> None:
    text = client.get("/sparql", params={"query": query}, headers=BROWSER).text
    assert textarea(text) == query


# ---- errors ----------------------------------------------------------------------------------------------


def test_a_syntax_error_stands_above_the_form_with_its_place(client: TestClient) -> None:
    query = "SELECT * WHERE {\n  ?s ex:height\n}"
    answer = client.get("/sparql", params={"query": query}, headers=BROWSER)
    found = Page(answer.text)
    assert answer.status_code == 400
    assert textarea(answer.text) == query
    assert "The prefix “ex:” is not declared (line 2, column 6)." in found.text
    assert "Add PREFIX ex: <https://example.org/> at the top." in found.text
    assert "<code>  ?s ex:height\n     ^</code>" in answer.text
    assert answer.text.index('role="alert"') < answer.text.index("<form")


def test_an_error_in_a_long_query_keeps_the_form(client: TestClient) -> None:
    query = "SELECT * {\n" + "?s ?p ?o .\n" * 60 + "§ }"
    text = client.get("/sparql", params={"query": query}, headers=BROWSER).text
    assert "line 62, column 1" in text
    assert 'rows="40"' in text
    assert textarea(text) == query


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("", 400, "The query is empty."),
        ("CLEAR ALL", 403, "CLEAR is an update, and this address only reads."),
        ("ASK { SERVICE <http://127.0.0.1:9/> {} }", 403, "SERVICE is not allowed"),
    ],
)
def test_other_refusals_keep_the_form(client: TestClient, query: str, status: int, sentence: str) -> None:
    answer = client.get("/sparql", params={"query": query}, headers=BROWSER)
    assert answer.status_code == status
    assert textarea(answer.text) == query
    assert sentence in Page(answer.text).text


# ---- every page --------------------------------------------------------------------------------------


def test_links_start_at_the_path_of_the_public_address(make_client: MakeClient) -> None:
    text = make_client(public_url="https://example.org/connectivity").get("/", headers=BROWSER).text
    own = [
        link
        for link in re.findall(r'href="([^"]*)"', text)
        if not link.startswith(("https://", "data:", "#"))
    ]
    assert own
    assert all(link.startswith("/connectivity/") for link in own)


@pytest.mark.parametrize("address", ["/", "/sparql", f"/sparql?query=DESCRIBE<{ALPS}>", "/nowhere"])
def test_pages_are_sound(client: TestClient, address: str) -> None:
    text = client.get(address, headers=BROWSER).text
    found = Page(text)
    assert text.startswith('<!doctype html>\n<html lang="en">')
    assert found.tags.count("h1") == found.tags.count("main") == found.tags.count("title") == 1
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', text)) <= set(ids)
    assert set(re.findall(r'<label for="([^"]+)"', text)) <= set(ids)
    fetched = re.findall(r'<(?:link|img|script|iframe)[^>]* (?:src|href)="([^"]*)"', text)
    assert fetched == [f"/static/{STYLE_NAME}", "/opensearch.xml", "/favicon.ico"]
    assert " src=" not in text


def test_the_style_sheet(client: TestClient) -> None:
    answer = client.get("/static/kg.css")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "prefers-color-scheme: dark" in answer.text
    assert "@media print" in answer.text
    assert "url(" not in answer.text
    assert "@import" not in answer.text
    again = client.get("/static/kg.css", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


# ---- answers that are too long for a page -----------------------------------------------------------------

LONG_QUERY = (
    "SELECT ?x ?y ('"
    + "a text of some length " * 20
    + "' AS ?z) { VALUES ?x { "
    + " ".join(map(str, range(100)))
    + " } VALUES ?y { "
    + " ".join(map(str, range(100)))
    + " } }"
)


def test_an_answer_that_is_too_long_is_left_to_the_files(client: TestClient) -> None:
    assert len(client.get("/sparql", params={"query": LONG_QUERY, "format": "json"}).content) > PAGE_BYTES
    answer = client.get("/sparql", params={"query": LONG_QUERY}, headers=BROWSER)
    found = Page(answer.text)
    assert answer.status_code == 200
    assert "The answer is too long to be shown on a page. The files hold all of it." in found.text
    assert "table" not in found.tags
    assert " rows" not in found.text
    assert textarea(answer.text) == LONG_QUERY
    assert {"JSON", "XML", "CSV", "TSV"} <= set(found.links)
    for label in ("CSV", "TSV"):
        assert client.get(found.links[label]).text.count("\n") == 10_001
    assert len(answer.content) < 20_000


def test_triples_that_are_too_many_are_left_to_the_files(client: TestClient) -> None:
    text = LONG_QUERY.replace(
        "SELECT ?x ?y (", "CONSTRUCT { [] <u:p> ?x ; <u:q> ?y ; <u:r> ?z } { { SELECT * { BIND("
    )
    found = page(client, text.replace(" AS ?z) {", " AS ?z) ") + " } }")
    assert "The answer is too long to be shown on a page. The files hold all of it." in found.text
    assert "table" not in found.tags
    assert {"Turtle", "N-Triples", "JSON-LD", "RDF/XML"} <= set(found.links)


def test_an_answer_that_just_fits_is_shown(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    query = "SELECT ?x { VALUES ?x { 1 2 3 } }"
    size = len(client.get("/sparql", params={"query": query, "format": "json"}).content)
    limited = inspect.signature(Site.answer).parameters["most"]
    assert limited.default == PAGE_BYTES
    monkeypatch.setattr(Site.answer, "__defaults__", (Terms(), size))
    assert "3 rows" in page(client, query).text
    monkeypatch.setattr(Site.answer, "__defaults__", (Terms(), size - 1))
    assert "The answer is too long to be shown on a page." in page(client, query).text


TERMS = Terms()


class TooLong:
    """A store whose answers are longer than it sends at all."""

    version = "1"

    async def read(self, request: Read, format: Format, terms: Terms = TERMS) -> Answer:
        raise ResultTooLarge(
            "The answer is longer than 1,000 bytes, the most that is sent (KG_RESULT_LIMIT)."
        )

    def at_once(self, request: Read, format: Format, terms: Terms = TERMS) -> Answer | None:
        return None

    async def write(self, request: Write, terms: Terms = TERMS) -> Outcome:
        raise NotImplementedError

    async def close(self) -> None:
        return None


def test_an_answer_that_is_too_long_for_files_too_is_refused() -> None:
    with TestClient(create_app(Settings(ui="skip"), TooLong())) as client:
        answer = client.get("/sparql", params={"query": "SELECT * { ?s ?p ?o }"}, headers=BROWSER)
    found = Page(answer.text)
    assert answer.status_code == 413
    assert "KG_RESULT_LIMIT" in found.text
    assert "The files hold all of it" not in found.text


def test_a_page_is_not_kept_for_machines(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": "ASK {}"}, headers=BROWSER)
    assert answer.headers["vary"] == "Accept, Accept-Encoding, Origin, Accept-Language"
    assert "etag" not in answer.headers


def test_labels_come_in_the_language_of_the_reader(make_client: MakeClient) -> None:
    naming = "<http://www.w3.org/2004/02/skos/core#prefLabel>"
    data = (
        f'<u:alps> {naming} "Alps"@en <u:g> .\n<u:alps> {naming} "Alpes"@fr <u:g> .\n'
        "<u:alps> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <u:Range> <u:g> .\n"
    )
    asked = {"query": "SELECT ?s { ?s a <u:Range> }"}
    client = make_client(data)
    for wanted, name in (("fr", ">Alpes<"), ("de, en;q=0.5", ">Alps<")):
        answer = client.get(
            "/sparql", params=asked, headers={"Accept": "text/html", "Accept-Language": wanted}
        )
        assert name in answer.text
        assert "Accept-Language" in answer.headers["vary"]


# ---- failures told apart -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "heading"),
    [
        (QueryError("No.", line=1, column=1), "The query is malformed."),
        (QueryError("No."), "The request is at fault."),
        (Forbidden("No."), "This is not allowed here."),
        (Timeout("No."), "The query was stopped at its time limit."),
        (MemoryLimit("No."), "The query needs too much memory."),
        (ResultTooLarge("No."), "The answer is too long."),
        (TooLarge("No."), "The query is too long."),
        (Busy("No."), "The server is busy."),
        (OverBudget("No.", retry_after=1), "You have asked too often."),
        (Crashed("No."), "The query brought its process down."),
        (KgError("No."), "The server failed."),
        (UnsupportedMedia("No."), "Unsupported Media Type."),
    ],
)
def test_each_kind_of_failure_has_a_heading_of_its_own(
    make_client: MakeClient, error: KgError, heading: str
) -> None:
    site: Site = make_client().app.state.site  # type: ignore[attr-defined]
    text = pages.failure(site, error, "ASK {}")
    assert f'data-code="{error.code}"' in text
    assert f"<strong>{heading}</strong> No." in text
