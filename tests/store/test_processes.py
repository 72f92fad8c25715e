"""The server's side of its processes: what arrives from them is sorted, and none of them is left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import IO, Any

import pytest
from asking import descriptors, marked, state, until

from kg.errors import Crashed, KgError, StoreError
from kg.media import CSV
from kg.sparql import Operation
from kg.store import processes, snapshots
from kg.store.channel import Worker
from kg.store.processes import Nature, Zygote, temporary, to_the_end
from kg.store.worker import ReadJob, pack

pytestmark = pytest.mark.slow

NATURE = Nature("union", {"u": "u:"})
READ = {"memory": 200_000_000}
JOB = pack(ReadJob(Operation.parse("SELECT ?s { ?s ?p ?o }"), CSV.name, 20, 10**9, "identity", False))


def play(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 30))


# ---- work that must not stop half way


def test_work_goes_to_the_end_when_nobody_gives_up() -> None:
    async def work() -> None:
        undone: list[int] = []

        async def give() -> int:
            await asyncio.sleep(0.001)
            return 7

        async def fail() -> int:
            raise ValueError("No.")

        assert await to_the_end(give(), undone.append) == 7
        with pytest.raises(ValueError, match=r"^No\.$"):
            await to_the_end(fail(), undone.append)
        assert undone == []

    play(work())


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("steps", range(1, 6))
def test_work_goes_to_the_end_when_somebody_gives_up_and_is_undone(
    steps: int, times: int, fails: bool
) -> None:
    async def work() -> None:
        ended: list[int] = []
        undone: list[int] = []

        async def give() -> int:
            for _ in range(3):
                await asyncio.sleep(0)
            ended.append(1)
            if fails:
                raise ValueError("No.")
            return 7

        task = asyncio.create_task(to_the_end(give(), undone.append))
        for _ in range(steps):
            await asyncio.sleep(0)
        cancelled = False
        for _ in range(times):
            cancelled = task.cancel() or cancelled
            await asyncio.sleep(0)
        await asyncio.wait([task])
        assert ended == [1]
        assert task.cancelled() == cancelled
        assert undone == ([7] if cancelled and not fails else [])
        if not cancelled:
            assert (task.exception() is not None) == fails

    play(work())


def test_a_temporary_file_has_no_name_and_goes_with_its_last_user() -> None:
    before = descriptors()
    with temporary() as file:
        file.write(b"x")
        file.flush()
        assert Path(f"/proc/self/fd/{file.fileno()}").readlink().name.endswith("(deleted)")
        assert os.fstat(file.fileno()).st_nlink == 0
    assert descriptors() == before


# ---- zygotes


def snapshot(nquads: bytes = b"<u:a> <u:p> <u:b> <u:g> .\n") -> IO[bytes]:
    file = temporary()
    snapshots.write(file, nquads)
    return file


async def answer(worker: Worker, job: bytes = JOB) -> bytes:
    """Give a worker a job and wait for all of the answer."""
    worker.start(job)
    while not worker.done:
        await worker.news()
    if worker.end is None:
        raise await worker.failure()
    return b"".join(worker.take())


async def ended(mark: str, within: float = 3) -> None:
    """Wait until no process with the mark lives any more."""
    await until(lambda: not marked(mark), within)
    await asyncio.sleep(0.4)  # an end is looked at twice, and its descriptor kept until then


def test_a_zygote_gives_workers_that_have_the_data_and_ends_with_the_last(mark: str) -> None:
    async def work() -> None:
        with snapshot() as file:
            zygote = await Zygote.spawn(NATURE, file)
        workers = await asyncio.gather(*[zygote.fork("read", READ) for _ in range(3)])
        assert zygote.sealed
        assert len({worker.pid for worker in workers}) == 3
        assert set(marked(mark)) > {worker.pid for worker in workers}
        for worker in (*workers, *workers):
            assert await answer(worker) == b"s\r\nu:a\r\n"
            assert worker.is_fit
        assert 0 < workers[0].used() < 5
        zygote.retire()
        assert all(worker.outdated for worker in workers)
        assert await answer(workers[0]) == b"s\r\nu:a\r\n"
        for worker in workers:
            worker.kill()
            worker.bury()
        await ended(mark)
        await until(lambda: zygote.lost)

    before = descriptors()
    play(work())
    assert descriptors() == before


def test_closing_a_zygote_ends_everything_at_once(mark: str) -> None:
    async def work() -> None:
        with snapshot() as file:
            zygote = await Zygote.spawn(NATURE, file)
        workers = [await zygote.fork("read", READ) for _ in range(3)]
        asked = asyncio.create_task(answer(workers[0]))
        zygote.close()
        zygote.close()
        await asyncio.wait([asked])
        assert asked.exception() is None or isinstance(asked.exception(), KgError)
        await ended(mark, 2)
        with pytest.raises(StoreError, match=r"^The process that holds the data has ended\.$"):
            await zygote.fork("read", READ)
        for worker in workers:
            worker.bury()

    before = descriptors()
    play(work())
    assert descriptors() == before


def test_a_worker_that_is_killed_from_outside_is_known_as_such_and_others_go_on(mark: str) -> None:
    async def work() -> None:
        with snapshot() as file:
            zygote = await Zygote.spawn(NATURE, file)
        first, second = [await zygote.fork("read", READ) for _ in range(2)]
        os.kill(first.pid, signal.SIGKILL)
        with pytest.raises(Crashed, match="ended from outside"):
            await answer(first)
        assert first.taken_away
        assert await answer(second) == b"s\r\nu:a\r\n"
        os.kill(second.pid, signal.SIGSEGV)
        with pytest.raises(Crashed, match="too deep"):
            await answer(second)
        assert not second.taken_away
        for worker in (first, second):
            worker.bury()
        zygote.retire()
        await ended(mark)

    play(work())


@pytest.mark.slow
def test_how_a_worker_died_is_known_also_after_many_others(mark: str) -> None:
    async def work() -> None:
        with snapshot() as file:
            zygote = await Zygote.spawn(NATURE, file)
        for _ in range(220):
            other = await zygote.fork("read", READ)
            other.kill()
            other.bury()
        worker = await zygote.fork("read", READ)
        worker.start(b"")
        os.kill(worker.pid, signal.SIGKILL)
        while not worker.done:
            await worker.news()
        await asyncio.sleep(0.05)
        assert "ended from outside" in str(await worker.failure())
        assert worker.taken_away
        worker.bury()
        zygote.retire()
        await ended(mark)

    play(work())


def test_a_zygote_that_is_killed_takes_its_workers_along(mark: str) -> None:
    async def work() -> None:
        with snapshot() as file:
            zygote = await Zygote.spawn(NATURE, file)
        worker = await zygote.fork("read", READ)
        assert await answer(worker) == b"s\r\nu:a\r\n"
        assert zygote._process
        os.kill(zygote._process.pid, signal.SIGKILL)
        await ended(mark, 2)
        await until(lambda: zygote.lost and worker.lost)
        with pytest.raises(Crashed):
            await answer(worker)
        assert worker.taken_away, "it may be tried again"
        with pytest.raises(StoreError, match=r"^The process that holds the data has ended\.$"):
            await zygote.fork("read", READ)
        worker.bury()
        zygote.close()

    before = descriptors()
    play(work())
    assert descriptors() == before


def test_a_zygote_knows_no_token(mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        zygote = await Zygote.spawn(NATURE, None)
        assert zygote._process
        text = Path(f"/proc/{zygote._process.pid}/environ").read_bytes().split(b"\0")
        names = {item.partition(b"=")[0] for item in text}
        assert b"KG_TOKEN" not in names
        assert {b"KG_OTHER", b"PATH"} <= names
        assert b"secret" not in b" ".join(text)
        assert b"secret" not in Path(f"/proc/{zygote._process.pid}/cmdline").read_bytes()
        zygote.close()
        await ended(mark)

    monkeypatch.setenv("KG_TOKEN", "secret")
    monkeypatch.setenv("KG_OTHER", "other")
    play(work())


def test_a_zygote_has_no_file_of_the_server(mark: str) -> None:
    async def work() -> None:
        with temporary() as secret:
            os.set_inheritable(secret.fileno(), True)
            zygote = await Zygote.spawn(NATURE, None)
            assert zygote._process
            node = os.fstat(secret.fileno()).st_ino
            opened = list(Path(f"/proc/{zygote._process.pid}/fd").iterdir())
            assert node not in {path.stat().st_ino for path in opened}
            assert len(opened) <= 8
        zygote.close()
        await ended(mark)

    play(work())


def test_data_that_cannot_be_loaded_are_told_and_nothing_is_left(mark: str) -> None:
    async def work() -> None:
        with (
            snapshot(b"<u:a> nonsense") as file,
            pytest.raises(StoreError, match=r"^The data cannot be read as N-Quads: "),
        ):
            await Zygote.spawn(NATURE, file)
        await ended(mark)

    before = descriptors()
    play(work())
    assert descriptors() == before


@pytest.mark.parametrize(
    ("program", "sentence"),
    [("/none/such", "No process can be started for the store"), ("/bin/true", "has ended")],
)
def test_a_program_that_does_not_start_is_told_and_nothing_is_left(
    program: str, sentence: str, monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    async def work() -> None:
        with pytest.raises(StoreError, match=sentence):
            await Zygote.spawn(NATURE, None)
        await asyncio.sleep(0.05)

    before = descriptors()
    monkeypatch.setattr(sys, "executable", program)
    play(work())
    assert descriptors() == before
    assert not recwarn.list


@pytest.mark.parametrize("seconds", [0, 0.03, 0.15])
def test_who_gives_up_on_a_zygote_that_begins_leaves_none_behind(mark: str, seconds: float) -> None:
    async def work() -> None:
        with snapshot() as file:
            task = asyncio.create_task(Zygote.spawn(NATURE, file))
            await asyncio.sleep(seconds)
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():  # it was there in less than that
                task.result().close()
            await ended(mark)

    before = descriptors()
    play(work())
    assert descriptors() == before


def test_who_gives_up_on_a_worker_that_begins_leaves_none_behind(mark: str) -> None:
    async def work() -> None:
        with snapshot() as file:
            zygote = await Zygote.spawn(NATURE, file)
        try:
            held = descriptors()
            for steps in range(8):
                task = asyncio.create_task(zygote.fork("read", READ))
                for _ in range(steps):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait([task])
                if not task.cancelled():  # it was there in less than that
                    task.result().dispose()
            await until(lambda: len(marked(mark)) == 1)
            await until(lambda: not zygote.workers)
            await asyncio.sleep(0.5)
            assert descriptors() == held
        finally:
            zygote.close()
            await ended(mark)

    play(work())


def test_a_worker_that_stands_back_has_a_lower_priority(mark: str) -> None:
    async def work() -> None:
        with snapshot() as file:
            zygote = await Zygote.spawn(NATURE, file)
        worker = await zygote.fork("read", READ)
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) == os.getpriority(os.PRIO_PROCESS, 0)
        worker.stand_back()
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) == 10
        assert await answer(worker) == b"s\r\nu:a\r\n"
        assert worker.slow and worker.is_fit
        worker.kill()
        worker.bury()
        assert state(worker.pid) in "XZRSD"
        zygote.close()
        await ended(mark)

    play(work())


def test_no_process_of_a_zygote_is_a_zombie_afterwards(mark: str) -> None:
    async def work() -> None:
        with snapshot() as file:
            zygote = await Zygote.spawn(NATURE, file)
        process = zygote._process
        assert process
        worker = await zygote.fork("read", READ)
        worker.kill()
        worker.bury()
        await until(lambda: state(worker.pid) == "X")
        zygote.close()
        await until(lambda: state(process.pid) == "X")
        assert process.returncode is not None

    play(work())


def test_a_zygote_that_stands_still_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_SILENCE", 0.3)

    async def work() -> None:
        zygote = await Zygote.spawn(NATURE, None)
        assert zygote._process
        pid = zygote._process.pid
        os.kill(pid, signal.SIGSTOP)
        with pytest.raises(StoreError, match=r"does not answer\.$"):
            await zygote.fork("read", READ)
        assert zygote.lost
        await until(lambda: state(pid) in "XZ")

    play(work())
