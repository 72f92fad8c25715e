"""/cite: the dataset and answers, cited with what they rest on."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html import unescape

import pytest
from fastapi.testclient import TestClient
from making import MakeClient

from kg.web.evidence import MOST

PREFIXES = """\
PREFIX conn: <https://w3id.org/ecoconn/ontology#>
PREFIX initiative: <https://w3id.org/ecoconn/id/initiative/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
FUNDERS = PREFIXES + "SELECT ?f { initiative:dinalpconnect conn:fundedBy ?f }"
CLAUSE = {"accept": "text/plain"}


def cite(client: TestClient, query: str, **more: str) -> str:
    answer = client.get("/cite", params={"query": query, **more}, headers=CLAUSE)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return answer.text


def test_the_dataset(real: TestClient) -> None:
    answer = real.get("/cite", headers=CLAUSE)
    today = datetime.now(UTC).date().isoformat()
    assert re.fullmatch(
        r"Connectivity KG editors(?: \(\d{4}\))?: “Connectivity KG”, version \S+, dataset [0-9a-f]{12}.*"
        rf"\. http://\S+/ \(accessed {today}\)\.\n",
        answer.text,
    )
    page = real.get("/cite", headers={"accept": "text/html"})
    assert "<h1>How to cite the dataset</h1>" in page.text


def test_an_answer_names_the_passages_behind_it(full: TestClient) -> None:
    text = cite(full, FUNDERS)
    assert "“Answer to the SPARQL query " in text
    assert "Sources: " in text and "Initiatives on connectivity, paragraph 12 (DinAlpCONNECT project)" in text
    assert re.search(r"http://\S+/sparql \(accessed", text), (
        "people are not shown a whole query as an address"
    )
    assert "not traced" not in text


def test_a_query_is_cited_by_the_comment_that_it_begins_with(full: TestClient) -> None:
    assert "“Who pays for DinAlpCONNECT?”" in cite(full, f"# Who pays\n#for DinAlpCONNECT?\n{FUNDERS} # now")
    assert "“Answer to the SPARQL query " in cite(full, f"{FUNDERS} # Who pays?")
    question = next(item for item in full.app.state.site.questions if item.name.startswith("07-"))  # type: ignore[attr-defined]
    changed = f"# {question.summary}\n{FUNDERS}"
    assert "“Answer to the SPARQL query " in cite(full, changed), "it is another question now"


@pytest.mark.parametrize(
    ("path", "title", "at"),
    [
        (
            "/network?thing=Room+to+Raom&to=CBD",
            "How Room to Roam and Convention on Biological Diversity are tied",
            "/network?thing=initiative/room-to-roam&to=instrument/cbd",
        ),
        (
            "/explore?class=conn%3AInitiative&if=conn%3AleadOrganisation+is+organisation%3Aifaw",
            "Initiatives · lead organisation: International Fund for Animal Welfare",
            "/explore?class=conn:Initiative&if=conn:leadOrganisation+is+organisation:ifaw",
        ),
        ("/engagements", "What CMS does or could do, and with whom", "/engagements"),
    ],
)
def test_a_page_is_cited_by_its_title_and_address(full: TestClient, path: str, title: str, at: str) -> None:
    page = full.get(path, headers={"accept": "text/html"}).text
    way = unescape(re.findall(r'href="(/cite\?[^"]*)"', page)[0])
    text = full.get(way, headers=CLAUSE).text
    assert f"“{title}”" in text and f"{at} (accessed" in text and "Sources: " in text
    (item,) = full.get(way, headers={"accept": "application/vnd.citationstyles.csl+json"}).json()
    assert item["title"] == title and item["URL"].endswith(at)
    asked = full.get(way, headers={"accept": "text/html"}).text
    assert all("page=" in unescape(form) for form in re.findall(r'href="(/cite\?[^"]*)"', asked))


@pytest.mark.parametrize(
    "page", ["https://example.org/", "/update", "//x/network", "/network?a\nb", "/network?ä"]
)
def test_only_our_own_pages_are_cited(real: TestClient, page: str) -> None:
    answer = real.get("/cite", params={"query": FUNDERS, "page": page}, headers=CLAUSE)
    assert answer.status_code == 400 and "The parameter page is" in answer.json()["detail"]


def test_the_forms_of_a_citation(full: TestClient) -> None:
    bib = full.get("/cite", params={"query": FUNDERS, "format": "bibtex"})
    assert bib.headers["content-type"] == "application/x-bibtex"
    assert (
        bib.text.startswith("@misc{connectivity-kg-answer-")
        and "paragraph 12 (DinAlpCONNECT project)" in bib.text
    )
    (item,) = full.post(
        "/cite", data={"query": FUNDERS}, headers={"accept": "application/vnd.citationstyles.csl+json"}
    ).json()
    assert "/sparql?query=PREFIX+conn" in item["URL"] and "/sparql?query=PREFIX+conn" in bib.text
    assert item["type"] == "entry" and "paragraph 12 (DinAlpCONNECT project)" in item["note"]
    page = full.get("/cite", params={"query": FUNDERS}, headers={"accept": "text/html"}).text
    assert "statement took part" in page or "statements took part" in page
    assert 'href="/id/passage/cms-cop14-initiatives-on-connectivity/' in page
    assert "SELECT ?f { initiative:dinalpconnect" in page


