"""Workbooks in XLSX, by XlsxWriter; the same bytes on every run.

The library keeps all cells in memory until they are written, and opens no file: a sealed worker may not. A
text is always a text in a sheet, never a formula.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Protocol
from urllib.parse import quote

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException

from kg.errors import KgError, ResultTooLarge


class Link(str):
    """A text that leads to its own address, if that is an address of the web."""

    __slots__ = ()


Value = str | int | float | bool | date | None
"""What a cell holds: a date or moment (in UTC if it has a zone) is from 1900-03-01 on, a number finite."""


class Rows(Protocol):
    """Rows that are counted."""

    def __len__(self) -> int:
        """How many there are."""

    def __iter__(self) -> Iterator[Sequence[Value]]:
        """Yield each, a value for each column."""


class Table(Protocol):
    """A table."""

    @property
    def header(self) -> Sequence[str]:
        """The names of the columns."""

    @property
    def rows(self) -> Rows:
        """The rows."""


ROWS, COLUMNS = 1_048_575, 16_384
"""Rows of a sheet besides its header, and columns (Excel's specifications and limits)."""
_CELL = 32_767
_LINKS = 10_000
"""Links of a sheet, the first ones. Excel takes 65,530, but other programs become slow with many."""
_ADDRESS = 2_079
_WIDEST = 60
_LOOKED_AT = 1_000
"""Rows that the widths of the columns are made for."""
_CREATED = datetime(2000, 1, 1, tzinfo=UTC)  # no moment of writing: the bytes stay the same

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")  # of a sheet
_WEB = re.compile(r"(https?://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?(?:[/?][^#]*)?)(?:#(.*))?")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})|[\x00-\x20]")
_EARLIEST = date(1900, 3, 1)  # Excel takes the year 1900 for a leap year

_TOP = {"text_wrap": True, "valign": "top"}
_FORMS: Mapping[str, Mapping[str, object]] = {
    "text": _TOP,
    "header": {"bold": True, "bottom": 1},
    "link": {**_TOP, "underline": 1, "font_color": "#0563C1"},
    "date": {**_TOP, "num_format": r"yyyy\-mm\-dd"},
    "moment": {**_TOP, "num_format": r"yyyy\-mm\-dd\ hh:mm:ss"},
    "UTC": {**_TOP, "num_format": r'yyyy\-mm\-dd\ hh:mm:ss" UTC"'},
}
"""How cells look, in the words of the library."""


def write_workbook(tables: Mapping[str, Table], title: str) -> bytes:
    """Return tables as the sheets of one workbook, by name; KgError when a sheet cannot hold one.

    The header stays in sight and has a filter.
    """
    for table in tables.values():
        _refuse_large(table)
    file = io.BytesIO()
    book = Workbook(file, {"in_memory": True, "remove_timezone": True})
    book.set_properties({"title": title, "created": _CREATED})
    forms = {name: book.add_format(form) for name, form in _FORMS.items()}
    for name, table in tables.items():
        try:
            sheet = book.add_worksheet(_NOT_IN_NAMES.sub(" ", name)[:31].strip("'"))
        except XlsxWriterException as error:
            raise KgError(f"No sheet can be named {name!r}: {error}", remedy="Take csv.") from error
        _Sheet(sheet, forms).fill(table)
    book.close()
    return file.getvalue()


def can_hold(moment: date) -> bool:
    """Whether Excel has this date."""
    return date(moment.year, moment.month, moment.day) >= _EARLIEST


def _refuse_large(table: Table) -> None:
    for most, found, what in ((ROWS, len(table.rows), "rows"), (COLUMNS, len(table.header), "columns")):
        if found > most:
            raise ResultTooLarge(f"A sheet holds {most:,} {what}; there are {found:,}.", remedy="Take csv.")


class _Exact(float):
    """A number that the library writes with all its digits, where it would round the last."""

    def __format__(self, _: str) -> str:
        return repr(float(self))


class _Sheet:
    """A sheet of the library, and how its cells look."""

    def __init__(self, sheet: Any, forms: Mapping[str, Any]) -> None:
        self._sheet = sheet
        self._forms = forms
        self._links = 0

    def fill(self, table: Table) -> None:
        widths = [len(name) for name in table.header]
        for column, name in enumerate(table.header):
            self._text(0, column, name, "header")
        for number, row in enumerate(table.rows, start=1):
            for column, value in enumerate(row):
                if value is None or value == "":
                    continue
                self._cell(number, column, value)
                if number <= _LOOKED_AT:
                    widths[column] = max(widths[column], len(str(value)))
        for column, width in enumerate(widths):
            self._sheet.set_column(column, column, min(width + 2, _WIDEST))
        self._sheet.freeze_panes(1, 0)
        if widths:
            self._sheet.autofilter(0, 0, len(table.rows), len(widths) - 1)

    def _cell(self, row: int, column: int, value: Value) -> None:
        sheet, forms = self._sheet, self._forms
        match value:
            case Link() if self._links < _LINKS and (target := _target(value)):
                self._links += 1
                sheet.write_url(row, column, target, forms["link"], str(value))
            case str():
                self._text(row, column, value, "text")
            case bool():
                sheet.write_boolean(row, column, value, forms["text"])
            case int() | float():
                exact = _Exact(value) if isinstance(value, float) else value
                sheet.write_number(row, column, exact, forms["text"])
            case datetime():
                sheet.write_datetime(row, column, value, forms["UTC" if value.tzinfo else "moment"])
            case date():
                sheet.write_datetime(row, column, value, forms["date"])

    def _text(self, row: int, column: int, text: str, form: str) -> None:
        if text.startswith("<r>") and text.endswith("</r>"):  # would be taken for XML that is made already
            parts = ("<", self._forms[form], text[1:], self._forms[form])
            is_cut = self._sheet.write_rich_string(row, column, *parts)
        else:
            is_cut = self._sheet.write_string(row, column, text, self._forms[form])
        if is_cut:
            raise ResultTooLarge(
                f"A cell holds {_CELL:,} characters; row {row} has {_length(text):,}.", remedy="Take csv."
            )


def _target(text: str) -> str | None:
    """The address that a link leads to; None when Excel would not take it."""
    found = _WEB.fullmatch(text)
    if not found or _BROKEN.search(text):
        return None
    address, part = quote(found[1], safe="/:?&=%~!$'()*+,;@-._"), found[2] or ""
    if len(address) > _ADDRESS or _length(part) > _ADDRESS:
        return None
    return f"{address}#{part}" if part else address


def _length(text: str) -> int:
    """Characters of a text as Excel counts them, in UTF-16."""
    return len(text) + sum(char > "\uffff" for char in text)
