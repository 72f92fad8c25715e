"""How a server ends: what is under way arrives whole, what takes too long is told, and nothing is left."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from serving import Server, running

ROWS = 400
LONG = "SELECT * { ?a <urn:p> ?x . ?b <urn:p> ?y . ?c <urn:p> ?z }"
"""A query whose answer has far more rows than are ever read."""
STREAM = "SELECT * { ?a <urn:p> ?x . ?b <urn:p> ?y . ?c <urn:q> ?z }"
"""A query with an answer of 20 MB."""
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?p ?x . ?b ?q ?y . ?c ?r ?z . ?d ?s ?w FILTER(?x + ?w < 0) }"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "data.nt"
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    path.write_text(
        "".join(f'<urn:s:{number}> <urn:p> "{number}"^^<{integer}> .\n' for number in range(ROWS))
        + "".join(f'<urn:t:{number}> <urn:q> "{number}"^^<{integer}> .\n' for number in range(3))
    )
    return path


@contextmanager
def serving(data: Path, **environ: str) -> Iterator[tuple[Server, list[int]]]:
    """A server, and the processes below it."""
    with running(KG_CONTENT=str(data), KG_DEFAULT_GRAPH="plain", **environ) as server:
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        yield server, [int(pid) for pid in children.read_text().split()]


def request(query: str) -> bytes:
    return f"GET /sparql?query={quote(query)} HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n".encode()


def connect(server: Server) -> socket.socket:
    port = int(server.root.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def everything(wire: socket.socket, data: bytes = b"") -> bytes:
    parts = [data]
    try:
        while part := wire.recv(1 << 20):
            parts.append(part)
    except ConnectionResetError:
        parts.append(b"(reset)")
    return b"".join(parts)


def dechunked(answer: bytes) -> bytes:
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert b"transfer-encoding: chunked" in head
    parts = []
    while True:
        size, _, rest = rest.partition(b"\r\n")
        if not int(size, 16):
            assert rest == b"\r\n"
            return b"".join(parts)
        parts.append(rest[: int(size, 16)])
        rest = rest[int(size, 16) + 2 :]


def refused(server: Server) -> bool:
    try:
        connect(server).close()
    except ConnectionRefusedError:
        return True
    return False


def wait(true: object, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not true():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.02)


def gone(pids: list[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


def ended(process: subprocess.Popen[bytes], children: list[int]) -> None:
    assert process.wait(20) == 0
    wait(lambda: gone(children))


def test_an_answer_under_way_arrives_whole(data: Path) -> None:
    with serving(data, KG_GRACE="30") as (server, children), connect(server) as wire, connect(server) as idle:
        idle.sendall(request("ASK {}"))
        answer = b""
        while not answer.endswith(b"true"):
            answer += idle.recv(1 << 16)
        wire.sendall(request(STREAM) + b"GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        first = wire.recv(1 << 16)
        server.process.send_signal(signal.SIGTERM)
        wait(lambda: refused(server))
        assert everything(idle) == b""
        assert server.process.poll() is None
        answer = everything(wire, first)
        ended(server.process, children)
        log = server.log()
    assert b"(reset)" not in answer, log
    answer, _, ready = answer.partition(b"0\r\n\r\nHTTP/1.1 ")
    rows = dechunked(answer + b"0\r\n\r\n").split(b"\r\n")
    assert len(rows) == 1 + ROWS * ROWS * 3 + 1
    assert ready.startswith(b"503 ")
    assert ready.endswith(b'{"status": "not ready", "reason": "The server is stopping."}')
    assert "stopping; 1 requests under way get 30 s to finish" in log
    assert "broken off" not in log
    assert "Traceback" not in log


def test_what_takes_too_long_is_told_or_broken_off(data: Path) -> None:
    with (
        serving(data, KG_GRACE="1") as (server, children),
        connect(server) as computing,
        connect(server) as streaming,
        connect(server) as sending,
    ):
        computing.sendall(request(ENDLESS))
        streaming.sendall(request(LONG))
        first = streaming.recv(1 << 16)
        sending.sendall(b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n")
        sending.sendall(b"Content-Type: application/sparql-query\r\n\r\nA")
        time.sleep(0.3)
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        told = everything(computing)
        waited = time.monotonic() - begun
        cut = everything(streaming, first)
        assert everything(sending) in (b"", b"(reset)")
        ended(server.process, children)
        log = server.log()
    assert 0.9 < waited < 10
    head, _, body = told.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 503 ")
    assert b"retry-after: 2" in head
    problem = json.loads(body)
    assert (problem["code"], problem["detail"]) == (
        "not-ready",
        "The server is stopping. Ask again in a while.",
    )
    assert not cut.endswith(b"0\r\n\r\n")
    assert "stopping; 3 requests under way get 1 s to finish" in log
    assert "stopping; 3 requests are broken off" in log
    assert f"request={problem['request_id']}" in log
    assert "Traceback" not in log


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_told_twice_it_does_not_wait(data: Path, second: signal.Signals) -> None:
    with serving(data, KG_GRACE="60") as (server, children), connect(server) as wire:
        wire.sendall(request(ENDLESS))
        time.sleep(0.3)
        server.process.send_signal(signal.SIGTERM)
        wait(lambda: refused(server))
        assert server.process.poll() is None
        begun = time.monotonic()
        server.process.send_signal(second)
        everything(wire)
        ended(server.process, children)
        assert time.monotonic() - begun < 8
        assert "Traceback" not in server.log()


def test_nothing_under_way_is_no_reason_to_wait(data: Path) -> None:
    with serving(data, KG_GRACE="60") as (server, children), connect(server) as idle:
        begun = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert everything(idle) == b""
        ended(server.process, children)
        assert time.monotonic() - begun < 8
        assert [line for line in server.log().splitlines() if not line.startswith("kg: ")] == []


def test_a_log_that_nobody_reads_holds_up_nothing(data: Path) -> None:
    reading, writing = os.pipe()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KG_")}
    process = subprocess.Popen(
        ["kg", "serve", "--port", "0"],
        env={**clean, "KG_CONTENT": str(data), "KG_QUERY_TIMOUT": "1"},
        stdout=subprocess.PIPE,
        stderr=writing,
    )
    os.close(writing)
    assert process.stdout
    try:
        port = int(process.stdout.readline().decode().split("http://127.0.0.1:")[1].split("/")[0])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
            answers = wire.makefile("rb")
            for _ in range(1500):  # of which a pipe holds some five hundred lines
                wire.sendall(b"GET /favicon.ico HTTP/1.1\r\nHost: x\r\n\r\n")
                head = b"".join(iter(answers.readline, b"\r\n"))
                assert head.startswith(b"HTTP/1.1 200")
                answers.read(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
        process.terminate()
        assert process.wait(20) == 0
        lines = os.read(reading, 1 << 16).decode().splitlines()
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(reading)
    assert lines[0].startswith("kg: KG_QUERY_TIMOUT is no setting of this version; perhaps KG_QUERY_TIMEOUT")
    assert " INFO kg.access: GET /favicon.ico status=200 outcome=ok" in lines[5]
