"""What a person at a terminal sees: progress on standard error, answers as aligned text.

Progress is silent for the first second; then it names the step at hand, on one line that is rewritten where
standard error is a terminal, else as plain lines.
"""

import json
import sys
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from kg.turtle import shorten

PATIENCE = 1.0
"""Seconds before anything is said."""


class Progress:
    """Tells the current step; a context manager that clears its line at the end."""

    def __init__(self, patience: float = PATIENCE) -> None:
        """Keep silent for ``patience`` seconds."""
        self._patience = patience
        self._lock = threading.Lock()
        self._step = ""
        self._loud = False
        self._timer: threading.Timer | None = None

    def __enter__(self) -> "Progress":
        """Start the clock."""
        self._timer = threading.Timer(self._patience, self._speak)
        self._timer.daemon = True
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the clock and clear the line."""
        if self._timer:
            self._timer.cancel()
        with self._lock:
            if self._loud and sys.stderr.isatty():
                print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._loud = False

    def __call__(self, step: str) -> None:
        """Name the step that begins."""
        with self._lock:
            self._step = step
            if self._loud:
                self._say()

    def _speak(self) -> None:
        with self._lock:
            self._loud = True
            if self._step:
                self._say()

    def _say(self) -> None:
        if sys.stderr.isatty():
            print(f"\r\x1b[Kkg: {self._step} …", end="", file=sys.stderr, flush=True)
        else:
            print(f"kg: {self._step} …", file=sys.stderr, flush=True)


def table(results: bytes, prefixes: Mapping[str, str]) -> str:
    """Lay out SPARQL 1.1 JSON results as aligned columns with a count below; nothing is cut."""
    answer = json.loads(results)
    if "boolean" in answer:
        return f"{'yes' if answer['boolean'] else 'no'}\n"
    names: list[str] = answer["head"]["vars"]
    rows = [
        [_cell(binding.get(name), prefixes) for name in names] for binding in answer["results"]["bindings"]
    ]
    lines = columns([names, *rows])
    ruler = "-" * max(len(line) for line in lines) if names else ""
    count = f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
    return "\n".join([lines[0], ruler, *lines[1:], f"({count})"]) + "\n"


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Pad the cells of each column to one width; no rows give no lines."""
    if not rows:
        return []
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _cell(term: dict[str, Any] | None, prefixes: Mapping[str, str]) -> str:
    if term is None:
        return ""
    value = str(term["value"])
    if term["type"] == "uri":
        return shorten(value, prefixes)
    return f"_:{value}" if term["type"] == "bnode" else " ".join(value.split("\n"))
