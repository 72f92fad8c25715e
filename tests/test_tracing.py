"""Which statements an answer rests on, found in a small graph whose answers are plain to see."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kg.sparql import Operation
from kg.tracing import MOST, trace

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
