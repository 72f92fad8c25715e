"""The HTTP protocol of a connection, with the deadlines and limits that uvicorn's own does not have.

A head has to arrive within ``HEAD_SECONDS`` and be no longer than a setting says, a body within
``BODY_SECONDS``; whoever is slower gets 408 and is let go. An answer that fails half way is cut off, so that
nobody takes it for whole.
"""

import asyncio
import socket
import struct
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from kg.errors import HeadTooLarge, KgError, RequestError, SlowClient, UriTooLong
from kg.web.journal import Journal, Visit
from kg.web.problems import PROBLEM, problem
from kg.web.shortcuts import Shortcuts

HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
"""Seconds from the end of the head to the end of the body."""

_UNREAD = 65_536
"""Bytes that a client may leave lying and still be answered by a shortcut."""

CONNECTION = "kg.connection"
"""The name in a request's scope, under ``extensions``, of the connection it came by."""


_OFFER = (b"upgrade", b"connection", b"http2-settings")


def protocol_with(
    head_limit: int, journal: Journal | None = None, shortcuts: Shortcuts | None = None
) -> type[HttpToolsProtocol]:
    """Return a protocol class for uvicorn; ``head_limit`` is in bytes.

    It notes what it refuses, and what it sends by a shortcut.
    """
    given = {
        "head_limit": head_limit,
        "journal": journal or Journal(trusted=()),
        "shortcuts": shortcuts or Shortcuts(),
    }
    return type("Connection", (Connection,), given)


