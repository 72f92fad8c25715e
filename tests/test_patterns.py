"""The pattern of a query, taken apart."""

from __future__ import annotations

import pytest

from kg.patterns import Branch, Group, Path, Statement, Unread, Verbatim, closing, read_group, spelled
from kg.syntax import significant

NIL = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil"


def read(text: str) -> Group:
    return read_group(significant(text), "own_")


def triples(text: str) -> list[str]:
    return [element.text for element in read(text).elements if isinstance(element, Statement)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("{ ?s ?p ?o }", ["?s ?p ?o ."]),
        ("{ ?s ?p ?o . }", ["?s ?p ?o ."]),
        ("{ ?s a <u:C> ; u:p 1 , 'x'@en ;; u:q true ; . ?t u:r '5'^^u:n }", [
            "?s a <u:C> .", "?s u:p 1 .", "?s u:p 'x'@en .", "?s u:q true .", "?t u:r '5'^^u:n .",
        ]),
        ("{ ?s u:p [ u:q ?o ] . [] u:r _:b.c }", [
            "?own_b1 u:q ?o .", "?s u:p ?own_b1 .", "?own_b2 u:r ?own__b_2e_c .",
        ]),
        ("{ [ u:q ?o ] . ?s u:p () }", ["?own_b1 u:q ?o .", f"?s u:p <{NIL}> ."]),
    ],
)  # fmt: skip
def test_triples(text: str, found: list[str]) -> None:
    assert triples(text) == found


def test_a_collection_is_its_cells() -> None:
    first, rest, second, last, whole = triples("{ ?s u:p (1 ?x) }")
    assert first.startswith("?own_b1 <http") and first.endswith("#first> 1 .")
    assert rest.endswith("#rest> ?own_b2 .") and second.endswith("#first> ?x .")
    assert last.endswith("#rest> <http://www.w3.org/1999/02/22-rdf-syntax-ns#nil> .")
    assert whole == "?s u:p ?own_b1 ."


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("u:p", "u:p"),
        ("^u:p", "(^u:p)"),
        ("u:p/u:q|u:r", "((u:p/u:q)|u:r)"),
        ("(u:p|u:q)*", "((u:p|u:q)*)"),
        ("u:p+/^(u:q?)", "((u:p+)/(^(u:q?)))"),
        ("!(u:p|^u:q)", "(!(u:p|^u:q))"),
        ("!a", "(!a)"),
    ],
)
def test_paths(text: str, written: str) -> None:
    (statement,) = read(f"{{ ?s {text} ?o }}").elements
    assert isinstance(statement, Statement)
    assert statement.path.text == written


def test_a_path_shows_its_parts() -> None:
    (statement,) = read("{ ?s (u:p|^u:q) ?o }").elements
    assert isinstance(statement, Statement)
    assert statement.path.parts == (Path("", "u:p"), Path("^", "(^u:q)", (Path("", "u:q"),)))


def test_groups_and_what_stays_as_it_is() -> None:
    group = read(
        "{ { ?a ?b ?c } UNION { } OPTIONAL { ?d ?e ?f } GRAPH ?g { ?h ?i ?j } "
        "FILTER(?a > 1) FILTER NOT EXISTS { ?x ?y ?z } FILTER EXISTS { } FILTER regex(?a, '{') "
        "FILTER(!EXISTS { ?k ?l ?m } || ?a) BIND(1 AS ?n) VALUES (?o ?p) { (1 UNDEF) } VALUES ?q { 2 } "
        "MINUS { ?r ?s ?t } { SELECT * { ?u ?v ?w } } }"
    )
    kinds = [element.kind for element in group.elements if isinstance(element, Branch | Verbatim)]
    assert kinds == [
        "UNION", "OPTIONAL", "GRAPH", "FILTER", "NOT EXISTS", "EXISTS", "FILTER", "EXISTS", "BIND", "VALUES",
        "VALUES", "MINUS", "UNION",
    ]  # fmt: skip
    union, _, graph = (element for element in group.elements[:3] if isinstance(element, Branch))
    assert [len(inner.elements) for inner in union.groups] == [1, 0]
    assert graph.name == "?g"
    texts = [element.text for element in group.elements if isinstance(element, Verbatim)]
    assert "FILTER regex(?a, '{')" in texts and "VALUES (?o ?p) { (1 UNDEF) }" in texts


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{ ?s ?p ?o", "It ends too early."),
        ("{ ?s ?p }", "} is not traced in this place."),
        ("{ SERVICE <u:s> { ?s ?p ?o } }", "SERVICE is not traced."),
        ("{ LATERAL { ?s ?p ?o } }", "LATERAL is not traced."),
        ("{ << ?s ?p ?o >> ?q ?r }", "<< is not traced in this place."),
        ("{ ?s ?p ?o ~ ?r }", "~ is not traced in this place."),
        ("{ ?s ?p ?o {| ?q ?r |} }", "{| is not traced in this place."),
        ("{ } }", "It goes on after its pattern."),
        ("{ FILTER }", "It has no bracket where one belongs."),
        ("{ BIND(1 AS ?x }", "It has a bracket that is not closed."),
        ("{" * 2000 + "}" * 2000, "Its brackets are nested too deep."),
    ],
)
def test_what_is_not_read(text: str, reason: str) -> None:
    with pytest.raises(Unread) as caught:
        read(text)
    assert str(caught.value) == reason


def test_spelling_keeps_what_stood_together() -> None:
    tokens = significant("FILTER( regex(?a,   '( x')) # why")
    assert spelled(tokens) == "FILTER( regex(?a, '( x'))"
    assert closing(tokens, 1) == len(tokens) - 1
