"""The home page."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from making import MakeClient
from markup import BROWSER, Page

from kg.content import find_content
from kg.settings import Settings
from kg.web.app import create_app

ALPS = "https://example.org/alps"

QUESTION = """\
# SPDX-License-Identifier: CC-BY-4.0
#+ summary: Which <places> are there?
#+ tags: [places, "sizes"]
#+ order: any

SELECT ?place WHERE { ?place a <https://example.org/Place> }
"""


def test_home_counts_what_is_there(client: TestClient) -> None:
    answer = client.get("/", headers=BROWSER)
    found = Page(answer.text)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "8 triples" in " ".join(reversed_pairs(answer.text))
    assert "3 named graphs" in " ".join(reversed_pairs(answer.text))
    assert "0 statements they make" in " ".join(reversed_pairs(answer.text))
    assert found.links["place"].startswith("/sparql?query=")
    assert "No questions came with this content." in found.text
    assert "No engagement" not in found.text and 'action="/search"' in answer.text


def reversed_pairs(text: str) -> list[str]:
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", text)
    return [f"{value} {re.sub('<[^>]*>', '', term)}" for term, value in pairs]


def test_the_links_of_the_counts_list_the_things(client: TestClient) -> None:
    found = Page(client.get("/", headers=BROWSER).text)
    assert client.get(found.links["place"], headers={"Accept": "text/csv"}).text == f"thing\r\n{ALPS}\r\n"
    graphs = client.get(found.links["named graphs"], headers={"Accept": "text/csv"}).text
    assert graphs.split("\r\n")[1] == "https://example.org/g1,3"


def test_home_counts_the_same_where_only_the_unnamed_graph_is_seen(make_client: MakeClient) -> None:
    text = make_client(default_graph="plain").get("/", headers=BROWSER).text
    assert "8 triples" in " ".join(reversed_pairs(text))


def test_home_of_an_empty_store(make_client: MakeClient) -> None:
    text = make_client(data="").get("/", headers=BROWSER).text
    assert "Nothing is loaded: the graph is empty." in Page(text).text
    assert reversed_pairs(text) == []


def test_home_knows_passages_and_release(make_client: MakeClient, small_data: str) -> None:
    passage, passage_class = (
        "https://w3id.org/ecoconn/id/passage/d/01",
        "https://w3id.org/ecoconn/ontology#Passage",
    )
    rdf_type = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    data = small_data + "\n".join(
        f"{line} ."
        for line in (
            f"<{passage}> <{rdf_type}> <{passage_class}> <{passage}>",
            f'<{ALPS}> <https://example.org/height> "4810" <{passage}>',
            f"<{ALPS}> <{rdf_type}> <https://example.org/Place> <https://w3id.org/ecoconn/graph/register>",
            *(
                f'<https://w3id.org/ecoconn/graph/void#dataset> <{predicate}> "{value}" '
                "<https://w3id.org/ecoconn/graph/void>"
                for predicate, value in (
                    ("http://www.w3.org/ns/dcat#version", "1.2.3"),
                    ("http://purl.org/dc/terms/identifier", "sha256:abc123"),
                    ("http://purl.org/dc/terms/issued", "2026-11-25"),
                )
            ),
        )
    )
    text = make_client(data=data + "\n").get("/", headers=BROWSER).text
    found = Page(text)
    assert "1 passages of source documents" in " ".join(reversed_pairs(text))
    assert "1 statements they make" in " ".join(reversed_pairs(text))
    assert "Version 1.2.3 of 2026-11-25, dataset abc123 ." in found.text
    assert "place" in found.links and passage_class not in found.links, "the register says what is shown"


def test_home_shows_questions_and_each_runs(tmp_path: Path, make_client: MakeClient) -> None:
    (tmp_path / "ontology" / "questions").mkdir(parents=True)
    (tmp_path / "ontology" / "connectivity.ttl").write_text("# SPDX-License-Identifier: CC-BY-4.0\n")
    (tmp_path / "ontology" / "prefixes.ttl").write_text("# SPDX-License-Identifier: CC-BY-4.0\n")
    (tmp_path / "ontology" / "questions" / "01-places.rq").write_text(QUESTION)
    (tmp_path / "ontology" / "questions" / "01-places.csv").write_text("place\n")
    content = find_content(str(tmp_path))
    store = make_client().app.state.site.store  # type: ignore[attr-defined]
    with TestClient(create_app(Settings(), store, content)) as client:
        text = client.get("/", headers=BROWSER).text
        found = Page(text)
        link = found.links["Which <places> are there?"]
        assert found.links["All 1 questions"] == "/questions"
        assert client.get(link, headers={"Accept": "text/csv"}).text == f"place\r\n{ALPS}\r\n"
        assert "<places>" not in text


def test_home_comes_as_html_only(client: TestClient) -> None:
    answer = client.get("/", headers={"Accept": "text/turtle"})
    assert (answer.status_code, answer.json()["detail"]) == (
        406,
        "The home page comes as text/html only. Data are at /sparql.",
    )
    assert client.get("/", headers={"Accept": "*/*"}).status_code == 200


def test_home_has_three_things_to_do_and_is_light(real: TestClient) -> None:
    answer = real.get("/", headers=BROWSER)
    found = Page(answer.text.replace('<script type="module"', "<i").replace("</script>", "</i>"))
    for thing in ("Find a body or initiative", "See what CMS could do with whom", "Ask a question"):
        assert thing in found.text
    board = Page(real.get(found.links["exchange methods"], headers=BROWSER).text)
    assert "3 of 25 engagements" in board.text and "Mode: exchange methods" in board.text
    style = real.get("/static/kg.css").content
    assert len(answer.content) + len(style) + len(real.get("/favicon.ico").content) < 60_000


def test_each_kind_leads_to_as_many_things_as_it_says(real: TestClient) -> None:
    text = real.get("/", headers=BROWSER).text
    kinds = re.findall(r'<span class="tag"><a href="([^"]+)">([^<]+)</a> <span class="number">(\d+)<', text)
    assert len(kinds) > 15
    for address, name, things in kinds:
        assert address.startswith("/browse?kind="), name
        found = Page(real.get(html.unescape(address), headers=BROWSER).text).text
        assert re.search(rf"\b{things} things?\b", found), f"{name}: {things}"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_kinds_have_their_names_in_english_else(real: TestClient, language: str) -> None:
    found = Page(real.get("/", headers={**BROWSER, "Accept-Language": language}).text)
    assert found.links["Initiative"] == "/browse?kind=Initiative"