def test_a_question_of_ours_is_cited_by_what_it_asks(full: TestClient) -> None:
    question = next(item for item in full.app.state.site.questions if item.name.startswith("07-"))  # type: ignore[attr-defined]
    text = cite(full, question.query.replace("\n", "\n\n"))
    assert f"“{question.summary}”" in text and f"/questions#{question.name} (" in text
    assert f'id="{question.name}"' in full.get("/questions").text
    assert "paragraph 12 (DinAlpCONNECT project)" in text


def test_a_current_value_rests_on_where_it_was_stated(full: TestClient) -> None:
    query = PREFIXES + "SELECT * { initiative:dinalpconnect conn:currentStatus ?now }"
    page = full.get("/cite", params={"query": query}, headers={"accept": "text/html"}).text
    assert "1 statement took part in it." in page
    sources = page.split("<tbody>")[1].split("</tbody>")[0]
    assert sources.count("<tr>") >= 1 and "/graph/derived" not in sources


def test_only_the_graphs_that_were_asked_are_cited(real: TestClient) -> None:
    (passage,) = {
        row["g"]["value"]
        for row in real.get(
            "/sparql",
            params={"query": PREFIXES + "SELECT ?g { GRAPH ?g { initiative:dinalpconnect conn:fundedBy ?f } "
                    'FILTER(STRSTARTS(STR(?g), "https://w3id.org/ecoconn/id/passage/")) }'},
        ).json()["results"]["bindings"]
    }  # fmt: skip
    asked = cite(real, FUNDERS, **{"default-graph-uri": passage})
    assert "Sources: Initiatives on connectivity, paragraph 12 (DinAlpCONNECT project)." in asked
    named = cite(real, PREFIXES + f"SELECT ?f {{ GRAPH <{passage}> {{ ?i conn:fundedBy ?f }} }}")
    assert "Sources: Initiatives on connectivity, paragraph 12 (DinAlpCONNECT project)." in named


def test_what_is_not_traced_is_said(real: TestClient, make_client: MakeClient) -> None:
    assert "This query is not traced. What DESCRIBE gives" in cite(
        real, PREFIXES + "DESCRIBE initiative:dinalpconnect"
    )
    absent = PREFIXES + "SELECT ?i { ?i a conn:Initiative FILTER NOT EXISTS { ?i conn:operatesIn ?p } }"
    assert "That something is absent (NOT EXISTS, MINUS) is said by no passage." in cite(real, absent)
    many = "".join(f"<u:s{number}> <u:p> <u:o{number}> <u:g> .\n" for number in range(MOST + 1))
    assert f"More than {MOST:,} statements took part." in cite(make_client(many), "SELECT * { ?s ?p ?o }")
    assert "The query is longer than 20,000 characters." in cite_by_post(real, "ASK { } #" + "x" * 20_000)


def cite_by_post(client: TestClient, query: str) -> str:
    answer = client.post(
        "/cite", content=query, headers={"content-type": "application/sparql-query", **CLAUSE}
    )
    assert answer.status_code == 200
    return answer.text


def test_terms_of_every_kind_are_found_again(make_client: MakeClient) -> None:
    data = (
        r'<u:a> <u:p> "\" } \\ \n \u0007"@en <u:g1> .'
        "\n"
        '<u:a> <u:p> "5"^^<http://www.w3.org/2001/XMLSchema#integer> <u:g2> .\n'
        "<u:a> <u:p> _:b <u:g3> .\n"
    )
    page = make_client(data).get(
        "/cite", params={"query": "SELECT * { <u:a> ?p ?o }"}, headers={"accept": "text/html"}
    )
    assert "3 statements took part in it." in page.text
    assert [f">u:g{number}</a>" in page.text for number in (1, 2, 3)] == [True, True, False]


@pytest.mark.parametrize(
    ("query", "status", "detail"),
    [
        ("SELECT * {", 400, "line 1"),
        ("SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }", 403, "SERVICE"),
        ("", 400, "The query is empty."),
        ("INSERT DATA { <u:a> <u:b> 1 }", 403, "update"),
    ],
)
def test_what_may_not_be_asked_is_not_cited(real: TestClient, query: str, status: int, detail: str) -> None:
    answer = real.get("/cite", params={"query": query}, headers=CLAUSE)
    assert answer.status_code == status
    assert detail in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


def test_other_forms_are_refused(real: TestClient) -> None:
    answer = real.get("/cite", headers={"accept": "text/turtle"})
    assert answer.status_code == 406 and "text/plain" in answer.json()["detail"]


def test_the_page_of_an_answer_leads_to_its_citation(real: TestClient) -> None:
    page = real.get("/sparql", params={"query": FUNDERS}, headers={"accept": "text/html"}).text
    href = re.search(r'<a href="(/cite\?query=[^"]+)">Cite this answer</a>', page)
    assert href and real.get(href[1].replace("&amp;", "&"), headers=CLAUSE).status_code == 200
