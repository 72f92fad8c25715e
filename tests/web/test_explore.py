"""/explore: from step to step, by links and forms alone."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest
from fastapi.testclient import TestClient
from making import MakeClient

PAGE = {"accept": "text/html"}
WHERE = ("if", "conn:operatesIn is place:east-africa")
PLACES = ("class", "https://example.org/Place")
TAXA = ("if", "conn:focusTaxon is taxon:elephants")


def get(client: TestClient, *pairs: tuple[str, str], status: int = 200, language: str = "en") -> str:
    answer = client.get("/explore", params=list(pairs), headers={**PAGE, "accept-language": language})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Accept-Language" in answer.headers["vary"]
    return answer.text


def words(page: str) -> str:
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def links(page: str, text: str) -> list[str]:
    return [unescape(href) for href in re.findall(rf'href="([^"]*)"[^>]*>{text}</a>', page)]


def test_first_a_class(real: TestClient) -> None:
    page = get(real)
    assert "<h1>Explore</h1>" in page
    (href,) = links(page, "Initiatives")
    assert href == "/explore?class=conn%3AInitiative"
    assert "<h1>Initiatives</h1>" in real.get(href, headers=PAGE).text


def test_from_a_class_to_an_answer_by_forms(real: TestClient) -> None:
    """What a browser sends without any script, step by step."""
    page = get(real, ("class", "conn:Initiative"))
    assert re.search(r'<option value="conn:operatesIn">place \(\d+\)</option>', page)
    page = get(real, ("class", "conn:Initiative"), ("property", "conn:operatesIn"))
    assert "<legend>place</legend>" in page and 'value="place:kenya"' in page
    sent = real.get(
        "/explore",
        params=[
            ("class", "conn:Initiative"),
            ("property", "conn:operatesIn"),
            ("named", "East Africa"),
            ("how", "is"),
        ],
        headers=PAGE,
        follow_redirects=False,
    )
    assert sent.status_code == 303
    assert sent.headers["location"] == (
        "/explore?class=conn%3AInitiative&if=conn%3AoperatesIn+is+place%3Aeast-africa#count"
    )
    page = get(
        real,
        ("class", "conn:Initiative"),
        WHERE,
        ("property", "conn:focusTaxon"),
        ("named", "elefants"),
        ("how", "is"),
    )
    assert "Which one is “elefants”?" in words(page)
    (href,) = links(page, "Elephants")
    page = real.get(href, headers=PAGE).text
    assert "place East Africa or… Remove focus taxon Elephants or… Remove" in words(page)
    assert '<h2 id="count" tabindex="-1">1 initiative</h2>' in page
    assert '<a href="/id/initiative/room-to-roam">Room to Roam</a>' in page
    first, second = links(page, "Remove")
    assert "focusTaxon" in first and "operatesIn" not in first and "operatesIn" in second
    assert "initiatives</h2>" in real.get(first, headers=PAGE).text


def test_columns_and_who_says_so(real: TestClient) -> None:
    page = get(real, ("class", "conn:Initiative"), WHERE, ("show", ""), ("show", "conn:aim"), ("cite", "yes"))
    assert re.findall(r'<th scope="col">([^<]+)</th>', page) == ["name", "aim", "who says so"]
    assert "paragraph 16 (Room to Roam Initiative) [16]" in page
    bare = get(real, ("class", "conn:Initiative"), WHERE, ("show", ""))
    assert re.findall(r'<th scope="col">([^<]+)</th>', bare) == ["name"]


def test_what_it_comes_to_as_files_in_the_editor_and_cited(full: TestClient) -> None:
    page = get(full, ("class", "conn:Initiative"), WHERE, TAXA, ("cite", "yes"))
    (href,) = links(page, "CSV")
    (row,) = csv.DictReader(io.StringIO(full.get(href).text))
    assert (row["name"], row["focusTaxon"].split("; ")[1]) == ("Room to Roam", "Elephants")
    assert "[16]" in row["saidBy"]
    (href,) = links(page, "Excel")
    assert full.get(href).content.startswith(b"PK")
    (href,) = links(page, "JSON")
    assert full.get(href).json()["results"]["bindings"][0]["name"]["value"] == "Room to Roam"
    (href,) = links(page, "SPARQL in the editor")
    editor = full.get(href, headers=PAGE).text
    assert "#   focus taxon: Elephants" in editor and "Room to Roam" in editor
    (href,) = links(page, "Cite this answer")
    assert "paragraph 16 (Room to Roam Initiative)" in full.get(href, headers=PAGE).text


def test_a_long_table_comes_in_parts(full: TestClient) -> None:
    page = get(full, ("class", "conn:Document"), ("page", "2"))
    assert "101 to 200 of" in words(page)
    (before,), (after,) = links(page, "Previous"), links(page, "Next")
    assert before == "/explore?class=conn%3ADocument#count" and after.endswith("page=3#count")
    assert "101 to 200" not in get(full, ("class", "conn:Document"), ("page", "900"))


def test_names_in_the_language_of_the_reader(full: TestClient) -> None:
    zambia = ("if", "conn:operatesIn is place:zambia")
    page = get(full, ("class", "conn:Initiative"), zambia, language="fr-CH, en;q=0.5")
    assert "<strong>Zambie</strong>" in page and "Zambie;" in page


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        ([("class", "Spaceship")], "No things here are of the class &#39;Spaceship&#39;. Choose one."),
        ([("class", "conn:Initiative"), ("if", "conn:none stated")], "Initiatives have no property"),
        ([("class", "conn:Initiative"), ("if", "conn:operatesIn is place:atlantis")], "There is no"),
        ([("class", "conn:Initiative"), ("property", "conn:none")], "Initiatives have no property"),
        ([("class", "conn:Initiative"), ("page", "zero")], "The parameter page is"),
        ([("class", "conn:Initiative"), *[("if", f"conn:aim contains {n}") for n in range(14)]], "at most"),
    ],
)
def test_bad_input_is_told_and_what_is_good_is_kept(
    real: TestClient, pairs: list[tuple[str, str]], problem: str
) -> None:
    page = get(real, *pairs, WHERE, status=400)
    assert 'role="alert"' in page and problem in page
    if pairs[0][1] == "conn:Initiative" and len(pairs) < 10:
        assert "<strong>East Africa</strong>" in page


def test_what_was_typed_stays_in_the_form(full: TestClient) -> None:
    page = get(
        full,
        ("class", "conn:Initiative"),
        WHERE,
        ("property", "conn:startDate"),
        ("from", '"><script>'),
        ("how", "between"),
    )
    assert 'value="&#34;&gt;&lt;script&gt;"' in page and "is no date." in page and "<script>" not in page
    assert "<strong>East Africa</strong>" in page


def test_nothing_found_says_so(full: TestClient) -> None:
    page = get(full, ("class", "conn:Initiative"), ("if", 'conn:aim contains ") } #'))
    assert "0 initiatives" in page and "Nothing meets all of these conditions." in page


def test_data_that_no_shape_knows(client: TestClient, make_client: MakeClient) -> None:
    for one in (client, make_client(default_graph="plain")):
        page = get(one, PLACES, ("if", "https://example.org/height between 4000 *"))
        assert "1 place<" in page and "<td" in page and ">Alps</a>" in page
        assert "0 places" in get(one, PLACES, ("if", "https://example.org/height between * 4000"))


def test_only_as_a_page(full: TestClient) -> None:
    answer = full.get("/explore", headers={"accept": "application/json"})
    assert answer.status_code == 406 and "This page comes as text/html only." in answer.json()["detail"]
