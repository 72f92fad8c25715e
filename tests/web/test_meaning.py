"""Which thing a typed text means."""

from __future__ import annotations

import pytest

from kg.web.meaning import Meaning, _judged


@pytest.mark.parametrize(
    ("hits", "expected"),
    [
        ([], Meaning("x", None)),
        ([("a", 97.0), ("b", 85.0)], Meaning("x", "a")),
        ([("a", 100.0), ("b", 97.0)], Meaning("x", None, ("a", "b"))),
        ([("a", 97.0), ("b", 97.0)], Meaning("x", None, ("a", "b"))),
        ([("a", 57.0), ("b", 52.0)], Meaning("x", "a", ("b",), is_exact=False)),
        ([("a", 85.3), ("b", 85.0)], Meaning("x", None, ("a", "b"))),
        ([("a", 4.0)], Meaning("x", "a", (), is_exact=False)),
    ],
)
def test_the_first_is_meant_when_it_is_clearly_first(
    hits: list[tuple[str, float]], expected: Meaning
) -> None:
    assert _judged("x", hits) == expected
