"""Another server as the store: one that is well, one that dies, and ones that send what no server should."""

from __future__ import annotations

import asyncio
import gzip
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from asking import ask, descriptors, put, rows, update, whole
from scripted import Act, chunk, chunked, gone, playing, reply, says, without_length

from kg.errors import (
    Busy,
    Forbidden,
    KgError,
    NotAcceptable,
    NotFound,
    QueryError,
    RdfError,
    RemoteError,
    ResultTooLarge,
    Timeout,
    TooLarge,
    UnsupportedMedia,
)
from kg.media import CSV, JSON, NQUADS, NTRIPLES, TURTLE, Format
from kg.sparql import Operation
from kg.store import NOBODY, Access, Capacity, DropGraph, ReadDataset, ReadGraph, Store, Terms, open_store
from kg.store.remote import RemoteStore
from peer import free_port, oxigraph

LIMITS = Capacity(workers=1, seconds=20, result=2_000_000)
GRAPHS = b"<u:a> <u:p> 1 <u:g> .\n<u:b> <u:p> 2 .\n".replace(b" 1 ", b' "1" ').replace(b" 2 ", b' "2" ')


@asynccontextmanager
async def opened(address: str, access: Access = NOBODY, limits: Capacity = LIMITS) -> AsyncIterator[Store]:
    """A store at an address, which is closed afterwards; it is asked nothing at its start."""
    store = RemoteStore(address, access, limits)
    try:
        yield store
    finally:
        await store.close()


# ---- what is no answer

SEE = "Location: http://127.0.0.1:9/elsewhere"
NO_ANSWERS: dict[str, tuple[bytes, Format, type[KgError], str]] = {
    "nothing": (b"", CSV, RemoteError, r"^The store broke off"),
    "no HTTP": (b"\x00\xffgarbage\r\n\r\n" * 20, CSV, RemoteError, r"^The store broke off"),
    "a status that is none": (b"HTTP/1.1 OK\r\n\r\n", CSV, RemoteError, r"^The store broke off"),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Ty", CSV, RemoteError, r"^The store broke off"),
    "a head without end": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500_000, CSV, RemoteError, r"broke off"),
    "a page": (reply(b"<p>Hi</p>", media_type="text/html"), CSV, RemoteError, r"something else than CSV"),
    "no type": (reply(b"o\n1\n", media_type=""), CSV, RemoteError, r"something else than CSV"),
    "a page called JSON": (
        reply(b"<p>Hi</p>", media_type="application/sparql-results+json"),
        JSON,
        RemoteError,
        r"^The store sent something else than JSON\.$",
    ),
    "less than was promised": (reply(b"o\n1\n").replace(b": 4", b": 9"), CSV, RemoteError, r"broke off"),
    "more than was promised": (reply(b"o\n12\n").replace(b": 5", b": 3"), CSV, RemoteError, r"does not end"),
    "a length that is none": (reply(b"o\n").replace(b": 2", b": two"), CSV, RemoteError, r"broke off"),
    "a chunk that is none": (chunked(b"zz\r\no\n"), CSV, RemoteError, r"broke off"),
    "chunks without end": (chunked(chunk(b"o\n1\n")), CSV, RemoteError, r"broke off"),
    "an end that nobody can tell": (without_length(b"o\n1\n"), CSV, RemoteError, r"does not say where"),
    "prose at the end": (
        reply(b'{"results": {"bindings": [{}The query was cancelled', media_type="application/json"),
        JSON,
        RemoteError,
        r"does not end as it should",
    ),
    "prose at the end of rows": (reply(b"o\n1\nTimed out"), CSV, RemoteError, r"does not end as it should"),
    "a coding that nobody asked for": (
        reply(gzip.compress(b"o\n1\n"), "Content-Encoding: gzip"),
        CSV,
        RemoteError,
        r"in a coding",
    ),
    "another character set": (
        reply(b"o\n\xe9\n", media_type="text/csv; charset=latin-1"),
        CSV,
        RemoteError,
        r"not in UTF-8",
    ),
    "a part, by status": (reply(b"o\n1\n", status="206 Partial Content"), CSV, RemoteError, r"status 206"),
    "a part, by Virtuoso": (reply(b"o\n1\n", "X-SQL-State: S1TAT"), CSV, Timeout, r"a part of the answer"),
    "rows up to its limit": (reply(b"o\n1\n", "X-SPARQL-MaxRows: 1"), CSV, Timeout, r"a part of the answer"),
    "a redirect": (reply(b"", SEE, status="302 Found"), CSV, RemoteError, r"no redirect is followed"),
    "a lasting redirect": (
        reply(b"", SEE, status="308 Permanent Redirect"),
        CSV,
        RemoteError,
        r"no redirect",
    ),
    "nothing there": (
        reply(b"", status="404 Not Found"),
        CSV,
        RemoteError,
        r"^There is nothing at the address",
    ),
    "no entry": (reply(b"", status="401 Unauthorized"), CSV, RemoteError, r"does not let this server in"),
    "no way": (reply(b"", status="403 Forbidden"), CSV, RemoteError, r"does not let this server in"),
    "a breakdown": (
        reply(b"at /srv/x.py", status="500 Oops"),
        CSV,
        RemoteError,
        r"^The store failed \(status 500",
    ),
    "a bad gateway": (reply(b"", status="502 Bad Gateway"), CSV, RemoteError, r"status 502"),
    "a time limit": (reply(b"", status="504 Gateway Timeout"), CSV, Timeout, r"a time limit of its own"),
    "another format": (reply(b"", status="406 Not Acceptable"), CSV, NotAcceptable, r"does not give CSV"),
    "a long query": (
        reply(b"", status="413 Content Too Large"),
        CSV,
        TooLarge,
        r"takes nothing of this length",
    ),
    "a fault": (reply(b"Line 1, column 3: bad", status="400 Bad"), CSV, QueryError, r"refuses this: Line 1"),
    "too much": (reply(b"x" * 2_000_001), CSV, ResultTooLarge, r"longer than 2,000,000 bytes"),
    "too much, promised": (
        reply(b"o").replace(b": 1", b": 99999999999"),
        CSV,
        ResultTooLarge,
        r"longer than 2,000,000 bytes",
    ),
    "too much, compressed": (
        reply(gzip.compress(b"0" * 5_000_000), "Content-Encoding: gzip"),
        CSV,
        RemoteError,
        r"in a coding",
    ),
}


