"""The server's side of one worker: give it a job, take its answer, end it, and tell what became of it."""

import asyncio
import json
import logging
import os
import signal
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from kg import errors
from kg.errors import Crashed, KgError, Timeout
from kg.store import jail
from kg.store.coding import IDENTITY
from kg.store.frames import DATA, END, FAULT, HEAD, Splitter
from kg.store.worker import memory_limit

if TYPE_CHECKING:
    from kg.store.processes import Zygote

log = logging.getLogger("kg.store")

_HIGH = 1 << 20
"""Bytes read ahead of whoever takes an answer; then the worker is made to wait."""
_WORDS = 4096
_ORPHANED = 0.2
"""Seconds after which a process that has ended is ours to wait for, if it is ever to be."""


class Worker(asyncio.Protocol):
    """A worker, and what it has sent of its present answer."""

    def __init__(
        self, zygote: "Zygote", pid: int, handle: int, words: int, death: "asyncio.Future[int]"
    ) -> None:
        """Take over the server's ends of what leads to a new worker."""
        self.zygote = zygote
        self.pid = pid
        self.slow = False
        self.outdated = False
        self.version = ""
        self.encoding = IDENTITY
        self.end: dict[str, Any] | None = None
        self.fault: KgError | None = None
        self.lost = False
        self.tired = False
        self.taken_away = False
        self._handle = handle
        self._words = words
        self._death = death
        self._clock = jail.clock_of(pid)
        self._killed: KgError | None = None
        self._transport: asyncio.Transport | None = None
        self._splitter = Splitter()
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._paused = False
        self._news: asyncio.Future[None] | None = None

    # ---- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way to write."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Sort what arrives, and make a worker wait that is far ahead of whoever takes its answer."""
        for kind, content in self._splitter.feed(data):
            if kind == DATA:
                self._chunks.append(content)
                self._size += len(content)
            elif kind == HEAD:
                self.encoding = content.decode("ascii")
            elif kind == END:
                self.end = json.loads(content) if content else {}
                self.tired = "tired" in self.end
            elif kind == FAULT:
                facts = json.loads(content)
                self.fault, self.tired = _error(facts), "tired" in facts
        if self._size > _HIGH and not self._paused and self._transport:
            self._paused = True
            self._transport.pause_reading()
        self.wake()

    def connection_lost(self, error: Exception | None) -> None:
        """Let go of everything that belonged to the process."""
        self.lost = True
        self.wake()
        if self._handle >= 0:
            _reap(self._handle, self.pid)
            self._handle = -1
        self.zygote.gone(self)

    # ---- the server's side

    @property
    def buffered(self) -> int:
        """Bytes that have arrived and were not taken."""
        return self._size

    @property
    def done(self) -> bool:
        """Whether nothing more will arrive of the present answer."""
        return self.end is not None or self.fault is not None or self.lost

    @property
    def is_fit(self) -> bool:
        """Whether the worker has done its job and can take another; one that is ``slow`` only a long one."""
        return self.done and not (self.lost or self.tired or self.outdated or self._killed)

    def start(self, job: bytes) -> None:
        """Give the worker a job; it has none at the moment."""
        self.encoding, self.end, self.fault = IDENTITY, None, None
        self._chunks.clear()
        self._size = 0
        if self._transport and not self.lost:
            self._transport.write(job)

    async def news(self) -> None:
        """Return when something has arrived, or the worker is gone."""
        if self.done:
            return
        self._news = asyncio.get_running_loop().create_future()
        try:
            await self._news
        finally:
            self._news = None

    def wake(self) -> None:
        """Have whoever waits for news look again."""
        if self._news and not self._news.done():
            self._news.set_result(None)

    def take(self) -> list[bytes]:
        """Return what has arrived, and let the worker go on."""
        chunks = list(self._chunks)
        self._chunks.clear()
        self._size = 0
        if self._paused and self._transport:
            self._paused = False
            self._transport.resume_reading()
        return chunks

    def used(self) -> float:
        """Seconds of the processor that the worker has used since it began."""
        return jail.read_clock(self._clock)

    def stand_back(self) -> None:
        """Let others go first; a process cannot take that back, so this job is its last."""
        self.slow = True
        jail.renice(self.pid, 10)

    def kill(self, why: KgError | None = None) -> None:
        """End the process at once, whatever it does; ``why`` is what its answer then ends with."""
        self._killed = self._killed or why
        if self._handle >= 0:
            with suppress(OSError):
                signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        elif not self.lost:
            with suppress(OSError):
                os.kill(self.pid, signal.SIGKILL)
        if self._transport:
            self._transport.abort()

    def dispose(self) -> None:
        """End the process, and let go of all that belongs to it."""
        self.kill()
        self.bury()

    async def failure(self) -> KgError:
        """What an answer without an end is to be told as: our decision, its own words, or how it died."""
        found = self._killed or self.fault
        if found is None:
            number, words = await self._signal(), self._last_words()
            self.taken_away = number == signal.SIGKILL or self.zygote.lost
            found = _epitaph(number, words)
            log.warning(
                "worker %d ended by signal %d, and said: %s", self.pid, number, words[:1000] or "nothing"
            )
        return found

    async def _signal(self) -> int:
        """The signal that ended the process; 0 when it ended otherwise or nobody knows."""
        with suppress(TimeoutError):
            async with asyncio.timeout(1):
                return await asyncio.shield(self._death)
        return 0

    def bury(self) -> None:
        """Let go of the last words of a worker that nobody asks about any more."""
        for handle in (self._words, self._clock):
            if handle >= 0:
                os.close(handle)
        self._words = self._clock = -1

    def _last_words(self) -> str:
        if self._words < 0:
            return ""
        with suppress(OSError):
            return os.read(self._words, _WORDS).decode("utf-8", "replace")
        return ""


