"""From answers to responses: codings, validators, answers in parts, broken off, and for clients that left."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator
from typing import Any, cast

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard
from starlette.requests import ClientDisconnect, Request
from test_wire import App, Message, Wire, asking, listening, request

from kg.errors import Forbidden, NotAcceptable, ResultTooLarge, StoreError
from kg.media import CSV
from kg.web import reply
from kg.web.reply import Reply, choose_coding, is_known, not_modified, tag, while_there
from kg.web.wire import CONNECTION
from serving import running

# ---- content codings --------------------------------------------------------------------------------------

# The field as sent, the coding chosen, and whether it must be; None for 406.
CODINGS: dict[str, tuple[str | None, tuple[str, bool] | None]] = {
    "no field": (None, ("identity", False)),
    "an empty field": ("", ("identity", False)),
    "gzip": ("gzip", ("gzip", False)),
    "gzip in capitals": ("GZIP", ("gzip", False)),
    "gzip by its old name": ("x-gzip", ("gzip", False)),
    "Brotli": ("br", ("br", False)),
    "Zstandard": ("zstd", ("zstd", False)),
    "a browser": ("gzip, deflate, br, zstd", ("zstd", False)),
    "an older browser": ("gzip, deflate, br", ("br", False)),
    "weights": ("br;q=0.5, gzip;q=0.8", ("gzip", False)),
    "weights with spaces": ("br ; q=0.5 , gzip ; q=0.8", ("gzip", False)),
    "weights in capitals": ("br;Q=0.5, gzip;Q=0.8", ("gzip", False)),
    "equal weights": ("gzip;q=0.5, br;q=0.5, identity;q=0.5", ("br", False)),
    "identity": ("identity", ("identity", False)),
    "identity first": ("identity, gzip;q=0.5", ("identity", False)),
    "identity last": ("identity;q=0.5, gzip", ("gzip", False)),
    "anything": ("*", ("zstd", False)),
    "anything but Zstandard": ("*, zstd;q=0", ("br", False)),
    "anything, little": ("*;q=0.1, gzip", ("gzip", False)),
    "not gzip": ("gzip;q=0", ("identity", False)),
    "not gzip, with decimals": ("gzip;q=0.000", ("identity", False)),
    "no plain text": ("gzip, identity;q=0", ("gzip", True)),
    "nothing else": ("gzip, *;q=0", ("gzip", True)),
    "identity and nothing else": ("identity, *;q=0", ("identity", False)),
    "neither": ("identity;q=0", None),
    "nothing": ("*;q=0", None),
    "nothing that is on offer": ("deflate, identity;q=0", None),
    "unknown": ("deflate, compress", ("identity", False)),
    "nonsense": (";;;q=, ,=;gzip q", ("identity", False)),
    "a weight that is none": ("gzip;q=high", ("identity", False)),
    "a weight that is no number": ("gzip;q=nan", ("identity", False)),
    "a weight below none": ("gzip;q=-1", ("identity", False)),
    "much of it": ("gzip," * 20_000 + "br", ("br", False)),
}


@pytest.mark.parametrize(("field", "chosen"), CODINGS.values(), ids=CODINGS.keys())
def test_content_codings(field: str | None, chosen: tuple[str, bool] | None) -> None:
    if chosen is not None:
        assert choose_coding(field) == chosen
        return
    with pytest.raises(NotAcceptable) as caught:
        choose_coding(field)
    assert caught.value.detail == (
        "The answer comes in none of the codings asked for. On offer: zstd, br, gzip, identity."
    )


# ---- validators -------------------------------------------------------------------------------------------


def test_a_tag_is_strong_and_stable() -> None:
    found = tag(("a", "b"), "gzip")
    assert found == tag(("a", "b"), "gzip")
    assert (len(found), found[0], found[-1]) == (34, '"', '"')
    assert set(found[1:-1]) <= set("0123456789abcdef")


def test_a_tag_differs_by_every_part_and_by_coding() -> None:
    tags = [
        tag(parts, coding)
        for parts in (("a", "b"), ("b", "a"), ("ab",), ("a", "b", ""), ("a",), (), ("a", "\ud800"))
        for coding in ("identity", "gzip")
    ]
    assert len(set(tags)) == len(tags)


def asked(*fields: tuple[str, str], receive: Any = None, method: str = "GET") -> Request:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in fields]
    return Request({"type": "http", "method": method, "headers": headers}, receive)


def test_a_page_that_is_made_in_another_way_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    before = tag(("a",), "gzip")
    monkeypatch.setattr(reply, "LOOK", "another")
    assert tag(("a",), "gzip") != before


OWN, PLAIN, OTHER = tag(("x",), "gzip"), tag(("x",), "identity"), tag(("y",), "gzip")
# If-None-Match as sent, line by line, and the validator that is found.
KNOWN: dict[str, tuple[tuple[str, ...], str | None]] = {
    "no field": ((), None),
    "an empty field": (("",), None),
    "the very one": ((OWN,), OWN),
    "that of the plain bytes": ((PLAIN,), PLAIN),
    "another": ((OTHER,), None),
    "a weak one": (("W/" + OWN,), OWN),
    "a list": ((f"{OTHER}, {OWN}",), OWN),
    "a list without spaces": ((f'"a",W/{OWN},"b"',), OWN),
    "several lines": ((OTHER, OWN), OWN),
    "a list without it": ((f'{OTHER}, "x"',), None),
    "no quotes": ((OWN.strip('"'),), None),
    "a part of it": ((OWN[:20] + '"',), None),
}


@pytest.mark.parametrize(("lines", "found"), KNOWN.values(), ids=KNOWN.keys())
def test_what_the_client_has_already(lines: tuple[str, ...], found: str | None) -> None:
    assert is_known(asked(*(("if-none-match", line) for line in lines)), ("x",), "gzip") == found


def test_not_modified_has_no_body_and_no_length() -> None:
    response = not_modified(OWN)
    assert (response.status_code, response.body) == (304, b"")
    assert dict(response.headers) == {
        "etag": OWN,
        "vary": "Accept, Accept-Encoding, Origin",
        "cache-control": "no-cache",
    }


# ---- while the client is there ----------------------------------------------------------------------------


class Client:
    """What a client sends: a body, and word that it has gone after some seconds."""

    def __init__(self, leaves_after: float = 30.0) -> None:
        self.leaves_after = leaves_after
        self.asked = 0

    async def receive(self) -> Message:
        self.asked += 1
        if self.asked < 3:
            return {"type": "http.request", "body": b"more", "more_body": self.asked < 2}
        await asyncio.sleep(self.leaves_after)
        return {"type": "http.disconnect"}


class Work:
    """Work that takes some seconds, and notes how it ended."""

    def __init__(self, seconds: float, fault: Exception | None = None) -> None:
        self.seconds = seconds
        self.fault = fault
        self.ended = ""

    async def run(self) -> str:
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            self.ended = "cancelled"
            raise
        self.ended = "done"
        if self.fault:
            raise self.fault
        return "result"


@pytest.mark.parametrize("seconds", [0, 0.12])
def test_work_for_a_client_that_stays(seconds: float) -> None:
    work, client = Work(seconds), Client()
    assert asyncio.run(while_there(asked(receive=client.receive), work.run())) == "result"
    assert work.ended == "done"
    assert bool(client.asked) == bool(seconds), "a client is not asked before some work was done"


@pytest.mark.parametrize("seconds", [0, 0.12])
def test_what_goes_wrong_with_the_work_is_passed_on(seconds: float) -> None:
    work = Work(seconds, Forbidden("No."))
    with pytest.raises(Forbidden, match=r"^No\.$"):
        asyncio.run(while_there(asked(receive=Client().receive), work.run()))


def test_work_for_a_client_that_left_is_stopped_before_anybody_is_told() -> None:
    work = Work(30)
    with pytest.raises(ClientDisconnect):
        asyncio.run(while_there(asked(receive=Client(0.05).receive), work.run()))
    assert work.ended == "cancelled"


def test_work_is_stopped_when_the_server_stops() -> None:
    work = Work(30)

    async def stopped() -> None:
        task = asyncio.create_task(while_there(asked(receive=Client().receive), work.run()))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    assert work.ended == "cancelled"


# ---- answers ----------------------------------------------------------------------------------------------


class Answer:
    """An answer of these parts, which ends with a fault if there is one, and notes that it was closed."""

    def __init__(
        self, *parts: bytes, encoding: str = "identity", fault: Exception | None = None, pause: float = 0
    ) -> None:
        self.first, *self._rest = parts
        self.whole = not self._rest and not fault
        self.encoding = encoding
        self.version = "1"
        self.closed = 0
        self.given = 0
        self._fault = fault
        self._pause = pause

    async def rest(self) -> AsyncGenerator[bytes, None]:
        for part in self._rest:
            await asyncio.sleep(self._pause)
            self.given += 1
            yield part
        if self._fault:
            await asyncio.sleep(self._pause)
            raise self._fault

    async def close(self) -> None:
        self.closed += 1


class Connection:
    """Stands for the connection that a request came by."""

    def __init__(self) -> None:
        self.was_cut = False

    def cut(self) -> None:
        self.was_cut = True


def replied(
    answer: Answer,
    *,
    method: str = "GET",
    version: str = "1.1",
    client: Client | None = None,
    connection: Connection | None = None,
    taking: Callable[[Message], Coroutine[Any, Any, None]] | None = None,
) -> list[Message]:
    """The messages that a server gets."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        if taking:
            await taking(message)
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "http_version": version,
        "headers": [],
        "extensions": {CONNECTION: connection} if connection else {},
    }
    response = Reply(answer, CSV, {"ETag": OWN})
    asyncio.run(response(scope, (client or Client()).receive, send))
    return sent


