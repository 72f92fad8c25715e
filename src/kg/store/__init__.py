"""The store port: what is asked and a format in, chunks of bytes out, as the SPARQL protocol has it.

So a store in processes of ours, on disk, or behind another server is the same thing to the layers above.
``embedded`` is the engine itself, for work that is trusted and in this process; ``workers`` runs it in
processes that can be killed; ``remote`` asks another server.
"""

import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from kg.errors import SettingsError
from kg.media import NQUADS, Format
from kg.settings import DefaultGraph, Settings
from kg.sparql import Operation
from kg.updates import Update


@dataclass(frozen=True)
class ReadGraph:
    """All triples of one graph; None means what is stored without a name, never the merge."""

    name: str | None


@dataclass(frozen=True)
class ReadDataset:
    """Everything that is stored, each statement in its graph."""


@dataclass(frozen=True)
class ReadVariables:
    """Whether an engine can read a query that asks other servers, and the variables of each SERVICE clause.

    The answer is a list of lists of names, in JSON whatever the format; nobody is asked.
    """

    operation: Operation


@dataclass(frozen=True)
class PutGraph:
    """Add the triples of a body to a graph, or make them all of it.

    ``media_type`` is the body's Content-Type, ``base`` what its relative IRIs are resolved against.
    """

    name: str | None
    body: bytes
    media_type: str
    base: str
    replace: bool


@dataclass(frozen=True)
class DropGraph:
    """Remove a graph."""

    name: str | None


Read = Operation | ReadGraph | ReadDataset | ReadVariables
Write = Update | PutGraph | DropGraph


@dataclass(frozen=True)
class Terms:
    """On what terms a request is served: how long it may take, for whom, and how the bytes are coded.

    ``seconds`` of None is the store's own limit, and no request gets more than that. ``client`` is the
    address that limits for one client count by; empty for the server's own questions, which go first.
    ``encoding`` is a content coding (RFC 9110 section 8.4.1); an answer too short to gain by it is not coded,
    unless ``always``.
    """

    seconds: float | None = None
    client: str = ""
    encoding: str = "identity"
    always: bool = False


OWN = Terms()
"""The terms of the server's own questions."""


class Answer(Protocol):
    """The answer to a request, of which the first part is there.

    ``whole`` says that ``first`` is all of it. Otherwise the chunks that follow end either whole or with the
    error that ended them early; ``close`` stops the work if there is any left.
    """

    @property
    def version(self) -> str | None:
        """The version of the store that it comes from, as ``Store.version``."""

    @property
    def encoding(self) -> str:
        """The content coding of the bytes."""

    @property
    def first(self) -> bytes:
        """The first part."""

    @property
    def whole(self) -> bool:
        """Whether the first part is all."""

    def rest(self) -> AsyncGenerator[bytes, None]:
        """Yield what follows the first part."""

    async def close(self) -> None:
        """Let go of whatever still works for this answer."""


@dataclass(frozen=True)
class Whole:
    """An ``Answer`` that is all there."""

    version: str | None
    encoding: str
    first: bytes
    whole: bool = True

    async def rest(self) -> AsyncGenerator[bytes, None]:
        """Yield nothing."""
        return
        yield b""

    async def close(self) -> None:
        """Nothing works for it."""


@dataclass(frozen=True)
class Outcome:
    """What a write did: ``created`` a graph that was not there before; the new version."""

    created: bool
    version: str | None


class Store(Protocol):
    """Where the triples are. All errors are those of ``kg.errors``."""

    @property
    def version(self) -> str | None:
        """Stands for all that is stored: two states that differ have two versions; None: nobody knows."""

    async def read(self, request: Read, format: Format, terms: Terms = OWN) -> Answer:
        """Answer in the format.

        It returns when the answer stands or its first part does, so that most of what goes wrong is raised
        here: QueryError with line and column for a syntax error, NotFound for a graph, NotAcceptable when
        the format cannot hold the answer, Timeout, MemoryLimit, ResultTooLarge, Busy, Crashed.
        """

    def at_once(self, request: Read, format: Format, terms: Terms = OWN) -> Answer | None:
        """Answer as ``read`` would, now, what is very little work; None: ``read`` it."""

    async def write(self, request: Write, terms: Terms = OWN) -> Outcome:
        """Change what is stored, wholly or not at all; when it returns, every later ``read`` sees it.

        Raises what ``read`` does, RdfError for a body, and NotFound for a graph to drop that is not there.
        """

    async def close(self) -> None:
        """Let go of everything; a closed store answers with StoreError. Closing twice does no harm."""


