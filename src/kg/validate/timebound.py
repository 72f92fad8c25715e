"""Shipped queries read time-bound properties inside GRAPH, with the source that states them.

A value of such a property means something only with its source's date, so a triple pattern or property path
that reads one in the merge of all graphs is a fault. The query is judged as SPARQL algebra (SPARQL 1.1
section 18), not as text.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyoxigraph as ox

from kg import vocab
from kg.directives import Question
from kg.validate.report import Finding


def time_bound(ontology: Iterable[ox.Quad]) -> frozenset[str]:
    """Return the IRIs of the properties that are typed conn:TimeBoundProperty."""
    kind = ox.NamedNode(vocab.TIME_BOUND)
    return frozenset(
        quad.subject.value
        for quad in ontology
        if quad.object == kind
        and quad.predicate.value == vocab.RDF_TYPE
        and isinstance(quad.subject, ox.NamedNode)
    )


def check_queries(
    questions: Iterable[Question], properties: frozenset[str], labels: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield a finding for every time-bound property that a question reads outside GRAPH."""
    names = [iri.rpartition("#")[2].rpartition("/")[2] for iri in properties]
    for question in questions:
        # Parsing takes long; a query without escapes cannot read a property whose name stands nowhere in it.
        if "\\" not in question.text and not any(name in question.text for name in names):
            continue
        try:
            read = read_outside_graph(question.text)
        except Exception as error:  # rdflib raises many kinds; the engine tells its own error elsewhere
            yield Finding(
                file=question.file,
                rule="time-bound",
                message=f"Whether it reads time-bound properties cannot be judged: {_first_line(error)}.",
                remedy="Keep to SPARQL 1.1.",
                severity="warning",
            )
            continue
        for iri in sorted(read & properties):
            yield Finding(
                file=question.file,
                line=_line(question.text, iri),
                thing=iri,
                label=labels.get(iri),
                rule="time-bound: shipped queries read time-bound properties inside GRAPH.",
                message="The query reads a value that changes with time, and not the source that states it.",
                remedy="Read it inside GRAPH ?g { … } with the source's date, or read the current value.",
            )


def read_outside_graph(text: str) -> set[str]:
    """Return the IRIs that stand as properties, or in property paths, outside every GRAPH clause."""
    from rdflib.plugins.sparql.algebra import translateQuery  # noqa: PLC0415 - slow to load
    from rdflib.plugins.sparql.parser import parseQuery  # noqa: PLC0415

    found: set[str] = set()
    _walk(translateQuery(parseQuery(text)).algebra, found)
    return found


def _walk(node: Any, found: set[str]) -> None:
    from rdflib.plugins.sparql.parserutils import CompValue  # noqa: PLC0415

    if isinstance(node, CompValue):
        if node.name in ("Graph", "GraphGraphPattern"):
            return
        for key, part in node.items():
            if key == "triples":
                # Triples of the algebra, or, inside EXISTS, lists of several triples end to end.
                for terms in part:
                    found.update(iri for predicate in terms[1::3] for iri in _properties(predicate))
            else:
                _walk(part, found)
    elif isinstance(node, list | tuple | set):
        for part in node:
            _walk(part, found)


def _properties(path: Any) -> Iterator[str]:
    """The IRIs in a predicate or property path; those a negated set leaves out are not read."""
    from rdflib import URIRef, paths  # noqa: PLC0415

    if isinstance(path, URIRef):
        yield str(path)
    elif isinstance(path, paths.SequencePath | paths.AlternativePath):
        for part in path.args:
            yield from _properties(part)
    elif isinstance(path, paths.InvPath):
        yield from _properties(path.arg)
    elif isinstance(path, paths.MulPath):
        yield from _properties(path.path)


def _line(text: str, iri: str) -> int | None:
    local = iri.rpartition("#")[2]
    lines = enumerate(text.split("\n"), start=1)
    return next((number for number, line in lines if f":{local}" in line or f"<{iri}>" in line), None)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
