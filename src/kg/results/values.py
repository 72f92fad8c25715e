"""What a term of an answer is outside RDF: a number, a date, a truth value, or else a text as it is written.

A value is turned into another only where nothing of it is lost; what other programs would round or cut
stays text.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

import pyoxigraph as ox

from kg import vocab

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Value = str | int | float | bool | date

_DIGITS = 15
"""Digits of a number that a spreadsheet, or a program with numbers of 64 bits, keeps."""
_LARGEST = 1e307
_WHOLE = re.compile(r"[+-]?[0-9]+")
_BROKEN = re.compile(r"[+-]?([0-9]*\.?[0-9]*)(?:[eE][+-]?[0-9]+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,3})?Z?")


def value_of(term: Term) -> Value:
    """Return what a term is; IRIs and literals of other kinds are their text, blank nodes ``_:name``."""
    if isinstance(term, ox.Literal):
        read = _READ.get(term.datatype.value)
        try:
            return term.value if read is None else read(term.value)
        except ValueError:
            return term.value
    if isinstance(term, ox.Triple):
        return f"<<( {term} )>>"
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _whole(text: str) -> int | str:
    return int(text) if _WHOLE.fullmatch(text) and len(text.lstrip("+-0")) <= _DIGITS else text


def _broken(text: str, most: int = _DIGITS) -> float | str:
    found = _BROKEN.fullmatch(text)
    digits = found[1].replace(".", "") if found else ""
    if not digits or len(digits.strip("0")) > most or abs(number := float(text)) > _LARGEST:
        return text
    return number


def _double(text: str) -> float | str:
    return _broken(text, 1_000)  # it is one already, whatever the digits that it is written with


def _truth(text: str) -> bool | str:
    return {"true": True, "1": True, "false": False, "0": False}.get(text, text)


def _date(text: str) -> date | str:
    return date.fromisoformat(text) if _DATE.fullmatch(text) else text


def _moment(text: str) -> datetime | str:
    if not _MOMENT.fullmatch(text):
        return text
    moment = datetime.fromisoformat(text.removesuffix("Z"))
    return moment.replace(tzinfo=UTC) if text.endswith("Z") else moment


_READ: Mapping[str, Callable[[str], Value]] = {
    **{
        vocab.XSD + name: _whole
        for name in (
            *("integer", "long", "int", "short", "byte", "gYear"),
            *("nonNegativeInteger", "positiveInteger", "nonPositiveInteger", "negativeInteger"),
            *("unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte"),
        )
    },
    vocab.XSD + "decimal": _broken,
    vocab.XSD + "double": _double,
    vocab.XSD + "float": _double,
    vocab.XSD + "boolean": _truth,
    vocab.XSD + "date": _date,
    vocab.XSD + "dateTime": _moment,
}
