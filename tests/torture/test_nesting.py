"""Texts that are nested, or that go on and on: read where that is honest, refused by name where it is not.

Every shape is right at ten, and is then made as deep as the world may send it. An engine that is not kept
from them ends in the middle of its work, most of these at a thousand or ten thousand.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from target import FULL, Target
from wire import Answer

pytestmark = pytest.mark.slow

ENVIRON = {"KG_QUERY_TIMEOUT": "1.5"}

Shape = Callable[[int], str]

LENGTH = 1_000_000
"""The longest text that is read."""

ANSWER = "x\r\n1\r\n"
"""What every shape answers as long as it is answered."""

INTEGER = "<http://www.w3.org/2001/XMLSchema#integer>"


def select(expression: str) -> str:
    return f"SELECT ({expression} AS ?x) {{}}"


def group(pattern: str) -> str:
    return f"SELECT DISTINCT (1 AS ?x) {{ {pattern} }}"


def around(opening: str, middle: str, closing: str) -> Shape:
    return lambda n: opening * n + middle + closing * n


EXPRESSIONS: dict[str, Shape] = {
    "parentheses": around("(", "1", ")"),
    "parentheses with comments": around("(#(\n", "1", ")"),
    "minus signs and parentheses": around("-(-(", "1", "))"),
    "STR": lambda n: f"{INTEGER}({'STR(' * n}'1'{')' * n})",
    "casts": around(f"{INTEGER}(", "1", ")"),
    "ABS": around("ABS(", "1", ")"),
    "IF": around("IF(true,", "1", ",0)"),
    "IF, in its condition": lambda n: f"IF({'IF(' * n}true{',true,false)' * n},1,0)",
    "COALESCE": around("COALESCE(", "1", ")"),
    "CONCAT": lambda n: f"STRLEN({'CONCAT(' * n}'1'{')' * n})",
    "not": lambda n: f"IF({'!' * (2 * n)}true,1,0)",
    "IN": lambda n: f"IF({'(true IN (' * n}true{'))' * n},1,0)",
    "triple terms made": lambda n: (
        f"IF(isTRIPLE({'TRIPLE(<urn:a>,<urn:b>,' * n}1{')' * n}),1,0)" if n else "1"
    ),
    "sums, bracketed": lambda n: f"{'(0+' * n}1{')' * n}",
    "comparisons, bracketed": lambda n: f"IF({'(true=' * n}true{')' * n},1,0)",
    "EXISTS in expressions": lambda n: f"IF({'EXISTS { FILTER(' * n}true{') }' * n},1,0)",
}

PATTERNS: dict[str, Shape] = {
    "braces": around("{", "", "}"),
    "subselects": around("{ SELECT * {", "", "} }"),
    "OPTIONAL": around("OPTIONAL {", "", "}"),
    "MINUS": around("MINUS {", "", "}"),
    "GRAPH": around("GRAPH <urn:g> {", "", "}"),
    "FILTER EXISTS": around("FILTER EXISTS {", "", "}"),
    "FILTER NOT EXISTS": around("FILTER NOT EXISTS { FILTER NOT EXISTS {", "", "} }"),
    "UNION": around("{} UNION {", "", "}"),
    "UNION on the left": lambda n: f"{'{' * n}{'} UNION {}' * n}" if n else "",
    "LATERAL": around("LATERAL {", "", "}"),
    "paths in parentheses": lambda n: f"<urn:a> {'(' * n}<urn:p>{')' * n} ?o",
    "paths that may be": lambda n: f"<urn:a> {'(' * n}<urn:p>{')?' * n} <urn:b>",
    "paths, inverse": lambda n: f"<urn:a> {'^(^(' * n}<urn:p>{'))' * n} <urn:b>",
    "paths of steps": lambda n: f"<urn:a> {'(<urn:p>?/' * n}<urn:p>{')' * n} ?o",
    "paths of choices": lambda n: f"<urn:a> {'(<urn:q>|' * n}<urn:p>{')' * n} ?o",
    "paths denied": lambda n: f"<urn:a> {'(' * n}!(<urn:q>|<urn:r>){')' * n} ?o",
    "blank nodes": lambda n: f"?s <urn:p> {'[ <urn:p> ' * n}?o{' ]' * n}",
}

# None of these finds anything, so they count to nothing and one.
COUNTED: dict[str, Shape] = {
    "collections": lambda n: f"?s <urn:p> {'( ' * n}1{' )' * n}",
    "triple terms": lambda n: f"?s <urn:p> {'<<( <urn:a> <urn:p> ' * n}2{' )>>' * n}",
    "reified triples": lambda n: f"{'<< ' * n}<urn:a> <urn:p> <urn:b>{' >> <urn:p> <urn:b>' * n}",
    "annotations": lambda n: f"<urn:a> <urn:p> 2 {'{| <urn:p> 1 ' * n}{'|}' * n}",
}

WHOLE: dict[str, Shape] = {
    "ORDER BY": lambda n: f"SELECT (1 AS ?x) {{}} ORDER BY {'(' * n}1{')' * n}",
    "GROUP BY": lambda n: f"SELECT (1 AS ?x) {{}} GROUP BY ({'(' * n}1{')' * n} AS ?y)",
    "HAVING": lambda n: f"SELECT (COUNT(*) AS ?x) {{}} HAVING ({'(' * n}true{')' * n})",
    "aggregates": lambda n: f"SELECT ({'ABS(' * n}SUM(1){')' * n} AS ?x) {{}}",
    "subselects of one variable": lambda n: f"{'SELECT ?x { ' * (n + 1)}BIND(1 AS ?x){' }' * (n + 1)}",
}


def made(shape: Shape, frame: Callable[[str], str]) -> Shape:
    return lambda n: frame(shape(n))


DEEP: dict[str, Shape] = (
    {name: made(shape, select) for name, shape in EXPRESSIONS.items()}
    | {name: made(shape, group) for name, shape in PATTERNS.items()}
    | {
        name: made(shape, lambda text: f"SELECT (COUNT(*)+1 AS ?x) {{ {text} }}")
        for name, shape in COUNTED.items()
    }
    | WHOLE
)

FLAT: dict[str, Shape] = {
    "sums": lambda n: select("1" + "+0" * n),
    "sums, spaced": lambda n: select("1" + " + 0" * n),
    "differences of signed numbers": lambda n: select("1" + "-0" * n),
    "products": lambda n: select("1" + "*1" * n),
    "or": lambda n: select(f"IF(true{'||true' * n},1,0)"),
    "and": lambda n: select(f"IF(true{'&&true' * n},1,0)"),
    "unions": lambda n: group("{}" + " UNION {}" * n),
    "filters": lambda n: group("FILTER(true)" * n),
    "bindings": lambda n: group(" ".join(f"BIND(1 AS ?v{i})" for i in range(n))),
    "optionals": lambda n: group("OPTIONAL {}" * n),
    "groups": lambda n: group("{}" * n),
    "empty VALUES": lambda n: group("VALUES ?v { 1 }" * n),
    "selected": lambda n: (
        f"SELECT ?x {{ SELECT (1 AS ?x) {''.join(f'(1 AS ?v{i}) ' for i in range(n))} {{}} }}"
    ),
    "path choices": lambda n: group(f"<urn:a> <urn:p>{'|<urn:q>' * n} ?o"),
    "path choices denied": lambda n: group(f"<urn:a> !(<urn:q>{'|<urn:r>' * n}) ?o"),
    "path steps": lambda n: group(f"<urn:a> <urn:p>{'/<urn:p>' * n} ?o"),
    "prefixes": lambda n: "".join(f"PREFIX p{i}: <urn:{i}> " for i in range(n)) + select("1"),
    "arguments": lambda n: select(f"COALESCE(1{',1' * n})"),
    "list of IN with sums": lambda n: select(f"IF(1 IN (1{'+0' * n}),1,0)"),
    "list of IN with calls": lambda n: select(f"IF(1 IN (1{',ABS(1)' * n}),1,0)"),
    "sorted by": lambda n: "SELECT (1 AS ?x) {} ORDER BY" + " (1)" * (n + 1),
    "FROM": lambda n: "SELECT (1 AS ?x) " + "FROM <urn:g> " * n + "{}",
    "objects": lambda n: f"SELECT (COUNT(*)+1 AS ?x) {{ <urn:none> <urn:p> 1{',1' * n} }}",
    "predicates": lambda n: f"SELECT (COUNT(*)+1 AS ?x) {{ <urn:none> <urn:p> 1{';<urn:p> 1' * n} }}",
    "semicolons": lambda n: f"SELECT (COUNT(*)+1 AS ?x) {{ <urn:none> <urn:p> 1{';' * n} }}",
}

UNCLOSED: dict[str, Shape] = {
    "braces": lambda n: "SELECT * " + "{" * n,
    "parentheses": lambda n: "SELECT (" + "(" * n,
    "brackets": lambda n: "SELECT * { ?s ?p " + "[" * n,
    "triple terms": lambda n: "SELECT * { ?s ?p " + "<<(" * n,
    "reified triples": lambda n: "SELECT * { " + "<<" * n,
    "calls": lambda n: "SELECT (" + "STR(" * n,
    "not": lambda n: "SELECT (" + "!" * n,
    "signs": lambda n: "SELECT (" + "-" * n,
    "paths": lambda n: "SELECT * { ?s " + "^" * n,
    "braces closed only": lambda n: "SELECT * {" + "}" * n,
    "escaped parentheses": lambda n: "SELECT (" + "\\u0028" * n + "1" + "\\u0029" * n + " AS ?x) {}",
    "escaped braces": lambda n: "SELECT * " + "\\U0000007B" * n + "\\U0000007D" * n,
}

DEPTHS = (100, 1_000, 10_000, 100_000, 1_000_000) if FULL else (1_000,)
LENGTHS = (100, 1_000, 10_000, 100_000, 300_000) if FULL else (1_000, 20_000)


def too_long(text: str, answer: Answer) -> bool:
    if len(text) <= LENGTH:
        return False
    assert "1,000,000" in answer.problem(413, "too-large")
    return True


@pytest.mark.parametrize("shape", DEEP.values(), ids=DEEP.keys())
def test_ten_deep_is_answered_and_a_thousand_refused_by_name(target: Target, shape: Shape) -> None:
    for depth in (1, 10):
        answer = target.ask(shape(depth))
        assert (answer.outcome, answer.text) == ("ok", ANSWER), (depth, answer)
    for depth in DEPTHS:
        text = shape(depth)
        answer = target.ask(text)
        target.probe()
        if too_long(text, answer):
            continue
        if depth >= 1_000:
            assert "limit" in answer.problem(400, "query-limit")
        else:
            assert answer.outcome in ("ok", "query-limit", "timeout"), answer
            assert answer.outcome != "ok" or answer.text == ANSWER, answer


@pytest.mark.parametrize("shape", FLAT.values(), ids=FLAT.keys())
def test_ten_in_a_row_are_answered_and_more_or_refused(target: Target, shape: Shape) -> None:
    answer = target.ask(shape(10))
    assert (answer.outcome, answer.text) == ("ok", ANSWER), answer
    for length in LENGTHS:
        text = shape(length)
        answer = target.ask(text)
        target.probe()
        if too_long(text, answer):
            continue
        # Where the guards let a text pass, the process that reads it may die of it: that is what it is for.
        assert answer.outcome in ("ok", "query-limit", "timeout", "memory", "crashed"), answer
        if answer.outcome == "ok":
            assert answer.text == ANSWER
        elif answer.outcome == "query-limit":
            assert "limit" in answer.refusal()
        else:
            answer.refusal()


@pytest.mark.parametrize("shape", UNCLOSED.values(), ids=UNCLOSED.keys())
def test_what_is_never_closed_is_refused(target: Target, shape: Shape) -> None:
    for depth in (*DEPTHS, 900_000) if FULL else (1_000, 30_000):
        text = shape(depth)
        answer = target.ask(text)
        target.probe()
        if not too_long(text, answer):
            assert answer.outcome in ("query", "query-limit"), answer
            answer.refusal()


IN_UPDATES: dict[str, Shape] = {
    "braces": lambda n: f"INSERT {{ <urn:left> <urn:p> 1 }} WHERE {'{' * n}{'}' * n}",
    "calls": lambda n: f"INSERT {{ <urn:left> <urn:p> ?x }} WHERE {{ BIND({'STR(' * n}1{')' * n} AS ?x) }}",
    "blank nodes in the template": lambda n: (
        f"INSERT {{ <urn:left> <urn:p> {'[ <urn:p> ' * n}1{' ]' * n} }} WHERE {{}}"
    ),
    "blank nodes in the data": lambda n: (
        f"INSERT DATA {{ <urn:left> <urn:p> {'[ <urn:p> ' * n}1{' ]' * n} }}"
    ),
    "collections in the data": lambda n: f"INSERT DATA {{ <urn:left> <urn:p> {'( ' * n}1{' )' * n} }}",
    "triple terms in the data": lambda n: (
        f"INSERT DATA {{ <urn:left> <urn:p> {'<<( <urn:a> <urn:p> ' * n}1{' )>>' * n} }}"
    ),
    "annotations in the data": lambda n: (
        f"INSERT DATA {{ <urn:left> <urn:p> 1 {'{| <urn:p> 1 ' * n}{'|}' * n} }}"
    ),
    "braces that stay open": lambda n: "INSERT DATA " + "{" * n,
    "a path in DELETE": lambda n: f"DELETE {{ <urn:a> ?p ?o }} WHERE {{ ?s {'(' * n}<urn:p>{')*' * n} ?o }}",
}


@pytest.mark.parametrize("shape", IN_UPDATES.values(), ids=IN_UPDATES.keys())
def test_deep_updates_are_refused_and_leave_nothing(target: Target, shape: Shape) -> None:
    for depth in (10, *DEPTHS):
        text = shape(depth)
        answer = target.update(text)
        if not too_long(text, answer) and depth >= 1_000:
            assert answer.outcome in ("query-limit", "query"), answer
            answer.refusal()
        if answer.status >= 400:
            assert target.count("<urn:left> ?p ?o") == 0
        target.update("DELETE WHERE { <urn:left> ?p ?o }")
        target.probe()
    assert target.rows("SELECT ?o { <urn:a> <urn:p> ?o }") == ["urn:b"]
