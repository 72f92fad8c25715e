"""The board of engagements: cards, filters in the address, and the same as a spreadsheet with citations."""

from __future__ import annotations

import csv
import io
import re

import pytest
from fastapi.testclient import TestClient
from making import MakeClient
from markup import BROWSER, Page

from kg import vocab

PATH = "/engagements"
BODIES = "kind=organisation-type/treaty-body"


def board(client: TestClient, query: str = "") -> tuple[Page, str]:
    answer = client.get(f"{PATH}?{query}", headers=BROWSER)
    assert answer.status_code == 200
    return Page(answer.text), answer.text


def test_every_engagement_has_a_card_that_cites_its_passage(real: TestClient) -> None:
    found, text = board(real)
    assert text.count('<article class="card">') == 25 and "25 engagements that sources describe" in found.text
    card = text[text.index("CMS with HELCOM", text.index('id="cards"')) :].partition("</article>")[0]
    assert "learn from them" in card and "exchange methods" in card and "stated as of 2024-02" in card
    (number,) = set(re.findall(r'href="#source-(\d+)"', card))
    source = re.search(rf'<li id="source-{number}".*?</li>', text)
    assert source and "paragraph 3 (OSPAR and HELCOM Commissions)" in source[0] and "2024-02" in source[0]
    numbers = [int(item) for item in re.findall(r'<li id="source-(\d+)"', text)]
    assert numbers == list(range(1, 13)), "twelve passages, in reading order"


def test_filters_narrow_and_the_address_keeps_them(real: TestClient) -> None:
    found, text = board(real, f"{BODIES}&mode=engagement-mode/exchange-methods")
    assert "2 of 25 engagements" in found.text and "Kind of partner: treaty body" in found.text
    assert text.count('<article class="card">') == 2
    assert re.search(r'value="organisation-type/treaty-body" checked', text)
    one, _ = board(real, "with=organisation/helcom&with=organisation/ospar-commission")
    assert "2 of 25 engagements" in one.text, "values of one facet widen"
    none, text = board(real, "with=organisation/wwf&mode=engagement-mode/publicise")
    assert "No engagement has all of this together." in none.text and "<table>" not in text


def test_columns_are_modes_and_rows_what_is_asked(real: TestClient) -> None:
    _, text = board(real, f"{BODIES}&rows=topic")
    heads = re.findall(r'<th scope="col">(.*?)</th>', text)
    rows = re.findall(r'<th scope="row">(.*?)</th>', text)
    assert heads == ["Topic", "exchange methods", "proposed cooperation"]
    assert rows == ["migratory species", "network coherence"]
    _, text = board(real, BODIES)
    assert "OSPAR Commission" in re.findall(r'<th scope="row">(.*?)</th>', text)


def test_the_spreadsheet_has_the_cards_shown_each_with_its_citation(real: TestClient) -> None:
    found, _ = board(real, BODIES)
    rows = list(csv.DictReader(io.StringIO(real.get(found.links["CSV"]).text)))
    assert [row["partners"] for row in rows] == [
        "Baltic Marine Environment Protection Commission (HELCOM)",
        "OSPAR Commission",
    ]
    for row in rows:
        assert row["citation"] == "Initiatives on connectivity, paragraph 3 (OSPAR and HELCOM Commissions)"
        assert row["statedAsOf"] == "2024-02" and row["passage"].startswith(vocab.ID + "passage/")
        assert set(row["modes"].split("; ")) == {"exchange methods", "proposed cooperation"}
        assert row["status"] == "proposed"
        assert set(row["kindsOfPartner"].split("; ")) == {"regional body", "treaty body"}
    sheet = real.get(found.links["Excel"])
    assert sheet.status_code == 200 and sheet.content.startswith(b"PK")
    assert sheet.headers["content-disposition"] == 'attachment; filename="engagements.xlsx"'


