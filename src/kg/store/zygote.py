"""The process that workers are forked from: it holds the data, does nothing else, and has one thread.

``python -m kg.store.zygote FD`` serves the control socket with that number. Forking copies what is loaded
without reading it, so a new worker is there in milliseconds; and as nothing here runs at the same time as a
fork, no lock can be caught in the middle of one. A worker that has changed data in memory becomes the next
zygote: the change is in its copy, whole.

A message is a pickled dictionary with file descriptors beside it (SCM_RIGHTS); an answer is JSON.
"""

import array
import json
import os
import pickle
import select
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from kg.errors import KgError, StoreError
from kg.media import XLSX
from kg.results import Chunks
from kg.settings import DefaultGraph
from kg.sparql import Operation
from kg.store import coding, jail, snapshots, worker
from kg.store.embedded import EmbeddedStore

_MOST = 1 << 20


class Trade(Protocol):
    """What workers do that answer from no store: another module's business, in the same processes."""

    def warm_up(self) -> None:
        """Load, in the zygote, what could not be loaded once no file may be opened."""

    def load(self, file: IO[bytes]) -> None:
        """Take up, in the zygote, what all jobs share."""

    def work(self, channel: socket.socket) -> None:
        """Do jobs, in a worker, until nobody asks any more."""


@dataclass
class _State:
    """What a zygote has: its control socket, how stores are opened, and the store in memory, if any."""

    control: socket.socket
    default_graph: DefaultGraph
    prefixes: Mapping[str, str]
    store: EmbeddedStore | None = None
    trade: Trade | None = None


