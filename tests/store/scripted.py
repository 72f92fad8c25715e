"""A server on loopback whose every answer is a script, so that it can send what no server should."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from kg.store import Access


@dataclass
class Script:
    """What it was sent, and how often somebody came."""

    address: str = ""
    heads: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    open: int = 0

    @property
    def access(self) -> Access:
        return Access(update=f"{self.address}update", graphs=f"{self.address}store")


Act = Callable[[int, str, asyncio.StreamWriter], Any]
"""Plays one answer: to which request it is, counted from 1, the head of that, where the answer goes."""


@asynccontextmanager
async def playing(act: Act, tls: ssl.SSLContext | None = None) -> AsyncIterator[Script]:
    """A server on loopback that reads requests and answers with what ``act`` writes."""
    script = Script()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script.open += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
                script.bodies.append(await reader.readexactly(int(length[1]) if length else 0))
                script.heads.append(head)
                playing_on = asyncio.create_task(act(len(script.heads), head, writer))
                left = asyncio.create_task(reader.read(1))
                await asyncio.wait({playing_on, left}, return_when=asyncio.FIRST_COMPLETED)
                for task in (playing_on, left):
                    task.cancel()
                await asyncio.gather(playing_on, left, return_exceptions=True)
                if writer.is_closing() or not playing_on.done() or playing_on.cancelled():
                    return
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            script.open -= 1
            writer.close()
            with suppress(ConnectionError, asyncio.CancelledError):
                await writer.wait_closed()

    server = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=tls)
    host, port = server.sockets[0].getsockname()
    script.address = f"http{'s' if tls else ''}://{host}:{port}/"
    try:
        yield script
    finally:
        server.close()


def says(data: bytes, *, stays: bool = False) -> Act:
    """Always send this, and go away unless it ``stays``."""

    async def act(number: int, head: str, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        if not stays:
            await writer.drain()
            writer.close()

    return act


def reply(body: bytes, *fields: str, status: str = "200 OK", media_type: str = "text/csv") -> bytes:
    """A response as it should be, but for what the caller wants."""
    head = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join([*head, "", ""]).encode() + body


def without_length(body: bytes, *fields: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 200 OK", "Content-Type: text/csv", *fields, "", ""]).encode() + body


def chunked(*parts: bytes) -> bytes:
    return without_length(b"".join(parts), "Transfer-Encoding: chunked")


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def gone(script: Script) -> None:
    """Wait until nobody is connected any more."""
    async with asyncio.timeout(5):
        while script.open:
            await asyncio.sleep(0.01)
