"""SERVICE clauses: what is found of them, what is sent, what is refused."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kg.clauses import Service
from kg.errors import Forbidden, QueryError, QueryLimit
from kg.origins import Origins
from kg.sparql import Operation

ORIGINS = Origins.parse("http://a.example,http://127.0.0.1:*")


def parse(text: str) -> Operation:
    return Operation.parse(text, base="http://a.example/here/", origins=ORIGINS)


def only(text: str) -> Service:
    (found,) = parse(text).services
    return found


def test_the_query_of_a_clause_is_the_pattern_with_its_prefixes() -> None:
    found = only(
        "PREFIX p: <http://p.example/> PREFIX q: <http://q.example/#>\n"
        "SELECT * { ?s p:x ?o SERVICE <http://a.example/s> { ?s q:y <rel> # with a comment }\n ; p:z '}' } }"
    )
    assert found.query.startswith(
        "PREFIX p: <http://p.example/>\nPREFIX q: <http://q.example/#>\nSELECT * WHERE {"
    )
    assert "<http://a.example/here/rel>" in found.query and "comment" not in found.query
    assert found.address and found.address.origin == "http://a.example"
    ox.Store().query(found.query)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("SELECT * { SERVICE <http://a.example/s> {} }", "/s"),
        ("SELECT*{SERVICE<http://a.example/s>{}}", "/s"),
        ("select * { service silent <http://a.example/s> { ?s ?p ?o } }", "/s"),
        ("PREFIX e: <http://a.example/> SELECT * { SERVICE e:s { ?s ?p ?o } }", "/s"),
        (
            "PREFIX my: <http://a.example/SERVICE/> SELECT * { SERVICE my:service { ?s ?p ?o } }",
            "/SERVICE/service",
        ),
        ("SELECT * { SERVICE <s> { ?s ?p ?o } }", "/here/s"),
        ("BASE <http://127.0.0.1:9/> SELECT * { SERVICE <s> { ?s ?p ?o } }", "/s"),
        ("SELECT * { SERVICE # <http://b.example/> {\n <http://a.example/s> { ?s ?p ?o } }", "/s"),
        ("SELECT * { { SELECT * { SERVICE <http://a.example/s> { ?s ?p ?o } } } }", "/s"),
        ("ASK { FILTER EXISTS { SERVICE <http://a.example/s> { ?s ?p ?o } } }", "/s"),
        ("SELECT * { SERVICE <http://\\u0061.example/s> { ?s ?p 'a\\u0062' } }", "/s"),
        ("SELECT * { SERVICE <http://a.example/s#x> { ?s <urn:it's#> ?o } }", "/s"),
    ],
)
def test_addresses_are_resolved(text: str, target: str) -> None:
    operation = parse(text)
    (found,) = operation.services
    assert found.address and found.address.target == target
    assert operation.volatile
    assert (
        operation.text[found.start :].upper().startswith("SERVICE") and operation.text[found.end - 1] == "}"
    )
    assert len(operation.plain) == len(operation.text) and "SERVICE " not in operation.plain.upper()
    ox.Store().query(operation.plain, base_iri="http://a.example/here/")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://b.example/> { ?s ?p ?o } }",
        "SELECT * { SERVICE <https://a.example/> { ?s ?p ?o } }",
        "SELECT * { SERVICE <http://user@a.example/> { ?s ?p ?o } }",
        "SELECT * { SERVICE <http://2130706433/> { ?s ?p ?o } }",
        "SELECT * { SERVICE <http://localhost/> { ?s ?p ?o } }",
        "SELECT * { SERVICE <http://a.example/> { SERVICE <http://b.example/> { ?s ?p ?o } } }",
        "SELECT * { SERVICE <http://a.example/> { SERVICE ?where { ?s ?p ?o } } }",
        "SELECT * { SERVICE ?where { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o LATERAL { SERVICE <http://a.example/> { ?s ?q ?r } } }",
        "SELECT * { SERVICE SILENT ?where { ?s ?p ?o } }",
        "SELECT * { SERVICESILENT <http://a.example/> { ?s ?p ?o } }",
        "PREFIX a: <http://a.example/> SELECT * { SERVICEa:x { ?s ?p ?o } }",
        "SELECT * { SERVICE }",
        "SELECT * { SERVICE <http://a.example/> ?x }",
        "SELECT * { SERVICE",
        "SELECT * { \\u0053ERVICE <http://a.example/> { ?s ?p ?o } }",
        "SELECT * { SERVICE <http://a.example/> \\u007B ?s ?p ?o } }",
        "SELECT * { SERVICE <http://a.example/> { ?s ?p ?o } \\u0053ERVICE <http://b.example/> {} }",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(Forbidden, match=r"(?i)service"):
        parse(text)


def test_an_unknown_prefix_and_a_missing_bracket_are_told() -> None:
    with pytest.raises(QueryError, match="no address") as raised:
        parse("SELECT * { SERVICE a:b { ?s ?p ?o } }")
    assert (raised.value.line, raised.value.column) == (1, 12)
    with pytest.raises(QueryError, match="not closed"):
        parse("SELECT * { SERVICE <http://a.example/> { ?s ?p ?o ")


def test_silent_clauses_off_the_list_fail() -> None:
    assert only("SELECT * { SERVICE SILENT <http://b.example/> { ?s ?p ?o } }").address is None
    assert only("SELECT * { SERVICE SILENT <urn:b> { ?s ?p ?o } }").address is None
    found = only(
        "SELECT * { SERVICE <http://a.example/> { ?s ?p ?o OPTIONAL { SERVICE SILENT <http://b.example/> "
        "{ ?o ?q ?z } } SERVICE SILENT <http://b.example/> { <urn:a> <urn:b> 1 } } }"
    )
    assert "b.example" not in found.query
    assert "{ VALUES (?o ?q ?z) { (UNDEF UNDEF UNDEF) } }" in found.query
    ox.Store().query(found.query)


def test_clauses_within_others_go_out_as_they_are() -> None:
    text = "SELECT * { SERVICE <http://a.example/> { ?s ?p ?o SERVICE <http://127.0.0.1:9/x> { ?o ?q ?z } } }"
    assert "SERVICE <http://127.0.0.1:9/x> { ?o ?q ?z }" in only(text).query
    assert len(parse(text.replace("?s ?p ?o", "} SERVICE <http://a.example/2> {")).services) == 2


def test_there_is_a_most() -> None:
    clause = "SERVICE <http://a.example/> { ?s ?p ?o } "
    assert len(parse(f"SELECT * {{ {clause * 50} }}").services) == 50
    with pytest.raises(QueryLimit, match="services"):
        parse(f"SELECT * {{ {clause * 51} }}")


def test_strings_and_comments_are_no_clauses() -> None:
    text = "SELECT * { ?s ?p 'SERVICE <http://b.example/> {}' } # SERVICE <http://b.example/> {}"
    assert parse(text).services == ()
    assert not parse(text).volatile