def _epitaph(number: int, words: str) -> KgError:
    if "memory allocation" in words or "capacity overflow" in words or "out of memory" in words:
        return memory_limit()
    if number in (signal.SIGALRM, signal.SIGXCPU):
        return timeout(None)
    message = "The process that worked on this request died of it."
    remedy = "Ask in another way: flatter, shorter, or in several requests."
    if number == signal.SIGKILL:
        message, remedy = "The process that worked on this request was ended from outside.", "Ask again."
    if number in (signal.SIGSEGV, signal.SIGBUS) or "overflowed its stack" in words:
        message = "The process that worked on this request died of it: the text is too deep for the engine."
    return Crashed(message, remedy=remedy)


def timeout(seconds: float | None) -> Timeout:
    """The error for work that has reached its time limit."""
    after = f" after {seconds:g} s" if seconds else ""
    return Timeout(
        f"The work was stopped{after}, at its time limit (KG_QUERY_TIMEOUT, or the parameter timeout).",
        remedy="Ask for less at once: fewer patterns, a narrower FILTER, a LIMIT.",
    )


def _error(facts: Mapping[str, Any]) -> KgError:
    """Make the error again that a worker told of; only classes of ``kg.errors`` are made."""
    kind = getattr(errors, str(facts["type"]), KgError)
    found = kind if isinstance(kind, type) and issubclass(kind, KgError) else KgError
    try:
        return found(facts["message"], remedy=facts["remedy"], line=facts["line"], column=facts["column"])
    except TypeError:  # one that carries more than a worker tells
        return KgError(facts["message"], remedy=facts["remedy"])


def _reap(handle: int, pid: int) -> None:
    """Wait for the end of a process without waiting: it may be ours by adoption, or another's.

    A zygote that ends before it has seen its worker's end leaves that to us, so it is looked at twice.
    """
    loop = asyncio.get_running_loop()

    def ended() -> None:
        loop.remove_reader(handle)
        try:
            os.waitid(os.P_PIDFD, handle, os.WEXITED | os.WNOHANG)
        except ChildProcessError:
            loop.call_later(_ORPHANED, adopted)
        os.close(handle)

    def adopted() -> None:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)

    loop.add_reader(handle, ended)