def fields(message: Message) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in message["headers"]}


def test_a_whole_answer_says_how_long_it_is() -> None:
    answer = Answer(b"abc", encoding="gzip")
    start, body = replied(answer)
    assert (start["status"], body) == (200, {"type": "http.response.body", "body": b"abc"})
    assert fields(start) == {
        "content-type": "text/csv; charset=utf-8",
        "vary": "Accept, Accept-Encoding, Origin",
        "etag": OWN,
        "content-encoding": "gzip",
        "content-length": "3",
    }
    assert answer.closed


def test_an_empty_answer() -> None:
    start, body = replied(Answer(b""))
    assert (fields(start)["content-length"], body["body"]) == ("0", b"")
    assert "content-encoding" not in fields(start)


def test_an_answer_in_parts_has_no_length_and_an_end() -> None:
    answer = Answer(b"a", b"b", b"c")
    start, *parts = replied(answer)
    assert "content-length" not in fields(start)
    assert [(part["body"], part.get("more_body", False)) for part in parts] == [
        (b"a", True),
        (b"b", True),
        (b"c", True),
        (b"", False),
    ]
    assert answer.closed


@pytest.mark.parametrize(("parts", "length"), [((b"abc",), "3"), ((b"abc", b"def"), None)])
def test_head_has_no_body_and_lets_the_work_go(parts: tuple[bytes, ...], length: str | None) -> None:
    answer = Answer(*parts)
    start, *bodies = replied(answer, method="HEAD")
    assert fields(start).get("content-length") == length
    assert bodies == [{"type": "http.response.body", "body": b""}]
    assert (answer.given, bool(answer.closed)) == (0, True)


