"""Stores whose work is done by processes: limits hold, deaths cost nothing, and nothing is left behind."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from asking import (
    ENDLESS,
    LONG_ANSWER,
    MARK,
    MEMORY_HUNGER,
    TRIPLES,
    Loop,
    ask,
    descriptors,
    marked,
    parent,
    put,
    rows,
    state,
    until,
    update,
    whole,
    worked,
)

from kg.errors import Crashed, KgError, MemoryLimit, ResultTooLarge, SettingsError, StoreError, Timeout
from kg.media import CSV, NQUADS, NTRIPLES, XLSX
from kg.settings import DefaultGraph, Settings
from kg.sparql import Operation
from kg.store import Capacity, ReadDataset, ReadGraph, Store, Terms, open_store, workers
from kg.store.directory import Directory
from kg.store.processes import Zygote
from kg.store.workers import WorkerStore

pytestmark = pytest.mark.slow

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
MEDIUM = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . { SELECT * { ?g ?h ?i } LIMIT 20 } }"
"""A query that takes a few tenths of a second."""
ENDLESS_UPDATE = "INSERT { <u:x> <u:p> ?n } WHERE { " + ENDLESS + " }"
LIMITED = Capacity(workers=2, seconds=20, memory=300_000_000, result=3_000_000)
KINDS = ("memory", "folder")
ROUNDS = {"mem": 8, "dir": 4}
"""How often a store of either kind is changed where often is enough."""

Folder = Callable[[], Path]


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, quick_folder: Folder) -> str:
    """The address of a store that is not there yet, of either kind."""
    return "memory:" if request.param == "memory" else f"dir:{quick_folder()}"


@asynccontextmanager
async def opened(address: str, nquads: bytes = b"", **more: Any) -> AsyncIterator[WorkerStore]:
    """A store of its own, which is closed afterwards."""
    store = await open_store(address, nquads=nquads, **more)
    assert isinstance(store, WorkerStore)
    try:
        yield store
    finally:
        await store.close()


def play(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


async def busy(mark: str, window: float = 0.1) -> set[int]:
    """The processes with the mark that do something."""
    before = {pid: worked(pid) for pid in marked(mark)}
    await asyncio.sleep(window)
    return {pid for pid in marked(mark) if worked(pid) - before.get(pid, 0) > window / 4}


async def at_rest(mark: str, within: float = 1.0) -> None:
    """Wait until no process with the mark does anything."""
    end = time.monotonic() + within
    while found := await busy(mark):
        assert time.monotonic() < end, f"{found} still work"


def strike(pids: list[int] | set[int]) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def all_gone(mark: str, within: float = 3.0) -> None:
    await until(lambda: not marked(mark), within)
    await asyncio.sleep(0.3)  # what held them is let go of a little later


# ---- limits of reading, on one store of each kind


@pytest.fixture(scope="module", params=KINDS)
def limited(request: pytest.FixtureRequest, loop: Loop, quick_folder: Folder) -> Iterator[tuple[Store, str]]:
    """A store with narrow limits that no test changes, and the mark of its processes."""
    mark = f"{os.getpid()}-limited-{request.param}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MARK, mark)
        address = "memory:" if request.param == "memory" else f"dir:{quick_folder()}"
        store = loop.run(open_store(address, nquads=TRIPLES, capacity=LIMITED))
        yield store, mark
        loop.run(store.close())
        loop.run(all_gone(mark))


Limited = tuple[Store, str]

in_memory = pytest.mark.parametrize("limited", ["memory"], indirect=True, scope="module")
"""For what does not depend on where the data are."""


async def still_answers(store: Store) -> None:
    assert await rows(store, COUNT) == ["300"]


def test_a_query_ends_at_its_time_limit(limited: Limited, loop: Loop) -> None:
    store, mark = limited

    async def work() -> None:
        begun = time.monotonic()
        with pytest.raises(Timeout, match=r"^The work was stopped after 0\.3 s, at its time limit"):
            await ask(store, ENDLESS, terms=Terms(seconds=0.3))
        assert 0.3 <= time.monotonic() - begun < 1.3
        await at_rest(mark)
        await still_answers(store)

    loop.run(work())


@in_memory
def test_many_queries_end_at_their_time_limits_together(limited: Limited, loop: Loop) -> None:
    store, mark = limited

    async def work() -> None:
        begun = time.monotonic()
        terms = [Terms(seconds=0.3, client=f"client {number}") for number in range(4)]
        asked = [asyncio.create_task(ask(store, ENDLESS, terms=item)) for item in terms]
        ends = await asyncio.gather(*asked, return_exceptions=True)
        assert {type(end) for end in ends} == {Timeout}
        assert time.monotonic() - begun < 4
        await at_rest(mark)
        await still_answers(store)

    loop.run(work())


HUNGRY = {
    "rows to be sorted": MEMORY_HUNGER,
    "a text that doubles": "SELECT (STRLEN(?s26) AS ?n) { BIND('0123456789' AS ?s0) "
    + " ".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(26))
    + " }",
}


@pytest.mark.parametrize("query", HUNGRY.values(), ids=HUNGRY.keys())
def test_a_query_ends_at_its_memory_limit(limited: Limited, loop: Loop, query: str) -> None:
    store, mark = limited

    async def work() -> None:
        with pytest.raises(MemoryLimit, match=r"KG_QUERY_MEMORY") as caught:
            await ask(store, query)
        assert caught.value.retry_after == 60
        await at_rest(mark)
        await still_answers(store)

    loop.run(work())


PAIRS = "{ ?a ?p ?b . ?c ?q ?d . %s }"
SHEETS = {
    "cells": ("SELECT * " + PAIRS % "", r"A sheet made here holds 400,000 cells, and this answer has more\."),
    "texts": (
        "SELECT ?t " + PAIRS % f"BIND(CONCAT(STR(?a), STR(?b), STR(?c), STR(?d), '{'x' * 1_500}') AS ?t)",
        r"more memory than a query may have, and this answer has [0-9]{2},[0-9]{3} cells or more\.",
    ),
}


@in_memory
@pytest.mark.parametrize(("query", "message"), SHEETS.values(), ids=SHEETS.keys())
def test_a_sheet_that_does_not_fit_into_memory_is_refused(
    limited: Limited, loop: Loop, query: str, message: str
) -> None:
    store, _ = limited

    async def work() -> None:
        with pytest.raises(ResultTooLarge, match=message + r" Ask for csv, or for less"):
            await whole(store, Operation.parse(query), XLSX)
        await still_answers(store)

    loop.run(work())


@in_memory
def test_a_text_too_deep_for_the_engine_harms_nobody_else(limited: Limited, loop: Loop) -> None:
    store, _ = limited
    deep = Operation("SELECT (" + "ABS(" * 200_000 + "1" + ")" * 200_000 + " AS ?x) {}", "select")

    async def work() -> None:
        others = [asyncio.create_task(rows(store, MEDIUM)) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(Crashed, match="the text is too deep for the engine"):
            await whole(store, deep)
        assert await asyncio.gather(*others) == [["1800000"]] * 2
        await still_answers(store)

    loop.run(work())


@in_memory
def test_an_answer_that_is_too_large_is_refused_before_its_first_byte(limited: Limited, loop: Loop) -> None:
    store, mark = limited

    async def work() -> None:
        # Coded, all of it up to the limit is shorter than what is held back.
        with pytest.raises(ResultTooLarge, match=r"^The answer is longer than 3,000,000 bytes"):
            await store.read(Operation.parse(LONG_ANSWER), CSV, Terms(encoding="gzip"))
        await at_rest(mark)
        await still_answers(store)

    loop.run(work())


def test_an_answer_that_gets_too_large_later_does_not_end_as_if_it_were_whole(
    limited: Limited, loop: Loop
) -> None:
    store, mark = limited

    async def work() -> None:
        answer = await store.read(Operation.parse(LONG_ANSWER), CSV)
        assert not answer.whole
        length = len(answer.first)
        assert length > 500_000
        with pytest.raises(ResultTooLarge, match=r"^The answer is longer than 3,000,000 bytes"):
            async for chunk in answer.rest():
                length += len(chunk)
        assert 2_000_000 < length <= 3_000_000
        await answer.close()
        await at_rest(mark)
        await still_answers(store)

    loop.run(work())


@in_memory
@pytest.mark.parametrize("query", [ENDLESS, LONG_ANSWER, MEMORY_HUNGER])
def test_a_query_that_is_given_up_leaves_nobody_working(limited: Limited, loop: Loop, query: str) -> None:
    store, mark = limited

    async def work() -> None:
        for seconds in (0.02, 0.3) if query == ENDLESS else (0.2,):
            asked = asyncio.create_task(ask(store, query))
            await asyncio.sleep(seconds)
            asked.cancel()
            with suppress(asyncio.CancelledError, KgError):
                await asked
            await at_rest(mark)
        await still_answers(store)

    loop.run(work())


@in_memory
def test_an_answer_that_is_let_go_of_leaves_nobody_working(limited: Limited, loop: Loop) -> None:
    store, mark = limited

    async def work() -> None:
        answer = await store.read(Operation.parse(LONG_ANSWER), CSV)
        rest = answer.rest()
        await anext(rest)
        await rest.aclose()
        await answer.close()
        await at_rest(mark)
        await still_answers(store)

    loop.run(work())


# ---- workers that are killed while they read


def test_a_query_whose_worker_is_killed_is_answered_all_the_same(limited: Limited, loop: Loop) -> None:
    store, mark = limited

    async def work() -> None:
        for query in (MEDIUM, COUNT):
            asked = asyncio.create_task(rows(store, query))
            if query == MEDIUM:
                while not (found := await busy(mark, 0.05)):
                    pass
                assert len(found) == 1
                strike(found)
            else:  # it has hardly begun
                await asyncio.sleep(0)
                strike([pid for pid in marked(mark) if parent(pid) in marked(mark)])
            assert await asked == [{MEDIUM: "1800000", COUNT: "300"}[query]]

    loop.run(work())


def test_killing_everything_costs_neither_the_data_nor_an_answer(limited: Limited, loop: Loop) -> None:
    store, mark = limited

    async def work() -> None:
        version = store.version
        for seconds in (0.0, 0.2):
            asked = [asyncio.create_task(rows(store, query)) for query in (MEDIUM, COUNT)]
            await asyncio.sleep(seconds)
            strike(marked(mark))
            assert await asyncio.gather(*asked) == [["1800000"], ["300"]]
        assert store.version == version
        await still_answers(store)

    loop.run(work())


@in_memory
def test_killing_the_zygote_alone_costs_nothing_either(limited: Limited, loop: Loop) -> None:
    store, mark = limited

    async def work() -> None:
        await still_answers(store)
        pids = marked(mark)
        [zygote] = [pid for pid in pids if parent(pid) not in pids]
        asked = asyncio.create_task(rows(store, MEDIUM))
        await asyncio.sleep(0.1)
        strike([zygote])
        await still_answers(store)
        assert await asked == ["1800000"]
        assert zygote not in marked(mark)

    loop.run(work())


@in_memory
def test_an_answer_whose_worker_is_killed_half_way_does_not_end_as_if_it_were_whole(
    limited: Limited, loop: Loop
) -> None:
    store, mark = limited

    async def work() -> None:
        answer = await store.read(Operation.parse(LONG_ANSWER), CSV)
        rest = answer.rest()
        await anext(rest)
        strike(marked(mark))
        with pytest.raises((Crashed, ResultTooLarge)):
            async for _ in rest:
                await asyncio.sleep(0.001)
        await still_answers(store)

    loop.run(work())


def test_nobody_stays_behind_after_all_that(limited: Limited, loop: Loop) -> None:
    store, mark = limited

    async def work() -> None:
        await still_answers(store)
        await at_rest(mark)
        await until(lambda: len(marked(mark)) == 3)
        pids = marked(mark)
        [zygote] = [pid for pid in pids if parent(pid) not in pids]
        assert all(parent(pid) == zygote for pid in pids if pid != zygote)

    loop.run(work())


# ---- changes that fail


async def with_data(store: Store) -> None:
    await update(store, "INSERT DATA { <u:a> <u:p> 1 . GRAPH <u:g> { <u:b> <u:p> 2 } }")


async def stored(store: Store) -> list[str]:
    return sorted((await whole(store, ReadDataset(), NQUADS)).decode().splitlines())


NUMBER = "<http://www.w3.org/2001/XMLSchema#integer>"
ONE_AND_TWO = [f'<u:a> <u:p> "1"^^{NUMBER} .', f'<u:b> <u:p> "2"^^{NUMBER} <u:g> .']


def test_a_change_that_ends_at_its_limits_leaves_nothing(address: str, mark: str) -> None:
    async def work() -> None:
        async with opened(address, TRIPLES, capacity=LIMITED) as store:
            await update(store, "CLEAR ALL ; INSERT DATA { <u:a> <u:p> 1 . GRAPH <u:g> { <u:b> <u:p> 2 } }")
            await put(store, "u:many", TRIPLES, "application/n-triples")
            before, version = await stored(store), store.version
            begun = time.monotonic()
            with pytest.raises(Timeout, match=r"^The work was stopped after 0\.6 s, at its time limit"):
                await update(
                    store, ENDLESS_UPDATE.replace("WHERE", "USING <u:many> WHERE"), Terms(seconds=0.6)
                )
            assert 0.6 <= time.monotonic() - begun < 1.6
            await at_rest(mark)
            with pytest.raises(MemoryLimit, match="KG_QUERY_MEMORY"):
                await update(store, f"INSERT {{ ?a ?b ?c }} USING <u:many> WHERE {{ {MEMORY_HUNGER} }}")
            given_up = asyncio.create_task(
                update(store, ENDLESS_UPDATE.replace("WHERE", "USING <u:many> WHERE"))
            )
            await asyncio.sleep(0.3)
            given_up.cancel()
            with pytest.raises(asyncio.CancelledError):
                await given_up
            await at_rest(mark)
            assert (await stored(store), store.version) == (before, version)
            await update(store, "DROP GRAPH <u:many>")
            assert await stored(store) == ONE_AND_TWO

    play(work())


def test_a_change_whose_writer_is_killed_leaves_nothing_and_the_next_one_is_made(
    address: str, mark: str
) -> None:
    async def work() -> None:
        async with opened(address, TRIPLES) as store:
            before, version = await stored(store), store.version
            for everyone in (False, True):
                asked = asyncio.create_task(update(store, ENDLESS_UPDATE))
                while not (found := await busy(mark, 0.05)):
                    pass
                strike(marked(mark) if everyone else found)
                with pytest.raises(KgError):
                    await asked
                assert store.version == version
                assert await stored(store) == before
            await with_data(store)
            assert len(await stored(store)) == 302

    play(work())


def test_changes_in_a_row_of_which_some_fail_are_all_kept(address: str, mark: str) -> None:
    async def work() -> None:
        done: Counter[str] = Counter()
        expected = [str(number) for number in range(ROUNDS[address[:3]])]
        async with opened(address) as store:
            stop = asyncio.Event()

            async def ask_on() -> None:
                while not stop.is_set():
                    await rows(store, COUNT)
                    done["read"] += 1
                    await asyncio.sleep(0.02)

            asking = asyncio.create_task(ask_on())
            for number in range(ROUNDS[address[:3]]):
                for failing in ("DROP GRAPH <u:none>", "INSERT DATA { <u:a> "):
                    with pytest.raises(KgError, match=r"u:none|ends too early"):
                        await update(store, failing)
                await update(store, f"INSERT DATA {{ <u:n> <u:p> {number} }}")
                done["written"] += 1
            stop.set()
            await asking
            assert await rows(store, "SELECT ?n { <u:n> <u:p> ?n }") == expected
        assert done["read"] > 0
        await all_gone(mark)
        if address.startswith("dir:"):
            async with opened(address) as store:
                assert await rows(store, "SELECT ?n { <u:n> <u:p> ?n }") == expected

    play(work())


LONG_UPDATE = MEDIUM.replace("SELECT (COUNT", "INSERT { <u:x> <u:q> ?n } WHERE { SELECT (COUNT", 1) + " }"


@pytest.mark.slow
def test_a_change_during_which_the_zygote_is_killed_is_made_or_told_and_never_half_seen(
    address: str, mark: str
) -> None:
    async def work() -> None:
        async with opened(address, TRIPLES) as store:
            await until(lambda: len(marked(mark)) == 3)
            [zygote] = [pid for pid in marked(mark) if parent(pid) not in marked(mark)]
            changing = asyncio.create_task(update(store, LONG_UPDATE.replace("LIMIT 20", "LIMIT 60")))
            await asyncio.sleep(0.2)
            strike([zygote])

            async def ask_on() -> None:
                while not changing.done():
                    await rows(store, "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f }")

            asking = [asyncio.create_task(ask_on()) for _ in range(3)]
            expected: list[str] = []
            with suppress(Crashed):
                await changing
                expected = ["5400000"]
            for _ in range(6):
                assert await rows(store, "SELECT ?n { <u:x> <u:q> ?n }") == expected
            await asyncio.gather(*asking)
            for _ in range(6):
                assert await rows(store, "SELECT ?n { <u:x> <u:q> ?n }") == expected
            await until(lambda: len(marked(mark)) == 3)
        await all_gone(mark)

    play(work())


@pytest.mark.slow
def test_a_zygote_that_is_revived_during_a_change_does_not_take_the_place_of_what_comes_of_it(
    mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawn, begun = Zygote.spawn, 0

    async def work() -> None:
        nonlocal begun
        revived = asyncio.Event()

        async def slowly(*arguments: Any) -> Zygote:
            nonlocal begun
            begun += 1
            number = begun
            zygote = await spawn(*arguments)
            if number == 2:  # the fresh one that the change makes
                with suppress(TimeoutError):
                    await asyncio.wait_for(revived.wait(), 2)
            elif number == 3:  # the one that a query makes meanwhile
                revived.set()
                await asyncio.sleep(0.5)
            return zygote

        async with opened("memory:", TRIPLES) as store:
            monkeypatch.setattr(workers, "_RENEWAL", 1)
            monkeypatch.setattr(Zygote, "spawn", slowly)
            begun = 1
            zygote = store._kind._zygote
            assert zygote
            assert zygote._process
            changing = asyncio.create_task(update(store, "INSERT DATA { <u:n> <u:q> 1 }"))
            await until(lambda: begun == 2)
            strike([zygote._process.pid])
            await asyncio.sleep(0.05)
            asking = [asyncio.create_task(rows(store, COUNT)) for _ in range(3)]
            await changing
            await asyncio.gather(*asking)
            await asyncio.sleep(0.6)
            assert await rows(store, "SELECT ?n { <u:n> <u:q> ?n }") == ["1"]
            await update(store, "INSERT DATA { <u:n> <u:q> 2 }")
            assert await rows(store, "SELECT ?n { <u:n> <u:q> ?n }") == ["1", "2"]
        await all_gone(mark)

    play(work())


@pytest.mark.parametrize("mode", ["union", "plain"])
def test_small_changes_and_queries_fit_into_the_least_memory_that_can_be_set(
    address: str, mode: DefaultGraph
) -> None:
    capacity = Capacity.of(Settings(query_memory=64_000_000))

    async def work() -> None:
        async with opened(address, TRIPLES, capacity=capacity, default_graph=mode) as store:
            await update(store, "INSERT DATA { <u:a> <u:p> 1 }")
            await put(store, "u:g", "<u:b> <u:p> 2 .")
            await put(store, None, "<u:c> <u:p> 3 .", replace=False)
            assert await rows(store, COUNT) == ["303" if mode == "union" else "302"]

    play(work())


# ---- acknowledged changes


def test_acknowledged_changes_outlive_the_death_of_all_processes(address: str, mark: str) -> None:
    async def work() -> None:
        async with opened(address) as store:
            for number in range(2):
                await update(store, f"INSERT DATA {{ <u:n> <u:p> {number} . GRAPH <u:g{number}> {{}} }}")
                await update(store, f"CREATE GRAPH <u:empty{number}>")
                strike(marked(mark))
                assert await rows(store, "SELECT ?n { <u:n> <u:p> ?n }") == [
                    str(n) for n in range(number + 1)
                ]
            strike(marked(mark))
            await update(store, "INSERT DATA { <u:n> <u:p> 2 }")
            assert await rows(store, "SELECT ?n { <u:n> <u:p> ?n }") == ["0", "1", "2"]
            assert await rows(store, "SELECT ?g { GRAPH ?g {} }") == ["u:empty0", "u:empty1"]
        await all_gone(mark)

    play(work())


def test_a_read_that_began_before_a_change_ends_on_the_state_that_it_began_on(
    address: str, mark: str
) -> None:
    async def work() -> None:
        async with opened(address, TRIPLES) as store:
            query = "SELECT ?a ?d ?f { ?a <u:p> ?c . ?d <u:p> ?f }"
            expected = await ask(store, query)
            answer = await store.read(Operation.parse(query), CSV)
            assert not answer.whole
            version = store.version
            await update(store, "CLEAR ALL ; INSERT DATA { <u:n> <u:p> 1 }")
            text = answer.first + b"".join([chunk async for chunk in answer.rest()])
            assert sorted(text.decode().splitlines()) == sorted(expected.splitlines())
            assert answer.version == version != store.version
            assert await rows(store, COUNT) == ["1"]
            await until(lambda: len(marked(mark)) == 3)

    play(work())


SERVER = """
import asyncio, sys
from kg.store import PutGraph, open_store