def test_the_query_behind_holds_for_every_facet(real: TestClient) -> None:
    asked = {
        "mode": "engagement-mode/exchange-methods",
        "topic": "topic/network-coherence",
        "kind": "instrument-type/treaty",
        "with": "instrument/bern-convention",
        "status": "status/proposed",
    }
    found, text = board(real, "&".join(f"{name}={value}" for name, value in asked.items()))
    rows = list(csv.DictReader(io.StringIO(real.get(found.links["CSV"]).text)))
    assert len(rows) == text.count('<article class="card">') == 1
    whole, _ = board(real)
    assert len(real.get(whole.links["CSV"]).text.strip().splitlines()) == 26
    assert real.get(found.links["Cite this"], headers={"Accept": "text/plain"}).status_code == 200


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("mode=nonsense", "No engagement has the mode 'nonsense'."),
        ("with=%3Cscript%3E", "No engagement has the with '<script>'."),
        ("rows=colour", "The board has no rows by 'colour'."),
        ("kind=" + "x" * 3000, "No engagement has the kind 'xxxx"),
    ],
)
def test_values_that_nothing_has_are_refused_with_what_there_is(
    full: TestClient, query: str, sentence: str
) -> None:
    answer = full.get(f"{PATH}?{query}", headers={"Accept": "text/html, application/problem+json;q=0.5"})
    assert answer.status_code == 400
    text = Page(answer.text).text
    assert sentence in text and ("Values are" in text or "Rows are by with or topic." in text)


def test_empty_and_unknown_parameters_are_passed_over(full: TestClient) -> None:
    found, _ = board(full, "mode=&topic=&utm_source=x&rows=")
    assert "25 engagements that sources describe" in found.text


def test_an_empty_graph_has_an_empty_board(make_client: MakeClient) -> None:
    found, _ = board(make_client(data=""))
    assert "No engagement is in this graph." in found.text


def test_nothing_from_the_data_becomes_markup(make_client: MakeClient) -> None:
    thing, mode = "<https://example.org/e>", "<https://example.org/m>"
    lines = (
        f"{thing} <{vocab.RDF_TYPE}> <{vocab.CONN}Engagement> .",
        f'{thing} <{vocab.SKOS_PREF_LABEL}> "<b>bold</b>" .',
        f"{thing} <{vocab.CONN}engagementMode> {mode} <https://example.org/g> .",
        f'{thing} <{vocab.DCTERMS_DESCRIPTION}> "<script>alert(1)</script>"@en <https://example.org/g> .',
    )
    for way in ("union", "plain"):
        found, text = board(make_client(data="\n".join(lines) + "\n", default_graph=way))
        assert "<script" not in text and "<script>alert(1)</script>" in found.text
        assert "<b>bold</b>" in found.text and "https://example.org/g" in found.text


def test_the_board_comes_in_the_formats_of_its_links(full: TestClient) -> None:
    answer = full.get(PATH, headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(answer.text.splitlines()) == 26
    found = full.get(f"{PATH}?format=json&{BODIES}").json()
    assert [row["status"]["value"] for row in found["results"]["bindings"]] == ["proposed"] * 2
    answer = full.get(PATH, headers={"Accept": "image/png"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
    assert full.get(f"{PATH}?format=png").status_code == 400
    assert full.get(f"{PATH}?format=csv&mode=nonsense").status_code == 400
    again = full.get(
        f"{PATH}?format=csv", headers={"If-None-Match": full.get(f"{PATH}?format=csv").headers["etag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("query", "header", "spoken", "partner"),
    [
        ("", "en", "en", "European Space Agency"),
        ("", "fr-CH, en;q=0.5", "fr, en", "Agence spatiale européenne"),
        ("", "tlh", "en", "European Space Agency"),
        ("lang=fr", "en", "fr, en", "Agence spatiale européenne"),
        ("lang=", "fr", "fr, en", "Agence spatiale européenne"),
        ("lang=en&lang=fr", "fr", "en", "European Space Agency"),
        ("lang=%22%7D", "fr", "en", "European Space Agency"),
    ],
)
def test_names_in_the_spreadsheet_are_in_the_language_of_the_reader(
    real: TestClient, query: str, header: str, spoken: str, partner: str
) -> None:
    headers = {"Accept-Language": header}
    found = Page(real.get(f"{PATH}?{query}", headers={**BROWSER, **headers}).text)
    answer = real.get(found.links["CSV"], headers=headers)
    assert answer.headers["content-language"] == spoken
    assert "Accept-Language" in answer.headers["vary"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 25
    assert all(row["engagement"] and row["what"] and row["modes"] and row["citation"] for row in rows)
    assert partner in {row["partners"] for row in rows}
    assert partner in found.text


def test_a_language_in_the_address_stays_there(full: TestClient) -> None:
    found, text = board(full, f"{BODIES}&lang=fr")
    assert '<input type="hidden" name="lang" value="fr">' in text
    assert found.links["Show all"] == f"{PATH}?lang=fr"
    assert found.links["CSV"] == f"{PATH}?kind=organisation-type%2Ftreaty-body&lang=fr&format=csv"
