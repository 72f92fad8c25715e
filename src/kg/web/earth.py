"""The earth as a flat map: the projection, outlines of countries from the bundle, and other shapes on it.

The projection is Equal Earth (Šavrič, Patterson and Jenny 2018), which keeps areas in proportion. All numbers
are tenths of a pixel. ``ui/src/world.js`` draws the countries in the same frame when the bundle is built.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from kg.bundle import Bundle
from kg.web.outline import strokes

WIDTH, HEIGHT = 9600, 4680
_SCALE = 1770
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_NAME = "world"


@dataclass(frozen=True)
class World:
    """Outlines of countries as SVG paths, by ISO 3166-1 numeric code.

    ``spots`` has the middle of those that are too small to be seen, ``rest`` land that has no code.
    """

    shapes: Mapping[str, str]
    spots: Mapping[str, tuple[int, int]]
    rest: str


def read_world(bundle: Bundle | None) -> World | None:
    """Take the outlines from the bundle; None where there are none, or none in this frame."""
    if bundle is None or _NAME not in bundle.data:
        return None
    try:
        found = json.loads(bundle.files[bundle.data[_NAME]])
        if found["frame"] != [WIDTH, HEIGHT, _SCALE]:
            return None
        spots = {str(code): (int(x), int(y)) for code, (x, y) in found["spots"].items()}
        return World({str(code): str(path) for code, path in found["shapes"].items()}, spots, found["rest"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def project(longitude: float, latitude: float) -> tuple[int, int]:
    """Where a position in degrees lies on the map."""
    angle = asin(sqrt(3) / 2 * sin(radians(latitude)))
    square = angle * angle
    sixth = square**3
    narrow = sqrt(3) / 2 * (_A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square))
    x = radians(longitude) * cos(angle) / narrow
    y = angle * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))
    return round(WIDTH / 2 + _SCALE * x), round(HEIGHT / 2 - _SCALE * y)


def path_of(text: str) -> str:
    """Draw a geometry in well-known text as an SVG path; a point is a small square, what is none is empty."""
    found = strokes(text)
    if found is None:
        return ""
    lines = [[project(*point[:2]) for point in line] for line in found.lines]
    path = "".join(
        "M" + "L".join(f"{x} {y}" for x, y in line) + ("Z" if found.closed else "") for line in lines
    )
    return path + "".join(
        f"M{x - 25} {y - 25}h50v50h-50Z" for x, y in (project(*point[:2]) for point in found.dots)
    )


def _edge() -> str:
    """The outline of the map as a whole."""
    south_to_north = range(-90, 91, 5)
    points = [project(180, latitude) for latitude in south_to_north]
    points += [project(-180, latitude) for latitude in reversed(south_to_north)]
    return "M" + "L".join(f"{x} {y}" for x, y in points) + "Z"


EDGE = _edge()
