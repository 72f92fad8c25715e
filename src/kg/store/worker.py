"""What a worker does: one job after the other, each read from its channel and answered on it.

It may die at any moment, by its own fault or the server's decision; nothing but the channel tells of it.
"""

import json
import os
import pickle
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from kg.errors import KgError, MemoryLimit, NotFound, ResultTooLarge
from kg.media import Format, by_name
from kg.results import Sink
from kg.sparql import Operation
from kg.store import DropGraph, PutGraph, Read, ReadDataset, ReadGraph, ReadVariables, Write
from kg.store.bodies import read_body
from kg.store.coding import CODINGS, IDENTITY, WORTHWHILE
from kg.store.embedded import EmbeddedStore
from kg.store.frames import DATA, END, FAULT, HEAD, JOB, frame, receive
from kg.store.jail import limit_time, pause_time, resident
from kg.updates import Update

_PIECE = 1 << 16
"""Bytes in one message, about."""
_GROWTH = 96_000_000
"""Bytes of memory that a worker may have grown by before it makes room for a fresh one."""
GRACE = 1.0
"""Seconds that the server has to end a job before it ends itself."""


@dataclass(frozen=True)
class ReadJob:
    """A request to read, with all that a worker needs to know."""

    request: Read
    format: str
    seconds: float
    result: int
    encoding: str
    always: bool


@dataclass(frozen=True)
class WriteJob:
    """A request to write."""

    request: Write
    seconds: float


class Answered(Protocol):
    """What of a job says how its answer is sent: the most bytes, and how they are coded."""

    @property
    def result(self) -> int:
        """The most bytes before coding."""

    @property
    def encoding(self) -> str:
        """The content coding."""

    @property
    def always(self) -> bool:
        """Whether a short answer is coded, too."""


def pack(job: object) -> bytes:
    """Return the job as a message."""
    return frame(JOB, pickle.dumps(job))


def read_on(channel: socket.socket, store: EmbeddedStore) -> None:
    """Answer jobs that read, until nobody asks any more or too much memory is held."""
    at_first = resident()
    while (found := receive(channel)) is not None:
        job = pickle.loads(found[1])
        limit_time(job.seconds + GRACE)
        goes_on = respond(
            channel, job, partial(read, store, job.request, by_name(job.format)), at_first + _GROWTH
        )
        pause_time()
        if not goes_on:
            return


def write_once(channel: socket.socket, store: EmbeddedStore, keep: Callable[[], None]) -> bool:
    """Do the one job that writes, then ``keep`` what came of it; False when it failed or nobody asked."""
    found = receive(channel)
    if found is None:
        return False
    job = pickle.loads(found[1])
    limit_time(job.seconds + GRACE)
    try:
        outcome = change(store, job.request)
        keep()
    except Exception as error:
        channel.sendall(_fault(error))
        return False
    finally:
        limit_time(0)
    channel.sendall(frame(END, json.dumps(outcome).encode()))
    return True


def change(store: EmbeddedStore, request: Write) -> dict[str, bool]:
    """Make a change; whether it made a graph that was not there, as ``created``."""
    match request:
        case Update():
            store.update(request)
        case PutGraph():
            triples = read_body(request.body, request.media_type, request.base)
            return {"created": store.put(request.name, triples, replace=request.replace)}
        case DropGraph():
            if not store.drop(request.name):
                raise no_graph()
    return {"created": False}


def no_graph() -> NotFound:
    """The error for a graph that is not there."""
    return NotFound("There is no graph of this name.", remedy="GET /sparql lists the graphs.")


def too_long(most: int) -> ResultTooLarge:
    """The error for an answer of more bytes than are sent."""
    return ResultTooLarge(
        f"The answer is longer than {most:,} bytes, the most that is sent (KG_RESULT_LIMIT).",
        remedy="Ask for less with LIMIT and OFFSET, or take the dataset as a file.",
    )


