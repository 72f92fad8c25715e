"""Asking other SPARQL endpoints, on terms of ours: the only way out there is.

Every address that a host name has is looked at, and the connection goes to one of those very addresses, so
that no second look at the name can lead elsewhere. Redirects are not followed, proxies of the environment not
used, no cookie or credential is sent or kept. An answer is the table of a SELECT in JSON or XML, of a bounded
length, and there in time.
"""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from urllib.parse import urlencode

import httpx

from kg import __version__, vocab
from kg.clauses import Solutions
from kg.errors import ResultTooLarge, ServiceError, Timeout
from kg.media import JSON, XML
from kg.origins import IP, Address, Origins

MOST_BYTES = 10_000_000
"""Bytes of one answer."""
MOST_BYTES_IN_ALL = 30_000_000
"""Bytes of all answers to one query."""
_AGENT = f"connectivity-kg/{__version__} (+{vocab.BASE})"
_REMEDY = "Ask it yourself to see what it says; SERVICE SILENT goes on without it."
_FORMATS = {
    JSON.media_type: JSON.name,
    XML.media_type: XML.name,
    "application/json": JSON.name,
    "application/xml": XML.name,
    "text/xml": XML.name,
}


class Room:
    """Room for all that is sent in answer to one query."""

    def __init__(self) -> None:
        """All of it is free."""
        self._left = MOST_BYTES_IN_ALL

    def take(self, size: int) -> None:
        """Take some bytes of it; ResultTooLarge when they are not left."""
        self._left -= size
        if self._left < 0:
            raise ResultTooLarge(
                f"The services that the query asks sent more than {MOST_BYTES_IN_ALL:,} bytes together.",
                remedy="Ask them for less, or in several queries.",
            )


class Outbound:
    """A client of other endpoints, for as long as the server runs."""

    def __init__(self, origins: Origins) -> None:
        """Contact nobody yet, and only ever what belongs to the origins."""
        self._origins = origins
        limits = httpx.Limits(max_keepalive_connections=0)
        self._transport = httpx.AsyncHTTPTransport(trust_env=False, limits=limits)
        # Of its own, so that names that nobody answers for keep no other work waiting.
        self._resolving = ThreadPoolExecutor(4, "resolve")

    async def ask(self, address: Address, query: str, seconds: float, room: Room) -> Solutions:
        """Ask a SELECT query by POST (SPARQL 1.1 Protocol section 2.1.2).

        ServiceError says what went wrong at which origin, Timeout that it took too long, ResultTooLarge that
        there is no room left.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._ask(address, query, room)
        except TimeoutError:
            message = f"The service at {address.origin} did not answer within {seconds:.3g} s."
            raise Timeout(message, remedy="Ask it for less, or ask with SERVICE SILENT.") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise _fault(address, f"broke off or sent what is no HTTP ({type(error).__name__})") from error

    async def close(self) -> None:
        """Let go of all connections."""
        self._resolving.shutdown(wait=False, cancel_futures=True)
        await self._transport.aclose()

    async def _ask(self, address: Address, query: str, room: Room) -> Solutions:
        response = await self._connected(address, query)
        try:
            media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if response.status_code != 200:
                aside = ", a redirect, which is not followed" if 300 <= response.status_code < 400 else ""
                raise _fault(address, f"answered with status {response.status_code}{aside}")
            if media_type not in _FORMATS:
                raise _fault(address, "answered in a format that is no table of solutions in JSON or XML")
            if response.headers.get("Content-Encoding", "identity").lower() != "identity":
                raise _fault(address, "sent a compressed answer, which was not asked for")
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                room.take(len(chunk))
                if len(body) > MOST_BYTES:
                    raise _fault(address, f"sent more than {MOST_BYTES:,} bytes, the most that is taken")
            return Solutions(bytes(body), _FORMATS[media_type])
        finally:
            await response.aclose()

    async def _connected(self, address: Address, query: str) -> httpx.Response:
        """Send the request to the first IP address of the host that takes it."""
        refusal: Exception | None = None
        for ip in await self._addresses(address):
            try:
                return await self._transport.handle_async_request(_request(address, ip, query))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                refusal = error
        raise _fault(address, "cannot be connected to") from refusal

    async def _addresses(self, address: Address) -> list[IP]:
        """The IP addresses of the host, if all of them may be contacted."""
        if address.ip:
            found = [address.ip]
        else:
            look = partial(socket.getaddrinfo, address.host, address.port, type=socket.SOCK_STREAM)
            try:
                rows = await asyncio.get_running_loop().run_in_executor(self._resolving, look)
            except OSError as error:
                raise _fault(address, "has a host that is not known") from error
            found = [ip_address(str(row[4][0]).partition("%")[0]) for row in rows]
        if not all(self._origins.may_reach(address, ip) for ip in found):
            raise ServiceError(
                f"The service at {address.origin} is not asked: its host has an address that is not one of "
                "the public internet, and that KG_SERVICE_ALLOW does not name.",
                remedy="Ask that endpoint yourself.",
            )
        return found[:4]


def _request(address: Address, ip: IP, query: str) -> httpx.Request:
    target = address.target.encode()
    url = httpx.URL(scheme=address.scheme, host=str(ip), port=address.port, raw_path=target)
    return httpx.Request(
        "POST",
        url,
        headers={
            "Host": address.authority,
            "User-Agent": _AGENT,
            "Accept": f"{JSON.media_type}, {XML.media_type};q=0.5",
            "Accept-Encoding": "identity",
            "Content-Type": "application/x-www-form-urlencoded",
            "Connection": "close",
        },
        content=urlencode({"query": query}).encode(),
        extensions={} if address.ip else {"sni_hostname": address.host},
    )


def _fault(address: Address, what: str) -> ServiceError:
    return ServiceError(f"The service at {address.origin} {what}.", remedy=_REMEDY)
