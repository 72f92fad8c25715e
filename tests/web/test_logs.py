"""The log: one line an event, and in nobody's way."""

import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kg.web.logs import REQUEST, JsonLine, OneLine, Writer, escaped, to_stderr

EVIL = [
    "a\nb",
    "a\r\n2026-01-01T00:00:00.000Z ERROR kg.web: forged",
    "a\x1b[31mb",
    "a\x00",
    "a\u2028b",
    "a\x85b",
    "a\x7fb",
    "a\u202eb",
    "a\u2066b\u2069",
    "a\u200fb",
    "a\u200bb",
    "a\ufeffb",
    "a\udcffb",
    "a\U000e0041b",
]


def record(message: str, *values: object, fault: Exception | None = None, **fields: object) -> Any:
    info = (type(fault), fault, fault.__traceback__) if fault else None
    made: Any = logging.LogRecord("kg.web", logging.ERROR, "x", 1, message, values, info)
    made.fields = fields
    return made


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_what_does_not_print_is_escaped(evil: str) -> None:
    for made in (record("asked for %s", evil), record("asked", path=evil, client=evil)):
        found = OneLine().format(made)
        assert found.isprintable()
        assert len(found.splitlines()) == 1
        assert found.encode()


@pytest.mark.parametrize("evil", EVIL, ids=ascii)
def test_a_line_of_json_is_ascii_and_holds_the_very_text(evil: str) -> None:
    found = JsonLine().format(record("asked for %s", evil, path=evil))
    assert found.isascii() and found.isprintable()
    document = json.loads(found)
    assert (document["message"], document["path"]) == (f"asked for {evil}", evil)


def test_a_line_names_level_and_logger_and_keeps_other_characters() -> None:
    found = OneLine().format(record("Größe %d", 3, ms=1.5, method="GET"))
    assert found.endswith("Z ERROR kg.web: Größe 3 ms=1.5")
    assert escaped("Größe 東京 a=b \\n") == "Größe 東京 a=b \\n"


def test_json_has_the_same_by_name() -> None:
    document = json.loads(JsonLine().format(record("Größe %d", 3, ms=1.5, method="GET")))
    assert list(document) == ["time", "level", "logger", "message", "ms", "method"]
    assert (document["level"], document["logger"], document["message"]) == ("error", "kg.web", "Größe 3")
    assert document["time"].endswith("Z") and len(document["time"]) == len("2026-11-26T18:01:29.123Z")


def test_a_line_names_the_request_that_is_worked_on() -> None:
    token = REQUEST.set("5f3c")
    try:
        assert OneLine().format(record("died")).endswith("kg.web: died request=5f3c")
        assert json.loads(JsonLine().format(record("died")))["request"] == "5f3c"
        assert OneLine().format(record("left", request="77")).endswith("kg.web: left request=77")
    finally:
        REQUEST.reset(token)


@pytest.mark.parametrize("form", [OneLine(), JsonLine()], ids=["text", "json"])
def test_a_trace_is_on_the_same_line(form: logging.Formatter) -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError as error:
        found = form.format(record("failed", fault=error))
    assert "ValueError: first\\nsecond" in found
    assert "\n" not in found


# ---- the writer


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_nobody_waits_for_a_reader_who_does_not_read() -> None:
    reading, writing = os.pipe()
    writer = Writer(writing, most=1000)
    writer.setFormatter(OneLine())
    try:
        begun = time.monotonic()
        for number in range(5000):
            writer.handle(record("%s %d", "x" * 200, number))
        assert time.monotonic() - begun < 5
        assert writer.dropped >= 1000
        received = b""
        while b"lines of the log were dropped" not in received:
            received += os.read(reading, 1 << 16)
        lines = received.decode().splitlines()
        assert lines[0].endswith("x 0")
        told = int(next(line for line in lines if "dropped=" in line).split("dropped=")[1].split()[0])
        assert told == writer.dropped
    finally:
        os.close(reading)
        writer.close()
        os.close(writing)


def test_a_reader_who_has_gone_is_no_error() -> None:
    reading, writing = os.pipe()
    writer = Writer(writing)
    writer.setFormatter(OneLine())
    os.close(reading)
    writer.handle(record("lost"))
    until(lambda: writer.dropped == 1)
    writer.close()
    os.close(writing)


def test_a_descriptor_that_does_not_wait_is_waited_for() -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    writer = Writer(writing)
    writer.setFormatter(OneLine())
    for number in range(2000):
        writer.handle(record("%s %d", "x" * 100, number))
    received = b""
    while received.count(b"\n") < 2000:
        received += os.read(reading, 1 << 16)
    writer.close()
    assert writer.dropped == 0
    assert received.decode().splitlines()[-1].endswith("x 1999")
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("debug", ["own debug", "own info", "own warning", "library warning"]),
        ("info", ["own info", "own warning", "library warning"]),
        ("warning", ["own warning", "library warning"]),
        ("error", []),
    ],
)
def test_libraries_tell_warnings_only(level: Any, expected: list[str], tmp_path: Path) -> None:
    root, own = logging.getLogger(), logging.getLogger("kg")
    before = (list(root.handlers), root.level, own.level)
    saved = os.dup(2)
    with (tmp_path / "errors").open("wb") as file:
        os.dup2(file.fileno(), 2)
        try:
            with to_stderr("json", level) as writer:
                for name, logger in (("own", "kg.web"), ("library", "httpx")):
                    for kind in ("debug", "info", "warning"):
                        logging.getLogger(logger).log(getattr(logging, kind.upper()), "%s %s", name, kind)
        finally:
            os.dup2(saved, 2)
            os.close(saved)
    lines = (tmp_path / "errors").read_text().splitlines()
    assert [json.loads(line)["message"] for line in lines] == expected
    assert writer.dropped == 0
    assert (root.handlers, root.level, own.level) == before