async def main():
    store = await open_store(sys.argv[1])
    number = 0
    while True:
        body = f"<u:n> <u:left> {number} ; <u:right> {number} .".encode()
        await store.write(PutGraph(f"u:g{number}", body, "text/turtle", "u:", True))
        print(number, store.version, flush=True)
        number += 1

asyncio.run(main())
"""


@pytest.mark.parametrize("who", [pytest.param("the server", marks=pytest.mark.slow), "everybody"])
def test_acknowledged_changes_outlive_the_server(
    quick_folder: Folder, tmp_path: Path, mark: str, who: str
) -> None:
    address = f"dir:{quick_folder()}"
    said = tmp_path / "said"

    def acknowledged() -> list[str]:
        return [line.split()[0] for line in said.read_text().splitlines()]

    with said.open("w") as file:
        server = subprocess.Popen([sys.executable, "-c", SERVER, address], stdout=file)
    try:
        end = time.monotonic() + 30
        while len(acknowledged()) < 4:
            assert server.poll() is None
            assert time.monotonic() < end
            time.sleep(0.01)
        time.sleep(0.03)
        strike([server.pid] if who == "the server" else marked(mark))
    finally:
        server.kill()
        server.wait()

    async def work() -> None:
        await all_gone(mark)
        async with opened(address) as store:
            both = await rows(store, "SELECT ?n { ?s <u:left> ?n ; <u:right> ?n }")
            assert set(both) >= set(acknowledged())
            assert len(both) <= len(acknowledged()) + 1
            assert await rows(store, COUNT) == [str(2 * len(both))]
            await update(store, "CLEAR ALL")
            assert await rows(store, COUNT) == ["0"]

    play(work())


# ---- folders


def test_a_folder_keeps_everything_between_two_runs(quick_folder: Folder) -> None:
    address = f"dir:{quick_folder()}"
    version = ""

    async def write() -> None:
        nonlocal version
        async with opened(address, b"<u:first> <u:p> <u:o> .\n") as store:
            await with_data(store)
            await update(store, "CREATE GRAPH <u:empty>")
            version = store.version

    async def read() -> None:
        async with opened(address, b"<u:never> <u:p> <u:o> .\n") as store:
            assert store.version == version
            assert await stored(store) == [*ONE_AND_TWO, "<u:first> <u:p> <u:o> ."]
            assert await rows(store, "SELECT ?g { GRAPH ?g {} }") == ["u:empty", "u:g"]
            assert await whole(store, ReadGraph("u:empty"), NTRIPLES) == b""

    play(write())
    play(read())
    play(read())


def test_a_folder_in_use_is_refused(quick_folder: Folder, mark: str) -> None:
    address = f"dir:{quick_folder()}"

    async def work() -> None:
        async with opened(address) as store:
            with pytest.raises(SettingsError, match="is in use by another process"):
                await open_store(address)
            await with_data(store)
            assert await stored(store) == ONE_AND_TWO
        async with opened(address) as store:
            assert await stored(store) == ONE_AND_TWO

    play(work())


def test_the_default_graph_may_change_between_two_runs_on_a_folder(quick_folder: Folder) -> None:
    address = f"dir:{quick_folder()}"
    versions: list[str] = []

    async def work(mode: DefaultGraph) -> None:
        async with opened(address, default_graph=mode) as store:
            if not versions:
                await with_data(store)
            if mode == "plain":
                await put(store, "u:g3", "<u:c> <u:p> 3 .")
                await update(store, "DELETE DATA { GRAPH <u:g3> { <u:c> <u:p> 3 } } ; DROP GRAPH <u:g3>")
            versions.append(store.version)
            assert await stored(store) == ONE_AND_TWO
            seen = {"union": ["u:a", "u:b"], "plain": ["u:a"]}
            assert await rows(store, "SELECT ?s { ?s ?p ?o }") == seen[mode]
            answer = await store.read(Operation.parse("ASK {}"), CSV)
            assert answer.version == store.version

    modes: tuple[DefaultGraph, ...] = ("union", "plain", "union")
    for mode in modes:
        play(work(mode))
    assert len(set(versions)) == 3


def test_generations_that_nobody_uses_are_removed(quick_folder: Folder, mark: str) -> None:
    path = quick_folder()

    def kept() -> list[str]:
        return sorted(item.name for item in (path / "generations").iterdir())

    async def work() -> None:
        async with opened(f"dir:{path}", TRIPLES) as store:
            for _ in range(2):
                with pytest.raises(KgError):
                    await update(store, "DROP GRAPH <u:none>")
                await with_data(store)
            answer = await store.read(Operation.parse(LONG_ANSWER), CSV)
            assert not answer.whole
            for _ in range(2):
                await update(store, "CLEAR GRAPH <u:g>")
            assert 2 <= len(kept()) <= 3, "one is being read"
            await answer.close()
            await asyncio.sleep(0.1)
            await with_data(store)
            assert len(kept()) <= 2, "the one before may still be let go of"
        (path / "generations" / "999").mkdir()
        (path / "generations" / "999" / "000001.sst").write_bytes(b"waste")
        async with opened(f"dir:{path}") as store:
            assert len(kept()) == 1
            assert await rows(store, COUNT) == ["302"]

    play(work())


def test_a_folder_that_cannot_be_used_is_told_and_leaves_nobody_behind(
    quick_folder: Folder, tmp_path: Path, mark: str
) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    broken = quick_folder()
    broken.mkdir()
    (broken / "store.json").write_text("{")

    async def work() -> None:
        with pytest.raises(SettingsError, match="holds something else than a store"):
            await open_store(f"dir:{tmp_path}")
        with pytest.raises(SettingsError, match="cannot be used"):
            await open_store(f"dir:{tmp_path}/notes.txt")
        with pytest.raises(StoreError, match=r"store\.json cannot be read"):
            await open_store(f"dir:{broken}")
        assert not marked(mark)

    before = descriptors()
    play(work())
    assert descriptors() == before


@pytest.mark.parametrize("kind", KINDS)
def test_first_statements_that_cannot_be_read_are_told_and_not_kept(
    kind: str, quick_folder: Folder, mark: str
) -> None:
    address = "memory:" if kind == "memory" else f"dir:{quick_folder()}"

    async def work() -> None:
        with pytest.raises(StoreError, match="The data cannot be read as N-Quads: "):
            await open_store(address, nquads=b"<u:a> <u:p> <u:b> .\n<u:a> nonsense")
        await all_gone(mark)
        async with opened(address) as store:
            assert await rows(store, COUNT) == ["0"]
        await all_gone(mark)

    before = descriptors()
    play(work())
    assert descriptors() == before


@pytest.mark.slow
def test_a_folder_with_other_content_than_ours_stays_as_it_is_and_says_so(quick_folder: Folder) -> None:
    address = f"dir:{quick_folder()}"
    first, second = b"<u:a> <u:p> <u:b> <u:g> .\n", b"<u:c> <u:p> <u:d> <u:g> .\n"

    async def work() -> None:
        for _ in range(2):
            async with opened(address, first, digest="one", graphs=["u:g"]) as store:
                assert store.differs("one") is None
        async with opened(address, second, digest="two", graphs=["u:g"]) as store:
            assert "holds other content than this version comes with" in (store.differs("two") or "")
            assert await rows(store, "SELECT ?s { ?s ?p ?o }") == ["u:a"]

    play(work())


def test_a_digest_is_the_version_of_a_store_in_memory_until_the_first_change() -> None:
    async def work() -> None:
        versions = []
        for digest in ("digest", "digest", None):
            async with opened("memory:", digest=digest) as store:
                versions.append(store.version)
                with pytest.raises(KgError):
                    await update(store, "DROP GRAPH <u:none>")
                assert store.version == versions[-1]
                await with_data(store)
                assert store.version not in versions
                versions.append(store.version)
        assert versions[0] == versions[2] == "digest"
        assert len(set(versions)) == 5

    play(work())


# ---- nothing is left behind


def test_a_store_is_sealed_and_has_few_processes_and_none_when_it_is_closed(address: str, mark: str) -> None:
    async def work() -> None:
        async with opened(address, TRIPLES) as store:
            assert store.sealed
            await until(lambda: len(marked(mark)) == 3)
            pids = marked(mark)
        await all_gone(mark, 2)
        await until(lambda: all(state(pid) in "XZ" for pid in pids))

    before = descriptors()
    play(work())
    assert descriptors() == before


@pytest.mark.slow
def test_reads_and_changes_leave_as_many_processes_and_descriptors_as_before(address: str, mark: str) -> None:
    async def work() -> None:
        async with opened(address, TRIPLES, capacity=LIMITED) as store:

            async def some(number: int) -> None:
                await asyncio.gather(
                    *[rows(store, f"SELECT ?s {{ ?s ?p <u:o{n % 7}> }}") for n in range(number)]
                )
                with pytest.raises(KgError):
                    await ask(store, "SELECT")
                with pytest.raises(Timeout):
                    await ask(store, ENDLESS, terms=Terms(seconds=0.05))
                with pytest.raises(KgError):
                    await update(store, "DROP GRAPH <u:none>")
                await update(store, "INSERT DATA { <u:n> <u:p> 1 }")

            async def held() -> tuple[int, int]:
                await store.settle()
                await at_rest(mark)
                await until(lambda: len(marked(mark)) == 3)
                zygote = next(pid for pid in marked(mark) if parent(pid) not in marked(mark))
                own, its = [], []
                for _ in range(20):  # what has just ended is let go of a little later
                    await asyncio.sleep(0.05)
                    own.append(descriptors())
                    its.append(len(list(Path(f"/proc/{zygote}/fd").iterdir())))
                return min(own), min(its)

            await some(10)
            before = await held()
            rounds = 20 if address == "memory:" else 3
            for _ in range(rounds):
                await some(10 if address == "memory:" else 20)
            after = await held()
            assert after[0] <= before[0]
            assert after[1] <= before[1]
            assert not store._pool._working
            for _ in range(6):  # each ends a worker, and nothing is changed meanwhile
                with pytest.raises(Timeout):
                    await ask(store, ENDLESS, terms=Terms(seconds=0.05))
            await at_rest(mark)
            assert sum(len(readers) for readers in getattr(store._kind, "_readers", {}).values()) <= 4
        await all_gone(mark)

    before = descriptors()
    play(work())
    assert descriptors() == before


@pytest.mark.slow
def test_after_many_changes_in_memory_a_fresh_process_takes_over(
    mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_RENEWAL", 3)

    async def work() -> None:
        async with opened("memory:", b"<u:a> <u:p> <u:b> <u:g> .\n") as store:
            await update(store, "CREATE GRAPH <u:empty>")
            for number in range(2, 8):
                await update(store, f"INSERT DATA {{ <u:n> <u:p> {number} }}")
                zygote = store._kind._zygote
                assert zygote
                assert (zygote._process is not None) == (number % 3 == 0), "begun anew"
                found = await rows(store, "SELECT ?n { <u:n> <u:p> ?n }")
                assert found == [str(one) for one in range(2, number + 1)]
            assert await rows(store, "SELECT ?g { GRAPH ?g {} }") == ["u:empty", "u:g"]
            await until(lambda: len(marked(mark)) == 3)
            strike(marked(mark))
            assert await rows(store, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }") == ["7"]
        await all_gone(mark)

    before = descriptors()
    play(work())
    assert descriptors() == before


def test_closing_tells_all_who_wait_and_cuts_no_answer_in_silence(address: str, mark: str) -> None:
    async def work() -> None:
        async with opened(address, TRIPLES) as store:
            answer = await store.read(Operation.parse(LONG_ANSWER), CSV)
            asked = [
                *[asyncio.create_task(ask(store, ENDLESS)) for _ in range(3)],
                *[asyncio.create_task(update(store, ENDLESS_UPDATE)) for _ in range(2)],
            ]
            await asyncio.sleep(0.4)
            await store.close()
            ends = await asyncio.gather(*asked, return_exceptions=True)
            assert [(type(end), str(end)) for end in ends] == [(StoreError, "The store is closed.")] * 5
            with pytest.raises(KgError):
                async for _ in answer.rest():
                    pass
            await all_gone(mark, 2)

    before = descriptors()
    play(work())
    assert descriptors() == before


@pytest.mark.slow
@pytest.mark.parametrize("address", ["memory"], indirect=True)
def test_closing_while_a_new_zygote_begins_leaves_nobody_behind(address: str, mark: str) -> None:
    async def work() -> None:
        async with opened(address, TRIPLES) as store:
            await until(lambda: len(marked(mark)) == 3)
            strike(marked(mark))
            await all_gone(mark)
            asked = asyncio.create_task(rows(store, COUNT))
            await until(lambda: bool(marked(mark)))
            await store.close()
            with pytest.raises(KgError):
                await asked
            await all_gone(mark)

    before = descriptors()
    play(work())
    assert descriptors() == before


@pytest.mark.slow
def test_who_gives_up_on_opening_leaves_nobody_behind(address: str, mark: str) -> None:
    async def work() -> None:
        for seconds in (0.0, 0.05, 0.2):
            opening = asyncio.create_task(open_store(address, nquads=TRIPLES))
            await asyncio.sleep(seconds)
            opening.cancel()
            with suppress(asyncio.CancelledError):
                await (await opening).close()
            await all_gone(mark)
        async with opened(address) as store:
            assert await rows(store, COUNT) in (["300"], ["0"])
        await all_gone(mark)

    before = descriptors()
    play(work())
    assert descriptors() == before


def test_the_pointer_of_a_folder_names_what_is_read(quick_folder: Folder) -> None:
    path = quick_folder()

    async def work() -> None:
        async with opened(f"dir:{path}") as store:
            for number in range(2):
                await update(store, f"INSERT DATA {{ <u:n> <u:p> {number} }}")
                facts = json.loads((path / "store.json").read_text("utf-8"))
                assert store.version == f"{facts['store']}-{facts['generation']}"
                answer = await store.read(ReadDataset(), NQUADS)
                assert answer.version == store.version
                assert answer.first.count(b"\n") == number + 1

    play(work())


@pytest.mark.slow
def test_a_reader_that_begins_while_a_change_is_published_bears_the_version_of_what_it_reads(
    quick_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance = Directory.advance

    def slowly(directory: Directory, target: Path, **facts: Any) -> None:
        advance(directory, target, **facts)
        time.sleep(0.1)

    async def work() -> None:
        async with opened(f"dir:{quick_folder()}", TRIPLES) as store:
            monkeypatch.setattr(Directory, "advance", slowly)
            changing = asyncio.create_task(update(store, "INSERT DATA { <u:n> <u:p> 1 }"))
            forks = []
            while not changing.done():
                forks.append(asyncio.create_task(store._kind.fork()))
                await asyncio.sleep(0.01)
            await changing
            workers = await asyncio.gather(*forks)
            labels = {worker.version for worker in workers if not worker.outdated}
            for worker in workers:
                worker.kill()
                worker.bury()
            assert labels <= {store.version}

    play(work())
