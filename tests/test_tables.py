"""Tables for spreadsheets, read back by what reads them elsewhere."""

from __future__ import annotations

import csv
import io
import warnings

import pytest

from kg.directives import Answer
from kg.errors import KgError
from kg.tables import write_table

ANSWER = Answer(
    ("thing", "number", "code"),
    (("Zürich, “Alps”\nand more", "42", "042"), ("=1+1", "-7", "NA"), ("http://example.org/", "", "1e5")),
)


def test_csv_has_a_mark_for_excel_and_reads_back() -> None:
    data = write_table(ANSWER, "csv", "T")
    assert data.startswith(b"\xef\xbb\xbfthing,number,code\r\n")
    assert list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))) == [
        list(ANSWER.header),
        *map(list, ANSWER.rows),
    ]


def test_xlsx_reads_back_with_texts_as_texts_and_numbers_as_numbers() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from openpyxl import load_workbook

        book = load_workbook(io.BytesIO(write_table(ANSWER, "xlsx", "What is where?")))
    sheet = book.active
    assert sheet is not None
    assert [[cell.value for cell in row] for row in sheet.rows] == [
        ["thing", "number", "code"],
        ["Zürich, “Alps”\nand more", 42, "042"],
        ["=1+1", -7, "NA"],
        ["http://example.org/", None, "1e5"],
    ]
    assert sheet["A3"].data_type == "s"
    assert (book.properties.title, sheet.freeze_panes, sheet.auto_filter.ref) == (
        "What is where?",
        "A2",
        "A1:C4",
    )


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_the_same_answer_gives_the_same_bytes(format: str) -> None:
    assert write_table(ANSWER, format, "T") == write_table(ANSWER, format, "T")


@pytest.mark.parametrize("answer", [Answer((), ()), Answer(("a",), ())])
def test_an_empty_answer_is_a_file_too(answer: Answer) -> None:
    assert write_table(answer, "csv", "T")
    assert write_table(answer, "xlsx", "T").startswith(b"PK")


def test_what_a_sheet_cannot_hold_is_refused() -> None:
    with pytest.raises(KgError, match=r"row 1 has 32,768\. Take csv\."):
        write_table(Answer(("a",), (("x" * 32_768,),)), "xlsx", "T")
    with pytest.raises(KgError, match=r"A sheet holds 1,048,575 rows; there are 1,048,576\."):
        write_table(Answer(("a",), (("x",),) * 1_048_576), "xlsx", "T")
    assert len(write_table(Answer(("a",), (("x" * 32_768,),)), "csv", "T")) > 32_768
