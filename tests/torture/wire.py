"""HTTP as bytes on a socket: what is sent is what the test says, and how an answer ended is known.

A client that helps would repair what these tests send and hide how an answer broke off. This one writes any
bytes at all, reads while it still writes (as a server may refuse a long body early), and never repairs.
"""

from __future__ import annotations

import json
import select
import socket
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode

End = Literal["whole", "closed", "cut", "reset", "late"]
"""By its own framing; by a clean close where nothing frames it; short; by a reset; or not within our time."""

QUERY = "application/sparql-query"
UPDATE = "application/sparql-update"
FORM = "application/x-www-form-urlencoded"
PROBLEM = "application/problem+json"

_TELLTALES = ("Traceback", "site-packages", "panicked", "oxrdf", "spareval", "/src/", ".py", ".rs:")


@dataclass(repr=False)
class Answer:
    """One answer as it came; ``status`` is 0 when not even a head did."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    end: End = "late"
    seconds: float = 0.0

    def __repr__(self) -> str:
        shown = f"{self.body[:600]!r}" + ("…" if len(self.body) > 600 else "")
        return f"<{self.status}, {self.end} after {self.seconds:.2f} s, {self.headers}, {shown}>"

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "backslashreplace")

    @property
    def code(self) -> str:
        """The code of a problem document; empty for all else."""
        if self.headers.get("content-type", "").partition(";")[0] != PROBLEM:
            return ""
        document = json.loads(self.body)
        return document["code"] if isinstance(document, dict) else ""

    @property
    def outcome(self) -> str:
        """What happened in one word, for tables: the code of a refusal, else ok, broken, or the status."""
        if self.status == 200:
            return "ok" if self.end in ("whole", "closed") else "broken"
        return self.code or (str(self.status) if self.status else f"no answer, {self.end}")

    def problem(self, status: int, code: str) -> str:
        """Check a refusal to its last field and return its detail."""
        assert (self.status, self.code) == (status, code), self
        return self.refusal()

    def refusal(self) -> str:
        """Check that this is a refusal as all must be, whatever its code; return its detail."""
        assert self.end == "whole", self
        assert self.headers["content-type"].partition(";")[0] == PROBLEM, self
        assert len(self.body) <= 4096
        document: dict[str, Any] = json.loads(self.body)
        assert {"type", "title", "status", "detail", "code"} <= set(document), document
        assert document["status"] == self.status
        assert len(document["detail"]) > 10, document
        assert not [word for word in _TELLTALES if word in self.text], document
        assert "no-store" in self.headers["cache-control"]
        assert self.headers["x-content-type-options"] == "nosniff"
        assert "server" not in self.headers
        for name, statuses in (("retry-after", (429, 503)), ("www-authenticate", (401,)), ("allow", (405,))):
            if self.status in statuses:
                assert self.headers.get(name), f"no {name} with {self.status}: {document}"
        if self.status in (429, 503):
            assert 0 < int(self.headers["retry-after"]) <= 3600
        return str(document["detail"])


def compose(
    method: str = "GET",
    target: str = "/sparql",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    *,
    version: str = "HTTP/1.1",
) -> bytes:
    """Write a request; Host, Connection and Content-Length are added where they are not given."""
    fields = {"Host": "127.0.0.1", "Connection": "close", **(headers or {})}
    if body is not None and not {"content-length", "transfer-encoding"} & {name.lower() for name in fields}:
        fields["Content-Length"] = str(len(body))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{method} {target} {version}\r\n{head}\r\n".encode("utf-8", "surrogateescape") + (body or b"")


def asking(query: str, *, accept: str = "text/csv", **headers: str) -> bytes:
    """A request that posts a query as it is."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return compose("POST", "/sparql", {"Content-Type": QUERY, "Accept": accept, **named}, query.encode())


def form(**fields: str) -> bytes:
    """Write the body of a form."""
    return urlencode(fields).encode()


def dial(port: int) -> socket.socket:
    """Open a connection."""
    return socket.create_connection(("127.0.0.1", port), timeout=10)


def exchange(port: int, request: bytes | Iterable[bytes], *, wait: float = 60, keep: int = 1 << 26) -> Answer:
    """Send all of a request that the server takes, and read all of its answer; at most ``wait`` seconds."""
    with dial(port) as wire:
        return converse(wire, request, wait=wait, keep=keep)


