"""Requests on workers that are made up: short ones never wait for long ones, and none is lost."""

from __future__ import annotations

import asyncio
import itertools
import signal
import time
from collections.abc import Coroutine, Iterator
from typing import Any, cast

import pytest
from asking import until

from kg.errors import Busy, Crashed, KgError, NotReady, QueryError, StoreError, Timeout
from kg.store import OWN, Answer, Capacity, Terms, pool
from kg.store.channel import Worker
from kg.store.frames import DATA, END, FAULT, frame
from kg.store.lanes import FAST, Lane, Lanes
from kg.store.pool import Pool, Work
from kg.store.processes import Zygote

PATIENCE = 0.04
SHORT, LONG, ENDLESS = "0.001", "0.12", "1000"
PIECE = 65_536
LARGE = 2_000_000


NOTHING = StoreError("There is nothing to fork from.")


class Parent:
    """What stands in for a zygote."""

    lost = False

    def gone(self, worker: Worker) -> None:
        pass


class Actor(Worker):
    """A worker that does as its job says: so many seconds, and then an end, a fault, or a death."""

    def __init__(self, parent: Parent, pid: int) -> None:
        super().__init__(cast(Zygote, parent), pid, -1, -1, asyncio.get_running_loop().create_future())
        self.jobs: list[str] = []
        self.places: list[bool] = []
        self.killed = False
        self.buried = False
        self._doing: asyncio.Task[None] | None = None
        self._began = 0.0

    def used(self) -> float:
        waits = not self._doing or self._doing.done() or self.jobs[-1].endswith("waits")
        return 0.0 if waits else time.monotonic() - self._began

    def start(self, job: bytes) -> None:
        assert not (self.lost or self.killed)
        super().start(job)
        self.jobs.append(job.decode())
        self.places.append(self.slow)
        self._began = time.monotonic()
        self._doing = asyncio.create_task(self._do(*job.decode().split()))

    async def _do(self, seconds: str, how: str = "ends", times: str = "") -> None:
        if how == "gives":  # as much as there is to give, and then the end
            for _ in range(int(times) // PIECE):
                self.data_received(frame(DATA, b"x" * PIECE))
                await asyncio.sleep(0)
        await asyncio.sleep(float(seconds))
        if how in ("ends", "gives", "waits"):
            self.data_received(frame(DATA, b"done") + frame(END))
        elif how == "tires":
            self.data_received(frame(DATA, b"done") + frame(END, b'{"tired": true}'))
        elif how == "fails":
            facts = b'{"type": "QueryError", "message": "No.", "remedy": null, "line": 1, "column": 2}'
            self.data_received(frame(FAULT, facts))
        else:
            self.die(getattr(signal, how))

    def die(self, number: int) -> None:
        if not self.lost:
            self._death.set_result(number)
            self.connection_lost(None)

    def strike(self) -> None:
        """End it from outside while it works."""
        assert self._doing
        self._doing.cancel()
        self.die(signal.SIGKILL)

    def stand_back(self) -> None:
        self.slow = True

    def kill(self, why: KgError | None = None) -> None:
        self._killed = self._killed or why
        self.killed = True
        if self._doing:
            self._doing.cancel()
        if not self.lost:
            asyncio.get_running_loop().call_soon(lambda: None if self.lost else self.connection_lost(None))

    def bury(self) -> None:
        self.buried = True


@pytest.fixture(autouse=True)
def short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers do not stay long after a long request."""
    monkeypatch.setattr(pool, "_REST", 0.2)


class Stage:
    """A pool, and all workers that were ever made for it."""

    def __init__(self, workers: int = 2, seconds: float = 5.0) -> None:
        self.parent = Parent()
        self.all: list[Actor] = []
        self.broken: Exception | None = None
        self.pool = Pool(Capacity(workers=workers, seconds=seconds), self._fork)
        self._pids = itertools.count(1_000_000_000)

    async def _fork(self) -> Worker:
        await asyncio.sleep(0.001)
        if self.broken:
            raise self.broken
        self.all.append(Actor(self.parent, next(self._pids)))
        return self.all[-1]

    async def ask(self, job: str = SHORT, client: str = "a", shape: str = "", **terms: Any) -> bytes:
        answer = await self.begin(job, client, shape, **terms)
        try:
            return b"".join([answer.first, *[chunk async for chunk in answer.rest()]])
        finally:
            await answer.close()

    async def begin(self, job: str, client: str = "a", shape: str = "", **terms: Any) -> Answer:
        return await self.pool.run(Work(job.encode(), shape), Terms(client=client, **terms))

    @property
    def alive(self) -> list[Actor]:
        return [worker for worker in self.all if not worker.lost and not worker.killed]

    def starts(self, job: str) -> int:
        """How often the job was begun, by whichever worker."""
        return sum(worker.jobs.count(job) for worker in self.all)

    async def at_rest(self) -> None:
        """Everything is as it was before the first request."""
        await until(lambda: len(self.alive) == len(self.pool._idle) == FAST)
        assert all(worker.buried for worker in self.all if worker not in self.alive)
        assert not self.pool._working
        assert not self.pool._wanted
        assert (places(self.pool._lanes.fast), places(self.pool._lanes.slow)) == (FAST, self.capacity.workers)

    @property
    def capacity(self) -> Capacity:
        return self.pool._capacity


def places(lane: Lane) -> int:
    """How many places are free, if nobody waits."""
    assert lane.waiting == 0
    taken = 0
    while lane.take(""):
        taken += 1
    for _ in range(taken):
        lane.leave("")
    return taken


def play(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 10))


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Requests count as long after a shorter time, so that the tests are short."""
    monkeypatch.setattr(Lanes, "patience", lambda lanes: PATIENCE)
    yield


# ---- short requests


def test_workers_are_ready_before_the_first_request_and_used_again() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        await stage.at_rest()
        assert [await stage.ask() for _ in range(20)] == [b"done"] * 20
        await stage.at_rest()
        assert len(stage.all) == FAST
        assert not any(worker.slow for worker in stage.all)
        await stage.pool.close()

    play(work())


def test_many_short_requests_at_once_are_all_answered_by_few_workers() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        answers = await asyncio.gather(*[stage.ask(client=f"{number}") for number in range(60)])
        assert answers == [b"done"] * 60
        await stage.at_rest()
        assert len(stage.all) <= 8
        await stage.pool.close()

    play(work())


def test_a_fault_is_raised_and_the_worker_used_again() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        for _ in range(5):
            with pytest.raises(QueryError, match=r"^No\.$") as caught:
                await stage.ask("0.001 fails")
            assert (caught.value.line, caught.value.column) == (1, 2)
        await stage.at_rest()
        assert len(stage.all) == FAST
        await stage.pool.close()

    play(work())


def test_a_tired_worker_is_replaced() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        for _ in range(5):
            assert await stage.ask("0.001 tires") == b"done"
        await stage.at_rest()
        assert len(stage.all) == FAST + 5
        await stage.pool.close()

    play(work())


def test_the_servers_own_requests_go_first() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        order: list[str] = []

        async def ask(name: str, client: str) -> None:
            await stage.ask("0.02", client)
            order.append(name)

        tasks = [asyncio.create_task(ask(f"{number}", "a")) for number in range(8)]
        await asyncio.sleep(0.005)
        tasks.append(asyncio.create_task(ask("own", "")))
        await asyncio.gather(*tasks)
        assert order.index("own") <= FAST + 1
        await stage.pool.close()

    play(work())


# ---- long requests


def test_a_long_request_goes_on_in_the_slow_lane_and_its_worker_rests_for_a_while() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        assert await stage.ask(LONG) == b"done"
        [worker] = [worker for worker in stage.all if worker.jobs]
        assert (worker.jobs, worker.places, worker.slow) == ([LONG], [False], True)
        assert await stage.ask(SHORT) == b"done"
        assert worker.jobs == [LONG], "short requests are for others"
        assert await stage.ask(LONG, "a", "x") == b"done" and await stage.ask(LONG, "a", "x") == b"done"
        assert sum(LONG in item.jobs for item in stage.all) == 2, "the third begins in the slow lane"
        await stage.at_rest()
        assert worker not in stage.alive
        await stage.pool.close()

    play(work())


@pytest.mark.parametrize(("times", "slow"), [(0.5, False), (2, False), (8, True)])
def test_a_request_whose_worker_had_to_wait_gets_more_time_but_not_without_end(
    times: float, slow: bool
) -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        assert await stage.ask(f"{PATIENCE * times} waits") == b"done"
        assert [worker.slow for worker in stage.all if worker.jobs] == [slow]
        await stage.pool.close()

    play(work())


def test_short_requests_never_wait_for_long_ones() -> None:
    async def work() -> None:
        stage = Stage(workers=2)
        await stage.pool.fill()
        long = [asyncio.create_task(stage.ask(ENDLESS, f"client {n}", f"shape {n}")) for n in range(12)]
        await until(lambda: stage.pool._lanes.slow.waiting == 10)
        took = []
        for _ in range(30):
            begun = time.monotonic()
            assert await stage.ask(SHORT, "b") == b"done"
            took.append(time.monotonic() - begun)
        assert sorted(took)[15] < PATIENCE
        assert max(took) < 0.5
        assert not any(task.done() for task in long)
        for task in long:
            task.cancel()
        await asyncio.gather(*long, return_exceptions=True)
        await stage.at_rest()
        await stage.pool.close()

    play(work())


def test_short_requests_wait_a_little_for_those_that_turn_out_long() -> None:
    async def work() -> None:
        stage = Stage(workers=1)
        await stage.pool.fill()
        long = [asyncio.create_task(stage.ask(ENDLESS, f"client {n}")) for n in range(6)]
        await asyncio.sleep(0.005)
        begun = time.monotonic()
        assert await stage.ask(SHORT, "b") == b"done"
        assert time.monotonic() - begun < 6 * PATIENCE
        for task in long:
            task.cancel()
        await asyncio.gather(*long, return_exceptions=True)
        await stage.pool.close()

    play(work())


def test_a_long_request_that_finds_no_place_gives_way_and_is_begun_again() -> None:
    async def work() -> None:
        stage = Stage(workers=1)
        await stage.pool.fill()
        first = asyncio.create_task(stage.ask("0.2", "a"))
        second = asyncio.create_task(stage.ask(LONG, "b"))
        await until(lambda: stage.pool._lanes.slow.waiting == 1)
        assert places(stage.pool._lanes.fast) == FAST
        assert [await first, await second] == [b"done", b"done"]
        assert stage.starts("0.2") == 1
        assert stage.starts(LONG) == 2
        await stage.at_rest()
        await stage.pool.close()

    play(work())


def test_eight_connections_of_one_client_all_get_their_long_answers() -> None:
    async def work() -> None:
        stage = Stage(workers=4)
        await stage.pool.fill()
        others = asyncio.create_task(stage.ask(LONG, "b", "x"))
        most = 0

        async def watch() -> None:
            nonlocal most
            while True:
                most = max(most, sum(bool(worker.slow) for worker in stage.alive))
                await asyncio.sleep(0.005)

        watching = asyncio.create_task(watch())
        answers = await asyncio.gather(*[stage.ask(LONG, "a", "x") for _ in range(8)])
        watching.cancel()
        assert answers == [b"done"] * 8
        assert await others == b"done"
        assert most <= 4
        await stage.at_rest()
        await stage.pool.close()

    play(work())


def test_one_client_leaves_a_place_to_others() -> None:
    async def work() -> None:
        stage = Stage(workers=2)
        await stage.pool.fill()
        greedy = [asyncio.create_task(stage.ask(ENDLESS, "a", "x")) for _ in range(5)]
        await until(lambda: stage.pool._lanes.slow.waiting == 4)
        assert await stage.ask(LONG, "b", "x") == b"done"
        for task in greedy:
            task.cancel()
        await asyncio.gather(*greedy, return_exceptions=True)
        await stage.at_rest()
        await stage.pool.close()

    play(work())


def test_a_shape_that_was_long_begins_in_the_slow_lane_until_it_was_short_again() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        for job, shape in ((LONG, "x"), (SHORT, "x"), (SHORT, "x"), (SHORT, "y"), (LONG, ""), (SHORT, "")):
            assert await stage.ask(job, "a", shape) == b"done"
            await stage.at_rest()
        began = [place for worker in stage.all for job, place in zip(worker.jobs, worker.places, strict=True)]
        assert began.count(True) == 1, "the second only"
        await stage.pool.close()

    play(work())


def test_too_many_long_requests_are_told_to_come_back() -> None:
    async def work() -> None:
        stage = Stage(workers=1, seconds=60)
        await stage.pool.fill()
        stage.pool._lanes.learn("x", long=True)
        tasks = [asyncio.create_task(stage.ask(ENDLESS, f"client {n % 50}", "x")) for n in range(135)]
        await until(lambda: stage.pool._lanes.slow.waiting == 128)
        with pytest.raises(Busy, match="Too many requests are waiting already"):
            await stage.ask(ENDLESS, "another", "x")
        assert await stage.ask(SHORT) == b"done"
        for task in tasks:
            task.cancel()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(isinstance(end, Busy) for end in ends) == 6
        await stage.at_rest()
        await stage.pool.close()

    play(work())


# ---- time limits


def test_a_request_ends_at_its_time_limit_and_the_next_is_answered() -> None:
    async def work() -> None:
        stage = Stage(seconds=0.15)
        await stage.pool.fill()
        for terms, most in ((OWN, 0.15), (Terms(seconds=0.02), 0.02), (Terms(seconds=1000), 0.15)):
            begun = time.monotonic()
            with pytest.raises(Timeout, match=rf"^The work was stopped after {most:g} s, at its time limit"):
                await stage.pool.run(Work(ENDLESS.encode(), ""), terms)
            assert most <= time.monotonic() - begun < most + 0.5
            assert await stage.ask() == b"done"
        await stage.at_rest()
        await stage.pool.close()

    play(work())


def test_the_time_limit_ends_an_answer_of_which_a_part_was_given_out() -> None:
    async def work() -> None:
        stage = Stage(seconds=0.2)
        await stage.pool.fill()
        answer = await stage.begin(f"{ENDLESS} gives {LARGE}")
        assert not answer.whole
        length = len(answer.first)
        with pytest.raises(Timeout, match=r"after 0\.2 s"):
            async for chunk in answer.rest():
                length += len(chunk)
        assert length == LARGE // PIECE * PIECE
        await stage.at_rest()
        await stage.pool.close()

    play(work())


# ---- large answers


def test_a_large_answer_is_given_out_in_parts_and_keeps_its_place_meanwhile() -> None:
    async def work() -> None:
        stage = Stage(workers=1)
        await stage.pool.fill()
        answer = await stage.begin(f"0.001 gives {LARGE}")
        assert not answer.whole
        assert 500_000 < len(answer.first) < LARGE
        assert places(stage.pool._lanes.slow) == 0
        assert await stage.ask() == b"done"
        rest = [chunk async for chunk in answer.rest()]
        assert answer.first + b"".join(rest) == b"x" * (LARGE // PIECE * PIECE) + b"done"
        await stage.at_rest()
        await answer.close()
        await stage.pool.close()

    play(work())


@pytest.mark.parametrize("how", ["close", "leave the loop"])
def test_who_lets_go_of_a_large_answer_frees_its_place_and_its_worker(how: str) -> None:
    async def work() -> None:
        stage = Stage(workers=1)
        await stage.pool.fill()
        answer = await stage.begin(f"{ENDLESS} gives {LARGE}")
        if how == "leave the loop":
            rest = answer.rest()
            async for _ in rest:
                break
            await rest.aclose()
        await answer.close()
        await answer.close()
        await stage.at_rest()
        await stage.pool.close()

    play(work())


def test_what_arrives_while_a_part_is_taken_slowly_is_given_out_without_more_news() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        answer = await stage.begin(f"1000 gives {LARGE}")
        size = len(answer.first)
        async with asyncio.timeout(4):  # before the time limit of the request, which is news
            async for chunk in answer.rest():
                size += len(chunk)
                if size == LARGE // PIECE * PIECE:
                    break
                await asyncio.sleep(0.02)
        await answer.close()
        await stage.at_rest()
        await stage.pool.close()

    play(work())


def test_an_answer_that_fails_after_its_first_part_does_not_end_as_if_it_were_whole() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()

        answer = await stage.begin(f"0.05 gives {LARGE}")
        [worker] = [worker for worker in stage.alive if worker.jobs]
        worker.strike()
        length = len(answer.first)
        with pytest.raises(Crashed, match="ended from outside"):
            async for chunk in answer.rest():
                length += len(chunk)
        assert length < LARGE
        await stage.at_rest()
        await stage.pool.close()

    play(work())


# ---- workers that die


def test_a_request_whose_worker_was_ended_from_outside_is_tried_again() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        asked = asyncio.create_task(stage.ask(LONG))
        for number in range(2):
            await until(lambda number=number: stage.starts(LONG) == number + 1)  # type: ignore[misc]
            [worker] = [worker for worker in stage.alive if worker.jobs]
            worker.strike()
        assert await asked == b"done"
        assert stage.starts(LONG) == 3
        await stage.at_rest()
        await stage.pool.close()

    play(work())


def test_a_request_whose_workers_are_ended_again_and_again_is_told_so() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        with pytest.raises(Crashed, match="was ended from outside") as caught:
            await stage.ask("0.001 SIGKILL")
        assert caught.value.detail.endswith(" Ask again.")
        assert stage.starts("0.001 SIGKILL") == 3
        await stage.at_rest()
        await stage.pool.close()

    play(work())


@pytest.mark.parametrize(
    ("number", "sentence"),
    [("SIGSEGV", "the text is too deep"), ("SIGABRT", "died of it"), ("SIGILL", "died of it")],
)
def test_a_request_that_its_worker_dies_of_is_not_tried_again(number: str, sentence: str) -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        with pytest.raises(Crashed, match=sentence):
            await stage.ask(f"0.001 {number}")
        assert stage.starts(f"0.001 {number}") == 1
        assert await stage.ask() == b"done"
        await stage.at_rest()
        await stage.pool.close()

    play(work())


def test_the_ends_of_workers_are_counted_by_why() -> None:
    async def work() -> None:
        stage = Stage(seconds=0.3)
        await stage.pool.fill()
        assert await stage.ask() == b"done"
        for job in ("1000 waits", "0.001 SIGSEGV", "0.001 SIGKILL"):
            with pytest.raises(KgError):
                await stage.ask(job)
        leaving = asyncio.create_task(stage.ask("1000 waits"))
        await asyncio.sleep(0.01)
        assert len(stage.pool.vitals.processes["worker"]) >= 1
        assert stage.pool.vitals.queues["short"].running == 1
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert stage.pool.vitals.ended == {
            "deadline": 1,
            "memory": 0,
            "crash": 1,
            "outside": 3,  # it was tried again twice
            "gone": 1,
            "moved": 0,
        }
        await stage.at_rest()
        await stage.pool.close()
        assert stage.pool.vitals.ended["gone"] == 1
        assert stage.pool.vitals.processes == {"worker": []}

    play(work())


def test_a_worker_that_died_while_it_had_nothing_to_do_is_not_asked() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        await stage.at_rest()
        for worker in list(stage.all):
            worker.die(signal.SIGKILL)
        assert await stage.ask() == b"done"
        await stage.at_rest()
        await stage.pool.close()

    play(work())


FAILURES = {"nothing to fork from": NOTHING, "no descriptors": OSError(24, "Too many open files")}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
def test_when_no_worker_can_be_made_those_who_wait_are_told_and_later_ones_are_answered(
    failure: Exception,
) -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        await stage.at_rest()
        stage.broken = failure
        for worker in list(stage.all):
            worker.die(signal.SIGKILL)
        asked = asyncio.gather(*[stage.ask() for _ in range(5)], return_exceptions=True)
        ends = await asyncio.wait_for(asked, 2)
        assert {type(end) for end in ends} == {NotReady}
        stage.broken = None
        assert await stage.ask() == b"done"
        await stage.at_rest()
        await stage.pool.close()

    play(work())


def test_a_pool_that_cannot_begin_says_so() -> None:
    async def work() -> None:
        stage = Stage()
        stage.broken = NOTHING
        with pytest.raises(StoreError, match="nothing to fork from"):
            await stage.pool.fill()
        await stage.pool.close()

    play(work())


# ---- generations


def test_no_request_meets_a_worker_of_the_generation_before() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        await stage.at_rest()
        old = list(stage.all)
        working = asyncio.create_task(stage.ask("0.02", "a"))
        await until(lambda: stage.starts("0.02") == 1)
        for worker in old:
            worker.outdated = True
        stage.pool.refresh()
        assert await stage.ask() == b"done"
        assert await working == b"done", "it may end on the old one"
        await stage.at_rest()
        assert not [worker for worker in old if worker in stage.alive]
        assert sum(len(worker.jobs) for worker in old) == 1
        await stage.pool.close()

    play(work())


def test_a_worker_that_is_outdated_before_it_is_there_is_used_for_no_later_request() -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        await stage.at_rest()
        fork, ready = stage.pool._fork, asyncio.Event()

        async def late() -> Worker:
            worker = await fork()
            await ready.wait()
            return worker

        stage.pool._fork = late
        before = list(stage.all)
        for worker in before:
            worker.die(signal.SIGKILL)
        first = asyncio.create_task(stage.ask("0.001 ends first"))
        await until(lambda: len(stage.all) > len(before))
        old = list(stage.all)
        for worker in old:
            worker.outdated = True
        stage.pool.refresh()
        second = asyncio.create_task(stage.ask("0.001 ends second"))
        await asyncio.sleep(0.01)
        ready.set()
        assert [await first, await second] == [b"done", b"done"]
        assert not [worker for worker in old if "0.001 ends second" in worker.jobs]
        await stage.at_rest()
        await stage.pool.close()

    play(work())


# ---- giving up, and closing


@pytest.mark.parametrize("job", [SHORT, LONG, f"0.05 gives {LARGE}"])
def test_giving_up_at_any_moment_leaks_nothing(job: str) -> None:
    async def work() -> None:
        stage = Stage(workers=1)
        await stage.pool.fill()
        await stage.at_rest()
        for steps in range(18):
            tasks = [asyncio.create_task(stage.ask(job, f"client {number}", "x")) for number in range(4)]
            for _ in range(min(steps, 12)):
                await asyncio.sleep(0)
            await asyncio.sleep(max(0, steps - 12) * 0.01)
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(end, bytes | asyncio.CancelledError) for end in ends)
            await stage.at_rest()
            stage.pool._lanes.learn("x", long=False)
        await stage.pool.close()

    play(work())


def test_closing_ends_all_workers_and_tells_all_who_wait() -> None:
    async def work() -> None:
        stage = Stage(workers=1)
        await stage.pool.fill()
        jobs = [*[ENDLESS] * 6, f"{ENDLESS} gives 100000"]
        tasks = [asyncio.create_task(stage.ask(job, f"client {n}", "x")) for n, job in enumerate(jobs)]
        await asyncio.sleep(PATIENCE * 2)
        await stage.pool.close()
        ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert [(type(end), str(end)) for end in ends] == [(StoreError, "The store is closed.")] * len(jobs)
        with pytest.raises(StoreError, match=r"^The store is closed\.$"):
            await stage.ask()
        await asyncio.sleep(0.02)
        assert not stage.alive
        assert all(worker.buried for worker in stage.all)

    play(work())


@pytest.mark.parametrize("asked", [False, True], ids=["before it was asked for", "while it is asked for"])
def test_closing_cuts_no_answer_without_saying_so(asked: bool) -> None:
    async def work() -> None:
        stage = Stage()
        await stage.pool.fill()
        answer = await stage.begin(f"{ENDLESS} gives {LARGE}")
        rest = answer.rest()
        if asked:
            await anext(rest)
        await stage.pool.close()
        with pytest.raises(KgError):
            async for _ in rest:
                pass

    play(work())
