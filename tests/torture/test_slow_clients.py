"""Clients that are slow, silent, never read, or leave: they hold up nobody, and cost nothing once gone."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Iterator

import pytest
from processes import cpu, descriptors, settle, stat, tree
from target import ENDLESS, FULL, PRODUCT, Post, Target
from wire import QUERY, UPDATE, Answer, asking, compose, converse, dial

pytestmark = pytest.mark.slow

HEAD, BODY = 10.0, 30.0
"""Seconds within which a request's head and its body must have come."""

GONE = 1.0
"""Seconds after which the work for a client that left is over."""

SLACK = 3.0
STREAM = f"SELECT * {{ {PRODUCT} }}"
NEVER = f"{PRODUCT} FILTER(?w + ?x + ?y + ?z < 0)"
STALLED = f"SELECT ?w ?x ?a {{ {{ ?a <urn:p:n> ?w . ?b <urn:p:n> ?x }} UNION {{ {NEVER} }} }}"
"""Begins at once, and then has nothing more to say until its time is over."""


class Slow:
    """A client that sends one byte a second of what it has to say, and notes how it was ended."""

    def __init__(self, port: int, whole: bytes, at_once: int) -> None:
        self.wire = dial(port)
        self.begun = time.monotonic()
        self.ended = 0.0
        self.answer: Answer | None = None
        self._rest = whole[at_once:]
        self.wire.sendall(whole[:at_once])

    def step(self) -> None:
        """Send a byte; see whether the other side has said something or closed."""
        if self.ended:
            return
        self.wire.setblocking(False)
        try:
            said = self.wire.recv(65536, socket.MSG_PEEK)
        except BlockingIOError:
            with contextlib.suppress(OSError):
                self.wire.send(self._rest[:1])
                self._rest = self._rest[1:]
            return
        except OSError:
            said = b""
        self.ended = time.monotonic() - self.begun
        self.answer = converse(self.wire, wait=2) if said else Answer()


def test_a_siege_of_slow_clients(target: Target, patient: Target) -> None:
    before = descriptors(target.pid)
    head = compose("GET", "/sparql?query=ASK%7B%7D", {"X-Long": "x" * 500})
    post = compose(
        "POST", "/sparql", {"Content-Type": QUERY, "Content-Length": "900"}, b"ASK {}" + b" " * 894
    )
    start = post.index(b"\r\n\r\n") + 4
    chunks = compose(
        "POST", "/sparql", {"Content-Type": QUERY, "Transfer-Encoding": "chunked"}, b"1\r\nA\r\n" * 100
    )
    write = compose(
        "POST", "/update", {"Content-Type": UPDATE, "Content-Length": "900", **target.key}, b"#" * 900
    )
    silent = compose(
        "PUT", "/graphs?graph=urn:x", {"Content-Type": "text/turtle", "Content-Length": "9", **target.key}
    )
    scale = 3 if FULL else 1
    with contextlib.ExitStack() as stack:

        def open_all(whole: bytes, at_once: int, number: int) -> list[Slow]:
            clients = [Slow(target.port, whole, at_once) for _ in range(number * scale)]
            for client in clients:
                stack.callback(client.wire.close)
            return clients

        heads = [*open_all(head, 20, 30), *open_all(head[:40], 40, 20)]
        bodies = [
            *open_all(post, start, 20),
            *open_all(chunks, chunks.index(b"\r\n\r\n") + 4, 10),
            *open_all(write, write.index(b"\r\n\r\n") + 4, 10),
            *open_all(silent, len(silent), 10),
        ]
        idle = open_all(b"", 0, 300)
        deaf = [dial(target.port) for _ in range(20 * scale)]
        for wire in deaf:
            stack.callback(wire.close)
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.sendall(asking(STREAM))
        spoiler = stack.enter_context(dial(patient.port))
        spoiler.sendall(asking(STALLED, Connection="keep-alive"))
        time.sleep(0.5)
        spoiler.sendall(b"GET /healthz HTT")
        begun = time.monotonic()
        slowest = 0.0
        while time.monotonic() - begun < BODY + SLACK:
            for client in heads + bodies:
                client.step()
            slowest = max(slowest, target.probe())
            time.sleep(1)
        for client in heads:
            assert client.ended, "a head may take for ever"
            assert client.ended < HEAD + SLACK, f"ended after {client.ended:.1f} s"
        for client in bodies:
            assert client.ended, "a body may take for ever"
            assert HEAD < client.ended < BODY + SLACK, f"ended after {client.ended:.1f} s"
        for client in heads + bodies:
            if client.answer and client.answer.status:
                client.answer.problem(408, "slow-client")
        assert any(client.answer and client.answer.status == 408 for client in bodies)
        assert len(idle) == 300 * scale
        # What is to be said of a head that never ends is not said in the middle of the answer before it.
        spoiler.settimeout(5)
        received = b""
        with contextlib.suppress(OSError):
            while data := spoiler.recv(1 << 18):
                received += data
        assert received.count(b"HTTP/1.1") == 1
        assert b"problem" not in received
    assert not settle(target.pid, 1)
    until = time.monotonic() + 5
    while descriptors(target.pid) > before + 3 and time.monotonic() < until:
        time.sleep(0.1)
    assert descriptors(target.pid) <= before + 3


