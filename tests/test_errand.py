"""Work in a process of its own: its output comes back, and it does not outlive its time."""

from __future__ import annotations

import asyncio

import pytest

from kg.errand import outcome
from kg.errors import Timeout


def test_what_a_module_writes_comes_back() -> None:
    found = asyncio.run(outcome("base64", "-t", 60, "It", ""))
    assert b"Aladdin" in found


def test_what_takes_too_long_is_stopped() -> None:
    with pytest.raises(Timeout, match=r"^It was stopped after 0\.01 s\. Ask for less\.$"):
        asyncio.run(outcome("http.server", "0", 0.01, "It", "Ask for less."))


def test_of_what_dies_nothing_comes() -> None:
    assert asyncio.run(outcome("kg.nothing", "", 60, "It", "")) == b""
