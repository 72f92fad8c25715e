"""The outline of a place as a small picture: north is up, east is right, degrees of longitude shortened.

An equirectangular projection with the middle latitude as standard parallel; good for places far from the
poles, which ours are. A point is a disc.
"""

from dataclasses import dataclass
from math import cos, radians
from typing import Any

from kg.errors import KgError
from kg.geometry import geometry

_SIZE = 240.0
_MARGIN = 8.0
_MOST_POINTS = 20_000


@dataclass(frozen=True)
class Outline:
    """A picture of ``width`` by ``height``: paths and points in it, and what it shows in words."""

    width: float
    height: float
    path: str
    points: tuple[tuple[float, float], ...]
    words: str


@dataclass(frozen=True)
class Strokes:
    """A geometry as lines and single points, each a longitude and a latitude; the lines may be closed."""

    lines: list[list[list[float]]]
    dots: list[list[float]]
    closed: bool


def strokes(text: str) -> Strokes | None:
    """Take a geometry in well-known text apart; None when it is none, or too large to draw."""
    try:
        found = geometry(text)
    except KgError:
        return None
    kind, coordinates = found["type"], found.get("coordinates", [])
    lines: list[list[list[float]]] = []
    dots: list[list[float]] = []
    if kind in ("Point", "MultiPoint"):
        dots = [coordinates] if kind == "Point" else coordinates
    else:
        lines = list(_lines(coordinates, {"LineString": 0, "Polygon": 1, "MultiLineString": 1}.get(kind, 2)))
    every = [point for line in lines for point in line] + dots
    if not 0 < len(every) <= _MOST_POINTS or not all(_is_place(point) for point in every):
        return None
    return Strokes(lines, dots, kind.endswith("Polygon"))


def outline(text: str) -> Outline | None:
    """Draw a geometry in well-known text; None when it is none, or too large to draw."""
    found = strokes(text)
    if found is None:
        return None
    every = [point for line in found.lines for point in line] + found.dots
    return _drawn(found.lines, found.dots, every, closed=found.closed)


def _lines(nested: Any, depth: int) -> Any:
    if depth == 0:
        yield nested
        return
    for item in nested:
        yield from _lines(item, depth - 1)


def _is_place(point: Any) -> bool:
    return len(point) >= 2 and -180 <= point[0] <= 180 and -90 <= point[1] <= 90


def _drawn(
    lines: list[list[list[float]]], dots: list[list[float]], every: list[list[float]], *, closed: bool
) -> Outline:
    west, east = min(point[0] for point in every), max(point[0] for point in every)
    south, north = min(point[1] for point in every), max(point[1] for point in every)
    narrow = max(0.05, cos(radians((south + north) / 2)))
    scale = (_SIZE - 2 * _MARGIN) / max((east - west) * narrow, north - south, 1e-9)
    width = round((east - west) * narrow * scale + 2 * _MARGIN, 1) if lines else 2 * _MARGIN
    height = round((north - south) * scale + 2 * _MARGIN, 1) if lines else 2 * _MARGIN

    def at(point: list[float]) -> tuple[float, float]:
        if not lines and len(dots) == 1:
            return _MARGIN, _MARGIN
        x, y = (point[0] - west) * narrow * scale, (north - point[1]) * scale
        return round(x + _MARGIN, 1), round(y + _MARGIN, 1)

    path = "".join(
        "M" + "L".join(f"{x:g} {y:g}" for x, y in map(at, line)) + ("Z" if closed else "") for line in lines
    )
    if (west, south) == (east, north):
        words = f"at {_degrees(north, 'N', 'S')}, {_degrees(east, 'E', 'W')}"
    else:
        words = (
            f"from {_degrees(south, 'N', 'S')} to {_degrees(north, 'N', 'S')} "
            f"and from {_degrees(west, 'E', 'W')} to {_degrees(east, 'E', 'W')}"
        )
    return Outline(width, height, path, tuple(map(at, dots)), words)


def _degrees(value: float, positive: str, negative: str) -> str:
    return f"{abs(value):.1f}° {positive if value >= 0 else negative}"
