"""The process that workers are forked from, spoken to as the server does, over its control socket."""

from __future__ import annotations

import json
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from asking import parent, state

from kg.media import CSV, NQUADS
from kg.settings import DefaultGraph
from kg.sparql import Operation
from kg.store import DropGraph, Write, snapshots
from kg.store.embedded import EmbeddedStore
from kg.store.frames import DATA, END, FAULT, HEAD, receive
from kg.store.processes import temporary
from kg.store.worker import ReadJob, WriteJob, pack
from kg.updates import Update

DATA_GIVEN = b"<u:a> <u:p> <u:b> <u:g> .\n"
INSERT = Update.parse("INSERT DATA { <u:new> <u:p> <u:b> }")
MEMORY = 400_000_000
WAITING = 10.0
"""Seconds that anything may take."""


@dataclass
class Child:
    """A worker as the server has it: its channel, what holds its process, and what it says to stderr."""

    pid: int
    channel: socket.socket
    handle: int
    words: int

    def ask(self, query: str = "SELECT ?s { ?s <u:p> ?o }") -> list[str]:
        """The rows of the answer to a query."""
        job = ReadJob(Operation.parse(query), CSV.name, 20, 10**9, "identity", False)
        self.channel.sendall(pack(job))
        text = b""
        while (found := receive(self.channel)) and found[0] in (HEAD, DATA):
            text += found[1] if found[0] == DATA else b""
        assert found
        assert found[0] == END, found
        return sorted(text.decode().split("\r\n")[1:-1])

    def write(self, request: Write) -> tuple[bytes, dict[str, Any]]:
        """The end of a job that writes, or its fault."""
        self.channel.sendall(pack(WriteJob(request, 20)))
        found = receive(self.channel)
        assert found
        return found[0], json.loads(found[1])

    def close(self) -> None:
        """Let go of everything."""
        self.channel.close()
        for handle in (self.handle, self.words):
            with suppress(OSError):
                os.close(handle)


@dataclass
class Control:
    """The server's end of a control socket."""

    socket: socket.socket
    children: list[Child] = field(default_factory=list)
    deaths: dict[int, int] = field(default_factory=dict)

    def hear(self) -> tuple[dict[str, Any], list[int]]:
        """The next message; one of a death is kept."""
        ready, _, _ = select.select([self.socket], [], [], WAITING)
        assert ready, "nothing comes"
        data, files, _, _ = socket.recv_fds(self.socket, 1 << 16, 4)
        assert data, "the zygote has ended"
        facts = json.loads(data)
        if "dead" in facts:
            self.deaths[facts["dead"]] = facts["signal"]
        return facts, files

    def ask(self, message: dict[str, Any], files: list[int]) -> tuple[dict[str, Any], list[int]]:
        """The answer to a message."""
        socket.send_fds(self.socket, [pickle.dumps(message)], files)
        while True:
            facts, found = self.hear()
            if "dead" not in facts:
                return facts, found

    def load(self, mode: DefaultGraph = "union", nquads: bytes | None = DATA_GIVEN) -> dict[str, Any]:
        """Have data loaded, or none."""
        message = {"do": "load", "default_graph": mode, "prefixes": {"u": "u:"}}
        if nquads is None:
            return self.ask(message, [])[0]
        with temporary() as file:
            snapshots.write(file, nquads)
            return self.ask(message, [file.fileno()])[0]

    def fork(self, role: str = "read", files: tuple[int, ...] = (), **more: object) -> Child:
        """Have a worker forked."""
        ours, theirs = socket.socketpair()
        words, stderr = os.pipe()
        with theirs:
            message = {"do": "fork", "role": role, "memory": MEMORY, **more}
            facts, handles = self.ask(message, [theirs.fileno(), stderr, *files])
            os.close(stderr)
        assert len(handles) == 1
        self.children.append(Child(facts["pid"], ours, handles[0], words))
        return self.children[-1]

    def death_of(self, child: Child) -> int:
        """Wait for the message about a death; the signal in it."""
        while child.pid not in self.deaths:
            self.hear()
        return self.deaths[child.pid]

    def has_ended(self) -> bool:
        """Whether the other end is gone, now or soon."""
        while select.select([self.socket], [], [], WAITING)[0]:
            if not socket.recv_fds(self.socket, 1 << 16, 4)[0]:
                return True
        return False

    def close(self) -> None:
        """Let go of everything."""
        self.socket.close()
        for child in self.children:
            child.close()