def converse(
    wire: socket.socket, request: bytes | Iterable[bytes] = b"", *, wait: float = 60, keep: int = 1 << 26
) -> Answer:
    """Do the same on a connection that is open already."""
    begun = time.monotonic()
    received, end = _talk(
        wire, iter([request] if isinstance(request, bytes) else request), begun + wait, keep
    )
    answer = parse(received, end)
    answer.seconds = time.monotonic() - begun
    return answer


def _talk(wire: socket.socket, pieces: Iterator[bytes], until: float, keep: int) -> tuple[bytes, End]:
    """Write and read at once until an answer is whole or the connection ends."""
    wire.setblocking(False)
    received = bytearray()
    framing = _Framing()
    pending: memoryview[int] | None = memoryview(next(pieces, b""))
    while time.monotonic() < until:
        if pending is not None and not pending:
            piece = next(pieces, None)
            pending = memoryview(piece) if piece is not None else None
        wants = [wire] if pending else []
        readable, writable, _ = select.select([wire], wants, [], 0.25 if pending or pending is None else 0)
        if readable:
            try:
                data = wire.recv(1 << 18)
            except BlockingIOError:
                continue
            except OSError:
                return bytes(received), "reset"
            if not data:
                return bytes(received), "closed"
            received += data
            if framing.whole(received):
                return bytes(received), "whole"
            if len(received) > keep:
                return bytes(received), "late"
        elif writable and pending:
            try:
                pending = pending[wire.send(pending[: 1 << 18]) :]
            except BlockingIOError:
                continue
            except OSError:
                pending = None  # it stopped listening; what it said before can still be read
    return bytes(received), "late"


class _Framing:
    """Tells from the bytes so far whether an answer is whole, looking at each of them once."""

    def __init__(self) -> None:
        self._start: int | None = None
        self._needed: int | None = None
        self._chunked = False
        self._at = 0

    def whole(self, received: bytearray) -> bool:
        if self._start is None and not self._head(received):
            return False
        if self._chunked:
            return self._chunks(received)
        return self._needed is not None and len(received) >= self._needed

    def _head(self, received: bytearray) -> bool:
        begin = 0
        while (found := received.find(b"\r\n\r\n", begin)) >= 0:
            status, headers = _fields(bytes(received[begin:found]))
            if not 100 <= status < 200:
                self._start = self._at = found + 4
                self._chunked = "chunked" in headers.get("transfer-encoding", "")
                if status in (204, 304):
                    self._needed = self._start
                elif "content-length" in headers:
                    self._needed = self._start + int(headers["content-length"])
                return True
            begin = found + 4
        return False

    def _chunks(self, received: bytearray) -> bool:
        while (line := received.find(b"\r\n", self._at)) >= 0:
            size = int(received[self._at : line], 16)
            if not size:
                return received.startswith(b"\r\n", line + 2)
            if len(received) < line + 2 + size + 2:
                return False
            self._at = line + 2 + size + 2
        return False


def _fields(head: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    parts = first.split(" ", 2)
    status = int(parts[1]) if len(parts) > 1 and parts[0].startswith("HTTP/1.") else 0
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        known = headers.get(name.strip().lower())
        headers[name.strip().lower()] = f"{known}, {value.strip()}" if known else value.strip()
    return status, headers


def parse(received: bytes, end: End) -> Answer:
    """Take an answer apart; an end that its framing does not bear out becomes ``cut``."""
    head, parted, rest = received.partition(b"\r\n\r\n")
    status, headers = _fields(head)
    if parted and 100 <= status < 200:
        return parse(rest, end)
    if not parted or not status:
        return Answer(end="cut" if end == "closed" and received else end, body=received)
    body = rest
    if "chunked" in headers.get("transfer-encoding", ""):
        body = _unchunk(rest)
        end = "cut" if end == "closed" else end
    elif "content-length" in headers:
        body = rest[: int(headers["content-length"])]
        end = "cut" if end == "closed" else end
    return Answer(status, headers, body, end)


def _unchunk(data: bytes) -> bytes:
    body, at = bytearray(), 0
    while (line := data.find(b"\r\n", at)) >= 0 and (size := int(data[at:line], 16)):
        body += data[line + 2 : line + 2 + size]
        at = line + 2 + size + 2
    return bytes(body)
