"""kill -9 of anything at any moment: others notice little, and what was acknowledged is not lost."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import load, stat
from target import ENDLESS, FULL, PRODUCT, Target, besieged, fill
from wire import UPDATE, Answer, asking, compose, converse, dial

pytestmark = pytest.mark.slow

REFUSALS = ("crashed", "busy", "timeout", "not-ready", "unavailable")
"""What a writer may be told while processes die around it."""

OTHER_SIGNALS = [signal.SIGSEGV, signal.SIGTERM, signal.SIGINT, signal.SIGABRT, signal.SIGHUP]

ROUNDS = 40 if FULL else 3


def strike(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


class Writer:
    """Writes facts in pairs, one update each, and notes which were acknowledged."""

    def __init__(self, target: Target, name: str) -> None:
        self.acknowledged: list[int] = []
        self.faults: list[Answer] = []
        self._target, self._name = target, name
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write, daemon=True)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _write(self) -> None:
        number = 0
        while not self._stop.is_set():
            pair = f"<urn:w:{self._name}:{number}> <urn:w:left> {number} ; <urn:w:right> {number}"
            try:
                answer = self._target.update(f"INSERT DATA {{ {pair} }}", wait=10)
            except OSError:
                return
            if answer.status in (200, 204):
                self.acknowledged.append(number)
            elif answer.status and answer.outcome not in REFUSALS:
                self.faults.append(answer)
            number += 1

    def check(self, target: Target) -> None:
        """All that was acknowledged is there, nothing by half, and what was refused was refused well."""
        assert not self.faults, (len(self.faults), self.faults[0])
        query = f"SELECT ?n {{ ?s ?side ?n FILTER STRSTARTS(STR(?s), 'urn:w:{self._name}:') }}"
        sides = ("left", "right")
        left, right = ({*target.rows(query.replace("?side", f"<urn:w:{side}>"))} for side in sides)
        assert left == right
        missing = {str(number) for number in self.acknowledged} - left
        assert not missing, f"{len(missing)} of {len(self.acknowledged)} acknowledged writes are lost"


@pytest.fixture(scope="module", params=["memory", "dir"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("store")
    store = "memory:" if request.param == "memory" else f"dir:{folder / 'db'}"
    with besieged(KG_STORE=store, KG_QUERY_TIMEOUT="1.5") as target:
        yield target


def test_each_child_may_die(kept: Target) -> None:
    assert kept.children(), "there is no process to kill"
    with Writer(kept, "each") as writer:
        for place in range(len(kept.children())):
            children = kept.children()
            if place < len(children):
                strike(children[place])
            kept.probe()
            time.sleep(0.3)
    assert writer.acknowledged
    writer.check(kept)
    kept.unharmed()


def test_all_children_may_die_at_once_and_again(kept: Target) -> None:
    with Writer(kept, "all") as writer:
        for _ in range(ROUNDS):
            for pid in reversed(kept.children()):
                strike(pid)
            kept.probe()
            time.sleep(0.8)
    assert writer.acknowledged
    writer.check(kept)
    kept.unharmed()


def test_the_first_child_may_die_while_the_others_live(kept: Target) -> None:
    for _ in range(ROUNDS // 2):
        marker = time.monotonic_ns()
        answer = kept.update(f"INSERT DATA {{ <urn:first> <urn:at> {marker} }}")
        assert answer.status in (200, 204), answer
        strike(kept.children()[0])
        kept.probe()
        assert str(marker) in kept.rows("SELECT ?t { <urn:first> <urn:at> ?t }")
    kept.unharmed()


@pytest.mark.parametrize("number", OTHER_SIGNALS if FULL else OTHER_SIGNALS[:3])
def test_other_signals_do_no_harm(kept: Target, number: signal.Signals) -> None:
    for pid in kept.children():
        strike(pid, number)
    kept.probe()
    kept.unharmed()


def test_a_query_whose_process_dies_is_told_so(kept: Target) -> None:
    with dial(kept.port) as wire:
        wire.sendall(asking(ENDLESS))
        time.sleep(0.5)
        share = load(kept.pid)
        strike(max(share, key=lambda pid: share[pid]))
        answer = converse(wire, wait=10)
    assert answer.outcome in ("crashed", "timeout"), answer  # it may be tried once more
    answer.refusal()
    assert answer.seconds < kept.limit + 1, answer
    kept.unharmed()


def test_a_process_that_stands_still_is_replaced(kept: Target) -> None:
    begun = time.monotonic()
    with dial(kept.port) as wire:
        wire.sendall(asking(ENDLESS))
        time.sleep(0.5)
        share = load(kept.pid)
        still = max(share, key=lambda pid: share[pid])
        assert still != kept.pid, "the main process evaluates queries itself"
        strike(still, signal.SIGSTOP)
        answer = converse(wire, wait=10)
    assert answer.outcome in ("timeout", "crashed"), answer
    answer.refusal()
    assert time.monotonic() - begun < kept.limit + 1
    kept.unharmed()
    found = stat(still)
    assert found is None or found.state == "Z"


DOOM = f"INSERT {{ ?a <urn:doom> ?b }} WHERE {{ {PRODUCT} FILTER(?w + ?x + ?y + ?z < 0) }}"


WORK = [("memory", "an update"), ("dir", "a query"), ("memory", "a query"), ("dir", "an update")]


@pytest.mark.parametrize(("kind", "work"), WORK if FULL else WORK[:2])
def test_no_child_outlives_a_parent_killed(tmp_path: Path, kind: str, work: str) -> None:
    store = f"dir:{tmp_path / 'db'}" if kind == "dir" else "memory:"
    with besieged(KG_STORE=store, KG_QUERY_TIMEOUT="8") as target, dial(target.port) as wire:
        headers = {"Content-Type": UPDATE, **target.key}
        update = compose("POST", "/update", headers, DOOM.encode())
        wire.sendall(asking(ENDLESS) if work == "a query" else update)
        time.sleep(0.5)
        strike(target.pid)
        until = time.monotonic() + 2
        while target.survivors() and time.monotonic() < until:
            time.sleep(0.02)
        assert not target.survivors()


def test_what_was_acknowledged_outlives_the_parent(tmp_path: Path) -> None:
    store = f"dir:{tmp_path / 'db'}"
    writers: list[Writer] = []
    for turn in range(4 if FULL else 1):
        begun = time.monotonic()
        with besieged(seed=False, KG_STORE=store) as target:
            assert time.monotonic() - begun < 10, "it took long to come back"
            for writer in writers:
                writer.check(target)
            if not turn:
                fill(target)
            target.probe()
            writers += [Writer(target, f"{turn}{name}") for name in "abcd"]
            with contextlib.ExitStack() as stack:
                for writer in writers[-4:]:
                    stack.enter_context(writer)
                time.sleep(2.5)
                strike(target.pid)
    with besieged(seed=False, KG_STORE=store) as target:
        for writer in writers:
            writer.check(target)
        assert sum(len(writer.acknowledged) for writer in writers) >= 2
        target.unharmed()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT] if FULL else [signal.SIGTERM])
def test_told_to_stop_it_stops_whole(tmp_path: Path, number: signal.Signals) -> None:
    store = f"dir:{tmp_path / 'db'}"
    with besieged(KG_STORE=store) as target, Writer(target, "stop") as writer, dial(target.port) as wire:
        wire.sendall(asking(ENDLESS))
        time.sleep(0.5)
        strike(target.pid, number)
        until = time.monotonic() + 10
        while target.survivors() and time.monotonic() < until:
            time.sleep(0.05)
        assert not target.survivors()
    with besieged(seed=False, KG_STORE=store) as target:
        writer.check(target)
