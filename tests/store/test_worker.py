"""What a worker does with a job: the messages that it answers with. It runs in this process here."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

import pytest

from kg.errors import KgError, NotFound, QueryError, RdfError, ResultTooLarge, UnsupportedMedia
from kg.media import CSV, JSON, JSONLD, NQUADS, NTRIPLES, TURTLE, Format
from kg.sparql import Operation
from kg.store import DropGraph, PutGraph, Read, ReadDataset, ReadGraph, Write, worker
from kg.store.embedded import EmbeddedStore
from kg.store.frames import DATA, END, FAULT, HEAD, JOB, receive
from kg.store.worker import ReadJob, WriteJob, change, last_words, pack, read_on, write_once
from kg.updates import Update

Message = tuple[bytes, bytes]

ALL = Operation.parse("SELECT ?s { ?s <u:p> ?o }")
ANSWER = b"s\r\nu:a\r\n"
LARGE = Operation.parse("SELECT * { " + " ".join(f"?a{n} <u:n> ?b{n} ." for n in range(7)) + " }")


def opened() -> EmbeddedStore:
    store = EmbeddedStore(prefixes={"u": "u:"})
    statements = b"".join(b"<u:n%d> <u:n> <u:%d> <u:g2> .\n" % (number, number) for number in range(4))
    store.load(b"<u:a> <u:p> <u:b> <u:g> .\n" + statements, NQUADS)
    return store


def job(
    request: Read = ALL,
    format: Format = CSV,
    *,
    seconds: float = 30,
    result: int = 10**9,
    encoding: str = "identity",
    always: bool = False,
) -> bytes:
    return pack(ReadJob(request, format.name, seconds, result, encoding, always))


@contextmanager
def channel(*jobs: bytes) -> Iterator[tuple[socket.socket, list[Message]]]:
    """The worker's end of a channel over which these jobs come, and the messages that arrive at the other."""
    ours, theirs = socket.socketpair()
    messages: list[Message] = []

    def collect() -> None:
        with suppress(ConnectionResetError):  # jobs that nobody took
            while (found := receive(ours)) is not None:
                messages.append(found)

    listening = threading.Thread(target=collect)
    with ours:
        ours.sendall(b"".join(jobs))
        ours.shutdown(socket.SHUT_WR)
        listening.start()
        with theirs:
            yield theirs, messages
        listening.join(10)
        assert not listening.is_alive()


def answered(*jobs: bytes, store: EmbeddedStore | None = None) -> list[Message]:
    with channel(*jobs) as (theirs, messages):
        read_on(theirs, store or opened())
    return messages


def written(
    request: Write, store: EmbeddedStore, keep: Callable[[], None] = lambda: None
) -> tuple[bool, list[Message]]:
    with channel(pack(WriteJob(request, 5))) as (theirs, messages):
        done = write_once(theirs, store, keep)
    return done, messages


def fault(messages: list[Message]) -> dict[str, object]:
    """What the one message that tells of a fault says."""
    assert [kind for kind, _ in messages].count(FAULT) == 1
    assert messages[-1][0] == FAULT
    found = json.loads(messages[-1][1])
    assert isinstance(found, dict)
    return found


