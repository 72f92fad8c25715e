"""An answer that is on its way: a task of its own fetches it, a few parts ahead of whoever reads.

So the connection ends at the deadline however slow the reader is, and with the reader however slow the
server.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress

from kg.errors import KgError
from kg.store.coding import CODINGS, IDENTITY, WORTHWHILE, Coder, encode

Take = Callable[[bytes], Awaitable[None]]
Fetch = Callable[[Take], Awaitable[None]]
"""Gives the bytes of an answer to a function, and raises what goes wrong."""

PIECE = 1 << 16
"""Bytes that are there before the first part is given out, unless the answer is shorter."""
_AHEAD = 4


class Transfer:
    """An Answer, whose version nobody knows."""

    version = None

    def __init__(
        self,
        fetch: Fetch,
        encoding: str,
        *,
        always: bool,
    ) -> None:
        """Begin; the bytes are coded unless they are short, as in ``Terms``."""
        self.first = b""
        self.whole = False
        self.encoding = encoding
        self._always = always
        self._ended = False
        self._coder: Coder | None = None
        self._held = bytearray()
        self._parts: asyncio.Queue[bytes | KgError | None] = asyncio.Queue(_AHEAD)
        self._task = asyncio.get_running_loop().create_task(self._run(fetch))

    async def begin(self) -> None:
        """Wait for the first part, or for all of a short answer; what goes wrong until then is raised."""
        try:
            self.first = await self._next() or b""
        except BaseException:
            await self.close()
            raise

    async def rest(self) -> AsyncGenerator[bytes, None]:
        """Yield what follows the first part."""
        while not self.whole and (part := await self._next()):
            yield part

    async def close(self) -> None:
        """Stop, and let go of the connection."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _next(self) -> bytes | None:
        part = None if self._ended else await self._parts.get()
        self._ended = not isinstance(part, bytes)
        if isinstance(part, KgError):
            raise part
        return part

    async def _run(self, fetch: Fetch) -> None:
        try:
            await fetch(self._take)
        except KgError as error:
            await self._parts.put(error)
            return
        except Exception as error:  # whoever waits is told, whatever it is
            fault = KgError(f"{type(error).__name__}: {error}"[:500])
            fault.__cause__ = error
            await self._parts.put(fault)
            return
        held = bytes(self._held)
        if self._coder is None:
            if not self._always and len(held) < WORTHWHILE:
                self.encoding = IDENTITY
            self.whole = True
            await self._parts.put(encode(held, self.encoding))
            return
        if last := self._coder.add(held) + self._coder.end():
            await self._parts.put(last)
        await self._parts.put(None)

    async def _take(self, data: bytes) -> None:
        self._held += data
        if len(self._held) < PIECE:
            return
        self._coder = self._coder or CODINGS[self.encoding]()
        part = self._coder.add(bytes(self._held))
        self._held.clear()
        if part:
            await self._parts.put(part)
