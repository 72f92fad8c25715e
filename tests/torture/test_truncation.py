"""An answer that fails after it began breaks off so that every client sees it; a whole one is whole."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import time
import urllib.request
import zlib
from urllib.parse import quote
from xml.etree import ElementTree

import httpx
import pytest
from target import ENDLESS, FULL, PRODUCT, Target
from wire import QUERY, Answer, compose, converse, dial, exchange, parse

pytestmark = pytest.mark.slow

ENVIRON = {"KG_RESULT_LIMIT": "8MB", "KG_QUERY_TIMEOUT": "0.8"}

ROWS = 40_000
VALUES = f"{{ VALUES ?w {{ {' '.join(str(n) for n in range(ROWS))} }} }}"
BEGINNING = "{ ?a <urn:p:n> ?w . ?b <urn:p:n> ?x }"
"""90,000 solutions at once: more than is kept back before an answer begins."""

NEVER = f"{PRODUCT} FILTER(?w + ?x + ?y + ?z < 0)"
DOUBLED = f"BIND('{'a' * 1000}' AS ?v0) " + " ".join(
    f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(30)
)

FAILING: dict[str, str] = {
    "at its time limit": f"SELECT ?w ?x ?a {{ {BEGINNING} UNION {{ {NEVER} }} }}",
    "at its size limit": f"SELECT ?w ?x ?y {{ {PRODUCT} }}",
    "at its memory limit": f"SELECT ?w ?x ?a ?v30 {{ {BEGINNING} UNION {{ {DOUBLED} }} }}",
    "with a graph at its size limit": f"CONSTRUCT {{ <urn:s> <urn:p> ?k }} WHERE {{ {PRODUCT} "
    "BIND(((?w * 300 + ?x) * 300 + ?y) * 300 + ?z AS ?k) }",
    "with a graph at its time limit": f"CONSTRUCT {{ ?a ?b ?w . ?b ?a ?w }} WHERE {{ {BEGINNING} "
    f"UNION {{ {NEVER} }} }}",
}

WAYS = {
    "HTTP/1.1": ("HTTP/1.1", ""),
    "HTTP/1.1, gzip": ("HTTP/1.1", "gzip"),
    "HTTP/1.0": ("HTTP/1.0", ""),
    "HTTP/1.0, gzip": ("HTTP/1.0", "gzip"),
}

TABLES = (
    "text/csv",
    "text/tab-separated-values",
    "application/sparql-results+json",
    "application/sparql-results+xml",
)
GRAPHS = ("application/n-triples", "text/turtle", "application/rdf+xml", "application/ld+json")


def request(query: str, accept: str, way: str, **fields: str) -> bytes:
    version, encoding = WAYS[way]
    headers = {"Content-Type": QUERY, "Accept": accept, "Accept-Encoding": encoding or "identity", **fields}
    return compose("POST", "/sparql", headers, query.encode(), version=version)


def detectable(answer: Answer, *, begun: bool = False) -> None:
    """Check that an answer that failed is a refusal, or is seen to be cut by whoever looks at its end."""
    assert answer.status == 200 or not begun, "this was meant to fail only after it began"
    if answer.status != 200:
        assert answer.outcome in ("timeout", "result-too-large", "memory", "crashed"), answer
        answer.refusal()
        return
    assert answer.end in ("cut", "reset"), answer
    assert b"problem" not in answer.body
    if answer.headers.get("content-encoding") == "gzip":
        unpacker = zlib.decompressobj(wbits=31)
        with contextlib.suppress(zlib.error):
            unpacker.decompress(answer.body)
            assert not unpacker.eof, "the packed stream has its proper end"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("query", FAILING.values(), ids=FAILING.keys())
def test_what_fails_is_seen_to_fail(target: Target, query: str, way: str) -> None:
    accept = GRAPHS[0] if query.startswith("CONSTRUCT") else TABLES[0]
    answer = exchange(target.port, request(query, accept, way))
    detectable(answer)
    assert answer.seconds < target.limit + 1, answer


@pytest.mark.parametrize("accept", TABLES[1:] + GRAPHS[1:])
def test_what_fails_is_seen_in_every_format(target: Target, accept: str) -> None:
    kind = "with a graph at its size limit" if accept in GRAPHS else "at its time limit"
    answer = exchange(target.port, request(FAILING[kind], accept, "HTTP/1.1"))
    detectable(answer)


def test_a_connection_is_not_used_again_after_a_break(target: Target) -> None:
    asked = request(FAILING["at its time limit"], TABLES[0], "HTTP/1.1", Connection="keep-alive")
    with dial(target.port) as wire:
        answer = converse(wire, asked + compose("GET", "/healthz"))
    detectable(answer)
    assert b"alive" not in answer.body


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV] if FULL else [signal.SIGKILL])
def test_a_process_that_dies_in_the_middle_is_seen(target: Target, way: str, number: signal.Signals) -> None:
    with dial(target.port) as wire:
        wire.sendall(request(FAILING["at its time limit"], TABLES[0], way))
        time.sleep(0.5)
        for pid in target.children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        answer = converse(wire, wait=10)
    detectable(answer)


def test_a_process_that_dies_before_the_first_byte_is_named(target: Target) -> None:
    with dial(target.port) as wire:
        wire.sendall(request(ENDLESS, TABLES[0], "HTTP/1.1"))
        time.sleep(0.4)
        for pid in target.children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        answer = converse(wire, wait=10)
    assert answer.outcome in ("crashed", "timeout"), answer  # it may be tried once more
    answer.refusal()
    assert answer.seconds < target.limit + 1, answer


@pytest.mark.parametrize("kind", ["at its time limit", "at its size limit"])
def test_common_clients_raise_an_error(target: Target, kind: str) -> None:
    address = f"{target.root.rstrip('/')}/sparql?query={quote(FAILING['at its size limit'])}"
    query = FAILING[kind]
    failed = False
    try:
        answer = httpx.post(
            address.partition("?")[0],
            content=query.encode(),
            headers={"Content-Type": QUERY, "Accept": TABLES[0]},
            timeout=20,
        )
        failed = answer.status_code in (413, 504)
    except httpx.TransportError:
        failed = True
    assert failed
    failed = False
    try:
        with urllib.request.urlopen(address, timeout=20) as reply:
            reply.read()
    except OSError:  # of a refusal by its status
        failed = True
    except Exception as error:  # http.client.IncompleteRead
        failed = "IncompleteRead" in type(error).__name__
    assert failed


def plain(answer: Answer) -> bytes:
    if answer.headers.get("content-encoding") != "gzip":
        return answer.body
    unpacker = zlib.decompressobj(wbits=31)
    body = unpacker.decompress(answer.body)
    assert unpacker.eof
    assert not unpacker.unused_data
    return body


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("accept", TABLES)
def test_what_is_whole_is_whole(target: Target, accept: str, way: str) -> None:
    answer = exchange(target.port, request(f"SELECT ?w {{ {VALUES} }}", accept, way))
    assert answer.outcome == "ok", answer
    body = plain(answer)
    if accept.endswith("json"):
        rows = [row["w"]["value"] for row in json.loads(body)["results"]["bindings"]]
    elif accept.endswith("xml"):
        rows = [item.text for item in ElementTree.fromstring(body).iter() if item.tag.endswith("}literal")]
    else:
        rows = body.decode().split()[1:]
    assert rows == [str(n) for n in range(ROWS)]


def test_a_reader_that_takes_its_time_gets_it_all(target: Target) -> None:
    asked = request(f"SELECT ?w {{ {VALUES} }}", TABLES[0], "HTTP/1.1")
    received = b""
    with dial(target.port) as wire:
        wire.sendall(asked)
        for _ in range(6):
            time.sleep(0.05)
            if select.select([wire], [], [], 1)[0]:
                received += wire.recv(4000)
        while data := wire.recv(1 << 18):
            received += data
    answer = parse(received, "whole")
    assert answer.text.split()[1:] == [str(n) for n in range(ROWS)]
