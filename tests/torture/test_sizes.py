"""Bodies that are larger than they look, or larger than anybody may send: packed, giant, in chunks."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable

import pytest
from target import FULL, Peak, Target
from wire import QUERY, UPDATE, Answer, compose, exchange

pytestmark = pytest.mark.slow

ENVIRON = {"KG_QUERY_MEMORY": "512MB"}


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    piece = b" " * (1 << 20)
    return b"".join([*(packer.compress(piece) for _ in range(megabytes)), packer.flush()])


BOMB = bomb(1024 if FULL else 256)

PACKED: dict[str, tuple[str, bytes]] = {
    "nothing but spaces": ("gzip", BOMB),
    "a bomb in a bomb": ("gzip", gzip.compress(BOMB)),
    "cut short": ("gzip", gzip.compress(b"ASK {}" * 1000)[:-12]),
    "damaged": ("gzip", gzip.compress(b"ASK {}")[:-8] + b"\0" * 8),
    "not packed at all": ("gzip", b"ASK {}"),
    "deflated": ("deflate", zlib.compress(b" " * 10_000_000)),
    "by another name": ("x-gzip", BOMB),
    "in capitals": ("GZIP", BOMB),
    "a few thousand members": ("gzip", gzip.compress(b"") * 50_000 + BOMB),
}


@pytest.mark.parametrize("path", ["/sparql", "/update", "/graphs?graph=urn:packed"])
@pytest.mark.parametrize(("name", "body"), PACKED.values(), ids=PACKED.keys())
def test_what_is_packed_is_refused_or_bounded(target: Target, path: str, name: str, body: bytes) -> None:
    types = {"/sparql": QUERY, "/update": UPDATE}
    headers = {"Content-Type": types.get(path, "text/turtle"), "Content-Encoding": name, **target.key}
    with Peak(target.pid) as peak:
        answer = target.send("PUT" if "graph=" in path else "POST", path, headers, body)
    assert answer.outcome in ("unsupported-media", "too-large", "query", "rdf", "bad-request"), answer
    answer.refusal()
    assert peak.growth < 100_000_000, f"{peak.growth:,} bytes more for {len(body):,}"
    assert target.send("GET", "/graphs?graph=urn:packed").status == 404


def endless(piece: bytes, size: int) -> Iterable[bytes]:
    for _ in range(size // len(piece)):
        yield piece


def sized(answer: Answer, limit: str) -> None:
    assert limit in answer.problem(413, "too-large")
    assert answer.seconds < 10, answer


GIANT = 500_000_000 if FULL else 50_000_000


@pytest.mark.parametrize("announced", [True, False], ids=["with a length", "in chunks"])
@pytest.mark.parametrize("path", ["/sparql", "/update", "/graphs?graph=urn:giant"])
def test_a_giant_body_is_refused_before_it_has_arrived(target: Target, path: str, announced: bool) -> None:
    types = {"/sparql": QUERY, "/update": UPDATE}
    headers = {"Content-Type": types.get(path, "text/turtle"), **target.key}
    framing = {"Content-Length": str(GIANT)} if announced else {"Transfer-Encoding": "chunked"}
    head = compose("PUT" if "graph=" in path else "POST", path, {**headers, **framing})
    piece = b" " * (1 << 18)
    piece = piece if announced else b"%x\r\n%s\r\n" % (len(piece), piece)
    with Peak(target.pid) as peak:
        answer = exchange(target.port, [head, *endless(piece, GIANT)])
    sized(answer, "KG_QUERY_LENGTH" if path in types else "32,000,000")
    assert peak.growth < 150_000_000, f"{peak.growth:,} bytes more"


@pytest.mark.parametrize("path", ["/sparql", "/update"])
def test_a_text_just_too_long_names_its_own_limit(target: Target, path: str) -> None:
    text = b"INSERT DATA {}" if path == "/update" else b"ASK {}"
    headers = {"Content-Type": UPDATE if path == "/update" else QUERY, **target.key}
    fits = target.send("POST", path, headers, text + b" " * (1_000_000 - len(text)))
    assert fits.status in (200, 204), fits
    sized(target.send("POST", path, headers, text + b" " * (1_000_001 - len(text))), "1,000,000")


def test_a_body_as_large_as_allowed_is_taken(target: Target) -> None:
    body = b"<urn:s> <urn:p> <urn:o> .\n" + (b"#" + b"a" * 1_000_000 + b"\n") * 31
    assert target.put(body, "application/n-triples", "urn:large").status in (200, 201, 204)
    assert target.count("GRAPH <urn:large> { ?s ?p ?o }") == 1
    target.send("DELETE", "/graphs?graph=urn:large", target.key)


TRAILING = compose("POST", "/sparql", {"Content-Type": QUERY, "Transfer-Encoding": "chunked"})


def fields(number: int) -> Iterable[bytes]:
    for at in range(0, number, 1000):
        yield b"".join(b"X-%d: %s\r\n" % (at + n, b"x" * 100) for n in range(1000))


ENDS: dict[str, bytes] = {
    "fields after the body": b"6\r\nASK {}\r\n0\r\n",
    "an extension of a chunk": b"6;a=",
}


@pytest.mark.parametrize("start", ENDS.values(), ids=ENDS.keys())
def test_what_goes_on_beside_the_body_is_bounded(target: Target, start: bytes) -> None:
    size = 4_000_000 if FULL else 800_000
    with Peak(target.pid) as peak:
        answer = exchange(target.port, [TRAILING + start, *fields(size)], wait=45)
    assert answer.status == 0 or 400 <= answer.status < 500, answer
    assert answer.end != "late", answer
    assert peak.growth < 60_000_000, f"{peak.growth:,} bytes more"
