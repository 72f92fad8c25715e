"""The files on offer, and what they weigh."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from pathlib import Path

import pytest

from kg.build import build
from kg.content import Content, find_content
from kg.offer import FILES, Weight, weigh


@pytest.fixture
def content(tmp_path: Path) -> Content:
    path = tmp_path / "one.nt"
    path.write_text('<https://example.org/a> <https://example.org/b> "c" .\n', encoding="utf-8")
    return find_content(str(path))


def test_they_weigh_what_is_made_here(content: Content) -> None:
    dataset = build(content)
    made = {name: file.make(dataset) for name, file in FILES.items()}
    expected = {name: Weight(len(data), sha256(data).hexdigest()) for name, data in made.items()}
    assert asyncio.run(weigh(content)) == expected


def test_of_what_is_too_large_nothing_is_made(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kg.offer._LARGEST", 10)
    assert asyncio.run(weigh(content)) == {}


def test_what_cannot_be_made_is_told_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gone = Content("file", tmp_path / "gone.nt", "the file gone.nt")
    assert asyncio.run(weigh(gone)) == {}
    assert "too much in the file gone.nt" in caplog.text
