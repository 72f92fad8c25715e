"""The process that judges: what it reports, which nodes it judges amid the content, what it refuses."""

from __future__ import annotations

import io
import json
import pickle
import socket
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib

from kg.content import Content
from kg.errors import RdfError
from kg.store import Capacity
from kg.store.frames import DATA, END, FAULT, frame, receive
from kg.validate.checker import Checker
from kg.validate.judge import Judge, aim, judge, sought
from kg.validate.shacl import graph_of
from kg.validate.submission import Job, Shapes

HEAD = """\
@prefix ex: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
"""
OWN = HEAD + (
    "ex:S a sh:NodeShape ; sh:targetClass ex:Person ; sh:property [ sh:path ex:knows ; sh:class ex:Person ] ;"
    ' sh:property [ sh:path ex:name ; sh:minCount 1 ; sh:message "A name." ] .'
)
CONTENT = (
    HEAD + 'ex:Child rdfs:subClassOf ex:Person . ex:ann a ex:Person ; ex:name "Ann" . ex:bad a ex:Person .'
)
EXAMPLE = "https://example.org/"


def triples(text: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(text, ox.RdfFormat.TURTLE)]


def lines(text: str) -> bytes:
    return ox.serialize(triples(text), format=ox.RdfFormat.N_TRIPLES) or b""


def job(text: str, format: str = "json") -> Job:
    return Job(
        (HEAD + text).encode(), "text/turtle", "urn:x:", format, None, 5, 10**7, "identity", always=False
    )


def answer(text: str, format: str = "json") -> bytes:
    trade, sink = Judge(), io.BytesIO()
    trade.load(io.BytesIO(pickle.dumps(Shapes(lines(OWN), lines(CONTENT), {"ex": EXAMPLE}))))
    trade.answer(job(text, format), sink)
    return sink.getvalue()


def faults(text: str) -> list[tuple[str, str]]:
    return [
        (result["thing_iri"].removeprefix(EXAMPLE), result["message"])
        for result in json.loads(answer(text))["results"]
    ]


def test_what_is_sent_is_judged_amid_the_content() -> None:
    assert faults('ex:bob a ex:Child ; ex:name "Bob" ; ex:knows ex:ann .') == []
    assert faults("ex:bob a ex:Child ; ex:knows ex:ann .") == [("bob", "A name.")]
    assert [thing for thing, _ in faults('ex:bob a ex:Child ; ex:name "Bob" ; ex:knows ex:nobody .')] == [
        "bob"
    ]


def test_the_content_itself_is_not_judged() -> None:
    assert faults("ex:other ex:knows ex:bad .") == []
    assert faults("ex:bad ex:knows ex:ann .") == [("bad", "A name.")]


def test_what_is_said_anew_takes_the_place_of_what_was() -> None:
    assert faults("ex:ann a ex:Animal .") == []
    assert faults("ex:ann ex:knows ex:ann .") == []


def test_the_report_as_rdf() -> None:
    report = rdflib.Graph().parse(data=answer("ex:bob a ex:Child .", "ttl"), format="turtle")
    (node,) = report.subjects(rdflib.RDF.type, rdflib.SH.ValidationReport)
    assert report.value(node, rdflib.SH.conforms) == rdflib.Literal(False)
    (result,) = report.objects(node, rdflib.SH.result)
    assert report.value(result, rdflib.SH.focusNode) == rdflib.URIRef(EXAMPLE + "bob")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("sh:targetNode ex:a, ex:nowhere", {"a"}),
        ("sh:targetClass ex:C", {"a", "b"}),
        ("sh:targetSubjectsOf ex:p", {"a"}),
        ("sh:targetObjectsOf ex:p", {"b"}),
        ("a rdfs:Class", set()),
    ],
)
def test_targets(target: str, expected: set[str]) -> None:
    data = graph_of(triples(HEAD + "ex:a a ex:C ; ex:p ex:b . ex:b a ex:D . ex:D rdfs:subClassOf ex:C ."))
    shapes = graph_of(triples(HEAD + f"ex:S a sh:NodeShape ; {target} ."))
    found = sought(shapes, data, data)
    assert {str(node).removeprefix(EXAMPLE) for node in found} == expected
    assert aim(shapes, data, data) == len(expected)
    assert set(shapes.objects(None, rdflib.SH.targetNode)) == found
    assert not list(shapes.objects(None, rdflib.SH.targetClass))


def test_a_class_that_is_a_shape_aims_at_its_things() -> None:
    data = graph_of(triples(HEAD + "ex:a a ex:C ."))
    shapes = graph_of(
        triples(HEAD + "ex:C a sh:NodeShape, rdfs:Class ; sh:property [ sh:path ex:p ; sh:minCount 1 ] .")
    )
    assert aim(shapes, data, data) == 1
    assert len(list(judge(data, shapes).objects(None, rdflib.SH.result))) == 1


def test_aiming_changes_no_verdict(whole_content: Content) -> None:
    own = Checker(Capacity(), whole_content)._shapes()
    trade = Judge()
    trade.load(io.BytesIO(pickle.dumps(own)))
    folder = Path(__file__).resolve().parents[1] / "shapes"
    for name, conforms in (
        ("valid/initiative.ttl", True),
        ("invalid/InitiativeShape-no-english-name.ttl", False),
    ):
        sink = io.BytesIO()
        body = (folder / name).read_bytes()
        trade.answer(Job(body, "text/turtle", "urn:x:", "json", None, 5, 10**7, "", always=False), sink)
        assert json.loads(sink.getvalue())["conforms"] is conforms
        trade.load(io.BytesIO(pickle.dumps(own)))


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        (
            "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:property ex:S, ex:T . ex:T sh:path _:a .",
            "cannot be used",
        ),
        ("ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:and 1 .", "cannot be used"),
        (
            "ex:S a sh:NodeShape ; sh:targetNode ex:a ; sh:not " + "[ sh:not " * 40 + "[]" + "]" * 40 + " .",
            "Shapes lead to shapes too many times over.",
        ),
    ],
)
def test_shapes_that_cannot_be_used(shapes: str, words: str) -> None:
    with pytest.raises(RdfError, match=words) as caught:
        judge(graph_of(triples(HEAD + "ex:a ex:p 1 .")), graph_of(triples(HEAD + shapes)))
    assert "site-packages" not in str(caught.value)


@pytest.mark.parametrize("text", ["ex:bob a ex:Child .", "ex:bob a"])
def test_one_job_on_the_channel(text: str) -> None:
    ours, theirs = socket.socketpair()
    trade = Judge()
    trade.load(io.BytesIO(pickle.dumps(Shapes(lines(OWN), b"", {}))))
    with ours, theirs:
        ours.sendall(frame(b"J", pickle.dumps(job(text, "txt"))))
        trade.work(theirs)
        theirs.shutdown(socket.SHUT_WR)
        kinds = []
        while found := receive(ours):
            kinds.append(found[0])
    assert kinds == ([FAULT] if text.endswith(" a") else [b"H", DATA, END])
