"""The store in this process: pyoxigraph, in memory.

With ``union`` every triple of a named graph is copied into the unnamed graph when it is loaded, for the
engine's own union switch gives a triple once for each graph that holds it. A dataset of several default
graphs (FROM, or the protocol's parameters) has the same fault, so its merge is made for the query (SPARQL
1.1 section 13.2).
"""

import io
from collections.abc import Iterable, Iterator, Mapping
from traceback import clear_frames
from typing import BinaryIO, cast

import pyoxigraph as ox

from kg.errors import KgError, QueryError, StoreError
from kg.faults import explain
from kg.media import Format
from kg.results import RDF_FORMATS, write
from kg.settings import DefaultGraph
from kg.sparql import Operation

Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph


class EmbeddedStore:
    """A Store over one in-memory engine; safe to query from several threads at once."""

    def __init__(
        self, *, default_graph: DefaultGraph = "union", prefixes: Mapping[str, str] | None = None
    ) -> None:
        """Open an empty store."""
        self._engine: ox.Store | None = ox.Store()
        self._union = default_graph == "union"
        self._prefixes = dict(prefixes or {})

    def load(self, data: bytes | Iterable[bytes] | BinaryIO, format: Format) -> None:
        """Add RDF; all of it, or nothing when it cannot be read."""
        engine = self._open()
        if format.name not in RDF_FORMATS:
            raise StoreError(f"{format.label} is not a format for RDF.")
        if isinstance(data, bytes):
            source: BinaryIO = io.BytesIO(data)
        elif hasattr(data, "read"):
            source = cast(BinaryIO, data)
        else:
            source = io.BytesIO(b"".join(data))
        try:
            # Parsed to the end first: what is loaded is whole, and its merge is known without reading the
            # store.
            quads = list(ox.parse(source, format=RDF_FORMATS[format.name]))
        except (SyntaxError, ValueError, OSError) as error:
            raise StoreError(f"The data cannot be read as {format.label}: {error}") from error
        if self._union:
            quads += [ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads]
        engine.bulk_extend(quads)

    def query(self, operation: Operation, format: Format) -> Iterator[bytes]:
        """Answer in the format, in one chunk."""
        engine = self._open()
        prefixes = {**self._prefixes, **dict(operation.prefixes)}
        try:
            chunk = b"".join(write(self._evaluate(engine, operation), format, prefixes))
        except KgError as error:
            _forget(error)
            raise
        except Exception as error:
            _forget(error)
            raise self._fault(error, operation) from error
        yield chunk

    def close(self) -> None:
        """Let go of the engine."""
        self._engine = None

    def _open(self) -> ox.Store:
        if self._engine is None:
            raise StoreError("The store is closed.")
        return self._engine

    def _fault(self, error: Exception, operation: Operation) -> KgError:
        if isinstance(error, SyntaxError):
            source = operation.source or operation.text
            return explain(source, str(error), _syntax_error, self._prefixes)
        if isinstance(error, RuntimeError | ValueError):
            return QueryError(f"The query cannot be evaluated: {str(error)[:300]}.")
        return StoreError("The engine failed to evaluate the query.")

    def _evaluate(
        self, engine: ox.Store, operation: Operation
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        defaults: list[Graph] = [ox.NamedNode(graph) for graph in operation.default_graph]
        named: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(graph) for graph in operation.named_graphs]
        if not defaults and not named:
            return _answer(engine.query(operation.text))
        if len(defaults) < 2:
            return _answer(engine.query(operation.text, default_graph=defaults, named_graphs=named))
        merged = ox.Store()
        for graph in defaults:
            merged.extend(
                ox.Quad(quad.subject, quad.predicate, quad.object)
                for quad in engine.quads_for_pattern(None, None, None, graph)
            )
        for graph in named:
            merged.extend(engine.quads_for_pattern(None, None, None, graph))
        return _answer(merged.query(operation.text, default_graph=ox.DefaultGraph(), named_graphs=named))


def _forget(error: BaseException) -> None:
    """Empty the frames of the traceback: an answer of the engine must end in the thread that began it."""
    link: BaseException | None = error
    while link is not None:
        clear_frames(link.__traceback__)
        link = link.__cause__ or link.__context__


def _answer(found: object) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    assert isinstance(found, ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples)
    return found


def _syntax_error(text: str) -> str | None:
    """What the engine says of a text that it is known to refuse in another layout."""
    try:
        ox.Store().query(text, default_graph=[], named_graphs=[])
    except SyntaxError as error:
        return str(error)
    return None
