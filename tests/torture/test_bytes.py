"""Requests whose words are wrong: text that is no text, types nobody knows, and what is odd but right."""

from __future__ import annotations

import pytest
from target import PROBE_ANSWER, PROBE_QUERY, SEED, Target
from wire import FORM, QUERY, UPDATE, asking, compose, exchange

pytestmark = pytest.mark.slow

CSV = {"Accept": "text/csv"}


def direct(body: bytes, **headers: str) -> bytes:
    return compose("POST", "/sparql", {"Content-Type": QUERY, "Accept": "text/csv", **headers}, body)


def filled(body: bytes, **headers: str) -> bytes:
    return compose("POST", "/sparql", {"Content-Type": FORM, "Accept": "text/csv", **headers}, body)


def sought(query: str) -> bytes:
    return compose("GET", f"/sparql?query={query}", CSV)


# A request, the status and code of its refusal, and a word that the detail must hold.
TEXT: dict[str, tuple[bytes, int, str, str]] = {
    "not UTF-8": (direct(b"ASK { ?s ?p '\xff' }"), 400, "query", "UTF-8"),
    "overlong UTF-8": (direct(b"ASK { ?s ?p '\xc0\xaf' }"), 400, "query", "UTF-8"),
    "UTF-8 cut short": (direct(b"ASK { ?s ?p '\xe2\x82"), 400, "query", "UTF-8"),
    "beyond Unicode": (direct(b"ASK { ?s ?p '\xf4\x90\x80\x80' }"), 400, "query", "UTF-8"),
    "a lone surrogate as bytes": (direct(b"ASK { ?s ?p '\xed\xa0\x80' }"), 400, "query", "UTF-8"),
    "UTF-16": (direct("ASK {}".encode("utf-16")), 400, "query", "UTF-8"),
    "a lone surrogate, escaped": (direct(b"SELECT ('\\uD800' AS ?x) {}"), 400, "query", ""),
    "half a pair of surrogates": (direct(b"SELECT ('\\uDC00\\uD800' AS ?x) {}"), 400, "query", ""),
    "beyond Unicode, escaped": (direct(b"SELECT ('\\U00110000' AS ?x) {}"), 400, "query", ""),
    "an escape cut short": (direct(b"SELECT ('\\u00' AS ?x) {}"), 400, "query", ""),
    "a surrogate in an IRI": (direct(b"ASK { <urn:\\uD800> ?p ?o }"), 400, "query", ""),
    "NUL": (direct(b"ASK {}\0"), 400, "query", "NUL"),
    "NUL, escaped by percent": (sought("ASK{}%00"), 400, "query", "NUL"),
    "NUL in a form": (filled(b"query=ASK{}%00"), 400, "query", "NUL"),
    "percent escapes that are no UTF-8": (sought("ASK%7B%FF%7D"), 400, "query", "UTF-8"),
    "percent escapes of a surrogate": (sought("ASK%7B%ED%A0%80%7D"), 400, "query", "UTF-8"),
    "percent escapes in a form": (filled(b"query=%C3%28"), 400, "query", "UTF-8"),
    "bad percent escapes": (sought("ASK%7B%zz%7D"), 400, "query", ""),
    "a percent sign at the end": (sought("ASK%7B%7D%"), 400, "query", ""),
    "a graph that is no UTF-8": (
        compose("GET", "/sparql?query=ASK%7B%7D&default-graph-uri=%FF%FE"),
        400,
        "query",
        "UTF-8",
    ),
    "a graph that is no IRI": (
        compose("GET", "/sparql?query=ASK%7B%7D&default-graph-uri=%00"),
        400,
        "query",
        "",
    ),
    "a graph with a bracket in it": (
        compose("GET", "/sparql?query=ASK%7B%7D&default-graph-uri=urn:a%3E%7B%7D%23"),
        400,
        "query",
        "",
    ),
    "odd letters for keywords": (direct("SELEC\u0442 * {}".encode()), 400, "query", ""),
    "spaces that are none": (direct("ASK\u00a0{}".encode()), 400, "query", ""),
    "control characters": (direct(b"ASK { \x1b[31m \x07 }"), 400, "query", ""),
    "an empty form": (filled(b""), 400, "query", ""),
    "a form of ampersands": (filled(b"&" * 900_000), 400, "query", ""),
    "many parameters": (filled(b"a=&" * 300_000), 400, "query", ""),
    "a query a thousand times": (filled(b"query=ASK{}&" * 1000), 400, "query", ""),
    "a line that reaches for the log": (
        compose("GET", "/sparql?query=%0d%0aASK%1b%5b31m%0a500%20ERROR", CSV),
        400,
        "query",
        "",
    ),
}


@pytest.mark.parametrize(("request_", "status", "code", "word"), TEXT.values(), ids=TEXT.keys())
def test_text_that_is_none(target: Target, request_: bytes, status: int, code: str, word: str) -> None:
    detail = exchange(target.port, request_).problem(status, code)
    assert word in detail
    assert not any(ord(letter) < 32 for letter in detail), detail


