"""Which statements an answer rests on, found in a small graph whose answers are plain to see."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kg.sparql import Operation
from kg.tracing import MOST, Rows, trace

DATA = """
PREFIX : <u:>
:a :in :b . :b :in :c . :c :in :d . :x :in :y .
:a :name "A" . :b :name "B" . :a :also :c . :c :old true .
GRAPH :g1 { :a :says 1 } GRAPH :g2 { :b :says 2 . :b :next :a }
"""
PROLOGUE = "PREFIX : <u:> "


@pytest.fixture(scope="module")
def store() -> ox.Store:
    store = ox.Store()
    store.load(DATA.encode(), format=ox.RdfFormat.TRIG)
    return store


def statements(store: ox.Store, query: str) -> set[str]:
    """What took part, written short: ``a in b``, with ``@g1`` after it where the query names the graph."""
    traced = trace(Operation.parse(PROLOGUE + query))
    found = set()
    for text in traced.queries:
        solutions = store.query(text)
        assert isinstance(solutions, ox.QuerySolutions)
        for row in solutions:
            words = [row[traced.own + name] for name in "spo"]
            graph = row[traced.own + "g"] if len(list(solutions.variables)) == 4 else None
            short = " ".join(word.value.removeprefix("u:") for word in words)  # type: ignore[union-attr]
            found.add(short + (f" @{graph.value.removeprefix('u:')}" if graph else ""))  # type: ignore[union-attr]
    return found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * { ?s :name ?n }", {"a name A", "b name B"}),
        ("SELECT ?s { ?s :name ?n FILTER(?n > 'A') }", {"b name B"}),
        ("SELECT (COUNT(*) AS ?n) { ?s :in ?o ; :name [] }", {"a in b", "b in c", "a name A", "b name B"}),
        ("SELECT ?s { ?s :in ?o OPTIONAL { ?s :name ?n } }",
         {"a in b", "b in c", "c in d", "x in y", "a name A", "b name B"}),
        # The branch of :also holds nothing that the branch of :old does, and the other way round.
        ("SELECT ?s { { ?s :in ?o . ?s :name 'A' } UNION { ?s :in ?o . ?s :old true } }",
         {"a in b", "a name A", "c in d", "c old true"}),
        ("SELECT ?s { { ?s :in :b } UNION { ?s :in :c . ?s :no ?x } }", {"a in b"}),
        ("SELECT ?s { { :a :in :b } UNION { :b :in :c . :b :no :c } }", {"a in b"}),
        ("SELECT ?s { ?s :name ?n OPTIONAL { :c :old true . FILTER(?n = 'A') } } ",
         {"a name A", "b name B", "c old true"}),
        ("SELECT ?s { ?s :name ?n OPTIONAL { :c :old true . FILTER(?n = 'Z') } } ", {"a name A", "b name B"}),
        ("SELECT ?s { ?s :name ?n } ORDER BY ?n LIMIT 1", {"a name A"}),
        ("SELECT DISTINCT ?s FROM <u:d> { ?s :name ?n } ORDER BY DESC(?n) LIMIT 1", {"b name B"}),
        ("SELECT ?o (COUNT(?s) AS ?n) { ?s :in ?o } GROUP BY ?o HAVING (?o = :b)", {"a in b"}),
        ("SELECT * { ?s :name ?n } VALUES ?s { :b }", {"b name B"}),
        ("SELECT * { VALUES ?s { :b } ?s :name ?n }", {"b name B"}),
        ("ASK { :a :in ?o }", {"a in b"}),
        ("CONSTRUCT { ?o :holds ?s } WHERE { ?s :in ?o FILTER(?s = :x) }", {"x in y"}),
        ("CONSTRUCT WHERE { ?s :name 'A' }", {"a name A"}),
        ("CONSTRUCT { ?s :n ?n } { ?s :name ?n } ORDER BY ?n LIMIT 1", {"a name A"}),
        ("SELECT * { GRAPH ?g { ?s :says ?n } }", {"a says 1 @g1", "b says 2 @g2"}),
        ("SELECT * { GRAPH :g2 { ?s :says ?n . ?s :next ?t } ?t :name ?m }",
         {"b says 2 @g2", "b next a @g2", "a name A"}),
        ("SELECT * { GRAPH ?g { ?s ^:next/:says ?n } }", {"b next a @g2", "b says 2 @g2"}),
        ("SELECT * { :c ^:in ?s }", {"b in c"}),
        ("SELECT * { :a :in/:in ?s }", {"a in b", "b in c"}),
        ("SELECT * { :a :in|:also ?s }", {"a in b", "a also c"}),
        ("SELECT * { :a :in+ ?s }", {"a in b", "b in c", "c in d"}),
        ("SELECT * { :a :in* :c }", {"a in b", "b in c"}),
        ("SELECT * { :a (:in|:also)+ :c }", {"a in b", "b in c", "a also c"}),
        ("SELECT * { :a :in?/:name ?n }", {"a name A", "a in b", "b name B"}),
        ("SELECT * { :d (^:in)* ?s . ?s :name 'A' }", {"a in b", "b in c", "c in d", "a name A"}),
        ("SELECT * { :nobody :in* ?s }", set()),
        ("SELECT * { ?s ?p 'A' }", {"a name A"}),
        ("SELECT * { _:b :name 'A' ; :in _:c . _:c :name ?n }", {"a name A", "a in b", "b name B"}),
    ],
)  # fmt: skip
def test_what_took_part(store: ox.Store, query: str, expected: set[str]) -> None:
    if "FROM" in query:  # the dataset goes with the operation, not with its text
        assert "FROM" not in "".join(trace(Operation.parse(PROLOGUE + query)).queries)
    assert statements(store, query) == expected
    assert trace(Operation.parse(PROLOGUE + query)).untold == ()


@pytest.mark.parametrize(
    ("query", "expected", "untold"),
    [
        ("SELECT * { ?s :name ?n FILTER NOT EXISTS { ?s :also ?o } }", {"b name B"}, "is absent"),
        ("SELECT * { ?s :name ?n MINUS { ?s :also ?o } }", {"b name B"}, "is absent"),
        ("SELECT * { ?s :name ?n FILTER EXISTS { ?s :also ?o } }", {"a name A"}, "tested by EXISTS"),
        ("SELECT * { ?s :name ?n { SELECT ?s { ?s :also ?o } } }", {"a name A"}, "a subquery matched"),
    ],
)
def test_what_is_traced_in_part(store: ox.Store, query: str, expected: set[str], untold: str) -> None:
    assert statements(store, query) == expected
    (sentence,) = trace(Operation.parse(PROLOGUE + query)).untold
    assert untold in sentence


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("DESCRIBE :a", "What DESCRIBE gives is chosen by the store."),
        ("SELECT (NOW() AS ?t) { ?s ?p ?o }", "It may answer otherwise each time."),
        ("SELECT * { ?s !:name ?o }", "A path of all properties but some (!) is not traced."),
        ("SELECT *", "It has no pattern."),
        ("SELECT * { " + "?s ?p ?o . " * (MOST + 1) + "}", f"It has more than {MOST} triple patterns."),
    ],
)
def test_what_is_not_traced(query: str, reason: str) -> None:
    traced = trace(Operation.parse(PROLOGUE + query))
    assert traced.queries == ()
    assert traced.untold == (f"This query is not traced. {reason}",)


def test_its_own_names_are_nobody_elses() -> None:
    traced = trace(Operation.parse("SELECT * { ?kg_s ?kg_kg_x ?o }"))
    assert traced.own == "kg_kg_kg_"
    assert "(?kg_s AS ?kg_kg_kg_s)" in traced.queries[0]


def by_rows(store: ox.Store, query: str) -> dict[tuple[str, ...], set[str]]:
    """For each row of the answer, its values and what took part in it, both written short."""

    def short(term: object) -> str:
        return str(getattr(term, "value", "-")).removeprefix("u:")

    answer = store.query(PROLOGUE + query, use_default_graph_as_union=True)
    assert isinstance(answer, ox.QuerySolutions)
    columns = tuple(variable.value for variable in answer.variables)
    rows = [tuple(row) for row in answer]
    terms = [[str(term) if term else None for term in row] for row in rows]
    traced = trace(Operation.parse(PROLOGUE + query), Rows(columns, terms))
    assert traced.untold == ()
    found: dict[tuple[str, ...], set[str]] = {}
    for text in traced.queries:
        solutions = store.query(text, use_default_graph_as_union=True)
        assert isinstance(solutions, ox.QuerySolutions)
        named = {variable.value for variable in solutions.variables}
        for row in solutions:
            words = [row[traced.own + name] for name in "spog" if traced.own + name in named]
            if all(words):
                key = tuple(short(row[name]) for name in traced.keys)
                found.setdefault(key, set()).add(" ".join(map(short, words)))
    places = [columns.index(name) for name in traced.keys]
    keys = [tuple(short(row[place]) for place in places) for row in rows]
    return {tuple(map(short, row)): found.get(key, set()) for row, key in zip(rows, keys, strict=True)}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # Each row for itself.
        ("SELECT ?s ?n { ?s :name ?n }", {("a", "A"): {"a name A"}, ("b", "B"): {"b name B"}}),
        ("SELECT * { ?a :name ?n }", {("a", "A"): {"a name A"}, ("b", "B"): {"b name B"}}),
        # A row stands for all solutions that show its values.
        ("SELECT DISTINCT ?t { ?s :in ?o ; :name ?n BIND(1 AS ?t) }",
         {("1",): {"a in b", "a name A", "b in c", "b name B"}}),
        ("SELECT ?s { ?s :in|:also ?o FILTER(?s != :x) }",
         {("a",): {"a in b", "a also c"}, ("b",): {"b in c"}, ("c",): {"c in d"}}),
        # Unbound is a value of its own: the other rows of b and c are not taken for it.
        ("SELECT ?s ?n { ?s :in ?o OPTIONAL { ?s :name ?n } FILTER(?s != :x) }",
         {("a", "A"): {"a in b", "a name A"}, ("b", "B"): {"b in c", "b name B"}, ("c", "-"): {"c in d"}}),
        ("SELECT ?s ?n { { ?s :in ?o } UNION { ?s :name ?n } FILTER(?s IN (:a, :b)) }",
         {("a", "-"): {"a in b"}, ("b", "-"): {"b in c"}, ("a", "A"): {"a name A"},
          ("b", "B"): {"b name B"}}),
        # Cut answers, and what is computed.
        ("SELECT ?n { ?s :name ?n } ORDER BY DESC(?n) LIMIT 1", {("B",): {"b name B"}}),
        ("SELECT (LCASE(?n) AS ?low) ?s { ?s :name ?n }",
         {("a", "a"): {"a name A"}, ("b", "b"): {"b name B"}}),
        ("SELECT ?n { ?s :name ?n } VALUES ?s { :b }", {("B",): {"b name B"}}),
        # Groups.
        ("SELECT ?o (COUNT(?s) AS ?n) { ?s :in|:also ?o } GROUP BY ?o HAVING(COUNT(?s) > 1)",
         {("c", "2"): {"b in c", "a also c"}}),
        ("SELECT ?low (SAMPLE(?s) AS ?x) { ?s :name ?n } GROUP BY (LCASE(?n) AS ?low)",
         {("a", "a"): {"a name A"}, ("b", "b"): {"b name B"}}),
        ("SELECT (COUNT(*) AS ?n) { ?s :name ?m }", {("2",): {"a name A", "b name B"}}),
        # The graph of a row is that of its solutions.
        ("SELECT ?g ?n { GRAPH ?g { ?s :says ?n } }",
         {("g1", "1"): {"a says 1 g1"}, ("g2", "2"): {"b says 2 g2"}}),
        ("SELECT ?e { :a :in+ ?e }",
         {("b",): {"a in b"}, ("c",): {"a in b", "b in c"}, ("d",): {"a in b", "b in c", "c in d"}}),
    ],
)  # fmt: skip
def test_what_took_part_in_each_row(
    store: ox.Store, query: str, expected: dict[tuple[str, ...], set[str]]
) -> None:
    assert by_rows(store, query) == expected


def test_rows_are_asked_for_by_what_every_solution_binds() -> None:
    rows = Rows(("s", "n", "m"), [["<u:a>", '"A"', None], ["<u:a>", '"B"', '"C"']])
    query = "SELECT * { { ?s :p ?n } UNION { ?s :q ?m } OPTIONAL { ?s :r ?m } }"
    texts = trace(Operation.parse(PROLOGUE + query), rows).queries
    assert all("VALUES (?s) { (<u:a>) }" in text for text in texts)
    many = Rows(("s",), [[f"<u:{number}>"] for number in range(600)])
    assert len(trace(Operation.parse("SELECT ?s { ?s <u:p> ?o . ?o <u:q> 1 }"), many).queries) == 2 * 3


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT ?n (COUNT(*) AS ?c) { ?s :name ?n } GROUP BY ?s ?n",
         "Its rows are grouped by ?s, and do not show it."),
        ("ASK { ?s ?p ?o }", "Only the rows of SELECT are traced one by one."),
        ("DESCRIBE ?s { ?s :name ?n }", "What DESCRIBE gives is chosen by the store."),
    ],
)  # fmt: skip
def test_rows_that_are_not_traced(query: str, reason: str) -> None:
    traced = trace(Operation.parse(PROLOGUE + query), Rows(("n", "c"), []))
    assert traced.queries == ()
    assert traced.untold == (f"This query is not traced. {reason}",)


def test_what_is_tested_outside_the_pattern_is_said() -> None:
    query = "SELECT ?s (EXISTS { ?s :also ?o } AS ?e) { ?s :name ?n }"
    assert "tested by EXISTS" in trace(Operation.parse(PROLOGUE + query)).untold[0]
