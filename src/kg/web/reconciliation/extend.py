"""What the reconciliation API gives of entities that are matched: the values of their properties."""

import re
from collections.abc import Sequence
from typing import Any

from kg import vocab
from kg.errors import NotFound, RequestError, TooLarge
from kg.search.index import Index
from kg.web.lookup import Namer, find_thing, known_type, local_name, shown_types
from kg.web.reconciliation.properties import Properties, values_of
from kg.web.site import Site, Term

_IDS, _PROPERTIES, _CELLS = 1_000, 50, 20_000
_DATE = re.compile(r"-?(?:[1-9][0-9]*)?[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")
_TIME = re.compile(
    _DATE.pattern
    + r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?(?:Z|[+-][0-2][0-9]:[0-5][0-9])?"
)
_WHOLE = ("integer", "int", "long", "short", "nonNegativeInteger", "positiveInteger")
_BROKEN = ("decimal", "double", "float")


async def extension(
    site: Site, index: Index, pool: Properties, namer: Namer, asked: dict[str, Any]
) -> dict[str, Any]:
    """Answer a data extension query (section 7.4); RequestError, TooLarge."""
    ids, properties = asked.get("ids"), asked.get("properties")
    if not isinstance(ids, list) or not all(isinstance(item, str) for item in ids):
        raise RequestError(
            "The extension has no list of ids.", remedy='Send {"ids": ["…"], "properties": […]}.'
        )
    if not isinstance(properties, list) or not properties:
        raise RequestError("The extension has no list of properties.", remedy='Send [{"id": "…"}].')
    if len(ids) > _IDS or len(properties) > _PROPERTIES or len(ids) * len(properties) > _CELLS:
        raise TooLarge(
            f"The extension asks for {len(ids):,} entities by {len(properties):,} properties.",
            remedy=f"Ask for {_IDS:,} entities, {_PROPERTIES} properties and {_CELLS:,} cells at most.",
        )
    columns = [_column(site, pool, item) for item in properties]
    things: dict[str, str] = {}
    for item in ids:
        try:
            things[item] = find_thing(site, index, item).iri
        except NotFound:
            continue
    found = await values_of(site, things.values(), [iri for _, iri, _, _ in columns]) if things else {}
    names = await site.labels([iri for _, iri, _, _ in columns], namer.languages)
    meta = []
    for given, iri, _, _ in columns:
        column: dict[str, Any] = {"id": given, "name": names.get(iri) or local_name(iri)}
        if (kind := pool.ranges.get(iri)) in index.types:
            column["type"] = {"id": kind, "name": namer.name(str(kind))}
        meta.append(column)
    rows = {
        item: {
            given: _cells(index, namer, found.get((things.get(item, ""), iri), ()), most, language)
            for given, iri, most, language in columns
        }
        for item in ids
    }
    return {"meta": meta, "rows": rows}


def proposals(
    site: Site, index: Index, pool: Properties, kind: str, limit: int
) -> tuple[str | None, list[str]]:
    """Return a class and the properties of its things, those of most things first; RequestError."""
    iri = None
    if kind.strip():
        iri = known_type(site, index, kind)
        if iri is None:
            raise RequestError(
                f"No thing here is of the type {kind[:80]!r}.",
                remedy=f"Types are: {shown_types(site, index)}.",
            )
    return iri, pool.of_class(iri)[:limit]


def _column(site: Site, pool: Properties, item: Any) -> tuple[str, str, int, str]:
    given = item.get("id") if isinstance(item, dict) else None
    iri = pool.find(site, given) if isinstance(given, str) else None
    if given is None or iri is None:
        raise RequestError(
            f"No thing here has the property {str(given)[:80]!r}.",
            remedy="Take one that /reconcile/suggest/property or /reconcile/properties gives.",
        )
    settings = item.get("settings") or {}
    if not isinstance(settings, dict):
        raise RequestError("The settings of a property are no object.", remedy='Send {"limit": 1}.')
    try:
        most = int(settings.get("limit") or 0)
    except (TypeError, ValueError, OverflowError):
        most = -1
    if most < 0:
        raise RequestError(
            f"The setting limit is {str(settings.get('limit'))[:40]!r}.",
            remedy="Give a whole number; 0 gives all.",
        )
    return str(given), iri, most, str(settings.get("language") or "").lower()


def _cells(
    index: Index, namer: Namer, terms: Sequence[Term], most: int, language: str
) -> list[dict[str, Any]]:
    if language:
        terms = [term for term in terms if term.get("xml:lang", language).lower() == language]
    cells = [_cell(index, namer, term) for term in terms if term["type"] != "bnode"]
    cells.sort(key=lambda cell: str(next(reversed(cell.values()))))
    return cells[:most] if most else cells


def _cell(index: Index, namer: Namer, term: Term) -> dict[str, Any]:
    text = str(term["value"])
    if term["type"] == "uri":
        return {"id": text, "name": namer.name(text)} if text in index.number else {"str": text}
    datatype = str(term.get("datatype", "")).removeprefix(vocab.XSD)
    if datatype in _WHOLE and re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        return {"int": int(text)}
    if datatype in _BROKEN and re.fullmatch(r"[+-]?[0-9]{1,18}(\.[0-9]*)?([eE][+-]?[0-9]{1,2})?", text):
        return {"float": float(text)}
    if datatype == "date" and _DATE.fullmatch(text):
        return {"date": f"{text}T00:00:00Z"}
    if datatype == "dateTime" and _TIME.fullmatch(text):
        return {"date": text}
    return {"str": text}
