"""Answers for which no worker is needed: what is said of one thing, when that is little.

A server that keeps a copy of a small store, or opens a folder a second time, finds them sooner than any
worker could be asked. Only queries whose shape bounds their work come here (``Operation.is_pointed``): one
pattern around a subject that is named, read as a stream that is left as soon as it turns out to be long.
Everything else is a worker's, which can be ended; so is whatever goes wrong here, or takes longer than it
should, as all requests wait meanwhile.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from time import monotonic

from kg.errors import KgError
from kg.media import GEOJSON, GRAPHML, XLSX, Format
from kg.results import Chunks
from kg.sparql import Operation
from kg.store import Read, Terms, Whole
from kg.store.coding import IDENTITY, WORTHWHILE, encode
from kg.store.embedded import EmbeddedStore

log = logging.getLogger("kg.store")

BYTES = 1 << 14
"""The most bytes of an answer that is made here."""
TRIPLES = 200
"""The most triples of an answer that is made here; they are sorted."""
_WHOLE = (GEOJSON, GRAPHML, XLSX)
"""Formats that are made of the whole answer."""
_SLOW, _OVER, _REST = 0.01, 32, 10.0
"""Seconds that answers may take here in the mean, over about so many; when they take longer, as from a disk
that is slow, seconds in which all are left to the workers."""
_STALL = 0.05
"""Seconds at most that one answer counts for: a machine that is busy holds up one or the other."""
_PAUSE = 1.0
"""Seconds without a change after which the present state is taken up."""


class _TooLong(Exception):  # noqa: N818 - nobody hears of it
    """An answer was to be brief, and is not."""


class _Brief(Chunks):
    """Keeps what it gets, up to a number of bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._left = most

    def write(self, data: bytes) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise _TooLong
        return super().write(data)


class Near:
    """The nearest copy of a store: there some time after a change, or not at all."""

    def __init__(self, take_up: Callable[[], EmbeddedStore | None]) -> None:
        """Begin without; ``take_up`` opens the present state, in a thread, or says that it is too large."""
        self._take_up = take_up
        self._store: EmbeddedStore | None = None
        self._version = ""
        self._mean = 0.0
        self._rests_until = 0.0
        self._task: asyncio.Task[None] | None = None

    def follow(self, version: str, *, at_once: bool = False) -> None:
        """The store has come to another version: forget what was, and take up what is, in a while."""
        self.forget()
        self._task = asyncio.get_running_loop().create_task(self._follow(version, 0 if at_once else _PAUSE))

    def forget(self) -> None:
        """Answer nothing from now on."""
        self._store = None
        if self._task:
            self._task.cancel()
            self._task = None

    async def ready(self) -> bool:
        """Return when the last version is taken up, or will not be; whether it was."""
        if self._task:
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self._task)
        return self._store is not None

    def answer(self, request: Read, format: Format, terms: Terms, most: int) -> Whole | None:
        """Answer at once, in at most so many bytes; None when that is not for here to do."""
        store = self._store
        if store is None or not (isinstance(request, Operation) and request.is_pointed) or format in _WHOLE:
            return None
        begun = monotonic()
        if begun < self._rests_until:
            return None
        sink = _Brief(min(most, BYTES))
        try:
            if not store.brief(request, format, TRIPLES, sink):
                return None
        except (KgError, _TooLong):
            return None
        finally:
            ended = monotonic()
            self._mean += (min(ended - begun, _STALL) - self._mean) / _OVER
            if self._mean > _SLOW:
                self._mean, self._rests_until = 0.0, ended + _REST
        found = sink.whole()
        coding = terms.encoding if terms.always or len(found) >= WORTHWHILE else IDENTITY
        return Whole(self._version, coding, found if coding == IDENTITY else encode(found, coding))

    async def _follow(self, version: str, pause: float) -> None:
        await asyncio.sleep(pause)
        try:
            store = await asyncio.to_thread(self._take_up)
        except (KgError, OSError, ValueError) as error:
            log.warning("short answers take longer than they need to: %s", error)
            return
        self._store, self._version = store, version
