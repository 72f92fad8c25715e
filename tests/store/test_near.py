"""What is said of one thing is answered by the server itself, and no otherwise than by a worker."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import pytest
from asking import put, whole

from kg import media
from kg.errors import KgError, ResultTooLarge
from kg.media import CSV, JSON, NTRIPLES, TURTLE, XLSX, XML, Format
from kg.sparql import Operation
from kg.store import Capacity, Read, ReadDataset, Store, Terms, near, open_store
from kg.store.embedded import EmbeddedStore
from kg.store.near import Near
from kg.store.workers import WorkerStore

MANY, SOME = 3000, 150
DATA = b"".join(
    [
        b'<u:alps> <u:label> "Alps"@en <u:g1> .\n',
        b'<u:alps> <u:label> "Alps"@en <u:g2> .\n<u:alps> <u:in> <u:europe> <u:g2> .\n',
        *(f"<u:hub> <u:part> <u:part/{number}> <u:g1> .\n".encode() for number in range(MANY)),
        *(f"<u:node> <u:part> <u:part/{number}> <u:g1> .\n".encode() for number in range(SOME)),
    ]
)
POINTED = [
    ("SELECT ?p ?o WHERE { <u:alps> ?p ?o }", CSV),
    ("SELECT * { <u:alps> <u:label> ?o . }", JSON),
    ("PREFIX u: <u:> SELECT ?o ?nothing { u:alps u:in ?o }", XML),
    ("SELECT ?t { <u:alps> a ?t }", CSV),
    ("DESCRIBE <u:alps>", NTRIPLES),
    ("PREFIX u: <u:> DESCRIBE u:alps", TURTLE),
    ("DESCRIBE <u:nobody>", NTRIPLES),
]


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that is busy with other tests is not taken for a slow disk."""
    monkeypatch.setattr(near, "_SLOW", 10.0)


