"""IRIs that nothing in the graph has, and the ones that were probably meant by them."""

import asyncio
import json
from collections.abc import Sequence

from kg import vocab
from kg.errors import Busy, ResultTooLarge
from kg.media import JSON
from kg.search.slugs import alike, folder, near_space, spelt
from kg.sparql import Operation, write_iri
from kg.store import Terms
from kg.web.lookup import index_of
from kg.web.site import Row, Site

MOST = 30
"""IRIs that are looked for at once."""
_MOST_CANDIDATES = 5000
_SECONDS = 2.0
"""What one look into the graph may take: somebody waits for it."""


async def absent(site: Site, iris: Sequence[str]) -> list[str]:
    """Return those of some IRIs that are nowhere in the graph; Timeout, and the other errors of the store."""
    if not iris:
        return []
    values = f"VALUES ?t {{ {' '.join(map(write_iri, iris))} }}"
    places = ["?t ?p ?o", "?s ?t ?o", "?s ?p ?t"]
    anywhere = [f"{values} FILTER EXISTS {site.anywhere(place)}" for place in places]
    anywhere.append(f"{values} FILTER EXISTS {{ GRAPH ?t {{ ?s ?p ?o }} }}")
    rows = await _rows(site, f"SELECT DISTINCT ?t WHERE {{ {{ {' } UNION { '.join(anywhere)} }} }}")
    known = {row["t"]["value"] for row in rows}
    return [iri for iri in iris if iri not in known]


async def meant(site: Site, iri: str) -> str:
    """Return the IRI that was meant by one that is nowhere; empty when none is likely.

    That is one of the same namespace that is written much alike (of one of ours, where it is a namespace that
    nothing has, as with http for https), and among our own things also one of another
    kind or one that is called so (``instrument/convention-on-migratory-species``).
    """
    namespace = folder(iri)
    if not namespace:
        return ""
    rows = await _rows(
        site,
        f"SELECT DISTINCT ?t WHERE {{ {site.anywhere('?t ?p ?o')} "
        f'FILTER(ISIRI(?t) && STRSTARTS(STR(?t), "{namespace}")) }} LIMIT {_MOST_CANDIDATES}',
    )
    found = alike(iri, [row["t"]["value"] for row in rows if folder(row["t"]["value"]) == namespace])
    spaces = site.prefixes.values()
    if not found and namespace not in spaces and (space := near_space(namespace, spaces)):
        moved = space + iri.removeprefix(namespace)
        return await meant(site, moved) if await absent(site, [moved]) else moved
    if found or not iri.startswith(vocab.ID):
        return found
    try:
        index = await index_of(site)
    except (Busy, ResultTooLarge):
        return ""
    return await asyncio.to_thread(spelt, index, iri, vocab.ID)


async def _rows(site: Site, query: str) -> list[Row]:
    answer = json.loads(await site.answer(Operation.parse(query), JSON, Terms(seconds=_SECONDS)))
    found: list[Row] = answer["results"]["bindings"]
    return found
