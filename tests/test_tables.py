"""Tables for spreadsheets, read back by what reads them elsewhere."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from kg import tables
from kg.directives import Answer
from kg.errors import KgError
from kg.tables import Link, Value, write_table, write_workbook

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


# ---- sheets of values


@dataclass(frozen=True)
class Values:
    header: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def cells(*rows: tuple[Value, ...]) -> Worksheet:
    header = tuple(f"c{number}" for number in range(len(rows[0])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from openpyxl import load_workbook

        sheet = load_workbook(io.BytesIO(write_workbook({"S": Values(header, rows)}, "T"))).active
    assert isinstance(sheet, Worksheet)
    return sheet


def test_values_keep_their_kinds() -> None:
    row = (1, 2.5, True, date(2024, 2, 29), datetime(2024, 1, 1, 12, 30, 15), "42", None, 1e22)
    sheet = cells(row)
    assert [cell.value for cell in sheet[2]] == [*row[:3], datetime(2024, 2, 29), *row[4:]]
    assert [cell.data_type for cell in sheet[2]] == ["n", "n", "b", "d", "d", "s", "n", "n"]
    assert str(sheet["D2"].number_format) == r"yyyy\-mm\-dd"
    moment = cells((datetime(2024, 1, 1, 12, tzinfo=UTC),))["A2"]
    assert (moment.value, moment.number_format) == (
        datetime(2024, 1, 1, 12),
        r'yyyy\-mm\-dd\ hh:mm:ss" UTC"',
    )


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", '=HYPERLINK("http://x/")', "=cmd|'/c x'!A1"])
def test_a_text_is_never_a_formula(text: str) -> None:
    sheet = cells((text, Link(text)))
    assert [(cell.value, cell.data_type, cell.hyperlink) for cell in sheet[2]] == [(text, "s", None)] * 2


@pytest.mark.parametrize(
    ("address", "target", "location"),
    [
        ("https://w3id.org/x/Zürich", "https://w3id.org/x/Z%C3%BCrich", None),
        ("http://a.org/x?y=1&z=[2]#part", "http://a.org/x?y=1&z=%5B2%5D", "part"),
        ("http://a.org:8080", "http://a.org:8080", None),
        *((item, None, None) for item in ("javascript:alert(1)", "mailto:a@b.org", "urn:x", "file:///etc")),
        *(
            (item, None, None)
            for item in ("http://", "http://[x/", "http://a:b/", "http://u@a/", "http://ü/")
        ),
        ("http://a.org/" + "x" * 2_100, None, None),
    ],
)
def test_links_lead_to_the_web_only(address: str, target: str | None, location: str | None) -> None:
    cell = cells((Link(address),))["A2"]
    assert (cell.value, cell.data_type) == (address, "s")
    found = cell.hyperlink
    assert (found and found.target, found and found.location) == (target, location)


def test_more_links_than_a_sheet_has_are_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "_LINKS", 3)
    sheet = cells(*((Link(f"http://x/{number}"),) for number in range(5)))
    assert (sheet["A4"].hyperlink.target, sheet["A5"].hyperlink) == ("http://x/2", None)
    assert sheet["A6"].value == "http://x/4"


def test_what_xml_has_no_place_for_is_written_as_excel_does() -> None:
    data = write_workbook({"S": Values(("a",), (("\x07\r\n\t_x0041_ <&>\uffff ",),))}, "T <&>")
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.testzip() is None
        text = book.read("xl/worksheets/sheet1.xml").decode()
    assert '<t xml:space="preserve">_x0007__x000D_\n\t_x005F_x0041_ &lt;&amp;&gt;_xFFFF_ </t>' in text


def test_columns_go_on_after_z_up_to_the_last() -> None:
    sheet = cells(tuple(range(16_384)))
    assert (sheet["Z2"].value, sheet["AA2"].value, sheet["XFD2"].value) == (25, 26, 16_383)
    with pytest.raises(KgError, match=r"A sheet holds 16,384 columns; there are 16,385\."):
        cells(tuple(range(16_385)))
