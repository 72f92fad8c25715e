"""Where things go in a picture of a network: rings around one, columns along paths, or by pull and push.

All of it is plain arithmetic that gives the same places for the same things. Units are pixels, y goes down.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin, sqrt
from typing import Literal

Place = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""
Near = Mapping[str, Sequence[str]]
"""For each thing those that it is tied to."""

WIDTH = 1040.0
APART = 27.0
"""The least distance of two things: each can be hit with a finger (WCAG 2.2, 2.5.8)."""
_MARGIN = 24.0
_FIRST = 200.0
_WIDER = 1.6
_ROW = 30.0
_ROUNDS = 70
_LETTER = 6.8
_BOLD = 1.15
"""How much wider the names are that may lie over things."""
_HEIGHT = 14.0
_LINE = 10.0
"""From the top of a name to the line that it stands on."""


@dataclass(frozen=True)
class Arrangement:
    """Places within a frame of ``width`` by ``height``."""

    width: float
    height: float
    places: Mapping[str, Place]


def rings(layers: Sequence[Sequence[str]], near: Near) -> Arrangement:
    """Put the only thing of the first layer into the middle, and the other layers around it.

    A layer that is too long for one ring takes several. Rings are wider than tall, as names are.
    """
    places = _ringed(layers, near)
    half = max(1.0, *(abs(x) for x, _ in places.values()))
    by = min(_WIDER, max(1.0, (WIDTH / 2 - 5 * _MARGIN) / half))
    return _framed(_apart({one: (x * by, y) for one, (x, y) in places.items()}))


def columns(layers: Sequence[Sequence[str]], near: Near) -> Arrangement:
    """Put each layer into a column, from left to right; all ties lead from one to the next."""
    tallest = max(map(len, layers))
    gap = min(110.0, max(2 * APART, 520.0 / tallest))
    wide = (WIDTH - 10 * _MARGIN) / max(1, len(layers) - 1)
    places: dict[str, Place] = {}
    for number, layer in enumerate(layers):
        ranks = {
            one: sum(found) / len(found) if (found := [places[x][1] for x in near[one] if x in places]) else 0
            for one in layer
        }
        for row, one in enumerate(sorted(layer, key=lambda one: (ranks[one], one))):
            places[one] = (wide * number, gap * (row - (len(layer) - 1) / 2))
    left, top = 5 * _MARGIN, 3 * _MARGIN - min(y for _, y in places.values())
    height = gap * (tallest - 1) + 6 * _MARGIN
    return Arrangement(WIDTH, height, {one: (x + left, y + top) for one, (x, y) in places.items()})


def spread(things: Sequence[str], near: Near) -> Arrangement:
    """Arrange things by what ties them: tied things pull, near ones push (Fruchterman and Reingold, 1991)."""
    things = sorted(things, key=lambda one: (-len(near[one]), one))
    places = _ringed(_layers(things, near), near)
    length = 44.0
    for number in range(_ROUNDS):
        heat = 40.0 * (1 - number / _ROUNDS) + 1
        moves = _pushes(places, length, 2.2 * length)
        for one in things:
            x, y = places[one]
            for other in near[one]:
                dx, dy = places[other][0] - x, places[other][1] - y
                pull = hypot(dx, dy) / length / sqrt(len(near[one]) + len(near[other]))
                moves[one][0] += dx * pull * 0.8
                moves[one][1] += dy * pull * 0.8
            dx, dy = moves[one][0] - x * 0.05, moves[one][1] - y * 0.09
            size = hypot(dx, dy) or 1.0
            places[one] = (x + dx / size * min(size, heat), y + dy / size * min(size, heat))
    return _framed(_apart(_fitted(places)))


@dataclass(frozen=True)
class Side:
    """Where the name of a thing begins, ends or has its middle, as seen from the thing."""

    x: float
    y: float
    anchor: Literal["start", "middle", "end"] = "middle"

    def box(self, width: float) -> Box:
        """What a name of a width takes up there."""
        left = self.x - {"start": 0.0, "middle": width / 2, "end": width}[self.anchor]
        return (left, self.y - _LINE, left + width, self.y - _LINE + _HEIGHT)


def sides(size: float) -> tuple[Side, ...]:
    """Where the name of a thing of a size may stand: below it, which is best, above or beside it."""
    return (
        Side(0.0, size + 2 + _LINE),
        Side(0.0, _LINE - size - 2 - _HEIGHT),
        Side(size + 4, 4.0, "start"),
        Side(-size - 4, 4.0, "end"),
    )


def named(
    arrangement: Arrangement,
    names: Mapping[str, str],
    sizes: Mapping[str, float],
    order: Sequence[str],
    over: Collection[str] = (),
) -> dict[str, Side]:
    """The things whose names there is room for, taken in this order, and on which side of them.

    No name lies over another. The names of some may lie ``over`` other things, over as few as can be.
    """
    marks, taken = _Boxes(), _Boxes()
    for one, (x, y) in arrangement.places.items():
        marks.add((x - sizes[one], y - sizes[one], x + sizes[one], y + sizes[one]))
    found = {}
    for one in order:
        x, y = arrangement.places[one]
        wide = len(names[one]) * _LETTER * (_BOLD if one in over else 1)
        fitting: list[tuple[int, int, Box, Side]] = []
        for side in sides(sizes[one]):
            left, top, right, bottom = side.box(wide)
            box = (x + left, y + top, x + right, y + bottom)
            is_inside = min(box) >= 0 and box[2] <= arrangement.width and box[3] <= arrangement.height
            if is_inside and not taken.under(box):
                fitting.append((marks.under(box), len(fitting), box, side))
        if fitting and (not min(fitting)[0] or one in over):
            _, _, box, found[one] = min(fitting, key=lambda item: item[:2])
            taken.add(box)
    return found


class _Boxes:
    """Boxes by the squares of a grid that they lie in."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[Box]] = defaultdict(list)

    def add(self, box: Box) -> None:
        for cell in _cells(box):
            self._cells[cell].append(box)

    def under(self, box: Box) -> int:
        """How many of them a box lies over."""
        return len({other for cell in _cells(box) for other in self._cells[cell] if _meet(box, other)})