class Connection(HttpToolsProtocol):
    """One connection of a client."""

    head_limit = 65_536
    journal = Journal(trusted=())
    shortcuts = Shortcuts()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Wait for a first head."""
        super().__init__(*args, **kwargs)
        self.url = b""
        self.headers = []
        self._in_head = True
        self._head_size = 0
        self._beside = self._body_size = 0
        self._offered = False
        self._running: RequestResponseCycle | None = None
        self._refused = False
        self._shortcut = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock: somebody who connects has something to say."""
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, _Together(transport, self.loop))
        self.journal.connections += 1
        self._expect(HEAD_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._expect(None)
        self.journal.connections -= 1
        if self._running:  # uvicorn tells only the last of a chain of requests
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, as long as the head is not too long."""
        if self._refused:
            return
        if self._in_head:
            if not self._head_size:
                self._expect(HEAD_SECONDS)
            self._head_size += len(data)
        else:
            self._beside += len(data)
        self._unset_keepalive_if_required()
        try:
            while data:
                data = self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response("")
        if self._in_head and self._head_size > self.head_limit:
            self._refuse_head()
        elif self._beside > self.head_limit + 8 * self._body_size:
            self._refuse(HeadTooLarge(f"What is sent beside the body is longer than {self._most}."))

    def _feed(self, data: bytes) -> bytes:
        """Let the parser read; return what it has left.

        It takes a head that offers another protocol for the whole of a request, whatever body follows, so
        that such a head is read once more, without the offer.
        """
        try:
            self.parser.feed_data(data)
            return b""
        except httptools.HttpParserUpgrade as offer:
            rest = data[offer.args[0] :]
        self._offered = False
        kept = [(name, value) for name, value in self.headers if name not in _OFFER]
        if any(name == b"connection" and b"close" in value.lower() for name, value in self.headers):
            kept.append((b"connection", b"close"))
        version = self.parser.get_http_version().encode()
        first = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)
        head = b"\r\n".join([first, *(b"%s: %s" % item for item in kept), b"", b""])
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.parser.feed_data(head)
        return rest

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head; what follows the chunks of a body is not one."""
        if self._in_head:
            super().on_header(name, value)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_message_begin(self) -> None:
        """Begin another head."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End the head: refuse one that is too long, or let the application answer."""
        if self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT":
            self._offered = True
            return
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if self._refused or size > self.head_limit:
            self._refuse_head()
            return
        if self._hosts() != 1 and self.parser.get_http_version() == "1.1":
            self._refuse(
                RequestError(
                    "A request by HTTP/1.1 has the field Host once.",
                    remedy="Send the name and port of this server.",
                )
            )
            return
        self._in_head, self._head_size, self._beside, self._body_size = False, 0, 0, 0
        if self._is_answered():
            return
        self._expect(BODY_SECONDS)
        self.scope["extensions"] = cast(Any, {CONNECTION: self})
        super().on_headers_complete()

    def _hosts(self) -> int:
        """How often the head names the host (RFC 9112 section 3.2)."""
        return [name for name, _ in self.headers].count(b"host")

    def _is_answered(self) -> bool:
        """Whether the request got its answer by a shortcut."""
        parser = self.parser
        if (
            parser.get_method() != b"GET"
            or parser.get_http_version() != "1.1"
            or (self.cycle and not self.cycle.response_complete)
            or self.transport.get_write_buffer_size() > _UNREAD
        ):
            return False
        found = self.shortcuts.find(self.url, self.headers, self.server)
        if found is None:
            return False
        scope = cast(dict[str, Any], self.scope)
        scope |= {"method": "GET", "raw_path": self.url.partition(b"?")[0]}
        visit = self.journal.open(scope)
        visit.route, visit.status, visit.size, visit.whole = found.route, 200, len(found.body), True
        date = b"".join(b"%s: %s\r\n" % item for item in self.server_state.default_headers)
        head = (b"HTTP/1.1 200 OK\r\n", date, found.head, b"x-request-id: ", visit.id.encode(), b"\r\n\r\n")
        self.transport.write(b"".join((*head, found.body)))
        self.journal.close(visit)
        self._shortcut = True
        return True

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        self._body_size += len(body)
        self._beside = max(0, self._beside - len(body))
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Stop the clock: the request is there."""
        if self._offered or self._refused:
            return
        self._in_head, self._head_size, self._beside = True, 0, 0
        if self._shortcut:
            self._shortcut = False
            self._expect(self.timeout_keep_alive)
            return
        self._expect(None)
        super().on_message_complete()
        if self.cycle.response_complete:  # it was answered before its body came
            self._expect(self.timeout_keep_alive)

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP."""
        self._refuse(RequestError("The request is not well-formed HTTP/1.1."))

    def cut(self) -> None:
        """Break the connection in the middle of an answer, with a reset, so that it never seems complete."""
        if self._running:
            self._running.disconnected = True
            self._running.message_event.set()
        raw = self.transport.get_extra_info("socket")
        with suppress(OSError, AttributeError, ValueError):  # it may be closed already
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    def _expect(self, seconds: float | None) -> None:
        if self._deadline:
            self._deadline.cancel()
        self._deadline = self.loop.call_later(seconds, self._late) if seconds else None

    def _late(self) -> None:
        if self.transport.is_closing():
            return
        if self._in_head and not self._head_size:
            self.transport.close()  # it never began a request
            return
        what, most = ("head", HEAD_SECONDS) if self._in_head else ("body", BODY_SECONDS)
        self._refuse(SlowClient(f"The {what} of the request did not arrive within {most:g} s."))

    @property
    def _most(self) -> str:
        return f"{self.head_limit:,} bytes (KG_HEAD_LIMIT)"

    def _refuse_head(self) -> None:
        most = self._most
        if not self.headers and len(self.url) > self.head_limit // 2:
            error: KgError = UriTooLong(
                f"The address is longer than {most}.", remedy="Send the query in the body of a POST."
            )
        elif len(self.url) > self.head_limit:
            error = UriTooLong(f"The address is longer than {most}.", remedy="Send the query by POST.")
        else:
            error = HeadTooLarge(f"The head of the request is longer than {most}.")
        self._refuse(error)

    def _refuse(self, error: KgError) -> None:
        """Answer from here, unless an answer is under way, and end the connection."""
        if self._refused:
            return
        self._refused = True
        self._expect(None)
        own = None if self._in_head else self.cycle
        if own and self.pipeline and self.pipeline[0][0] is own:
            self.pipeline.popleft()
        last = self.pipeline[0][0] if self.pipeline else self._running
        if last and last is not own and not last.response_complete:
            last.keep_alive = False  # who asked well before is answered first, and then there is an end
            return
        if own and not own.response_complete:
            own.disconnected = True
            own.message_event.set()
            visit = self.journal.open(cast(Any, own.scope))  # it ends where its answer would have been made
            visit.outcome = error.code
            if own.response_started:
                self.cut()
                return
            visit.status = error.status
            self.transport.write(_raw(error, visit))
        elif not own:
            visit = self.journal.open(_nothing(self.client))
            visit.status, visit.outcome = error.status, error.code
            self.transport.write(_raw(error, visit))
            self.journal.close(visit)
        self.transport.close()


def _nothing(client: tuple[str, int] | None) -> dict[str, Any]:
    """The scope of a request of which nothing could be read."""
    return {"type": "http", "client": client, "headers": [], "method": "-", "path": "unreadable"}


class _Together:
    """A transport that sends the head of an answer in one piece with what follows it at once."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes) -> None:
        """Send, or wait until the present step of the loop has ended."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif data.startswith(b"HTTP/1.1 ") and data.endswith(b"\r\n\r\n"):
            self._head = data
            self._loop.call_soon(self._flush)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Send what waits, and end."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """All else is the transport's own affair."""
        return getattr(self._transport, name)

    def _flush(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)


def _raw(error: KgError, visit: Visit) -> bytes:
    body = problem(error, visit.id)
    visit.size = len(body)
    fields = {
        "Content-Type": PROBLEM,
        "Content-Length": str(len(body)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Allow-Origin": "*",
        "X-Request-Id": visit.id,
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}\r\n{head}\r\n".encode() + body
