"""Geometries from literals: what is read, in which order of axes, and what is refused."""

from __future__ import annotations

import json

import pytest
from shapely import from_wkt
from shapely.geometry import shape

from kg.errors import KgError
from kg.geometry import GEOJSON, WKT, geometry, is_geometry

CRS84 = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
EPSG = "<http://www.opengis.net/def/crs/EPSG/0/4326>"


@pytest.mark.parametrize(
    ("text", "coordinates"),
    [
        ("POINT (1 2)", [1, 2]),
        (f"{CRS84} POINT(1.5 -2e1)", [1.5, -20.0]),
        (f"{EPSG} POINT(46 7)", [7, 46]),
        (f"{EPSG} LINESTRING(46 7 9, 47 8 9)", [[7, 46, 9], [8, 47, 9]]),
        ("point z(1 2 3)", [1, 2, 3]),
        ("POINT M (1 2 3)", [1, 2]),
        ("POINT ZM (1 2 3 4)", [1, 2, 3]),
        ("LINESTRING (0 0, 1 1)", [[0, 0], [1, 1]]),
        ("MULTIPOINT (1 2, 3 4)", [[1, 2], [3, 4]]),
        ("MULTIPOINT ((1 2), (3 4))", [[1, 2], [3, 4]]),
        ("POLYGON ((0 0, 1 0, 1 1, 0 0))", [[[0, 0], [1, 0], [1, 1], [0, 0]]]),
        ("MULTIPOLYGON EMPTY", []),
    ],
)
def test_well_known_text(text: str, coordinates: object) -> None:
    assert geometry(text)["coordinates"] == coordinates


@pytest.mark.parametrize(
    "text",
    [
        "POLYGON ((0 0, 9 0, 9 9, 0 0), (1 1, 2 1, 2 2, 1 1))",
        "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3, 4 4))",
        "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
        "GEOMETRYCOLLECTION (POINT (1 2), GEOMETRYCOLLECTION (LINESTRING (0 0, 1 1)))",
    ],
)
def test_another_library_reads_the_same(text: str) -> None:
    assert shape(geometry(text)).equals(from_wkt(text))


@pytest.mark.parametrize(
    "text",
    [
        *("", "POINT", "CIRCLE (1 2)", "POINT (a b)", "POLYGON ((0 0, 1", "POINT (1 2) x", "POINT (1)"),
        *("POINT (1 2, 3 4)", "POINT (1 1e999)", "LINESTRING (0 0)", "POINT (1 2 3 4 5)", "POINT Q (1 2)"),
        *("POLYGON ((0 0, 1 0, 1 1))", "POLYGON ((0 0, 1 0, 0 0))", "LINESTRING ((0 0), (1 1))"),
        "<http://www.opengis.net/def/crs/EPSG/0/3035> POINT (4321000 3210000)",
        "GEOMETRYCOLLECTION (" * 50 + "POINT (1 2)" + ")" * 50,
        f"POINT ({'1' * 5000} 2)",
    ],
)
def test_what_is_no_geometry(text: str) -> None:
    with pytest.raises(KgError, match="geometry") as told:
        geometry(text)
    assert len(str(told.value)) < 250


def test_a_reference_system_that_is_not_read_is_named_as_the_reason() -> None:
    with pytest.raises(KgError, match="no geometry in WGS 84, as GeoJSON has it: '<http"):
        geometry("<http://www.opengis.net/def/crs/EPSG/0/3035> POINT (1 2)")


def test_a_literal_in_geojson_is_read_without_what_is_foreign() -> None:
    point = {"type": "Point", "coordinates": [1, 2.5]}
    assert geometry(json.dumps({**point, "crs": {"type": "name"}}), GEOJSON) == point
    held = {"type": "GeometryCollection", "geometries": [point]}
    assert geometry(json.dumps(held), GEOJSON) == held


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "1", "{}", "[" * 10_000, '{"type": "Feature"}', '{"type": "Point"}'),
        *('{"type": "Point", "coordinates": [1, NaN]}', '{"type": "Point", "coordinates": [true, 1]}'),
        *('{"type": "Point", "coordinates": ["1", "2"]}', '{"type": "Polygon", "coordinates": [[1, 2]]}'),
        *('{"type": ["Point"]}', f'{{"type": "Point", "coordinates": [1, 1{"0" * 400}]}}'),
        '{"type": "GeometryCollection", "geometries": {"type": "Point"}}',
    ],
)
def test_what_is_no_geometry_in_geojson(text: str) -> None:
    with pytest.raises(KgError, match="geometry"):
        geometry(text, GEOJSON)


def test_long_texts_take_no_long_time() -> None:
    for text in ("1" * 200_000, "POINT (" + " " * 200_000, "POLYGON ((" + "1 2," * 50_000, "(" * 200_000):
        with pytest.raises(KgError):
            geometry(text)


def test_datatypes() -> None:
    assert [is_geometry(name) for name in (WKT, GEOJSON, "http://x/y")] == [True, True, False]
