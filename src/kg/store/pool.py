"""Requests to read, each on a worker of its own for as long as it takes, within its limits.

A worker that has done a request takes the next of its kind. One that was killed, died or has grown is
replaced by a fresh one; forking takes milliseconds.
"""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from kg.errors import KgError, NotReady, StoreError
from kg.store import Capacity, Terms
from kg.store.channel import Worker, timeout
from kg.store.lanes import FAST, Lane, Lanes
from kg.store.vitals import GONE, MOVED, REASONS, Vitals, reason

log = logging.getLogger("kg.store")

_HOLD = 1 << 19
"""Bytes of an answer that are there before its first part is given out, unless it is shorter."""
_REST = 3.0
"""Seconds that a worker stays after a long request, for another. An engine that reads writes, too (it counts
who holds what), so that each process comes to copies of its own of the data, which takes half of the time."""
_PAUSES = (0.02, 0.2)
"""Seconds before a request is tried again whose worker was ended from outside."""
_STRETCH = 4
"""How many times the patience of the fast lane a request may take that was given little of the processor."""
PATIENCE = 3.0
"""How many times its own limit a request may wait for its turn."""


@dataclass(frozen=True)
class Work:
    """A job as a message, and its shape: requests of one shape take about as long."""

    job: bytes
    shape: str


