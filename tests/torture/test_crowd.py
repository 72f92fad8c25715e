"""Many at once, good and bad: honest clients get right answers, and the rest is told to come again."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from target import CLIQUE, ENDLESS, FULL, PROBE_ANSWER, PROBE_QUERY, PRODUCT, Target, besieged
from wire import Answer, asking, compose, dial, exchange

pytestmark = pytest.mark.slow

ENVIRON = {"KG_QUERY_TIMEOUT": "1"}

DURATION = 15.0 if FULL else 5.0
FLOOD = 8.0 if FULL else 2.5

CHEAP: dict[str, str] = {
    PROBE_QUERY: PROBE_ANSWER,
    "SELECT ?v { <urn:n:17> <urn:p:n> ?v }": "v\r\n17\r\n",
    "SELECT ?o { <urn:a> <urn:p> ?o }": "o\r\nurn:b\r\n",
    "ASK { <urn:a> <urn:p> <urn:c> }": "false",
    "SELECT (COUNT(*) AS ?n) { ?s a <urn:K> }": f"n\r\n{CLIQUE}\r\n",
    "SELECT ?s { ?s <urn:p:n> ?v } ORDER BY DESC(?v) LIMIT 2": "s\r\nurn:n:299\r\nurn:n:298\r\n",
    "SELECT (SUM(?a * 2) AS ?x) { VALUES ?a { 1 2 3 } }": "x\r\n12\r\n",
}

DOUBLED = " ".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(30))
MEMORY_BOMB = f"SELECT ?v30 {{ BIND('{'a' * 500}' AS ?v0) {DOUBLED} }}"
SORTED = f"SELECT * {{ {PRODUCT} }} ORDER BY ?w"

# Each kills the process that reads it, unless it is refused before.
GUARDED = (
    f"SELECT ({'STR(' * 1500}1{')' * 1500} AS ?x) {{}}",
    f"SELECT ({'(' * 7000}1{')' * 7000} AS ?x) {{}}",
    f"SELECT * {'{' * 11_000}{'}' * 11_000}",
    f"SELECT ({'IF(true,' * 1500}1{',0)' * 1500} AS ?x) {{}}",
    f"ASK {{ {'FILTER NOT EXISTS { ' * 1500}{'}' * 1500} }}",
    f"SELECT * {{ ?s ?p {'<<(' * 11_000}",
    f"SELECT * {{ {'{} UNION ' * 11_000}{{}} }}",
    f"ASK {{ ?s {'(' * 3000}<urn:p>{')*' * 3000} ?o }}",
    f"ASK {{ {'OPTIONAL {' * 2000}{'}' * 2000} }}",
)
# Of each thirty or so, one that the guards do not know.
CRASHERS = (*GUARDED * 3, f"SELECT (1 IN (1{'+1' * 150_000}) AS ?x) {{}}")


@dataclass
class Ledger:
    """What honest clients met: wrong answers, seconds for each right one, and refusals."""

    wrong: list[tuple[str, Answer]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def ask(self, target: Target, chance: random.Random) -> None:
        query = chance.choice(list(CHEAP))
        answer = target.ask(query, wait=20)
        if answer.outcome == "ok" and answer.text == CHEAP[query]:
            self.seconds.append(answer.seconds)
        elif answer.status in (429, 503):
            answer.refusal()
            self.refused[answer.outcome] += 1
        else:
            self.wrong.append((query, answer))

    def check(self, share: float, slowest: float) -> None:
        """No answer is wrong, at least this share was answered, and 95 of a hundred within these seconds."""
        assert not self.wrong, (len(self.wrong), self.wrong[:3])
        answered = len(self.seconds) / (len(self.seconds) + sum(self.refused.values()))
        assert answered >= share, (answered, self.refused)
        late = sorted(self.seconds)[int(len(self.seconds) * 0.95)]
        assert late < slowest, f"one in twenty took more than {late:.2f} s"


def leave(target: Target, chance: random.Random) -> None:
    with dial(target.port) as wire:
        wire.sendall(asking(chance.choice((ENDLESS, f"SELECT * {{ {PRODUCT} }}"))))
        time.sleep(0.2)


def send(*requests: bytes) -> Callable[[Target, random.Random], None]:
    def act(target: Target, chance: random.Random) -> None:
        answer = exchange(target.port, chance.choice(requests), wait=30, keep=1 << 20)
        assert answer.status != 500, answer
        if answer.status >= 400 and answer.code:
            answer.refusal()

    return act


BAD: dict[str, tuple[int, Callable[[Target, random.Random], None]]] = {
    "endless": (24, send(asking(ENDLESS))),
    "memory": (8, send(asking(MEMORY_BOMB), asking(SORTED))),
    "crashing": (16, send(*map(asking, CRASHERS))),
    "endless answers": (8, send(asking(f"SELECT * {{ {PRODUCT} }}"))),
    "leaving": (12, leave),
    "malformed": (12, send(asking("SELECT"), asking("\0"), b"x" * 5000, compose("GET", "/sparql?query=%FF"))),
}
HONEST = 200 - sum(number for number, _ in BAD.values())


def test_two_hundred_clients(target: Target) -> None:
    ledger = Ledger()
    until = time.monotonic() + DURATION
    faults: list[BaseException] = []

    def live(number: int, act: Callable[[Target, random.Random], None], pause: float) -> None:
        chance = random.Random(number)
        time.sleep(chance.random() * pause)
        while time.monotonic() < until:
            try:
                act(target, chance)
            except OSError as error:
                faults.append(error)
            except AssertionError as error:
                faults.append(error)
                return
            time.sleep(pause * (0.5 + chance.random()))

    acts = [(ledger.ask, 0.8)] * HONEST + [(act, 1.0) for number, act in BAD.values() for _ in range(number)]
    threads = [
        threading.Thread(target=live, args=(number, act, pause)) for number, (act, pause) in enumerate(acts)
    ]
    for thread in threads:
        thread.start()
    probes = []
    while time.monotonic() < until:
        probes.append(target.probe())
        time.sleep(0.5)
    for thread in threads:
        thread.join(60)
    assert not faults, (len(faults), faults[:3])
    ledger.check(0.95, 2.0)
    assert len(ledger.seconds) > HONEST * DURATION / 8


def slow_ones(target: Target, query: str, number: int) -> list[Answer]:
    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(lambda _: target.ask(query), range(number)))


def test_eight_slow_queries_of_one_address_are_answered(target: Target) -> None:
    some = " ".join(f"<urn:k:{n}>" for n in range(15))
    query = f"SELECT (COUNT(*) AS ?n) {{ VALUES ?a {{ {some} }} ?a <urn:p:k> ?b . ?b <urn:p:k> ?c }}"
    expected = f"n\r\n{15 * (CLIQUE - 1) ** 2}\r\n"
    for answer in slow_ones(target, query, 8):
        assert (answer.outcome, answer.text) == ("ok", expected), answer


def test_eight_endless_queries_of_one_address_are_not_refused(target: Target) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(slow_ones, target, ENDLESS, 8)
        time.sleep(0.5)
        while not waiting.done():
            target.probe()
            time.sleep(0.1)
    for answer in waiting.result():
        answer.problem(504, "timeout")
        assert answer.seconds < 4 * (target.limit + 1), answer


def test_a_queue_that_is_full_says_so(target: Target) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(slow_ones, target, ENDLESS, 150)
        time.sleep(0.5)
        while not waiting.done():
            target.probe()
            time.sleep(0.2)
    outcomes = Counter(answer.outcome for answer in waiting.result())
    for answer in waiting.result():
        assert answer.outcome in ("timeout", "busy"), answer
        answer.refusal()
        assert answer.seconds < 60
    assert outcomes["timeout"] >= 8, outcomes


def flood(target: Target, requests: list[bytes], rate: float) -> tuple[Ledger, Counter[str]]:
    """Send the requests at a rate for a while, with four honest clients beside them."""
    ledger, outcomes = Ledger(), Counter[str]()
    until = time.monotonic() + FLOOD

    def honest(number: int) -> None:
        chance = random.Random(number)
        while time.monotonic() < until:
            ledger.ask(target, chance)

    def hostile(number: int) -> None:
        answer = exchange(target.port, requests[number % len(requests)], wait=30)
        outcomes[answer.outcome] += 1

    with ThreadPoolExecutor(40) as pool:
        clients = [pool.submit(honest, number) for number in range(4)]
        begun, sent = time.monotonic(), 0
        while time.monotonic() < until:
            pool.submit(hostile, sent)
            sent += 1
            time.sleep(max(0.0, begun + sent / rate - time.monotonic()))
        for client in clients:
            client.result(60)
    return ledger, outcomes


def test_a_flood_of_crashing_queries(target: Target) -> None:
    ledger, outcomes = flood(target, [asking(query) for query in CRASHERS], 50)
    ledger.check(1.0, 2.0)
    assert set(outcomes) <= {"query-limit", "query", "crashed", "busy", "memory", "timeout"}, outcomes
    assert outcomes["busy"] < sum(outcomes.values()) / 2, outcomes
    assert len(ledger.seconds) > 5 * FLOOD


def test_a_flood_of_memory_bombs(target: Target) -> None:
    ledger, outcomes = flood(target, [asking(MEMORY_BOMB), asking(SORTED)], 12)
    ledger.check(0.99, 2.0)
    assert set(outcomes) <= {"memory", "timeout", "busy"}, outcomes
    assert outcomes["memory"], outcomes


SHORT = ("SELECT", "ASK { SERVICE <urn:x> {} }", "\x01", "SELECT * { ?s")


def test_a_flood_of_short_bad_ones(target: Target) -> None:
    ledger, outcomes = flood(target, [asking(query) for query in SHORT], 200)
    ledger.check(1.0, 2.0)
    assert set(outcomes) <= {"query", "forbidden"}, outcomes


@pytest.mark.parametrize("path", ["/", "/readyz", "/sparql", "/nowhere"] if FULL else ["/", "/readyz"])
def test_a_flood_of_pages(target: Target, path: str) -> None:
    """What the server asks itself for its pages and probes keeps nobody from an answer."""
    asked = compose("GET", path, {"Accept": "text/html, */*;q=0.1"})
    ledger, outcomes = flood(target, [asked], 300)
    ledger.check(1.0, 2.0)
    assert set(outcomes) <= {"ok", "404", "busy"}, outcomes


@pytest.fixture(scope="module")
def frugal() -> Iterator[Target]:
    with besieged(seed=False, KG_CLIENT_BUDGET="30") as running:
        yield running


def test_a_budget_counts_short_and_failed_requests(frugal: Target) -> None:
    queries = ("ASK {}", "ASK", f"SELECT {'(' * 5000}", "CLEAR ALL")
    answers = [frugal.ask(queries[number % len(queries)]) for number in range(45)]
    over = [answer for answer in answers if answer.status == 429]
    assert 10 <= len(over) <= 20, Counter(answer.outcome for answer in answers)
    for answer in over:
        answer.problem(429, "budget")
    assert [answer.status for answer in answers[-10:]] == [429] * 10
    assert frugal.send("GET", "/readyz").status == 200
    spoofed = exchange(frugal.port, asking("ASK {}", X_Forwarded_For="192.0.2.7", Forwarded="for=192.0.2.8"))
    spoofed.problem(429, "budget")
