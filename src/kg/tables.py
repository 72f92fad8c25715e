"""Tables of texts for spreadsheets: CSV that Excel opens rightly, and XLSX; the same bytes on every run."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg.directives import Answer
from kg.workbook import Value, write_workbook

FORMATS = ("csv", "xlsx")


def write_table(answer: Answer, format: str, title: str) -> bytes:
    """Return an answer as a file; KgError when a sheet cannot hold it.

    CSV is UTF-8 with a byte-order mark and CRLF (RFC 4180).
    """
    if format == "csv":
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerows([answer.header, *answer.rows])
        return text.getvalue().encode("utf-8-sig")
    return write_sheets({"Answer": answer}, title)


def write_sheets(answers: Mapping[str, Answer], title: str) -> bytes:
    """Return answers as the sheets of one workbook, by name; KgError when a sheet cannot hold one.

    It holds texts and whole numbers.
    """
    return write_workbook({name: _Read(answer) for name, answer in answers.items()}, title)


@dataclass(frozen=True)
class _Read:
    """An answer with its whole numbers read; it is its own rows."""

    answer: Answer

    @property
    def header(self) -> Sequence[str]:
        return self.answer.header

    @property
    def rows(self) -> "_Read":
        return self

    def __len__(self) -> int:
        return len(self.answer.rows)

    def __iter__(self) -> Iterator[Sequence[Value]]:
        return ([_read(text) for text in row] for row in self.answer.rows)


def _read(text: str) -> Value:
    """A text as a number, when it is a whole one that is shown as it is written: codes keep their zeros."""
    digits = text.removeprefix("-")
    is_whole = digits.isascii() and digits.isdigit() and len(digits) <= 15
    return int(text) if is_whole and (digits == "0" or digits[0] != "0") else text
