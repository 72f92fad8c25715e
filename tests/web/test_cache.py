"""What is kept, for how long, and how much."""

from __future__ import annotations

import asyncio

import pytest

from kg.web.cache import Cache, Latest


def test_it_is_made_once_for_all_who_ask_and_anew_for_new_data() -> None:
    made: list[str] = []

    async def make() -> bytes:
        made.append("")
        await asyncio.sleep(0)
        return str(len(made)).encode()

    async def main() -> None:
        cache = Cache(1000)
        assert await asyncio.gather(*(cache.get("v1", ("a",), make) for _ in range(5))) == [b"1"] * 5
        assert await cache.get("v1", ("b",), make) == b"2"
        assert await cache.get("v1", ("a",), make) == b"1"
        assert await cache.get("v2", ("a",), make) == b"3"
        assert await cache.get("v2", ("a",), make) == b"3"
        assert (cache.hits, cache.misses, len(cache), cache.size) == (6, 3, 1, 1)

    asyncio.run(main())


def test_what_is_made_of_old_data_is_not_kept_for_new_ones() -> None:
    async def main() -> None:
        cache, gate = Cache(1000), asyncio.Event()

        async def slow() -> bytes:
            await gate.wait()
            return b"old"

        async def fresh() -> bytes:
            return b"new"

        waiting = asyncio.create_task(cache.get("v1", ("a",), slow))
        await asyncio.sleep(0)
        assert await cache.get("v2", ("a",), fresh) == b"new"
        gate.set()
        assert await waiting == b"old", "who asked of the old data gets an answer of them"
        assert await cache.get("v2", ("a",), slow) == b"new"

    asyncio.run(main())


def test_the_least_used_go_first_and_giants_are_not_kept() -> None:
    made: list[str] = []

    async def main() -> None:
        cache = Cache(100)

        async def get(name: str, size: int) -> None:
            async def make() -> bytes:
                made.append(name)
                return bytes(size)

            await cache.get("v", (name,), make)

        for name in "abcd":
            await get(name, 25)
        await get("a", 25)
        await get("e", 25)
        made.clear()
        for name in "acde":
            await get(name, 25)
        assert made == []
        await get("b", 25)
        await get("giant", 26)
        await get("giant", 26)
        assert made == ["b", "giant", "giant"]

    asyncio.run(main())


def test_faults_are_told_to_all_and_not_kept() -> None:
    async def main() -> None:
        cache = Cache(100)

        async def fail() -> bytes:
            await asyncio.sleep(0)
            raise ZeroDivisionError

        async def work() -> bytes:
            return b"x"

        results = await asyncio.gather(
            *(cache.get("v", ("a",), fail) for _ in range(3)), return_exceptions=True
        )
        assert [type(item) for item in results] == [ZeroDivisionError] * 3
        assert await cache.get("v", ("a",), work) == b"x"

    asyncio.run(main())


def test_who_goes_away_stops_nothing() -> None:
    async def main() -> None:
        cache, gate = Cache(100), asyncio.Event()

        async def slow() -> bytes:
            await gate.wait()
            return b"x"

        impatient = asyncio.create_task(cache.get("v", ("a",), slow))
        patient = asyncio.create_task(cache.get("v", ("a",), slow))
        await asyncio.sleep(0)
        impatient.cancel()
        with pytest.raises(asyncio.CancelledError):
            await impatient
        gate.set()
        assert await patient == b"x"

    asyncio.run(main())


def test_the_latest_is_made_once_for_a_version_and_whoever_waits_shares_it() -> None:
    async def run() -> None:
        latest: Latest[str] = Latest()
        made: list[str] = []
        go = asyncio.Event()

        async def make(version: str) -> str:
            made.append(version)
            await go.wait()
            return version.upper()

        waiting = [asyncio.create_task(latest.get("a", lambda: make("a"))) for _ in range(3)]
        newer = asyncio.create_task(latest.get("b", lambda: make("b")))
        await asyncio.sleep(0)
        waiting[0].cancel()
        go.set()
        assert await asyncio.gather(*waiting[1:]) == ["A", "A"]
        assert await newer == "B"
        assert await latest.get("b", lambda: make("b")) == "B"
        assert made == ["a", "b"]

    asyncio.run(run())


def test_a_failure_is_told_to_all_and_not_kept() -> None:
    async def run() -> None:
        latest: Latest[int] = Latest()

        async def fails() -> int:
            raise ValueError("no")

        async def works() -> int:
            return 1

        found = await asyncio.gather(*(latest.get("a", fails) for _ in range(2)), return_exceptions=True)
        assert [str(item) for item in found] == ["no", "no"]
        assert await latest.get("a", works) == 1

    asyncio.run(run())


def test_what_was_made_of_older_data_is_let_go_before_the_new_is_made() -> None:
    async def main() -> None:
        latest: Latest[str] = Latest()

        async def make() -> str:
            return "" if latest._made else "alone"

        assert [await latest.get(version, make) for version in ("1", "1", "2")] == ["alone"] * 3
        latest.drop()
        assert await latest.get("2", make) == "alone"

    asyncio.run(main())