@pytest.mark.parametrize(("data", "format", "error", "sentence"), NO_ANSWERS.values(), ids=NO_ANSWERS.keys())
def test_what_is_no_answer_is_never_passed_on(
    data: bytes, format: Format, error: type[KgError], sentence: str
) -> None:
    async def play() -> None:
        async with playing(says(data)) as script, opened(script.address) as store:
            with pytest.raises(error, match=sentence) as caught:
                await whole(store, Operation.parse("SELECT ?o { ?s ?p ?o }"), format)
            assert type(caught.value) is error
            assert "127.0.0.1" not in caught.value.detail and "/srv" not in caught.value.detail

    asyncio.run(play())


WAITS = {"17": 17, "0": 1, "9999999": 3600, "Fri, 27 Nov 2026 12:00:00 GMT": 5, "soon": 5}


@pytest.mark.parametrize("status", ["503 Service Unavailable", "429 Too Many Requests"])
@pytest.mark.parametrize(("given", "wait"), WAITS.items())
def test_a_busy_store_says_when_to_come_back(status: str, given: str, wait: int) -> None:
    async def play() -> None:
        busy = says(reply(b"", f"Retry-After: {given}", status=status))
        async with playing(busy) as script, opened(script.address) as store:
            with pytest.raises(Busy, match=r"^The store is busy\. ") as caught:
                await ask(store, "ASK {}")
            assert caught.value.retry_after == wait

    asyncio.run(play())


