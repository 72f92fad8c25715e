"""Answers of other servers in the place of SERVICE clauses: terms, variables, and what cannot be read."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pyoxigraph as ox
import pytest

from kg.clauses import Solutions
from kg.errors import ServiceError
from kg.media import JSON
from kg.origins import ANYWHERE
from kg.results import Chunks
from kg.sparql import Operation
from kg.store.embedded import EmbeddedStore
from kg.store.inlined import inline

SERVICE = "SERVICE <http://a.example/s> { ?s ?p ?o }"


def with_answer(text: str, body: bytes | None, format: str = "json") -> Operation:
    operation = Operation.parse(text, origins=ANYWHERE)
    names = EmbeddedStore().variables(operation)
    found = None if body is None else Solutions(body, format)
    services = tuple(
        replace(service, variables=tuple(variables), found=found)
        for service, variables in zip(operation.services, names, strict=True)
    )
    return replace(operation, services=services)


def table(*rows: dict[str, Any], names: str = "spo") -> bytes:
    return json.dumps({"head": {"vars": list(names)}, "results": {"bindings": list(rows)}}).encode()


def asked(operation: Operation) -> list[dict[str, Any]]:
    sink = Chunks()
    EmbeddedStore().answer(operation, JSON, sink)
    found: list[dict[str, Any]] = json.loads(sink.whole())["results"]["bindings"]
    return found


def iri(value: str) -> dict[str, str]:
    return {"type": "uri", "value": value}


NODE = {"type": "bnode", "value": "b0"}


def test_terms_come_through() -> None:
    literals = [
        {"type": "literal", "value": 'a "b" \\ \n } { ?x'},
        {"type": "literal", "value": "Größe", "xml:lang": "de"},
        {"type": "literal", "value": "1.5", "datatype": "http://www.w3.org/2001/XMLSchema#decimal"},
        {"type": "literal", "value": "x", "datatype": "urn:x-connectivity-kg:other"},
    ]
    body = table(*({"s": iri("urn:s"), "o": item} for item in literals))
    assert [row["o"]["value"] for row in asked(with_answer(f"SELECT * {{ {SERVICE} }}", body))] == [
        'a "b" \\ \n } { ?x',
        "Größe",
        "1.5",
        "x",
    ]


def test_a_blank_node_is_one_within_its_answer_and_nobody_elses() -> None:
    body = table({"s": NODE, "o": iri("urn:o")}, {"s": iri("urn:s"), "o": NODE}, {"s": NODE, "o": NODE})
    text = f"SELECT * {{ {SERVICE} }}"
    first, second, third = asked(with_answer(text, body))
    assert first["s"] == second["o"] == third["s"] == third["o"]
    assert first["s"]["type"] == "bnode" and first["s"] != asked(with_answer(text, body))[0]["s"]
    joined = f"SELECT * {{ {SERVICE} {SERVICE.replace('/s>', '/t>')} FILTER(isBlank(?s)) }}"
    assert asked(with_answer(joined, body)) == []


def test_triples_with_blank_nodes_in_them() -> None:
    triple = {"type": "triple", "value": {"subject": NODE, "predicate": iri("urn:p"), "object": iri("urn:o")}}
    (row,) = asked(
        with_answer(f"SELECT * {{ {SERVICE} FILTER(isTRIPLE(?o)) }}", table({"s": NODE, "o": triple}))
    )
    assert row["o"]["value"]["subject"] == row["s"]


def test_a_table_is_joined_where_its_clause_stands() -> None:
    body = table({"s": iri("urn:b"), "o": iri("urn:x")})
    values = "VALUES ?s { <urn:a> <urn:b> }"
    for text, rows in (
        (f"SELECT * {{ {values} {SERVICE} }}", 1),
        (f"SELECT * {{ {values} OPTIONAL {{ {SERVICE} }} }}", 2),
        (f"SELECT * {{ {values} MINUS {{ {SERVICE} }} }}", 1),
        (f"SELECT * {{ {values} FILTER NOT EXISTS {{ {SERVICE} }} }}", 1),
        (f"SELECT * {{ {values} {{ {SERVICE} }} UNION {{ {SERVICE} }} }}", 2),
        (f"SELECT ?s {{ {{ SELECT ?s {{ {SERVICE} }} }} {values} }}", 1),
    ):
        assert len(asked(with_answer(text, body))) == rows, text


def test_variables_are_those_of_the_clause() -> None:
    text = f"SELECT * {{ {SERVICE} }}"
    for body in (None, table(names="s"), table(names="sz")):
        sink = Chunks()
        EmbeddedStore().answer(with_answer(text.replace("SERVICE", "SERVICE SILENT"), body), JSON, sink)
        names = json.loads(sink.whole())["head"]["vars"]
        assert set(names) == ({"s", "p", "o"} if body is None else {"s"})
    assert asked(
        with_answer("SELECT * { SERVICE <http://a.example/s> { <urn:a> <urn:b> 1 } }", table({}, names=""))
    ) == [{}]


def test_no_name_is_used_twice() -> None:
    clause = "SERVICE <http://a.example/s> { ?_ ?__ ?___0 }"
    body = json.dumps(
        {"head": {"vars": ["_", "__", "___0"]}, "results": {"bindings": [{"_": NODE, "___0": iri("urn:x")}]}}
    ).encode()
    (row,) = asked(with_answer(f"SELECT * {{ {clause} }}", body))
    assert row["_"]["type"] == "bnode" and row["___0"] == iri("urn:x")


GARBAGE = {
    "nothing": b"",
    "no JSON": b"<html>",
    "an end in the middle": table({"s": iri("urn:s")})[:-10],
    "a boolean": b'{"head":{},"boolean":true}',
    "bytes": bytes(range(256)),
    "an IRI that is none": table({"s": iri("urn:s> } # ")}),
    "nesting": b"[" * 5000,
    "other results": b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":7}]}}',
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_cannot_be_read_is_told_or_passed_over_in_silence(body: bytes) -> None:
    with pytest.raises(ServiceError, match=r"service at http://a\.example cannot be read") as raised:
        inline(with_answer(f"SELECT * {{ {SERVICE} }}", body))
    assert len(str(raised.value)) < 500
    assert asked(with_answer(f"SELECT * {{ {SERVICE.replace('SERVICE', 'SERVICE SILENT')} }}", body)) == [{}]


def test_xml_is_read_too() -> None:
    body = (
        b'<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#">'
        b'<head><variable name="s"/></head><results><result><binding name="s"><uri>urn:z</uri></binding>'
        b"</result></results></sparql>"
    )
    assert asked(with_answer(f"SELECT * {{ {SERVICE} }}", body, "xml")) == [{"s": iri("urn:z")}]
    bomb = body.replace(b"<sparql", b'<!DOCTYPE x [<!ENTITY e "urn:file">]><sparql').replace(b"urn:z", b"&e;")
    assert isinstance(ox.parse_query_results(body, ox.QueryResultsFormat.XML), ox.QuerySolutions)
    with pytest.raises(ServiceError):
        inline(with_answer(f"SELECT * {{ {SERVICE} }}", bomb, "xml"))
