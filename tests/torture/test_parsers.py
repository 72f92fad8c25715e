"""Bodies of RDF that blow up, nest without end, lie about themselves or break off: refused whole."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from target import FULL, Peak, Target
from wire import Answer

pytestmark = pytest.mark.slow

GRAPH = "urn:hit"
TURTLE, NT, NQ, TRIG = "text/turtle", "application/n-triples", "application/n-quads", "application/trig"
XML, JSONLD, N3 = "application/rdf+xml", "application/ld+json", "text/n3"
RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:u="urn:u:"'


def entities(levels: int, width: int) -> bytes:
    lines = [f'<!ENTITY e0 "{"ha" * 10}">']
    lines += [f'<!ENTITY e{n} "{f"&e{n - 1};" * width}">' for n in range(1, levels)]
    return (
        f'<?xml version="1.0"?><!DOCTYPE r [{"".join(lines)}]><rdf:RDF {RDF}>'
        f'<rdf:Description rdf:about="urn:s"><u:p>&e{levels - 1};</u:p></rdf:Description></rdf:RDF>'
    ).encode()


def with_doctype(doctype: str, text: str = "1") -> bytes:
    return (
        f'<?xml version="1.0"?>{doctype}<rdf:RDF {RDF}>'
        f'<rdf:Description rdf:about="urn:s"><u:p>{text}</u:p></rdf:Description></rdf:RDF>'
    ).encode()


DOCTYPES: dict[str, bytes] = {
    "a billion laughs": entities(10, 10),
    "laughs without end": entities(40, 2),
    "one long entity many times": with_doctype(
        f'<!DOCTYPE r [<!ENTITY a "{"a" * 50_000}">]>', "&a;" * 50_000
    ),
    "an entity of itself": with_doctype('<!DOCTYPE r [<!ENTITY a "&b;"><!ENTITY b "&a;">]>', "&a;"),
    "an entity of a parameter": with_doctype("<!DOCTYPE r [<!ENTITY % a '<!ENTITY b \"c\">'>%a;]>", "&b;"),
    "a small honest one": with_doctype('<!DOCTYPE r [<!ENTITY a "urn:">]>', "&a;"),
    "a doctype without entities": with_doctype("<!DOCTYPE rdf:RDF>"),
    "a doctype in UTF-16": with_doctype("<!DOCTYPE rdf:RDF>").decode().encode("utf-16"),
    "a doctype after a long comment": with_doctype(f"<!--{'-=' * 200_000}--><!DOCTYPE rdf:RDF>"),
}


@pytest.mark.parametrize("body", DOCTYPES.values(), ids=DOCTYPES.keys())
def test_a_doctype_is_refused(target: Target, body: bytes) -> None:
    with Peak(target.pid) as peak:
        answer = target.put(body, XML, GRAPH)
    detail = answer.problem(400, "rdf")
    assert "DOCTYPE" in detail or body[:2] in (b"\xff\xfe", b"\xfe\xff"), detail
    assert answer.seconds < 2, answer
    assert peak.growth < 50_000_000, f"{peak.growth:,} bytes more for a body of {len(body):,}"
    assert target.send("GET", f"/graphs?graph={GRAPH}").status == 404


def nested_json(opening: str, middle: str, closing: str) -> Callable[[int], bytes]:
    return lambda n: (opening * n + middle + closing * n).encode()


NESTED: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "Turtle, collections": (TURTLE, lambda n: f"<urn:s> <urn:p> {'(' * n}{')' * n} .".encode()),
    "Turtle, blank nodes": (TURTLE, lambda n: f"<urn:s> <urn:p> {'[<urn:p>' * n} 1 {']' * n} .".encode()),
    "Turtle, triple terms": (
        TURTLE,
        lambda n: f"<urn:s> <urn:p> {'<<(<urn:s><urn:p>' * n} 1 {')>>' * n} .".encode(),
    ),
    "Turtle, reified": (TURTLE, lambda n: f"{'<<' * n}<urn:s><urn:p>1{'>><urn:p>1' * n} .".encode()),
    "Turtle, annotations": (
        TURTLE,
        lambda n: f"<urn:s> <urn:p> 1 {'{|<urn:p> 1 ' * n}{'|}' * n} .".encode(),
    ),
    "TriG, collections": (TRIG, lambda n: f"{{ <urn:s> <urn:p> {'(' * n}{')' * n} }}".encode()),
    "N-Triples, triple terms": (
        NT,
        lambda n: f"<urn:s> <urn:p> {'<<( <urn:s> <urn:p> ' * n}<urn:o>{' )>>' * n} .\n".encode(),
    ),
    "N-Quads, triple terms": (
        NQ,
        lambda n: f"<urn:s> <urn:p> {'<<( <urn:s> <urn:p> ' * n}<urn:o>{' )>>' * n} .\n".encode(),
    ),
    "RDF/XML": (
        XML,
        lambda n: (
            f"<rdf:RDF {RDF}>{'<rdf:Description><u:p>' * n}{'</u:p></rdf:Description>' * n}</rdf:RDF>"
        ).encode(),
    ),
    "RDF/XML, a literal of XML": (
        XML,
        lambda n: (
            f'<rdf:RDF {RDF}><rdf:Description><u:p rdf:parseType="Literal">{"<b>" * n}{"</b>" * n}'
            "</u:p></rdf:Description></rdf:RDF>"
        ).encode(),
    ),
    "JSON-LD, objects": (JSONLD, nested_json('{"urn:p":', '"1"', "}")),
    "JSON-LD, arrays": (JSONLD, nested_json("[", "", "]")),
    "JSON-LD, lists": (JSONLD, nested_json('{"urn:p":{"@list":[', '"1"', "]}}")),
    "JSON-LD, graphs": (JSONLD, nested_json('{"@id":"urn:a","@graph":[', '{"urn:p":1}', "]}")),
    "JSON-LD, contexts": (JSONLD, nested_json('{"@context":{"a":"urn:a"},"a":', '"1"', "}")),
    "JSON-LD, context in context": (
        JSONLD,
        lambda n: (
            '{"@context":' + '{"a":{"@id":"urn:a","@context":' * n + "{}" + "}}" * n + ',"a":1}'
        ).encode(),
    ),
    "JSON-LD, arrays of contexts": (
        JSONLD,
        lambda n: ('{"@context":' + "[" * n + "{}" + "]" * n + ',"urn:p":1}').encode(),
    ),
    "JSON-LD, never closed": (JSONLD, nested_json('{"urn:p":[', "", "")),
    "JSON-LD, a JSON literal": (
        JSONLD,
        lambda n: ('{"urn:p":{"@type":"@json","@value":' + "[" * n + "]" * n + "}}").encode(),
    ),
}

DATASETS = (NQ, TRIG)
"""Formats of whole datasets, which a single graph need not take."""


def refused(answer: Answer, media_type: str) -> None:
    if answer.status == 415 and media_type in DATASETS:
        answer.problem(415, "unsupported-media")
    else:
        answer.problem(400, "rdf")


DEPTHS = (150, 1_000, 10_000, 100_000, 1_000_000) if FULL else (1_000, 100_000)
BODY = 32_000_000


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize(("media_type", "body"), NESTED.values(), ids=NESTED.keys())
def test_deep_bodies_are_refused(
    target: Target, media_type: str, body: Callable[[int], bytes], depth: int
) -> None:
    data = body(depth)
    answer = target.put(data, media_type, GRAPH)
    if len(data) > BODY:
        answer.problem(413, "too-large")
    else:
        refused(answer, media_type)
    assert target.send("GET", f"/graphs?graph={GRAPH}").status == 404


@pytest.mark.parametrize(("media_type", "body"), NESTED.values(), ids=NESTED.keys())
def test_bodies_of_some_depth_are_taken(
    target: Target, media_type: str, body: Callable[[int], bytes]
) -> None:
    answer = target.put(body(5), media_type, GRAPH)
    if answer.status not in (200, 201, 204):
        refused(answer, media_type)
    target.send("DELETE", f"/graphs?graph={GRAPH}", target.key)


GOOD = b"".join(b"<urn:s> <urn:p> <urn:o:%d> .\n" % n for n in range(1000))

FAULTY: dict[str, tuple[str, bytes]] = {
    "not UTF-8": (TURTLE, GOOD + b"<urn:s> <urn:p> '\xff' ."),
    "a lone surrogate as bytes": (TURTLE, GOOD + b"<urn:s> <urn:p> '\xed\xa0\x80' ."),
    "a lone surrogate, escaped": (NT, GOOD + b'<urn:s> <urn:p> "\\uD800" .'),
    "beyond Unicode, escaped": (NT, GOOD + b'<urn:s> <urn:p> "\\U00110000" .'),
    "a lone surrogate in JSON": (JSONLD, b'{"@id":"urn:s","urn:p":"\\ud800"}'),
    "NUL in an IRI": (NT, GOOD + b"<urn:s\0> <urn:p> <urn:o> ."),
    "NUL between triples": (NT, GOOD + b"\0<urn:s> <urn:p> <urn:o> ."),
    "a bad percent escape and a space": (NT, GOOD + b"<urn:s %zz> <urn:p> <urn:o> ."),
    "a string without an end": (TURTLE, GOOD + b"<urn:s> <urn:p> '''a" + b"a" * 1_000_000),
    "an IRI without an end": (TURTLE, GOOD + b"<urn:s" + b"a" * 1_000_000),
    "triples that break off": (TURTLE, GOOD + b"<urn:s> <urn:p>"),
    "a prefix nobody declared": (TURTLE, GOOD + b"a:b a:c a:d ."),
    "a relative IRI in N-Triples": (NT, GOOD + b"<s> <p> <o> ."),
    "N-Quads for another graph": (NQ, GOOD + b"<urn:s> <urn:p> <urn:o> <urn:other> ."),
    "TriG for another graph": (TRIG, GOOD + b"<urn:other> { <urn:s> <urn:p> <urn:o> }"),
    "JSON that breaks off": (JSONLD, b'[{"@id":"urn:s","urn:p":"1"},{"@id":'),
    "JSON that is a number": (JSONLD, b"1e400"),
    "JSON-LD with a broken context": (JSONLD, b'{"@context":{"@vocab":{}},"a":1}'),
    "JSON-LD of a context of itself": (JSONLD, b'{"@context":{"a":"b:c","b":"a:c"},"a":1}'),
    "JSON-LD of bad keywords": (JSONLD, b'{"@id":[],"@type":{},"@graph":1,"@reverse":2}'),
    "XML that breaks off": (XML, with_doctype("")[:-20]),
    "XML of undeclared entities": (XML, with_doctype("", "&nope;")),
    "XML of undeclared prefixes": (XML, b"<a:b xmlns='x'/>"),
    "XML in an encoding nobody knows": (XML, b"<?xml version='1.0' encoding='x-evil'?><a/>"),
    "XML of bad characters": (XML, with_doctype("", "&#0;&#xD800;")),
    "Turtle called RDF/XML": (XML, GOOD),
    "a form without an end": ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: text/turtle\r\n\r\n"),
    "a form with a very long boundary": (f"multipart/form-data; boundary={'x' * 1000}", b"--x--\r\n"),
    "a form without a boundary": ("multipart/form-data", b"--x\r\n\r\n"),
    "XML called Turtle": (TURTLE, with_doctype("")),
}


@pytest.mark.parametrize(("media_type", "body"), FAULTY.values(), ids=FAULTY.keys())
def test_a_faulty_body_leaves_nothing(target: Target, media_type: str, body: bytes) -> None:
    answer = target.put(body, media_type, GRAPH)
    if answer.status in (200, 201, 204):  # lenient, which only documents of other graphs may meet
        assert media_type in (*DATASETS, JSONLD), answer
        target.send("DELETE", f"/graphs?graph={GRAPH}", target.key)
        assert target.count("GRAPH <urn:other> { ?s ?p ?o }") == 0
        return
    refused(answer, media_type)
    assert target.send("GET", f"/graphs?graph={GRAPH}").status == 404
    assert target.count("GRAPH <urn:other> { ?s ?p ?o }") == 0


@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_faulty_body_spares_what_was_there(target: Target, method: str) -> None:
    assert target.put(GOOD, NT, GRAPH).status in (200, 201, 204)
    bad = GOOD.replace(b"urn:o", b"urn:new") + b"<urn:s> <urn:p> ."
    headers = {"Content-Type": NT, **target.key}
    target.send(method, f"/graphs?graph={GRAPH}", headers, bad).problem(400, "rdf")
    assert target.count(f"GRAPH <{GRAPH}> {{ ?s ?p ?o }}") == 1000
    assert target.count(f"GRAPH <{GRAPH}> {{ ?s ?p ?o FILTER STRSTARTS(STR(?o), 'urn:new') }}") == 0
    target.send("DELETE", f"/graphs?graph={GRAPH}", target.key)


LARGE: dict[str, tuple[str, bytes]] = {
    "a literal of 20 MB": (NT, b'<urn:s> <urn:p> "' + b"a" * 20_000_000 + b'" .\n'),
    "an IRI of 20 MB": (NT, b"<urn:s> <urn:p> <urn:" + b"a" * 20_000_000 + b"> .\n"),
    "a prefix that multiplies": (
        TURTLE,
        b"@prefix a: <urn:"
        + b"a" * 1_000_000
        + b"> . "
        + b" ".join(b"a:%d a:p a:o ." % n for n in range(900)),
    ),
    "a base that multiplies": (
        TURTLE,
        b"@base <http://x/"
        + b"a/" * 500_000
        + b"> . "
        + b" ".join(b"<%d> <p> <o> ." % n for n in range(900)),
    ),
    "a vocabulary that multiplies": (
        JSONLD,
        json.dumps(
            {"@context": {"@vocab": f"urn:{'a' * 1_000_000}"}, **{f"k{n}": n for n in range(900)}}
        ).encode(),
    ),
    "a million blank nodes": (TURTLE, b"[] <urn:p> [] . " * 1_000_000),
    "numbers of a million digits": (TURTLE, b"<urn:s> <urn:p> " + b"9" * 1_000_000 + b" ."),
    "a hundred thousand prefixes": (
        TURTLE,
        b"".join(b"@prefix p%d: <urn:%d> .\n" % (n, n) for n in range(100_000)),
    ),
}


def ended(answer: Answer) -> None:
    assert (
        answer.outcome in ("201", "204", "rdf", "memory", "timeout", "too-large") or answer.status == 200
    ), answer
    if answer.status >= 400:
        answer.refusal()


@pytest.mark.parametrize(("media_type", "body"), LARGE.values(), ids=LARGE.keys())
def test_what_grows_as_it_is_read_is_bounded(target: Target, media_type: str, body: bytes) -> None:
    with Peak(target.pid) as peak:
        answer = target.put(body, media_type, GRAPH)
        ended(answer)
        assert answer.seconds < target.limit + 4, answer
        target.probe()
        assert target.send("DELETE", f"/graphs?graph={GRAPH}", target.key).status in (200, 204, 404)
    assert peak.growth < 4 * 256_000_000, f"{peak.growth:,} bytes more for a body of {len(body):,}"
