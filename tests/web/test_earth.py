"""The flat earth: positions, the outlines of the bundle, and shapes of our own."""

from __future__ import annotations

import json

import pytest

from kg.bundle import LICENCES, Bundle, read_bundle
from kg.web.earth import EDGE, HEIGHT, WIDTH, path_of, project, read_world

WORLD = {
    "frame": [9600, 4680, 1770],
    "shapes": {"404": "M1 1l5 0 0 5Z"},
    "spots": {"404": [3, 3]},
    "rest": "",
}


def bundle(text: str) -> Bundle:
    files = {"world-A.json": text.encode(), LICENCES: b""}
    return Bundle("f", {}, files, (), {"world": "world-A.json"})


def test_the_middle_the_edges_and_a_place() -> None:
    assert project(0, 0) == (WIDTH // 2, HEIGHT // 2)
    assert project(180, 0) == (9591, 2340)
    assert project(0, 90)[1] == HEIGHT - project(0, -90)[1] == 8
    # As d3-geo projects Singapore.
    assert project(103.82, 1.35) == pytest.approx((7563, 2291), abs=3)
    assert EDGE.startswith("M") and EDGE.endswith("Z")


def test_the_outlines_of_the_bundle() -> None:
    found = read_world(bundle(json.dumps(WORLD)))
    assert found is not None
    assert (found.shapes, found.spots) == ({"404": "M1 1l5 0 0 5Z"}, {"404": (3, 3)})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        json.dumps({**WORLD, "frame": [1, 1, 1]}),
        json.dumps({**WORLD, "spots": {"404": [1]}}),
        json.dumps({**WORLD, "shapes": None}),
    ],
)
def test_outlines_that_cannot_be_used_are_none(text: str) -> None:
    assert read_world(bundle(text)) is None
    assert read_world(None) is None
    assert read_world(Bundle("f", {}, {}, ())) is None


def test_the_bundle_that_was_built_lies_in_the_same_frame() -> None:
    built = read_bundle()
    if built is None:
        pytest.skip("the package was built without the scripts of its pages")
    found = read_world(built)
    assert found is not None
    assert {"404", "840", "702", "032"} <= set(found.shapes)
    assert found.spots["702"] == pytest.approx(project(103.82, 1.35), abs=5)
    assert sum(map(len, found.shapes.values())) < 80_000
    assert any(name.startswith("world-atlas ") for name in built.packages)
    licences = built.files[LICENCES].decode()
    assert "world-atlas" in licences and "Natural Earth" in licences and "Michael Bostock" in licences


def test_shapes_in_well_known_text() -> None:
    x, y = project(0, 0)
    ring = path_of("POLYGON ((0 0, 10 0, 10 10, 0 0))")
    assert ring.startswith(f"M{x} {y}L") and ring.endswith("Z")
    assert not path_of("LINESTRING (0 0, 10 0)").endswith("Z")
    assert path_of("POINT (0 0)") == f"M{x - 25} {y - 25}h50v50h-50Z"
    assert path_of("POLYGON ((0 0, 10 0") == path_of("POINT (200 95)") == path_of("") == ""
