"""Passages cut from extracted text, and the digests of their text."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from kg.errors import ContentError
from kg.paragraphs import Locator, digest, passages, read_passages
from sample import Mini

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT.parent / "shared" / "source"
DOCUMENT = "cms-cop14-initiatives-on-connectivity"

TEXT = """\
 Summary: \x20
\x20
Two paragraphs sum up \x20
what follows.\x20
\x20
The second of them.\x20
 THE REPORT\x20

\x20
First Section\x20
\x20
1. The first paragraph has a blank line below\x20

its first line, and speaks of\x20
2. things in a list; a hyphen-\x20
ated word.\x20
\x0c continued after a page.\x20

2. The second one stands in the same section.\x20
 A Heading That Is So Long That
It Takes Two Lines\x20
\x20
2. A number printed twice.\x20

Closing heading (Alps)\x20

Closing heading\x20
"""
LOCATORS = [
    Locator(1),
    Locator(2, "1", "First Section"),
    Locator(3, "2", "First Section"),
    Locator(4, "2", "A Heading That Is So Long That It Takes Two Lines"),
    Locator(5, None, "Closing heading (Alps)"),
    Locator(6, None, "Closing heading"),
]


def test_passages_are_cut_by_their_locators() -> None:
    assert passages(TEXT, reversed(LOCATORS), "The report") == {
        1: "Two paragraphs sum up what follows. The second of them.",
        2: "1. The first paragraph has a blank line below its first line, and speaks of 2. things in a list; "
        "a hyphen- ated word. continued after a page.",
        3: "2. The second one stands in the same section.",
        4: "2. A number printed twice.",
        5: "Closing heading (Alps)",
        6: "Closing heading",
    }


def test_line_ends_do_not_matter() -> None:
    assert passages(TEXT.replace("\n", "\r\n"), LOCATORS, "The report") == passages(
        TEXT, LOCATORS, "The report"
    )


def test_what_is_not_there_is_left_out() -> None:
    found = passages(TEXT, [Locator(1, "7", "Nowhere"), Locator(2, None, "Closing heading")])
    assert found == {2: "Closing heading"}
    assert passages("", LOCATORS) == {1: ""}


def test_the_digest() -> None:
    assert digest(" a\n\n b ") == hashlib.sha256(b"a b").hexdigest()


def test_passages_of_a_content_with_their_text(mini: Mini, tmp_path: Path) -> None:
    (tmp_path / "report.txt").write_text("1. One.\n\n2. Two.\n", encoding="utf-8")
    path = mini.root / "data/sources/report/01-text.ttl"
    path.write_text(path.read_text(encoding="utf-8").replace("0" * 64, digest("1. One.")), encoding="utf-8")
    found = [
        item
        for item in read_passages(mini.content.parsed([]), tmp_path)
        if not isinstance(item, ContentError)
    ]
    assert [(item.text, item.is_verified) for item in found] == [("1. One.", True), ("2. Two.", False)]
    (error,) = read_passages(mini.content.parsed([]), tmp_path.parent)
    assert isinstance(error, ContentError)
    with pytest.raises(ContentError, match="There is no such folder"):
        list(read_passages(mini.content.parsed([]), tmp_path / "gone"))
