"""Connections, byte by byte: deadlines, limits, refusals, and what comes after them."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import select
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import pytest
import uvicorn

from kg.media import NQUADS
from kg.settings import Settings
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from kg.web import wire
from kg.web.app import create_app
from kg.web.problems import PROBLEM
from kg.web.wire import protocol_with

LIMIT = 2000
"""Bytes of a head."""
HEAD_SECONDS, BODY_SECONDS, IDLE_SECONDS = 0.25, 0.35, 0.4
LATE = 2.0
"""Seconds that a deadline may come late on a busy machine."""
DROPS = 60
"""Pieces that are sent one after the other, over three seconds, unless an answer comes before."""

Message = MutableMapping[str, Any]
App = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


# ---- a server in a thread, and a client that sends any bytes at all ---------------------------------------


@contextmanager
def listening(app: App, head_limit: int = LIMIT) -> Iterator[int]:
    """Serve an application on connections of ours; the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        config = uvicorn.Config(
            cast(Any, app),
            http=protocol_with(head_limit),
            lifespan="on",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=cast(int, IDLE_SECONDS),
            timeout_graceful_shutdown=1,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            deadline = time.monotonic() + 20
            while not server.started:
                assert thread.is_alive() and time.monotonic() < deadline
                time.sleep(0.01)
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            thread.join()


@dataclass(frozen=True)
class Received:
    """One answer; ``whole`` says whether its own framing says that it is."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool

    @property
    def problem(self) -> dict[str, Any]:
        """The document, checked to be a refusal that ends the connection."""
        assert self.whole, self
        assert self.headers["content-type"] == PROBLEM
        assert self.headers["cache-control"] == "no-store"
        assert self.headers["x-content-type-options"] == "nosniff"
        document: dict[str, Any] = json.loads(self.body)
        assert document["status"] == self.status
        assert document["title"] == HTTPStatus(self.status).phrase
        return document


class Wire:
    """A connection to a server."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._data = b""
        self.reset = False

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, *pieces: bytes, pause: float = 0.0) -> Wire:
        """Send the pieces as far as the server takes them, with a pause after each."""
        for piece in pieces:
            try:
                self._socket.sendall(piece)
            except OSError:
                break
            time.sleep(pause)
        return self

    def drip(self, drop: bytes, most: int) -> int:
        """Send a piece again and again until something comes; how many were sent."""
        for number in range(most):
            if select.select([self._socket], [], [], 0.05)[0]:
                return number
            self.send(drop)
        return most

    def read(self) -> Received:
        """Read one answer, whatever its end."""
        head = self.read_head()
        status, headers = head.status, head.headers
        if 100 <= status < 200 or status in (204, 304):
            return head
        if "chunked" in headers.get("transfer-encoding", ""):
            body, whole = self._chunks()
        elif "content-length" in headers:
            body = self._take(int(headers["content-length"]))
            whole = len(body) == int(headers["content-length"])
        else:
            body, whole = self.rest(), not self.reset
        return Received(status, headers, body, whole)

    def read_head(self) -> Received:
        """Read an answer to HEAD, which has no body whatever its length says."""
        while (end := self._data.find(b"\r\n\r\n")) < 0:
            assert self._more(), f"no answer, but {self._data!r}"
        first, *lines = self._data[:end].decode("latin-1").split("\r\n")
        self._data = self._data[end + 4 :]
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        return Received(int(first.split()[1]), headers, b"", True)

    def rest(self) -> bytes:
        """Read until the server closes the connection."""
        while self._more():
            pass
        data, self._data = self._data, b""
        return data

    def closed_after(self) -> float:
        """Seconds until the server closes the connection, without another word."""
        begun = time.monotonic()
        assert self.rest() == b""
        return time.monotonic() - begun

    def _more(self) -> bool:
        try:
            data = self._socket.recv(1 << 16)
        except ConnectionResetError:
            self.reset = True
            return False
        self._data += data
        return bool(data)

    def _take(self, size: int) -> bytes:
        while len(self._data) < size and self._more():
            pass
        data, self._data = self._data[:size], self._data[size:]
        return data

    def _chunks(self) -> tuple[bytes, bool]:
        body = b""
        while True:
            while b"\r\n" not in self._data:
                if not self._more():
                    return body, False
            line, _, self._data = self._data.partition(b"\r\n")
            if not re.fullmatch(rb"[0-9a-f]+", line):
                return body, False
            size = int(line, 16)
            chunk = self._take(size + 2)
            body += chunk[:size]
            if len(chunk) < size + 2 or not size:
                return body, len(chunk) == size + 2