def test_old_http_gets_the_whole_with_its_length() -> None:
    answer = Answer(b"a", b"b", b"c")
    start, body = replied(answer, version="1.0")
    assert (fields(start)["content-length"], body["body"]) == ("3", b"abc")
    assert answer.closed


@pytest.mark.parametrize("fault", [ResultTooLarge("Too long."), StoreError("Broken.")])
def test_old_http_gets_no_answer_that_ends_early(fault: Exception) -> None:
    answer = Answer(b"a", b"b", fault=fault)
    with pytest.raises(type(fault)):
        replied(answer, version="1.0")
    assert answer.closed


def test_old_http_gets_no_answer_that_is_too_long_to_keep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "_OLD_HTTP", 5)
    assert replied(Answer(b"abc", b"de"), version="1.0")[1]["body"] == b"abcde"
    answer = Answer(b"abc", b"def", b"ghi")
    with pytest.raises(ResultTooLarge) as caught:
        replied(answer, version="1.0")
    assert caught.value.detail == (
        "The answer is longer than 5 bytes, too long for HTTP/1.0. Ask by HTTP/1.1."
    )
    assert (answer.given, bool(answer.closed)) == (1, True)


@pytest.mark.parametrize("fault", [ResultTooLarge("Too long."), StoreError("Broken.")])
def test_an_answer_that_fails_half_way_has_no_end_and_cuts_the_connection(fault: Exception) -> None:
    answer, connection = Answer(b"a", b"b", fault=fault), Connection()
    start, *parts = replied(answer, connection=connection)
    assert start["status"] == 200
    assert [part.get("more_body") for part in parts] == [True, True]
    assert connection.was_cut
    assert answer.closed