def play(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


async def opened(url: str = "memory:", **capacity: Any) -> WorkerStore:
    store = await open_store(url, nquads=DATA, digest="v1", capacity=Capacity(**capacity))
    assert isinstance(store, WorkerStore)
    assert await store.settle()
    return store


def nearby(store: WorkerStore, request: Read, format: Format, **terms: Any) -> bytes | None:
    """What is answered without a worker."""
    found = store._near.answer(request, format, Terms(**terms), store._capacity.result)
    return None if found is None else found.first


async def by_worker(store: Store, query: str, format: Format) -> bytes:
    """What a worker answers, which another request of the kind does, too."""
    return await whole(
        store, Operation.parse(query + " OFFSET 0" if "SELECT" in query else query + " <u:x>"), format
    )


@pytest.mark.parametrize("place", ["memory:", "dir"])
def test_it_answers_as_a_worker_does(place: str, tmp_path: Path) -> None:
    async def work() -> None:
        store = await opened(f"dir:{tmp_path / 'store'}" if place == "dir" else place)
        for query, format in POINTED:
            found = nearby(store, Operation.parse(query), format)
            for answer in (
                await by_worker(store, query, format),
                await whole(store, Operation.parse(query), format),
            ):
                assert found is not None
                assert sorted(found.splitlines()) == sorted(answer.splitlines()), (
                    query
                )  # two engines, two orders
        await store.close()

    play(work())


def test_what_is_long_is_for_a_worker() -> None:
    async def work() -> None:
        store = await opened()
        for query, format in (("SELECT ?p ?o { <u:hub> ?p ?o }", CSV), ("DESCRIBE <u:hub>", NTRIPLES)):
            assert nearby(store, Operation.parse(query), format) is None
            assert (await whole(store, Operation.parse(query), format)).count(b"u:part/") == MANY
        some = nearby(store, Operation.parse("SELECT ?o { <u:node> ?p ?o }"), CSV)
        assert some is not None
        assert some.count(b"u:part/") == SOME
        await store.close()

    play(work())


def test_so_is_what_a_whole_answer_is_needed_for_and_what_goes_wrong() -> None:
    async def work() -> None:
        store = await opened()
        assert nearby(store, Operation.parse("SELECT ?p ?o { <u:alps> ?p ?o }"), XLSX) is None
        assert nearby(store, ReadDataset(), media.NQUADS) is None
        assert nearby(store, Operation.parse("DESCRIBE <u:alps>"), CSV) is None
        wrong = Operation.parse("SELECT ?o { x:alps ?p ?o }")
        assert wrong.is_pointed
        assert nearby(store, wrong, CSV) is None
        with pytest.raises(KgError, match="x:alps"):
            await whole(store, wrong, CSV)
        await store.close()

    play(work())


def test_the_limit_of_an_answer_holds() -> None:
    async def work() -> None:
        store = await opened(result=20)
        query = Operation.parse("SELECT ?p ?o { <u:alps> ?p ?o }")
        assert nearby(store, query, CSV) is None
        with pytest.raises(ResultTooLarge):
            await whole(store, query, CSV)
        await store.close()

    play(work())


def test_answers_are_coded_as_asked_for() -> None:
    async def work() -> None:
        store = await opened()
        query = Operation.parse("SELECT ?o { <u:node> ?p ?o }")
        found = await store.read(query, CSV, Terms(encoding="gzip"))
        assert (found.encoding, found.whole, found.version) == ("gzip", True, "v1")
        assert gzip.decompress(found.first).count(b"u:part/") == SOME
        short = await store.read(Operation.parse("SELECT ?t { <u:alps> a ?t }"), CSV, Terms(encoding="gzip"))
        assert (short.encoding, short.first) == ("identity", b"t\r\n")
        await store.close()

    play(work())


@pytest.mark.parametrize("place", ["memory:", "dir"])
def test_a_change_is_seen_at_once_and_followed_soon(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near, "_PAUSE", 0.2)

    async def work() -> None:
        store = await opened(f"dir:{tmp_path / 'store'}" if place == "dir" else place)
        query = Operation.parse("SELECT ?o { <u:alps> <u:high> ?o }")
        assert nearby(store, query, CSV) == b"o\r\n"
        for height in (1, 2, 3):
            await put(store, "u:g3", f"<u:alps> <u:high> {height} .")
            assert nearby(store, query, CSV) is None
            assert await whole(store, query, CSV) == f"o\r\n{height}\r\n".encode()
        assert await store.settle()
        assert nearby(store, query, CSV) == b"o\r\n3\r\n"
        assert (await store.read(query, CSV)).version == store.version
        await store.close()
        assert nearby(store, query, CSV) is None

    play(work())


def test_a_store_that_is_large_or_cannot_be_opened_is_left_to_the_workers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken() -> EmbeddedStore:
        raise OSError("no room")

    async def work() -> None:
        for take_up in (lambda: None, broken):
            copy = Near(take_up)
            copy.follow("v1", at_once=True)
            assert not await copy.ready()
            query = Operation.parse("SELECT ?p ?o { <u:alps> ?p ?o }")
            assert copy.answer(query, CSV, Terms(), 10_000) is None

    play(work())
    assert "longer than they need to" in caplog.text


def test_after_an_answer_that_took_long_the_workers_have_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        store = await opened()
        query = Operation.parse("SELECT ?o { <u:alps> <u:in> ?o }")
        monkeypatch.setattr(near, "_SLOW", -1.0)
        monkeypatch.setattr(near, "_REST", 0.3)
        assert nearby(store, query, CSV) == b"o\r\nu:europe\r\n"
        assert nearby(store, query, CSV) is None
        assert await whole(store, query, CSV) == b"o\r\nu:europe\r\n"
        await asyncio.sleep(0.4)
        assert nearby(store, query, CSV) == b"o\r\nu:europe\r\n"
        await store.close()

    play(work())


def test_closing_while_the_copy_is_made_does_no_harm() -> None:
    async def work() -> None:
        store = await open_store("memory:", nquads=DATA)
        await asyncio.sleep(0)
        await store.close()

    play(work())
