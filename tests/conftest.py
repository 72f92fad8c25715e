"""Fixtures for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.build import Dataset, build
from kg.content import Content, find_content
from sample import Mini

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def whole_content() -> Content:
    """The content of the project."""
    return find_content(str(ROOT))


@pytest.fixture(scope="session")
def whole_dataset(whole_content: Content) -> Dataset:
    """All that the project's content states, built once for all tests."""
    return build(whole_content)


@pytest.fixture
def mini(tmp_path: Path) -> Mini:
    """A small content folder of the test's own."""
    return Mini(tmp_path / "content")
