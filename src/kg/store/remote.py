"""Another server as the store: SPARQL 1.1 Protocol, and the Graph Store HTTP Protocol where it has that.

Its bytes are passed on as they come, once the first of them are there, inside our limits of time and length;
what is not the whole answer that was asked for is an error, never passed on as an answer. What the server
holds may change behind our back, so there is no version, and nothing is kept.
"""

import asyncio
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

import httpx

from kg.errors import (
    Forbidden,
    KgError,
    NotAcceptable,
    NotFound,
    QueryError,
    RdfError,
    RemoteError,
    StoreError,
    Timeout,
    UnsupportedMedia,
)
from kg.media import JSON, Format, by_name
from kg.settings import DefaultGraph
from kg.sparql import Operation, is_iri, write_iri
from kg.store import (
    OWN,
    Access,
    Answer,
    Capacity,
    DropGraph,
    Outcome,
    Read,
    ReadDataset,
    ReadGraph,
    ReadVariables,
    Terms,
    Write,
)
from kg.store.bodies import MULTIPART, is_read, media_type_of
from kg.store.bodies import refusal as unread
from kg.store.channel import timeout
from kg.store.lanes import FAST, gate
from kg.store.link import Link, broken
from kg.store.pool import PATIENCE
from kg.store.refusals import READ, refusal, words
from kg.store.soundness import REACH, check_begin, check_end, check_head
from kg.store.transfer import Take, Transfer
from kg.store.worker import no_graph, too_long
from kg.updates import Update

log = logging.getLogger("kg.store")
log.addHandler(logging.NullHandler())  # a command says what went wrong itself

_FOR_EACH = 8
"""Requests that the server works on at once, for each of ``Capacity.workers``."""
_FORM = "application/x-www-form-urlencoded"
_IRIS = re.compile(r"<([^\x00-\x20<>\"{}|^`]*)>")
_PROBE = 10.0
"""Seconds for a question of our own about the store."""
_UNKNOWN = "whether it made the change is not known"

# What a query without a dataset clause is shown: some triple of a named graph, or not.
_NAMED = "SELECT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } } LIMIT 1"
_PROBES = (f"ASK {{ {{ {_NAMED} }} }}", f"ASK {{ {{ {_NAMED} }} ?s ?p ?o }}")


@dataclass(frozen=True)
class _Asked:
    """A request as HTTP has it; ``format`` is what must come back."""

    method: str
    address: str
    headers: dict[str, str]
    body: bytes = b""
    kind: type[QueryError] | type[RdfError] = QueryError
    format: Format | None = None


