"""Places that have an outline or a point, as GeoJSON (RFC 7946), with what goes on there."""

import json
import re
from typing import Any

import pyoxigraph as ox

from kg.errors import KgError
from kg.extracts.view import View

_GEO = "http://www.opengis.net/ont/geosparql#"
_SHAPES = {
    "POINT": 0,
    "LINESTRING": 1,
    "MULTIPOINT": 1,
    "POLYGON": 2,
    "MULTILINESTRING": 2,
    "MULTIPOLYGON": 3,
}
_GEOJSON = {
    "POINT": "Point",
    "LINESTRING": "LineString",
    "MULTIPOINT": "MultiPoint",
    "POLYGON": "Polygon",
} | {
    "MULTILINESTRING": "MultiLineString",
    "MULTIPOLYGON": "MultiPolygon",
}
_WKT = re.compile(r"\s*(?:<[^>]*>\s*)?([A-Za-z]+)\s*(\(.*\))\s*", re.DOTALL)


def places(view: View) -> bytes:
    """Return the file: a feature for each place, its properties by name."""
    there: dict[str, dict[str, list[str]]] = {}
    for iri in view.things:
        for fact in view.facts.get(iri, ()):
            if isinstance(fact.object, ox.NamedNode):
                names = there.setdefault(fact.object.value, {}).setdefault(view.name(fact.predicate), [])
                names.append(view.name(iri))
    features = []
    for iri in view.things:
        for fact in view.facts.get(iri, ()):
            if fact.predicate in (_GEO + "hasDefaultGeometry", _GEO + "hasGeometry"):
                for shape in view.facts.get(fact.object.value, ()):
                    if shape.predicate == _GEO + "asWKT":
                        features.append(
                            {
                                "type": "Feature",
                                "id": iri,
                                "geometry": geometry(shape.object.value),
                                "properties": {
                                    "name": view.name(iri),
                                    "iri": iri,
                                    "sources": sorted({*view.cited(fact.graphs), *view.cited(shape.graphs)}),
                                    **{
                                        f"{name} of": sorted(set(of))
                                        for name, of in sorted(there.get(iri, {}).items())
                                    },
                                },
                            }
                        )
    collection = {"type": "FeatureCollection", "name": "Connectivity KG: places", "features": features}
    return (json.dumps(collection, ensure_ascii=False, indent=1) + "\n").encode()


def geometry(text: str) -> dict[str, Any]:
    """Read well-known text (OGC 06-103r4 section 7) in WGS 84, longitude first; KgError when it is not."""
    found = _WKT.fullmatch(text)
    kind = found[1].upper() if found else ""
    if found is None or kind not in _SHAPES:
        raise KgError(
            f"This is no geometry in well-known text: {text[:60]!r}.", remedy="Write POLYGON ((x y, …))."
        )
    pairs = re.sub(
        r"(-?[0-9.]+(?:[eE][+-]?[0-9]+)?)\s+(-?[0-9.]+(?:[eE][+-]?[0-9]+)?)(?:\s+-?[0-9.]+)*",
        r"[\1,\2]",
        found[2],
    )
    try:
        nested = json.loads(pairs.replace("(", "[").replace(")", "]"))
    except ValueError:
        raise KgError(
            f"The numbers of this geometry cannot be read: {text[:60]!r}.", remedy="Write POLYGON ((x y, …))."
        ) from None
    coordinates = nested[0] if kind == "POINT" else nested
    return {"type": _GEOJSON[kind], "coordinates": coordinates}
