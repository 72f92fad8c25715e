"""The answer to a SELECT query as GeoJSON (RFC 7946): a feature a solution, its variables as properties.

A feature is where the first geometry of its row says; a row without one is where its first thing is that has
a geometry in the store. A row with neither is a feature without geometry (section 3.2).
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pyoxigraph as ox

from kg.errors import KgError, NotAcceptable, ResultTooLarge
from kg.geometry import Geometry, geometry, is_geometry
from kg.results.known import Known
from kg.results.values import Term, value_of

_MOST = 100_000_000
"""Bytes of one file."""


def features(answer: ox.QuerySolutions, known: Known) -> bytes:
    """Return the file; NotAcceptable when no row has a place, or one that GeoJSON cannot hold."""
    names = [variable.value for variable in answer.variables]
    lines: list[bytes] = []
    size, is_somewhere = 0, False
    for number, solution in enumerate(answer, start=1):
        terms: list[Term | None] = list(solution)
        place, literal = _where(terms, known)
        feature = {
            "type": "Feature",
            "geometry": _read(literal, number) if literal else None,
            "properties": _properties(names, terms, place),
        }
        is_somewhere = is_somewhere or literal is not None
        lines.append(json.dumps(feature, ensure_ascii=False, allow_nan=False).encode())
        size += len(lines[-1])
        if size > _MOST:
            raise ResultTooLarge(
                f"The answer is longer than {_MOST:,} bytes, the most that is made into GeoJSON.",
                remedy="Ask for less with LIMIT and OFFSET, or for csv.",
            )
    if not is_somewhere:
        raise NotAcceptable(
            "GeoJSON cannot hold this answer: no variable is bound to a geometry (geo:wktLiteral, "
            "geo:geoJSONLiteral) or to a place that has one.",
            remedy="Select the places, or ask for csv.",
        )
    return b'{"type": "FeatureCollection", "features": [\n' + b",\n".join(lines) + b"\n]}\n"


def _where(terms: Sequence[Term | None], known: Known) -> tuple[int | None, ox.Literal | None]:
    """The geometry of a row, and the variable that is bound to it, if one is."""
    for place, term in enumerate(terms):
        if isinstance(term, ox.Literal) and is_geometry(term.datatype.value):
            return place, term
    for term in terms:
        if isinstance(term, ox.NamedNode | ox.BlankNode) and (found := known.geometry(term)):
            return None, found
    return None, None


def _read(literal: ox.Literal, number: int) -> Geometry:
    try:
        return geometry(literal.value, literal.datatype.value)
    except KgError as error:
        raise NotAcceptable(
            f"GeoJSON cannot hold row {number:,} of this answer. {error.message}", remedy="Ask for csv."
        ) from None


def _properties(names: Sequence[str], terms: Sequence[Term | None], place: int | None) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number, (name, term) in enumerate(zip(names, terms, strict=True)):
        if number == place:
            continue
        value = value_of(term) if term is not None else None
        found[name] = term.value if isinstance(value, date) and isinstance(term, ox.Literal) else value
        if isinstance(term, ox.Literal) and term.language:
            found[f"{name} (language)"] = term.language
    return found
