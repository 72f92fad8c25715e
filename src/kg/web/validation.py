"""/validate: whether RDF that somebody sends conforms to SHACL shapes, theirs or ours.

POST takes a form with ``data`` and, if wanted, ``shapes``, or RDF as the body; nothing of it is kept, and no
token is needed. The answer is 200 whether or not the data conform; an error says that they could not be
judged.
"""

import json
from contextlib import aclosing

from starlette.requests import Request
from starlette.responses import Response

from kg.errors import Crashed, MemoryLimit, Timeout
from kg.media import GRAPH_FORMATS, HTML, Format
from kg.store import Answer, Terms
from kg.store.bodies import is_read, media_type_of, refusal
from kg.validate.submission import FORM
from kg.web import body
from kg.web.asked import charge, choose, endpoint, formats_of, page, seconds_of, site_of, terms_of
from kg.web.find import PLAIN_JSON
from kg.web.html import Links, render
from kg.web.reply import Reply, while_there
from kg.web.site import Site

PATH = "/validate"
TEXT = Format(
    "txt", "Text", "text/plain", "txt", "page", aliases=("text/markdown",), parameters={"charset": "utf-8"}
)
OFFERS = (TEXT, PLAIN_JSON, *GRAPH_FORMATS, HTML)

ROWS_SHOWN = 500
"""Results on a page; the other formats hold all of them."""
_FEWER = "Send less data at once, or simpler shapes."

_ABOUT = {
    "what": "Validates RDF against SHACL shapes: POST data, get a report. Nothing that is sent is kept.",
    "data": "part data of a multipart/form-data body, as a file or a text; or RDF as the body itself",
    "shapes": "part shapes; without it, what is sent is judged by the shapes of this graph, amid its content",
    "data-format, shapes-format": "ttl, nt, jsonld or rdf, if type and file name of the part do not say it",
    "format": "parameter of the address: txt, json, ttl, nt, jsonld, rdf or html; else Accept decides",
    "timeout": "parameter of the address: seconds, fewer than the server's limit",
    "example": "curl -F data=@data.ttl -F shapes=@shapes.ttl ",
}


async def get(request: Request) -> Response:
    """Give a form for people, and a description of the service for programs."""
    charge(request)
    pairs = body.pairs(request.scope["query_string"])
    names = formats_of(pairs)
    chosen = choose(request, names, (TEXT, PLAIN_JSON, HTML), "What this address does")
    site = site_of(request)
    if chosen is HTML:
        return page(request, _page(site))
    told = {**_ABOUT, "example": _ABOUT["example"] + endpoint(request, PATH)}
    if chosen.name == PLAIN_JSON.name:
        text = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    else:
        text = "".join(f"{name}: {words}\n" for name, words in told.items())
    return Response(text, headers={"Content-Type": chosen.content_type, "Vary": "Accept"})


async def post(request: Request) -> Response:
    """Validate what is sent; RdfError and UnsupportedMedia name the part that is at fault."""
    charge(request)
    site = site_of(request)
    pairs = body.pairs(request.scope["query_string"])
    names = formats_of(pairs)
    chosen = choose(request, names, OFFERS, "The report")
    terms = terms_of(request, seconds_of([value for key, value in pairs if key == "timeout" and value]))
    content_type = request.headers.get("content-type", "")
    if not is_read(content_type) and media_type_of(content_type)[0] != FORM:
        raise refusal(content_type)
    data = await body.read(request, site.settings.body_limit, "KG_BODY_LIMIT")
    if chosen is HTML:
        found = await while_there(request, _whole(site, request, data, content_type, terms))
        return page(request, _page(site, json.loads(found)))
    answer = await while_there(request, _answer(site, request, data, content_type, chosen, terms))
    return Reply(answer, chosen, {"Cache-Control": "no-store"})


async def _answer(
    site: Site,
    request: Request,
    data: bytes,
    content_type: str,
    chosen: Format,
    terms: Terms,
    most: int | None = None,
) -> Answer:
    """The answer of a worker; what ends one at a limit is told in words that fit here."""
    base = endpoint(request, PATH)
    try:
        return await site.checker.check(data, content_type, base, chosen, terms, most)
    except Timeout:
        seconds = min(terms.seconds or site.settings.query_timeout, site.settings.query_timeout)
        raise Timeout(
            f"The validation was stopped after {seconds:g} s, at its time limit (KG_QUERY_TIMEOUT, or the "
            "parameter timeout).",
            remedy=_FEWER,
        ) from None
    except MemoryLimit:
        raise MemoryLimit(
            "The validation was stopped because it needs more memory than one request may have "
            "(KG_QUERY_MEMORY).",
            remedy=_FEWER,
        ) from None
    except Crashed as error:
        raise Crashed(
            "The process that worked on this validation died of it.", remedy=error.remedy and _FEWER
        ) from None


async def _whole(site: Site, request: Request, data: bytes, content_type: str, terms: Terms) -> bytes:
    """The report for a page: in words, and of its results as many as a page shows."""
    plain = Terms(terms.seconds, terms.client)
    answer = await _answer(site, request, data, content_type, PLAIN_JSON, plain, ROWS_SHOWN)
    parts = [answer.first]
    try:
        async with aclosing(answer.rest()) as rest:
            async for part in rest:
                parts.append(part)
    finally:
        await answer.close()
    return b"".join(parts)


def _page(site: Site, report: dict[str, object] | None = None) -> str:
    links = Links(site.settings)
    return render(
        "validate.html",
        site.settings,
        report=report,
        own=bool(site.content.kind == "folder"),
        inputs=GRAPH_FORMATS,
        outputs=[(row.label, f"{links.to(PATH)}?format={row.name}") for row in OFFERS if row is not HTML],
        limits=site.settings,
    )
