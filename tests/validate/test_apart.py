"""The check in a process of its own: the same report, and an end to it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from kg.errors import Crashed, Timeout
from kg.validate import check
from kg.validate.apart import check_apart
from sample import Mini


def test_it_is_the_report_of_a_check_here(mini: Mini) -> None:
    mini.card("place/odd", "conn:Place", "Odd.")
    expected = check(mini.content)
    assert not expected.conforms and expected.digest
    assert asyncio.run(check_apart(mini.root, 100)) == expected


def test_what_takes_too_long_is_killed(mini: Mini) -> None:
    with pytest.raises(Timeout, match=r"stopped after 0\.01 s"):
        asyncio.run(check_apart(mini.root, 0.01))


def test_where_nothing_can_be_checked_the_process_dies(tmp_path: Path) -> None:
    with pytest.raises(Crashed, match="died of it"):
        asyncio.run(check_apart(tmp_path / "nowhere", 100))


def test_the_process_writes_json(mini: Mini) -> None:
    command = [sys.executable, "-m", "kg.validate.apart", str(mini.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["conforms"] is True
