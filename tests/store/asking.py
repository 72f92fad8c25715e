"""What the tests of the stores share: an event loop for many tests, questions, changes, a look at /proc."""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from kg import media
from kg.media import Format
from kg.sparql import Operation
from kg.store import OWN, Outcome, PutGraph, Read, Store, Terms
from kg.updates import Update

T = TypeVar("T")

TRIPLES = b"".join(b"<u:s%d> <u:p> <u:o%d> .\n" % (number, number % 7) for number in range(300))
"""Enough statements to keep an engine busy by combining them."""
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"
"""A query that works for days over the statements, and says nothing meanwhile."""
LONG_ANSWER = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
"""A query with an answer of gigabytes."""
MEMORY_HUNGER = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"
"""A query that holds all that before it says anything."""


class Loop:
    """One event loop that goes on between the tests that use it."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do the work to its end, which must come within a minute."""
        return self._runner.run(asyncio.wait_for(work, 60))

    def close(self) -> None:
        """Let what was closed come to its end, and end the loop."""
        self._runner.run(asyncio.sleep(0.05))
        self._runner.close()


@contextmanager
def looping() -> Iterator[Loop]:
    """A loop that ends with the block."""
    loop = Loop()
    try:
        yield loop
    finally:
        loop.close()


async def whole(store: Store, request: Read, format: Format = media.CSV, terms: Terms = OWN) -> bytes:
    """All bytes of an answer."""
    answer = await store.read(request, format, terms)
    try:
        return b"".join([answer.first, *[chunk async for chunk in answer.rest()]])
    finally:
        await answer.close()


async def ask(
    store: Store,
    query: str,
    format: Format = media.CSV,
    default_graph: Sequence[str] = (),
    named_graphs: Sequence[str] = (),
    *,
    terms: Terms = OWN,
) -> str:
    """The answer to a query, as text."""
    operation = Operation.parse(query, default_graph, named_graphs)
    return (await whole(store, operation, format, terms)).decode()


async def rows(
    store: Store, query: str, default_graph: Sequence[str] = (), named_graphs: Sequence[str] = ()
) -> list[str]:
    """The rows of the answer, in order of their text."""
    text = await ask(store, query, media.CSV, default_graph, named_graphs)
    return sorted(text.split("\r\n")[1:-1])


async def update(store: Store, text: str, terms: Terms = OWN) -> Outcome:
    """Run an update."""
    return await store.write(Update.parse(text), terms)


async def put(
    store: Store,
    name: str | None,
    body: bytes | str,
    media_type: str = "text/turtle",
    *,
    replace: bool = True,
    base: str = "http://base.example/",
) -> Outcome:
    """Send triples into a graph."""
    data = body.encode() if isinstance(body, str) else body
    return await store.write(PutGraph(name, data, media_type, base, replace))


async def until(condition: Callable[[], bool], within: float = 5.0) -> float:
    """Wait until it is so, however long that takes up to a limit; the seconds it took."""
    begun = time.monotonic()
    while not condition():
        passed = time.monotonic() - begun
        assert passed < within, f"not so after {within:g} s"
        await asyncio.sleep(0.01)
    return time.monotonic() - begun


# ---- processes

MARK = "KG_TESTS_MARK"
"""A variable of the environment that all processes of a store inherit, also those that lost their parent."""


def marked(mark: str) -> list[int]:
    """The processes with that mark that live, the oldest first; this one is not among them."""
    wanted = f"{MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0") and state(int(entry.name)) != "Z":
                    found.append(int(entry.name))
    return sorted(found, key=started)


def _stat(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return []


def state(pid: int) -> str:
    """The state of a process as a letter; X when it is gone."""
    return next(iter(_stat(pid)), "X")


def parent(pid: int) -> int:
    """The parent of a process; 0 when it is gone."""
    found = _stat(pid)
    return int(found[1]) if found else 0


def started(pid: int) -> int:
    """When a process started, in ticks."""
    found = _stat(pid)
    return int(found[19]) if found else 0


def worked(pid: int) -> float:
    """Seconds of work that a process has done; 0 when it is gone."""
    found = _stat(pid)
    return (int(found[11]) + int(found[12])) / os.sysconf("SC_CLK_TCK") if found else 0.0


def descriptors() -> int:
    """How many files and sockets this process holds open; none of them by what nobody can reach any more."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir()))
