"""The store port: an operation and a format in, chunks of bytes out, as the SPARQL protocol has it.

So a store in this process, in another process or behind another server is the same thing to the layers above.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import BinaryIO, Protocol

from kg.errors import SettingsError
from kg.media import Format
from kg.settings import DefaultGraph
from kg.sparql import Operation


class Store(Protocol):
    """Where the triples are."""

    def load(self, data: bytes | Iterable[bytes] | BinaryIO, format: Format) -> None:
        """Add RDF in one of the formats of ``media.RDF_FORMATS``; StoreError when it cannot be read."""

    def query(self, operation: Operation, format: Format) -> Iterator[bytes]:
        """Answer in the format.

        The first chunk comes when the answer stands, so that whatever goes wrong is raised before it:
        QueryError with line and column for a syntax error, NotAcceptable when the format cannot hold the
        answer, StoreError.
        """

    def close(self) -> None:
        """Let go of everything; a closed store answers with StoreError. Closing twice does no harm."""


def open_store(
    url: str, *, default_graph: DefaultGraph = "union", prefixes: Mapping[str, str] | None = None
) -> Store:
    """Open the store at the address; SettingsError when there is no such kind of store.

    With ``union`` the unnamed graph, which a query without a dataset clause sees, also holds the triples of
    all named graphs, each once; with ``plain`` it holds what was loaded into it. ``prefixes`` make Turtle
    readable.
    """
    if url != "memory:":
        shown = url if len(url) <= 100 else url[:100] + "…"
        raise SettingsError(f"KG_STORE is {shown!r}; it must be memory:, the only kind of store there is.")
    from kg.store.embedded import EmbeddedStore  # noqa: PLC0415 - an engine is loaded only when it is used

    return EmbeddedStore(default_graph=default_graph, prefixes=prefixes)
