"""Places of things: inside the frame, apart from each other, the same each time."""

from __future__ import annotations

import random
from itertools import combinations, pairwise
from math import hypot

import pytest

from kg.arrangement import APART, WIDTH, Arrangement, columns, named, rings, spread


def near(ties: list[tuple[str, str]], things: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {thing: [] for thing in things}
    for one, other in dict.fromkeys(ties):
        if one != other and other not in found[one]:
            found[one].append(other)
            found[other].append(one)
    return found


def is_sound(arrangement: Arrangement, things: list[str]) -> None:
    assert set(arrangement.places) == set(things)
    for x, y in arrangement.places.values():
        assert 0 <= x <= arrangement.width and 0 <= y <= arrangement.height
    least = min(
        (hypot(a - c, b - d) for (a, b), (c, d) in combinations(arrangement.places.values(), 2)), default=99
    )
    assert least >= APART - 1.5


@pytest.mark.parametrize("size", [1, 2, 3, 60, 400])
def test_spread(size: int) -> None:
    dice = random.Random(size)
    things = [f"t{number}" for number in range(size)]
    ties = [
        (things[min(dice.randrange(size), dice.randrange(size))], dice.choice(things))
        for _ in range(2 * size)
    ]
    found = spread(things, near(ties, things))
    is_sound(found, things)
    assert found == spread(things[::-1], near(ties, things)), "whatever order they come in"
    assert found.width == WIDTH and found.height < 1300


def test_what_is_tied_is_nearer_than_what_is_not() -> None:
    things = [f"{group}{number}" for group in "ab" for number in range(12)]
    ties = [pair for pair in combinations(things, 2) if pair[0][0] == pair[1][0]] + [("a0", "b0")]
    places = spread(things, near(ties, things)).places

    def apart(pairs: list[tuple[str, str]]) -> float:
        return sum(hypot(places[a][0] - places[b][0], places[a][1] - places[b][1]) for a, b in pairs) / len(
            pairs
        )

    others = [pair for pair in combinations(things, 2) if pair[0][0] != pair[1][0]]
    assert apart(ties) < 0.6 * apart(others)


@pytest.mark.parametrize("sizes", [(1,), (1, 1), (1, 7), (1, 41, 80), (1, 120, 279)])
def test_rings(sizes: tuple[int, ...]) -> None:
    layers = [[f"r{step}-{number}" for number in range(size)] for step, size in enumerate(sizes)]
    things = [thing for layer in layers for thing in layer]
    ties = [
        (one, far[place % len(far)]) for far, layer in pairwise(layers) for place, one in enumerate(layer)
    ]
    found = rings(layers, near(ties, things))
    is_sound(found, things)
    x, y = found.places["r0-0"]
    assert (x, y) == pytest.approx((found.width / 2, y), abs=15)
    middles = [
        [hypot(found.places[one][0] - x, found.places[one][1] - y) for one in layer] for layer in layers
    ]
    assert max(map(min, middles)) == min(middles[-1]), "what is farther away is farther out"


def test_columns() -> None:
    layers = [["a"], ["b", "c"], ["d", "e", "f"], ["g"]]
    ties = [("a", "b"), ("a", "c"), ("b", "f"), ("c", "d"), ("c", "e"), ("d", "g"), ("e", "g"), ("f", "g")]
    found = columns(layers, near(ties, [*"abcdefg"]))
    is_sound(found, [*"abcdefg"])
    xs = [{found.places[one][0] for one in layer} for layer in layers]
    assert all(len(column) == 1 for column in xs) and [min(x) for x in xs] == sorted(min(x) for x in xs)
    assert found.places["f"][1] < found.places["d"][1], "ties do not cross where they need not"


def test_names_where_there_is_room() -> None:
    places = {"a": (200.0, 30.0), "b": (240.0, 30.0), "c": (280.0, 30.0), "edge": (2.0, 30.0)}
    frame = Arrangement(WIDTH, 60.0, places)
    names = dict.fromkeys(places, "a rather long name")
    sizes = dict.fromkeys(places, 6.0)

    def shown(*order: str, over: tuple[str, ...] = ()) -> dict[str, tuple[float, str]]:
        return {one: (side.y, side.anchor) for one, side in named(frame, names, sizes, order, over).items()}

    assert shown("a", "b", "c") == {"a": (18, "middle"), "b": (-12, "middle"), "c": (4, "start")}
    assert shown("c", "b", "a") == {"c": (18, "middle"), "b": (-12, "middle"), "a": (4, "end")}
    assert shown("edge", over=("edge",)) == {"edge": (4, "start")}
    places["near"], sizes["near"] = (30.0, 30.0), 6.0
    assert shown("edge") == {}
    assert shown("edge", over=("edge",)) == {"edge": (4, "start")}, "over the other"
