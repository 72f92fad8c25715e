"""What the editor thinks of queries: the sources in ui/src, run in the browser without any server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]
SUITES = ROOT.parent / "shared" / "w3c" / "rdf-tests" / "sparql"
Check = Callable[[str], Any]


@pytest.fixture(scope="module")
def check(browser: Browser) -> Iterator[Check]:
    """The first fault of a query, or None."""
    page = browser.new_page()
    sources = ROOT / "ui" / "src"

    def serve(route: Any) -> None:
        path = sources / route.request.url.removeprefix("http://kg.test/")
        if path.suffix == ".js":
            route.fulfill(path=path, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><title>x</title>", content_type="text/html")

    page.route("http://kg.test/**", serve)
    page.goto("http://kg.test/")
    page.evaluate("import('/sparql/grammar.js').then(found => { window.check = found.check })")
    yield lambda query: page.evaluate("query => window.check(query)", query)
    page.close()


@pytest.mark.parametrize(
    ("query", "fixed"),
    [
        ("SELECT * { ?s ?p ?o", "SELECT * { ?s ?p ?o }"),
        ("SELECT * { ?s ?p ?o } ORDER ?s", "SELECT * { ?s ?p ?o } ORDER BY ?s"),
    ],
)
def test_what_is_missing_can_be_put_in(check: Check, query: str, fixed: str) -> None:
    found = check(query)
    assert found is not None
    (fix,) = found["fixes"]
    assert query[: fix["from"]] + fix["insert"] + query[fix["to"] :] == fixed


def test_no_question_has_a_fault(check: Check) -> None:
    questions = sorted((ROOT / "ontology" / "questions").glob("*.rq"))
    assert len(questions) > 90
    assert [path.name for path in questions if check(path.read_text(encoding="utf-8"))] == []


FAULTS = {
    "SELECT * WHERE { ?s ?p ?o": (15, "This { is never closed: } is missing."),
    "SELECT * WHERE { ?s ?p ?o } }": (28, "This } comes, and nothing is open."),
    "SELCT * { ?s ?p ?o }": (0, "SELCT is no word of SPARQL. Did you mean SELECT?"),
    "SELECT ?a, ?b { ?a ?p ?b }": (9, "What SELECT lists stands without commas."),
    "SELECT COUNT(?a) { ?a ?p ?b }": (
        7,
        "A computed value stands in brackets with a name: (COUNT(…) AS ?name).",
    ),
    "SELECT * { ?a ?b ?c ?d ?e ?f }": (20, "A full stop, semicolon or comma is missing before ?d."),
    "SELECT * { ?a ?b 'x }": (17, "This text in quotes is never closed."),
    "SELECT * { ?a ?b “x” }": (17, 'Texts stand in straight quotes, as "elephant".'),
    "SELECT * { ?a ?b ?c FILTER ?c > 3 }": (
        27,
        "Here stands ?c, where the query needs a condition in round brackets, as FILTER(?n > 3).",
    ),
    "SELECT * { ?a ?b ?c FILTER(?c == 3) }": (30, "Equality is written with one =."),
    "SELECT * { ?a ?b ?c FILTER(REGX(?c, 'x')) }": (27, "REGX is no word of SPARQL. Did you mean REGEX?"),
    "SELECT * { ?a ?b ?c FILTER(REGEX(?c)) }": (32, "REGEX takes 2 to 3 arguments, and here are 1."),
    "SELECT * { ?a ?b ?c ORDER BY ?a": (20, "ORDER stands behind the pattern: a } is missing before it."),
    "SELECT * { ?a ?b }": (
        17,
        "Here stands }, where the query needs a value: a variable, a name, a text or a number.",
    ),
    "INSERT DATA { <u:a> <u:b> 1 }": (0, "INSERT changes data; this address only answers questions."),
    "SELECT * { VALUES (?a ?b) { (1) } }": (28, "This row has 1 values, and there are 2 variables."),
    "PREFIX conn <https://example.org/>": (
        7,
        "conn is no word of SPARQL: a variable begins with ?, a name has a prefix.",
    ),
}


@pytest.mark.parametrize("query", FAULTS)
def test_a_fault_has_its_place_and_a_sentence(check: Check, query: str) -> None:
    found = check(query)
    assert (found["from"], found["message"]) == FAULTS[query]


SOUND = [
    "",
    "# nothing but a comment",
    'VERSION "1.2" SELECT * { ?s ?p <<( ?a ?b ?c )>> . <<?x ?y ?z ~ ?r>> ?q 1 }',
    "SELECT * { ?s ?p ?o ~ ?r {| ?q 'x'@en--ltr |} FILTER(isTRIPLE(?o) && LANGDIR(?x) = 'ltr') }",
    "SELECT * { (1 2) ?p [ ?q ?r ] ; ^?x:y/!(a|^<u:b>)* 1 . [] a ?t }",
    "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 5",
    "SELECT (GROUP_CONCAT(DISTINCT ?a; SEPARATOR=', ') AS ?b) { ?a ?p -1 } "
    "GROUP BY (?p + 1 AS ?q) HAVING(COUNT(*) > 1)",
]


@pytest.mark.parametrize("query", SOUND)
def test_what_is_sound_is_left_alone(check: Check, query: str) -> None:
    query = query.replace("?x:y", "<u:y>")
    assert check(query) is None


@pytest.mark.skipif(not SUITES.is_dir(), reason="needs ../shared")
def test_nothing_that_the_suites_have_as_sound_is_a_fault(check: Check) -> None:
    files = [
        path
        for suite in ("sparql11/syntax-query", "sparql12/syntax", "sparql12/syntax-triple-terms-positive")
        for path in sorted((SUITES / suite).glob("*.rq"))
        if "bad" not in path.name
    ]
    assert len(files) > 100
    unsound = {"syntax-bindings-09.rq"}  # the suite has it as one that must fail
    assert [p.name for p in files if p.name not in unsound and check(p.read_text(encoding="utf-8"))] == []
