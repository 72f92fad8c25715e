"""The store in this very process: what is its own beyond the contract."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import pytest
from asking import ask, put, rows, update, whole

from kg.errors import QueryError, StoreError
from kg.media import CSV, NQUADS
from kg.sparql import Operation
from kg.store import ReadDataset, Terms
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore


def opened(version: str | None = None) -> ThreadStore:
    store = EmbeddedStore()
    store.load(b"<u:a> <u:p> <u:b> <u:g> .\n", NQUADS)
    return ThreadStore(store, version)


def play(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 20))


def test_a_version_that_is_given_stands_until_the_first_change() -> None:
    async def work() -> None:
        store = opened("digest")
        assert store.version == "digest"
        assert (await store.read(ReadDataset(), NQUADS)).version == "digest"
        with pytest.raises(QueryError):
            await update(store, "DROP GRAPH <u:none>")
        assert store.version == "digest"
        outcome = await update(store, "INSERT DATA { <u:c> <u:p> <u:d> }")
        assert outcome.version == store.version != "digest"
        await store.close()

    play(work())


def test_two_stores_have_two_versions() -> None:
    async def work() -> None:
        one, other = opened(), opened()
        assert one.version != other.version
        await update(one, "CLEAR ALL")
        await update(other, "CLEAR ALL")
        assert one.version != other.version
        await one.close()
        await other.close()

    play(work())


def test_the_loop_goes_on_while_an_answer_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work() -> None:
        store, begun, go_on = opened(), threading.Event(), threading.Event()
        engine = store._store
        evaluate = engine.answer

        def slowly(*arguments: Any) -> None:
            begun.set()
            assert go_on.wait(10)
            evaluate(*arguments)

        monkeypatch.setattr(engine, "answer", slowly)
        asked = asyncio.create_task(ask(store, "SELECT ?o { ?s ?p ?o }"))
        await asyncio.to_thread(begun.wait, 10)
        assert not asked.done()
        await put(store, "u:g", "<u:a> <u:p> <u:new> .")
        assert not asked.done()
        go_on.set()
        assert await asked == "o\r\nu:b\r\n", "it began before the change"
        assert await rows(store, "SELECT ?o { ?s ?p ?o }") == ["u:new"]
        await store.close()

    play(work())


def test_a_change_that_fails_leaves_the_very_engine() -> None:
    async def work() -> None:
        store = opened()
        engine = store._store
        with pytest.raises(QueryError):
            await update(store, "CLEAR ALL ; DROP GRAPH <u:none>")
        assert store._store is engine
        assert await rows(store, "SELECT ?o { ?s ?p ?o }") == ["u:b"]
        await store.close()

    play(work())


def test_every_answer_is_whole() -> None:
    async def work() -> None:
        store = opened()
        answer = await store.read(Operation.parse("SELECT ?o { ?s ?p ?o }"), CSV, Terms(encoding="gzip"))
        assert (answer.whole, answer.first, answer.encoding) == (True, b"o\r\nu:b\r\n", "identity")
        assert [chunk async for chunk in answer.rest()] == []
        await answer.close()
        await answer.close()
        assert [chunk async for chunk in answer.rest()] == []
        await store.close()

    play(work())


def test_closing_refuses_changes_that_waited_for_their_turn() -> None:
    async def work() -> None:
        store = opened()
        changes = [asyncio.create_task(update(store, f"INSERT DATA {{ <u:n> <u:p> {n} }}")) for n in range(3)]
        await asyncio.sleep(0)
        await store.close()
        ends = await asyncio.gather(*changes, return_exceptions=True)
        assert all(isinstance(end, StoreError) for end in ends[1:])
        with pytest.raises(StoreError, match=r"^The store is closed\.$"):
            await whole(store, ReadDataset(), NQUADS)

    play(work())
