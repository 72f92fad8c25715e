"""/search: things by what they are called and described, in all languages, best first.

JSON for programs, a page for browsers.
"""

import asyncio
import json
from collections.abc import Sequence
from html import escape
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from kg.errors import QueryError
from kg.media import HTML, Format
from kg.search.index import Index
from kg.search.ranking import Hit, search
from kg.web import body, hits
from kg.web.asked import charge, choose, endpoint, formats_of, languages, number_of, page, site_of, terms_of
from kg.web.lookup import Namer, index_of, known_type, shown_types
from kg.web.reply import VARY, is_known, not_modified, whole
from kg.web.shelving import shelves_of
from kg.web.site import Site

PLAIN_JSON = Format("json", "JSON", "application/json", "json", "page")
ENGINE = "application/opensearchdescription+xml"
_LONGEST = 1_000
_USUAL, _MOST, _FURTHEST = 20, 100, 10_000
_KEYS = ("q", "type", "limit", "offset", "lang")


async def get(request: Request) -> Response:
    """Find things; QueryError for a parameter that cannot be read."""
    client = charge(request)
    site = site_of(request)
    pairs = body.pairs(request.scope["query_string"])
    given = {key: [value for name, value in pairs if name == key] for key in _KEYS}
    is_page = choose(request, formats_of(pairs), (PLAIN_JSON, HTML), "The answer").name == HTML.name
    if is_page and not any(text.strip() for text in given["q"]):
        return page(request, hits.empty(site, await shelves_of(site), languages(request)[:5]))
    query = _query(given["q"])
    limit = number_of("limit", given["limit"], _USUAL, 1, _MOST)
    offset = number_of("offset", given["offset"], 0, 0, _FURTHEST)
    wanted = languages(request, given["lang"])[:5]
    if is_page:
        shelves = await shelves_of(site)
        names = [name for name in given["type"] if name.strip()]
        others = tuple((name, value) for name in ("limit", "lang") for value in given[name] if value)
        asked = hits.Asked(query, tuple(names), _kinds(site, shelves.index, names), limit, offset, others)
        async with site.matching.place(client, site.settings.query_timeout):
            return page(request, await asyncio.to_thread(hits.found, site, shelves, asked, wanted))
    terms = terms_of(request, None)
    state = (query, str(limit), str(offset), "\n".join(given["type"]), *wanted)
    parts = (site.store.version, "search", *state)
    headers = {"Cache-Control": "no-cache", "Vary": f"{VARY}, Accept-Language"}
    if known := is_known(request, parts, terms.encoding):
        return not_modified(known)
    index = await index_of(site)
    kinds = _kinds(site, index, given["type"])
    async with site.matching.place(client, site.settings.query_timeout):
        total, found = await asyncio.to_thread(search, index, query, within=kinds, limit=limit, offset=offset)
    namer = Namer(index, wanted)
    answer = {
        "query": query,
        "total": total,
        "limit": limit,
        "offset": offset,
        "results": [_shown(hit, namer) for hit in found],
    }
    return whole(
        request,
        json.dumps(answer, ensure_ascii=False).encode(),
        content_type=PLAIN_JSON.content_type,
        parts=parts,
        headers=headers,
        coding=(terms.encoding, terms.always),
    )


async def engine(request: Request) -> Response:
    """Describe the search to browsers, which can then offer it (OpenSearch 1.1)."""
    root = escape(endpoint(request, ""), quote=True)
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<OpenSearchDescription xmlns="http://a9.com/-/spec/opensearch/1.1/">\n'
        "<ShortName>Connectivity KG</ShortName>\n"
        "<Description>Who works on ecological connectivity, and which paragraph says so</Description>\n"
        "<InputEncoding>UTF-8</InputEncoding>\n"
        f'<Image type="image/svg+xml">{root}/favicon.ico</Image>\n'
        f'<Url type="text/html" template="{root}/search?q={{searchTerms}}"/>\n'
        f'<Url type="application/json" template="{root}/search?q={{searchTerms}}&amp;format=json"/>\n'
        "</OpenSearchDescription>\n"
    )
    return Response(text, headers={"Content-Type": ENGINE, "Cache-Control": "max-age=3600"})


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
