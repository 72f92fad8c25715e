"""Conditions: what is read of ranges, and how they are told."""

from __future__ import annotations

import re

import pytest

from kg.conditions import (
    BETWEEN,
    CONTAINS,
    DATE,
    IS,
    MISSING,
    NUMBER,
    STATED,
    Condition,
    Property,
    read_range,
)
from kg.errors import QueryError

WHEN = Property("u:x/begun", "begun", DATE)


@pytest.mark.parametrize(
    ("kind", "low", "high", "found"),
    [
        (DATE, "2010", "2020", ("2010", "2020")),
        (DATE, " 2010-05 ", "", ("2010-05", "")),
        (DATE, "", "2024-02-29", ("", "2024-02-29")),
        (DATE, "2010-05", "2010", ("2010-05", "2010")),
        (NUMBER, "-0.50", "12", ("-0.50", "12")),
        (NUMBER, "+7", "", ("7", "")),
        (NUMBER, "007", "", ("7", "")),
    ],
)
def test_ranges(kind: str, low: str, high: str, found: tuple[str, str]) -> None:
    assert read_range(kind, low, high) == found


@pytest.mark.parametrize(
    ("kind", "low", "high", "message"),
    [
        (DATE, "2010-13", "", "'2010-13' is no date."),
        (DATE, "2023-02-29", "", "'2023-02-29' is no date."),
        (DATE, "0000", "", "'0000' is no date."),
        (DATE, '2010" }', "", "is no date."),
        (DATE, "\u0662\u0660\u0661\u0660", "", "is no date."),
        (DATE, "2020", "2010", "begins with 2020 after its end 2010"),
        (NUMBER, "1e9", "", "'1e9' is no number."),
        (NUMBER, "\u0661", "", "is no number."),
        (NUMBER, "3", "2", "begins with 3 after its end 2"),
        (NUMBER, "1" * 40, "", "is no number."),
        (NUMBER, "", " ", "The range has no ends."),
    ],
)
def test_what_is_no_range(kind: str, low: str, high: str, message: str) -> None:
    with pytest.raises(QueryError, match=re.escape(message)):
        read_range(kind, low, high)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition(WHEN, IS, ("u:x/a",)), "Alps"),
        (Condition(WHEN, IS, ("u:x/a", "u:x/b")), "Alps or u:x/b"),
        (Condition(WHEN, IS, ("u:x/a", "u:x/b", "u:x/c")), "Alps, u:x/b or u:x/c"),
        (Condition(WHEN, BETWEEN, low="2010", high="2012"), "2010 to 2012"),
        (Condition(WHEN, BETWEEN, low="2010", high="2010"), "2010"),
        (Condition(WHEN, BETWEEN, low="2010"), "2010 or later"),
        (Condition(Property("u:x/n", "n", NUMBER), BETWEEN, high="9"), "9 or less"),
        (Condition(WHEN, CONTAINS, text="way"), "contains “way”"),
        (Condition(WHEN, STATED), "any value"),
        (Condition(WHEN, MISSING), "none is stated"),
    ],
)
def test_in_words(condition: Condition, words: str) -> None:
    assert condition.words({"u:x/a": "Alps"}) == words