def main(number: int, trade: Trade | None = None) -> None:
    """Serve until the server is gone; workers answer from a store, or ply the ``trade``."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE):
        # Whoever ends the server ends it; what runs here may then still finish its answer.
        signal.signal(ignored, signal.SIG_IGN)
    jail.no_core()
    jail.deepen_stack()
    jail.many_files()
    _warm_up()
    if trade:
        trade.warm_up()
    state = _State(socket.socket(fileno=number), "plain", {}, trade=trade)
    _tell(state.control, {"sealed": jail.no_sockets()})
    # A worker that becomes the next zygote comes back here, so that the stack never grows.
    while _serve(state):
        pass
    os._exit(0)  # without taking the data apart


def _warm_up() -> None:
    """Load now what could not be loaded once no file may be opened."""
    for name in coding.CODINGS:
        coding.encode(b"x", name)
    json.dumps({"x": "ü"})
    "x".encode("idna")
    store = EmbeddedStore()
    store.answer(Operation.parse("SELECT * {}"), XLSX, Chunks())
    store.close()


def _serve(state: _State) -> bool:
    """Answer the control socket; True in one that has become the next zygote, False when all is over."""
    zygote = os.getpid()
    reading, writing = os.pipe()
    for end in (reading, writing):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        ready, _, _ = select.select([state.control.fileno(), reading], [], [])
        if reading in ready:
            _drain(reading)
        _report_dead(state.control)
        if state.control.fileno() not in ready:
            continue
        message, files = _receive(state.control)
        if message is None:
            return False
        if message["do"] == "fork":
            role = _fork(state, message, files)
            if role is not None:
                signal.set_wakeup_fd(-1)
                os.close(reading)
                os.close(writing)
                if _work(state, message, files, role, zygote):
                    return True
                os._exit(0)
        else:
            _load(state, message, files)
        for file in files:
            os.close(file)


def _load(state: _State, message: dict[str, Any], files: list[int]) -> None:
    """Take up the data of a snapshot, or none for stores on disk."""
    state.default_graph = message["default_graph"]
    state.prefixes = message["prefixes"]
    try:
        if files and state.trade:
            with os.fdopen(os.dup(files[0]), "rb") as file:
                state.trade.load(file)
        elif files:
            state.store = EmbeddedStore(default_graph=state.default_graph, prefixes=state.prefixes)
            with os.fdopen(os.dup(files[0]), "rb") as file:
                snapshots.restore(state.store, file)
        _tell(state.control, {"loaded": True})
    except KgError as error:
        _tell(state.control, {"error": error.message[:1000]})
    except MemoryError:
        _tell(state.control, {"error": "The data do not fit into the memory of this machine."})


def _fork(state: _State, message: dict[str, Any], files: list[int]) -> str | None:
    """Fork a worker; its role in the new process, None in this one."""
    try:
        pid = os.fork()
    except OSError as error:
        _tell(state.control, {"error": f"No process can be started: {error.strerror}."})
        return None
    if pid == 0:
        return str(message["role"])
    try:
        handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else -1
    except OSError:
        handle = -1
    _tell(state.control, {"pid": pid}, [handle] if handle >= 0 else [])
    if handle >= 0:
        os.close(handle)
    return None


def _work(state: _State, message: dict[str, Any], files: list[int], role: str, parent: int) -> bool:
    """Be a worker; True for one that has become the next zygote."""
    state.control.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    channel = socket.socket(fileno=files[0])
    os.dup2(files[1], 2)
    os.close(files[1])
    jail.die_with_parent(parent)
    try:
        if state.trade:
            jail.limit_memory(message["memory"])
            jail.no_new_files()
            state.trade.work(channel)
            return False
        if role == "read":
            store = state.store or _opened(state, Path(message["folder"]), writable=False)
            jail.limit_memory(message["memory"])
            if state.store:
                jail.no_new_files()
            worker.read_on(channel, store)
            return False
        if state.store:
            return _write_in_memory(state, message["memory"], channel, files[2], files[3])
        return _write_on_disk(state, message, channel)
    except BaseException as error:
        worker.last_words(channel, error)
        return False


def _write_in_memory(state: _State, memory: int, channel: socket.socket, snapshot: int, control: int) -> bool:
    store = state.store
    assert store
    jail.limit_memory(memory)

    def keep() -> None:
        with os.fdopen(snapshot, "wb") as file:
            snapshots.save(store, file)
        jail.die_with_parent(0)  # what ends now is the parent that this process replaces

    if not worker.write_once(channel, store, keep):
        return False
    jail.unlimit_memory()
    channel.close()
    state.control = socket.socket(fileno=control)
    return True


def _write_on_disk(state: _State, message: dict[str, Any], channel: socket.socket) -> bool:
    """Change a copy of the folder that shares its files; the server makes it the one that counts."""
    source, target = Path(message["folder"]), Path(message["target"])
    snapshots.clone(source, target)
    store = _opened(state, target, writable=True)
    jail.limit_memory(message["memory"])

    def keep() -> None:
        store.flush()
        if snapshots.is_scattered(target):
            store.optimize()
        store.close()
        snapshots.sync(target)

    if not worker.write_once(channel, store, keep):
        shutil.rmtree(target, ignore_errors=True)
    return False


def _opened(state: _State, folder: Path, *, writable: bool) -> EmbeddedStore:
    return EmbeddedStore(
        default_graph=state.default_graph, prefixes=state.prefixes, folder=folder, writable=writable
    )


def _report_dead(control: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        code = os.waitstatus_to_exitcode(status)
        _tell(control, {"dead": pid, "signal": -code if code < 0 else 0})


def _drain(pipe: int) -> None:
    try:
        while os.read(pipe, 4096):
            pass
    except BlockingIOError:
        return


def _receive(control: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    try:
        data, files, _, _ = socket.recv_fds(control, _MOST, 8)
    except OSError:
        return None, []
    return (pickle.loads(data), files) if data else (None, [])


def _tell(control: socket.socket, facts: dict[str, Any], files: list[int] | None = None) -> None:
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
    try:
        control.sendmsg([json.dumps(facts).encode()], rights)
    except OSError:
        os._exit(0)  # the server is gone


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]))
    except (StoreError, OSError) as fault:
        sys.exit(f"kg: a store process ended: {fault}")
