"""From an answer of the store to the response: whole, or in parts, or broken off; never cut and called whole.

While a request is worked on or sent, its client is watched: when it goes, the work stops.
"""

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import aclosing, suppress
from functools import lru_cache
from hashlib import sha256
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from kg import __version__
from kg.errors import KgError, NotAcceptable, ResultTooLarge
from kg.media import Format
from kg.store import Answer
from kg.store.coding import CODINGS, IDENTITY, WORTHWHILE, encode
from kg.web.html import LOOK
from kg.web.wire import CONNECTION

T = TypeVar("T")

VARY = "Accept, Accept-Encoding, Origin"

_STALL = 20.0
"""Seconds that a client may take none of an answer."""
STALLED = "stalled"
"""The outcome of an answer whose client took none of it for too long."""
_OLD_HTTP = 16_000_000
"""Bytes of an answer that are kept back for a client of HTTP/1.0, which cannot tell a cut answer from a whole
one."""
_SOON = 0.05


async def while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do work for a client as long as it is there; ClientDisconnect when it went, and the work is stopped.

    Most work is over before anybody has to look after the client.
    """
    watch = _Watch(request.receive)
    alarm = asyncio.get_running_loop().call_later(_SOON, watch.begin)
    try:
        return await work
    except asyncio.CancelledError:
        if watch.ends_it:
            raise ClientDisconnect from None
        raise
    finally:
        alarm.cancel()
        watch.end()


class _Watch:
    """Cancels the task it was made in when the client goes."""

    def __init__(self, receive: Receive) -> None:
        task = asyncio.current_task()
        assert task
        self._task = task
        self._receive = receive
        self._watching: asyncio.Task[None] | None = None
        self.ends_it = False

    def begin(self) -> None:
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    def end(self) -> None:
        if self._watching:
            self._watching.cancel()
        if self.ends_it:
            self._task.uncancel()

    async def _watch(self) -> None:
        await _gone(self._receive)
        self.ends_it = self._task.cancel()


async def _unless_gone(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """Do work until the client goes; ClientDisconnect then, and the work is stopped."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    gone = loop.create_task(_gone(receive))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise ClientDisconnect
        return task.result()
    finally:
        gone.cancel()
        await _stop(task)


async def _stop(task: asyncio.Task[Any]) -> None:
    if not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


# ---- content codings and validators
# ---------------------------------------------------------------------------


@lru_cache(maxsize=256)
def choose_coding(accept_encoding: str | None) -> tuple[str, bool]:
    """The content coding to use, and whether it must be (RFC 9110 section 12.5.3); NotAcceptable."""
    weights: dict[str, float] = {}
    for part in (accept_encoding or "").split(","):
        name, _, parameter = part.strip().lower().partition(";")
        quality = parameter.partition("=")[2].strip() or "1"
        with suppress(ValueError):
            weights[name.strip().removeprefix("x-")] = float(quality)
    others = weights.get("*")
    found = [
        (weights.get(coding, others or 0.0), -rank, coding)
        for rank, coding in enumerate(CODINGS)
        if coding != IDENTITY
    ]
    weight, _, coding = max(found)
    plain = weights.get(IDENTITY, 1.0 if others is None else others)
    if weight > 0 and weight >= weights.get(IDENTITY, 0.0):
        return coding, plain == 0
    if plain == 0:
        raise NotAcceptable(
            "The answer comes in none of the codings asked for.", remedy=f"On offer: {', '.join(CODINGS)}."
        )
    return IDENTITY, False


Parts = Sequence[str | None]
"""What a representation depends on; with None, the version of a store that has none, nobody knows."""


def tag(parts: Parts, coding: str) -> str:
    """A strong validator for a representation (RFC 9110 section 8.8.3), of which all is known.

    A page that is made in another way is another: it names other files.
    """
    text = "\x00".join([__version__, LOOK, *(part or "" for part in parts), coding])
    return f'"{sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]}"'


