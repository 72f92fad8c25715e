"""The log: one line an event."""

import logging

import pytest

from kg.web.logs import OneLine


def line(message: str, *values: object, fault: Exception | None = None) -> str:
    info = (type(fault), fault, fault.__traceback__) if fault else None
    return OneLine().format(logging.LogRecord("kg.web", logging.ERROR, "x", 1, message, values, info))


@pytest.mark.parametrize(
    "evil", ["a\nb", "a\r\nERROR kg.web: forged", "a\x1b[31mb", "a\x00", "a\u2028b", "a\x85b"]
)
def test_control_characters_are_escaped(evil: str) -> None:
    found = line("asked for %s", evil)
    assert found.isprintable()
    assert len(found.splitlines()) == 1


def test_a_line_names_level_and_logger_and_keeps_other_characters() -> None:
    assert line("Größe %d", 3).endswith(" ERROR kg.web: Größe 3")


def test_a_trace_is_on_the_same_line() -> None:
    try:
        raise ValueError("first\nsecond")
    except ValueError as error:
        found = line("failed", fault=error)
    assert "ValueError: first\\nsecond" in found
    assert "\n" not in found
