"""Which thing a text means that somebody typed: by its IRI, its name or acronym, or a name that is close."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from kg.errors import NotFound, QueryError
from kg.search.index import Index
from kg.search.ranking import search
from kg.web.lookup import find_thing
from kg.web.site import Site

LONGEST = 300
"""Characters of a text."""
_OFFERED = 8
_EXACT = 97.0
_AHEAD = 2.0


@dataclass(frozen=True)
class Meaning:
    """What a text means: the thing, unless nothing or several are meant; ``others`` may be meant instead.

    ``is_exact`` is whether the text is the thing's very name.
    """

    text: str
    thing: str | None
    others: tuple[str, ...] = ()
    is_exact: bool = True


async def meaning(site: Site, index: Index, text: str, within: int, client: str) -> Meaning:
    """Find out which of the things in a set (as bits) is meant; QueryError when the text is too long."""
    text = " ".join(text.split())
    if len(text) > LONGEST:
        raise QueryError(
            f"The name of a thing has {len(text):,} characters.", remedy=f"Give {LONGEST:,} at most."
        )
    try:
        thing = find_thing(site, index, text)
    except NotFound:
        pass
    else:
        if within >> index.number[thing.iri] & 1:
            return Meaning(text, thing.iri)
    async with site.matching.place(client, site.settings.query_timeout):
        _, hits = await asyncio.to_thread(search, index, text, within=within, limit=_OFFERED + 1)
    return _judged(text, [(hit.thing.iri, hit.score) for hit in hits])


def _judged(text: str, hits: Sequence[tuple[str, float]]) -> Meaning:
    """The first is meant when it alone has the name, or is clearly closer than the next."""
    others = tuple(iri for iri, _ in hits[1 : _OFFERED + 1])
    if not hits:
        return Meaning(text, None)
    best, next_best = hits[0][1], hits[1][1] if len(hits) > 1 else 0.0
    if best >= _EXACT > next_best:
        return Meaning(text, hits[0][0])
    if best - next_best >= _AHEAD and next_best < _EXACT:
        return Meaning(text, hits[0][0], others, is_exact=False)
    return Meaning(text, None, (hits[0][0], *others)[:_OFFERED])
