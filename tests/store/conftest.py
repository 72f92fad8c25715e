"""Fixtures for the tests of the stores."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asking import MARK, Loop, looping

IN_MEMORY = Path("/dev/shm")
ROOM = 2_000_000_000


@pytest.fixture(scope="session")
def quick_folder() -> Iterator[Callable[[], Path]]:
    """Names folders that are not there yet, in memory if possible, so that no test waits for a disk."""
    room = IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and _free(IN_MEMORY) > ROOM
    with tempfile.TemporaryDirectory(prefix="kg-tests-", dir=IN_MEMORY if room else None) as place:
        yield lambda: Path(tempfile.mkdtemp(dir=place)) / "store"


def _free(path: Path) -> int:
    facts = os.statvfs(path)
    return facts.f_bavail * facts.f_frsize


@pytest.fixture(scope="module")
def loop() -> Iterator[Loop]:
    """One event loop for the tests of a module."""
    with looping() as found:
        yield found


@pytest.fixture
def mark(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A mark that all processes of stores opened in this test carry."""
    name = f"{os.getpid()}-{request.node.name}"
    monkeypatch.setenv(MARK, name)
    return name
