"""The sources of each row, on the page of an answer and in files."""

from __future__ import annotations

import csv
import io
import re

import pytest
from fastapi.testclient import TestClient
from making import MakeClient

from kg.web.credits import MARKS, MOST

PREFIXES = """\
PREFIX conn: <https://w3id.org/ecoconn/ontology#>
PREFIX initiative: <https://w3id.org/ecoconn/id/initiative/>
"""
FUNDERS = PREFIXES + "SELECT ?i ?f { ?i conn:fundedBy ?f } ORDER BY ?i"
PAGE = {"accept": "text/html"}
PASSAGE = "Initiatives on connectivity, paragraph 12 (DinAlpCONNECT project)"
ABSENT = "That something is absent (NOT EXISTS, MINUS) is said by no passage."


def page(client: TestClient, query: str, **more: str) -> str:
    answer = client.get("/sparql", params={"query": query, "sources": "yes", **more}, headers=PAGE)
    assert answer.status_code == 200, answer.text
    return answer.text


def cells(text: str) -> list[list[str]]:
    """For each row the sources that are marked, by name, else what is said in their place."""
    names = dict(re.findall(r'<li id="source-(\d+)" value="\d+"><a href="[^"]*">([^<]*)</a>', text))
    return [
        [names[number] for number in re.findall(r'href="#source-(\d+)"', cell)]
        + re.findall(r"<small>([^<]*)</small>", cell)
        for cell in re.findall(r'<td class="sources">(.*?)</td>', text)
    ]


def told(text: str) -> list[str]:
    return re.findall(r'<p class="notice">([^<]*)</p>', text)


def table(client: TestClient, query: str, format: str = "csv") -> list[dict[str, str]]:
    answer = client.get("/sparql", params={"query": query, "sources": "yes", "format": format})
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_each_row_is_followed_by_marks_for_its_passages(real: TestClient) -> None:
    text = page(real, PREFIXES + "SELECT DISTINCT ?i ?f { GRAPH ?g { ?i conn:fundedBy ?f } } ORDER BY ?i")
    rows = cells(text)
    shown = text.split("<tbody>")[1].split("<tr>")[1:]
    named = [cell for row, cell in zip(shown, rows, strict=True) if ">DinAlpCONNECT<" in row]
    assert PASSAGE in named[0] or PASSAGE in named[1]
    assert all(rows) and not told(text)
    assert '<input type="checkbox" name="sources" value="yes" checked>' in text
    assert "data-sources>Hide sources</a>" in text and "with the sources of each row" in text


def test_without_being_asked_for_there_are_none(full: TestClient) -> None:
    text = full.get("/sparql", params={"query": FUNDERS}, headers=PAGE).text
    assert "Sources</th>" not in text and 'value="yes" checked' not in text
    href = re.search(r'<a href="(/sparql[^"]*)#answer" data-sources>Show sources</a>', text)
    assert href and cells(full.get(href[1].replace("&amp;", "&"), headers=PAGE).text)


def test_a_file_names_them_by_name_and_iri(real: TestClient) -> None:
    rows = table(
        real, PREFIXES + "SELECT DISTINCT ?f { GRAPH ?g { initiative:dinalpconnect conn:fundedBy ?f } }"
    )
    assert [list(row) for row in rows] == [["f", "sources", "passages"]] * 2
    assert any(PASSAGE in row["sources"] for row in rows)
    assert any("/id/passage/cms-cop14-initiatives-on-connectivity/" in row["passages"] for row in rows)


def test_other_formats_hold_them_too(full: TestClient) -> None:
    asked = {"query": FUNDERS, "sources": "yes"}
    found = full.get("/sparql", params=asked | {"format": "json"}).json()
    assert found["head"]["vars"] == ["i", "f", "sources", "passages"]
    assert all(row["sources"]["value"] for row in found["results"]["bindings"])
    sheet = full.get("/sparql", params=asked | {"format": "xlsx"})
    assert sheet.content[:2] == b"PK" and sheet.headers["vary"].endswith("Accept-Language")
    places = full.get("/sparql", params=asked | {"format": "geojson"})
    assert places.status_code == 406 and "text/csv" in places.json()["detail"]


def test_columns_that_are_there_already_keep_their_names(make_client: MakeClient) -> None:
    client = make_client("<u:a> <u:p> <u:b> <u:g1> .\n<u:a> <u:q> _:c <u:g2> .\n")
    (row,) = table(client, "SELECT ?sources { <u:a> <u:p> ?sources }")
    assert row == {"sources": "u:b", "sources_": "u:g1", "passages": "u:g1"}
    both = table(client, "SELECT ?o { <u:a> ?p ?o } ORDER BY ?p")
    assert [row["passages"] for row in both] == ["u:g1", ""]
    assert both[0]["notTraced"] == "A row with a blank node is not traced: that has no name to ask for it by."


