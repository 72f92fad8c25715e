"""Addresses and files named anywhere but in a query: bodies of RDF, parameters, paths, fields of the head."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from listening import Files, Trap, clean
from target import Target
from wire import QUERY, UPDATE, compose, exchange

pytestmark = pytest.mark.slow


def elsewhere(target: Target, address: str) -> dict[str, bytes]:
    spot, key = quote(address, safe=""), target.key
    turtle = {"Content-Type": "text/turtle", **key}
    jsonld = {"Content-Type": "application/ld+json", **key}
    xml = {"Content-Type": "application/rdf+xml", **key}
    path = "/graphs?graph=urn:out"
    rdf = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    return {
        "default-graph-uri": compose("GET", f"/sparql?query=ASK%7B?s+?p+?o%7D&default-graph-uri={spot}"),
        "named-graph-uri": compose("GET", f"/sparql?query=ASK%7BGRAPH+?g%7B%7D%7D&named-graph-uri={spot}"),
        "using-graph-uri": compose(
            "POST",
            f"/update?using-graph-uri={spot}&using-named-graph-uri={spot}",
            {"Content-Type": UPDATE, **key},
            b"INSERT { <urn:out> ?p ?o } WHERE { ?s ?p ?o }",
        ),
        "USING": compose(
            "POST",
            "/update",
            {"Content-Type": UPDATE, **key},
            f"INSERT {{ <urn:out> ?p ?o }} USING <{address}> WHERE {{ ?s ?p ?o }}".encode(),
        ),
        "WITH": compose(
            "POST",
            "/update",
            {"Content-Type": UPDATE, **key},
            f"WITH <{address}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}".encode(),
        ),
        "COPY": compose(
            "POST",
            "/update",
            {"Content-Type": UPDATE, **key},
            f"COPY SILENT <{address}> TO <urn:out>".encode(),
        ),
        "a graph to read": compose("GET", f"/graphs?graph={spot}"),
        "a graph to read by its address": compose("GET", f"/graphs/{spot}"),
        "a query parameter too many": compose(
            "GET", f"/sparql?query=ASK%7B%7D&url={spot}&file={spot}&callback={spot}"
        ),
        "a context": compose(
            "PUT", path, jsonld, f'{{"@context":"{address}","@id":"urn:out","name":"x"}}'.encode()
        ),
        "a context among others": compose(
            "PUT", path, jsonld, f'{{"@context":[{{}},"{address}"],"@id":"urn:out","urn:p":1}}'.encode()
        ),
        "a context within": compose(
            "PUT",
            path,
            jsonld,
            f'{{"@context":{{"a":{{"@id":"urn:a","@context":"{address}"}}}},"a":{{"urn:p":1}}}}'.encode(),
        ),
        "an imported context": compose(
            "PUT", path, jsonld, f'{{"@context":{{"@version":1.1,"@import":"{address}"}},"urn:p":1}}'.encode()
        ),
        "a context by its link": compose(
            "PUT",
            path,
            {
                **jsonld,
                "Content-Type": "application/ld+json",
                "Link": f'<{address}>; rel="http://www.w3.org/ns/json-ld#context"',
            },
            b'{"@id":"urn:s","urn:p":1}',
        ),
        "a profile": compose(
            "PUT",
            path,
            {**jsonld, "Content-Type": f'application/ld+json;profile="{address}"'},
            b'{"@id":"urn:s","urn:p":1}',
        ),
        "an import": compose(
            "PUT",
            path,
            turtle,
            f"<urn:s> <http://www.w3.org/2002/07/owl#imports> <{address}> .".encode(),
        ),
        "a base": compose("PUT", path, turtle, f"@base <{address}> . <a> <b> <c> .".encode()),
        "a DTD": compose("PUT", path, xml, f'<!DOCTYPE r SYSTEM "{address}">{rdf}/>'.encode()),
        "a public DTD": compose("PUT", path, xml, f'<!DOCTYPE r PUBLIC "-//x" "{address}">{rdf}/>'.encode()),
        "an entity": compose(
            "PUT",
            path,
            xml,
            f'<!DOCTYPE r [<!ENTITY x SYSTEM "{address}">]>{rdf} xmlns:u="urn:u:">'
            '<rdf:Description rdf:about="urn:s"><u:p>&x;</u:p></rdf:Description></rdf:RDF>'.encode(),
        ),
        "a parameter entity": compose(
            "PUT", path, xml, f'<!DOCTYPE r [<!ENTITY % x SYSTEM "{address}">%x;]>{rdf}/>'.encode()
        ),
        "a style sheet": compose("PUT", path, xml, f'<?xml-stylesheet href="{address}"?>{rdf}/>'.encode()),
        "an inclusion": compose(
            "PUT",
            path,
            xml,
            f'{rdf} xmlns:u="urn:u:" xmlns:x="http://www.w3.org/2001/XInclude"><rdf:Description>'
            f'<u:p rdf:parseType="Literal"><x:include href="{address}"/></u:p></rdf:Description>'
            "</rdf:RDF>".encode(),
        ),
        "an absolute target": compose("GET", address),
        "an absolute target with a query": compose(
            "POST", f"{address}?query=ASK%7B%7D", {"Content-Type": QUERY}, b"ASK {}"
        ),
        "fields of proxies": compose(
            "GET",
            "/sparql?query=ASK%7B%7D",
            {
                "X-Forwarded-Host": address,
                "X-Original-URL": address,
                "Forwarded": f"host={address}",
                "Referer": address,
                "Origin": address,
                "Content-Location": address,
                "Destination": address,
            },
        ),
    }


PLACES = (
    "default-graph-uri",
    "named-graph-uri",
    "using-graph-uri",
    "USING",
    "WITH",
    "COPY",
    "a graph to read",
    "a graph to read by its address",
    "a query parameter too many",
    "a context",
    "a context among others",
    "a context within",
    "an imported context",
    "a context by its link",
    "a profile",
    "an import",
    "a base",
    "a DTD",
    "a public DTD",
    "an entity",
    "a parameter entity",
    "a style sheet",
    "an inclusion",
    "an absolute target",
    "an absolute target with a query",
    "fields of proxies",
)


@pytest.mark.parametrize("place", PLACES)
def test_other_places_for_addresses_lead_nowhere(
    target: Target, snare: Trap, files: Files, place: str
) -> None:
    for address in (
        f"http://127.0.0.1:{snare.port}/x",
        f"http://user@localhost:{snare.port}/x",
        f"file://{files.secret}",
        f"file://{files.pipe}",
        "file:///etc/passwd",
        "file:///dev/zero",
        str(files.secret),
    ):
        answer = clean(exchange(target.port, elsewhere(target, address)[place]))
        assert answer.status < 500, answer
        assert answer.seconds < 1, answer
        if answer.status >= 400:
            answer.refusal()
        found = clean(target.send("GET", "/graphs?graph=urn:out"))
        assert "urn:sprung" not in found.text
        target.send("DELETE", "/graphs?graph=urn:out", target.key)
    assert target.count("<urn:out> ?p ?o") == 0
    target.probe()


# The file that each path reaches for is a page of ours, of the system, or the secret.
CLIMBS = (
    "/../../../../../../etc/passwd",
    "/graphs/../../../../etc/passwd",
    "/graphs/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/graphs/..%2f..%2f..%2f..%2fetc%2fpasswd",
    "/graphs/%252e%252e%252fetc%252fpasswd",
    "/graphs/..%5c..%5cetc%5cpasswd",
    "/graphs/..%c0%af..%c0%afetc/passwd",
    "/graphs//etc/passwd",
    "/graphs/etc/passwd%00.ttl",
    "/graphs/file:///etc/passwd",
    "/graphs/./././.",
    "/graphs/%00",
    "/graphs/%ff%fe",
    "/graphs/" + "../" * 5000,
    "/graphs/SECRET",
    "/graphs/..SECRET",
    "/static/../../app.py",
    "/static/%2e%2e/%2e%2e/app.py",
    "/static/..%2f..%2fapp.py",
    "/static//SECRET",
    "/static/kg.css/../../../app.py",
    "/static/kg.css%2f..%2f..%2f..%2fapp.py",
    "/static/",
    "/.git/config",
    "/proc/self/environ",
)


@pytest.mark.parametrize("path", CLIMBS)
def test_paths_climb_nowhere(target: Target, files: Files, snare: Trap, path: str) -> None:
    path = path.replace("SECRET", str(files.secret))
    before = files.secret.stat().st_mtime_ns
    body = b"<urn:s> <urn:p> 1 ."
    typed = {"Content-Type": "text/turtle", **target.key}
    for answer in (
        target.send("GET", path),
        target.send("PUT", path, typed, body),
        target.send("POST", path, typed, body),
        target.send("DELETE", path, target.key),
    ):
        clean(answer)
        assert answer.status < 500, answer
        assert "import " not in answer.text
        assert target.token not in answer.text
    answer = target.send("GET", path)
    assert answer.status in (400, 404, 405, 414), answer
    answer.refusal()
    assert files.secret.stat().st_mtime_ns == before
    target.probe()
