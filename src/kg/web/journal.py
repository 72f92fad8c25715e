"""What is noted of each request: an id that the client gets too, a line in the log, and counts.

The line never holds the query string, a body or a token. What is counted is told apart by routes, methods,
statuses and the codes of errors, which are few; never by what a client has made up.
"""

import logging
import random
import re
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request

from kg.web.proxies import Networks, client, is_trusted

log = logging.getLogger("kg.access")

OK, GONE = "ok", "gone"
"""Outcomes that are no error's: answered, and left by the client before the end."""

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds in seconds of the classes that durations are counted in."""

_METHODS = ("GET", "HEAD", "POST", "QUERY", "PUT", "DELETE", "OPTIONS", "PATCH")
_PROBES = ("/healthz", "/readyz", "/metrics")
_SANE = re.compile(r"[A-Za-z0-9._:+/=-]{1,128}")
_IDS = random.Random()
_SHOWN = 300
"""Characters of a path in the log."""


@dataclass
class Visit:
    """One request: who asks for what, and what has become of it so far."""

    id: str
    scope: MutableMapping[str, Any]
    begun: float
    route: str = ""
    status: int = 0
    outcome: str = ""
    size: int = 0
    whole: bool = False


@dataclass
class Durations:
    """How long requests took: how many in each class of ``BOUNDS`` and above it, and seconds in all."""

    numbers: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0


class Journal:
    """The requests of one server. Its counts are those since the start."""

    def __init__(self, trusted: Networks) -> None:
        """Begin with none; ``trusted`` are the proxies that are believed."""
        self.answered: Counter[tuple[str, str, str, str]] = Counter()
        """By route, method, status and outcome."""
        self.durations: dict[str, Durations] = {}
        self.sent: Counter[str] = Counter()
        self.running = 0
        self.connections = 0
        self.stopping = False
        """Whether the server has been told to stop."""
        self._trusted = trusted

    def open(self, scope: MutableMapping[str, Any]) -> Visit:
        """The visit of a request; it begins when this is asked first."""
        state = scope.setdefault("state", {})
        found: Visit | None = state.get("visit")
        if found is None:
            found = state["visit"] = Visit(self._id(scope), scope, time.perf_counter())
            self.running += 1
        return found

    def _id(self, scope: MutableMapping[str, Any]) -> str:
        """An id: that of a trusted proxy, if it is a sane one, or else our own."""
        host = (scope.get("client") or ("",))[0]
        if self._trusted and is_trusted(host, self._trusted):
            given = [value for name, value in scope["headers"] if name == b"x-request-id"]
            text = given[0].decode("latin-1") if len(given) == 1 else ""
            if _SANE.fullmatch(text):
                return text
        return f"{_IDS.getrandbits(64):016x}"

    def close(self, visit: Visit) -> None:
        """Count a request that has ended, and write its line."""
        self.running -= 1
        seconds = time.perf_counter() - visit.begun
        scope = visit.scope
        outcome = visit.outcome or (OK if visit.whole else GONE)
        route = visit.route or "other"
        method = scope["method"] if scope["method"] in _METHODS else "other"
        status = str(visit.status or "none")
        self.answered[route, method, status, outcome] += 1
        self.sent[route] += visit.size
        durations = self.durations.get(route)
        if durations is None:
            durations = self.durations[route] = Durations()
        durations.numbers[bisect_left(BOUNDS, seconds)] += 1
        durations.total += seconds
        level = logging.WARNING if visit.status >= 500 else logging.INFO
        if route in _PROBES and outcome == OK:
            level = logging.DEBUG
        if not log.isEnabledFor(level):
            return
        path = scope.get("raw_path") or scope.get("path", "").encode("utf-8", "backslashreplace")
        shown = path.decode("latin-1") if len(path) <= _SHOWN else f"{path[:_SHOWN].decode('latin-1')}…"
        fields = {
            "method": scope["method"],
            "path": shown,
            "route": route,
            "status": status,
            "outcome": outcome,
            "ms": round(seconds * 1000, 1),
            "bytes": visit.size,
            "client": self._client(scope),
            "request": visit.id,
        }
        message, values = "%s %s", (scope["method"], shown)
        record = logging.LogRecord(log.name, level, "", 0, message, values, None)  # log() looks who calls it
        record.fields = fields
        log.handle(record)

    def _client(self, scope: MutableMapping[str, Any]) -> str:
        if self._trusted:
            return client(Request(scope), self._trusted)
        return str((scope.get("client") or ("unknown",))[0])
