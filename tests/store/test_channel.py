"""The server's side of one worker: what arrives is sorted, faults are made again, deaths are explained."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Coroutine, Iterator
from typing import Any, cast

import pytest

from kg import errors
from kg.errors import Crashed, KgError, MemoryLimit, OverBudget, QueryError, StoreError, Timeout
from kg.store.channel import Worker, timeout
from kg.store.frames import DATA, END, FAULT, HEAD, frame
from kg.store.processes import Zygote


def play(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 30))


# ---- what arrives from a worker


class Parent:
    """What stands in for a zygote."""

    lost = False

    def __init__(self) -> None:
        self.gone_ones: list[Worker] = []

    def gone(self, worker: Worker) -> None:
        self.gone_ones.append(worker)


class Way(asyncio.Transport):
    """What stands in for the way to a worker."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.sent = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.sent += bytes(data)

    def pause_reading(self) -> None:
        self.calls.append("pause")

    def resume_reading(self) -> None:
        self.calls.append("resume")

    def abort(self) -> None:
        self.calls.append("abort")


def made(number: int | None = None, words: bytes = b"") -> Worker:
    """A worker of which there is only the server's side; how it died, and what it said then."""
    handle, death = -1, cast("asyncio.Future[int]", None)
    if words:
        handle, other = os.pipe()
        os.set_blocking(handle, False)
        os.write(other, words)
        os.close(other)
    if number is not None:
        death = asyncio.get_running_loop().create_future()
        death.set_result(number)
    worker = Worker(cast(Zygote, Parent()), 1 << 30, -1, handle, death)
    worker.connection_made(Way())
    return worker


def way(worker: Worker) -> Way:
    assert isinstance(worker._transport, Way)
    return worker._transport


def test_what_arrives_is_sorted() -> None:
    worker = made()
    worker.start(b"a job")
    assert way(worker).sent == b"a job"
    assert (worker.done, worker.buffered) == (False, 0)
    stream = frame(HEAD, b"gzip") + frame(DATA, b"ab") + frame(DATA, b"cde") + frame(END)
    for at in range(len(stream)):
        worker.data_received(stream[at : at + 1])
    assert (worker.encoding, worker.buffered, worker.end, worker.done) == ("gzip", 5, {}, True)
    assert worker.take() == [b"ab", b"cde"]
    assert (worker.take(), worker.buffered) == ([], 0)
    assert worker.is_fit


def test_the_next_job_begins_anew() -> None:
    worker = made()
    worker.start(b"one")
    worker.data_received(frame(HEAD, b"br") + frame(DATA, b"x") + frame(END, b'{"created": true}'))
    assert worker.end == {"created": True}
    worker.start(b"two")
    assert (worker.encoding, worker.done, worker.buffered) == ("identity", False, 0)
    assert worker.take() == []


def test_a_worker_far_ahead_of_its_reader_is_made_to_wait() -> None:
    worker = made()
    worker.start(b"")
    for _ in range(20):
        worker.data_received(frame(DATA, b"x" * 60_000))
    assert way(worker).calls == ["pause"]
    assert sum(map(len, worker.take())) == 1_200_000
    assert way(worker).calls == ["pause", "resume"]
    worker.data_received(frame(DATA, b"x" * 60_000))
    assert len(worker.take()) == 1
    assert way(worker).calls == ["pause", "resume"]


def test_news_wake_who_waits() -> None:
    async def work() -> None:
        worker = made()
        worker.start(b"")
        waiting = asyncio.create_task(worker.news())
        await asyncio.sleep(0)
        assert not waiting.done()
        worker.data_received(frame(DATA, b"x"))
        await waiting
        waiting = asyncio.create_task(worker.news())
        await asyncio.sleep(0)
        worker.connection_lost(None)
        await waiting
        await worker.news()
        assert (worker.done, worker.lost) == (True, True)
        assert cast(Parent, worker.zygote).gone_ones == [worker]

    play(work())


ENDED = frame(END)
FAILED = frame(FAULT, b'{"type":"QueryError","message":"No.","remedy":null,"line":null,"column":null}')
FIT: dict[str, tuple[bytes, str, bool]] = {
    "done": (ENDED, "", True),
    "done with a fault": (FAILED, "", True),
    "not done": (frame(DATA, b"x"), "", False),
    "tired": (frame(END, b'{"tired": true}'), "", False),
    "lost": (ENDED, "lost", False),
    "outdated": (ENDED, "outdated", False),
    "slow": (ENDED, "stands back", True),
    "killed": (ENDED, "killed", False),
}


