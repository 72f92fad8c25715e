"""Shipped queries read what changes with time inside GRAPH."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg import vocab
from kg.build import build
from kg.content import find_content
from kg.validate.timebound import check_queries, read_outside_graph, time_bound
from sample import Mini

ROOT = Path(__file__).resolve().parent.parent.parent
STATUS = vocab.CONN + "status"


@pytest.mark.parametrize(
    ("where", "outside"),
    [
        ("?s c:status ?o", True),
        ("GRAPH ?g { ?s c:status ?o }", False),
        ("GRAPH ?g { ?s c:status ?o FILTER NOT EXISTS { ?s c:status ?p } }", False),
        ("GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s c:status ?x }", True),
        ("GRAPH ?g { ?s ?p ?o } FILTER EXISTS { GRAPH ?h { ?s c:status ?x } }", False),
        ("?s ?p ?o FILTER EXISTS { ?s c:topic ?x ; c:status ?y }", True),
        ("OPTIONAL { ?s c:status ?o }", True),
        ("?s ?p ?o MINUS { ?s c:status ?x }", True),
        ("{ ?s ?p ?o } UNION { ?s c:status ?x }", True),
        ("{ SELECT ?s { ?s c:status ?o } }", True),
        ("BIND(EXISTS { ?s c:status ?o } AS ?x)", True),
        ("?s c:a/c:status ?o", True),
        ("?s ^c:status ?o", True),
        ("?s (c:a|c:status)* ?o", True),
        ("?s !c:status ?o", False),
        ("?s c:currentStatus ?o", False),
        ("?s ?p ?o FILTER(?p = c:status)", False),
        ("VALUES ?p { c:status } GRAPH ?g { ?s ?p ?o }", False),
    ],
)
def test_where_a_property_is_read(where: str, outside: bool) -> None:
    text = f"PREFIX c: <{vocab.CONN}> SELECT * {{ {where} }}"
    assert (STATUS in read_outside_graph(text)) == outside


def test_a_fault_has_its_line(mini: Mini) -> None:
    text = f"#+ summary: a\nPREFIX c: <{vocab.CONN}>\nSELECT * {{\n  ?s c:status ?o }}\n"
    mini.write("ontology/questions/01-where.rq", text)
    quads = build(mini.content).quads
    assert time_bound(quads) == {STATUS, vocab.CONN + "partyCount"}
    (finding,) = check_queries(mini.content.questions(), time_bound(quads), {STATUS: "status"})
    assert (finding.place, finding.thing, finding.label) == (
        "ontology/questions/01-where.rq:4",
        STATUS,
        "status",
    )
    assert finding.rule.startswith("time-bound")


def test_what_cannot_be_judged_is_a_warning(mini: Mini) -> None:
    mini.write("ontology/questions/01-where.rq", "#+ summary: a\nSELECT * { ?s ?p }\n")
    assert not list(check_queries(mini.content.questions(), frozenset({"u:#status"}), {})), "no such name"
    (finding,) = check_queries(mini.content.questions(), frozenset({"u:#SELECT"}), {})
    assert finding.severity == "warning"
    assert "cannot be judged" in finding.message


def test_our_questions_keep_the_rule() -> None:
    content = find_content(str(ROOT))
    properties = time_bound(content.quads())
    assert len(properties) >= 4
    assert list(check_queries(content.questions(), properties, {})) == []
