"""Places that have an outline or a point, as GeoJSON (RFC 7946), with what goes on there."""

import json

import pyoxigraph as ox

from kg import vocab
from kg.extracts.view import View
from kg.geometry import geometry


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
            if fact.predicate in vocab.GEO_GEOMETRIES:
                for shape in view.facts.get(fact.object.value, ()):
                    if shape.predicate == vocab.GEO_AS_WKT:
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
