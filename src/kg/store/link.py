"""The way to another server: connections, who we are to it, and one more try where that is safe.

No proxy, redirect, cookie or password of the environment is used: the address of the settings is asked, as it
stands, and nothing else.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager

import httpx

from kg import __version__
from kg.errors import RemoteError
from kg.store import Access

_CONNECT = 5.0
"""Seconds to connect within."""
_IDLE = 4.0
"""Seconds that a connection is good for the next request: less than servers keep them."""
_KEPT = 16
"""Connections that are kept for the next requests."""
_PAUSE = 0.1
# There is one deadline for all the rest.
_TIMEOUT = {"connect": _CONNECT, "read": None, "write": None, "pool": None}


class Link:
    """Connections to one server, each with a transport of its own that is closed when anything went wrong.

    In a pool of httpx, a connection is lost for good when its request is cancelled just as it was made.
    """

    def __init__(self, access: Access) -> None:
        """Connect when there is something to send."""
        self._verified = ssl.create_default_context()  # authorities of the system, or those of SSL_CERT_FILE
        self._auth = _auth(access)
        self._all: set[httpx.AsyncHTTPTransport] = set()
        self._idle: list[httpx.AsyncHTTPTransport] = []

    @asynccontextmanager
    async def exchange(
        self, method: str, address: str, headers: dict[str, str], body: bytes = b"", *, reads: bool
    ) -> AsyncIterator[httpx.Response]:
        """Send a request; the response, whose head is there, for as long as it is read.

        What failed before that is sent once more if it only ``reads``, or never was connected. Errors are
        those of httpx, and OSError; ``broken`` tells them.
        """
        request = httpx.Request(
            method,
            address,
            headers={
                **headers,
                "Accept-Encoding": "identity",
                "User-Agent": f"connectivity-kg/{__version__}",
            },
            content=body or None,
            extensions={"timeout": _TIMEOUT},
        )
        # A connection that the other side has given up does no harm to a read, which is sent again; a write
        # is not, so that it gets a fresh one.
        transport = self._idle.pop() if reads and self._idle else self._made()
        try:
            response = await self._authorized(transport, request, reads=reads)
            try:
                yield response
            finally:
                await response.aclose()
        except BaseException:
            await self._end(transport)
            raise
        if reads and len(self._idle) < _KEPT and transport in self._all:
            self._idle.append(transport)
        else:
            await self._end(transport)

    async def close(self) -> None:
        """Close all connections, those in use, too."""
        for transport in list(self._all):
            await self._end(transport)

    def _made(self) -> httpx.AsyncHTTPTransport:
        limits = httpx.Limits(max_connections=1, keepalive_expiry=_IDLE)
        transport = httpx.AsyncHTTPTransport(verify=self._verified, trust_env=False, limits=limits)
        self._all.add(transport)
        return transport

    async def _end(self, transport: httpx.AsyncHTTPTransport) -> None:
        self._all.discard(transport)
        await transport.aclose()

    async def _authorized(
        self, transport: httpx.AsyncHTTPTransport, request: httpx.Request, *, reads: bool
    ) -> httpx.Response:
        flow = self._auth.auth_flow(request)
        request = next(flow)
        while True:
            response = await _tried(transport, request, reads=reads)
            response.request = request
            try:
                request = flow.send(response)
            except StopIteration:
                return response
            await response.aclose()


async def _tried(
    transport: httpx.AsyncHTTPTransport, request: httpx.Request, *, reads: bool
) -> httpx.Response:
    try:
        return await transport.handle_async_request(request)
    except (httpx.TransportError, OSError) as error:
        if not reads and not isinstance(error, httpx.ConnectError):
            raise
    await asyncio.sleep(_PAUSE)
    return await transport.handle_async_request(request)


def broken(error: Exception) -> RemoteError:
    """The error for a connection that could not be made, or was not kept."""
    remedy = "Ask again in a while."
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        if "CERTIFICATE" in str(error).upper():
            return RemoteError(
                "The certificate of the store is not trusted.",
                remedy="Whoever runs this server can name its authority by SSL_CERT_FILE.",
            )
        return RemoteError("The store cannot be reached.", remedy=remedy)
    return RemoteError("The store broke off, or what it sent is no HTTP.", remedy=remedy)


def _auth(access: Access) -> httpx.Auth:
    if access.token is not None:
        return _Bearer(access.token)
    if access.user is not None:
        return _Login(access.user, access.password or "")
    return httpx.Auth()


class _Bearer(httpx.Auth):
    """RFC 6750."""

    def __init__(self, token: str) -> None:
        self._value = f"Bearer {token}"

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self._value
        yield request


class _Login(httpx.Auth):
    """Basic (RFC 7617) from the start, and Digest (RFC 7616) with a server that once asked for it."""

    def __init__(self, user: str, password: str) -> None:
        self._basic = httpx.BasicAuth(user, password)
        self._digest = httpx.DigestAuth(user, password)
        self._now: httpx.Auth = self._basic

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._now is self._basic:
            request = next(self._basic.auth_flow(request))
            response = yield request
            offers = response.headers.get_list("www-authenticate")
            if response.status_code != 401 or not any(one.lower().startswith("digest") for one in offers):
                return
            self._now = self._digest
            del request.headers["Authorization"]
        yield from self._digest.auth_flow(request)
