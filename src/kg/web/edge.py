"""The edge: methods, headers on every response, and the one place where errors become answers."""

import logging
from collections.abc import Awaitable, Callable, Mapping

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kg.errors import (
    KgError,
    MethodNotAllowed,
    NotFound,
    NotReady,
    OverBudget,
    RangeError,
    RemoteError,
    RequestError,
    ServiceError,
    StoreError,
    Timeout,
    Unauthorized,
    Unavailable,
)
from kg.media import HTML
from kg.web import pages
from kg.web.asked import wants_page
from kg.web.journal import Journal, Visit
from kg.web.logs import REQUEST
from kg.web.problems import PROBLEM, problem
from kg.web.reply import VARY
from kg.web.shortcuts import Shortcuts
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
    "Access-Control-Expose-Headers": "ETag, Link, Location, Retry-After, X-Request-Id",
}
_RAW, _RAW_OPEN = (
    tuple((name.lower().encode(), value.encode()) for name, value in fields.items())
    for fields in (_EVERYWHERE, _EVERYWHERE | _OPEN)
)
_READING = ("GET", "HEAD", "QUERY", "OPTIONS")


class Resource:
    """What lives at one address: HEAD is GET without a body, OPTIONS is answered here, others refused."""

    def __init__(self, path: str, handlers: Mapping[str, Handler]) -> None:
        """Take the template of the address, and a handler for each method but HEAD and OPTIONS."""
        self._path = path
        self.handlers = {**handlers, "OPTIONS": self._options}
        if "GET" in handlers:
            self.handlers["HEAD"] = handlers["GET"]
        order = ("GET", "HEAD", "POST", "QUERY", "PUT", "DELETE", "OPTIONS")
        self._allow = tuple(method for method in order if method in self.handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        request = Request(scope, receive, send)
        request.state.visit.route = self._path
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
    """Whether pages of other origins may read the answer: where nothing is written, or only for some."""
    path: str = scope["path"]
    if path in ("/update", "/metrics"):
        return False
    return method in _READING or not path.startswith("/graphs")


class Edge:
    """Adds what every response bears, answers for faults that nobody foresaw, and keeps the journal."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, headers added."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        journal: Journal = scope["app"].state.journal
        shortcuts: Shortcuts = scope["app"].state.shortcuts
        begun: Message = {}
        visit = journal.open(scope)
        REQUEST.set(visit.id)
        extra = _RAW_OPEN if is_open(scope, scope["method"]) else _RAW

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                visit.status = visit.status or message["status"]
                given = message["headers"]
                names = {name for name, _ in given}
                more = [item for item in extra if item[0] not in names]
                message = {**message, "headers": [*given, *more, (b"x-request-id", visit.id.encode())]}
                begun.update(message)
            else:
                body = message.get("body", b"")
                visit.whole = not message.get("more_body", False)
                if visit.whole and not visit.size:
                    shortcuts.keep(scope, begun, body, b"x-request-id")
                visit.size += len(body)
            await send(message)

        try:
            await self._app(scope, receive, dressed)
        except Exception as fault:
            if not visit.status:
                response = await fail(Request(scope, receive), fault)
                await response(scope, receive, dressed)
            raise  # whoever runs the application logs it
        finally:
            journal.close(visit)


class Direct:
    """A resource without a framework around it: its errors become answers here."""

    def __init__(self, resource: ASGIApp) -> None:
        """Wrap a resource."""
        self._resource = resource

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            await self._resource(scope, receive, send)
        except KgError as fault:
            if scope["state"]["visit"].status:
                raise RuntimeError("an error after the answer has begun") from fault
            response = await fail(Request(scope, receive), fault)
            await response(scope, receive, send)


async def fail(request: Request, fault: Exception) -> Response:
    """Turn any exception into a problem document (RFC 9457), or a page for a browser."""
    error = as_error(fault)
    if isinstance(fault, StoreError) and request.app.state.journal.stopping:
        error = NotReady("The server is stopping.", remedy="Ask again in a while.")
    elif type(error) is KgError and isinstance(fault, KgError):
        log.error("%s", fault, exc_info=fault)
    visit: Visit = request.state.visit
    visit.outcome = visit.outcome or error.code
    headers = {"Cache-Control": "no-store", "Vary": VARY}
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
        query, view, sources = (getattr(request.state, name, None) for name in ("query", "view", "sources"))
        text = pages.failure(site, error, query, visit.id, view or "table", sources=bool(sources))
        return Response(text, error.status, headers={**headers, "Content-Type": HTML.content_type})
    return Response(problem(error, visit.id), error.status, headers={**headers, "Content-Type": PROBLEM})


def as_error(fault: Exception) -> KgError:
    """What may be said of a fault: nothing of our own inner life, no path, no trace."""
    if isinstance(fault, HTTPException):
        if fault.status_code == 404:
            return NotFound("Nothing lives at this address.", remedy="Start from / or ask at /sparql.")
        return KgError("The request could not be served.")
    if isinstance(fault, RequestError | Unavailable | ServiceError | RemoteError | Timeout):
        return fault
    return KgError("The server could not answer this request.", remedy="The fault is noted in its log.")
