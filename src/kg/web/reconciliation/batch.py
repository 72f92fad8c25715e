"""A batch of the reconciliation API: reading its queries, and the candidates for each."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from kg.errors import NotFound, RequestError, TooLarge
from kg.search.index import Index
from kg.search.matching import Candidate, decide, match
from kg.search.words import fold
from kg.web.lookup import Namer, find_thing, known_type, shown_types
from kg.web.reconciliation.properties import Properties, Wanted, fits, having, read_wanted
from kg.web.site import Site

BATCH = 250
"""Queries that a batch may have."""
_TEXT = 2_000
_USUAL, _MOST = 10, 100
_PROPERTIES, _VALUES, _TYPES = 20, 50, 20
_POOL = 40
_HAVING = 1_000

_RIGHT, _SILENT, _WRONG = 0.02, 0.02, 0.25
"""What a property adds when its value is the one asked for, and takes when there is none or another."""


@dataclass(frozen=True)
class Query:
    """One query of a batch: ``within`` is the set of things of its classes, None for all."""

    text: str = ""
    within: int | None = None
    strict: bool = True
    limit: int = _USUAL
    wanted: tuple[Wanted, ...] = ()


# ---- what is asked
# -------------------------------------------------------------------------------------------------


def parsed(key: str, text: str) -> dict[str, Any]:
    """Read the JSON object of a field; RequestError says what is wrong, TooLarge for a huge batch."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
        text.encode()
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise RequestError(f"A text in {key} is half a character.", remedy="Send whole characters.") from None
    except (ValueError, RecursionError) as error:
        where = (
            f" at line {error.lineno}, column {error.colno}"
            if isinstance(error, json.JSONDecodeError)
            else ""
        )
        what = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise RequestError(
            f"The field {key} is not JSON{where}: {what[:200]}.", remedy="Send one JSON object."
        ) from None
    if not isinstance(found, dict):
        raise RequestError(f"The field {key} is no JSON object.", remedy='Send {"q0": {"query": "…"}}.')
    if key == "queries" and len(found) > BATCH:
        raise TooLarge(
            f"The batch has {len(found):,} queries.",
            remedy=f"Send {BATCH} at most (batchSize in the manifest).",
        )
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(key for place, (key, _) in enumerate(pairs) if key in dict(pairs[:place]))
        raise ValueError(f"the key {twice[:80]!r} is there twice")
    return found


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def read_query(site: Site, index: Index, pool: Properties, name: str, item: Any) -> Query:
    """Read one query; RequestError says which and what is wrong with it."""

    def wrong(what: str, remedy: str) -> RequestError:
        return RequestError(f"Query {name[:80]!r}: {what}", remedy=remedy)

    if not isinstance(item, dict):
        raise wrong("it is no object.", 'Send {"query": "…"}.')
    text, kinds, limit = item.get("query", ""), item.get("type") or [], item.get("limit", _USUAL)
    given, strict = item.get("properties") or [], item.get("type_strict", "any")
    if not isinstance(text, str) or len(text) > _TEXT:
        raise wrong(
            "the field query is no text, or too long.", f"Send a text of {_TEXT:,} characters at most."
        )
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit != limit // 1 or limit < 1:
        raise wrong(
            f"the limit is {str(limit)[:40]}.", f"Send a whole number from 1; {_MOST} is the most given."
        )
    if strict not in ("any", "all", "should"):
        raise wrong("type_strict is not known.", "Send any, all or should.")
    kinds = [kinds] if isinstance(kinds, str | dict) else kinds
    if not isinstance(kinds, list) or len(kinds) > _TYPES:
        raise wrong("the field type is no list of classes.", f"Send {_TYPES} at most.")
    sets = []
    for kind in (item.get("id") if isinstance(item, dict) else item for item in kinds):
        iri = known_type(site, index, kind) if isinstance(kind, str) else None
        if iri is None:
            raise wrong(
                f"no thing here is of the type {str(kind)[:80]!r}.", f"Types are: {shown_types(site, index)}."
            )
        sets.append(index.types[iri])
    within: int | None = None
    for item_set in sets:
        within = item_set if within is None else within & item_set if strict == "all" else within | item_set
    if not isinstance(given, list) or len(given) > _PROPERTIES:
        raise wrong("the field properties is no list, or too long.", f"Send {_PROPERTIES} at most.")
    wanted = tuple(read_wanted(site, index, pool, part, _VALUES, wrong) for part in given)
    if not text.strip() and not wanted:
        raise wrong("it has neither query nor properties.", "Send at least one of them.")
    return Query(text.strip(), within, strict != "should", min(int(limit), _MOST), wanted)