def test_it_asks_by_the_protocol_and_passes_bytes_on() -> None:
    async def play() -> None:
        answer = says(reply(b"o\r\n1\r\n"), stays=True)
        async with playing(answer) as script, opened(script.address) as store:
            query = "SELECT ?o FROM <u:x> { ?s <p> ?o }"
            assert await ask(store, query, CSV, ["u:g", "u:h&i"], ["u:n"]) == "o\r\n1\r\n"
            operation = Operation.parse("ASK { <a> <b> <c> }", base="https://kg.example/sparql")
            await whole(store, operation, CSV)
        assert script.heads[0].startswith("POST / HTTP/1.1\r\n")
        fields = script.heads[0].lower()
        assert "accept: text/csv\r\n" in fields and "accept-encoding: identity\r\n" in fields
        assert "user-agent: connectivity-kg/" in fields
        assert "cookie" not in fields and "authorization" not in fields
        assert parse_qs(script.bodies[0].decode()) == {
            "query": ["SELECT ?o FROM <u:x> { ?s <p> ?o }"],
            "default-graph-uri": ["u:g", "u:h&i"],
            "named-graph-uri": ["u:n"],
        }
        assert parse_qs(script.bodies[1].decode())["query"] == [
            "BASE <https://kg.example/sparql>\nASK { <a> <b> <c> }"
        ]

    asyncio.run(play())


# ---- time


async def _forever(data: bytes, writer: asyncio.StreamWriter) -> None:
    while not writer.is_closing():
        writer.write(data)
        await writer.drain()
        await asyncio.sleep(0.02)


