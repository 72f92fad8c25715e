"""Responses that are sent again: the same as the long way gives, and never for anything else."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import httpx
import pytest

from kg.web.journal import Visit
from kg.web.shortcuts import Shortcuts
from serving import Server, running

NUMBERS = "SELECT ?n { VALUES ?n { 1 2 3 } }"
JSON = "application/sparql-results+json"
START = {"status": 200, "headers": [(b"etag", b'"1"'), (b"x-request-id", b"mine")]}
HERE = ("127.0.0.1", 80)


# ---- what is kept


def scope(lasting: str | None = "v1", method: str = "GET", **fields: str) -> dict[str, object]:
    state = {"visit": Visit("1", {}, 0.0, route="/sparql"), **({"lasting": lasting} if lasting else {})}
    headers = [(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()]
    return {
        "method": method, "raw_path": b"/sparql", "query_string": b"query=1", "headers": headers,
        "server": HERE, "state": state,
    }  # fmt: skip


@pytest.fixture
def shortcuts() -> Shortcuts:
    found = Shortcuts()
    found.version = lambda: "v1"
    return found


def test_a_response_is_found_again_without_what_was_its_own(shortcuts: Shortcuts) -> None:
    shortcuts.keep(scope(accept="text/csv"), START, b"body", b"x-request-id")
    found = shortcuts.find(b"/sparql?query=1", [(b"host", b"x"), (b"accept", b"text/csv")], HERE)
    assert found is not None
    assert (found.route, found.head, found.body) == ("/sparql", b'etag: "1"\r\n', b"body")


@pytest.mark.parametrize(
    ("target", "fields", "server"),
    [
        (b"/sparql?query=2", [(b"accept", b"text/csv")], HERE),
        (b"/sparql?query=1", [], HERE),
        (b"/sparql?query=1", [(b"accept", b"text/csv"), (b"accept", b"text/html")], HERE),
        (b"/sparql?query=1", [(b"accept", b"text/csv"), (b"accept-encoding", b"gzip")], HERE),
        (b"/sparql?query=1", [(b"accept", b"text/csv"), (b"x-forwarded-host", b"a")], HERE),
        (b"/sparql?query=1", [(b"accept", b"text/csv")], ("127.0.0.2", 80)),
        *(
            (b"/sparql?query=1", [(b"accept", b"text/csv"), field], HERE)
            for field in (
                (b"if-none-match", b"*"), (b"range", b"bytes=0-1"), (b"connection", b"close"),
                (b"content-length", b"0"), (b"transfer-encoding", b"chunked"), (b"expect", b"100-continue"),
            )
        ),
    ],
)  # fmt: skip
def test_another_request_is_not_answered_so(
    shortcuts: Shortcuts, target: bytes, fields: list[tuple[bytes, bytes]], server: object
) -> None:
    shortcuts.keep(scope(accept="text/csv"), START, b"body", b"x-request-id")
    assert shortcuts.find(target, fields, server) is None


def test_nothing_is_kept_that_may_change_or_is_long(shortcuts: Shortcuts) -> None:
    shortcuts.keep(scope(lasting=None), START, b"", b"")
    shortcuts.keep(scope(method="POST"), START, b"", b"")
    shortcuts.keep(scope(), {**START, "status": 404}, b"", b"")
    shortcuts.keep(scope(if_none_match="*"), START, b"", b"")
    shortcuts.keep(scope(), START, b"x" * 60_001, b"")
    assert len(shortcuts.kept) == 0


def test_other_data_have_other_answers(shortcuts: Shortcuts) -> None:
    shortcuts.keep(scope(), START, b"body", b"")
    assert shortcuts.find(b"/sparql?query=1", [], HERE)
    shortcuts.version = lambda: "v2"
    assert shortcuts.find(b"/sparql?query=1", [], HERE) is None
    shortcuts.version = None
    assert shortcuts.find(b"/sparql?query=1", [], HERE) is None


# ---- a server that takes them


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running(KG_CONTENT="none") as found:
        yield found


def get(query: str, *fields: str, method: str = "GET", version: str = "1.1") -> bytes:
    head = [f"{method} /sparql?query={quote(query)} HTTP/{version}", "Host: x", f"Accept: {JSON}", *fields]
    return "\r\n".join([*head, "", ""]).encode()


def exchange(server: Server, data: bytes, answers: int) -> list[str]:
    """Send bytes over one connection; the answers as texts, each with its head."""
    found: list[str] = []
    with socket.create_connection(("127.0.0.1", urlsplit(server.root).port or 0), timeout=20) as connection:
        connection.sendall(data)
        text = ""
        while len(found) < answers:
            text += connection.recv(65_536).decode()
            while "\r\n\r\n" in text:
                head, _, rest = text.partition("\r\n\r\n")
                size = int((re.search(r"content-length: (\d+)", head, re.IGNORECASE) or ["", "0"])[1])
                if len(rest) < size and "HEAD" not in data.decode():
                    break
                found.append(f"{head}\r\n\r\n{rest[:size]}")
                text = rest[size:]
    return found


def same(answer: str) -> str:
    return re.sub(r"(?mi)^(x-request-id|date): .*\r\n", "", answer)


def test_the_short_way_gives_what_the_long_way_gave(server: Server) -> None:
    (first,) = exchange(server, get(NUMBERS), 1)
    others = exchange(server, get(NUMBERS) * 4, 4)
    assert '"3"' in first and "etag:" in first and "content-security-policy:" in first
    assert {same(answer) for answer in others} == {same(first)}
    ids = [re.search(r"x-request-id: (\w+)", answer) for answer in (first, *others)]
    assert len({found[1] for found in ids if found}) == 5
    until = time.monotonic() + 5
    while not all(found and found[1] in server.log() for found in ids):
        assert time.monotonic() < until, server.log()
        time.sleep(0.05)
    metrics = httpx.get(f"{server.root}/metrics").text
    assert re.search(
        r'requests_total\{method="GET",outcome="ok",route="/sparql",status="200"\} [5-9]', metrics
    )
    assert re.search(r'lookups_total\{cache="responses",result="hit"\} [4-9]', metrics)


def test_answers_come_in_the_order_of_the_requests(server: Server) -> None:
    exchange(server, get(NUMBERS), 1)
    other = "SELECT (COUNT(*) AS ?c) { VALUES ?a { 1 2 3 4 } VALUES ?b { 1 2 3 4 } }"
    kept, counted, again = exchange(server, get(NUMBERS) + get(other) + get(NUMBERS), 3)
    assert '"16"' in counted
    assert same(kept) == same(again) and '"3"' in kept


def test_a_change_is_seen_at_once(server: Server) -> None:
    query = "SELECT ?o { <u:changing> <u:p> ?o } ORDER BY ?o"
    for number in range(5):
        httpx.post(
            f"{server.root}/update",
            content=f"INSERT DATA {{ <u:changing> <u:p> {number} }}",
            headers={"Authorization": f"Bearer {server.token}", "Content-Type": "application/sparql-update"},
        ).raise_for_status()
        for answer in exchange(server, get(query) * 3, 3):
            assert answer.count('"type":"literal"') == number + 1


def test_what_differs_each_time_is_made_each_time(server: Server) -> None:
    query = "SELECT (STRUUID() AS ?id) {}"
    assert len({answer.rpartition("\r\n")[2] for answer in exchange(server, get(query) * 4, 4)}) == 4


def test_special_requests_go_the_long_way(server: Server) -> None:
    (known,) = exchange(server, get(NUMBERS), 1)
    tag = re.search(r'etag: ("\w+")', known)
    assert tag
    assert exchange(server, get(NUMBERS, f"If-None-Match: {tag[1]}"), 1)[0].startswith("HTTP/1.1 304 ")
    (head,) = exchange(server, get(NUMBERS, method="HEAD"), 1)
    assert head.endswith("\r\n\r\n") and "content-length: " in head
    (last,) = exchange(server, get(NUMBERS, "Connection: close"), 1)
    assert "connection: close" in last and '"3"' in last
    (csv,) = exchange(server, get(NUMBERS).replace(JSON.encode(), b"text/csv"), 1)
    assert csv.endswith("n\r\n1\r\n2\r\n3\r\n")
    (old,) = exchange(server, get(NUMBERS, version="1.0"), 1)
    assert "connection: close" in old.lower() and '"3"' in old
