"""/reconcile: the Reconciliation Service API 0.2, by which others match their own lists against this graph.

The specification (W3C Entity Reconciliation Community Group, 0.2 of 2023-04-10) says what manifest, batches
and answers look like; it leaves the body of an error open. Here it is ``status`` "error", ``code``,
``message`` and ``details``, with the HTTP status that fits. An entity's identifier is its IRI; prefixed
names, and what follows https://w3id.org/ecoconn/id/, are understood too.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kg import __version__, vocab
from kg.errors import RequestError, UnsupportedMedia
from kg.search.index import Index
from kg.web import body
from kg.web.asked import address, charge, client_of, languages, number_of, site_of
from kg.web.edge import Handler, as_error
from kg.web.html import Links, render
from kg.web.lookup import Namer, find_thing, index_of
from kg.web.reconciliation import suggest
from kg.web.reconciliation.batch import BATCH, parsed, read_query, result
from kg.web.reconciliation.extend import extension, proposals
from kg.web.reconciliation.properties import properties_of
from kg.web.reply import VARY
from kg.web.site import Site

PATH = "/reconcile"
_BODY = 4_000_000
_TEXT = 2_000
_PROPOSED = 50

_MAIN = (
    "Initiative",
    "Instrument",
    "GoverningBodyAct",
    "SiteNetwork",
    "Meeting",
    "Place",
    "Taxon",
    "Target",
    "Document",
)
_ORGANISATION = "http://www.w3.org/ns/org#Organization"
_CONCEPT = "http://www.w3.org/2004/02/skos/core#Concept"


def told(handler: Handler) -> Handler:
    """Have errors told in the form of this API."""

    @wraps(handler)
    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except Exception as fault:
            error = as_error(fault)
            if not isinstance(error, RequestError) and error is not fault:
                raise  # one of ours: the edge logs it
            headers = {"Cache-Control": "no-store"}
            if retry := getattr(error, "retry_after", None):
                headers["Retry-After"] = str(retry)
            said = {
                "status": "error",
                "code": error.code,
                "message": error.message,
                "details": error.remedy or "",
            }
            return _json(said, error.status, headers)

    return answer


@told
async def get(request: Request) -> Response:
    """Give the manifest, or answer a batch or an extension in the query string."""
    return await _answered(request, body.pairs(request.scope["query_string"]))


@told
async def post(request: Request) -> Response:
    """Answer a batch or an extension in a form."""
    media_type, charset = body.content_type(request)
    body.require_utf8(charset)
    if media_type not in (body.FORM, ""):
        raise UnsupportedMedia(
            f"The body is {media_type[:80]!r}.",
            remedy=f"Send a form ({body.FORM}) with a field queries or extend.",
        )
    most, setting = min(
        (request.app.state.site.settings.body_limit, "KG_BODY_LIMIT"), (_BODY, "of /reconcile")
    )
    data = await body.read(request, most, setting)
    return await _answered(request, body.pairs(request.scope["query_string"]) + body.pairs(data))


@told
async def view(request: Request) -> Response:
    """Lead to the page of an entity."""
    charge(request)
    site = site_of(request)
    thing = find_thing(site, await index_of(site), _one(request, "id"))
    return RedirectResponse(Links(site.settings).thing(thing.iri), 303, {"Cache-Control": "no-cache"})


@told
async def preview(request: Request) -> Response:
    """Show an entity in a frame of someone else's page."""
    charge(request)
    site = site_of(request)
    index = await index_of(site)
    thing = find_thing(site, index, _one(request, "id"))
    namer = Namer(index, languages(request)[:5])
    label = thing.label(namer.rank)
    others = sorted(
        (name for name in thing.names if name != label), key=lambda name: namer.rank(name.language)
    )
    text = render(
        "preview.html",
        site.settings,
        thing=thing,
        label=label,
        others=others[:8],
        kinds=[namer.name(iri) for iri in thing.types],
        description=thing.description(namer.rank),
    )
    policy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"
    return Response(
        text,
        headers={
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": policy,
            "Cache-Control": "no-cache",
            "Vary": "Accept-Language",
        },
    )


@told
async def suggest_entity(request: Request) -> Response:
    """Suggest entities."""
    site, index, namer, prefix, cursor = await _typed(request)
    async with site.matching.place(client_of(request), site.settings.query_timeout):
        found = await asyncio.to_thread(suggest.entities, site, index, namer, prefix, cursor)
    return _json({"result": found})


@told
async def suggest_type(request: Request) -> Response:
    """Suggest classes."""
    site, index, namer, prefix, cursor = await _typed(request)
    return _json({"result": suggest.types(site, index, namer, prefix, cursor)})


