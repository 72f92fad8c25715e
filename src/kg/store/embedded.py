"""The engine in this process: pyoxigraph, in memory or over a folder.

With ``union`` the unnamed graph of the engine holds the merge of all graphs, named and unnamed: every triple
is copied into it, for the engine's own union switch gives a triple once for each graph that holds it. What
was really stored without a graph name is kept beside it. Changes are made to what was stored, and the merge
is made again after them. A dataset of several default graphs (FROM, or the protocol's parameters) has the
same fault, so its merge is made for the query (SPARQL 1.1 section 13.2).

Nothing here limits time or memory; ``store.workers`` runs this in processes that can be killed. A change that
fails half way leaves the store half changed: those processes work on copies.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from traceback import clear_frames
from typing import IO, BinaryIO, cast

import pyoxigraph as ox

from kg.errors import KgError, NotAcceptable, QueryError, StoreError
from kg.faults import explain
from kg.media import JSONLD, Format
from kg.results import RDF_FORMATS, Chunks, Sink, write, write_quads, write_triples
from kg.settings import DefaultGraph
from kg.sparql import Operation
from kg.store.inlined import Functions, inline
from kg.store.unknown import Unknown
from kg.syntax import quoted
from kg.updates import Update

Graph = ox.NamedNode | ox.BlankNode | ox.DefaultGraph

_UNNAMED = "unnamed"


class EmbeddedStore:
    """One engine; safe to query from several threads at once."""

    def __init__(
        self,
        *,
        default_graph: DefaultGraph = "union",
        prefixes: Mapping[str, str] | None = None,
        folder: Path | None = None,
        writable: bool = True,
    ) -> None:
        """Open an empty store in memory, or the one in ``folder``; StoreError when it cannot be opened."""
        self._union = default_graph == "union"
        self._folder = folder
        self._prefixes = dict(prefixes or {})
        try:
            self._engine: ox.Store | None = _open(folder, writable)
            beside = folder / _UNNAMED if folder else None
            self._unnamed = _open(beside, writable) if self._union else ox.Store()
        except (OSError, RuntimeError, ValueError) as error:
            raise StoreError("The store in the folder cannot be opened.", place=str(folder)) from error

    # ---- reading

    def query(self, operation: Operation, format: Format) -> Iterator[bytes]:
        """Answer in the format, in one chunk."""
        sink = Chunks()
        self.answer(operation, format, sink)
        yield sink.whole()

    def answer(self, operation: Operation, format: Format, sink: Sink) -> None:
        """Answer in the format, piece by piece.

        QueryError with line and column for a syntax error, NotAcceptable when the format cannot hold the
        answer, ServiceError for that of another server, StoreError; what the sink raises passes through.
        """
        engine = self._opened()
        operation, functions = inline(operation)
        prefixes = {**self._prefixes, **dict(operation.prefixes)}
        unknown = Unknown()
        try:
            asked = engine, operation, functions, unknown
            write(self._evaluate(*asked), format, prefixes, unknown.guard(sink), engine)
            unknown.refuse()
        except (KgError, MemoryError, ConnectionError) as error:
            _forget(error)
            raise
        except Exception as error:
            _forget(error)
            source = operation.source or operation.text
            raise self._fault(error, source, operation.base, _query_fault) from error

    def brief(self, operation: Operation, format: Format, triples: int, sink: Sink) -> bool:
        """Answer what is ``is_pointed``; False for more triples than that. Raises as ``answer``."""
        prefixes = {**self._prefixes, **dict(operation.prefixes)}
        try:
            found = _answer(self._opened().query(operation.text, base_iri=operation.base))
            if not isinstance(found, ox.QueryTriples):
                write(found, format, prefixes, sink)
                return True
            _require(format, "graph")
            first = list(islice(found, triples + 1))
            if len(first) <= triples:
                write_triples(first, format, prefixes, sink)
            return len(first) <= triples
        except (SyntaxError, RuntimeError, ValueError, OSError) as error:
            raise self._fault(error, operation.source, operation.base, _query_fault) from error

    def variables(self, operation: Operation) -> list[list[str]]:
        """Read a query that asks other servers, and ask nobody; the variables of each clause. QueryError."""
        declared = "".join(f"PREFIX {prefix}: <{iri}> " for prefix, iri in operation.prefixes)
        base = operation.base or "urn:x:/"
        try:
            _read_only(operation.plain, operation.base)
            return [
                _read_only(f"{declared} SELECT * WHERE {operation.plain[item.start : item.end]}", base)
                for item in operation.services
            ]
        except Exception as error:
            raise self._fault(error, operation.source, operation.base, _query_fault) from error

    def graph(self, name: str | None, format: Format, sink: Sink) -> bool:
        """Write the triples of a graph, or with None those stored without a name; False: no such graph."""
        engine = self._opened()
        _require(format, "graph")
        if name is None:
            triples = self._stored_unnamed(engine)
        elif engine.contains_named_graph(_named(name)):
            triples = _triples(engine.quads_for_pattern(None, None, None, _named(name)))
        else:
            return False
        write_triples(triples, format, self._prefixes, sink)
        return True

    def dataset(self, format: Format, sink: Sink) -> None:
        """Write everything that is stored, each statement in its graph, and none twice; NotAcceptable."""
        _require(format, "dataset")
        write_quads(self.stored(), format, self._prefixes, sink)

    def stored(self) -> Iterator[ox.Quad]:
        """Yield what is stored, without the merge."""
        engine = self._opened()
        for triple in self._stored_unnamed(engine):
            yield ox.Quad(triple.subject, triple.predicate, triple.object)
        for name in engine.named_graphs():
            yield from engine.quads_for_pattern(None, None, None, name)

    def names(self) -> list[str]:
        """Return the names of all graphs, empty ones too."""
        names = self._opened().named_graphs()
        return sorted(name.value for name in names if isinstance(name, ox.NamedNode))

    def exists(self, name: str) -> bool:
        """Whether there is such a graph."""
        return self._opened().contains_named_graph(_named(name))

    def is_empty(self) -> bool:
        """Whether nothing is stored."""
        return next(iter(self._opened()), None) is None  # on disk, the length is counted

    # ---- writing

    def load(self, data: bytes | Iterable[bytes] | BinaryIO, format: Format) -> None:
        """Add RDF in one of the formats of ``media.RDF_FORMATS``; StoreError when it cannot be read.

        Parsed to the end first: all of it is added, or nothing.
        """
        if format.name not in RDF_FORMATS:
            raise StoreError(f"{format.label} is not a format for RDF.")
        if isinstance(data, bytes):
            source: BinaryIO = io.BytesIO(data)
        elif hasattr(data, "read"):
            source = cast(BinaryIO, data)
        else:
            source = io.BytesIO(b"".join(data))
        self._opened()
        try:
            quads = list(ox.parse(source, format=RDF_FORMATS[format.name]))
        except (SyntaxError, ValueError, OSError) as error:
            raise StoreError(f"The data cannot be read as {format.label}: {error}") from error
        self.add(quads)

    def add(self, quads: Iterable[ox.Quad]) -> None:
        """Add statements; in a merge, they are added there too."""
        engine = self._opened()
        if not self._union:
            engine.bulk_extend(quads)
            return
        found = list(quads)
        engine.bulk_extend(found)
        engine.bulk_extend(_without_name(found))
        self._unnamed.bulk_extend(quad for quad in found if isinstance(quad.graph_name, ox.DefaultGraph))

    def bulk_load(self, source: IO[bytes], format: Format, graph: str | None = None) -> None:
        """Add RDF without holding it, between ``unmerge`` and ``merge``; StoreError for a fault in it."""
        engine = self._opened()
        target = ox.NamedNode(graph) if graph else None
        try:
            engine.bulk_load(source, RDF_FORMATS[format.name], to_graph=target)
        except (SyntaxError, ValueError, OSError, EOFError) as error:
            raise StoreError(f"The data cannot be read as {format.label}: {error}") from error

    def size(self) -> int:
        """The number of statements in a store that is unmerged."""
        return len(self._opened())

    def remove(self, name: str) -> None:
        """Remove a graph from a store that is unmerged; nothing happens when there is none of that name."""
        self._opened().remove_graph(_named(name))

    def create(self, name: str) -> None:
        """Make an empty graph."""
        self._opened().add_graph(_named(name))

    def update(self, update: Update) -> None:
        """Run an update on what is stored; QueryError for a syntax error or what the update cannot do."""

        def run(engine: ox.Store) -> None:
            try:
                engine.update(update.text, base_iri=update.base)
            except MemoryError:
                raise
            except Exception as error:
                raise self._fault(error, update.source, update.base, _update_fault) from error

        self._change(run)

    def put(self, name: str | None, triples: Iterable[ox.Triple], *, replace: bool) -> bool:
        """Add triples to a graph, or make them all of it; True when there was no such graph before."""
        node = ox.DefaultGraph() if name is None else _named(name)
        created = name is not None and not self.exists(name)

        def run(engine: ox.Store) -> None:
            if replace:
                engine.clear_graph(node)
            if isinstance(node, ox.NamedNode):
                engine.add_graph(node)
            engine.bulk_extend(ox.Quad(item.subject, item.predicate, item.object, node) for item in triples)

        self._change(run)
        return created

    def drop(self, name: str | None) -> bool:
        """Remove a graph; False when there is none of that name."""
        if name is None:
            self._change(lambda engine: engine.clear_graph(ox.DefaultGraph()))
            return True
        if not self.exists(name):
            return False
        self._change(lambda engine: engine.remove_graph(_named(name)))
        return True

    def unmerge(self) -> None:
        """Put what was stored without a name back in the place of the merge.

        In memory, in a new engine: statements that are removed and added again and again leave traces in one.
        """
        if self._union and self._folder is None:
            fresh = ox.Store()
            for name in self.names():
                fresh.add_graph(ox.NamedNode(name))
            fresh.bulk_extend(self.stored())
            self._engine = fresh
        elif self._union:
            engine = self._opened()
            engine.clear_graph(ox.DefaultGraph())
            engine.bulk_extend(self._unnamed)

    def merge(self) -> None:
        """Make the merge of what is stored, after ``unmerge`` and changes, or after ``bulk_load``."""
        if self._union:
            engine = self._opened()
            if self._folder is None:
                self._unnamed = ox.Store()  # what is cleared leaves traces
            else:
                self._unnamed.clear()
            self._unnamed.bulk_extend(engine.quads_for_pattern(None, None, None, ox.DefaultGraph()))
            names = list(engine.named_graphs())
            triples = (quad for name in names for quad in engine.quads_for_pattern(None, None, None, name))
            engine.bulk_extend(_without_name(triples))  # at once: on disk, each call makes files of its own

    def flush(self) -> None:
        """Write to the folder what is still in memory."""
        self._opened().flush()
        self._unnamed.flush()

    def optimize(self) -> None:
        """Put the files in the folder together; it takes as long as writing all of them."""
        self._opened().optimize()

    def empty(self) -> "EmbeddedStore":
        """Make another store of this kind, in memory, with nothing in it."""
        return EmbeddedStore(default_graph="union" if self._union else "plain", prefixes=self._prefixes)

    def close(self) -> None:
        """Let go of the engine."""
        self._engine = None
        self._unnamed = ox.Store()

    # ----

    def _opened(self) -> ox.Store:
        if self._engine is None:
            raise StoreError("The store is closed.")
        return self._engine

    def _change(self, change: Callable[[ox.Store], object]) -> None:
        self.unmerge()
        change(self._opened())
        self.merge()

    def _stored_unnamed(self, engine: ox.Store) -> Iterator[ox.Triple]:
        store = self._unnamed if self._union else engine
        return _triples(store.quads_for_pattern(None, None, None, ox.DefaultGraph()))

    def _fault(
        self, error: Exception, source: str, base: str | None, parse: Callable[[str, str | None], str | None]
    ) -> KgError:
        if isinstance(error, SyntaxError):
            return explain(source, str(error), lambda text: parse(text, base), self._prefixes)
        if isinstance(error, RuntimeError | ValueError | OSError) and not isinstance(error, MemoryError):
            return QueryError(f"The text cannot be evaluated: {str(error)[:300].rstrip('.')}.")
        return StoreError("The engine failed to evaluate the text.")

    def _evaluate(
        self, engine: ox.Store, operation: Operation, functions: Functions, unknown: Unknown
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Evaluate a query; the engine tells of one function at a time that nobody knows."""
        functions = dict(functions)
        while True:
            try:
                return self._answered(engine, operation, functions)
            except RuntimeError as error:
                name = unknown.named_in(error)
                if name is None or ox.NamedNode(name) in functions:
                    raise
                functions[ox.NamedNode(name)] = unknown.function(name)

    def _answered(
        self, engine: ox.Store, operation: Operation, functions: Functions
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        defaults: list[Graph] = [ox.NamedNode(graph) for graph in operation.default_graph]
        named: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(graph) for graph in operation.named_graphs]
        text, base = operation.text, operation.base
        if not defaults and not named:
            return _answer(engine.query(text, base_iri=base, custom_functions=functions))
        if len(defaults) < 2:
            return _answer(
                engine.query(
                    text,
                    base_iri=base,
                    default_graph=defaults,
                    named_graphs=named,
                    custom_functions=functions,
                )
            )
        merged = ox.Store()
        for graph in defaults:
            merged.extend(_without_name(engine.quads_for_pattern(None, None, None, graph)))
        for graph in named:
            merged.extend(engine.quads_for_pattern(None, None, None, graph))
        found = merged.query(
            text,
            base_iri=base,
            default_graph=ox.DefaultGraph(),
            named_graphs=named,
            custom_functions=functions,
        )
        return _answer(found)