def request(method: str = "GET", target: str = "/healthz", body: bytes | None = None, **fields: str) -> bytes:
    """Write a request; underscores in names of fields stand for hyphens."""
    given = {"Host": "x", **{name.replace("_", "-"): value for name, value in fields.items()}}
    if body is not None and "Transfer-Encoding" not in given:
        given.setdefault("Content-Length", str(len(body)))
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode() + (body or b"")


def asking(query: str, **fields: str) -> bytes:
    """A request that posts a query."""
    given = {"Content_Type": "application/sparql-query", "Accept": "text/csv", **fields}
    return request("POST", "/sparql", query.encode(), **given)


ALIVE = request()
LAST = request(Connection="close")
HEALTHY = b'{"status": "alive"}'


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", HEAD_SECONDS)
    monkeypatch.setattr(wire, "BODY_SECONDS", BODY_SECONDS)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    store = EmbeddedStore()
    store.load(b"<u:a> <u:b> <u:c> .", NQUADS)
    with listening(cast(App, create_app(Settings(token="secret"), ThreadStore(store)))) as number:
        yield number
    store.close()


def alive(port: int) -> bool:
    with Wire(port) as other:
        return other.send(LAST).read().body == HEALTHY


# ---- heads ------------------------------------------------------------------------------------------------

LONG = b"a" * (LIMIT + 500)
# The pieces, the status, and how the sentence begins.
HEADS: dict[str, tuple[tuple[bytes, ...], int, str]] = {
    "a long field": ((request(X_Long=LONG.decode()),), 431, "The head of the request is longer than 2,000"),
    "many fields": (
        (b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 500 + b"\r\n",),
        431,
        "The head of the request is longer than 2,000",
    ),
    "a long name": (
        (b"GET / HTTP/1.1\r\n" + LONG + b": x\r\n\r\n",),
        431,
        "The head of the request is longer",
    ),
    "a long address": (
        (request(target=f"/sparql?query={LONG.decode()}"),),
        414,
        "The address is longer than",
    ),
    "a field without end": ((b"GET / HTTP/1.1\r\nX: ", *(b"a" * 500,) * 6), 431, "The head of the request"),
    "fields without end": (
        (b"GET / HTTP/1.1\r\n", *(b"X: y\r\n" * 50,) * 10),
        431,
        "The head of the request",
    ),
    "an address without end": ((b"GET /", *(b"a" * 500,) * 6), 414, "The address is longer than 2,000 bytes"),
}


@pytest.mark.parametrize(("pieces", "status", "sentence"), HEADS.values(), ids=HEADS.keys())
def test_a_head_that_is_too_long(port: int, pieces: tuple[bytes, ...], status: int, sentence: str) -> None:
    with Wire(port) as client:
        found = client.send(*pieces, pause=0.01).read()
        document = found.problem
        assert found.status == status
        assert document["code"] == {431: "head-too-large", 414: "uri-too-long"}[status]
        assert document["detail"].startswith(sentence)
        assert "(KG_HEAD_LIMIT)" in document["detail"]
        assert found.headers["connection"] == "close"
        assert client.rest() == b""
    assert alive(port)


@pytest.mark.parametrize("late", [HEADS["a long field"], HEADS["a long address"]], ids=["field", "address"])
def test_a_later_head_that_is_too_long(port: int, late: tuple[tuple[bytes, ...], int, str]) -> None:
    pieces, status, sentence = late
    with Wire(port) as client:
        assert client.send(ALIVE).read().body == HEALTHY
        found = client.send(*pieces).read()
        assert (found.status, found.problem["detail"].startswith(sentence)) == (status, True)
        assert client.rest() == b""


