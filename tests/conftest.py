"""Fixtures for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from sample import Mini


@pytest.fixture
def mini(tmp_path: Path) -> Mini:
    """A small content folder of the test's own."""
    return Mini(tmp_path / "content")