async def silent(number: int, head: str, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(30)


async def drips(number: int, head: str, writer: asyncio.StreamWriter) -> None:
    writer.write(without_length(b"", "Transfer-Encoding: chunked"))
    await _forever(chunk(b"1\n"), writer)


async def drips_a_head(number: int, head: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    await _forever(b"X: y\r\n", writer)


async def goes_on_and_on(number: int, head: str, writer: asyncio.StreamWriter) -> None:
    await _forever(b"HTTP/1.1 102 Processing\r\n\r\n", writer)


SLOW = {"silent": silent, "drips": drips, "drips a head": drips_a_head, "goes on": goes_on_and_on}


@pytest.mark.parametrize("act", SLOW.values(), ids=SLOW.keys())
def test_a_slow_store_is_left_at_the_deadline(act: Act) -> None:
    async def play() -> None:
        async with playing(act) as script, opened(script.address, script.access) as store:
            begun = time.monotonic()
            with pytest.raises(Timeout, match=r"^The work was stopped after 0\.3 s"):
                await ask(store, "ASK {}", terms=Terms(seconds=0.3))
            assert time.monotonic() - begun < 5
            if act is not drips:  # which says 200, and that is the end of it
                with pytest.raises(
                    Timeout, match=r"within 0\.3 s; whether it made the change is not known\.$"
                ):
                    await update(store, "CLEAR ALL", Terms(seconds=0.3))
            await gone(script)

    asyncio.run(play())


LONG = random.Random(7).randbytes(300_000).hex().encode() + b"\n"


async def stops_half_way(number: int, head: str, writer: asyncio.StreamWriter) -> None:
    writer.write(chunked(chunk(LONG)))
    await writer.drain()
    await asyncio.sleep(0.2)
    writer.close()


async def sticks_half_way(number: int, head: str, writer: asyncio.StreamWriter) -> None:
    writer.write(chunked(chunk(LONG)))
    await writer.drain()
    await asyncio.sleep(30)


@pytest.mark.parametrize("coding", ["identity", "zstd"])
def test_an_answer_that_breaks_off_is_broken_and_not_ended(coding: str) -> None:
    async def play() -> None:
        async with playing(stops_half_way) as script, opened(script.address) as store:
            answer = await store.read(Operation.parse("ASK {}"), CSV, Terms(encoding=coding))
            assert (answer.whole, answer.version, answer.encoding) == (False, None, coding)
            with pytest.raises(RemoteError, match="broke off"):
                async for _ in answer.rest():
                    pass
            await answer.close()

    asyncio.run(play())


def test_the_connection_ends_at_the_deadline_also_when_nobody_reads_the_answer() -> None:
    async def play() -> None:
        async with playing(sticks_half_way) as script, opened(script.address) as store:
            answer = await store.read(Operation.parse("ASK {}"), CSV, Terms(seconds=0.5))
            assert answer.first == LONG[: len(answer.first)]
            await gone(script)
            with pytest.raises(Timeout):
                async for _ in answer.rest():
                    pass

    asyncio.run(play())


def test_an_answer_that_nobody_wants_any_more_ends_the_connection() -> None:
    async def play() -> None:
        async with playing(sticks_half_way) as script, opened(script.address) as store:
            answer = await store.read(Operation.parse("ASK {}"), CSV)
            await answer.close()
            await answer.close()
            await gone(script)
        async with playing(silent) as script, opened(script.address) as store:
            asking = asyncio.create_task(ask(store, "ASK {}"))
            while not script.heads:
                await asyncio.sleep(0.01)
            asking.cancel()
            await gone(script)

    asyncio.run(play())


# ---- what it lets us do


def test_without_addresses_for_them_there_are_no_writes_and_only_named_graphs() -> None:
    async def play() -> None:
        with oxigraph() as peer:
            httpx.post(f"{peer.root}/store", content=GRAPHS, headers={"Content-Type": NQUADS.media_type})
            async with opened(peer.query) as store:
                assert await whole(store, ReadGraph("u:g"), NTRIPLES) == b'<u:a> <u:p> "1" .\n'
                with pytest.raises(NotFound, match=r"^There is no graph of this name\."):
                    await whole(store, ReadGraph("u:none"), NTRIPLES)
                for read, format in ((ReadGraph(None), TURTLE), (ReadDataset(), NQUADS)):
                    with pytest.raises(Forbidden, match="KG_STORE_GRAPHS"):
                        await whole(store, read, format)
                with pytest.raises(Forbidden, match="KG_STORE_UPDATE"):
                    await update(store, "CLEAR ALL")
                for change in (put(store, "u:g", ""), store.write(DropGraph("u:g"))):
                    with pytest.raises(Forbidden, match="KG_STORE_GRAPHS"):
                        await change
                assert await rows(store, "SELECT ?s { ?s ?p ?o }") == ["u:b"]

    asyncio.run(play())


def test_faults_of_a_request_are_told_in_the_words_of_the_store() -> None:
    async def play() -> None:
        with oxigraph() as peer:
            async with opened(peer.query, peer.access) as store:
                with pytest.raises(
                    QueryError, match=r"^The store refuses this: error at 2:\d+: expected"
                ) as caught:
                    await ask(store, "SELECT *\n{ ?s ?p }")
                assert caught.value.line == 2
                with pytest.raises(QueryError, match=r"^The store refuses this: "):
                    await update(store, "INSERT DATA { <u:a> }")
                with pytest.raises(RdfError, match=r"^The store refuses this: .*line 2") as broken:
                    await put(store, "u:g", "<u:a> <u:p> 1 .\n<u:b> nonsense 2 .")
                assert (broken.value.line, broken.value.column) == (2, 7)
                with pytest.raises(UnsupportedMedia, match=r"^The store takes no form"):
                    await put(store, "u:g", b"", "multipart/form-data; boundary=cut")
                with pytest.raises(UnsupportedMedia, match=r"^The body is text/plain"):
                    await put(store, "u:g", b"", "text/plain")
                with pytest.raises(RemoteError, match=r"^The store failed \(status 500\)\. "):
                    await update(store, "DROP GRAPH <u:none>")
                assert await whole(store, ReadDataset(), NQUADS) == b""

    asyncio.run(play())


def test_hidden_services_are_hidden_from_the_store_too() -> None:
    async def play() -> None:
        with oxigraph() as peer:
            async with opened(peer.query) as store:
                with pytest.raises(QueryError, match="The store refuses this"):
                    await ask(store, "SELECT * { FILTER(1<2)SERVICE#>\n<http://127.0.0.1:9/> {} }")

    asyncio.run(play())


# ---- at the start, and when it dies


def test_at_the_start_whoever_runs_it_is_told_what_is_not_as_it_should_be() -> None:
    async def notice(address: str, mode: Any) -> str | None:
        store = await open_store(address, default_graph=mode)
        await store.close()
        assert isinstance(store, RemoteStore)
        return store.notice

    async def play() -> None:
        with oxigraph() as plain, oxigraph("--union-default-graph") as union:
            assert await notice(plain.query, "union") is None  # it is empty, so nobody can tell
            for peer in (plain, union):
                httpx.post(f"{peer.root}/store", content=GRAPHS, headers={"Content-Type": NQUADS.media_type})
            assert await notice(plain.query, "plain") is None
            assert await notice(union.query, "union") is None
            assert "is union, but the store does not show" in (await notice(plain.query, "union") or "")
            assert "is plain, but the store shows" in (await notice(union.query, "plain") or "")
            assert "nothing at the address" in (await notice(f"{plain.root}/none", "plain") or "")
        assert "cannot be reached" in (await notice(plain.query, "plain") or "")

    asyncio.run(play())


def test_a_store_that_dies_is_told_and_used_again_when_it_is_back() -> None:
    async def play() -> None:
        port = free_port()
        with oxigraph(port=port) as peer:
            async with opened(peer.query, peer.access) as store:
                await update(store, "INSERT DATA { <u:a> <u:p> 1 }")
                assert await rows(store, "SELECT ?s { ?s ?p ?o }") == ["u:a"]
                peer.kill()
                with pytest.raises(RemoteError, match=r"^The store cannot be reached\. "):
                    await ask(store, "ASK {}")
                with pytest.raises(RemoteError, match=r"^The store cannot be reached\. "):
                    await update(store, "CLEAR ALL")
                with oxigraph(port=port):
                    assert await rows(store, "SELECT ?s { ?s ?p ?o }") == []

    asyncio.run(play())


def test_a_store_that_dies_within_an_answer_breaks_it() -> None:
    async def play() -> None:
        with oxigraph() as peer:
            async with opened(peer.query, peer.access, Capacity(seconds=20)) as store:
                values = " ".join(map(str, range(300)))
                three = " ".join(f"VALUES ?{name} {{ {values} }}" for name in "abc")
                answer = await store.read(Operation.parse(f"SELECT * {{ {three} }}"), CSV)
                assert answer.first.startswith(b"a,b,c\r\n")
                peer.kill()
                with pytest.raises(RemoteError, match="broke off"):
                    async for _ in answer.rest():
                        pass
                await answer.close()

    asyncio.run(play())


# ---- crowds and leaks


def test_no_more_than_its_share_is_asked_at_once() -> None:
    most = 0

    async def play() -> None:
        nonlocal most

        async def act(number: int, head: str, writer: asyncio.StreamWriter) -> None:
            nonlocal most
            most = max(most, script.open)
            await asyncio.sleep(0.02)
            writer.write(reply(b"true", media_type="text/csv"))

        async with playing(act) as script, opened(script.address, limits=Capacity(workers=1)) as store:
            terms = Terms(client="192.0.2.1")
            answers = await asyncio.gather(*[ask(store, "ASK {}", terms=terms) for _ in range(60)])
            assert answers == ["true"] * 60
        assert 6 <= most <= 12

    asyncio.run(play())


def test_nothing_is_left_of_three_hundred_requests() -> None:
    async def each(store: Store, never: Store, number: int) -> None:
        if number % 3 == 0:
            assert await ask(store, f"SELECT ({number} AS ?n) {{}}") == f"n\r\n{number}\r\n"
        elif number % 3 == 1:
            task = asyncio.create_task(ask(never, "ASK {}"))
            await asyncio.sleep(0.01 * (number % 5))
            task.cancel()
        else:
            with suppress(RdfError):
                await put(store, f"u:{number}", "nonsense" if number % 2 else "<u:a> <u:b> 1 .")

    async def play(address: str, access: Access) -> None:
        limits = Capacity(seconds=20)
        async with (
            opened(address, access, limits) as store,
            playing(drips) as slow,
            opened(slow.address, limits=limits) as never,
        ):
            held = []
            for begin in range(0, 300, 60):
                await asyncio.gather(*[each(store, never, n) for n in range(begin, begin + 60)])
                await gone(slow)
                held.append(descriptors())
            assert max(held[1:]) <= held[0] + 5

    with oxigraph() as peer:
        asyncio.run(play(peer.query, peer.access))
