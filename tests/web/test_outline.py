"""Outlines of places."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from kg.web.outline import outline


def test_a_square_on_the_equator_is_a_square() -> None:
    found = outline("POLYGON ((10 -1, 12 -1, 12 1, 10 1, 10 -1))")
    assert found is not None
    assert found.width == pytest.approx(found.height, abs=0.1)
    assert found.path.startswith("M8 ") and found.path.endswith("Z")
    assert found.words == "from 1.0° S to 1.0° N and from 10.0° E to 12.0° E"


def test_north_is_up_and_degrees_of_longitude_are_short_in_the_north() -> None:
    found = outline("LINESTRING (0 60, 10 60, 10 70)")
    assert found is not None
    (start, corner, end) = re.findall(r"([\d.]+) ([\d.]+)", found.path)
    assert float(start[1]) == float(corner[1]) > float(end[1])
    assert found.width < found.height
    assert not found.path.endswith("Z")


def test_a_point_is_a_dot() -> None:
    found = outline("POINT (-110.588 44.428)")
    assert found is not None
    assert (found.path, len(found.points)) == ("", 1)
    assert found.words == "at 44.4° N, 110.6° W"


@pytest.mark.parametrize(
    "text", ["", "POINT (200 0)", "POLYGON ((0 0, 0 91, 1 1, 0 0))", "<script>", "POINT EMPTY"]
)
def test_what_cannot_be_drawn_is_not(text: str) -> None:
    assert outline(text) is None


def test_the_page_of_a_place_shows_its_outline(full: TestClient) -> None:
    page = full.get("/id/place/alps.html").text
    assert '<path class="outline" d="M' in page
    assert "from 43.6° N" in page or re.search(r"from 4\d\.\d° N to 4\d\.\d° N and from \d\.\d° E", page)
    assert "<svg" not in full.get("/id/organisation/ifaw.html").text.partition("<main")[2]
