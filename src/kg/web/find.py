"""/search: things by what they are called and described, in all languages, best first."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from kg.errors import QueryError
from kg.media import Format
from kg.search.index import Index
from kg.search.ranking import Hit, search
from kg.web import body
from kg.web.asked import charge, choose, languages, site_of, terms_of
from kg.web.lookup import Namer, index_of, known_type, shown_types
from kg.web.reply import VARY, is_known, not_modified, whole
from kg.web.site import Site

PLAIN_JSON = Format("json", "JSON", "application/json", "json", "page")
_LONGEST = 1_000
_USUAL, _MOST, _FURTHEST = 20, 100, 10_000
_KEYS = ("q", "type", "limit", "offset", "lang", "format")


async def get(request: Request) -> Response:
    """Find things; QueryError for a parameter that cannot be read."""
    client = charge(request)
    site = site_of(request)
    pairs = body.pairs(request.scope["query_string"])
    given = {key: [value for name, value in pairs if name == key] for key in _KEYS}
    choose(request, [name for name in given["format"] if name.strip()], (PLAIN_JSON,), "The answer")
    query = _query(given["q"])
    limit = number_of("limit", given["limit"], _USUAL, 1, _MOST)
    offset = number_of("offset", given["offset"], 0, 0, _FURTHEST)
    wanted = tuple(tag.lower() for tag in given["lang"] if tag)[:5] or languages(request)[:5]
    terms = terms_of(request, None)
    state = (query, str(limit), str(offset), "\n".join(given["type"]), *wanted)
    parts = (site.store.version, "search", *state)
    headers = {"Cache-Control": "no-cache", "Vary": f"{VARY}, Accept-Language"}
    if known := is_known(request, parts, terms.encoding):
        return not_modified(known)
    index = await index_of(site)
    kinds = _kinds(site, index, given["type"])
    async with site.matching.place(client, site.settings.query_timeout):
        total, hits = await asyncio.to_thread(search, index, query, within=kinds, limit=limit, offset=offset)
    namer = Namer(index, wanted)
    answer = {
        "query": query,
        "total": total,
        "limit": limit,
        "offset": offset,
        "results": [_shown(hit, namer) for hit in hits],
    }
    return whole(
        request,
        json.dumps(answer, ensure_ascii=False).encode(),
        content_type=PLAIN_JSON.content_type,
        parts=parts,
        headers=headers,
        coding=(terms.encoding, terms.always),
    )


def number_of(name: str, values: Sequence[str], usual: int, least: int, most: int) -> int:
    """Read a parameter that is one whole number; QueryError."""
    if not [value for value in values if value]:
        return usual
    text = values[0]
    if len(values) > 1 or not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise QueryError(
            f"The parameter {name} is {', '.join(values)[:40]!r}.",
            remedy=f"Give one number from {least:,} to {most:,}.",
        )
    if not least <= int(text) <= most:
        raise QueryError(
            f"The parameter {name} is {int(text):,}.", remedy=f"Give a number from {least:,} to {most:,}."
        )
    return int(text)


def _query(values: Sequence[str]) -> str:
    found = [value for value in values if value.strip()]
    if len(found) != 1:
        raise QueryError(
            "There is nothing to search for." if not found else "There are several texts to search for.",
            remedy="Give one text as ?q=, for example /search?q=flyways.",
        )
    if len(found[0]) > _LONGEST:
        raise QueryError(
            f"The text to search for has {len(found[0]):,} characters.",
            remedy=f"Search for {_LONGEST:,} at most.",
        )
    return " ".join(found[0].split())


def _kinds(site: Site, index: Index, names: Sequence[str]) -> int | None:
    found = 0
    for name in (name for name in names if name.strip()):
        iri = known_type(site, index, name)
        if iri is None:
            raise QueryError(
                f"No thing here is of the class {name[:80]!r}.",
                remedy=f"Classes are: {shown_types(site, index)}.",
            )
        found |= index.types[iri]
    return found or None


def _shown(hit: Hit, namer: Namer) -> dict[str, Any]:
    label = hit.thing.label(namer.rank)
    description = hit.thing.description(namer.rank)
    found: dict[str, Any] = {"iri": hit.thing.iri, "label": label.text, "score": hit.score}
    if label.language:
        found["language"] = label.language
    found["types"] = [{"iri": iri, "label": namer.name(iri)} for iri in hit.thing.types]
    if description:
        found["description"] = description.text
    found["match"] = {
        "field": hit.field,
        "text": hit.text,
        **({"language": hit.language} if hit.language else {}),
        "highlights": [list(place) for place in hit.highlights],
    }
    return found
