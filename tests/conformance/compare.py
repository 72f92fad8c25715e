"""Whether two collections of rows are the same but for the names of their blank nodes.

A row is a solution of a query, a triple of a graph or a quad of a dataset. Graphs are the same when some
bijection between their blank nodes makes them equal (RDF 1.1 Concepts, section 3.6); solutions are compared
alike, as a multiset or as a sequence. The bijection is searched for: blank nodes are painted by what stands
around them until the colours settle, and where several share a colour each pairing is tried, up to a bound.
Numbers are the same when their type and value are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import TypeAlias

import pyoxigraph as ox

Term: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Row: TypeAlias = tuple[Term | None, ...]
Colours: TypeAlias = dict[ox.BlankNode, int]

XSD = "http://www.w3.org/2001/XMLSchema#"
VALUES: dict[str, Callable[[str], object]] = {
    XSD + "integer": int,
    XSD + "decimal": lambda text: Decimal(text).normalize(),
    XSD + "float": float,
    XSD + "double": float,
    XSD + "boolean": lambda text: {"1": "true", "0": "false"}.get(text, text),
}
"""How to read the types of which a store may keep the value alone (see the module exclusions)."""

ATTEMPTS = 2000
"""Pairings tried before giving up; the W3C results need no more than two."""


def same_rows(expected: Sequence[Row], actual: Sequence[Row], *, ordered: bool = False) -> bool:
    """Whether the rows are equal under a bijection of blank nodes; OverflowError when that takes too long."""
    if len(expected) != len(actual):
        return False
    if ordered:
        expected, actual = _numbered(expected), _numbered(actual)
    left, right = (
        dict.fromkeys((node for row in rows for node in _nodes(row)), 0) for rows in (expected, actual)
    )
    return _pair(expected, left, actual, right, iter(range(ATTEMPTS)))


def reduced_rows(full: Sequence[Row], actual: Sequence[Row]) -> bool:
    """Whether each row comes at least once and at most as often as without REDUCED (mf:LaxCardinality)."""
    assert not any(_nodes(row) for row in (*full, *actual)), "needs rows without blank nodes"
    most, found = (Counter(_paint_row(row, {}) for row in rows) for rows in (full, actual))
    return set(found) == set(most) and found <= most


def _numbered(rows: Sequence[Row]) -> list[Row]:
    return [(ox.Literal(str(place)), *row) for place, row in enumerate(rows)]


def _pair(
    expected: Sequence[Row], left: Colours, actual: Sequence[Row], right: Colours, attempts: Iterator[int]
) -> bool:
    """Settle the colours of both sides; where they agree but are shared, tell one node apart and go on."""
    if next(attempts, None) is None:
        raise OverflowError(f"no bijection of blank nodes found or ruled out in {ATTEMPTS} attempts")
    left, right = _settle(expected, left), _settle(actual, right)
    if Counter(left.values()) != Counter(right.values()):
        return False
    if len(set(left.values())) == len(left):
        return Counter(_paint_row(row, left) for row in expected) == Counter(
            _paint_row(row, right) for row in actual
        )
    shared = Counter(left.values())
    node, colour = min(
        ((node, c) for node, c in left.items() if shared[c] > 1), key=lambda pair: shared[pair[1]]
    )
    mark = hash(("chosen", len(shared), colour))
    return any(
        _pair(expected, {**left, node: mark}, actual, {**right, other: mark}, attempts)
        for other, same in right.items()
        if same == colour
    )


def _settle(rows: Sequence[Row], colours: Colours) -> Colours:
    """Paint every node anew by the rows it stands in, until that tells no more of them apart."""
    while True:
        seen: dict[ox.BlankNode, list[tuple[str, ...]]] = defaultdict(list)
        for row in rows:
            for node in _nodes(row):
                seen[node].append(_paint_row(row, colours, node))
        painted = {node: hash((colours[node], tuple(sorted(seen[node])))) for node in colours}
        if len(set(painted.values())) == len(set(colours.values())):
            return painted
        colours = painted


def _paint_row(row: Row, colours: Colours, self: ox.BlankNode | None = None) -> tuple[str, ...]:
    return tuple("" if term is None else _paint(term, colours, self) for term in row)


def _paint(term: Term, colours: Colours, self: ox.BlankNode | None) -> str:
    """A term as text, with colours in place of blank nodes, and * for the node that is looked at."""
    if isinstance(term, ox.BlankNode):
        return "_:*" if term == self else f"_:{colours[term]}"
    if isinstance(term, ox.Triple):
        inner = (_paint(part, colours, self) for part in (term.subject, term.predicate, term.object))
        return f"<<( {' '.join(inner)} )>>"
    return _literal(term) if isinstance(term, ox.Literal) else str(term)


def _literal(term: ox.Literal) -> str:
    """A literal as text, with the value of a number in place of its digits."""
    read = VALUES.get(term.datatype.value)
    try:
        return str(term) if read is None else f'"{read(term.value)!r}"^^{term.datatype}'
    except (ArithmeticError, ValueError):  # no number after all, and then a term like any other
        return str(term)


def _nodes(row: Row) -> set[ox.BlankNode]:
    """The blank nodes in a row, also those inside triple terms."""
    found: set[ox.BlankNode] = set()
    for term in row:
        if isinstance(term, ox.BlankNode):
            found.add(term)
        elif isinstance(term, ox.Triple):
            found |= _nodes((term.subject, term.predicate, term.object))
    return found
