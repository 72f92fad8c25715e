"""Answers on their way: what comes whole, what in parts, how they are coded, who waits for whom."""

from __future__ import annotations

import asyncio

import pytest
import zstandard

from kg.errors import KgError, RemoteError
from kg.store.transfer import PIECE, Fetch, Take, Transfer


def sending(*parts: bytes, error: Exception | None = None) -> Fetch:
    """Fetches these parts, and then fails with the error if there is one."""

    async def fetch(take: Take) -> None:
        for part in parts:
            await take(part)
        if error:
            raise error

    return fetch


def unpacked(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompressobj().decompress(data)


async def all_of(transfer: Transfer) -> list[bytes]:
    await transfer.begin()
    try:
        return [transfer.first, *[part async for part in transfer.rest()]]
    finally:
        await transfer.close()


@pytest.mark.parametrize(
    ("always", "length", "coding"),
    [(False, 999, "identity"), (False, 1000, "zstd"), (True, 0, "zstd"), (True, 5, "zstd")],
)
def test_a_short_answer_is_whole_at_once(always: bool, length: int, coding: str) -> None:
    async def play() -> None:
        data = b"x" * length
        transfer = Transfer(sending(data[:2], data[2:]), "zstd", always=always)
        assert len(await all_of(transfer)) == 1
        assert (transfer.whole, transfer.encoding, transfer.version) == (True, coding, None)
        assert (unpacked(transfer.first) if coding == "zstd" else transfer.first) == data

    asyncio.run(play())


@pytest.mark.parametrize("coding", ["identity", "zstd"])
def test_a_long_answer_comes_in_parts(coding: str) -> None:
    async def play() -> None:
        data = [bytes([number % 251]) * 1000 for number in range(1000)]
        transfer = Transfer(sending(*data), coding, always=False)
        parts = await all_of(transfer)
        assert not transfer.whole and all(parts)
        found = b"".join(parts)
        assert (unpacked(found) if coding == "zstd" else found) == b"".join(data)
        assert [part async for part in transfer.rest()] == []

    asyncio.run(play())


def test_an_error_before_the_first_part_is_raised_at_once_and_a_later_one_in_its_place() -> None:
    async def play() -> None:
        with pytest.raises(RemoteError, match="Gone"):
            await Transfer(sending(b"x", error=RemoteError("Gone.")), "identity", always=False).begin()
        transfer = Transfer(sending(b"x" * PIECE, error=RemoteError("Gone.")), "identity", always=False)
        await transfer.begin()
        assert transfer.first == b"x" * PIECE
        with pytest.raises(RemoteError, match="Gone"):
            await anext(transfer.rest())
        with pytest.raises(KgError, match="ValueError: odd"):
            await Transfer(sending(error=ValueError("odd")), "identity", always=False).begin()

    asyncio.run(play())


def test_it_goes_a_few_parts_ahead_and_no_further() -> None:
    async def play() -> None:
        fetched = 0

        async def fetch(take: Take) -> None:
            nonlocal fetched
            for _ in range(1000):
                await take(b"x" * PIECE)
                fetched += 1

        transfer = Transfer(fetch, "identity", always=False)
        await transfer.begin()
        await asyncio.sleep(0.05)
        assert fetched < 10
        await transfer.close()

    asyncio.run(play())


def test_who_stops_waiting_stops_the_work() -> None:
    async def play() -> None:
        ended = asyncio.Event()

        async def fetch(take: Take) -> None:
            try:
                await asyncio.sleep(30)
            finally:
                ended.set()

        transfer = Transfer(fetch, "identity", always=False)
        waiting = asyncio.create_task(transfer.begin())
        await asyncio.sleep(0.01)
        waiting.cancel()
        async with asyncio.timeout(5):
            await ended.wait()
        await transfer.close()

    asyncio.run(play())