@dataclass(frozen=True)
class Capacity:
    """The limits of a store: places for long queries, seconds and bytes of memory and answer for each."""

    workers: int = 4
    seconds: float = 30.0
    memory: int = 512_000_000
    result: int = 1_000_000_000

    @classmethod
    def of(cls, settings: Settings) -> "Capacity":
        """Return the limits that the settings give."""
        return cls(settings.workers, settings.query_timeout, settings.query_memory, settings.result_limit)


USUAL = Capacity()


@dataclass(frozen=True)
class Access:
    """How a store that is another server is written to, and who asks it; the secrets keep out of ``repr``."""

    update: str | None = None
    graphs: str | None = None
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Settings) -> "Access":
        """Return what the settings say."""
        return cls(
            settings.store_update,
            settings.store_graphs,
            settings.store_user,
            settings.store_password,
            settings.store_token,
        )


NOBODY = Access()

REMOTE, FOLDER = "remote", "dir"
"""The kinds of a store that is another server, and of one on disk."""


async def open_store(
    url: str,
    *,
    default_graph: DefaultGraph = "union",
    prefixes: Mapping[str, str] | None = None,
    nquads: bytes = b"",
    digest: str | None = None,
    graphs: Sequence[str] = (),
    capacity: Capacity = USUAL,
    access: Access = NOBODY,
) -> Store:
    """Open the store at the address; SettingsError when there is no such kind of store, StoreError.

    With ``union`` a query without a dataset clause sees the merge of all graphs, each triple once; with
    ``plain`` it sees what is stored without a graph name. ``prefixes`` make Turtle readable. A store that is
    empty begins with ``nquads``, which make up the named ``graphs`` and for which ``digest`` stands: it is
    the version of a store in memory until the first write. Nothing is loaded into another server, whose
    default graph is as it is: ``default_graph`` then says what that is.
    """
    kind, path = split_address(url)
    if kind == REMOTE:
        from kg.store.remote import RemoteStore  # noqa: PLC0415 - loaded only when it is used

        remote = RemoteStore(url, access, capacity)
        await remote.begin(default_graph)
        return remote
    if sys.platform != "linux":
        return _without_workers(kind, default_graph, prefixes or {}, nquads, digest)
    from kg.store.workers import open_directory, open_memory  # noqa: PLC0415 - loaded only when it is used

    common = {"default_graph": default_graph, "prefixes": dict(prefixes or {}), "capacity": capacity}
    if kind == "memory":
        return await open_memory(nquads=nquads, digest=digest, **common)  # type: ignore[arg-type]
    return await open_directory(path, nquads=nquads, digest=digest, graphs=graphs, **common)  # type: ignore[arg-type]


def _without_workers(
    kind: str, default_graph: DefaultGraph, prefixes: Mapping[str, str], nquads: bytes, digest: str | None
) -> Store:
    from kg.store.embedded import EmbeddedStore  # noqa: PLC0415 - loaded only when it is used
    from kg.store.threads import ThreadStore  # noqa: PLC0415 - loaded only when it is used

    if kind != "memory":
        raise SettingsError("KG_STORE is a folder, which needs Linux.", remedy="Use memory: on this system.")
    store = EmbeddedStore(default_graph=default_graph, prefixes=prefixes)
    store.load(nquads, NQUADS)
    return ThreadStore(store, digest)


def split_address(url: str) -> tuple[str, Path]:
    """The kind of store, and its path; SettingsError."""
    kind, colon, path = url.partition(":")
    if kind.lower() in ("http", "https") and path.startswith("//"):
        return REMOTE, Path()
    if kind == "memory" and colon and not path:
        return kind, Path()
    if kind == FOLDER and path:
        return kind, Path(path)
    shown = url if len(url) <= 100 else url[:100] + "…"
    raise SettingsError(
        f"KG_STORE is {shown!r}; it must be memory:, or dir:PATH with the path of a folder for the store, or "
        "the http(s) address of a SPARQL endpoint."
    )