def test_a_head_of_just_the_length_allowed(port: int) -> None:
    fixed = len("/healthz") + len("Host") + len("x") + 4 + len("Connection") + len("close") + 4
    room = LIMIT - fixed - len("X") - 4
    exact = request(Connection="close", X="a" * room)
    with Wire(port) as client:
        assert client.send(exact).read().body == HEALTHY
    with Wire(port) as client:
        assert client.send(exact.replace(b"X: ", b"X: a")).read().problem["code"] == "head-too-large"


def test_a_head_in_single_bytes(port: int) -> None:
    with Wire(port) as client:
        assert client.send(*(bytes([byte]) for byte in LAST)).read().body == HEALTHY


def test_a_slow_head_is_given_up(port: int) -> None:
    with Wire(port) as client:
        begun = time.monotonic()
        found = client.send(b"GET / HTTP/1.1\r\nHost: x\r\n").read()
        assert HEAD_SECONDS - 0.05 <= time.monotonic() - begun < HEAD_SECONDS + LATE
        assert (found.status, found.problem["code"]) == (408, "slow-client")
        assert found.problem["detail"] == "The head of the request did not arrive within 0.25 s."
        assert found.headers["connection"] == "close"
        assert client.rest() == b""


@pytest.mark.parametrize("drop", [b"X: y\r\n", b"a", b"\r\n"], ids=["fields", "letters", "blank lines"])
def test_dripping_does_not_keep_a_head_alive(port: int, drop: bytes) -> None:
    with Wire(port) as client:
        if drop != b"\r\n":
            client.send(b"GET / HTTP/1.1\r\n")
        assert client.drip(drop, DROPS) < DROPS
        assert client.read().problem["detail"].startswith("The head of the request did not arrive within")


def test_a_slow_second_head_is_given_up(port: int) -> None:
    with Wire(port) as client:
        assert client.send(ALIVE).read().body == HEALTHY
        begun = time.monotonic()
        assert client.send(b"GET / HT").read().problem["code"] == "slow-client"
        assert time.monotonic() - begun < HEAD_SECONDS + LATE


def test_who_says_nothing_is_let_go_without_a_word(port: int) -> None:
    with Wire(port) as client:
        assert HEAD_SECONDS - 0.05 <= client.closed_after() < HEAD_SECONDS + LATE


def test_an_idle_connection_is_closed(port: int) -> None:
    with Wire(port) as client:
        assert client.send(ALIVE).read().body == HEALTHY
        assert IDLE_SECONDS - 0.1 <= client.closed_after() < IDLE_SECONDS + LATE


