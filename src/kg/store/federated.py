"""A store whose queries may ask other endpoints: SPARQL 1.1 Federated Query by SERVICE.

The engine opens no connection, nor could it: its process is kept from that. First it reads the query without
evaluating it, so that nobody is bothered for one that is ill-formed; then the endpoints are asked from here
(``outbound``), each once for the same thing; and what they have answered takes the place of the SERVICE
clauses when the query is evaluated (``inlined``), in a process that can be killed like any other.
"""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace

from kg.clauses import Service, Solutions
from kg.errors import ServiceError, Timeout
from kg.media import JSON, Format
from kg.origins import Address, Origins
from kg.sparql import Operation
from kg.store import OWN, Answer, Capacity, Outcome, Read, ReadVariables, Store, Terms, Write
from kg.store.channel import timeout
from kg.store.lanes import Lane
from kg.store.outbound import Outbound, Room

_SHARE = 2 / 3
"""The part of a query's time that the endpoints may take, so that some is left to evaluate it."""
_AT_ONCE = 4
"""Endpoints that one query asks at a time."""
_PLACES, _PLACES_OF_CLIENT, _QUEUE, _QUEUE_OF_CLIENT = 16, 4, 64, 16


class FederatedStore:
    """Another store, with SERVICE."""

    def __init__(self, store: Store, origins: Origins, capacity: Capacity) -> None:
        """Serve a store that is open; endpoints of the origins may be asked."""
        self.origins = origins
        self.sealed: bool = getattr(store, "sealed", True)
        self._store = store
        self._seconds = capacity.seconds
        self._outbound = Outbound(origins)
        self._lane = Lane(_PLACES, _PLACES_OF_CLIENT, _QUEUE, _QUEUE_OF_CLIENT)

    @property
    def version(self) -> str | None:
        """Stands for all that is stored here."""
        return self._store.version

    def differs(self, digest: str) -> str | None:
        """What to know about the content that the store took up, if that is not the one of the digest."""
        found: Callable[[str], str | None] | None = getattr(self._store, "differs", None)
        return found(digest) if found else None

    async def read(self, request: Read, format: Format, terms: Terms = OWN) -> Answer:
        """Answer in the format; ServiceError and Timeout name the endpoint that gave no answer."""
        if not isinstance(request, Operation) or not request.services:
            return await self._store.read(request, format, terms)
        seconds = min(terms.seconds or self._seconds, self._seconds)
        begun = time.monotonic()
        async with self._lane.place(terms.client, seconds):
            names = await self._variables(request, terms)
            until = begun + seconds * _SHARE
            found = await self._found(request, until)
        left = begun + seconds - time.monotonic()
        if left <= 0:
            raise timeout(seconds)
        services = tuple(
            replace(service, variables=tuple(variables), found=answer)
            for service, variables, answer in zip(request.services, names, found, strict=True)
        )
        return await self._store.read(
            replace(request, services=services), format, replace(terms, seconds=left)
        )

    def at_once(self, request: Read, format: Format, terms: Terms = OWN) -> Answer | None:
        """Answer what asks nobody else, and is very little work."""
        return self._store.at_once(request, format, terms)

    async def write(self, request: Write, terms: Terms = OWN) -> Outcome:
        """Change what is stored here."""
        return await self._store.write(request, terms)

    async def close(self) -> None:
        """Let go of the store and of all connections."""
        await self._outbound.close()
        await self._store.close()

    async def _variables(self, operation: Operation, terms: Terms) -> list[list[str]]:
        answer = await self._store.read(ReadVariables(operation), JSON, Terms(terms.seconds, terms.client))
        parts = [answer.first]
        async for part in answer.rest():
            parts.append(part)
        found: list[list[str]] = json.loads(b"".join(parts))
        return found

    async def _found(self, operation: Operation, until: float) -> list[Solutions | None]:
        """The answers by clause, None for one that failed in silence; the error of one that did not."""
        asking, room = asyncio.Semaphore(_AT_ONCE), Room()
        tasks: dict[tuple[Address, str], asyncio.Task[Solutions]] = {}

        async def ask(address: Address, query: str) -> Solutions:
            async with asking:
                return await self._outbound.ask(address, query, max(0, until - time.monotonic()), room)

        for service in operation.services:
            if service.address and (service.address, service.query) not in tasks:
                job = asyncio.get_running_loop().create_task(ask(service.address, service.query))
                tasks[service.address, service.query] = job
        try:
            return [await _outcome(service, tasks) for service in operation.services]
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)


async def _outcome(
    service: Service, tasks: dict[tuple[Address, str], "asyncio.Task[Solutions]"]
) -> Solutions | None:
    if service.address is None:
        return None
    try:
        return await tasks[service.address, service.query]
    except (ServiceError, Timeout):
        if service.silent:
            return None
        raise