LONG = b" " * 1_000_001
UNKNOWN: dict[str, tuple[bytes, int, str]] = {
    "no type": (compose("POST", "/sparql", CSV, b"ASK {}"), 415, "unsupported-media"),
    "a type that is none": (direct(b"ASK {}", **{"Content-Type": ";;;=,/"}), 415, "unsupported-media"),
    "a type of 8 KB": (direct(b"ASK {}", **{"Content-Type": "a/" + "b" * 8000}), 415, "unsupported-media"),
    "a type in odd bytes": (
        direct(b"ASK {}", **{"Content-Type": "text/\udcff\udc80"}),
        415,
        "unsupported-media",
    ),
    "JSON": (direct(b"{}", **{"Content-Type": "application/json"}), 415, "unsupported-media"),
    "multipart": (
        direct(b"--x\r\n", **{"Content-Type": "multipart/form-data; boundary=x"}),
        415,
        "unsupported-media",
    ),
    "a character set": (
        direct(b"ASK {}", **{"Content-Type": f"{QUERY}; charset=utf-7"}),
        415,
        "unsupported-media",
    ),
    "an unknown compression": (direct(b"ASK {}", **{"Content-Encoding": "zz"}), 415, "unsupported-media"),
    "compression upon compression": (
        direct(b"\x1f\x8b", **{"Content-Encoding": ", ".join(["gzip"] * 50)}),
        415,
        "unsupported-media",
    ),
    "an update in the query's place": (
        direct(b"CLEAR ALL", **{"Content-Type": UPDATE}),
        403,
        "forbidden",
    ),
    "an update as a query": (direct(b"DROP ALL"), 403, "forbidden"),
    "an update in a form": (filled(b"update=CLEAR+ALL"), 403, "forbidden"),
    "an update in the address": (compose("GET", "/sparql?update=CLEAR+ALL"), 403, "forbidden"),
    "an answer nobody has": (direct(b"ASK {}", Accept="image/png"), 406, "not-acceptable"),
    "an answer nobody wants": (direct(b"ASK {}", Accept="*/*;q=0"), 406, "not-acceptable"),
    "a graph as rows": (direct(b"CONSTRUCT WHERE {?s ?p ?o}", Accept="text/csv"), 406, "not-acceptable"),
    "another method": (compose("PATCH", "/sparql"), 405, "method-not-allowed"),
    "another method to write with": (compose("PATCH", "/update"), 405, "method-not-allowed"),
    "an address that is none": (compose("GET", "/nowhere/%2e%2e/%ff"), 404, "not-found"),
    "two slashes": (compose("GET", "//sparql?query=ASK%7B%7D"), 404, "not-found"),
    "a NUL in the path": (compose("GET", "/sparql%00?query=ASK%7B%7D"), 404, "not-found"),
    "a query too long": (direct(b"ASK {}" + LONG), 413, "too-large"),
    "a query too long, in a form": (filled(b"query=ASK{}" + LONG.replace(b" ", b"+")), 413, "too-large"),
    "a body too long, by its word": (
        compose("POST", "/sparql", {"Content-Type": QUERY, "Content-Length": str(10**12)}, b""),
        413,
        "too-large",
    ),
    "an address too long": (compose("GET", "/sparql?query=" + "%20" * 30_000), 414, "uri-too-long"),
    "a head of 64 KB": (compose("GET", "/sparql", {"X-Long": "x" * 65_536}), 431, "head-too-large"),
    "ten thousand fields": (
        compose("GET", "/sparql", {f"X-{n}": "1" for n in range(10_000)}),
        431,
        "head-too-large",
    ),
    "an endless wish list": (
        compose("GET", "/sparql", {"Accept": ", ".join(f"a/b{n};q=0.{n}" for n in range(9000))}),
        431,
        "head-too-large",
    ),
}


@pytest.mark.parametrize(("request_", "status", "code"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_nobody_can_serve(target: Target, request_: bytes, status: int, code: str) -> None:
    detail = exchange(target.port, request_).problem(status, code)
    limit = {413: ("1,000,000", "32,000,000"), 414: ("65,536",), 431: ("65,536",)}.get(status, ("",))
    assert any(number in detail for number in limit), detail


HONEST: dict[str, bytes] = {
    "as it is": asking(PROBE_QUERY),
    "with a mark at its head": direct(b"\xef\xbb\xbf" + PROBE_QUERY.encode()),
    "in a form": filled(b"query=" + PROBE_QUERY.replace(" ", "+").encode()),
    "by the QUERY method": compose("QUERY", "/sparql", {"Content-Type": QUERY, **CSV}, PROBE_QUERY.encode()),
    "in chunks of one byte": compose(
        "POST",
        "/sparql",
        {"Content-Type": QUERY, "Transfer-Encoding": "chunked", **CSV},
        b"".join(b"1\r\n%c\r\n" % byte for byte in PROBE_QUERY.encode()) + b"0\r\n\r\n",
    ),
    "in HTTP/1.0": compose(
        "POST", "/sparql", {"Content-Type": QUERY, **CSV}, PROBE_QUERY.encode(), version="HTTP/1.0"
    ),
    "with a wish list of 30 KB": asking(PROBE_QUERY, accept="text/csv, " + ", ".join(["a/b;q=0.1"] * 2500)),
    "with a head of 60 KB": asking(PROBE_QUERY, X_Long="x" * 60_000),
    "with 999 KB of white space": direct(PROBE_QUERY.encode() + b" " * 999_000),
    "with a comment of 999 KB": direct(PROBE_QUERY.encode() + b" #" + b"{(" * 499_000),
    "that expects to go on": direct(PROBE_QUERY.encode(), Expect="100-continue"),
    "to another host": asking(PROBE_QUERY, Host="evil.example"),
    "with odd fields": asking(PROBE_QUERY, Range="bytes=0-1", Upgrade="h2c", Cookie="a=" + "b" * 4000),
}


@pytest.mark.parametrize("request_", HONEST.values(), ids=HONEST.keys())
def test_what_is_unusual_but_right_is_answered(target: Target, request_: bytes) -> None:
    answer = exchange(target.port, request_)
    assert (answer.outcome, answer.text) == ("ok", PROBE_ANSWER), answer
    assert "evil" not in str(answer.headers)


def test_the_seed_is_still_whole(target: Target) -> None:
    assert target.count("?s a <urn:K>") == SEED[1].count(" a ")
