"""What tells the rows of an answer apart, by the words around its pattern."""

from __future__ import annotations

import pytest

from kg.patterns import Unread
from kg.projection import Projection, read_projection
from kg.syntax import significant


def read(head: str, modifiers: str = "", *columns: str) -> Projection:
    return read_projection(significant(head), significant(modifiers), columns)


@pytest.mark.parametrize(
    ("head", "modifiers", "names", "text", "plain"),
    [
        ("SELECT ?a $b FROM <u:g>", "LIMIT 3", ("a", "b"), "?a ?b", ("a", "b")),
        ("select distinct *", "", ("x", "y"), "?x ?y", ("x", "y")),
        ("SELECT REDUCED ?a (STR(?b) AS ?c)", "", ("a", "c"), "?a (STR(?b) AS ?c)", ("a",)),
        ("SELECT ?a ?a", "", ("a",), "?a", ("a",)),
        ("SELECT ?a (COUNT(*) AS ?n)", "GROUP BY ?a ORDER BY ?n", ("a",), "?a", ("a",)),
        ("SELECT ?y (MAX(?n) AS ?m)", "GROUP BY (YEAR(?d) AS ?y) LIMIT 1", ("y",), "(YEAR(?d) AS ?y)", ()),
        ("SELECT (SUM(?a) AS ?n)", "", (), "", ()),
        ("SELECT (1 AS ?n)", "HAVING (COUNT(*) > 1)", (), "", ()),
    ],
)
def test_columns(
    head: str, modifiers: str, names: tuple[str, ...], text: str, plain: tuple[str, ...]
) -> None:
    found = read(head, modifiers, "x", "y")
    assert (found.names, found.text, found.plain) == (names, text, plain)


@pytest.mark.parametrize(
    ("modifiers", "hidden"),
    [
        ("GROUP BY ?a ?b", "?b"),
        ("GROUP BY ?a YEAR(?d)", "YEAR(?d)"),
        ("GROUP BY (STR(?c) AS ?s)", "(STR(?c) AS ?s)"),
    ],
)
def test_groups_that_rows_do_not_show(modifiers: str, hidden: str) -> None:
    with pytest.raises(Unread) as reason:
        read("SELECT ?a (COUNT(*) AS ?n)", modifiers)
    assert str(reason.value) == f"Its rows are grouped by {hidden}, and do not show it."