def test_without_a_connection_of_ours_the_server_gets_the_fault() -> None:
    answer = Answer(b"a", b"b", fault=StoreError("Broken."))
    with pytest.raises(StoreError):
        replied(answer)
    assert answer.closed


def test_a_fault_of_our_own_is_not_taken_for_one_of_the_store() -> None:
    answer, connection = Answer(b"a", b"b", fault=RuntimeError("Wrong.")), Connection()
    with pytest.raises(RuntimeError, match="Wrong"):
        replied(answer, connection=connection)
    assert answer.closed


def test_a_client_that_leaves_in_the_middle_ends_the_work() -> None:
    answer, connection = Answer(b"a", *(b"b",) * 1000, pause=0.02), Connection()
    sent = replied(answer, client=Client(0.4), connection=connection)
    assert sent[-1].get("more_body")
    assert 0 < answer.given < 500
    assert answer.closed
    assert not connection.was_cut


def test_a_client_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "_STALL", 0.3)

    async def taking(message: Message) -> None:
        if message.get("body") == b"b":
            await asyncio.sleep(30)

    answer, connection = Answer(b"a", b"b", b"c"), Connection()
    sent = replied(answer, connection=connection, taking=taking)
    assert [message.get("body") for message in sent] == [None, b"a"]
    assert connection.was_cut
    assert answer.closed


# ---- over the wire ----------------------------------------------------------------------------------------


