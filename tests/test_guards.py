"""The limits on texts, each at its edge; what does not count; and that no honest text is refused."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import guards
from kg.errors import Forbidden, QueryError, QueryLimit
from kg.guards import (
    LENGTH,
    LIMITS,
    NESTING,
    OPERATORS,
    OPTIONALS,
    PATTERNS,
    SERVICES,
    STEPS,
    TOKENS,
    UNIONS,
    Limit,
    check,
    read,
    refuse_service,
)
from kg.sparql import Operation
from kg.syntax import significant
from kg.updates import Update

QUESTIONS = sorted((Path(__file__).parent.parent / "ontology" / "questions").glob("*.rq"))


def judge(text: str) -> None:
    check(text, read(text))


# ---- each limit at its edge -------------------------------------------------------------------------------

# The limit, what is counted (one a line, from line 2 on), and its lines.
COUNTED: dict[str, tuple[Limit, str, int]] = {
    "braces": (NESTING, "{\n", 1),
    "parentheses": (NESTING, "(\n", 1),
    "square brackets": (NESTING, "[\n", 1),
    "triple terms": (NESTING, "<<(\n", 1),
    "reified triples": (NESTING, "<<\n", 1),
    "annotations": (NESTING, "{|\n", 1),
    "exclamation marks": (OPERATORS, "!\n", 1),
    "minus signs": (OPERATORS, "-\n", 1),
    "carets": (OPERATORS, "^\n", 1),
    "stars": (OPERATORS, "*\n", 1),
    "mixed signs": (OPERATORS, "+ # to be left out\n", 1),
    "full stops": (PATTERNS, ".\n", 1),
    "semicolons": (PATTERNS, ";\n", 1),
    "commas": (PATTERNS, ",\n", 1),
    "blank nodes": (PATTERNS, "[\n]\n", 2),
    "slashes": (STEPS, "/\n", 1),
    "bars": (STEPS, "|\n", 1),
    "OPTIONAL": (OPTIONALS, "OPTIONAL\n", 1),
    "optional": (OPTIONALS, "optional\n", 1),
    "MINUS": (OPTIONALS, "Minus\n", 1),
    "UNION": (UNIONS, "UNION\n", 1),
}


@pytest.mark.parametrize(("limit", "piece", "lines"), COUNTED.values(), ids=COUNTED.keys())
def test_a_limit_at_its_edge(limit: Limit, piece: str, lines: int) -> None:
    judge("ASK\n" + piece * limit.most)
    with pytest.raises(QueryLimit) as caught:
        judge("ASK\n" + piece * (limit.most + 1))
    line = 2 + limit.most * lines
    assert (caught.value.line, caught.value.column) == (line, 1)
    assert caught.value.message == (
        f"The limit “{limit.name}” is passed at line {line}, column 1: at most {limit.most:,} {limit.counts}."
    )
    assert caught.value.remedy == limit.remedy


def test_tokens_at_their_edge() -> None:
    judge("ASK\n" + "?x\n" * (TOKENS.most - 1))
    with pytest.raises(QueryLimit, match=r"“tokens” is passed at line 10001, column 1: at most 10,000 words"):
        judge("ASK\n" + "?x\n" * TOKENS.most)


def test_length_at_its_edge(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LENGTH.most == 300_000
    monkeypatch.setattr(guards, "LENGTH", replace(LENGTH, most=3000))
    text = "1\n" * 3000
    assert len(read(text + "# one more\n  \n")) == 3000
    with pytest.raises(QueryLimit) as caught:
        read(text + "1")
    assert (caught.value.line, caught.value.column) == (3001, 1)
    assert caught.value.message == (
        "The limit “length” is passed at line 3001, column 1: at most 3,000 words and signs of any kind."
    )


def test_operators_count_only_in_a_row() -> None:
    judge("ASK { FILTER(" + " && ".join("!" * OPERATORS.most + "?x" for _ in range(20)) + ") }")


def test_different_limits_do_not_add_up() -> None:
    judge("ASK { " + ". " * PATTERNS.most + "/ " * STEPS.most + "UNION " * UNIONS.most + "}")


def test_nesting_counts_what_is_open() -> None:
    judge("ASK " + ("{" * NESTING.most + "}" * NESTING.most) * 3)


def test_strings_comments_names_and_iris_count_once() -> None:
    judge(f"ASK {{ ?s ?p '{'. ' * 9000}' }} # {'{' * 9000}\n")
    judge(f"ASK {{ ?s <u:{'/' * 9000}> ?UNION . ?s a:OPTIONAL ?o }}")


def test_every_limit_has_a_name_of_its_own_and_says_what_to_do() -> None:
    assert len({limit.name for limit in LIMITS}) == len(LIMITS)
    assert {limit for limit, _, _ in COUNTED.values()} | {TOKENS, LENGTH, SERVICES} == set(LIMITS)
    assert all(limit.counts and limit.remedy.endswith(".") for limit in LIMITS)


def test_updates_have_the_same_limits() -> None:
    pattern = "?s ?p ?o .\n" * (PATTERNS.most + 1)
    with pytest.raises(QueryLimit, match="“patterns” is passed at line 502, column 10"):
        Update.parse("DELETE WHERE {\n" + pattern + "}")


# ---- data do not count ------------------------------------------------------------------------------------

MANY = 4000
QUERIES_OF_DATA: dict[str, str] = {
    "VALUES": f"SELECT * {{ VALUES ?x {{ {' '.join(f'<u:{n}>' for n in range(MANY * 3))} }} }}",
    "VALUES in small letters": f"SELECT * {{ values ?x {{ {'1 ' * MANY * 3} }} }}",
    "rows of VALUES": f"SELECT * {{ VALUES (?x ?y) {{ {'(<u:a> UNDEF) ' * MANY} }} }}",
    "numbers with a sign": f"SELECT * {{ VALUES (?x ?y) {{ {'(-1 +2.5) ' * MANY} }} }}",
    "VALUES at the end": f"SELECT * {{ ?x ?p ?y }} VALUES (?x ?y) {{ {'(1 2) ' * MANY} }}",
    "two VALUES": f"SELECT * {{ VALUES ?x {{ {'1 ' * MANY * 2} }} VALUES ?y {{ {'2 ' * MANY * 2} }} }}",
    "literals": "SELECT * { VALUES ?x { " + '"a"@en "1"^^<u:t> true ' * MANY + "} }",
    "IN": f"ASK {{ ?s ?p ?o FILTER(?o IN ({', '.join(f'<u:{n}>' for n in range(MANY * 2))})) }}",
    "NOT IN": f"ASK {{ ?s ?p ?o FILTER(?o NOT IN ({', '.join(f'-{n}' for n in range(MANY * 2))})) }}",
    "small in": f"ASK {{ ?s ?p ?o FILTER(?o in ({', '.join('1' * MANY)})) }}",
    "calls in IN": f"ASK {{ ?s ?p ?o FILTER(?o IN (IRI('u:a'){', IRI(?o)' * 2000})) }}",
}
UPDATES_OF_DATA: dict[str, str] = {
    "INSERT DATA": f"INSERT DATA {{ {'<u:a> <u:p> 1 ; <u:q> 2 , 3 . ' * MANY} }}",
    "DELETE DATA": f"DELETE DATA {{ {'<u:a> <u:p> 1 ; <u:q> 2 , 3 . ' * MANY} }}",
    "insert data": "insert data { " + '<u:a> <u:p> "x"@en . ' * MANY + "}",
    "INSERT DATA of graphs": "INSERT DATA { "
    + " ".join(f"GRAPH <u:{n}> {{ {'<u:a> <u:p> 1 . ' * 20} }}" for n in range(200))
    + " }",
    "after another operation": f"PREFIX a: <u:> CLEAR ALL ; INSERT DATA {{ {'a:a a:p 1 . ' * MANY} }}",
    "blank nodes and lists": f"INSERT DATA {{ {'<u:a> <u:p> [ <u:q> 1 ] , (1 2 3) . ' * 1000} }}",
    "triple terms": f"INSERT DATA {{ {'<u:a> <u:p> <<( <u:a> <u:b> 1 )>> . ' * 2000} }}",
    "annotations": f"INSERT DATA {{ {'<u:a> <u:p> 1 {| <u:q> 2 |} . ' * 2000} }}",
}


@pytest.mark.parametrize("text", QUERIES_OF_DATA.values(), ids=QUERIES_OF_DATA.keys())
def test_data_of_a_query_do_not_count(text: str) -> None:
    assert len(significant(text)) > TOKENS.most or text.count(",") > PATTERNS.most
    ox.Store().query(Operation.parse(text).text)


@pytest.mark.parametrize("text", UPDATES_OF_DATA.values(), ids=UPDATES_OF_DATA.keys())
def test_data_of_an_update_do_not_count(text: str) -> None:
    assert len(significant(text)) > TOKENS.most
    ox.Store().update(Update.parse(text).text)


def test_what_follows_the_data_counts_again() -> None:
    after = "?s ?p ?o .\n" * (PATTERNS.most + 1)
    with pytest.raises(QueryLimit, match="“patterns” is passed at line 502"):
        judge(f"SELECT * {{ VALUES ?x {{ 1 2 }}\n{after} }}")
    with pytest.raises(QueryLimit, match="“patterns” is passed at line 502"):
        judge(f"SELECT * {{ FILTER(?x IN (1, 2))\n{after} }}")
    with pytest.raises(QueryLimit, match="“patterns” is passed at line 501"):  # the semicolon counts, too
        judge(f"INSERT DATA {{ <u:a> <u:b> 1 }} ; DELETE WHERE {{\n{after} }}")


NO_DATA: dict[str, str] = {
    "INSERT without DATA": f"INSERT {{ {'<u:a> <u:b> 1 . ' * 501} }} WHERE {{}}",
    "a variable VALUES": f"ASK {{ ?VALUES ?p ?o . {'?s ?p ?o . ' * 501} }}",
    "a prefix in": f"ASK {{ ?s in:x (1 2) . {'?s ?p ?o . ' * 501} }}",
    "DATA alone": f"DATA {{ {'?s ?p ?o . ' * 501} }}",
}


@pytest.mark.parametrize("text", NO_DATA.values(), ids=NO_DATA.keys())
def test_what_only_looks_like_data_counts(text: str) -> None:
    with pytest.raises(QueryLimit, match="“patterns”"):
        judge(text)


@pytest.mark.parametrize("sign", ["!", "-", "+"])
def test_operators_inside_in_count(sign: str) -> None:
    chain = f" {sign} " * OPERATORS.most
    judge(f"ASK {{ FILTER(?x IN (1, {chain} ?y)) }}")
    with pytest.raises(QueryLimit, match="“operators” is passed at line 1"):
        judge(f"ASK {{ FILTER(?x IN (1, {chain} {sign} ?y)) }}")


def test_signs_inside_in_count_as_tokens() -> None:
    judge(f"ASK {{ FILTER(?x IN (1{' = 1' * 9000})) }}")
    with pytest.raises(QueryLimit, match="“tokens”"):
        judge(f"ASK {{ FILTER(?x IN (1{' = 1' * TOKENS.most})) }}")


def test_nesting_inside_data_counts() -> None:
    deep = NESTING.most
    with pytest.raises(QueryLimit, match="“nesting”"):
        judge(f"ASK {{ FILTER(?x IN ({'(' * deep}1{')' * deep})) }}")
    with pytest.raises(QueryLimit, match="“nesting”"):
        judge(f"INSERT DATA {{ <u:a> <u:p> {'(' * deep}{')' * deep} }}")


def test_a_pattern_inside_in_counts() -> None:
    patterns = "?s ?p ?o . " * (PATTERNS.most + 1)
    with pytest.raises(QueryLimit, match="“patterns”"):
        judge(f"ASK {{ FILTER(1 IN (EXISTS {{ {patterns} }})) }}")


MEGABYTE: dict[str, Callable[[], str]] = {
    "VALUES": lambda: f"SELECT * {{ VALUES ?x {{ {'<https://example.org/thing/1234567> ' * 27_700} }} }}",
    "IN": lambda: "ASK { FILTER(?x IN (" + '"a text of some length, as people type it", ' * 22_700 + "1)) }",
    "INSERT DATA": lambda: (
        "INSERT DATA { "
        + "<https://example.org/s> <https://example.org/p> <https://example.org/o> . " * 13_300
        + "}"
    ),
}


@pytest.mark.parametrize("text", MEGABYTE.values(), ids=MEGABYTE.keys())
def test_a_megabyte_of_data_is_judged_quickly(text: Callable[[], str]) -> None:
    written = text()
    assert 950_000 < len(written) < 1_050_000
    begun = time.process_time()
    judge(written)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "piece", ["{", "<", "'", '"""', "a:", "[(", "\\u0041", "#", "IN (", "VALUES {", "1.e"]
)
def test_nonsense_is_judged_quickly(piece: str) -> None:
    begun = time.process_time()
    try:
        judge("ASK { " + piece * (100_000 // len(piece)))
    except QueryError as error:
        assert error.line == 1
    assert time.process_time() - begun < 3


# ---- federation -------------------------------------------------------------------------------------------

FEDERATED: dict[str, str] = {
    "plain": "SELECT * { SERVICE <http://127.0.0.1:9/> {} }",
    "mixed letters": "SELECT * { sErViCe <http://127.0.0.1:9/> {} }",
    "escaped": "SELECT * { \\u0053ERVICE <http://127.0.0.1:9/> {} }",
    "escaped in full": "SELECT * { "
    + "".join(f"\\u{ord(letter):04x}" for letter in "service")
    + " <http://127.0.0.1:9/> {} }",
    "escaped long": "SELECT * { SERVIC\\U00000045 <http://127.0.0.1:9/> {} }",
    "escaped space": "SELECT * { SERVICE\\u0020<http://127.0.0.1:9/> {} }",
    "run together": "SELECT*{SERVICESILENT<http://127.0.0.1:9/>{}}",
    "after an escaped brace": "SELECT * \\u007b SERVICE <http://127.0.0.1:9/> {} }",
    "inside IN": "ASK { FILTER(1 IN (EXISTS { SERVICE <http://127.0.0.1:9/> {} })) }",
    "after VALUES": "ASK { VALUES ?x { 1 } SERVICE ?x {} }",
    "in an update": "INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "in an update, escaped": "DELETE { ?s ?p ?o } WHERE { SERV\\u0049CE <http://127.0.0.1:9/> { ?s ?p ?o } }",
}


@pytest.mark.parametrize("text", FEDERATED.values(), ids=FEDERATED.keys())
def test_federation_is_refused(text: str) -> None:
    with pytest.raises(Forbidden) as caught:
        judge(text)
    assert caught.value.message == (
        "SERVICE is not allowed: this server answers from its own graph and contacts no other."
    )


@pytest.mark.parametrize(
    "text",
    [
        "ASK { ?s ?p '\\u0053ERVICE' }",
        "ASK { ?s <u:\\u0053ERVICE> ?o }",
        "PREFIX service: <u:> ASK { GRAPH service:a { ?service ?p service:SERVICE } }",
        "ASK { ?s ?p ?o } # SERVICE",
    ],
)
def test_the_word_may_stand_where_it_is_no_keyword(text: str) -> None:
    judge(text)
    refuse_service(significant(text))


# ---- honest texts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", QUESTIONS, ids=lambda path: path.stem)
def test_the_published_questions_are_within_all_limits(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    judge(text)
    assert Operation.parse(text).kind == "select"


def test_there_are_published_questions() -> None:
    assert len(QUESTIONS) >= 30


def each(template: str, number: int, between: str = " ") -> str:
    """The template filled in with 0, 1, 2, …"""
    return between.join(template.replace("@", str(at)) for at in range(number))


# How a text of some size is written, and a size that is honest.
Sized = tuple[Callable[[int], str], int]
HONEST: dict[str, Sized] = {
    "a wide table": (lambda n: f"SELECT * {{ ?s a <u:T> . {each('OPTIONAL { ?s <u:p@> ?o@ }', n)} }}", 100),
    "a star of patterns": (lambda n: f"SELECT * {{ ?s a <u:T> {each('; <u:p@> ?o@', n)} }}", 400),
    "patterns in full": (lambda n: f"SELECT * {{ {each('?s <u:p@> ?o@ .', n)} }}", 400),
    "branches": (lambda n: f"SELECT * {{ {each('{ ?s <u:p@> ?o }', n, ' UNION ')} }}", 400),
    "branches of several patterns": (
        lambda n: f"SELECT * {{ {each('{ ?s <u:a@> ?o ; <u:b@> ?q }', n, ' UNION ')} }}",
        300,
    ),
    "alternatives in a path": (lambda n: f"SELECT * {{ ?s ({each('<u:p@>', n, '|')}) ?o }}", 250),
    "a path of sequences": (lambda n: f"SELECT * {{ ?s {each('<u:p@>', n, '/')} ?o }}", 100),
    "a negated set": (lambda n: f"SELECT * {{ ?s !({each('<u:p@>', n, '|')}) ?o }}", 250),
    "inverse and repeated": (lambda n: "SELECT * { ?s (^<u:a>/<u:b>*/(<u:c>|^<u:d>)+/<u:e>?)* ?o }", 1),
    "a long filter": (lambda n: f"SELECT * {{ ?s ?p ?o FILTER({each('?o = @', n, ' || ')}) }}", 800),
    "a long filter of strings": (
        lambda n: "SELECT * { ?s ?p ?o FILTER(" + each("CONTAINS(?o, 'w@')", n, " || ") + ") }",
        400,
    ),
    "many filters": (lambda n: f"SELECT * {{ ?s ?p ?o {each('FILTER(?o != @)', n)} }}", 500),
    "sums in IN": (lambda n: f"SELECT * {{ ?s ?p ?o, ?x FILTER(?o IN ({each('?x + @', n, ', ')})) }}", 450),
    "negations in IN": (lambda n: f"SELECT * {{ ?s ?p ?o FILTER(true IN ({each('! ?o', n, ', ')})) }}", 450),
    "products in IN": (lambda n: f"SELECT * {{ ?s ?p ?o FILTER(?o IN ({each('?p * @', n, ', ')})) }}", 450),
    "many BIND": (lambda n: f"SELECT * {{ ?s ?p ?o {each('BIND(?o + @ AS ?b@)', n)} }}", 400),
    "a nested IF": (lambda n: f"SELECT (({'IF(?o = 1, 2, ' * n}3{')' * n}) AS ?x) {{ ?s ?p ?o }}", 100),
    "nested calls": (
        lambda n: "SELECT (" + "REPLACE(" * n + "?o" + ", 'a', 'b')" * n + " AS ?x) { ?s ?p ?o }",
        100,
    ),
    "a long COALESCE": (lambda n: f"SELECT (COALESCE({each('?o@', n, ', ')}) AS ?x) {{ ?s ?p ?q }}", 400),
    "a long CONCAT": (
        lambda n: "SELECT (CONCAT(" + each("STR(?o), '@'", n, ", ") + ") AS ?x) { ?s ?p ?o }",
        200,
    ),
    "nested arithmetic": (lambda n: f"SELECT ({'(' * n}1{' + 1)' * n} AS ?x) {{}}", 150),
    "flat arithmetic": (lambda n: f"SELECT ({each('@', n, ' + ')} AS ?x) {{}}", 1000),
    "products": (lambda n: f"SELECT ({each('(?o - @)', n, ' * ')} AS ?x) {{ ?s ?p ?o }}", 500),
    "quotients": (lambda n: f"SELECT ({each('(?o - @)', n, ' / ')} AS ?x) {{ ?s ?p ?o }}", 250),
    "many aggregates": (
        lambda n: f"SELECT ?s {each('(COUNT(DISTINCT ?o@) AS ?c@)', n)} {{ ?s ?p ?o1 }} GROUP BY ?s",
        400,
    ),
    "many subqueries": (
        lambda n: f"SELECT * {{ {each('{ SELECT ?s (COUNT(*) AS ?c@) { ?s <u:p@> ?o } GROUP BY ?s }', n)} }}",
        200,
    ),
    "subqueries within each other": (
        lambda n: f"SELECT * {{ {'{ SELECT DISTINCT ?s { ' * n} ?s ?p ?o {' } }' * n} }}",
        90,
    ),
    "many EXISTS": (lambda n: f"SELECT * {{ ?s ?p ?o {each('FILTER(!EXISTS { ?s <u:p@> ?q })', n)} }}", 200),
    "many MINUS": (lambda n: f"SELECT * {{ ?s ?p ?o {each('MINUS { ?s <u:p@> ?q }', n)} }}", 140),
    "many GRAPH": (lambda n: f"SELECT * {{ {each('GRAPH <u:g@> { ?s <u:p@> ?o@ }', n)} }}", 400),
    "many FROM": (lambda n: f"SELECT * {each('FROM <u:g@>', n)} FROM NAMED <u:h> {{ ?s ?p ?o }}", 3000),
    "many prefixes": (lambda n: f"{each('PREFIX p@: <u:@#>', n)} SELECT * {{ ?s p1:a ?o }}", 2000),
    "many columns": (lambda n: f"SELECT {each('?o@', n)} {{ ?s ?p ?o1 }}", 4000),
    "a large ORDER BY": (lambda n: f"SELECT * {{ ?s ?p ?o }} ORDER BY {each('DESC(?o + @)', n)}", 500),
    "a large template": (
        lambda n: f"CONSTRUCT {{ {each('?s <u:p@> ?o .', n)} }} WHERE {{ {each('?s <u:q@> ?o .', n)} }}",
        240,
    ),
    "a list": (lambda n: f"SELECT * {{ ?s <u:p> ({each('?x@', n)}) }}", 1000),
    "blank nodes": (lambda n: f"SELECT * {{ {each('[ <u:p@> [ <u:q@> ?o@ ] ] .', n)} }}", 150),
    "a description of many": (lambda n: f"DESCRIBE {each('<u:thing@>', n)}", 5000),
    "long texts": (lambda n: "SELECT * { ?s ?p '''" + "It is a long text. { " * n + "''' }", 20_000),
    "much commented": (lambda n: "SELECT * { ?s ?p ?o }\n" + "# Why: {{{ SERVICE OPTIONAL.\n" * n, 5000),
    "triple terms": (lambda n: f"SELECT * {{ {each('?r@ <u:p> <<( ?s <u:p@> ?o@ )>> .', n)} }}", 400),
}


@pytest.mark.parametrize(("write", "size"), HONEST.values(), ids=HONEST.keys())
def test_honest_queries_pass(write: Callable[[int], str], size: int) -> None:
    assert Operation.parse(write(size)).kind in ("select", "construct", "describe")
    ox.Store().query(Operation.parse(write(3)).text)  # it is a query at all; engines plan the large ones long


HONEST_UPDATES: dict[str, Sized] = {
    "many operations": (lambda n: each("INSERT DATA { GRAPH <u:g@> { <u:s> <u:p> @ } }", n, " ;\n"), 400),
    "many clears": (lambda n: each("CLEAR SILENT GRAPH <u:g@>", n, " ;\n"), 400),
    "a large template": (lambda n: f"INSERT {{ {each('?s <u:p@> ?o .', n)} }} WHERE {{ ?s ?p ?o }}", 400),
    "properties renamed": (
        lambda n: each("DELETE { ?s <u:a@> ?o } INSERT { ?s <u:b@> ?o } WHERE { ?s <u:a@> ?o }", n, " ;\n"),
        300,
    ),
    "properties renamed by VALUES": (
        lambda n: (
            "DELETE { ?s ?a ?o } INSERT { ?s ?b ?o } WHERE { ?s ?a ?o VALUES (?a ?b) { "
            + each("(<u:a@> <u:b@>)", n)
            + " } }"
        ),
        4000,
    ),
}


@pytest.mark.parametrize(("write", "size"), HONEST_UPDATES.values(), ids=HONEST_UPDATES.keys())
def test_honest_updates_pass_and_run(write: Callable[[int], str], size: int) -> None:
    ox.Store().update(Update.parse(write(size)).text)