def _require(format: Format, kind: str) -> None:
    holds = {format.kind} | ({"dataset"} if format is JSONLD else set())
    if kind not in holds or format.name not in RDF_FORMATS:
        raise NotAcceptable(f"{format.label} cannot hold a {kind}.")


def _named(name: str) -> ox.NamedNode:
    """The name of a graph; QueryError for what only the engine knows to be no IRI."""
    try:
        return ox.NamedNode(name)
    except ValueError as error:
        raise QueryError(f"{quoted(name)} is not the IRI of a graph: {error}.") from error


def _open(folder: Path | None, writable: bool) -> ox.Store:
    if folder is None:
        return ox.Store()
    if writable:
        return ox.Store(folder)
    return ox.Store.read_only(str(folder))


def _triples(quads: Iterable[ox.Quad]) -> Iterator[ox.Triple]:
    return (quad.triple for quad in quads)


def _without_name(quads: Iterable[ox.Quad]) -> Iterator[ox.Quad]:
    return (ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)


def _forget(error: BaseException) -> None:
    """Empty the frames of the traceback: an answer of the engine must end in the thread that began it."""
    link: BaseException | None = error
    while link is not None:
        clear_frames(link.__traceback__)
        link = link.__cause__ or link.__context__


def _answer(found: object) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    assert isinstance(found, ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples)
    return found


def _read_only(text: str, base: str | None) -> list[str]:
    """Have the engine read a query, over nothing; the variables that it binds."""
    found = ox.Store().query(text, base_iri=base, default_graph=[], named_graphs=[])
    return [item.value for item in found.variables] if isinstance(found, ox.QuerySolutions) else []


def _query_fault(text: str, base: str | None) -> str | None:
    """What the engine says of a text that it is known to refuse in another layout."""
    try:
        ox.Store().query(text, base_iri=base, default_graph=[], named_graphs=[])
    except SyntaxError as error:
        return str(error)
    return None


def _update_fault(text: str, base: str | None) -> str | None:
    try:
        ox.Store().update(text, base_iri=base)
    except (SyntaxError, OSError) as error:
        return str(error)
    return None
