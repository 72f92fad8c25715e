"""The edge: methods, headers on every response, and the one place where errors become answers."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg.errors import KgError, MethodNotAllowed, NotFound, NotReady
from kg.media import HTML
from kg.web import pages, protocol
from kg.web.site import Site

log = logging.getLogger("kg.web")

Handler = Callable[[Request], Awaitable[Response]]

PROBLEM = "application/problem+json"
_PROBLEM_LIMIT = 4096
_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": _CSP,
    "Referrer-Policy": "no-referrer",
    "Access-Control-Allow-Origin": "*",
}


class Resource:
    """What lives at one address: HEAD is GET without a body, OPTIONS is answered here, others refused."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        """Take a handler for each method but HEAD and OPTIONS."""
        self._handlers = {**handlers, "HEAD": handlers["GET"], "OPTIONS": self._options}
        order = ("GET", "HEAD", "POST", "OPTIONS")
        self._allow = tuple(method for method in order if method in self._handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive, send)
        handler = self._handlers.get(request.method)
        if handler is None:
            raise MethodNotAllowed("This address does not take that method.", allow=self._allow)
        response = await handler(request)
        await response(scope, receive, send)

    async def _options(self, request: Request) -> Response:
        allow = ", ".join(self._allow)
        return Response(
            status_code=204,
            headers={
                "Allow": allow,
                "Access-Control-Allow-Methods": allow,
                "Access-Control-Allow-Headers": "Accept, Content-Type",
                "Access-Control-Max-Age": "86400",
            },
        )


class Headers:
    """Adds to every response the headers that every response bears."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, headers added."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _EVERYWHERE.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, dressed)


async def fail(request: Request, fault: Exception) -> Response:
    """Turn any exception into a problem document (RFC 9457), or a page for a browser."""
    error = _as_error(fault)
    if error.status >= 500 and isinstance(fault, KgError) and not isinstance(fault, NotReady):
        log.error("%s", fault, exc_info=fault)
    headers = {"Cache-Control": "no-store", "Vary": "Accept", **_EVERYWHERE}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allow)
    site: Site | None = getattr(request.app.state, "site", None)
    if site is not None and protocol.wants_page(request):
        text = pages.failure(site, error, getattr(request.state, "query", None))
        return Response(text, error.status, headers={**headers, "Content-Type": HTML.content_type})
    return Response(problem(error), error.status, headers={**headers, "Content-Type": PROBLEM})


def _as_error(fault: Exception) -> KgError:
    """What may be said of a fault: nothing of our own inner life, no path, no trace."""
    if isinstance(fault, HTTPException):
        if fault.status_code == 404:
            return NotFound("Nothing lives at this address.", remedy="Start from / or ask at /sparql.")
        return KgError("The request could not be served.")
    if isinstance(fault, KgError) and (fault.status < 500 or isinstance(fault, NotReady)):
        return fault
    return KgError("The server could not answer this request.", remedy="The fault is noted in its log.")


def problem(error: KgError) -> bytes:
    """The error as a problem document: type, title, status, detail, code, and the place in a query."""
    document: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.detail if len(error.detail) <= 1000 else error.detail[:999] + "…",
        "code": error.code,
    }
    if error.line is not None and error.column is not None:
        document |= {"line": error.line, "column": error.column}
    text = json.dumps(document, ensure_ascii=False, indent=2).encode()
    return text if len(text) <= _PROBLEM_LIMIT else json.dumps({**document, "detail": ""}).encode()