class Pool:
    """The readers of a store; ``fork`` makes one of the present generation."""

    def __init__(self, capacity: Capacity, fork: Callable[[], Awaitable[Worker]]) -> None:
        """Begin without workers."""
        self._capacity = capacity
        self._fork = fork
        self._lanes = Lanes(capacity.workers)
        self._idle: deque[Worker] = deque()
        self._resting: dict[Worker, asyncio.TimerHandle] = {}
        self._wanted: deque[_Wanted] = deque()
        self._generation = 0
        self._forks: set[asyncio.Task[None]] = set()
        self._working: set[_Answer] = set()
        self._closed = False
        self.ended = Counter(dict.fromkeys(REASONS, 0))
        """How many workers were ended in their work, by why."""

    @property
    def is_closed(self) -> bool:
        """Whether all has come to an end."""
        return self._closed

    @property
    def vitals(self) -> Vitals:
        """The workers that are ready or at work, the queues for them, and the ends of others."""
        busy = [answer.worker for answer in self._working if answer.worker]
        pids = sorted({worker.pid for worker in (*self._idle, *self._resting, *busy) if not worker.lost})
        queues = {"short": self._lanes.fast.state, "long": self._lanes.slow.state}
        return Vitals({"worker": pids}, queues, dict(self.ended))

    async def fill(self) -> None:
        """Have the workers for short requests ready; StoreError when none can be made."""
        self._idle.append(await self._fork())
        self._replenish()

    def refresh(self) -> None:
        """A new generation begins: no request that comes from now on meets a worker of the old one."""
        self._generation += 1
        self._send_home()
        self._replenish()

    async def close(self) -> None:
        """End all workers; whoever waits for an answer, or for the rest of one, is told why there is none."""
        self._closed = True
        for task in list(self._forks):
            task.cancel()
        why = _closed()
        self._lanes.fast.close(why)
        self._lanes.slow.close(why)
        for answer in self._working:
            answer.stop(why)
        self._send_home()
        self._refuse_all(why)

    async def run(self, work: Work, terms: Terms) -> "_Answer":
        """Start a request; return when its answer stands, or the first part of it."""
        seconds = min(terms.seconds or self._capacity.seconds, self._capacity.seconds)
        for pause in _PAUSES:
            with suppress(_TakenAway):
                return await self._run(work, terms.client, seconds)
            await asyncio.sleep(pause)  # the others that were ended with it are known to be gone by then
        try:
            return await self._run(work, terms.client, seconds)
        except _TakenAway as error:
            raise error.fault from None

    async def _run(self, work: Work, client: str, seconds: float) -> "_Answer":
        if not self._lanes.is_long(work.shape):
            answer = await self._run_short(work, client, seconds)
            if answer:
                return answer
        return await self._run_long(work, client, seconds)

    async def _run_short(self, work: Work, client: str, seconds: float) -> "_Answer | None":
        """Answer within the patience of the fast lane, or go on in the slow one, or give up: None."""
        lanes = self._lanes
        await lanes.fast.enter(client, seconds * PATIENCE, first=not client)
        answer = _Answer(self, lanes.fast, client)
        try:
            await answer.begin(work.job, seconds)
            patience = lanes.patience()
            for _ in range(_STRETCH):
                await answer.wait(min(patience, seconds))
                if answer.is_done:
                    return await answer.finished()
                if answer.is_full or answer.used() > patience / 2:
                    break
            lanes.learn(work.shape, long=True)
            if lanes.slow.take(client):
                answer.move(lanes.slow)
                await answer.wait(None)
                return await answer.finished()
        except BaseException:
            await answer.close()
            raise
        await answer.close(MOVED)
        return None

    async def _run_long(self, work: Work, client: str, seconds: float) -> "_Answer":
        await self._lanes.slow.enter(client, seconds * PATIENCE)
        answer = _Answer(self, self._lanes.slow, client)
        try:
            begun = asyncio.get_running_loop().time()
            await answer.begin(work.job, seconds, stand_back=True)
            await answer.wait(None)
            if answer.is_done and asyncio.get_running_loop().time() - begun < self._lanes.patience():
                self._lanes.learn(work.shape, long=False)
            return await answer.finished()
        except BaseException:
            await answer.close()
            raise

    # ---- workers

    async def hire(self, *, stand_back: bool = False) -> Worker:
        """Return a worker that does nothing; for a long request rather one that stood back before."""
        while stand_back and self._resting:
            worker, alarm = self._resting.popitem()
            alarm.cancel()
            if not worker.lost:
                return worker
            worker.bury()
        while self._idle:
            worker = self._idle.popleft()
            if not worker.lost:
                return worker
            worker.bury()
        if self._closed:
            raise _closed()
        wanted = _Wanted(self._generation, asyncio.get_running_loop().create_future())
        self._wanted.append(wanted)
        self._replenish()
        try:
            return await asyncio.shield(wanted.found)
        except asyncio.CancelledError:
            if not wanted.found.done():
                self._wanted.remove(wanted)
            elif not wanted.found.exception():
                self.dismiss(wanted.found.result())
            raise

    def dismiss(self, worker: Worker) -> None:
        """Take a worker back, or end it when it is not fit for the next request."""
        if not worker.is_fit or self._closed:
            worker.dispose()
        elif worker.slow:
            alarm = asyncio.get_running_loop().call_later(_REST, self._rested, worker)
            self._resting[worker] = alarm
            self.make_room()
        elif self._wanted or len(self._idle) < FAST:
            self._give(worker, self._generation)
            return
        else:
            worker.dispose()
        self._replenish()

    def make_room(self) -> None:
        """End those that rest, as far as there would be more for long requests than may work at once."""
        busy = sum(answer.worker is not None and answer.worker.slow for answer in self._working)
        while self._resting and len(self._resting) + busy > self._capacity.workers:
            worker, alarm = self._resting.popitem()
            alarm.cancel()
            worker.dispose()

    def _rested(self, worker: Worker) -> None:
        """Nobody needed it."""
        del self._resting[worker]
        worker.dispose()

    def _give(self, worker: Worker, born: int) -> None:
        """Give a worker to who has waited longest for one of its generation or an earlier one, or keep it."""
        for wanted in self._wanted:
            if wanted.since <= born:
                self._wanted.remove(wanted)
                wanted.found.set_result(worker)
                return
        if worker.outdated or self._closed or len(self._idle) >= FAST:
            worker.dispose()
            self._replenish()
        else:
            self._idle.append(worker)

    def _replenish(self) -> None:
        """Fork as many workers as are asked for, and keep those ready that short requests need."""
        ready = sum(not worker.lost for worker in self._idle)
        for _ in range(max(len(self._wanted), FAST - ready) - len(self._forks)):
            if not self._closed:
                task = asyncio.get_running_loop().create_task(self._one_more())
                self._forks.add(task)
                task.add_done_callback(self._forked)

    def _forked(self, task: "asyncio.Task[None]") -> None:
        self._forks.discard(task)
        if self._wanted:
            self._replenish()

    async def _one_more(self) -> None:
        born = self._generation
        try:
            worker = await self._fork()
        except (KgError, OSError) as error:
            log.error("no worker can be forked: %s", error)
            again = NotReady("The data are being loaded again.", remedy="Ask again in a while.")
            self._refuse_all(_closed() if self._closed else again)
            return
        self._forks.discard(asyncio.current_task())  # one that is outdated is made good
        self._give(worker, born)

    def _refuse_all(self, why: KgError) -> None:
        while self._wanted:
            found = self._wanted.popleft().found
            found.set_exception(why)
            found.exception()  # whoever has given up meanwhile will not look

    def _send_home(self) -> None:
        for worker in self._idle:
            worker.dispose()
        self._idle.clear()
        for worker, alarm in self._resting.items():
            alarm.cancel()
            worker.dispose()
        self._resting.clear()


