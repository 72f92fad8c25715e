"""Facts about processes from /proc: who belongs to a server, what they hold, and whether they work."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
MARK = "TORTURE_MARK"
"""A variable of the environment that every process of a server inherits, also one that lost its parent."""

QUIET = 0.08
"""The share of a core that a tree of processes may use and still count as quiet."""


@dataclass(frozen=True)
class Stat:
    """One process: its state as a letter, its parent, its threads and when it started."""

    pid: int
    state: str
    parent: int
    threads: int
    started: int


def stat(pid: int) -> Stat | None:
    """Look at one process; None when it is gone."""
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except OSError:
        return None
    parts = text.rpartition(")")[2].split()
    return Stat(pid, parts[0], int(parts[1]), int(parts[17]), int(parts[19]))


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def tree(root: int) -> list[int]:
    """The process and all that descend from it, parents first."""
    members = [root] if stat(root) else []
    for member in members:
        members += _children(member)
    return members


def _children(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in (PROC / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                found += map(int, (task / "children").read_text().split())
    return found


def _runs(pid: int) -> bool:
    """Whether a thread of the process runs at this moment, or wants to."""
    with contextlib.suppress(OSError):
        for task in (PROC / str(pid) / "task").iterdir():
            with contextlib.suppress(OSError):
                if (task / "stat").read_text().rpartition(")")[2].split()[0] in "RD":
                    return True
    return False


def rests(root: int) -> bool:
    """Whether nothing in a tree runs, looked at three times: quick, and blind to short bursts."""
    for _ in range(3):
        if any(map(_runs, tree(root))):
            return False
        time.sleep(0.004)
    return True


def marked(mark: str) -> list[int]:
    """The processes that carry the mark in their environment, orphans among them."""
    wanted, found = f"{MARK}={mark}".encode(), []
    for pid in _pids():
        with contextlib.suppress(OSError):
            if wanted in (PROC / str(pid) / "environ").read_bytes().split(b"\0"):
                found.append(pid)
    return found


def cpu(pids: Iterable[int]) -> dict[int, float]:
    """Seconds of work that each process has done so far, all its threads together."""
    spent = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            tasks = list((PROC / str(pid) / "task").iterdir())
            spent[pid] = sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    return spent


def load(root: int, window: float = 0.1) -> dict[int, float]:
    """The share of a core that each process of a tree uses, looked at for a short while."""
    before = cpu(tree(root))
    begun = time.monotonic()
    time.sleep(window)
    passed = time.monotonic() - begun
    return {pid: (now - before.get(pid, 0)) / passed for pid, now in cpu(tree(root)).items()}


def settle(root: int, within: float) -> dict[int, float]:
    """Wait until the tree is quiet; return what each process uses if it does not get so in time."""
    until = time.monotonic() + within
    if rests(root):
        return {}
    while True:
        used = load(root)
        if sum(used.values()) < QUIET:
            return {}
        if time.monotonic() > until:
            return used


def memory(pid: int) -> int:
    """Bytes that count for one process: pages shared with others count in parts; 0 when it is gone."""
    with contextlib.suppress(OSError):
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def descriptors(pid: int) -> int:
    """How many files and sockets a process holds open."""
    try:
        return len(list((PROC / str(pid) / "fd").iterdir()))
    except OSError:
        return 0


@dataclass(frozen=True)
class Weight:
    """What a whole tree holds."""

    memory: int
    descriptors: int
    threads: int
    processes: int


def weigh(root: int) -> Weight:
    """Add up what the processes of a tree hold."""
    pids = tree(root)
    threads = sum(found.threads for pid in pids if (found := stat(pid)))
    return Weight(sum(map(memory, pids)), sum(map(descriptors, pids)), threads, len(pids))