def test_rows_of_the_same_values_have_all_their_sources_and_the_graph_tells_them_apart(
    make_client: MakeClient,
) -> None:
    client = make_client(
        "<u:a> <u:p> <u:b> <u:g1> .\n<u:a> <u:p> <u:b> <u:g2> .\n<u:c> <u:p> <u:b> <u:g3> .\n"
    )
    assert [row["passages"] for row in table(client, "SELECT DISTINCT ?o { ?s <u:p> ?o }")] == [
        "u:g1 u:g2 u:g3"
    ]
    rows = table(client, "SELECT ?s ?g { GRAPH ?g { ?s <u:p> ?o } } ORDER BY ?g")
    assert [row["passages"] for row in rows] == ["u:g1", "u:g2", "u:g3"]


def test_what_a_page_does_not_mark_is_counted(make_client: MakeClient) -> None:
    data = "".join(f"<u:a> <u:p> <u:b> <u:g{number:02}> .\n" for number in range(MARKS + 3))
    client = make_client(data)
    (row,) = cells(page(client, "SELECT ?o { <u:a> <u:p> ?o }"))
    assert row == [f"u:g{number:02}" for number in range(MARKS)] + ["and 3 more"]
    (whole,) = table(client, "SELECT ?o { <u:a> <u:p> ?o }")
    assert len(whole["passages"].split()) == MARKS + 3


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("SELECT ?n (COUNT(*) AS ?c) { ?s <u:p> ?n } GROUP BY ?s ?n", "grouped by ?s, and do not show it."),
        ("SELECT (RAND() AS ?n) { ?s <u:p> ?o }", "It may answer otherwise each time."),
        ("SELECT ?s { ?s !<u:q> ?o }", "A path of all properties but some (!) is not traced."),
    ],
)
def test_what_is_not_traced_is_said(make_client: MakeClient, query: str, sentence: str) -> None:
    client = make_client("<u:a> <u:p> <u:b> <u:g1> .\n")
    text = page(client, query)
    assert cells(text) == [["not traced"]]
    (said,) = told(text)
    assert sentence in said
    (row,) = table(client, query)
    assert row["sources"] == "" and sentence in row["notTraced"]


def test_what_is_traced_in_part_is_said(make_client: MakeClient) -> None:
    client = make_client("<u:a> <u:p> <u:b> <u:g1> .\n")
    text = page(client, "SELECT ?s { ?s <u:p> ?o FILTER NOT EXISTS { ?s <u:q> ?x } }")
    assert cells(text) == [["u:g1"]] and told(text) == [ABSENT]


def test_statements_of_the_editors_have_no_source(full: TestClient) -> None:
    text = page(full, PREFIXES + "SELECT ?c { initiative:dinalpconnect a ?c } LIMIT 1")
    assert cells(text) == [["no source"]]


def test_only_rows_have_them(full: TestClient) -> None:
    for query in ("ASK { ?s ?p ?o }", PREFIXES + "DESCRIBE initiative:dinalpconnect"):
        text = page(full, query)
        assert told(text)[0].startswith("Only the rows of SELECT are traced one by one.")
        assert not cells(text) and "data-sources" not in text
    triples = full.get(
        "/sparql", params={"query": "CONSTRUCT WHERE { ?s ?p ?o }", "sources": "yes", "format": "ttl"}
    )
    assert triples.status_code == 406


def test_long_answers_have_them_for_the_rows_on_the_page_alone(make_client: MakeClient) -> None:
    data = "".join(f"<u:s{number}> <u:p> <u:o> <u:g{number % 3}> .\n" for number in range(MOST + 1))
    client = make_client(data)
    query = "SELECT ?s { ?s <u:p> ?o } ORDER BY ?s"
    text = page(client, query)
    assert len(cells(text)) == MOST and all(cells(text)) and "sources=yes&amp;format" not in text
    refused = client.get("/sparql", params={"query": query, "sources": "yes", "format": "csv"})
    assert refused.status_code == 413
    assert "The sources of 1,000 rows are given at once; there are 1,001." in refused.json()["detail"]


def test_a_parameter_that_means_nothing_is_refused(full: TestClient) -> None:
    answer = full.get("/sparql", params={"query": FUNDERS, "sources": "maybe"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "The parameter sources is 'maybe'. Give yes, or leave it away."
