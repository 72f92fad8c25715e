"""The server under attack: started with small limits, filled with known data, and watched."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol
from urllib.parse import quote, urlencode

from processes import MARK, marked, memory, settle, stat, tree
from wire import QUERY, UPDATE, Answer, compose, exchange

from serving import running

FULL: Final = os.environ.get("KG_TORTURE") == "full"
"""The full profile: larger counts, longer floods, deeper nesting. The quick one is for every change."""

LIMIT: Final = 2.0
"""Seconds that one query may take on most of the servers here."""

PROBE: Final = 2.0
"""Seconds within which a probe is answered, whatever else happens."""

TOKEN: Final = "torture-0f1e2d3c4b5a69788796a5b4c3d2e1f0"

SETTINGS: Final = {
    "KG_CONTENT": "none",
    "KG_STORE": "memory:",
    "KG_DEFAULT_GRAPH": "plain",
    "KG_TOKEN": TOKEN,
    "KG_PORT": "0",
    "KG_QUERY_TIMEOUT": "2",
    "KG_QUERY_MEMORY": "256MB",
}

NODES: Final = 300
CLIQUE: Final = 100
SEED: Final = (
    "INSERT DATA { " + " ".join(f"<urn:n:{n}> <urn:p:n> {n} ." for n in range(NODES)) + " }",
    "INSERT DATA { " + " ".join(f"<urn:k:{n}> a <urn:K> ." for n in range(CLIQUE)) + " }",
    "INSERT { ?a <urn:p:k> ?b } WHERE { ?a a <urn:K> . ?b a <urn:K> FILTER(?a != ?b) }",
    "INSERT DATA { <urn:a> <urn:p> <urn:b> . <urn:b> <urn:p> <urn:c> . <urn:c> <urn:p> <urn:a> . "
    "GRAPH <urn:g> { <urn:a> <urn:p> 1 } }",
)
PROBE_QUERY: Final = "SELECT (COUNT(*) AS ?n) (SUM(?v) AS ?sum) { ?s <urn:p:n> ?v }"
PROBE_ANSWER: Final = f"n,sum\r\n{NODES},{NODES * (NODES - 1) // 2}\r\n"

PRODUCT: Final = "?a <urn:p:n> ?w . ?b <urn:p:n> ?x . ?c <urn:p:n> ?y . ?d <urn:p:n> ?z"
"""300^4 solutions: more than any limit here lets pass."""

ENDLESS: Final = f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} FILTER(?w + ?x + ?y + ?z < 0) }}"


class Server(Protocol):
    """What ``serving.running`` yields, as far as it is used here."""

    @property
    def root(self) -> str: ...
    def log(self) -> str: ...


@dataclass
class Target:
    """One server; every request opens a connection of its own."""

    root: str
    pid: int
    mark: str
    limit: float
    log: Callable[[], str]
    token: str = TOKEN
    started: int = 0
    port: int = field(init=False)

    def __post_init__(self) -> None:
        self.port = int(self.root.rsplit(":", maxsplit=1)[-1].strip("/"))
        found = stat(self.pid)
        assert found
        self.started = found.started

    def send(
        self,
        method: str,
        target: str,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        *,
        wait: float = 60,
    ) -> Answer:
        return exchange(self.port, compose(method, target, headers, body), wait=wait)

    def ask(self, query: str, *, accept: str = "text/csv", wait: float = 60, **parameters: str) -> Answer:
        target = f"/sparql?{urlencode(parameters)}" if parameters else "/sparql"
        return self.send("POST", target, {"Content-Type": QUERY, "Accept": accept}, query.encode(), wait=wait)

    def rows(self, query: str) -> list[str]:
        """The lines of an answer as CSV, without the first."""
        answer = self.ask(query)
        assert answer.outcome == "ok", answer
        return answer.text.split("\r\n")[1:-1]

    def count(self, pattern: str) -> int:
        return int(self.rows(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")[0])

    def update(self, text: str, *, wait: float = 60, **parameters: str) -> Answer:
        target = f"/update?{urlencode(parameters)}" if parameters else "/update"
        return self.send("POST", target, {"Content-Type": UPDATE, **self.key}, text.encode(), wait=wait)

    def put(self, body: bytes, media_type: str, graph: str = "urn:put", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        fields = {"Content-Type": media_type, **self.key, **named}
        return self.send("PUT", f"/graphs?graph={quote(graph, safe='')}", fields, body)

    @property
    def key(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def children(self) -> list[int]:
        return tree(self.pid)[1:]

    def probe(self) -> float:
        """Ask whether all is well, and a question whose answer is known; return the seconds that took."""
        begun = time.monotonic()
        ready = self.send("GET", "/readyz", wait=PROBE)
        assert (ready.status, ready.text.replace(" ", "")) == (200, '{"status":"ready"}'), ready
        answer = self.ask(PROBE_QUERY, wait=PROBE)
        assert (answer.outcome, answer.text) == ("ok", PROBE_ANSWER), answer
        taken = time.monotonic() - begun
        assert taken < PROBE, f"the probe took {taken:.1f} s"
        return taken

    def unharmed(self) -> None:
        """The probe is answered right, the main process is the same, and nothing goes on working."""
        self.probe()
        self.same()
        busy = settle(self.pid, self.limit + 1 + 2)
        assert not busy, f"still at work (share of a core by process): {busy}"

    def same(self) -> None:
        found = stat(self.pid)
        assert found, "the main process is gone"
        assert found.state != "Z", "the main process is dead"
        assert found.started == self.started, "the main process is another one"

    def quiet_within(self, seconds: float) -> None:
        time.sleep(0.05)
        busy = settle(self.pid, seconds)
        assert not busy, f"still at work after {seconds} s (share of a core by process): {busy}"

    def survivors(self) -> list[int]:
        """Processes of this server that live, whether they hang on its main process or lost their parent."""
        return [pid for pid in marked(self.mark) if (found := stat(pid)) and found.state != "Z"]


@contextlib.contextmanager
def besieged(environ: dict[str, str] | None = None, *, seed: bool = True, **more: str) -> Iterator[Target]:
    """Start a server for attack, and see at the end that nothing of it stays behind and its log is clean."""
    settings = {**SETTINGS, **(environ or {}), **more}
    mark = uuid.uuid4().hex
    with running(**settings, **{MARK: mark}) as server:
        limit = float(settings["KG_QUERY_TIMEOUT"])
        target = Target(server.root, server.process.pid, mark, limit, server.log)
        if seed:
            fill(target)
        yield target
    until = time.monotonic() + 3
    while (left := target.survivors()) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left, f"processes outlived their server: {left}"


def fill(target: Target) -> None:
    """Load the data that the probe and the attacks count on."""
    for text in SEED:
        answer = target.update(text)
        assert 200 <= answer.status < 300, answer
    target.probe()


class Post:
    """Keeps one server going for a module, and replaces it only when an attack has harmed it."""

    def __init__(self, environ: dict[str, str]) -> None:
        self._environ = environ
        self._stack = contextlib.ExitStack()
        self._target: Target | None = None

    def target(self) -> Target:
        if self._target is None:
            self._target = self._stack.enter_context(besieged(self._environ))
        return self._target

    def give_up(self) -> None:
        """End a server that is harmed, so that the next attack meets a whole one."""
        self._target = None
        with contextlib.suppress(AssertionError):
            self._stack.close()

    def close(self) -> None:
        log = self._target.log() if self._target else ""
        self._stack.close()
        assert "Traceback" not in log, log[-4000:]
        assert "\x1b" not in log, "a control character reached the log as it was"

    def watched(self) -> Iterator[Target]:
        """Lend the server for one attack, and look at it afterwards."""
        running = self.target()
        yield running
        try:
            running.unharmed()
        except BaseException:
            self.give_up()
            raise


class Peak:
    """The most memory that a tree held while this was watching, above what it held at first."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._first = self._now()
        self._most = self._first
        self._done = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Peak:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._watch.join()

    @property
    def growth(self) -> int:
        return self._most - self._first

    def _now(self) -> int:
        return sum(map(memory, tree(self._root)))

    def _look(self) -> None:
        while not self._done.wait(0.05):
            self._most = max(self._most, self._now())
