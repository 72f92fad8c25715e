"""What the reconciliation API suggests while someone types: entities, classes, properties (section 6)."""

from collections.abc import Callable, Iterable
from typing import Any

from kg.errors import NotFound
from kg.search.index import Index
from kg.search.ranking import search
from kg.search.words import fold
from kg.web.lookup import Namer, find_thing, known_type, local_name, short
from kg.web.reconciliation.properties import Properties
from kg.web.site import Site

MOST = 20
"""Suggestions in one answer; ``cursor`` gives those that follow."""


def entities(site: Site, index: Index, namer: Namer, prefix: str, cursor: int) -> list[dict[str, Any]]:
    """Suggest things that are called so, whose names begin so, or that have these words."""
    try:
        things = [find_thing(site, index, prefix)][cursor:]
    except NotFound:
        things = [hit.thing for hit in search(index, prefix, limit=MOST, offset=cursor)[1]]
    found = []
    for thing in things:
        item: dict[str, Any] = {
            "id": thing.iri,
            "name": thing.label(namer.rank).text,
            "notable": [{"id": iri, "name": namer.name(iri)} for iri in thing.types],
        }
        if description := thing.description(namer.rank):
            item["description"] = description.text
        found.append(item)
    return found


def types(site: Site, index: Index, namer: Namer, prefix: str, cursor: int) -> list[dict[str, Any]]:
    """Suggest classes that things have."""
    meant = known_type(site, index, prefix)
    ordered = sorted(index.types, key=lambda iri: (-index.types[iri].bit_count(), iri))

    def names(iri: str) -> list[str]:
        number = index.number.get(iri)
        return [name.text for name in index.things[number].names] if number is not None else []

    found = []
    for iri in _fitting(site, ordered, names, prefix, meant)[cursor : cursor + MOST]:
        item: dict[str, Any] = {"id": iri, "name": namer.name(iri)}
        number = index.number.get(iri)
        if number is not None and (description := index.things[number].description(namer.rank)):
            item["description"] = description.text
        found.append(item)
    return found


async def properties(
    site: Site, pool: Properties, namer: Namer, prefix: str, cursor: int
) -> list[dict[str, Any]]:
    """Suggest properties that things have."""
    meant = pool.find(site, prefix)
    found = _fitting(site, pool.of_class(None), lambda iri: pool.names.get(iri, ()), prefix, meant)
    return await named(site, namer, found[cursor : cursor + MOST])


async def named(site: Site, namer: Namer, properties: list[str]) -> list[dict[str, Any]]:
    """Return properties with their names."""
    names = await site.labels(properties, namer.languages)
    return [
        {"id": iri, "name": names.get(iri) or local_name(iri), "description": short(site, iri)}
        for iri in properties
    ]


def _fitting(
    site: Site, iris: Iterable[str], names: Callable[[str], Iterable[str]], prefix: str, meant: str | None
) -> list[str]:
    """Those that are meant, then those whose names begin so, then those that have a word which begins so."""
    wanted = fold(prefix.strip())
    first, second = [], []
    for iri in iris:
        called = [fold(text) for text in (*names(iri), local_name(iri), short(site, iri))]
        if any(text.startswith(wanted) for text in called) or (wanted and iri.startswith(prefix.strip())):
            first.append(iri)
        elif any(f" {wanted}" in text for text in called):
            second.append(iri)
    return list(dict.fromkeys([*([meant] if meant else []), *first, *second]))
