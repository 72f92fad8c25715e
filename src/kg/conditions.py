"""What may be asked for without SPARQL: classes with their properties, conditions on things, columns.

``builder`` makes queries of it; what stands in a condition is read before, and can be nothing else.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kg import vocab
from kg.errors import QueryError

THING, DATE, NUMBER, TEXT = "thing", "date", "number", "text"
"""Kinds of values."""

IS, BETWEEN, CONTAINS, STATED, MISSING = "is", "between", "contains", "stated", "missing"
"""What a condition may ask: one of some things, a range, a part of a text, any value, none."""

HOW = {THING: IS, DATE: BETWEEN, NUMBER: BETWEEN, TEXT: CONTAINS}
"""What is asked of values of a kind, beside whether there are any."""

WIDER = ("http://www.w3.org/2004/02/skos/core#broader", vocab.GEO + "sfWithin")
"""Properties that lead from a value to a wider one, which is meant to have what the narrower one has."""

MOST_CONDITIONS, MOST_VALUES, MOST_COLUMNS, LONGEST_TEXT = 12, 40, 12, 200

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?")
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2}))?(?:-([0-9]{2}))?")


@dataclass(frozen=True)
class Property:
    """A property as conditions and columns have it; ``is_inverse``: the things are its values.

    ``classes`` are those of the things at its other end. ``is_derived``: its sources stand in the records of
    current statements.
    """

    iri: str
    name: str
    kind: str = THING
    section: str = ""
    classes: tuple[str, ...] = ()
    description: str = ""
    is_inverse: bool = False
    is_required: bool = False
    is_derived: bool = False

    @property
    def key(self) -> tuple[str, bool]:
        """What tells it from others of a class."""
        return self.iri, self.is_inverse


@dataclass(frozen=True)
class Kind:
    """A class whose things are looked for: its name and that of several of its things, and its properties.

    ``things`` counts them; ``is_main`` tells what people look for from the machinery.
    """

    iri: str
    name: str
    plural: str
    things: int = 0
    is_main: bool = True
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True)
class Condition:
    """What a property must be like: ``values`` are IRIs, any of them will do, and so will narrower ones.

    ``low`` and ``high`` are dates or numbers as ``read_range`` gives them; empty is open.
    """

    property: Property
    how: str
    values: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    text: str = ""

    def words(self, names: Mapping[str, str]) -> str:
        """What is asked, in words, to stand after the name of the property; ``names`` are those of values."""
        low, high = self.low, self.high
        if self.how == IS:
            *first, last = [names.get(iri, iri) for iri in self.values]
            return f"{', '.join(first)} or {last}" if first else last
        if self.how == CONTAINS:
            return f"contains “{self.text}”"
        if self.how == BETWEEN and low != high:
            more, less = ("later", "earlier") if self.property.kind == DATE else ("more", "less")
            return f"{low} to {high}" if low and high else f"{low} or {more}" if low else f"{high} or {less}"
        return {BETWEEN: low, STATED: "any value", MISSING: "none is stated"}[self.how]


@dataclass(frozen=True)
class Selection:
    """What is asked for: things of a kind that meet all conditions, what is told of them, and by whom."""

    kind: Kind
    conditions: tuple[Condition, ...] = ()
    columns: tuple[Property, ...] = ()
    cites: bool = False


def read_range(kind: str, low: str, high: str) -> tuple[str, str]:
    """Read the ends of a range, as ``2010``, ``2010-05``, ``2010-05-31`` or numbers; QueryError."""
    read = _date if kind == DATE else _number
    found = read(low.strip()), read(high.strip())
    if found == ("", ""):
        raise QueryError("The range has no ends.", remedy="Give a first or a last value.")
    if all(found):
        first, last = found
        width = min(len(first), len(last))
        wrong = first[:width] > last[:width] if kind == DATE else Decimal(first) > Decimal(last)
        if wrong:
            raise QueryError(
                f"The range begins with {first} after its end {last}.", remedy="Exchange the two."
            )
    return found


def _date(text: str) -> str:
    found = _DATE.fullmatch(text)
    try:
        if found:
            date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        found = None
    if text and not found:
        raise QueryError(
            f"{text[:40]!r} is no date.", remedy="Write a year, month or day: 2010, 2010-05 or 2010-05-31."
        )
    return text


def _number(text: str) -> str:
    if text and not _NUMBER.fullmatch(text):
        raise QueryError(f"{text[:40]!r} is no number.", remedy="Write digits, as in 12 or -0.5.")
    return f"{Decimal(text):f}" if text else ""
