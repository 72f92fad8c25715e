"""Workbooks, read back by what reads them elsewhere."""

from __future__ import annotations

import io
import warnings
import zipfile
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from kg import workbook
from kg.errors import KgError
from kg.workbook import Link, Value, write_workbook


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


@pytest.mark.parametrize("number", [0.1 + 0.2, 1 / 3, -1.7976931348623157e307, 5e-324, 123456789012345])
def test_numbers_keep_all_their_digits(number: float) -> None:
    assert cells((number,))["A2"].value == number


def test_what_looks_like_formatted_text_is_text() -> None:
    texts = ("<r><t>x</t></r>", "<r>&</r>", "<r></r>", "<si>")
    assert [cell.value for cell in cells(texts)[2]] == list(texts)


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
        *((item, None, None) for item in ("http://a.org/" + "x" * 2_100, "http://a.org/100%", "http://a/ b")),
        ("http://a/#" + "\U0001f600" * 1_040, None, None),
    ],
)
def test_links_lead_to_the_web_only(address: str, target: str | None, location: str | None) -> None:
    cell = cells((Link(address),))["A2"]
    assert (cell.value, cell.data_type) == (address, "s")
    found = cell.hyperlink
    assert (found and found.target, found and found.location) == (target, location)


def test_more_links_than_a_sheet_has_are_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "_LINKS", 3)
    sheet = cells(*((Link(f"http://x/{number}"),) for number in range(5)))
    assert (sheet["A4"].hyperlink.target, sheet["A5"].hyperlink) == ("http://x/2", None)
    assert sheet["A6"].value == "http://x/4"


def test_what_xml_has_no_place_for_is_written_as_excel_does() -> None:
    data = write_workbook({"S": Values(("a",), (("\x07\r\n\t_x0041_ <&>\uffff ",),))}, "T <&>")
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert book.testzip() is None
        text = book.read("xl/sharedStrings.xml").decode()
    assert '<t xml:space="preserve">_x0007__x000D_\n\t_x005F_x0041_ &lt;&amp;&gt;_xFFFF_ </t>' in text


def test_columns_go_on_after_z_up_to_the_last() -> None:
    sheet = cells(tuple(range(16_384)))
    assert (sheet["Z2"].value, sheet["AA2"].value, sheet["XFD2"].value) == (25, 26, 16_383)
    with pytest.raises(KgError, match=r"A sheet holds 16,384 columns; there are 16,385\."):
        cells(tuple(range(16_385)))


def test_a_cell_is_counted_as_excel_does() -> None:
    most = "\U0001f600" * 16_383 + "x"
    assert cells((most,))["A2"].value == most
    with pytest.raises(KgError, match=r"A cell holds 32,767 characters; row 2 has 32,768\. Take csv\."):
        cells(("x",), (most + "x",))
    with pytest.raises(KgError, match="row 0 has 40,000"):
        write_workbook({"S": Values(("x" * 40_000,), ())}, "T")


def test_names_of_sheets_are_made_fit_or_refused() -> None:
    table = Values(("a",), ())
    data = write_workbook({"'a/b'": table, "x" * 40: table}, "T")
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        text = book.read("xl/workbook.xml").decode()
    assert '<sheet name="a b" ' in text and f'<sheet name="{"x" * 31}" ' in text
    with pytest.raises(KgError, match="No sheet can be named 'A'"):
        write_workbook({"a": table, "A": table}, "T")
