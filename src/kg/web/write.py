"""/update and the writing half of /graphs: who may write, and SPARQL 1.1 Update by its protocol.

Writing is off unless a token is set. Whoever asks must bear it; until that is known, nothing of the request
is read. Each request is one change, made wholly or not at all.
"""

import hmac

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from kg.errors import Forbidden, QueryError, TooLarge, Unauthorized, UnsupportedMedia
from kg.store import Terms
from kg.updates import Update
from kg.web import body
from kg.web.asked import charge, endpoint, seconds_of, site_of
from kg.web.body import FORM
from kg.web.protocol import DIRECT, UPDATE
from kg.web.reply import while_there


def authorize(request: Request) -> str:
    """Let only the bearer of the token pass; Forbidden when there is none, Unauthorized. The client."""
    client = charge(request)
    token = site_of(request).settings.token
    if token is None:
        raise Forbidden(
            "This server takes no writes.", remedy="Whoever runs it can set KG_TOKEN to let its bearer write."
        )
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    borne = given.strip().encode("utf-8", "surrogateescape") if scheme.lower() == "bearer" else b""
    if not hmac.compare_digest(borne, token.encode()):
        raise Unauthorized(
            "Writing needs the token of this server.", remedy="Send it as Authorization: Bearer TOKEN."
        )
    return client


async def update(request: Request) -> Response:
    """Run an update request."""
    client = authorize(request)
    settings = site_of(request).settings
    media_type, charset = body.content_type(request)
    if media_type == DIRECT:
        raise UnsupportedMedia("A query was sent to the address of updates.", remedy="Send it to /sparql.")
    if media_type not in (FORM, UPDATE):
        shown = f"{media_type[:60]} is" if media_type else "Without a Content-Type the body is"
        raise UnsupportedMedia(f"{shown} not a body that is read here.", remedy=f"Send {UPDATE} or {FORM}.")
    body.require_utf8(charset)
    pairs = body.pairs(request.scope["query_string"])
    direct = (settings.query_length, "KG_QUERY_LENGTH")
    data = await body.read(request, *(body.form_limit(settings) if media_type == FORM else direct))
    if media_type == FORM:
        pairs += body.pairs(data)
        texts = [value for name, value in pairs if name == "update"]
        if any(name == "query" for name, _ in pairs):
            raise QueryError("A query was sent to the address of updates.", remedy="Send it to /sparql.")
    else:
        texts = [body.utf8(data, "The update").removeprefix("\ufeff")]
        if any(name == "update" for name, _ in pairs):
            raise QueryError("The request holds two updates.", remedy="Send one, in the body.")
    if len(texts) != 1:
        raise QueryError(f"The request holds {len(texts)} updates.", remedy="Send one in one request.")
    text = texts[0]
    if len(text.encode("utf-8", "surrogatepass")) > settings.query_length:
        raise TooLarge(
            f"The update is longer than {settings.query_length:,} bytes (KG_QUERY_LENGTH).",
            remedy="Send data to /graphs instead.",
        )
    graphs = {
        name: [value for key, value in pairs if key == name and value]
        for name in ("using-graph-uri", "using-named-graph-uri", "timeout")
    }
    seconds = seconds_of(graphs["timeout"])
    base = endpoint(request, "/update")

    async def work() -> None:
        async with site_of(request).reading.place(client, settings.query_timeout):
            parsed = await run_in_threadpool(
                Update.parse, text, graphs["using-graph-uri"], graphs["using-named-graph-uri"], base
            )
        await site_of(request).store.write(parsed, Terms(seconds, client))

    await while_there(request, work())
    return Response(status_code=204)
