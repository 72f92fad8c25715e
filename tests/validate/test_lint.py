"""Lints over the dataset as served, with the shapes beside it."""

from __future__ import annotations

import pytest

from kg import vocab
from kg.build import build
from kg.content import labels
from kg.validate.lint import broken_query, lint_store, run_lints
from kg.validate.places import Places
from kg.validate.report import Finding
from sample import PASSAGE, Mini

HEAD = "#+ rule: The rule.\n#+ remedy: The remedy.\n"


def run(mini: Mini, query: str, head: str = HEAD, missing: frozenset[str] = frozenset()) -> list[Finding]:
    mini.write("shapes/lint/name-ends.rq", head + query)
    content = mini.content
    parsed = content.parsed([])
    quads = build(content).quads
    shapes = [triple for file in content.shapes() for triple in content.triples(file, content.prefixes())]
    places = Places(parsed, content.prefixes(), labels(quads))
    return list(run_lints(content.lints(), lint_store(quads, shapes), places, missing))


def test_a_row_becomes_a_finding(mini: Mini) -> None:
    (finding,) = run(
        mini,
        "SELECT * { VALUES (?thing ?graph ?detail) "
        f"{{ (<{vocab.ID}place/alps> <{vocab.REGISTER}> 'High.') }} }}",
    )
    assert finding == Finding(
        file="data/register/place/alps.ttl",
        line=6,
        thing=vocab.ID + "place/alps",
        label="Alps",
        rule="name-ends: The rule.",
        message="High.",
        remedy="The remedy.",
    )


def test_the_graph_says_which_file_and_the_rule_what_is_wrong(mini: Mini) -> None:
    (finding,) = run(
        mini,
        f"SELECT ?thing ?graph {{ GRAPH ?graph {{ ?thing a <{vocab.PASSAGE_CLASS}> }} "
        f"FILTER(?graph = <{PASSAGE}02>) }}",
        HEAD + "#+ severity: warning\n",
    )
    assert (finding.file, finding.message, finding.severity) == (
        "data/sources/report/02-text.ttl",
        "The rule.",
        "warning",
    )


def test_the_merge_is_a_set_and_the_shapes_stand_apart(mini: Mini) -> None:
    operates = f"<{vocab.CONN}operatesIn>"
    (finding,) = run(mini, f"SELECT (COUNT(*) AS ?thing) {{ ?s {operates} ?o }}")
    assert (finding.message, finding.thing, finding.file) == ("1", None, "")
    (finding,) = run(mini, f"SELECT (COUNT(*) AS ?thing) {{ GRAPH ?g {{ ?s {operates} ?o }} }}")
    assert finding.message == "2"
    assert run(mini, f"SELECT ?thing {{ ?thing a <{vocab.SH}NodeShape> }}") == []
    shapes = run(mini, f"SELECT ?thing {{ GRAPH <{vocab.SHAPES}> {{ ?thing a <{vocab.SH}NodeShape> }} }}")
    assert len(shapes) == 2


def test_things_of_files_that_cannot_be_read_are_left_out(mini: Mini) -> None:
    alps = vocab.ID + "place/alps"
    query = f"SELECT ?thing ?detail {{ ?thing <{vocab.CONN}operatesIn> ?p BIND(STR(?p) AS ?detail) }}"
    assert len(run(mini, query)) == 1
    assert run(mini, query, missing=frozenset({alps})) == []


@pytest.mark.parametrize(
    ("query", "place", "words"),
    [
        ("SELECT ?thing { ?thing ?p }", "shapes/lint/name-ends.rq:3:27", "Unexpected"),
        ("SELECT ?x {}", "shapes/lint/name-ends.rq", "does not say which thing"),
    ],
)
def test_a_lint_that_cannot_be_run_is_a_finding(mini: Mini, query: str, place: str, words: str) -> None:
    finding = run(mini, query)[0]
    assert finding.place == place
    assert words in finding.message


def test_an_error_that_nobody_can_explain_is_told_as_it_is() -> None:
    finding = broken_query("a.rq", "SELECT * {}", RuntimeError("the engine stumbled"))
    assert finding.message == "The query cannot be run: the engine stumbled."
