"""The log: one line an event on standard error, as text or as JSON, whatever is in it, and in nobody's way.

A thread writes the lines, so that whoever reads them slowly, or not at all, holds up no answer; what it
cannot keep up with is dropped, counted, and told.
"""

import json
import logging
import os
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from kg.settings import LogForm, LogLevel

REQUEST: ContextVar[str] = ContextVar("kg.request", default="")
"""The id of the request that is worked on; it stands in every line that is written meanwhile."""

_IN_THE_MESSAGE = ("method", "path", "route")
_MOST = 10_000
"""Lines that wait for the thread; more are dropped."""
_PAUSE = 0.05
"""Seconds in which lines gather to be written together."""
_PARTING = 1.0
"""Seconds that the last lines get at the end."""


def escaped(text: str) -> str:
    """The text with all escaped that does not print: controls, line ends, and what turns the direction."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


@lru_cache(maxsize=4)
def _moment(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    seconds = int(record.created)
    return {
        "time": f"{_moment(seconds)}.{int((record.created - seconds) * 1000):03d}Z",
        "level": record.levelname.lower(),
        "logger": record.name,
        "message": record.getMessage().strip(),
    }


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What is known of an event by name (``extra={"fields": …}``), and the request that it belongs to."""
    given: Mapping[str, Any] = getattr(record, "fields", {})
    request = given.get("request") or REQUEST.get()
    return {**given, "request": request} if request else dict(given)


class OneLine(logging.Formatter):
    """Writes an event on one line for people: time (UTC), level, logger, message, fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, with the trace of an exception in it if there is one."""
        facts, fields = _facts(record), _fields(record)
        text = f"{facts['time']} {facts['level'].upper()} {facts['logger']}: {facts['message']}"
        text += "".join(f" {name}={value}" for name, value in fields.items() if name not in _IN_THE_MESSAGE)
        if record.exc_info:
            text += "\n" + self.formatException(record.exc_info)
        return escaped(text)


class JsonLine(logging.Formatter):
    """Writes an event as one object of JSON, in ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        facts = {**_facts(record), **_fields(record)}
        if record.exc_info:
            facts["trace"] = self.formatException(record.exc_info)
        return json.dumps(facts, default=str).replace("\x7f", "\\u007f")


class Writer(logging.Handler):
    """Hands lines to a thread that writes them to a descriptor; ``dropped`` counts those that it did not."""

    def __init__(self, descriptor: int, most: int = _MOST) -> None:
        """Start the thread."""
        super().__init__()
        self.dropped = 0
        self._descriptor = descriptor
        self._most = most
        self._told = 0
        self._lines: deque[str] = deque()
        self._some = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kg-log", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Take a line, unless too many wait already."""
        if len(self._lines) >= self._most:
            self.dropped += 1
            return
        self._lines.append(self.format(record) + "\n")
        if not self._some.is_set():
            self._some.set()

    def close(self) -> None:
        """Have the last lines written, if that can be done soon."""
        self._ending.set()
        self._some.set()
        self._thread.join(_PARTING)
        super().close()

    def _run(self) -> None:
        while not self._ending.is_set() or self._lines:
            self._some.wait()
            self._ending.wait(_PAUSE)
            self._some.clear()
            taken = [self._lines.popleft() for _ in range(len(self._lines))]
            if self.dropped > self._told:
                taken.append(self._apology(self.dropped - self._told))
                self._told = self.dropped
            try:
                self._write("".join(taken).encode("utf-8", "backslashreplace"))
            except OSError:  # nobody reads any more
                self.dropped += len(taken)
                self._told = self.dropped

    def _apology(self, number: int) -> str:
        text = "lines of the log were dropped, because they were read too slowly"
        fields = {"dropped": number, "request": ""}
        record = logging.LogRecord("kg.log", logging.WARNING, "", 0, text, (), None)
        record.fields = fields
        return self.format(record) + "\n"

    def _write(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._descriptor, data) :]
            except BlockingIOError:  # whoever started us made it so
                time.sleep(_PAUSE)


@contextmanager
def to_stderr(form: LogForm, level: LogLevel) -> Iterator[Writer]:
    """For a while, write what is logged: of ours from a level on, of libraries their warnings."""
    writer = Writer(2)
    writer.setFormatter(JsonLine() if form == "json" else OneLine())
    root, own = logging.getLogger(), logging.getLogger("kg")
    number = logging.getLevelNamesMapping()[level.upper()]
    before = root.handlers, root.level, own.level
    root.handlers = [writer]
    root.setLevel(max(logging.WARNING, number))
    own.setLevel(number)
    try:
        yield writer
    finally:
        root.handlers = before[0]
        root.setLevel(before[1])
        own.setLevel(before[2])
        writer.close()