# ---- what is answered
# ----------------------------------------------------------------------------------------------


async def result(site: Site, index: Index, namer: Namer, query: Query) -> list[dict[str, Any]]:
    """Return the candidates of a query, best first, as the API gives them."""
    hard = query.within if query.strict else None
    if query.text:
        found = await asyncio.to_thread(_named, site, index, query, hard)
    else:
        found = await _valued(site, index, query, hard)
    if not query.strict and query.within is not None:
        found = decide(
            item
            if query.within >> index.number[item.thing.iri] & 1
            else replace(item, value=item.value * 0.8)
            for item in found
        )
    found = found[: max(query.limit, _POOL)] if query.wanted else found[: query.limit]
    fitting: dict[str, list[float]] = {}
    if query.wanted and found:
        fitting = await fits(site, index, [item.thing.iri for item in found], query.wanted)
        found = _weighed(found, fitting)
    if not query.text:  # a value in common is no proof
        found = [replace(item, certain=False) for item in found]
    return [_shown(item, namer, query, index, fitting) for item in found[: query.limit]]


def _named(site: Site, index: Index, query: Query, within: int | None) -> list[Candidate]:
    try:
        thing = find_thing(site, index, query.text)
    except NotFound:
        return match(index, query.text, within=within, typed=query.within is not None)
    if within is not None and not within >> index.number[thing.iri] & 1:
        return []
    return [Candidate(thing, 1.0, thing.names[0], True, 1.0)]


async def _valued(site: Site, index: Index, query: Query, within: int | None) -> list[Candidate]:
    """Things by their properties alone."""
    iris = await having(site, index, query.wanted, _HAVING)
    things = [index.things[index.number[iri]] for iri in iris]
    if within is not None:
        things = [thing for thing in things if within >> index.number[thing.iri] & 1]
    return decide(Candidate(thing, 0.8 - 0.01 * thing.tier, thing.names[0], False, 0.0) for thing in things)


def _weighed(found: Sequence[Candidate], fitting: Mapping[str, Sequence[float]]) -> list[Candidate]:
    """Let properties count: a value that is there and another speaks against a candidate."""
    weighed, doubtful = [], set()
    for item in found:
        value = item.value
        for fit in fitting[item.thing.iri]:
            value += _RIGHT if fit == 1.0 else -_SILENT if fit == 0.5 else -_WRONG
        if 0.0 in fitting[item.thing.iri]:
            doubtful.add(item.thing.iri)
        weighed.append(replace(item, value=max(0.0, value)))
    ordered = decide(weighed)
    return [
        replace(item, value=min(1.0, item.value), certain=item.certain and item.thing.iri not in doubtful)
        for item in ordered
    ]


def _shown(
    item: Candidate, namer: Namer, query: Query, index: Index, fitting: Mapping[str, Sequence[float]]
) -> dict[str, Any]:
    thing = item.thing
    description = thing.description(namer.rank)
    features: list[dict[str, Any]] = [
        {"id": "name", "value": round(100 * item.name_value, 1)},
        {"id": "same-name", "value": fold(item.name.text) == fold(query.text)},
        {"id": "statements", "value": thing.uses},
    ]
    if query.within is not None:
        features.append({"id": "type", "value": bool(query.within >> index.number[thing.iri] & 1)})
    if fits := fitting.get(thing.iri):
        features.append({"id": "properties", "value": round(100 * sum(fits) / len(fits), 1)})
    found: dict[str, Any] = {
        "id": thing.iri,
        "name": thing.label(namer.rank).text,
        "type": [{"id": iri, "name": namer.name(iri)} for iri in thing.types],
        "score": round(100 * item.value, 1),
        "match": item.certain,
        "features": features,
    }
    if description:
        found["description"] = description.text
    return found
