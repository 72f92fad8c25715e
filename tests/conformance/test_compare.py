"""The comparison itself: rows under a bijection of blank nodes, numbers by value, order, and REDUCED."""

from __future__ import annotations

import compare
import pyoxigraph as ox
import pytest
from compare import XSD, Row, reduced_rows, same_rows

A, B, C, D, E, F = (ox.BlankNode(name) for name in "abcdef")
X, Y, P = (ox.NamedNode(f"http://example.org/{name}") for name in "xyp")


def number(text: str, type: str = "integer") -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD + type))


SAME: dict[str, tuple[list[Row], list[Row]]] = {
    "nothing": ([], []),
    "no columns": ([()], [()]),
    "another order": ([(X,), (Y,)], [(Y,), (X,)]),
    "nothing bound": ([(X, None)], [(X, None)]),
    "a node renamed": ([(A, X), (A, Y)], [(B, Y), (B, X)]),
    "names exchanged": ([(A, X), (B, Y)], [(B, X), (A, Y)]),
    "inside a triple term": ([(ox.Triple(A, P, X), A)], [(ox.Triple(B, P, X), B)]),
    "a ring": ([(A, B), (B, C), (C, A)], [(F, D), (D, E), (E, F)]),
    "two pairs": ([(A, B), (B, A), (C, D), (D, C)], [(A, C), (C, A), (B, D), (D, B)]),
    "a number otherwise written": ([(number("01"),)], [(number("1"),)]),
    "a double otherwise written": ([(number("1.0e6", "double"),)], [(number("1000000", "double"),)]),
    "no number at all": ([(number("x"),)], [(number("x"),)]),
}
DIFFERENT: dict[str, tuple[list[Row], list[Row]]] = {
    "one is missing": ([(X,), (Y,)], [(X,)]),
    "one too often": ([(X,), (X,), (Y,)], [(X,), (Y,), (Y,)]),
    "another column": ([(X, None)], [(None, X)]),
    "two nodes for one": ([(A, X), (A, Y)], [(A, X), (B, Y)]),
    "one node for two": ([(A, X), (B, Y)], [(A, X), (A, Y)]),
    "a node for an IRI": ([(A,)], [(X,)]),
    "inside a triple term": ([(ox.Triple(A, P, X), A)], [(ox.Triple(A, P, X), B)]),
    "a ring of six and two of three": (
        [(A, B), (B, C), (C, D), (D, E), (E, F), (F, A)],
        [(A, B), (B, C), (C, A), (D, E), (E, F), (F, D)],
    ),
    "another number": ([(number("1"),)], [(number("2"),)]),
    "another type": ([(number("1"),)], [(number("1", "decimal"),)]),
    "a string": ([(number("1"),)], [(ox.Literal("1"),)]),
    "another language": ([(ox.Literal("a", language="en"),)], [(ox.Literal("a", language="fr"),)]),
}


@pytest.mark.parametrize(("left", "right"), SAME.values(), ids=SAME.keys())
def test_same(left: list[Row], right: list[Row]) -> None:
    assert same_rows(left, right)
    assert same_rows(right, left)


@pytest.mark.parametrize(("left", "right"), DIFFERENT.values(), ids=DIFFERENT.keys())
def test_different(left: list[Row], right: list[Row]) -> None:
    assert not same_rows(left, right)
    assert not same_rows(right, left)


def test_order_counts_where_there_is_one() -> None:
    assert same_rows([(A, X), (B, Y)], [(B, X), (A, Y)], ordered=True)
    assert not same_rows([(X,), (Y,)], [(Y,), (X,)], ordered=True)


def test_the_search_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    ring, rings = DIFFERENT["a ring of six and two of three"]
    monkeypatch.setattr(compare, "ATTEMPTS", 3)
    with pytest.raises(OverflowError, match="in 3 attempts"):
        same_rows(ring, rings)


def test_reduced_takes_away_duplicates_only() -> None:
    full: list[Row] = [(X,), (X,), (Y,)]
    assert reduced_rows(full, [(X,), (Y,)])
    assert reduced_rows(full, full)
    assert not reduced_rows(full, [(X,), (X,)])
    assert not reduced_rows(full, [(X,), (Y,), (Y,)])
