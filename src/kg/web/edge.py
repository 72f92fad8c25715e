"""The edge: methods, headers on every response, and the one place where errors become answers."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg.errors import (
    KgError,
    MethodNotAllowed,
    NotFound,
    OverBudget,
    RangeError,
    RequestError,
    Timeout,
    Unauthorized,
    Unavailable,
)
from kg.media import HTML
from kg.web import pages
from kg.web.asked import wants_page
from kg.web.problems import PROBLEM, problem
from kg.web.reply import VARY
from kg.web.site import Site

log = logging.getLogger("kg.web")

Handler = Callable[[Request], Awaitable[Response]]

_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": _CSP,
    "Referrer-Policy": "no-referrer",
}
_OPEN = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, Location, Retry-After",
}
_READING = ("GET", "HEAD", "QUERY", "OPTIONS")


class Resource:
    """What lives at one address: HEAD is GET without a body, OPTIONS is answered here, others refused."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        """Take a handler for each method but HEAD and OPTIONS."""
        self.handlers = {**handlers, "OPTIONS": self._options}
        if "GET" in handlers:
            self.handlers["HEAD"] = handlers["GET"]
        order = ("GET", "HEAD", "POST", "QUERY", "PUT", "DELETE", "OPTIONS")
        self._allow = tuple(method for method in order if method in self.handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive, send)
        handler = self.handlers.get(request.method)
        if handler is None:
            raise MethodNotAllowed("This address does not take that method.", allow=self._allow)
        try:
            response = await handler(request)
        except ClientDisconnect:
            return  # nobody is left to answer
        await response(scope, receive, send)

    async def _options(self, request: Request) -> Response:
        headers = {"Allow": ", ".join(self._allow)}
        if "QUERY" in self._allow:
            headers["Accept-Query"] = '"application/sparql-query", "application/x-www-form-urlencoded"'
        if is_open(request.scope, "GET" if "GET" in self._allow else "POST"):
            readable = [method for method in self._allow if is_open(request.scope, method)]
            headers |= {
                "Access-Control-Allow-Methods": ", ".join(readable),
                "Access-Control-Allow-Headers": "Accept, Content-Type, If-None-Match",
                "Access-Control-Max-Age": "86400",
            }
        return Response(status_code=204, headers=headers)


def is_open(scope: Scope, method: str) -> bool:
    """Whether pages of other origins may read the answer: wherever nothing is written."""
    path: str = scope["path"]
    if path == "/update":
        return False
    return method in _READING or not path.startswith("/graphs")


class Headers:
    """Adds to every response the headers that every response bears."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in (
                    _EVERYWHERE | _OPEN if is_open(scope, scope["method"]) else _EVERYWHERE
                ).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, dressed)


async def fail(request: Request, fault: Exception) -> Response:
    """Turn any exception into a problem document (RFC 9457), or a page for a browser."""
    error = as_error(fault)
    if type(error) is KgError and isinstance(fault, KgError):
        log.error("%s", fault, exc_info=fault)
    headers = {"Cache-Control": "no-store", "Vary": VARY, **_EVERYWHERE}
    if is_open(request.scope, request.method):
        headers |= _OPEN
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(error.allow)
    if isinstance(error, Unavailable | OverBudget):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, RangeError):
        headers["Content-Range"] = f"bytes */{error.size}"
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="Connectivity KG"'
    site: Site | None = getattr(request.app.state, "site", None)
    if site is not None and wants_page(request):
        text = pages.failure(site, error, getattr(request.state, "query", None))
        return Response(text, error.status, headers={**headers, "Content-Type": HTML.content_type})
    return Response(problem(error), error.status, headers={**headers, "Content-Type": PROBLEM})


def as_error(fault: Exception) -> KgError:
    """What may be said of a fault: nothing of our own inner life, no path, no trace."""
    if isinstance(fault, HTTPException):
        if fault.status_code == 404:
            return NotFound("Nothing lives at this address.", remedy="Start from / or ask at /sparql.")
        return KgError("The request could not be served.")
    if isinstance(fault, RequestError | Unavailable | Timeout):
        return fault
    return KgError("The server could not answer this request.", remedy="The fault is noted in its log.")