@pytest.fixture(autouse=True)
def times(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time limits that were set, none of which ends this process."""
    seen: list[float] = []
    monkeypatch.setattr(worker, "limit_time", seen.append)
    monkeypatch.setattr(worker, "pause_time", lambda: seen.append(0))
    return seen


# ---- reading


def test_a_job_is_one_message() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.sendall(job(seconds=7))
        found = receive(theirs)
    assert found is not None
    assert found[0] == JOB
    assert pickle.loads(found[1]) == ReadJob(ALL, "csv", 7, 10**9, "identity", False)


def test_an_answer_is_its_coding_its_bytes_and_the_end() -> None:
    assert answered(job()) == [(HEAD, b"identity"), (DATA, ANSWER), (END, b"")]


def test_jobs_are_answered_one_after_the_other() -> None:
    bad = Operation.parse("SELECT (1 AS ?x")
    messages = answered(job(), job(bad), job(ReadGraph("u:none"), TURTLE), job())
    assert [kind for kind, _ in messages] == [HEAD, DATA, END, FAULT, FAULT, HEAD, DATA, END]
    assert messages[-2:] == [(DATA, ANSWER), (END, b"")]


REQUESTS: dict[str, tuple[Read, Format, bytes]] = {
    "a query": (ALL, CSV, ANSWER),
    "a question": (Operation.parse("ASK {}"), JSON, b'{"head":{},"boolean":true}'),
    "a graph": (ReadGraph("u:g"), NTRIPLES, b"<u:a> <u:p> <u:b> .\n"),
    "a graph with prefixes": (ReadGraph("u:g"), TURTLE, b"@prefix u: <u:> .\nu:a u:p u:b .\n"),
    "the unnamed graph": (ReadGraph(None), NTRIPLES, b""),
    "nothing": (Operation.parse("CONSTRUCT {} {}"), NTRIPLES, b""),
}


@pytest.mark.parametrize(("request_", "format", "expected"), REQUESTS.values(), ids=REQUESTS.keys())
def test_every_kind_of_request_is_answered(request_: Read, format: Format, expected: bytes) -> None:
    messages = answered(job(request_, format))
    assert [content for kind, content in messages if kind == DATA] == ([expected] if expected else [])
    assert (messages[0], messages[-1]) == ((HEAD, b"identity"), (END, b""))


def test_the_dataset_is_answered() -> None:
    messages = answered(job(ReadDataset(), NQUADS))
    assert sorted(messages[1][1].splitlines())[0] == b"<u:a> <u:p> <u:b> <u:g> ."
    assert messages[1][1].count(b"\n") == 5


def test_a_large_answer_comes_in_messages_of_a_fair_size() -> None:
    messages = answered(job(LARGE))
    kinds = [kind for kind, _ in messages]
    assert kinds == [HEAD, *[DATA] * (len(messages) - 2), END]
    sizes = [len(content) for kind, content in messages if kind == DATA]
    assert len(sizes) > 10
    assert all(2**16 <= size < 2**17 for size in sizes[:-1])
    assert b"".join(content for kind, content in messages if kind == DATA).count(b"\r\n") == 4**7 + 1


def test_a_coded_answer_says_so_first() -> None:
    plain = answered(job(LARGE))
    messages = answered(job(LARGE, encoding="gzip"))
    assert messages[0] == (HEAD, b"gzip")
    assert messages[-1] == (END, b"")
    assert [kind for kind, _ in messages[1:-1]] == [DATA] * (len(messages) - 2)
    coded = b"".join(content for _, content in messages[1:-1])
    assert gzip.decompress(coded) == b"".join(content for _, content in plain[1:-1])


def test_a_short_answer_is_coded_only_when_it_must_be() -> None:
    assert answered(job(encoding="gzip")) == [(HEAD, b"identity"), (DATA, ANSWER), (END, b"")]
    head, data, end = answered(job(encoding="gzip", always=True))
    assert (head, end) == ((HEAD, b"gzip"), (END, b""))
    assert gzip.decompress(data[1]) == ANSWER


def test_every_job_has_its_time_and_none_when_it_is_done(times: list[float]) -> None:
    answered(job(seconds=3), job(Operation.parse("SELECT"), seconds=0.5))
    assert times == [4.0, 0, 1.5, 0]


# ---- limits of the answer


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_an_answer_up_to_the_limit_is_given_and_a_longer_one_is_not(encoding: str) -> None:
    fits = answered(job(result=len(ANSWER), encoding=encoding))
    assert fits == [(HEAD, b"identity"), (DATA, ANSWER), (END, b"")]
    messages = answered(job(result=len(ANSWER) - 1, encoding=encoding))
    assert not [kind for kind, _ in messages if kind in (DATA, END)]
    told = fault(messages)
    assert told["type"] == "ResultTooLarge"
    assert told["message"] == "The answer is longer than 7 bytes, the most that is sent (KG_RESULT_LIMIT)."
    assert "tired" not in told


def test_a_large_answer_that_is_too_large_ends_with_the_fault_and_not_with_an_end() -> None:
    messages = answered(job(LARGE, result=300_000), job())
    at = [kind for kind, _ in messages].index(FAULT)
    assert 200_000 < sum(len(content) for kind, content in messages[:at] if kind == DATA) <= 300_000
    assert END not in [kind for kind, _ in messages[:at]]
    assert fault(messages[: at + 1])["type"] == "ResultTooLarge"
    assert messages[at + 1 :] == [(HEAD, b"identity"), (DATA, ANSWER), (END, b"")]


def test_the_limit_is_on_the_answer_before_it_is_coded() -> None:
    messages = answered(job(LARGE, result=300_000, encoding="zstd"))
    assert fault(messages)["type"] == "ResultTooLarge"


# ---- faults

FAULTS: dict[str, tuple[Read, Format, str, str]] = {
    "syntax": (Operation.parse("SELECT *\n{ ?s ?p }"), CSV, "QueryError", "line 2, column 9"),
    "no such graph": (ReadGraph("u:none"), TURTLE, "NotFound", "There is no graph of this name."),
    "not in this format": (Operation.parse("ASK {}"), TURTLE, "NotAcceptable", "Turtle cannot hold"),
    "triple terms": (
        Operation.parse("CONSTRUCT { ?s ?p <<( ?s ?p ?o )>> } { ?s ?p ?o }"),
        JSONLD,
        "NotAcceptable",
        "JSON-LD cannot hold",
    ),
}


@pytest.mark.parametrize(("request_", "format", "kind", "words"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_told_with_all_its_parts(request_: Read, format: Format, kind: str, words: str) -> None:
    told = fault(answered(job(request_, format)))
    assert set(told) == {"type", "message", "remedy", "line", "column"}
    assert told["type"] == kind
    assert words in str(told["message"])
    assert (told["line"], told["column"]) == ((2, 9) if kind == "QueryError" else (None, None))


class Broken(EmbeddedStore):
    """A store that fails in a certain way."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def answer(self, *_: object) -> NoReturn:
        raise self._error


def test_a_fault_of_ours_is_told_by_its_name_and_cut() -> None:
    told = fault(answered(job(), store=Broken(RuntimeError("x" * 1000))))
    assert told["type"] == "KgError"
    assert str(told["message"]).startswith("RuntimeError: xxx")
    assert len(str(told["message"])) == 500


def test_a_worker_without_memory_tells_and_stops() -> None:
    messages = answered(job(), job(), store=Broken(MemoryError()))
    told = fault(messages)
    assert (told["type"], told["tired"]) == ("MemoryLimit", True)
    assert "KG_QUERY_MEMORY" in str(told["message"])


def test_a_worker_that_has_grown_says_so_and_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    grown = [10, 10, 20_000_000, 200_000_000]
    monkeypatch.setattr(worker, "resident", lambda: grown.pop(0) if len(grown) > 1 else grown[0])
    messages = answered(job(), job(), job(), job())
    ends = [json.loads(content) if content else {} for kind, content in messages if kind == END]
    assert ends == [{}, {}, {"tired": True}]
    grown[:] = [10, 200_000_000]
    told = fault(answered(job(ReadGraph("u:none"), TURTLE), job()))
    assert (told["type"], told["tired"]) == ("NotFound", True)


def test_a_worker_whose_server_is_gone_stops() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        with ours:
            ours.sendall(job(LARGE) + job())
        read_on(theirs, opened())
    ours, theirs = socket.socketpair()
    with theirs:
        ours.close()
        read_on(theirs, opened())


# ---- writing


def test_a_change_is_kept_before_it_is_told(times: list[float]) -> None:
    store, order = opened(), []
    ours, theirs = socket.socketpair()
    with ours, theirs:

        def keep() -> None:
            ours.setblocking(False)
            with pytest.raises(BlockingIOError):
                ours.recv(1)
            order.append(store.exists("u:new"))

        ours.sendall(pack(WriteJob(PutGraph("u:new", b"<u:c> <u:p> <u:d> .", "text/turtle", "u:", True), 5)))
        assert write_once(theirs, store, keep) is True
        ours.setblocking(True)
        assert receive(ours) == (END, b'{"created": true}')
    assert order == [True]
    assert times == [6.0, 0]


WRITES: dict[str, tuple[Write, bool, list[str]]] = {
    "an update": (
        Update.parse("INSERT DATA { GRAPH <u:new> { <u:c> <u:p> 1 } }"),
        False,
        ["u:g", "u:g2", "u:new"],
    ),
    "a new graph": (PutGraph("u:new", b"", "text/turtle", "u:", False), True, ["u:g", "u:g2", "u:new"]),
    "a graph that is there": (PutGraph("u:g", b"", "text/turtle", "u:", True), False, ["u:g", "u:g2"]),
    "the unnamed graph": (
        PutGraph(None, b"<u:c> <u:p> 1 .", "text/turtle", "u:", True),
        False,
        ["u:g", "u:g2"],
    ),
    "a graph to drop": (DropGraph("u:g"), False, ["u:g2"]),
    "the unnamed graph to drop": (DropGraph(None), False, ["u:g", "u:g2"]),
}


@pytest.mark.parametrize(("request_", "created", "names"), WRITES.values(), ids=WRITES.keys())
def test_every_kind_of_change_is_made(request_: Write, created: bool, names: list[str]) -> None:
    store = opened()
    assert change(store, request_) == {"created": created}
    assert store.names() == names
    done, messages = written(request_, opened())
    assert (done, messages) == (True, [(END, json.dumps({"created": created}).encode())])


BAD_WRITES: dict[str, tuple[Write, type[KgError]]] = {
    "a graph that is not there": (DropGraph("u:none"), NotFound),
    "a broken body": (PutGraph("u:g", b"<u:a> nonsense", "text/turtle", "u:", True), RdfError),
    "a type that is not read": (PutGraph("u:g", b"", "text/plain", "u:", True), UnsupportedMedia),
    "syntax": (Update.parse("INSERT DATA { <u:a> }"), QueryError),
}


@pytest.mark.parametrize(("request_", "error"), BAD_WRITES.values(), ids=BAD_WRITES.keys())
def test_a_change_that_fails_is_told_and_not_kept(request_: Write, error: type[KgError]) -> None:
    kept: list[bool] = []
    done, messages = written(request_, opened(), lambda: kept.append(True))
    assert (done, kept) == (False, [])
    assert fault(messages)["type"] == error.__name__


def test_a_change_that_cannot_be_kept_is_told_as_failed(times: list[float]) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    done, messages = written(Update.parse("CLEAR ALL"), opened(), full)
    assert done is False
    assert fault(messages)["message"] == "OSError: [Errno 28] No space left on device"
    assert times == [6.0, 0]


def test_who_is_asked_nothing_writes_nothing() -> None:
    kept: list[bool] = []
    with channel() as (theirs, messages):
        assert write_once(theirs, opened(), lambda: kept.append(True)) is False
    assert (messages, kept) == ([], [])


# ---- the end


def test_last_words_are_sent_and_then_the_process_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []

    class Ended(BaseException):
        pass

    def end(code: int) -> NoReturn:
        ended.append(code)
        raise Ended

    monkeypatch.setattr(os, "_exit", end)
    with channel() as (theirs, messages), pytest.raises(Ended):
        last_words(theirs, ResultTooLarge("Too much.", remedy="Less."))
    assert fault(messages) == {
        "type": "ResultTooLarge",
        "message": "Too much.",
        "remedy": "Less.",
        "line": None,
        "column": None,
        "tired": True,
    }
    with channel() as (theirs, messages), pytest.raises(Ended):
        last_words(theirs, KeyboardInterrupt())
    assert messages == []
    ours, theirs = socket.socketpair()
    ours.close()
    with theirs, pytest.raises(Ended):
        last_words(theirs, ValueError())
    assert ended == [1, 1, 1]
