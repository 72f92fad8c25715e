"""Heads that are no HTTP, or lie about the body that follows: a short refusal or a closed door."""

from __future__ import annotations

import pytest
from target import Target
from wire import exchange

pytestmark = pytest.mark.slow

POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
BEHIND = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"

BROKEN: dict[str, bytes] = {
    "noise": bytes(range(256)) * 40,
    "a greeting of TLS": b"\x16\x03\x01" + b"\x00" * 500,
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a version from the future": b"GET / HTTP/3.0\r\nHost: x\r\n\r\n",
    "a method nobody knows": b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
    "no method": b" / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method without an end": b"G" * 200_000,
    "line ends only": b"\r\n" * 100_000,
    "a space in the address": b"GET /sp arql HTTP/1.1\r\nHost: x\r\n\r\n",
    "a field without a colon": b"GET / HTTP/1.1\r\nHost x\r\nfoo\r\n\r\n",
    "a NUL in a field": b"GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n",
    "a space before the colon": POST + b"Content-Length : 5\r\n\r\nASK{}",
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nASK{} ",
    "length and chunks": (
        POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + BEHIND
    ),
    "a length below zero": POST + b"Content-Length: -1\r\n\r\n",
    "a length in words": POST + b"Content-Length: five\r\n\r\nASK{}",
    "a length past counting": POST + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n",
    "a chunk in words": CHUNKED + b"zz\r\nASK{}\r\n",
    "a chunk past counting": CHUNKED + b"ffffffffffffffffff\r\nASK{}\r\n",
    "a chunk below zero": CHUNKED + b"-1\r\nASK{}\r\n",
    "chunks twice": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n5\r\nASK{}\r\n0\r\n\r\n",
    "another coding of the transfer": POST + b"Transfer-Encoding: gzip, zz\r\n\r\n5\r\nASK{}\r\n0\r\n\r\n",
    "a tunnel": b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n",
}


@pytest.mark.parametrize("request_", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_http_is_refused_in_short(target: Target, request_: bytes) -> None:
    answer = exchange(target.port, request_, wait=14)
    assert answer.end != "late", "the connection stays open"
    if answer.status:
        assert 400 <= answer.status < 600, answer
        assert answer.status not in (500, 502, 503, 504), answer
        assert len(answer.body) < 4096
        assert "Traceback" not in answer.text
