"""Answers as tables for spreadsheets: CSV that Excel opens rightly, and XLSX; the same bytes on every run."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import xlsxwriter

from kg.directives import Answer
from kg.errors import KgError

FORMATS = ("csv", "xlsx")

_WIDEST = 60
_ROWS, _CELL = 1_048_575, 32_767
"""What one sheet takes besides its header, and one cell (Excel's specifications and limits)."""
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")  # of a sheet
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class _Form(NamedTuple):
    """How cells look."""

    header: Any
    cell: Any


def write_table(answer: Answer, format: str, title: str) -> bytes:
    """Return an answer as a file; KgError when a sheet cannot hold it.

    CSV is UTF-8 with a byte-order mark and CRLF (RFC 4180). XLSX holds texts and whole numbers, a frozen
    header with a filter, and the title as the document's; what begins with = is text, never a formula.
    """
    if format == "csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows([answer.header, *answer.rows])
        return text.getvalue().encode("utf-8-sig")
    if len(answer.rows) > _ROWS:
        raise KgError(f"A sheet holds {_ROWS:,} rows; there are {len(answer.rows):,}.", remedy="Take csv.")
    return write_workbook({"Answer": answer}, title)


def write_workbook(answers: Mapping[str, Answer], title: str) -> bytes:
    """Return answers as the sheets of one workbook, by name; KgError when a sheet cannot hold one."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(
        file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": title, "created": _EPOCH})  # no moment of writing: the bytes stay the same
    form = _Form(
        book.add_format({"bold": True, "bottom": 1}), book.add_format({"text_wrap": True, "valign": "top"})
    )
    for name, answer in answers.items():
        _sheet(book.add_worksheet(_NOT_IN_NAMES.sub(" ", name)[:31]), answer, form)
    book.close()
    return file.getvalue()


def _sheet(sheet: Any, answer: Answer, form: _Form) -> None:
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, answer.header, form.header)
    for number, row in enumerate(answer.rows, start=1):
        for column, value in enumerate(row):
            if len(value) > _CELL:
                raise KgError(
                    f"A cell holds {_CELL:,} characters; row {number} has {len(value):,}.", remedy="Take csv."
                )
            if not value:
                sheet.write_blank(number, column, None, form.cell)
            elif _is_number(value):
                sheet.write_number(number, column, int(value), form.cell)
            else:
                sheet.write_string(number, column, value, form.cell)
    for column, width in enumerate(_widths(answer)):
        sheet.set_column(column, column, width)
    if answer.header:
        sheet.autofilter(0, 0, max(len(answer.rows), 1), len(answer.header) - 1)


def _is_number(text: str) -> bool:
    """Whether a text is a whole number that a spreadsheet shows as it is written: codes keep their zeros."""
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= 15 and (digits == "0" or digits[0] != "0")


def _widths(answer: Answer) -> Sequence[int]:
    columns = zip(answer.header, *answer.rows, strict=True) if answer.header else ()
    return [min(max(len(value) for value in column) + 2, _WIDEST) for column in columns]