def is_known(request: Request, parts: Parts, coding: str) -> str | None:
    """The validator of a representation that the client has already, by If-None-Match (section 13.1.2)."""
    given = request.headers.getlist("if-none-match")
    if not given or None in parts:
        return None
    if request.method == "POST":  # 304 is for methods that only read (section 15.4.5)
        return None
    known = {item.strip().removeprefix("W/") for line in given for item in line.split(",")}
    tags = [tag(parts, coding), tag(parts, IDENTITY)]
    return next((item for item in tags if item in known), None)


# ---- responses
# ------------------------------------------------------------------------------------------------


class Reply(Response):
    """Sends an answer of the store."""

    def __init__(self, answer: Answer, format: Format, headers: Mapping[str, str]) -> None:
        """Take an answer whose first part is there; it is closed when the response ends, however it ends."""
        super().__init__(None, headers={"Content-Type": format.content_type, "Vary": VARY, **headers})
        self._answer = answer
        if format.kind == "file":
            self.headers["Content-Disposition"] = f'attachment; filename="answer.{format.extension}"'
        del self.headers["content-length"]
        if answer.encoding != IDENTITY:
            self.headers["Content-Encoding"] = answer.encoding

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it; an answer that ends early is cut off."""
        try:
            first, whole = self._answer.first, self._answer.whole
            if not whole and scope.get("http_version") == "1.0":
                first, whole = await _unless_gone(receive, self._all(first)), True
            if whole:
                self.headers["Content-Length"] = str(len(first))
            start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
            await send(start)
            if whole or scope["method"] == "HEAD":
                body = b"" if scope["method"] == "HEAD" else first
                await send({"type": "http.response.body", "body": body})
                return
            await self._stream(scope, receive, send, first)
        except ClientDisconnect:
            return
        finally:
            await self._answer.close()

    async def _all(self, first: bytes) -> bytes:
        parts = [first]
        async with aclosing(self._answer.rest()) as rest:
            async for part in rest:
                parts.append(part)
                if sum(map(len, parts)) > _OLD_HTTP:
                    raise ResultTooLarge(
                        f"The answer is longer than {_OLD_HTTP:,} bytes, too long for HTTP/1.0.",
                        remedy="Ask by HTTP/1.1.",
                    )
        return b"".join(parts)

    async def _stream(self, scope: Scope, receive: Receive, send: Send, first: bytes) -> None:
        try:
            await _unless_gone(receive, self._parts(send, first))
        except (KgError, TimeoutError) as fault:
            visit = scope.get("state", {}).get("visit")
            if visit:
                visit.outcome = fault.code if isinstance(fault, KgError) else STALLED
            connection = scope.get("extensions", {}).get(CONNECTION)
            if connection is None:
                raise
            connection.cut()

    async def _parts(self, send: Send, first: bytes) -> None:
        await _soon(send({"type": "http.response.body", "body": first, "more_body": True}))
        async with aclosing(self._answer.rest()) as rest:
            async for part in rest:
                await _soon(send({"type": "http.response.body", "body": part, "more_body": True}))
        await _soon(send({"type": "http.response.body", "body": b""}))


async def _soon(sending: Any) -> None:
    # Not wait_for, which in Python 3.11 forgets that it was cancelled when the sending ends at that moment.
    async with asyncio.timeout(_STALL):
        await sending


def whole(
    request: Request,
    data: bytes,
    *,
    content_type: str,
    parts: Parts,
    headers: Mapping[str, str],
    coding: tuple[str, bool],
) -> Response:
    """Answer with bytes that are there; ``parts`` is what they depend on, ``coding`` as chosen.

    Without all of that being known, they have no validator.
    """
    name = coding[0] if coding[1] or len(data) >= WORTHWHILE else IDENTITY
    fields = {"Content-Type": content_type, "Vary": VARY, "Cache-Control": "no-cache", **headers}
    if name != IDENTITY:
        data = encode(data, name)
        fields["Content-Encoding"] = name
    if None not in parts:
        fields["ETag"] = tag(parts, name)
    response = Response(b"" if request.method == "HEAD" else data, headers=fields)
    response.headers["Content-Length"] = str(len(data))
    return response


def not_modified(validator: str) -> Response:
    """What the client has is what it would get."""
    response = Response(
        status_code=304, headers={"ETag": validator, "Vary": VARY, "Cache-Control": "no-cache"}
    )
    del response.headers["content-length"]
    return response
