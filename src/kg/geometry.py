"""Geometries of places as GeoJSON has them (RFC 7946 section 3.1), from the literals of GeoSPARQL.

Well-known text is that of OGC 06-103r4 section 7, with or without the IRI of a reference system before it
(OGC 11-052r4 section 8.5.1). GeoJSON is in WGS 84, longitude first, so nothing else is read.
"""

import json
import re
from collections.abc import Callable
from math import isfinite
from typing import Any, NoReturn

from kg import vocab
from kg.errors import KgError

WKT = vocab.GEO + "wktLiteral"
GEOJSON = vocab.GEO + "geoJSONLiteral"

Geometry = dict[str, Any]

# How deep the positions lie in the coordinates of each kind.
_KINDS = {
    "Point": 0,
    "LineString": 1,
    "MultiPoint": 1,
    "Polygon": 2,
    "MultiLineString": 2,
    "MultiPolygon": 3,
}
_COLLECTION = "GeometryCollection"
_IN_CAPITALS = {kind.upper(): kind for kind in (*_KINDS, _COLLECTION)}
_NESTING = 8
"""Collections within each other."""
_SYSTEM = re.compile(r"\s*<([^<>\s]*)>")
_LONGITUDE_FIRST = re.compile(r"https?://www\.opengis\.net/def/crs/OGC/[0-9.]+/CRS84")
_LATITUDE_FIRST = re.compile(r"https?://www\.opengis\.net/def/crs/EPSG/[0-9.]+/4326")
_TOKEN = re.compile(
    r"\s*+(?:(?P<word>[A-Za-z]++)|(?P<number>[-+]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][-+]?[0-9]++)?+)|"
    r"(?P<mark>[(),]))"
)


def is_geometry(datatype: str) -> bool:
    """Whether literals of this datatype are geometries."""
    return datatype in (WKT, GEOJSON)


def geometry(text: str, datatype: str = WKT) -> Geometry:
    """Read a literal; KgError says why it is no geometry, or none that GeoJSON can hold."""
    found = _Text(text).read() if datatype == WKT else _read_json(text)
    _check(found, text, 0)
    return found


def _refuse(text: str, why: str) -> NoReturn:
    shown = text if len(text) <= 60 else text[:60] + "…"
    raise KgError(f"This is no geometry{why}: {shown!r}.", remedy="Write POLYGON ((x y, …)), in WGS 84.")


class _Text:
    """A geometry in well-known text, read from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._turned = False
        if named := _SYSTEM.match(text):
            self._at = named.end()
            self._turned = _LATITUDE_FIRST.fullmatch(named[1]) is not None
            if not self._turned and not _LONGITUDE_FIRST.fullmatch(named[1]):
                _refuse(text, " in WGS 84, as GeoJSON has it")

    def read(self) -> Geometry:
        found = self._tagged(0)
        if self._text[self._at :].strip():
            _refuse(self._text, " in well-known text")
        return found

    def _next(self, group: str) -> str:
        """Take the next token, when it is of that kind; else an empty text."""
        found = _TOKEN.match(self._text, self._at)
        if not found or found.lastgroup != group:
            return ""
        self._at = found.end()
        return found[group]

    def _tagged(self, depth: int) -> Geometry:
        kind = _IN_CAPITALS.get(self._next("word").upper())
        if kind is None or depth > _NESTING:
            _refuse(self._text, " in well-known text")
        measured = False
        if word := self._next("word").upper():
            measured = word == "M"
            if word in ("Z", "M", "ZM"):
                word = self._next("word").upper()
            if word == "EMPTY":
                return {"type": kind, "geometries" if kind == _COLLECTION else "coordinates": []}
            if word:
                _refuse(self._text, " in well-known text")
        if kind == _COLLECTION:
            return {"type": kind, "geometries": self._list(lambda: self._tagged(depth + 1))}
        found = self._nested(max(_KINDS[kind], 1), measured, kind == "MultiPoint")
        if kind == "Point" and len(found) != 1:
            _refuse(self._text, " in well-known text")
        return {"type": kind, "coordinates": found[0] if kind == "Point" else found}

    def _nested(self, depth: int, measured: bool, may_wrap: bool = False) -> list[Any]:
        if depth > 1:
            return self._list(lambda: self._nested(depth - 1, measured))
        return self._list(lambda: self._position(measured, may_wrap))

    def _list(self, item: Callable[[], Any]) -> list[Any]:
        self._expect("(")
        found = [item()]
        while (mark := self._next("mark")) == ",":
            found.append(item())
        if mark != ")":
            _refuse(self._text, " in well-known text")
        return found

    def _position(self, measured: bool, may_wrap: bool) -> list[float]:
        before = self._at
        if may_wrap and self._next("mark") == "(":  # MULTIPOINT ((1 2), (3 4)), which is the same without
            found = self._position(measured, False)
            self._expect(")")
            return found
        self._at = before
        numbers = []
        while number := self._next("number"):
            numbers.append(
                int(number) if len(number) < 16 and not set(number) & set(".eE") else float(number)
            )
        if not 2 <= len(numbers) <= 4:
            _refuse(self._text, " in well-known text")
        x, y, *height = numbers[: 2 if measured else 3]
        return [y, x, *height] if self._turned else [x, y, *height]

    def _expect(self, mark: str) -> None:
        if self._next("mark") != mark:
            _refuse(self._text, " in well-known text")


def _read_json(text: str) -> Geometry:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        _refuse(text, " in GeoJSON")
    return _plain(found, text, 0)


def _plain(found: Any, text: str, depth: int) -> Geometry:
    """The geometry without members that are foreign to it."""
    kind = found.get("type") if isinstance(found, dict) else None
    if kind == _COLLECTION and isinstance(found.get("geometries"), list) and depth <= _NESTING:
        return {"type": kind, "geometries": [_plain(item, text, depth + 1) for item in found["geometries"]]}
    if not isinstance(kind, str) or kind not in _KINDS:
        _refuse(text, " in GeoJSON")
    return {"type": kind, "coordinates": found.get("coordinates")}


def _check(found: Geometry, text: str, depth: int) -> None:
    """Refuse what RFC 7946 section 3.1 does: too few positions, rings that are open, what is no number."""
    if found["type"] == _COLLECTION:
        for item in found["geometries"]:
            _check(item, text, depth + 1)
    elif found["coordinates"] != [] and not _is_right(found["type"], found["coordinates"]):
        _refuse(text, " that is whole (RFC 7946)")


def _is_right(kind: str, found: Any) -> bool:
    if kind.startswith("Multi"):
        return isinstance(found, list) and all(_is_right(kind.removeprefix("Multi"), item) for item in found)
    if kind == "Point":
        return isinstance(found, list) and len(found) >= 2 and all(map(_is_number, found))
    if kind == "LineString":
        return isinstance(found, list) and len(found) > 1 and all(_is_right("Point", item) for item in found)
    return isinstance(found, list) and all(
        _is_right("LineString", ring) and len(ring) > 3 and ring[0] == ring[-1] for ring in found
    )


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return isfinite(value)
    except OverflowError:
        return False
