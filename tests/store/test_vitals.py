"""Why workers end, and what processes weigh."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys

import pytest

from kg.errors import Crashed, KgError, MemoryLimit, QueryError, Timeout
from kg.store.vitals import REASONS, reason, weight


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Timeout("x"), "deadline"),
        (MemoryLimit("x"), "memory"),
        (Crashed("x"), "crash"),
        (QueryError("x"), None),
        (KgError("x"), None),
    ],
    ids=str,
)
def test_the_reason_is_that_of_the_error(fault: KgError, expected: str | None) -> None:
    assert reason(fault) == expected
    assert reason(fault, from_outside=True) == "outside"
    assert expected is None or expected in REASONS


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_the_weight_grows_with_what_is_touched() -> None:
    before = weight(os.getpid())
    with mmap.mmap(-1, 64_000_000) as memory:
        memory.write(b"x" * 64_000_000)
        assert 60_000_000 < weight(os.getpid()) - before < 80_000_000


def test_what_is_gone_weighs_nothing() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    assert weight(process.pid) == 0
