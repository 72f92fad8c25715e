"""Workbooks in XLSX, after ECMA-376 (Office Open XML, part 1, section 18); the same bytes on every run.

A sheet is written piece by piece, so that it may be as long as Excel takes one without standing in memory. A
text is always a text in it, never a formula.
"""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import IO, Protocol
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from kg.errors import ResultTooLarge


class Link(str):
    """A text that leads to its own address, if that is an address of the web."""

    __slots__ = ()


Value = str | int | float | bool | date | None
"""What a cell holds: a date or moment (in UTC if it has a zone) is from 1900-03-01 on, a number finite."""


class Rows(Protocol):
    """Rows that are counted, and can be gone through more than once."""

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

_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")  # of a sheet
_NOT_IN_CELLS = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_NOT_PLAIN = re.compile(f"{_NOT_IN_CELLS.pattern}|[&<>]")
_WEB = re.compile(r"(https?://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?(?:[/?][^#]*)?)(?:#(.*))?")
_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})|[\x00-\x20]")
_ZEROTH = datetime(1899, 12, 30)
_EARLIEST = date(1900, 3, 1)  # Excel takes the year 1900 for a leap year

_TEXT, _HEADER, _LINK, _DATE, _MOMENT, _UTC = range(1, 7)
"""Places in the list of styles, below."""


def write_workbook(tables: Mapping[str, Table], title: str) -> bytes:
    """Return tables as the sheets of one workbook, by name; KgError when a sheet cannot hold one.

    The header stays in sight and has a filter.
    """
    for table in tables.values():
        _refuse_large(table)
    file = io.BytesIO()
    names = [_NOT_IN_NAMES.sub(" ", name)[:31] for name in tables]
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as book:
        for path, text in _frame(names, list(tables.values()), title).items():
            with _part(book, path) as part:
                part.write((_XML + text).encode())
        for number, table in enumerate(tables.values(), start=1):
            links: list[str] = []
            with _part(book, f"xl/worksheets/sheet{number}.xml") as part:
                for text in _sheet(table, links, is_first=number == 1):
                    part.write(text.encode())
            if links:
                with _part(book, f"xl/worksheets/_rels/sheet{number}.xml.rels") as part:
                    part.write(
                        (_XML + _relations(*((_OFFICE + "hyperlink", link) for link in links))).encode()
                    )
    return file.getvalue()


def can_hold(moment: date) -> bool:
    """Whether Excel has this date."""
    return date(moment.year, moment.month, moment.day) >= _EARLIEST


def _refuse_large(table: Table) -> None:
    for most, found, what in ((ROWS, len(table.rows), "rows"), (COLUMNS, len(table.header), "columns")):
        if found > most:
            raise ResultTooLarge(f"A sheet holds {most:,} {what}; there are {found:,}.", remedy="Take csv.")


def _part(book: zipfile.ZipFile, path: str) -> IO[bytes]:
    entry = zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0))  # no moment of writing: the bytes stay the same
    entry.compress_type = zipfile.ZIP_DEFLATED
    return book.open(entry, "w")


# ---- a sheet


def _sheet(table: Table, links: list[str], *, is_first: bool) -> Iterator[str]:
    """Yield the text of a sheet in pieces; ``links`` takes the addresses that it refers to."""
    letters = [_letters(column) for column in range(len(table.header))]
    area = f"A1:{letters[-1] if letters else 'A'}{len(table.rows) + 1}"
    yield f'{_XML}<worksheet xmlns="{_MAIN}" xmlns:r="{_OFFICE[:-1]}"><dimension ref="{area}"/><sheetViews>'
    selected = ' tabSelected="1"' if is_first else ""
    yield f'<sheetView{selected} workbookViewId="0">'
    yield '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    yield '<selection pane="bottomLeft"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
    if letters:
        yield "<cols>"
        for number, width in enumerate(_widths(table), start=1):
            yield f'<col min="{number}" max="{number}" width="{width}" customWidth="1"/>'
        yield "</cols>"
    yield '<sheetData><row r="1">'
    yield from (
        _cell(f"{letter}1", name, _HEADER) for letter, name in zip(letters, table.header, strict=True)
    )
    yield "</row>"
    referring: list[str] = []
    for number, row in enumerate(table.rows, start=2):
        cells = []
        for letter, value in zip(letters, row, strict=True):
            place = f"{letter}{number}"
            style = _TEXT
            if isinstance(value, Link) and len(links) < _LINKS and (target := _target(value)):
                style = _LINK
                links.append(target[0])
                where = f" location={quoteattr(target[1])}" if target[1] else ""
                referring.append(f'<hyperlink ref="{place}" r:id="rId{len(links)}"{where}/>')
            if value is not None and value != "":
                cells.append(_cell(place, value, style))
        yield f'<row r="{number}">{"".join(cells)}</row>'
    yield "</sheetData>"
    if letters:
        yield f'<autoFilter ref="{area}"/>'
    if referring:
        yield f"<hyperlinks>{''.join(referring)}</hyperlinks>"
    yield "</worksheet>"


def _cell(place: str, value: Value, style: int) -> str:
    if isinstance(value, str):
        return _text_cell(place, value, style)
    if isinstance(value, bool):
        return f'<c r="{place}" s="{style}" t="b"><v>{value:d}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}" s="{style}"><v>{value!r}</v></c>'
    if isinstance(value, datetime):
        days = (value.replace(tzinfo=None) - _ZEROTH).total_seconds() / 86_400
        return f'<c r="{place}" s="{_UTC if value.tzinfo else _MOMENT}"><v>{days!r}</v></c>'
    assert isinstance(value, date)
    return f'<c r="{place}" s="{_DATE}"><v>{(value - _ZEROTH.date()).days}</v></c>'