class RemoteStore:
    """A Store at an address; ``notice`` is what whoever runs it should know."""

    version = None

    def __init__(self, address: str, access: Access, capacity: Capacity) -> None:
        """Connect to nothing yet; the addresses are those of sound ``Settings``."""
        self.notice: str | None = None
        self._address = address
        self._access = access
        self._capacity = capacity
        self._gate = gate((capacity.workers + FAST) * _FOR_EACH)
        self._link = Link(access)
        self._closed = False

    async def begin(self, default_graph: DefaultGraph) -> None:
        """Ask whether it answers, and shows the default graph that it is said to; ``notice`` says if not."""
        try:
            named, shown = [await self._is_so(probe) for probe in _PROBES]
        except KgError as error:
            self.notice = (
                f"the store does not answer as a SPARQL endpoint does: {error.message} "
                "Until it does, queries are answered with an error."
            )
            return
        if named and shown != (default_graph == "union"):
            does, other = ("shows", "union") if shown else ("does not show", "plain")
            self.notice = (
                f"KG_DEFAULT_GRAPH is {default_graph}, but the store {does} what is in its named graphs to a "
                f"query without a dataset clause; set it to {other}, or have the store do as it says"
            )

    async def read(self, request: Read, format: Format, terms: Terms = OWN) -> Answer:
        """Answer in the format, from what the server holds now."""
        self._refuse_if_closed()
        asked = await self._asked(request, by_name(format.name), terms)
        seconds = self._seconds(terms)

        async def fetch(take: Take) -> None:
            async with self._gate.place(terms.client, seconds * PATIENCE, first=not terms.client):
                try:
                    async with asyncio.timeout(seconds):
                        with _noted():
                            await self._fetch(asked, take)
                except TimeoutError:
                    raise timeout(seconds) from None

        answer = Transfer(fetch, terms.encoding, always=terms.always)
        try:
            await answer.begin()
        except NotFound:
            raise self._absent(request) from None
        return answer

    def at_once(self, request: Read, format: Format, terms: Terms = OWN) -> Answer | None:
        """Another server has to be waited for."""
        return None

    async def write(self, request: Write, terms: Terms = OWN) -> Outcome:
        """Have the server make a change; that it is whole or nothing is the server's promise."""
        self._refuse_if_closed()
        asked = self._change(request)
        seconds = self._seconds(terms)
        async with self._gate.place(terms.client, seconds * PATIENCE, first=not terms.client):
            try:
                async with asyncio.timeout(seconds):
                    with _noted():
                        status = await self._changed(asked)
            except TimeoutError:
                raise Timeout(f"The store did not answer within {seconds:g} s; {_UNKNOWN}.") from None
            except NotFound:
                raise self._absent(request) from None
        return Outcome(status == 201, None)

    async def close(self) -> None:
        """Close the connections."""
        self._closed = True
        await self._link.close()

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise StoreError("The store is closed.")

    def _seconds(self, terms: Terms) -> float:
        return min(terms.seconds or self._capacity.seconds, self._capacity.seconds)

    async def _is_so(self, query: str) -> bool:
        answer = await self.read(Operation.parse(query), JSON, Terms(seconds=_PROBE))
        await answer.close()
        return b"true" in answer.first

    def _absent(self, request: Read | Write) -> KgError:
        """What a 404 means: a graph that is not there, or an address with no endpoint."""
        if isinstance(request, ReadGraph | DropGraph):
            return no_graph()
        return RemoteError("There is nothing at the address of the store (status 404).")

    # ---- reading

    async def _asked(self, request: Read, format: Format, terms: Terms) -> _Asked:
        if format.kind == "file" or isinstance(request, ReadVariables):
            raise NotAcceptable(f"{format.label} is not made of what another server stores.")
        accept = {"Accept": format.media_type}
        if isinstance(request, Operation):
            graphs = [("default-graph-uri", graph) for graph in request.default_graph]
            graphs += [("named-graph-uri", graph) for graph in request.named_graphs]
            pairs = [("query", _based(request.text, request.base)), *graphs]
            return _Asked(
                "POST", self._address, {**accept, "Content-Type": _FORM}, _form(pairs), format=format
            )
        if self._access.graphs:
            address = self._graph(request.name) if isinstance(request, ReadGraph) else self._access.graphs
            return _Asked("GET", address, accept, format=format)
        if isinstance(request, ReadDataset) or request.name is None:
            raise _no_graphs()
        pattern = f"GRAPH {write_iri(request.name)} {{ ?s ?p ?o }}"
        if not await self._is_so(f"ASK {{ {pattern} }}"):
            raise no_graph()
        return await self._asked(
            Operation.parse(f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ {pattern} }}"), format, terms
        )

    async def _fetch(self, asked: _Asked, take: Take) -> None:
        """Give the bytes of a whole answer to ``take``; what is none is raised."""
        assert asked.format
        most, taken, last = self._capacity.result, 0, b""
        async with self._link.exchange(
            asked.method, asked.address, asked.headers, asked.body, reads=True
        ) as response:
            if response.status_code != 200:
                raise await _refused(response, asked)
            check_head(response.headers, asked.format)
            if int(response.headers.get("content-length", 0)) > most:
                raise too_long(most)
            async for piece in response.aiter_raw():
                if not taken:
                    check_begin(piece, asked.format)
                taken += len(piece)
                if taken > most:
                    raise too_long(most)
                last = (last + piece)[-REACH:]
                await take(piece)
            check_end(last, asked.format)

    # ---- writing

    def _change(self, request: Write) -> _Asked:
        if isinstance(request, Update):
            if self._access.update is None:
                raise Forbidden(
                    "The store takes no updates from this server.",
                    remedy="Whoever runs it can set KG_STORE_UPDATE to the address for them.",
                )
            body = _form([("update", _based(request.text, request.base))])
            return _Asked("POST", self._access.update, {"Content-Type": _FORM}, body)
        if self._access.graphs is None:
            raise _no_graphs()
        address = self._graph(request.name)
        if isinstance(request, DropGraph):
            return _Asked("DELETE", address, {})
        media_type, _ = media_type_of(request.media_type)
        if media_type == MULTIPART:
            raise UnsupportedMedia(
                "The store takes no form of several parts.", remedy="Send them one by one."
            )
        if not is_read(request.media_type):
            raise unread(request.media_type)
        method = "PUT" if request.replace else "POST"
        return _Asked(method, address, {"Content-Type": request.media_type}, request.body, RdfError)

    async def _changed(self, asked: _Asked) -> int:
        try:
            async with self._link.exchange(
                asked.method, asked.address, asked.headers, asked.body, reads=False
            ) as response:
                if response.status_code not in (200, 201, 204):
                    raise await _refused(response, asked)
                return response.status_code
        except (httpx.HTTPError, OSError) as error:
            if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
                raise
            raise RemoteError(f"The store broke off; {_UNKNOWN}.") from error

    def _graph(self, name: str | None) -> str:
        """The address of a graph: "indirect identification" of the protocol (section 4.2)."""
        return f"{self._access.graphs}?{'default' if name is None else urlencode({'graph': name})}"


def _form(pairs: list[tuple[str, str]]) -> bytes:
    try:
        return urlencode(pairs).encode()
    except UnicodeEncodeError:
        raise QueryError("The text has a surrogate, which no text in UTF-8 can have.") from None


def _based(text: str, base: str | None) -> str:
    """A text whose relative IRIs, if there are any, are resolved as those of our own address."""
    if base is None or not is_iri(base) or all(is_iri(iri) for iri in _IRIS.findall(text)):
        return text
    return f"BASE <{base}>\n{text}"


def _no_graphs() -> Forbidden:
    return Forbidden(
        "The store gives and takes no graphs as wholes through this server.",
        remedy="Whoever runs it can set KG_STORE_GRAPHS to its address of the Graph Store Protocol.",
    )


async def _refused(response: httpx.Response, asked: _Asked) -> KgError:
    """The error that a status other than success means."""
    body = bytearray()
    async for piece in response.aiter_raw():
        body += piece
        if len(body) > READ:
            break
    fields = response.headers
    said = words(bytes(body[:READ]), media_type_of(fields.get("content-type", ""))[0])
    found = refusal(response.status_code, said, fields.get("retry-after", ""), asked.kind, asked.format)
    found.add_note(said)
    return found


@contextmanager
def _noted() -> Iterator[None]:
    """Make errors of the connection ours, and write what the store did wrong to the log."""
    try:
        yield
    except (httpx.HTTPError, OSError) as error:
        log.warning("%s (%s)", broken(error).message, type(error).__name__)
        raise broken(error) from error
    except RemoteError as error:
        log.warning("%s", " ".join([error.message, *getattr(error, "__notes__", ())]))
        raise
