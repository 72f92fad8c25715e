"""Answers of the engine to bytes, in any format of ``media.py``, by the engine's own writers.

This module and the stores are the door to pyoxigraph's formats. Triples come out sorted, so that the same
answer has the same bytes, and with the prefixes they use.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice

import pyoxigraph as ox

from kg import vocab
from kg.errors import NotAcceptable
from kg.media import CSV, JSON, JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TSV, TURTLE, XML, Format

SORTED_UP_TO = 50_000
"""Triples: a larger answer is written in the engine's order, without holding all of it as objects."""

RDF_FORMATS: Mapping[str, ox.RdfFormat] = {
    TURTLE.name: ox.RdfFormat.TURTLE,
    NTRIPLES.name: ox.RdfFormat.N_TRIPLES,
    JSONLD.name: ox.RdfFormat.JSON_LD,
    RDFXML.name: ox.RdfFormat.RDF_XML,
    TRIG.name: ox.RdfFormat.TRIG,
    NQUADS.name: ox.RdfFormat.N_QUADS,
}
SOLUTION_FORMATS: Mapping[str, ox.QueryResultsFormat] = {
    JSON.name: ox.QueryResultsFormat.JSON,
    XML.name: ox.QueryResultsFormat.XML,
    CSV.name: ox.QueryResultsFormat.CSV,
    TSV.name: ox.QueryResultsFormat.TSV,
}


def write(
    answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples,
    format: Format,
    prefixes: Mapping[str, str],
) -> Iterator[bytes]:
    """Serialise an answer; NotAcceptable when the format cannot hold it.

    An ASK in CSV or TSV, of which the W3C recommendation says nothing, is the bare word ``true`` or
    ``false``.
    """
    if isinstance(answer, ox.QueryTriples):
        if format.name not in RDF_FORMATS or format.kind != "graph":
            raise NotAcceptable(f"{format.label} cannot hold the triples that this query makes.")
        yield _triples(answer, format, prefixes)
        return
    if format.name not in SOLUTION_FORMATS:
        raise NotAcceptable(f"{format.label} cannot hold the answer to a SELECT or ASK query.")
    yield answer.serialize(format=SOLUTION_FORMATS[format.name]) or b""


def _triples(answer: Iterable[ox.Triple], format: Format, prefixes: Mapping[str, str]) -> bytes:
    triples = iter(answer)
    first = list(islice(triples, SORTED_UP_TO + 1))
    used: dict[str, str] = {}
    if len(first) <= SORTED_UP_TO:
        first.sort(key=_order)
        used = _used(first, prefixes)
    try:
        return ox.serialize(chain(first, triples), format=RDF_FORMATS[format.name], prefixes=used) or b""
    except (ValueError, OSError) as error:
        # Of all that can be asked for, only the triple terms of RDF 1.2 have no place in JSON-LD 1.1.
        raise NotAcceptable(
            f"{format.label} cannot hold this answer, which has triple terms.", remedy="Ask for Turtle."
        ) from error


def _order(triple: ox.Triple) -> tuple[str, bool, str, str]:
    predicate = triple.predicate.value
    return str(triple.subject), predicate != vocab.RDF_TYPE, predicate, str(triple.object)


def _used(triples: Iterable[ox.Triple], prefixes: Mapping[str, str]) -> dict[str, str]:
    """The part of the table that shortens an IRI of the answer; the longest namespace wins."""
    spaces = sorted(prefixes.items(), key=lambda item: len(item[1]), reverse=True)
    seen: set[str] = set()
    found: set[str] = set()
    for iri in chain.from_iterable(_iris(triple) for triple in triples):
        if iri in seen:
            continue
        seen.add(iri)
        name = next((prefix for prefix, space in spaces if iri.startswith(space)), None)
        if name is not None:
            found.add(name)
    return {prefix: space for prefix, space in sorted(prefixes.items()) if prefix in found}


def _iris(triple: ox.Triple) -> Iterator[str]:
    named = () if triple.predicate.value == vocab.RDF_TYPE else (triple.predicate,)
    for term in (triple.subject, *named, triple.object):
        if isinstance(term, ox.NamedNode):
            yield term.value
        elif isinstance(term, ox.Literal):
            yield term.datatype.value
        elif isinstance(term, ox.Triple):
            yield from _iris(term)
