"""How processes and queues are doing, for whoever watches the server: counts since the start, and now."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from kg.errors import Crashed, KgError, MemoryLimit, Timeout

DEADLINE, MEMORY, CRASH, OUTSIDE, GONE, MOVED = "deadline", "memory", "crash", "outside", "gone", "moved"
REASONS = (DEADLINE, MEMORY, CRASH, OUTSIDE, GONE, MOVED)
"""Why a worker was ended in its work: a limit, a death of its own or by another's hand, a client that wanted
no more, or a long request that begins anew in the slow lane."""


@dataclass(frozen=True)
class Queue:
    """A lane: requests in a place, those that wait for one, and those refused so far, by why."""

    running: int
    waiting: int
    refused: Mapping[str, int]


@dataclass(frozen=True)
class Vitals:
    """Process ids by role (``data`` holds what ``worker`` ones are forked from), queues, ends by reason."""

    processes: Mapping[str, Sequence[int]]
    queues: Mapping[str, Queue]
    ended: Mapping[str, int]


def reason(fault: KgError, *, from_outside: bool = False) -> str | None:
    """Why a worker came to its end, by the error its answer ended with; None when it did not end by it."""
    if from_outside:
        return OUTSIDE
    for kind, name in ((Timeout, DEADLINE), (MemoryLimit, MEMORY), (Crashed, CRASH)):
        if isinstance(fault, kind):
            return name
    return None


def weight(pid: int) -> int:
    """Bytes of memory of a process, shared pages counted in parts (PSS); 0 when it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