def gone(pid: int) -> bool:
    """Whether a process has ended, now or soon."""
    until = time.monotonic() + WAITING
    while state(pid) not in "XZ" and time.monotonic() < until:
        time.sleep(0.005)
    return state(pid) in "XZ"


@dataclass
class Running:
    """A zygote as a process, and the way to it."""

    process: subprocess.Popen[bytes]
    control: Control
    greeting: dict[str, Any]


@contextmanager
def running() -> Iterator[Running]:
    """A zygote that has said that it is there."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "kg.store.zygote", str(theirs.fileno())], pass_fds=[theirs.fileno()]
        )
    control = Control(ours)
    try:
        with process:
            try:
                yield Running(process, control, control.hear()[0])
            finally:
                control.close()
                process.wait(WAITING)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def shared() -> Iterator[Running]:
    """A zygote with the data, that no test ends."""
    with running() as found:
        assert found.control.load() == {"loaded": True}
        yield found


@contextmanager
def next_one() -> Iterator[tuple[Control, tuple[int, int], Callable[[], bytes]]]:
    """The server's end of the next zygote's control socket, what goes to it, and what it has kept."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control = Control(ours)
    with temporary() as file:

        def kept() -> bytes:
            file.seek(0)
            return file.read()

        try:
            yield control, (file.fileno(), theirs.fileno()), kept
        finally:
            theirs.close()
            control.close()


# ---- reading


def test_a_zygote_says_that_it_is_there_and_whether_it_is_sealed(shared: Running) -> None:
    assert shared.greeting == {"sealed": True}


def test_every_worker_has_the_data_and_a_process_of_its_own(shared: Running) -> None:
    children = [shared.control.fork() for _ in range(3)]
    assert len({child.pid for child in children}) == 3
    assert {parent(child.pid) for child in children} == {shared.process.pid}
    for child in (*children, *children):
        assert child.ask() == ["u:a"]


def test_a_worker_ends_when_its_channel_does(shared: Running) -> None:
    child = shared.control.fork()
    child.channel.close()
    assert shared.control.death_of(child) == 0
    assert state(child.pid) == "X"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_death_is_told_with_its_signal(shared: Running, number: signal.Signals) -> None:
    child = shared.control.fork()
    os.kill(child.pid, number)
    assert shared.control.death_of(child) == number
    assert state(child.pid) == "X", "it was waited for"


def test_what_is_handed_over_holds_the_very_process(shared: Running) -> None:
    child = shared.control.fork()
    signal.pidfd_send_signal(child.handle, signal.SIGKILL)
    assert shared.control.death_of(child) == signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        signal.pidfd_send_signal(child.handle, signal.SIGKILL)


def test_workers_are_forked_while_others_work_and_die(shared: Running) -> None:
    for number in range(20):
        child = shared.control.fork()
        assert child.ask() == ["u:a"]
        if number % 3 == 0:
            os.kill(child.pid, signal.SIGKILL)
        elif number % 3 == 1:
            child.channel.close()
    assert shared.control.fork().ask() == ["u:a"]


def limits(pid: int) -> dict[str, str]:
    """The soft limits of a process, by their names."""
    lines = Path(f"/proc/{pid}/limits").read_text("ascii").splitlines()[1:]
    return {line[:26].strip(): line[26:47].strip() for line in lines}