def test_nobody_who_reads_nothing_keeps_a_process(target: Target) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(8):
            wire = stack.enter_context(dial(target.port))
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            wire.sendall(asking(STREAM))
        time.sleep(0.5)
        target.probe()
        time.sleep(target.limit + 0.5)
        answers = [target.ask("SELECT (COUNT(*) AS ?n) { ?a <urn:p:k> ?b }") for _ in range(8)]
    assert [answer.text for answer in answers] == ["n\r\n9900\r\n"] * 8


@pytest.fixture(scope="module")
def patience() -> Iterator[Post]:
    keeper = Post({"KG_QUERY_TIMEOUT": "20"})
    yield keeper
    keeper.close()


@pytest.fixture
def patient(patience: Post) -> Iterator[Target]:
    """A server whose limit is far away, so that what ends early ends for another reason."""
    yield from patience.watched()


def leave(wire: socket.socket, *, rudely: bool) -> None:
    if rudely:  # a reset instead of a farewell
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


LEFT: dict[str, bytes] = {
    "while it is worked out": asking(ENDLESS),
    "while it is planned": asking(f"ASK {{ {' . '.join(f'?a{n} <urn:p> ?b{n}' for n in range(450))} }}"),
    "while it is sorted": asking(f"SELECT * {{ {PRODUCT} }} ORDER BY ?w OFFSET 100000000"),
    "while it is sent": asking(STREAM),
    "while it is sent, packed": asking(STREAM, Accept_Encoding="gzip"),
    "while it is kept back for HTTP/1.0": compose(
        "POST",
        "/sparql",
        {"Content-Type": QUERY, "Accept": "text/csv"},
        STALLED.encode(),
        version="HTTP/1.0",
    ),
    "while its text is read": asking(f"SELECT * {{ {'1 ' * 490_000} }}"),
    "while a graph is sent": asking(f"CONSTRUCT {{ ?a ?b ?w }} WHERE {{ {PRODUCT} }}", accept="text/turtle"),
}


@pytest.mark.parametrize("rudely", [False, True] if FULL else [False], ids=str)
@pytest.mark.parametrize("request_", LEFT.values(), ids=LEFT.keys())
def test_a_client_that_left_costs_nothing(patient: Target, request_: bytes, rudely: bool) -> None:
    before = cpu(patient.children())
    wire = dial(patient.port)
    wire.sendall(request_)
    time.sleep(0.5)
    spent = {pid: now - before.get(pid, 0) for pid, now in cpu(patient.children()).items()}
    worker = max(spent, key=lambda pid: spent[pid])
    leave(wire, rudely=rudely)
    left = time.monotonic()
    patient.quiet_within(GONE)
    if spent[worker] > 0.01:  # else it was the main process that worked
        while (found := stat(worker)) and found.state != "Z" and time.monotonic() < left + GONE:
            time.sleep(0.02)
        assert found is None or found.state == "Z", f"its process lives on: {found}"
    patient.probe()
    patient.same()


def test_one_that_reads_a_little_and_leaves(patient: Target) -> None:
    for _ in range(5):
        with dial(patient.port) as wire:
            wire.sendall(asking(STREAM))
            assert b"200 OK" in wire.recv(100)
            for _ in range(10):
                wire.recv(65536)
            leave(wire, rudely=True)
    patient.quiet_within(GONE)
    patient.probe()


def test_clients_that_leave_the_queue_are_forgotten(patient: Target) -> None:
    children = len(tree(patient.pid))
    wires = []
    for _ in range(24):
        wires.append(dial(patient.port))
        wires[-1].sendall(asking(ENDLESS))
    time.sleep(1)
    for wire in reversed(wires):  # those that wait go first
        leave(wire, rudely=False)
    patient.quiet_within(GONE)
    patient.probe()
    assert len(tree(patient.pid)) <= children + 2


def test_texts_of_clients_that_left_are_not_read(patient: Target) -> None:
    """Long texts are read one after the other; those of clients that left are passed over."""
    for _ in range(12):
        with dial(patient.port) as wire:
            wire.sendall(asking(f"SELECT * {{ {'1 ' * 490_000} }}"))
    patient.quiet_within(GONE + 2)  # for the one that is being read
    patient.probe()


def test_clients_that_leave_while_they_send(patient: Target) -> None:
    for size in (0, 1, 500):
        for path in ("/sparql", "/update", "/graphs?graph=urn:left"):
            headers = {"Content-Type": QUERY, "Content-Length": "1000", **patient.key}
            wire = dial(patient.port)
            wire.sendall(compose("PUT" if "graph=" in path else "POST", path, headers) + b"#" * size)
            leave(wire, rudely=bool(size))
    patient.quiet_within(GONE)
    patient.probe()


def test_a_writer_that_left_holds_up_no_other(patient: Target) -> None:
    wire = dial(patient.port)
    doom = f"INSERT {{ ?a <urn:doom> ?b }} WHERE {{ {PRODUCT} FILTER(?w + ?x + ?y + ?z < 0) }}"
    wire.sendall(compose("POST", "/update", {"Content-Type": UPDATE, **patient.key}, doom.encode()))
    time.sleep(0.5)
    leave(wire, rudely=True)
    patient.quiet_within(GONE)
    answer = patient.update("INSERT DATA { <urn:after> <urn:p> 1 }", wait=10)
    assert answer.status in (200, 204), answer
    assert patient.count("<urn:after> <urn:p> 1") == 1
    assert patient.count("?s <urn:doom> ?o") == 0