GARBAGE: dict[str, bytes] = {
    "bytes": b"\x00\x01\x02hello\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a text": b"Hello, is anybody there?\r\n\r\n",
    "no such version": b"GET / HTTP/7.3\r\nHost: x\r\n\r\n",
    "a word for a length": request("POST", "/sparql", Content_Length="long"),
    "a negative length": request("POST", "/sparql", Content_Length="-1"),
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nASK {}",
    "a length and chunks": request("POST", "/sparql", Content_Length="5", Transfer_Encoding="chunked")
    + b"0\r\n\r\n",
    "a coding that is not the last": request("POST", "/sparql", Transfer_Encoding="chunked, gzip"),
    "chunks of no size": request(
        "POST", "/sparql", Content_Type="application/sparql-query", Transfer_Encoding="chunked"
    )
    + b"zz\r\nASK {}\r\n0\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "a line end in a field": b"GET / HTTP/1.1\r\nX: a\rb\r\n\r\n",
    "NUL in a field": b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n",
    "an address that is not ASCII": "GET /Größe HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "a tunnel": b"CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("sent", GARBAGE.values(), ids=GARBAGE.keys())
def test_what_is_no_http_gets_a_problem_document(port: int, sent: bytes) -> None:
    with Wire(port) as client:
        found = client.send(sent).read()
        assert found.status == 400
        assert found.problem["code"] == "bad-request"
        assert found.problem["detail"] == "The request is not well-formed HTTP/1.1."
        assert found.headers["connection"] == "close"
        client.rest()
    assert alive(port)


@pytest.mark.parametrize("fields", [b"", b"Host: a\r\nHost: b\r\n"], ids=["no host", "two hosts"])
def test_a_request_by_1_1_names_its_host_once(port: int, fields: bytes) -> None:
    with Wire(port) as client:
        found = client.send(b"GET /healthz HTTP/1.1\r\n" + fields + b"\r\n").read()
        assert (found.status, found.problem["code"]) == (400, "bad-request")
        assert "has the field Host once" in found.problem["detail"]
        client.rest()
    with Wire(port) as client:
        assert client.send(b"GET /healthz HTTP/1.0\r\n\r\n").read().status == 200
    assert alive(port)


@pytest.mark.parametrize("method", ["BREW", "get", "PROPFIND"])
def test_methods_that_are_none_of_ours(port: int, method: str) -> None:
    with Wire(port) as client:
        found = client.send(request(method, Connection="close")).read()
        assert found.problem["code"] == ("method-not-allowed" if method == "PROPFIND" else "bad-request")


def test_blank_lines_before_a_request_are_passed_over(port: int) -> None:
    with Wire(port) as client:
        assert client.send(b"\r\n\r\n" + LAST).read().body == HEALTHY


def test_blank_lines_without_end_are_refused(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with Wire(port) as client:
        found = client.send(b"\r\n" * LIMIT).read()
        assert found.problem["code"] in ("head-too-large", "bad-request")
    assert not [record for record in caplog.records if record.exc_info]


def test_a_chain_of_requests_is_answered_in_order(port: int) -> None:
    with Wire(port) as client:
        client.send(ALIVE + asking("SELECT (1 AS ?x) {}") + request("HEAD") + request(target="/none") + LAST)
        assert client.read().body == HEALTHY
        assert client.read().body == b"x\r\n1\r\n"
        found = client.read_head()
        assert (found.status, found.headers["content-length"]) == (200, str(len(HEALTHY)))
        assert client.read().status == 404
        assert client.read().body == HEALTHY
        assert client.rest() == b""


# ---- bodies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_slow_body_is_given_up(port: int, framing: str) -> None:
    head = asking("ASK {}")[:-6]
    if framing == "chunks":
        head = head.replace(b"Content-Length: 6", b"Transfer-Encoding: chunked")
    with Wire(port) as client:
        begun = time.monotonic()
        found = client.send(head + (b"ASK" if framing == "length" else b"3\r\nASK\r\n")).read()
        assert BODY_SECONDS - 0.05 <= time.monotonic() - begun < BODY_SECONDS + LATE
        assert (found.status, found.problem["code"]) == (408, "slow-client")
        assert found.problem["detail"] == "The body of the request did not arrive within 0.35 s."
        assert client.rest() == b""
    assert alive(port)


def test_dripping_does_not_keep_a_body_alive(port: int) -> None:
    with Wire(port) as client:
        assert client.send(asking("ASK {}", Content_Length="100")).drip(b" ", DROPS) < DROPS
        assert client.read().problem["detail"].startswith("The body of the request did not arrive within")


def test_a_slow_answer_has_no_deadline_of_the_request() -> None:
    with listening(scripted(b"ab", pause=BODY_SECONDS + HEAD_SECONDS)) as port, Wire(port) as client:
        assert client.send(request("POST", "/", b"whole", Connection="close")).read().body == b"ab"


def test_a_body_in_chunks(port: int) -> None:
    head = asking("SELECT (1 AS ?x) {}").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    head = head.replace(b"Content-Length: 19", b"Connection: close\r\nTransfer-Encoding: chunked")
    chunks = [b"7;name=value\r\nSELECT \r\n", b"c\r\n(1 AS ?x) {}\r\n", b"0\r\n\r\n"]
    for pieces in (
        [head + b"".join(chunks)],
        [head, *chunks],
        [bytes([byte]) for byte in head + b"".join(chunks)],
    ):
        with Wire(port) as client:
            assert client.send(*pieces).read().body == b"x\r\n1\r\n"


def test_fields_after_the_chunks_are_no_fields_of_the_head(port: int) -> None:
    head = request("POST", "/update", Content_Type="application/sparql-update", Transfer_Encoding="chunked")
    body = b"11\r\nINSERT DATA {}   \r\n0\r\nAuthorization: Bearer secret\r\n\r\n"
    with Wire(port) as client:
        assert client.send(head + body).read().problem["code"] == "unauthorized"


def test_fields_after_the_chunks_have_a_limit(port: int) -> None:
    head = request("POST", "/sparql", Content_Type="application/sparql-query", Transfer_Encoding="chunked")
    with Wire(port) as client:
        client.send(head + b"6\r\nASK {}\r\n0\r\n", *(b"X: y\r\n" * 100,) * 20)
        assert client.read().problem["code"] in ("head-too-large", "too-large", "bad-request")


def test_a_client_that_waits_for_permission_gets_it(port: int) -> None:
    with Wire(port) as client:
        query = asking("SELECT (1 AS ?x) {}", Expect="100-continue", Connection="close")
        head, _, body = query.partition(b"\r\n\r\n")
        assert client.send(head + b"\r\n\r\n").read().status == 100
        assert client.send(body).read().body == b"x\r\n1\r\n"
        assert client.rest() == b""


REFUSED: dict[str, tuple[bytes, int]] = {
    "a media type": (request("POST", "/sparql", Content_Type="text/plain", Content_Length="6"), 415),
    "a token": (request("PUT", "/graphs?default", Content_Type="text/turtle", Content_Length="6"), 401),
    "an address": (request("POST", "/none", Content_Type="text/turtle", Content_Length="6"), 404),
    "a method": (request("PUT", "/sparql", Content_Type="text/turtle", Content_Length="6"), 405),
    "a length": (
        request("POST", "/sparql", Content_Type="application/sparql-query", Content_Length="1000001"),
        413,
    ),
}


@pytest.mark.parametrize(("head", "status"), REFUSED.values(), ids=REFUSED.keys())
def test_a_client_that_waits_for_permission_is_refused_without_sending(
    port: int, head: bytes, status: int
) -> None:
    with Wire(port) as client:
        found = client.send(head.replace(b"Host: x", b"Host: x\r\nExpect: 100-continue")).read()
        assert (found.status, found.whole) == (status, True)
        assert client.closed_after() < max(BODY_SECONDS, IDLE_SECONDS) + LATE
    assert alive(port)


@pytest.mark.parametrize("together", [True, False], ids=["at once", "later"])
@pytest.mark.parametrize("refused", ["a media type", "a token", "an address", "a method"])
def test_after_a_refused_body_the_connection_goes_on(port: int, refused: str, *, together: bool) -> None:
    head, status = REFUSED[refused]
    with Wire(port) as client:
        if together:
            client.send(head + b"ASK {}" + ALIVE)
        found = client.read() if together else client.send(head).read()
        assert (found.status, found.whole) == (status, True)
        if not together:
            client.send(b"ASK {}", ALIVE, pause=0.05)
        assert client.read().body == HEALTHY
        assert client.send(LAST).read().body == HEALTHY


def test_a_body_that_is_too_long_is_refused_before_it_is_sent(port: int) -> None:
    with Wire(port) as client:
        found = client.send(REFUSED["a length"][0]).read()
        assert found.problem["detail"].startswith(
            "The body is longer than 1,000,000 bytes (KG_QUERY_LENGTH)."
        )
        client.send(b" " * 1_000_001, ALIVE)
        assert client.read().body == HEALTHY


def test_chunks_without_end_are_refused(port: int) -> None:
    head = asking("").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    with Wire(port) as client:
        assert client.send(head, *(chunk,) * 16).read().problem["code"] == "too-large"
        assert client.closed_after() < BODY_SECONDS + LATE


@pytest.mark.parametrize("refused", ["a media type", "an address"])
def test_an_idle_connection_is_closed_after_a_refused_body_too(port: int, refused: str) -> None:
    with Wire(port) as client:
        head, status = REFUSED[refused]
        assert client.send(head).read().status == status
        client.send(b"ASK {}")
        client._socket.settimeout(IDLE_SECONDS + BODY_SECONDS + 1)
        assert client.closed_after() < IDLE_SECONDS + BODY_SECONDS + LATE


# ---- upgrades ---------------------------------------------------------------------------------------------

OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAAB\r\nHost:"


def test_an_upgrade_that_is_offered_is_not_taken(port: int) -> None:
    with Wire(port) as client:
        assert client.send(ALIVE.replace(b"Host:", OFFER)).read().body == HEALTHY
        assert client.send(LAST).read().body == HEALTHY


def test_a_chain_of_requests_that_offer_an_upgrade(port: int) -> None:
    offered = request("HEAD").replace(b"Host:", OFFER)
    with Wire(port) as client:
        client.send(offered * 400 + LAST)
        assert {client.read_head().status for _ in range(400)} == {200}
        assert client.read().body == HEALTHY


@pytest.mark.parametrize("apart", [False, True], ids=["at once", "apart"])
def test_a_query_that_offers_an_upgrade_keeps_its_body(port: int, *, apart: bool) -> None:
    """As the HTTP client of Java 11 and later asks."""
    head, blank, body = asking("SELECT (1 AS ?x) {}").replace(b"Host:", OFFER).partition(b"\r\n\r\n")
    with Wire(port) as client:
        client.send(*([head + blank, body] if apart else [head + blank + body]), pause=0.05)
        assert client.read().body == b"x\r\n1\r\n"


# ---- an answer under way and a fault after it -------------------------------------------------------------


def scripted(*parts: bytes, pause: float = 0.0) -> App:
    """An application that answers anything with these parts, with a pause before each."""

    async def app(scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        for number, part in enumerate(parts):
            await asyncio.sleep(pause)
            if not number:
                await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    return app


# What comes after a request that is being answered, each a fault of its own.
AFTERWARDS: dict[str, bytes] = {
    "garbage": b"\x00garbage\r\n\r\n",
    "half a head": b"GET /x HT",
    "a head that is too long": request(X="a" * LIMIT),
    "half a body": request("POST", "/", Content_Length="100"),
}


@pytest.mark.parametrize("parts", [1, 8], ids=["not begun", "begun"])
def test_an_answer_under_way_is_not_spoilt_by_what_follows(
    parts: int, caplog: pytest.LogCaptureFixture
) -> None:
    begun = BODY_SECONDS + 0.4
    with listening(scripted(*(b"part",) * parts, pause=begun / parts)) as port, ExitStack() as stack:
        clients = {name: stack.enter_context(Wire(port)) for name in AFTERWARDS}
        for name, fault in AFTERWARDS.items():
            clients[name].send(ALIVE)
            time.sleep(0.05)
            clients[name].send(fault)
        found = {name: client.read() for name, client in clients.items()}
    assert {name: (answer.status, answer.body) for name, answer in found.items()} == dict.fromkeys(
        AFTERWARDS, (200, b"part" * parts)
    )
    assert not [record for record in caplog.records if record.exc_info]


def test_a_slow_body_of_a_request_that_is_being_answered_breaks_the_answer_off() -> None:
    with listening(scripted(*(b"part",) * 20, pause=0.05)) as port, Wire(port) as client:
        found = client.send(request("POST", "/", Content_Length="100")).read()
        assert (found.status, found.whole, client.reset) == (200, False, True)
        assert 0 < found.body.count(b"part") < 20


def test_many_connections_that_never_finish_keep_nobody_from_being_answered(port: int) -> None:
    clients = [Wire(port) for _ in range(60)]
    for number, client in enumerate(clients):
        client.send((b"", b"GET / HT", request("POST", "/sparql", Content_Length="9"))[number % 3])
    begun = time.monotonic()
    assert alive(port)
    assert time.monotonic() - begun < 2
    for client in clients:
        client.rest()
        client._socket.close()
    assert time.monotonic() - begun < HEAD_SECONDS + BODY_SECONDS + 2 * LATE


def test_garbage_is_one_line_in_the_log(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), Wire(port) as client:
        client.send(b"\x00\r\nforged\r\n\r\n").rest()
    assert len(caplog.records) <= 1
    assert not [record for record in caplog.records if "forged" in record.getMessage()]


def test_who_leaves_after_a_chain_of_requests_costs_nothing() -> None:
    told: list[str] = []

    async def app(scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        if scope["type"] == "lifespan":
            await scripted()(scope, receive, send)
            return
        while (await receive())["type"] != "http.disconnect":
            pass
        told.append(scope["path"])

    with listening(app) as port:
        with Wire(port) as client:
            client.send(request(target="/1") + request(target="/2"), pause=0.2)
        deadline = time.monotonic() + LATE
        while not told and time.monotonic() < deadline:
            time.sleep(0.02)
    assert told == ["/1"]
