"""Large things, made beside the event loop."""

from __future__ import annotations

import asyncio
import gc
import time
from threading import Event, current_thread

import pytest

from kg.web import growth
from kg.web.growth import clear, grow


def test_it_is_made_in_a_thread_that_nothing_waits_for() -> None:
    assert asyncio.run(grow(lambda: (current_thread().daemon, gc.isenabled()))) == (True, True)


def test_faults_come_through() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(grow(lambda: 1 // 0))
    assert gc.isenabled()


def test_of_large_tables_without_looking_for_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growth, "LARGE", 3)
    assert asyncio.run(grow(lambda _: gc.isenabled(), b"abc")) is False
    try:
        assert gc.isenabled() and gc.get_freeze_count()
    finally:
        clear()
    assert not gc.get_freeze_count()


def test_the_end_does_not_wait_for_it() -> None:
    held, begun = Event(), time.monotonic()

    async def main() -> None:
        work = asyncio.create_task(grow(held.wait))
        await asyncio.sleep(0.05)
        work.cancel()

    asyncio.run(main())
    assert time.monotonic() - begun < 10
    held.set()  # its loop has ended: nothing more happens