def _text_cell(place: str, text: str, style: int) -> str:
    # Excel counts in UTF-16.
    if len(text) > _CELL // 2 and (length := len(text) + sum(char > "\uffff" for char in text)) > _CELL:
        row = int(place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")) - 1
        raise ResultTooLarge(
            f"A cell holds {_CELL:,} characters; row {row} has {length:,}.", remedy="Take csv."
        )
    if _NOT_PLAIN.search(text):
        text = escape(_NOT_IN_CELLS.sub(lambda found: f"_x{ord(found[0]):04X}_", text))
    space = ' xml:space="preserve"' if text[:1].isspace() or text[-1:].isspace() else ""
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t{space}>{text}</t></is></c>'


def _target(text: str) -> tuple[str, str] | None:
    """The address and the part of the page that a link leads to; None when Excel would not take it."""
    found = _WEB.fullmatch(text)
    if not found or _BROKEN.search(text):
        return None
    address = quote(found[1], safe="/:?&=%~!$'()*+,;@-._")
    return (address, found[2] or "") if len(address) <= _ADDRESS and len(found[2] or "") <= _ADDRESS else None


def _letters(column: int) -> str:
    name = ""
    while column >= 0:
        column, rest = divmod(column, 26)
        name, column = chr(65 + rest) + name, column - 1
    return name


def _widths(table: Table) -> Sequence[int]:
    widths = [len(name) for name in table.header]
    for row in islice(table.rows, _LOOKED_AT):
        widths = [
            max(width, len(str(value))) if value is not None else width
            for width, value in zip(widths, row, strict=True)
        ]
    return [min(width + 2, _WIDEST) for width in widths]


# ---- what stands around the sheets

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OPEN = "http://schemas.openxmlformats.org/"
_MAIN = _OPEN + "spreadsheetml/2006/main"
_OFFICE = _OPEN + "officeDocument/2006/relationships/"
_PACKAGE = _OPEN + "package/2006/"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml."

_FONT = '<name val="Calibri"/><family val="2"/></font>'
_TOP = '<alignment vertical="top" wrapText="1"/></xf>'
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="3"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    '<numFmt numFmtId="166" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss&quot; UTC&quot;"/></numFmts>'
    f'<fonts count="3"><font><sz val="11"/>{_FONT}<font><b/><sz val="11"/>{_FONT}'
    f'<font><u/><sz val="11"/><color rgb="FF0563C1"/>{_FONT}</fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="2"><border><left/><right/><top/><bottom/><diagonal/></border>'
    '<border><left/><right/><top/><bottom style="thin"><color auto="1"/></bottom><diagonal/></border>'
    "</borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="7"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    f'<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" applyAlignment="1">{_TOP}'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="1" xfId="0" applyFont="1" applyBorder="1"/>'
    f'<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1" applyAlignment="1">{_TOP}'
    + "".join(
        f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" '
        f'applyAlignment="1">{_TOP}'
        for number in (164, 165, 166)
    )
    + '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    '<dxfs count="0"/></styleSheet>'
)


def _frame(names: Sequence[str], tables: Sequence[Table], title: str) -> Mapping[str, str]:
    """The parts of the file besides its sheets, by path."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, name in enumerate(names, start=1)
    )
    areas = [f"$A$1:${_letters(len(table.header) - 1)}${len(table.rows) + 1}" for table in tables]
    quoted = [escape(name.replace("'", "''")) for name in names]
    filters = "".join(
        f'<definedName name="_xlnm._FilterDatabase" localSheetId="{number}" hidden="1">'
        f"'{quoted[number]}'!{areas[number]}</definedName>"
        for number, table in enumerate(tables)
        if table.header
    )
    parts = {
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/xl/workbook.xml": _TYPE + "sheet.main+xml",
        "/xl/styles.xml": _TYPE + "styles+xml",
        **{f"/xl/worksheets/sheet{number}.xml": _TYPE + "worksheet+xml" for number in numbers},
    }
    return {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        + "".join(f'<Override PartName="{path}" ContentType="{kind}"/>' for path, kind in parts.items())
        + "</Types>",
        "_rels/.rels": _relations(
            (_OFFICE + "officeDocument", "xl/workbook.xml"),
            (_PACKAGE + "relationships/metadata/core-properties", "docProps/core.xml"),
            inside=True,
        ),
        "docProps/core.xml": f'<cp:coreProperties xmlns:cp="{_PACKAGE}metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title>"
        '<dcterms:created xsi:type="dcterms:W3CDTF">2000-01-01T00:00:00Z</dcterms:created>'
        "</cp:coreProperties>",
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE[:-1]}"><sheets>{sheets}</sheets>'
        + (f"<definedNames>{filters}</definedNames>" if filters else "")
        + "</workbook>",
        "xl/_rels/workbook.xml.rels": _relations(
            *((_OFFICE + "worksheet", f"worksheets/sheet{number}.xml") for number in numbers),
            (_OFFICE + "styles", "styles.xml"),
            inside=True,
        ),
        "xl/styles.xml": _STYLES,
    }


def _relations(*targets: tuple[str, str], inside: bool = False) -> str:
    mode = "" if inside else ' TargetMode="External"'
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target={quoteattr(target)}{mode}/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}relationships">{links}</Relationships>'