def _ringed(layers: Sequence[Sequence[str]], near: Near) -> dict[str, Place]:
    places: dict[str, Place] = {}
    angles: dict[str, float] = {}
    radius = 0.0
    for number, layer in enumerate(layers):
        if number == 0:
            places.update(dict.fromkeys(layer, (0.0, 0.0)))
            angles.update(dict.fromkeys(layer, 0.0))
            radius = _FIRST
            continue
        turns = {one: _turn([angles[other] for other in near[one] if other in angles]) for one in layer}
        order = sorted(layer, key=lambda one: turns[one]) if number > 1 else layer
        rows = 1
        while 2 * pi * radius * rows < len(order) * APART * 1.1:
            rows += 1
        for place, one in enumerate(order):
            angle = angles[one] = 2 * pi * place / len(order) - pi / 2
            reach = radius + _ROW * (place % rows)
            places[one] = (reach * cos(angle), reach * sin(angle))
        radius += _ROW * (rows - 1) + 90
    return places


def _turn(angles: Sequence[float]) -> float:
    """The middle of angles, from a quarter turn before zero on, as rings are filled."""
    x, y = sum(map(cos, angles)), sum(map(sin, angles))
    turn = atan2(y, x)
    return turn + 2 * pi if turn < -pi / 2 else turn


def _layers(things: Sequence[str], near: Near) -> list[list[str]]:
    """The first thing, those tied to it, and so on; what no tie leads to is the last layer."""
    layers, known = [[things[0]]], {things[0]}
    while edge := [one for one in things if one not in known and not known.isdisjoint(near[one])]:
        layers.append(edge)
        known.update(edge)
    if rest := [one for one in things if one not in known]:
        layers.append(rest)
    return layers


def _pushes(places: Mapping[str, Place], length: float, reach: float) -> dict[str, list[float]]:
    """How things within reach of each other move apart."""
    moves = {one: [0.0, 0.0] for one in places}
    for one, other in _pairs(places, reach):
        dx, dy = places[one][0] - places[other][0], places[one][1] - places[other][1]
        square = dx * dx + dy * dy
        if square < reach * reach:
            push = length * length / max(square, 1.0)
            dx, dy = (dx, dy) if square > 1e-6 else (1.0, 0.5)
            moves[one][0] += dx * push
            moves[one][1] += dy * push
            moves[other][0] -= dx * push
            moves[other][1] -= dy * push
    return moves


def _pairs(places: Mapping[str, Place], reach: float) -> list[tuple[str, str]]:
    """Pairs of things that may be within reach: in the same square of a grid, or in squares that touch."""
    squares: dict[tuple[int, int], list[str]] = defaultdict(list)
    for one, (x, y) in places.items():
        squares[int(x // reach), int(y // reach)].append(one)
    found = []
    for (column, row), here in squares.items():
        found += [(one, other) for place, one in enumerate(here) for other in here[:place]]
        for step in ((1, 0), (1, 1), (0, 1), (-1, 1)):
            there = squares.get((column + step[0], row + step[1]), ())
            found += [(one, other) for one in here for other in there]
    return found


def _fitted(places: Mapping[str, Place]) -> dict[str, Place]:
    """Stretch or squeeze what is spread to the width, with room for all, and not too tall."""
    xs, ys = sorted(x for x, _ in places.values()), sorted(y for _, y in places.values())
    width = WIDTH - 6 * _MARGIN
    height = min(max(len(places) * 2600 / width, 160.0), 1100.0)
    across = min(2.5, width / max(1.0, xs[-1] - xs[0]))
    down = min(2.5, height / max(1.0, ys[-1] - ys[0]))
    return {one: (x * across, y * down) for one, (x, y) in places.items()}


def _apart(places: dict[str, Place]) -> dict[str, Place]:
    """Move things away from each other that are too near."""
    for _ in range(60):
        is_done = True
        for one, other in _pairs(places, APART + 1):
            (x, y), (u, v) = places[one], places[other]
            dx, dy = x - u, y - v
            size = hypot(dx, dy)
            if size < APART:
                is_done = False
                dx, dy, size = (dx, dy, size) if size > 1e-3 else (1.0, 0.7, 1.2)
                by = (APART + 0.5 - size) / 2 / size
                places[one] = (x + dx * by, y + dy * by)
                places[other] = (u - dx * by, v - dy * by)
        if is_done:
            break
    return places


def _framed(places: Mapping[str, Place]) -> Arrangement:
    """Move everything into a frame, with a margin that has room for names."""
    left, right = min(x for x, _ in places.values()), max(x for x, _ in places.values())
    top, bottom = min(y for _, y in places.values()), max(y for _, y in places.values())
    width = max(WIDTH, right - left + 4 * _MARGIN)
    x, y = (width - right - left) / 2, 2 * _MARGIN - top
    moved = {one: (round(a + x, 1), round(b + y, 1)) for one, (a, b) in places.items()}
    return Arrangement(width, round(bottom - top + 4 * _MARGIN, 1), moved)


def _cells(box: Box) -> list[tuple[int, int]]:
    left, top, right, bottom = (int(edge // 64) for edge in box)
    return [(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