@dataclass(eq=False)
class _Wanted:
    """Somebody who needs a worker that knows all changes since a generation."""

    since: int
    found: "asyncio.Future[Worker]"


def _closed() -> StoreError:
    return StoreError("The store is closed.")


class _TakenAway(Exception):  # noqa: N818 - carries an error
    """Somebody ended the worker from outside before anything was given out."""

    def __init__(self, fault: KgError) -> None:
        super().__init__(str(fault))
        self.fault = fault


class _Answer:
    """One request on one worker: ``kg.store.Answer``."""

    def __init__(self, pool: Pool, lane: Lane, client: str) -> None:
        self._pool = pool
        self._lane: Lane | None = lane
        self._client = client
        self._worker: Worker | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._first = b""
        self._whole = False
        self._used_before = 0.0
        self.encoding = ""
        self.version = ""

    @property
    def worker(self) -> Worker | None:
        return self._worker

    @property
    def first(self) -> bytes:
        return self._first

    @property
    def whole(self) -> bool:
        """Whether the first part is all; what arrives after it was taken does not change that."""
        return self._whole

    @property
    def is_done(self) -> bool:
        """Whether all has arrived."""
        return self._worker is not None and self._worker.end is not None

    @property
    def is_full(self) -> bool:
        """Whether as much has arrived as is held back."""
        return self._worker is not None and self._worker.buffered >= _HOLD

    def used(self) -> float:
        """Seconds of the processor that the worker has used for this request."""
        return self._worker.used() - self._used_before if self._worker else 0.0

    async def begin(self, job: bytes, seconds: float, *, stand_back: bool = False) -> None:
        self._pool._working.add(self)
        worker = self._worker = await self._pool.hire(stand_back=stand_back)
        if self._pool.is_closed:
            raise _closed()
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(seconds, worker.kill, timeout(seconds))
        if stand_back:
            worker.stand_back()
            self._pool.make_room()
        else:
            self._used_before = worker.used()
        worker.start(job)

    async def wait(self, seconds: float | None) -> None:
        """Return when all is there, enough for a first part, or the time is over."""
        worker = self._worker
        assert worker
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds if seconds is not None else None
        alarm = loop.call_later(seconds, worker.wake) if seconds is not None else None
        while not worker.done and worker.buffered < _HOLD and (until is None or loop.time() < until):
            await worker.news()
        if alarm:
            alarm.cancel()
        if worker.done and worker.end is None:
            await self._fail(worker)

    def move(self, lane: Lane) -> None:
        """Go on in another lane, in which a place was taken."""
        assert self._lane and self._worker
        self._lane.leave(self._client)
        self._lane = lane
        self._worker.stand_back()
        self._pool.make_room()

    async def finished(self) -> "_Answer":
        """Take the first part; all of it lets the worker go."""
        assert self._worker
        self._first, self._whole = b"".join(self._worker.take()), self.is_done
        self.encoding, self.version = self._worker.encoding, self._worker.version
        if self._whole:
            await self.close()
        return self

    async def rest(self) -> AsyncGenerator[bytes, None]:
        worker = self._worker
        if worker is None:
            if not self._whole:
                raise _closed()
            return
        try:
            while True:
                for chunk in worker.take():
                    yield chunk
                if worker.end is not None and not worker.buffered:
                    return
                if worker.done and not worker.buffered:
                    await self._fail(worker)
                if not worker.buffered:  # a worker that is made to wait has no news
                    await worker.news()
        finally:
            await self.close()

    async def close(self, why: str = GONE) -> None:
        self._pool._working.discard(self)
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
        worker, self._worker = self._worker, None
        if worker:
            if not (worker.done or self._pool.is_closed):
                self._pool.ended[why] += 1
            self._pool.dismiss(worker)
        lane, self._lane = self._lane, None
        if lane:
            lane.leave(self._client)

    def stop(self, why: KgError) -> None:
        """End the work; whoever waits for it is told why."""
        if self._worker:
            self._worker.kill(why)

    async def _fail(self, worker: Worker) -> None:
        fault = await worker.failure()
        if why := reason(fault, from_outside=worker.taken_away):
            self._pool.ended[why] += 1
        if worker.taken_away and not self._first:
            raise _TakenAway(fault)
        raise fault