def serving(*make: Callable[[], Answer]) -> App:
    """An application that answers the path /0, /1, … with answers made anew."""

    async def app(scope: Message, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        answer = make[int(scope["path"].strip("/"))]()
        await Reply(answer, CSV, {})(cast(Any, scope), receive, send)

    return app


def test_parts_and_broken_parts_over_the_wire(caplog: pytest.LogCaptureFixture) -> None:
    app = serving(
        lambda: Answer(b"ab", b"cd", b"ef"),
        lambda: Answer(b"ab", b"cd", fault=ResultTooLarge("Too long."), pause=0.02),
        lambda: Answer(b"abc"),
    )
    with listening(app) as port:
        with Wire(port) as client:
            found = client.send(request(target="/0")).read()
            assert (found.body, found.whole, found.headers["transfer-encoding"]) == (
                b"abcdef",
                True,
                "chunked",
            )
            found = client.send(request(target="/2")).read()
            assert (found.body, found.headers["content-length"]) == (b"abc", "3")
            assert client.send(request("HEAD", "/0")).read_head().status == 200
            found = client.send(request(target="/1")).read()
            assert (found.status, found.whole, client.reset) == (200, False, True)
            assert b"abcd".startswith(found.body)
        with Wire(port) as client:
            assert client.send(request(target="/2", Connection="close")).read().body == b"abc"
        with Wire(port) as client:
            found = client.send(b"GET /0 HTTP/1.0\r\n\r\n").read()
            assert (found.body, found.headers["content-length"]) == (b"abcdef", "6")
            assert client.rest() == b""
    assert not [record for record in caplog.records if record.exc_info]


def test_a_client_that_leaves_ends_the_work(caplog: pytest.LogCaptureFixture) -> None:
    answer = Answer(b"ab", *(b"cd",) * 500, pause=0.02)
    with listening(serving(lambda: answer)) as port:
        with Wire(port) as client:
            client.send(request(target="/0"))
            assert client._more()
        deadline = time.monotonic() + 3
        while not answer.closed and time.monotonic() < deadline:
            time.sleep(0.01)
        assert answer.closed
    assert answer.given < 250
    assert not caplog.records


# ---- a server as it runs ----------------------------------------------------------------------------------

RESULT_LIMIT = 2_000_000
NUMBERS = 1200
PAIRS = "SELECT * { ?a <u:p> ?x . ?b <u:p> ?y }"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    path = tmp_path_factory.mktemp("reply") / "numbers.ttl"
    path.write_text(" ".join(f"<u:{number}> <u:p> {number} ." for number in range(NUMBERS)))
    with running(KG_CONTENT=str(path), KG_RESULT_LIMIT=str(RESULT_LIMIT)) as server:
        yield int(server.root.rpartition(":")[2])


def test_a_long_answer_is_whole(port: int) -> None:
    with Wire(port) as client:
        found = client.send(asking(f"{PAIRS} LIMIT 60000")).read()
    assert (found.status, found.whole, found.headers["transfer-encoding"]) == (200, True, "chunked")
    assert found.body.count(b"\r\n") == 60_001
    assert len(found.body) > 1 << 20


@pytest.mark.parametrize(
    "accept", ["text/csv", "application/sparql-results+json", "text/tab-separated-values"]
)
def test_an_answer_beyond_the_limit_is_broken_off(port: int, accept: str) -> None:
    with Wire(port) as client:
        found = client.send(asking(PAIRS, Accept=accept)).read()
        assert (found.status, found.headers["transfer-encoding"]) == (200, "chunked")
        assert (found.whole, client.reset) == (False, True)
    assert 100_000 < len(found.body) <= RESULT_LIMIT
    assert b"KG_RESULT_LIMIT" not in found.body


DECODE: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}


@pytest.mark.parametrize("coding", DECODE)
def test_a_long_answer_is_whole_when_it_is_coded(port: int, coding: str) -> None:
    query = "SELECT ?x (SHA512(STR(?x + ?y)) AS ?z) { ?a <u:p> ?x . ?b <u:p> ?y } LIMIT 14000"
    with Wire(port) as client:
        found = client.send(asking(query, Accept_Encoding=coding)).read()
    assert (found.status, found.whole, found.headers["content-encoding"]) == (200, True, coding)
    assert DECODE[coding](found.body).count(b"\r\n") == 14_001


def test_old_http_gets_all_or_413(port: int) -> None:
    old = asking(f"{PAIRS} LIMIT 60000").replace(b"HTTP/1.1", b"HTTP/1.0")
    with Wire(port) as client:
        found = client.send(old).read()
        assert (found.status, found.headers["content-length"]) == (200, str(len(found.body)))
        assert found.body.count(b"\r\n") == 60_001
        assert client.rest() == b""
    with Wire(port) as client:
        found = client.send(asking(PAIRS).replace(b"HTTP/1.1", b"HTTP/1.0")).read()
        document = json.loads(found.body)
        assert (found.status, document["code"]) == (413, "result-too-large")
        assert "2,000,000 bytes, the most that is sent (KG_RESULT_LIMIT)" in document["detail"]


def test_head_of_a_long_answer(port: int) -> None:
    target = "/sparql?query=" + PAIRS.replace(" ", "%20").replace("{", "%7B").replace("}", "%7D")
    for target_of_one in (target + "%20LIMIT%2060000", target):
        with Wire(port) as client:
            found = client.send(request("HEAD", target_of_one, Accept="text/csv")).read_head()
            assert (found.status, found.headers["content-type"]) == (200, "text/csv; charset=utf-8")
            assert "content-length" not in found.headers
            assert client.send(request(Connection="close")).read().body == b'{"status": "alive"}'


def test_after_broken_answers_the_server_is_as_before(port: int) -> None:
    for _ in range(3):
        with Wire(port) as client:
            client.send(asking(PAIRS))
            assert client._more()
    with Wire(port) as client:
        assert client.send(asking("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")).read().body == b"n\r\n1200\r\n"