@told
async def suggest_property(request: Request) -> Response:
    """Suggest properties."""
    site, _, namer, prefix, cursor = await _typed(request)
    pool = await properties_of(site)
    return _json({"result": await suggest.properties(site, pool, namer, prefix, cursor)})


@told
async def propose(request: Request) -> Response:
    """Propose properties to extend entities of a class with."""
    charge(request)
    site = site_of(request)
    index = await index_of(site)
    namer = Namer(index, languages(request)[:5])
    given = _parameters(request)
    limit = number_of("limit", given("limit"), _PROPOSED, 1, 1_000)
    kinds = given("type") or [""]
    kind, found = proposals(site, index, await properties_of(site), kinds[0], limit)
    answer: dict[str, Any] = {"properties": await suggest.named(site, namer, found), "limit": limit}
    return _json(answer | ({"type": kind} if kind else {}))


async def _typed(request: Request) -> tuple[Site, Index, Namer, str, int]:
    charge(request)
    site = site_of(request)
    given = _parameters(request)
    prefix = " ".join(given("prefix"))[:_TEXT]
    cursor = number_of("cursor", given("cursor"), 0, 0, 10_000)
    index = await index_of(site)
    return site, index, Namer(index, languages(request)[:5]), prefix, cursor


def _parameters(request: Request) -> Callable[[str], list[str]]:
    pairs = body.pairs(request.scope["query_string"])
    return lambda name: [text for key, text in pairs if key == name and text.strip()]


async def _answered(request: Request, pairs: Sequence[tuple[str, str]]) -> Response:
    client = charge(request)
    site = site_of(request)
    given = [(key, text) for key, text in pairs if key in ("queries", "extend")]
    if len(given) > 1:
        raise RequestError(
            "The request has several fields queries or extend.", remedy="Send one of them, once."
        )
    if not given:
        return _json(await _manifest(request, site), headers={"Cache-Control": "no-cache"})
    key, text = given[0]
    asked = parsed(key, text)
    index = await index_of(site)
    namer = Namer(index, languages(request)[:5])
    pool = await properties_of(site)
    if key == "extend":
        return _json(await extension(site, index, pool, namer, asked))
    queries = {name: read_query(site, index, pool, name, item) for name, item in asked.items()}
    answers: dict[str, Any] = {}
    async with site.matching.place(client, site.settings.query_timeout):
        for name, query in queries.items():
            answers[name] = {"result": await result(site, index, namer, query)}
    return _json(answers)


async def _manifest(request: Request, site: Site) -> dict[str, Any]:
    index = await index_of(site)
    namer = Namer(index, languages(request)[:5])
    root = address(request) + PATH
    kinds = [vocab.CONN + name for name in _MAIN[:2]] + [_ORGANISATION]
    kinds += [*(vocab.CONN + name for name in _MAIN[2:]), _CONCEPT]
    return {
        "versions": ["0.2"],
        "name": "Connectivity KG",
        "identifierSpace": vocab.ID,
        "schemaSpace": vocab.ONTOLOGY + "#",
        "documentation": address(request) + "/about",
        "serviceVersion": __version__,
        "view": {"url": f"{root}/view?id={{{{id}}}}"},
        "preview": {"url": f"{root}/preview?id={{{{id}}}}", "width": 430, "height": 220},
        "suggest": {
            kind: {"service_url": root, "service_path": f"/suggest/{kind}"}
            for kind in ("entity", "property", "type")
        },
        "extend": {
            "propose_properties": {"service_url": root, "service_path": "/properties"},
            "property_settings": [
                {
                    "name": "limit",
                    "label": "Most values",
                    "type": "number",
                    "default": 0,
                    "help_text": "How many values of a property to give at most; 0 gives all.",
                },
                {
                    "name": "language",
                    "label": "Language",
                    "type": "text",
                    "default": "",
                    "help_text": "Give texts in this language only, as en; empty gives all.",
                },
            ],
        },
        "defaultTypes": [{"id": iri, "name": namer.name(iri)} for iri in kinds if iri in index.types],
        "batchSize": BATCH,
    }


def _one(request: Request, name: str) -> str:
    found = _parameters(request)(name)
    if len(found) != 1 or len(found[0]) > _TEXT:
        raise RequestError(
            f"The request needs one parameter {name}.", remedy="Give the identifier of an entity."
        )
    return found[0].strip()


def _json(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    text = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    return Response(
        text,
        status,
        {"Content-Type": "application/json", "Vary": f"{VARY}, Accept-Language", **(headers or {})},
    )
