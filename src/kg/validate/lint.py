"""Lints: SPARQL rules over the dataset as it is served, with the shapes beside it. Any row is a fault."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import pyoxigraph as ox

from kg import media, vocab
from kg.directives import Lint
from kg.errors import RequestError
from kg.sparql import Operation
from kg.store.embedded import EmbeddedStore
from kg.validate.places import Places
from kg.validate.report import Finding


def lint_store(quads: Sequence[ox.Quad], shapes: Iterable[ox.Triple]) -> ox.Store:
    """Return a store as served (named graphs, and their merge as a set), with the shapes in a graph."""
    store = ox.Store()
    store.bulk_extend(quads)
    store.bulk_extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    graph = ox.NamedNode(vocab.SHAPES)
    store.bulk_extend(ox.Quad(item.subject, item.predicate, item.object, graph) for item in shapes)
    return store


def run_lints(
    lints: Iterable[Lint],
    store: ox.Store,
    places: Places,
    missing: frozenset[str] = frozenset(),
) -> Iterator[Finding]:
    """Yield a finding for each row of each lint, and for a lint that cannot be run.

    Rows that speak of things in ``missing``, whose files could not be read, are left out.
    """
    for lint in lints:
        try:
            operation = Operation.parse(lint.text)
            solutions = store.query(operation.text)
            assert isinstance(solutions, ox.QuerySolutions)
            names = [variable.value for variable in solutions.variables]
            rows = [dict(zip(names, row, strict=True)) for row in solutions]
        except (RequestError, SyntaxError, ValueError, RuntimeError) as error:
            yield broken_query(lint.file, lint.text, error)
            continue
        if "thing" not in names:
            yield Finding(
                file=lint.file,
                rule="lint",
                message="The lint does not say which thing is at fault.",
                remedy="Select ?thing.",
            )
        for row in rows:
            if any(iri in str(value) for value in row.values() for iri in missing):
                continue
            yield _fault(lint, row, places)


def broken_query(file: str, text: str, error: Exception) -> Finding:
    """Say where a shipped query is wrong, in plain words."""
    told: RequestError | None = error if isinstance(error, RequestError) else None
    if told is None:
        try:
            # An empty store of the port explains syntax errors with their place.
            list(EmbeddedStore().query(Operation.parse(text), media.CSV))
        except RequestError as explained:
            told = explained
    return Finding(
        file=file,
        line=told.line if told else None,
        column=told.column if told else None,
        rule="query",
        message=told.message if told else f"The query cannot be run: {error}.",
        remedy=told.remedy if told else None,
    )


def _fault(lint: Lint, row: Mapping[str, object], places: Places) -> Finding:
    thing, graph, detail = row.get("thing"), row.get("graph"), row.get("detail")
    iri = thing.value if isinstance(thing, ox.NamedNode) else None
    within = graph.value if isinstance(graph, ox.NamedNode) else None
    file, line = places.of_thing(iri or "", within)
    told = detail.value if isinstance(detail, ox.Literal | ox.NamedNode) else ""
    if iri is None and isinstance(thing, ox.Literal):
        told = f"{thing.value}: {told}" if told else thing.value
    return Finding(
        file=file,
        line=line,
        thing=iri,
        label=places.label(iri),
        rule=f"{lint.name}: {lint.rule}",
        message=told or lint.rule,
        remedy=lint.remedy,
        severity="warning" if lint.severity == "warning" else "violation",
    )