def respond(channel: socket.socket, job: Answered, make: Callable[[Sink], None], most: int) -> bool:
    """Answer one job with what ``make`` writes, or with its error.

    False when the worker is not to go on, having more than ``most`` bytes of memory, which the end of the
    answer says, too.
    """
    sink = _Messages(channel, job)
    try:
        make(sink)
        tired = resident() > most
        sink.end(tired=tired)
    except (BrokenPipeError, ConnectionError):
        return False
    except Exception as error:
        tired = isinstance(error, MemoryError) or resident() > most
        channel.sendall(_fault(error, tired=tired))
    return not tired


def read(store: EmbeddedStore, request: Read, format: Format, sink: Sink) -> None:
    """Write the answer to a request."""
    match request:
        case Operation():
            store.answer(request, format, sink)
        case ReadGraph(name):
            if not store.graph(name, format, sink):
                raise no_graph()
        case ReadDataset():
            store.dataset(format, sink)
        case ReadVariables(operation):
            sink.write(json.dumps(store.variables(operation)).encode())


class _Messages:
    """A sink that codes what it gets and sends it in messages of a fair size, up to the limit."""

    def __init__(self, channel: socket.socket, job: Answered) -> None:
        self._channel = channel
        self._job = job
        self._coder = CODINGS[IDENTITY]() if job.encoding == IDENTITY else None
        self._ready = bytearray()
        self._messages = bytearray()
        self._taken = 0
        if self._coder:
            self._head(IDENTITY)

    def write(self, data: bytes) -> int:
        self._taken += len(data)
        if self._taken > self._job.result:
            raise too_long(self._job.result)
        if self._coder is None:
            self._ready += data
            if len(self._ready) >= WORTHWHILE:
                self._begin(self._job.encoding)
        else:
            self._ready += self._coder.add(data)
        if len(self._ready) >= _PIECE:
            self._send()
        return len(data)

    def flush(self) -> None:
        pass

    def end(self, *, tired: bool) -> None:
        if self._coder is None:
            self._begin(self._job.encoding if self._job.always else IDENTITY)
        assert self._coder
        self._ready += self._coder.end()
        self._messages += (frame(DATA, bytes(self._ready)) if self._ready else b"") + frame(
            END, b'{"tired": true}' if tired else b""
        )
        self._channel.sendall(self._messages)

    def _begin(self, encoding: str) -> None:
        plain = bytes(self._ready)
        self._coder = CODINGS[encoding]()
        self._ready = bytearray(self._coder.add(plain))
        self._head(encoding)

    def _head(self, encoding: str) -> None:
        self._messages += frame(HEAD, encoding.encode())

    def _send(self) -> None:
        self._messages += frame(DATA, bytes(self._ready))
        self._ready.clear()
        self._channel.sendall(self._messages)
        self._messages.clear()


def _fault(error: Exception, *, tired: bool = True) -> bytes:
    if isinstance(error, MemoryError):
        error = memory_limit()
    known = error if isinstance(error, KgError) else KgError(f"{type(error).__name__}: {error}"[:500])
    facts = {
        "type": type(known).__name__,
        "message": known.message,
        "remedy": known.remedy,
        "line": known.line,
        "column": known.column,
        **({"tired": True} if tired else {}),
    }
    return frame(FAULT, json.dumps(facts).encode())


def memory_limit() -> MemoryLimit:
    """The error for work that needs more memory than it may have."""
    return MemoryLimit(
        "The work was stopped because it needs more memory than one request may have (KG_QUERY_MEMORY).",
        remedy="Ask for less at once: fewer combinations, shorter texts, smaller groups.",
    )


def last_words(channel: socket.socket, error: BaseException) -> None:
    """Tell what ended a worker, if anybody still listens, and end."""
    if isinstance(error, Exception):
        try:
            channel.sendall(_fault(error))
        except OSError:
            os._exit(1)
    os._exit(1)
