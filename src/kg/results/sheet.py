"""The answer to a SELECT query as a sheet of a workbook: a column a variable, a row a solution.

A column of texts with language tags has another one beside it, for the tags. The rows are read twice, to
know that before the first one is written; in between they stand packed in memory.
"""

import pickle
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import pyoxigraph as ox

from kg.errors import ResultTooLarge
from kg.results.values import Term, value_of
from kg.workbook import ROWS, Link, Value, can_hold, write_workbook

_PACK = 2_000
"""Rows that are packed together."""

Row = tuple[tuple[Value, ...], tuple[str | None, ...]]
"""The values of a row, and their language tags; no tags where none has one."""


def sheet(answer: ox.QuerySolutions) -> bytes:
    """Return the workbook; ResultTooLarge when a sheet cannot hold the answer."""
    rows = _Packed()
    tagged: set[int] = set()
    for solution in answer:
        terms: list[Term | None] = list(solution)
        tags = tuple(term.language if isinstance(term, ox.Literal) else None for term in terms)
        if any(tags):
            tagged.update(place for place, tag in enumerate(tags) if tag)
        rows.add((tuple(map(_value, terms)), tags if any(tags) else ()))
    names = [variable.value for variable in answer.variables]
    header = []
    for place, name in enumerate(names):
        header += [name, f"{name} (language)"] if place in tagged else [name]
    rows.tagged = sorted(tagged)
    return write_workbook({"Answer": _Table(header, rows)}, "Answer to a SPARQL query")


class _Packed:
    """Rows that take little memory."""

    def __init__(self) -> None:
        self._packs: list[bytes] = []
        self._last: list[Row] = []
        self._number = 0
        self.tagged: Sequence[int] = ()

    def add(self, row: Row) -> None:
        self._number += 1
        if self._number > ROWS:
            raise ResultTooLarge(
                f"A sheet holds {ROWS:,} rows, and this answer has more.", remedy="Ask for csv, or for less."
            )
        self._last.append(row)
        if len(self._last) == _PACK:
            self._packs.append(zlib.compress(pickle.dumps(self._last), 1))
            self._last.clear()

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[Sequence[Value]]:
        for pack in self._packs:
            yield from map(self._laid_out, pickle.loads(zlib.decompress(pack)))
        yield from map(self._laid_out, self._last)

    def _laid_out(self, row: Row) -> Sequence[Value]:
        values, tags = row
        if not self.tagged:
            return values
        found: list[Value] = []
        for place, value in enumerate(values):
            found.append(value)
            if place in self.tagged:
                found.append(tags[place] if tags else None)
        return found


@dataclass(frozen=True)
class _Table:
    header: Sequence[str]
    rows: _Packed


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
