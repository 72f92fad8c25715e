"""The processes that workers are forked from, seen from the server: start one, have it fork, end it."""

import asyncio
import errno
import json
import os
import pickle
import socket
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from kg.errors import StoreError
from kg.settings import DefaultGraph
from kg.store.channel import Worker

T = TypeVar("T")

_SILENCE = 10.0
"""Seconds after which a zygote that does not answer counts as dead; forking takes milliseconds."""
_GONE = (errno.EPIPE, errno.ECONNRESET, errno.ENOTCONN)


@dataclass(frozen=True)
class Nature:
    """How the stores of a zygote are opened."""

    default_graph: DefaultGraph
    prefixes: Mapping[str, str]


class Zygote:
    """A zygote that runs, and all that was forked from it."""

    def __init__(
        self,
        control: socket.socket,
        process: "subprocess.Popen[bytes] | None" = None,
        *,
        pid: int = 0,
        sealed: bool = False,
    ) -> None:
        """Take over the server's end of a control socket."""
        self._control = control
        self._process = process
        self._lock = asyncio.Lock()
        self._answers: deque[asyncio.Future[tuple[dict[str, Any], list[int]]]] = deque()
        self._deaths: dict[int, asyncio.Future[int]] = {}
        self._early: dict[int, asyncio.Future[int]] = {}
        self._forking = 0
        self.pid = process.pid if process else pid
        self.lost = False
        self.sealed = sealed
        self.workers: set[Worker] = set()
        self.retired = False
        control.setblocking(False)
        asyncio.get_running_loop().add_reader(control.fileno(), self._hear)

    @classmethod
    async def spawn(
        cls, nature: Nature, snapshot: IO[bytes] | None, module: str = "kg.store.zygote"
    ) -> "Zygote":
        """Start a zygote and give it its data, if it is to hold any; StoreError when it cannot.

        ``module`` is what it runs: ``kg.store.zygote``, or one that calls its ``main`` with a trade.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {name: value for name, value in os.environ.items() if name != "KG_TOKEN"}
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", module, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env={**environment, "RUST_BACKTRACE": "0", "MALLOC_ARENA_MAX": "1"},
            )
        except OSError as error:
            ours.close()
            raise StoreError(f"No process can be started for the store: {error.strerror}.") from error
        finally:
            theirs.close()
        zygote = cls(ours, process)
        try:
            greeting, _ = await zygote._expect()
            zygote.sealed = bool(greeting.get("sealed"))
            files = [snapshot.fileno()] if snapshot else []
            answer, _ = await zygote._ask(
                {"do": "load", "default_graph": nature.default_graph, "prefixes": dict(nature.prefixes)},
                files,
            )
            if "error" in answer:
                raise StoreError(answer["error"])
        except BaseException:
            zygote.close()
            raise
        return zygote

    async def fork(self, role: str, extra: Mapping[str, Any], files: list[int] | None = None) -> "Worker":
        """Fork a worker; StoreError when the zygote is gone."""
        self._forking += 1
        try:
            return await to_the_end(self._fork(role, extra, files), Worker.dispose)
        finally:
            self._forking -= 1
            self._end_if_over()

    async def _fork(self, role: str, extra: Mapping[str, Any], files: list[int] | None) -> "Worker":
        try:
            ours, theirs = socket.socketpair()
            words, stderr = os.pipe()
        except OSError as error:
            raise StoreError(f"No worker can be made: {error.strerror}.") from error
        os.set_blocking(words, False)
        os.set_blocking(stderr, False)
        try:
            async with asyncio.timeout(_SILENCE):
                answer, handles = await self._ask(
                    {"do": "fork", "role": role, **extra}, [theirs.fileno(), stderr, *(files or ())]
                )
        except TimeoutError:
            ours.close()
            os.close(words)
            self._give_up()
            raise StoreError("The process that holds the data does not answer.") from None
        except BaseException:
            ours.close()
            os.close(words)
            raise
        finally:
            theirs.close()
            os.close(stderr)
        if "error" in answer:
            ours.close()
            os.close(words)
            raise StoreError(answer["error"])
        ours.setblocking(False)
        death = self._early.pop(answer["pid"], None)
        if death is None:
            death = self._deaths[answer["pid"]] = asyncio.get_running_loop().create_future()
        worker = Worker(self, answer["pid"], handles[0] if handles else -1, words, death)
        worker.outdated = self.retired
        self.workers.add(worker)
        await asyncio.get_running_loop().create_unix_connection(lambda: worker, sock=ours)
        return worker

    def gone(self, worker: "Worker") -> None:
        """A worker has ended; a retired zygote ends with its last one."""
        self.workers.discard(worker)
        self._end_if_over()

    def retire(self) -> None:
        """End when the last worker has ended; what it holds is outdated."""
        self.retired = True
        for worker in self.workers:
            worker.outdated = True
        self._end_if_over()

    def _end_if_over(self) -> None:
        if self.retired and not self.workers and not self._forking:
            self.close()

    def close(self) -> None:
        """End the zygote; its readers are killed by the system with it."""
        if self._control.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._control.close()
        self._fail()
        for worker in list(self.workers):
            worker.dispose()
        self._wait()

    async def _ask(self, message: dict[str, Any], files: list[int]) -> tuple[dict[str, Any], list[int]]:
        async with self._lock:  # answers come in the order of questions
            if self.lost:
                raise StoreError("The process that holds the data has ended.")
            try:
                socket.send_fds(self._control, [pickle.dumps(message)], files)
            except OSError as error:
                if error.errno not in _GONE:
                    raise StoreError(
                        f"The process that holds the data cannot be asked: {error.strerror}."
                    ) from error
            return await self._expect()

    async def _expect(self) -> tuple[dict[str, Any], list[int]]:
        answer = asyncio.get_running_loop().create_future()
        self._answers.append(answer)
        if self.lost:
            self._fail()
        return await asyncio.shield(answer)

    def _hear(self) -> None:
        try:
            data, files, _, _ = socket.recv_fds(self._control, 1 << 16, 4)
        except BlockingIOError:
            return
        except OSError:
            data, files = b"", []
        if not data:
            asyncio.get_running_loop().remove_reader(self._control.fileno())
            self._fail()
            self._wait()
            return
        facts = json.loads(data)
        if "dead" in facts:
            self._dead(facts["dead"], facts["signal"])
            return
        answer = self._answers.popleft() if self._answers else None
        if answer is None or answer.done():
            for file in files:
                os.close(file)
        else:
            answer.set_result((facts, files))

    def _dead(self, pid: int, number: int) -> None:
        """Note how a process died, also one that did so before we knew of it."""
        found = self._deaths.pop(pid, None)
        if found is None:
            if len(self._early) > 100:
                self._early.clear()
            found = self._early[pid] = asyncio.get_running_loop().create_future()
        if not found.done():
            found.set_result(number)

    def _give_up(self) -> None:
        """Take a zygote that says nothing for dead; whoever asks it next makes another."""
        if self._process:
            self._process.kill()
        self.close()

    def _wait(self) -> None:
        process, self._process = self._process, None
        if process:
            asyncio.get_running_loop().run_in_executor(None, _end_of, process)

    def _fail(self) -> None:
        self.lost = True
        for answer in self._answers:
            if not answer.done():
                answer.set_exception(StoreError("The process that holds the data has ended."))
                answer.exception()
        self._answers.clear()
        for found in self._deaths.values():
            if not found.done():
                found.set_result(0)


def _end_of(process: "subprocess.Popen[bytes]") -> None:
    """Wait for a zygote that was told to end; one that does not is killed."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(2)
        return
    process.kill()
    process.wait()


async def to_the_end(work: Coroutine[Any, Any, T], undo: Callable[[T], object] | None = None) -> T:
    """Do what must not stop half way; who is cancelled meanwhile stays so, and what came of it is undone."""
    task = asyncio.get_running_loop().create_task(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
        except BaseException:
            break
    if cancelled:
        if undo and not task.cancelled() and not task.exception():
            undo(task.result())
        raise asyncio.CancelledError
    return task.result()


def temporary() -> IO[bytes]:
    """A file without a name that goes away with its last user."""
    return tempfile.TemporaryFile(prefix="kg-")