@pytest.mark.parametrize(("arrives", "happens", "fit"), FIT.values(), ids=FIT.keys())
def test_a_worker_is_fit_for_the_next_job_or_not(arrives: bytes, happens: str, fit: bool) -> None:
    worker = made()
    worker.start(b"")
    worker.data_received(arrives)
    if happens == "lost":
        worker.connection_lost(None)
    elif happens == "outdated":
        worker.outdated = True
    elif happens == "stands back":
        worker.stand_back()
    elif happens == "killed":
        worker.kill(timeout(1))
    assert worker.is_fit is fit


# ---- faults


def told(**facts: object) -> KgError:
    """The error that is made of what a worker tells."""
    worker = made()
    worker.start(b"")
    usual = {"type": "QueryError", "message": "No.", "remedy": None, "line": None, "column": None}
    worker.data_received(frame(FAULT, json.dumps({**usual, **facts}).encode()))
    assert worker.done
    assert worker.fault is not None
    return worker.fault


def test_a_fault_has_all_its_parts_again() -> None:
    error = told(message="No.", remedy="Yes.", line=3, column=4)
    assert type(error) is QueryError
    assert (str(error), error.line, error.column, error.place) == ("No. Yes.", 3, 4, None)


def classes(root: type[KgError] = KgError) -> Iterator[type[KgError]]:
    yield root
    for child in root.__subclasses__():
        yield from classes(child)


@pytest.mark.parametrize("kind", [kind for kind in classes() if kind.__module__ == "kg.errors"])
def test_every_error_of_ours_is_made_again_or_is_one_of_the_tree(kind: type[KgError]) -> None:
    error = told(type=kind.__name__)
    needs_more = kind in (OverBudget, errors.MethodNotAllowed, errors.RangeError)
    assert type(error) is (KgError if needs_more else kind)
    assert error.message == "No."


NO_ERRORS = [
    "SystemExit",
    "ClassVar",
    "annotations",
    "__builtins__",
    "__doc__",
    "os.system",
    "",
    "KgErrors",
    "None",
]


@pytest.mark.parametrize("name", NO_ERRORS)
def test_nothing_else_is_made_of_what_a_worker_tells(name: str) -> None:
    assert type(told(type=name)) is KgError


# ---- deaths

DEATHS: dict[str, tuple[int, bytes, type[KgError], str, bool]] = {
    "the engine without memory": (
        signal.SIGABRT,
        b"memory allocation of 123 bytes failed",
        MemoryLimit,
        "KG_QUERY_MEMORY",
        False,
    ),
    "a length beyond all": (
        signal.SIGABRT,
        b"thread panicked: capacity overflow",
        MemoryLimit,
        "KG_QUERY_MEMORY",
        False,
    ),
    "its own alarm": (signal.SIGALRM, b"", Timeout, "stopped, at its time limit", False),
    "its own clock": (signal.SIGXCPU, b"", Timeout, "stopped, at its time limit", False),
    "the stack": (signal.SIGSEGV, b"", Crashed, "the text is too deep for the engine", False),
    "the stack, as the engine says": (
        signal.SIGABRT,
        b"\nthread 'main' has overflowed its stack\n",
        Crashed,
        "the text is too deep for the engine",
        False,
    ),
    "abort": (signal.SIGABRT, b"what?", Crashed, "died of it. Ask in another way", False),
    "nobody knows": (0, b"", Crashed, "died of it. Ask in another way", False),
    "from outside": (signal.SIGKILL, b"", Crashed, "was ended from outside. Ask again.", True),
}


@pytest.mark.parametrize(
    ("number", "words", "kind", "sentence", "taken_away"), DEATHS.values(), ids=DEATHS.keys()
)
def test_how_a_worker_died_says_what_went_wrong(
    number: int, words: bytes, kind: type[KgError], sentence: str, taken_away: bool
) -> None:
    async def work() -> None:
        worker = made(number, words)
        worker.start(b"")
        worker.connection_lost(None)
        error = await worker.failure()
        assert type(error) is kind
        assert sentence in str(error)
        assert worker.taken_away is taken_away
        worker.bury()
        worker.bury()

    play(work())


def test_our_own_decision_goes_before_everything_else() -> None:
    async def work() -> None:
        worker = made(signal.SIGKILL)
        worker.start(b"")
        worker.kill(timeout(2.5))
        worker.kill(StoreError("Later."))
        worker.connection_lost(None)
        error = await worker.failure()
        assert type(error) is Timeout
        assert error.message.startswith("The work was stopped after 2.5 s, at its time limit")
        assert not worker.taken_away
        assert way(worker).calls[0] == "abort"

    play(work())


def test_what_a_worker_said_goes_before_how_it_died() -> None:
    async def work() -> None:
        worker = made(signal.SIGKILL)
        worker.start(b"")
        worker.data_received(FAILED)
        worker.connection_lost(None)
        assert str(await worker.failure()) == "No."
        assert not worker.taken_away

    play(work())
