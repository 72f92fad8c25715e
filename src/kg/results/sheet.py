"""The answer to a SELECT query as a sheet of a workbook: a column a variable, a row a solution.

A column of texts with language tags has another one beside it, for the tags.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from traceback import clear_frames

import pyoxigraph as ox

from kg.errors import ResultTooLarge
from kg.results.values import Term, value_of
from kg.workbook import Link, Value, can_hold, write_workbook

_CELLS = 400_000
"""Cells of a sheet, with room for the query beside it.

In the 512 MB of KG_QUERY_MEMORY fit 525,000 texts of 50 characters in one column, 750,000 in three, and
410,000 in three if each has a character beyond U+FFFF.
"""


def sheet(answer: ox.QuerySolutions) -> bytes:
    """Return the workbook; ResultTooLarge when a sheet or memory cannot hold the answer."""
    names = [variable.value for variable in answer.variables]
    rows: list[list[Value]] = []
    try:
        return write_workbook({"Answer": _table(answer, names, rows)}, "Answer to a SPARQL query")
    except MemoryError as error:
        clear_frames(error.__traceback__)
        cells = len(rows) * len(names)
        raise _too_large(
            f"A sheet takes more memory than a query may have, and this answer has {cells:,} cells or more."
        ) from None


def _table(answer: ox.QuerySolutions, names: Sequence[str], rows: list[list[Value]]) -> "_Table":
    tagged: set[int] = set()
    for solution in answer:
        row = [cell for term in solution for cell in (_value(term), _tag(term))]
        rows.append(row)
        tagged.update(place for place in range(1, len(row), 2) if row[place])
        if len(rows) * max(len(names) + len(tagged), 1) > _CELLS:
            raise _too_large(f"A sheet made here holds {_CELLS:,} cells, and this answer has more.")
    header = [text for name in names for text in (name, f"{name} (language)")]
    kept = [place for place in range(len(header)) if place % 2 == 0 or place in tagged]
    for row in rows:
        row[:] = [row[place] for place in kept]
    return _Table([header[place] for place in kept], rows)


@dataclass(frozen=True)
class _Table:
    header: Sequence[str]
    rows: Sequence[Sequence[Value]]


def _too_large(message: str) -> ResultTooLarge:
    return ResultTooLarge(message, remedy="Ask for csv, or for less with LIMIT and OFFSET.")


def _tag(term: Term | None) -> str | None:
    return term.language if isinstance(term, ox.Literal) else None


def _value(term: Term | None) -> Value:
    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return Link(term.value)
    value = value_of(term)
    return (
        term.value
        if isinstance(term, ox.Literal) and isinstance(value, date) and not can_hold(value)
        else value
    )