def status(pid: int) -> dict[str, str]:
    """What /proc says of a process."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def test_a_worker_is_held_to_its_limits(shared: Running) -> None:
    child = shared.control.fork()
    assert child.ask() == ["u:a"]
    for pid in (child.pid, shared.process.pid):
        assert (status(pid)["Seccomp"], status(pid)["NoNewPrivs"], status(pid)["Threads"]) == ("2", "1", "1")
        assert limits(pid)["Max core file size"] == "0"
        assert int(limits(pid)["Max stack size"].replace("unlimited", str(1 << 40))) > 64 << 20
    held = limits(child.pid)
    space = int(status(child.pid)["VmSize"].split()[0]) * 1024
    assert held["Max open files"] == "0"
    assert MEMORY - 50_000_000 < int(held["Max address space"]) - space <= MEMORY
    assert limits(shared.process.pid)["Max address space"] == "unlimited"


def test_a_worker_has_no_way_to_the_server_but_its_own(shared: Running) -> None:
    first, second = shared.control.fork(), shared.control.fork()
    assert first.ask() == second.ask() == ["u:a"]

    def sockets(pid: int) -> set[str]:
        links = [path.readlink().name for path in Path(f"/proc/{pid}/fd").iterdir()]
        return {link for link in links if link.startswith("socket:")}

    assert len(sockets(first.pid)) == len(sockets(second.pid)) == len(sockets(shared.process.pid)) == 1
    assert len(sockets(first.pid) | sockets(second.pid) | sockets(shared.process.pid)) == 3


def test_a_zygote_holds_no_more_descriptors_after_many_forks(shared: Running) -> None:
    held = []
    for _ in range(15):
        child = shared.control.fork()
        assert child.ask() == ["u:a"]
        child.close()
        shared.control.death_of(child)
        held.append(len(list(Path(f"/proc/{shared.process.pid}/fd").iterdir())))
    assert max(held[10:]) <= min(held[:5])


def test_a_worker_that_cannot_begin_tells_why(shared: Running, quick_folder: Callable[[], Path]) -> None:
    with running() as other:
        assert other.control.load(nquads=None) == {"loaded": True}
        child = other.control.fork(folder=str(quick_folder()))
        found = receive(child.channel)
        assert found
        assert found[0] == FAULT
        assert json.loads(found[1])["type"] == "StoreError"
        assert other.control.death_of(child) == 0


# ---- loading


def test_data_that_cannot_be_read_are_told() -> None:
    with running() as found:
        answer = found.control.load(nquads=b"<u:a> nonsense")
        assert answer["error"].startswith("The data cannot be read as N-Quads: ")
        assert found.control.load() == {"loaded": True}, "it is still there"


# ---- the end


def test_a_zygote_ends_with_its_server_and_takes_its_readers_along() -> None:
    with running() as found:
        found.control.load()
        child = found.control.fork()
        child.ask()
        found.control.socket.close()
        assert found.process.wait(WAITING) == 0
        assert gone(child.pid)


def test_a_zygote_that_is_killed_takes_its_readers_along() -> None:
    with running() as found:
        found.control.load()
        children = [found.control.fork() for _ in range(2)]
        assert [child.ask() for child in children] == [["u:a"], ["u:a"]]
        found.process.kill()
        assert all(gone(child.pid) for child in children)
        assert found.control.has_ended()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGPIPE])
def test_what_ends_the_server_does_not_end_a_zygote_before_it(
    shared: Running, number: signal.Signals
) -> None:
    child = shared.control.fork()
    os.kill(shared.process.pid, number)
    os.kill(child.pid, number)
    assert child.ask() == ["u:a"]
    assert shared.control.fork().ask() == ["u:a"]


def test_a_number_that_is_no_socket_ends_it_with_a_sentence() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "kg.store.zygote", "0"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert found.stderr.startswith("kg: a store process ended: ")
    assert "Traceback" not in found.stderr


# ---- writing in memory


def test_a_worker_that_writes_becomes_the_next_zygote_and_the_old_one_stays_as_it_was(
    shared: Running,
) -> None:
    with next_one() as (control, files, kept):
        writer = shared.control.fork("write", files)
        assert writer.write(INSERT) == (END, {"created": False})
        assert receive(writer.channel) is None, "its channel is closed"
        reader = control.fork()
        assert reader.ask() == ["u:a", "u:new"]
        assert parent(reader.pid) == writer.pid
        assert shared.control.fork().ask() == ["u:a"]
        head, _, nquads = kept().partition(b"\n")
        assert json.loads(head) == {"graphs": ["u:g"]}
        assert sorted(nquads.splitlines()) == [b"<u:a> <u:p> <u:b> <u:g> .", b"<u:new> <u:p> <u:b> ."]
        assert limits(writer.pid)["Max address space"] == "unlimited"
        assert status(writer.pid)["Seccomp"] == "2"
        os.kill(reader.pid, signal.SIGKILL)
        assert control.death_of(reader) == signal.SIGKILL
        control.socket.close()
        assert gone(writer.pid)


def test_generations_follow_each_other(shared: Running) -> None:
    with next_one() as (first, files, _), next_one() as (second, more_files, kept):
        assert shared.control.fork("write", files).write(INSERT)[0] == END
        assert first.fork("write", more_files).write(DropGraph("u:g")) == (END, {"created": False})
        first.socket.close()
        assert second.fork().ask() == ["u:new"]
        assert kept() == b'{"graphs": []}\n<u:new> <u:p> <u:b> .\n'


def test_a_change_that_fails_makes_no_zygote(shared: Running) -> None:
    with next_one() as (control, files, kept):
        writer = shared.control.fork("write", files)
        kind, facts = writer.write(DropGraph("u:none"))
        assert (kind, facts["type"], facts["message"]) == (
            FAULT,
            "NotFound",
            "There is no graph of this name.",
        )
        assert shared.control.death_of(writer) == 0
        assert kept() == b""
        assert control.children == []
    assert shared.control.fork().ask() == ["u:a"]


def test_a_change_that_is_given_up_makes_no_zygote(shared: Running) -> None:
    with next_one() as (_, files, kept):
        writer = shared.control.fork("write", files)
        writer.channel.close()
        assert shared.control.death_of(writer) == 0
        assert kept() == b""


# ---- writing in a folder


@pytest.fixture
def folder(quick_folder: Callable[[], Path]) -> Path:
    """A folder with the data in it."""
    path = quick_folder()
    store = EmbeddedStore(folder=path)
    store.load(DATA_GIVEN, NQUADS)
    store.flush()
    store.close()
    return path


def stored(path: Path) -> list[str]:
    store = EmbeddedStore(folder=path, writable=False)
    found = sorted(str(quad) for quad in store.stored())
    store.close()
    return found


def test_in_a_folder_a_change_is_made_to_a_copy(folder: Path, quick_folder: Callable[[], Path]) -> None:
    target = quick_folder()
    with running() as found:
        found.control.load(nquads=None)
        reader = found.control.fork(folder=str(folder))
        assert reader.ask() == ["u:a"]
        writer = found.control.fork("write", folder=str(folder), target=str(target))
        assert writer.write(INSERT) == (END, {"created": False})
        assert found.control.death_of(writer) == 0
        assert reader.ask() == ["u:a"]
        assert found.control.fork(folder=str(target)).ask() == ["u:a", "u:new"]
        assert found.control.fork(folder=str(folder)).ask() == ["u:a"]
    assert stored(folder) == ["<u:a> <u:p> <u:b> <u:g>"]
    assert stored(target) == ["<u:a> <u:p> <u:b> <u:g>", "<u:new> <u:p> <u:b>"]


def test_in_a_folder_a_change_that_fails_leaves_the_old_state(
    folder: Path, quick_folder: Callable[[], Path]
) -> None:
    target = quick_folder()
    with running() as found:
        found.control.load(nquads=None)
        writer = found.control.fork("write", folder=str(folder), target=str(target))
        kind, facts = writer.write(Update.parse("CLEAR ALL ; DROP GRAPH <u:none>"))
        assert (kind, facts["type"]) == (FAULT, "QueryError")
        assert found.control.death_of(writer) == 0
        assert found.control.fork(folder=str(folder)).ask() == ["u:a"]
    assert stored(folder) == ["<u:a> <u:p> <u:b> <u:g>"]
