"""Whether the addresses of other knowledge bases still answer; asked of the network, and only when wished.

A few requests at a time go to each host. An address is dead when its server says so (404, 410) or there is no
such host; anything else that is no answer is told as not reached, since it may answer tomorrow.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from urllib.parse import urlsplit

import httpx
import pyoxigraph as ox

from kg import __version__
from kg.sssom import Link, MappingSet
from kg.validate.report import Finding

_SECONDS = 20.0
_AT_ONCE = 8
_OF_A_HOST = 2
_AGENT = f"connectivity-kg/{__version__} (link check)"

DEAD = "dead"
NOT_REACHED = "not reached"


async def reach(
    addresses: Iterable[str], tell: Callable[[str], None] = lambda _: None, seconds: float = _SECONDS
) -> dict[str, tuple[str, str]]:
    """Ask for each address; by address those that do not answer: DEAD or NOT_REACHED, and why."""
    wanted = sorted(set(addresses))
    everybody = asyncio.Semaphore(_AT_ONCE)
    hosts = {urlsplit(address).netloc: asyncio.Semaphore(_OF_A_HOST) for address in wanted}
    found: dict[str, tuple[str, str]] = {}
    done = 0

    async def ask(client: httpx.AsyncClient, address: str) -> None:
        nonlocal done
        async with hosts[urlsplit(address).netloc], everybody:
            fault = await _ask(client, address)
        done += 1
        tell(f"asking for {done} of {len(wanted)} addresses")
        if fault:
            found[address] = fault

    headers = {"User-Agent": _AGENT, "Accept": "*/*"}
    async with httpx.AsyncClient(timeout=seconds, follow_redirects=True, headers=headers) as client:
        await asyncio.gather(*(ask(client, address) for address in wanted))
    return found


async def _ask(client: httpx.AsyncClient, address: str) -> tuple[str, str] | None:
    try:
        status = 0
        for method in ("HEAD", "GET"):  # some servers answer HEAD wrongly
            async with client.stream(method, address) as response:
                status = response.status_code
            if status < 400:
                return None
    except httpx.ConnectError as error:
        if _no_such_host(error):
            return DEAD, "There is no such host."
        return NOT_REACHED, "It cannot be connected to."
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return NOT_REACHED, f"It does not answer ({type(error).__name__})."
    return (DEAD if status in (404, 410) else NOT_REACHED), f"It answers with status {status}."


def _no_such_host(error: BaseException) -> bool:
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, socket.gaierror):
            return link.errno == socket.EAI_NONAME
        link = link.__cause__ or link.__context__
    return False


def addresses_of(sets: Sequence[MappingSet]) -> Iterator[str]:
    """Yield the IRIs of things elsewhere that can be asked for."""
    for group in sets:
        for link in group.links:
            if _is_address(link):
                yield link.object.value


def unreached(
    sets: Sequence[MappingSet], faults: Mapping[str, tuple[str, str]], labels: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield a finding for each mapping whose address does not answer: dead ones violate, others warn."""
    for group in sets:
        for link in group.links:
            kind, why = faults.get(link.object.value, ("", ""))
            if kind and _is_address(link):
                yield Finding(
                    file=group.file,
                    line=link.line,
                    thing=link.subject,
                    label=labels.get(link.subject),
                    rule="mapping, reach: What is linked to is there.",
                    message=f"{link.object.value} is {kind}: {why}",
                    remedy="Look for its successor there; delete the row if there is none."
                    if kind == DEAD
                    else "Ask again on another day.",
                    severity="violation" if kind == DEAD else "warning",
                )


def _is_address(link: Link) -> bool:
    return isinstance(link.object, ox.NamedNode) and link.object.value.startswith(("http://", "https://"))
