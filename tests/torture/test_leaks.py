"""Nothing grows: memory, descriptors, threads and processes are after two rounds what they were before."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import struct
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from socket import SO_LINGER, SOL_SOCKET

import pytest
from processes import Weight, weigh
from target import ENDLESS, FULL, PRODUCT, Target
from wire import QUERY, asking, compose, dial, exchange

pytestmark = pytest.mark.slow

ENVIRON = {"KG_QUERY_TIMEOUT": "0.6"}

ONE = "<urn:l> <urn:p> 1"
ROUND = 2000 if FULL else 450
GROWTH = 60_000_000
DOUBLED = " ".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(30))


def _leave(target: Target) -> None:
    with dial(target.port) as wire:
        wire.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        wire.sendall(asking(f"SELECT * {{ {PRODUCT} }}"))
        time.sleep(0.05)


def _kill(target: Target) -> None:
    for pid in target.children()[-1:]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _send(request: bytes) -> Callable[[Target], None]:
    def send(target: Target) -> None:
        exchange(target.port, request, wait=10)

    return send


# What is done, and how often of a hundred times.
MIX: tuple[tuple[int, Callable[[Target], object]], ...] = (
    (30, _send(asking("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))),
    (10, _send(asking("SELECT * { ?a <urn:p:k> ?b }", Accept_Encoding="gzip"))),
    (8, _send(asking("SELECT * { broken"))),
    (6, _send(asking("SELECT (" + "STR(" * 3000 + "1" + ")" * 3000 + " AS ?x) {}"))),
    (6, _send(compose("POST", "/sparql", {"Content-Type": "image/png"}, b"ASK {}"))),
    (4, _send(compose("GET", "/nowhere"))),
    (4, _send(asking("ASK { SERVICE <http://127.0.0.1:9/> {} }"))),
    (5, _send(compose("POST", "/update", {"Content-Type": QUERY}, b"CLEAR ALL"))),
    (4, lambda target: target.update(f"INSERT DATA {{ {ONE} }} ; DELETE DATA {{ {ONE} }}")),
    (4, lambda target: target.put(b"<urn:a> <urn:p> 1, 2, 3 .", "text/turtle")),
    (3, lambda target: target.put(b"<urn:a> <urn:p> ", "text/turtle")),
    (4, _leave),
    (2, _kill),
    (3, _send(asking(f"SELECT ?v30 {{ BIND('{'a' * 500}' AS ?v0) {DOUBLED} }}"))),
    (2, _send(asking(ENDLESS))),
    (2, _send(asking(f"SELECT * {{ {PRODUCT} }}"))),
    (3, _send(b"\x16\x03\x01" * 20)),
)


def round_of(target: Target, seed: int) -> None:
    order = [act for share, act in MIX for _ in range(ROUND * share // 100)]
    random.Random(seed).shuffle(order)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda act: act(target), order))


def rested(target: Target) -> Weight:
    """Weigh the tree once it is quiet and whatever was replaced is gone."""
    target.unharmed()
    time.sleep(1)
    return weigh(target.pid)


def test_two_rounds_leave_no_trace(target: Target) -> None:
    with ThreadPoolExecutor(6) as pool:  # a first touch of everything, which may well stay
        list(pool.map(lambda pair: pair[1](target), MIX))
    first = rested(target)
    weights = []
    for seed in (1, 2):
        round_of(target, seed)
        weights.append(rested(target))
    for found in weights:
        assert found.memory - first.memory < GROWTH, (first, weights)
        assert found.descriptors <= first.descriptors + 8, (first, weights)
        assert found.threads <= first.threads + 8, (first, weights)
        assert found.processes <= first.processes + 1, (first, weights)
    assert weights[1].descriptors <= weights[0].descriptors + 2, weights
    assert weights[1].threads <= weights[0].threads + 2, weights
    assert weights[1].processes <= weights[0].processes, weights
    assert weights[1].memory - weights[0].memory < GROWTH / 2, weights


def test_a_thousand_deaths_leave_no_trace(target: Target) -> None:
    """Workers replaced over and over leave neither zombies nor descriptors."""
    first = rested(target)
    for _ in range(250 if FULL else 20):
        for pid in target.children()[1:]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        target.probe()
    last = rested(target)
    assert last.descriptors <= first.descriptors + 4, (first, last)
    assert last.threads <= first.threads + 2, (first, last)
    assert last.processes <= first.processes + 1, (first, last)
    assert last.memory - first.memory < GROWTH, (first, last)
