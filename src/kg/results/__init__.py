"""Answers of the engine to bytes, in any format of ``media.py``.

Formats of SPARQL and RDF are written by the engine's own writers; files for other programs by the modules of
this package, which hold an answer whole before the first byte of it goes out.

This module and the stores are the door to pyoxigraph's formats. Answers go to a sink piece by piece. Triples
come out sorted, so that the same answer has the same bytes, and with the prefixes they use. What the format
cannot hold is refused, never written in a way that no reader takes.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Any, Protocol

import pyoxigraph as ox

from kg import vocab
from kg.errors import NotAcceptable
from kg.media import (
    CSV,
    GEOJSON,
    GRAPHML,
    JSON,
    JSONLD,
    NQUADS,
    NTRIPLES,
    RDFXML,
    TRIG,
    TSV,
    TURTLE,
    XLSX,
    XML,
    Format,
)
from kg.results.features import features
from kg.results.known import Known
from kg.results.network import network
from kg.results.sheet import sheet

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

# Characters that XML 1.0 section 2.2 has no place for, in UTF-8.
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
# An IRI that ends in an XML name without colon (Namespaces in XML section 3).
_ENDS_IN_NAME = re.compile(r"[A-Za-z_\u00c0-\ufffd\U00010000-\U000effff][\w.\-\u00b7]*\Z")


Statement = tuple[Mapping[str, Any], str, Mapping[str, Any], str | None]
"""Subject, property, value and graph; terms as in JSON results."""


class Sink(Protocol):
    """Where an answer goes: a binary file, as far as the engine's writers use one."""

    def write(self, data: bytes, /) -> int:
        """Take some bytes; whatever is raised ends the answer."""

    def flush(self) -> None:
        """Do nothing in particular."""


class Chunks:
    """A sink that keeps what it gets."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._chunks: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Keep some bytes."""
        self._chunks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing."""

    def whole(self) -> bytes:
        """Return all of them."""
        return b"".join(self._chunks)


def write(
    answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples,
    format: Format,
    prefixes: Mapping[str, str],
    sink: Sink,
    store: ox.Store | None = None,
) -> None:
    """Serialise an answer; NotAcceptable when the format cannot hold it, ResultTooLarge.

    ``store`` is what a file asks for names and places. An ASK in CSV or TSV, of which the W3C recommendation
    says nothing, is the bare word ``true`` or ``false``.
    """
    if isinstance(answer, ox.QueryTriples):
        if format == GRAPHML:
            sink.write(network(answer, Known(store or ox.Store()), prefixes))
            return
        if format.name not in RDF_FORMATS or format.kind != "graph":
            raise NotAcceptable(f"{format.label} cannot hold the triples that this query makes.")
        write_triples(answer, format, prefixes, sink)
        return
    if isinstance(answer, ox.QuerySolutions) and format.name in (XLSX.name, GEOJSON.name):
        made = sheet(answer) if format == XLSX else features(answer, Known(store or ox.Store()))
        sink.write(made)
        return
    if format.name not in SOLUTION_FORMATS:
        raise NotAcceptable(f"{format.label} cannot hold the answer to a SELECT or ASK query.")
    kind = SOLUTION_FORMATS[format.name]
    if isinstance(answer, ox.QueryBoolean):
        sink.write(answer.serialize(format=kind) or b"")
    else:
        answer.serialize(_XmlSink(sink) if format is XML else sink, format=kind)  # type: ignore[arg-type]


def rewrite(answer: bytes, format: Format) -> bytes:
    """Return solutions that are given in JSON in another format; NotAcceptable, ResultTooLarge.

    Not as GeoJSON, which asks the store for places.
    """
    found = ox.parse_query_results(answer, format=ox.QueryResultsFormat.JSON)
    sink = Chunks()
    write(found, format, {}, sink)
    return sink.whole()


def write_triples(
    triples: Iterable[ox.Triple], format: Format, prefixes: Mapping[str, str], sink: Sink
) -> None:
    """Serialise triples; NotAcceptable when the format cannot hold them."""
    rest = iter(triples)
    first = list(islice(rest, SORTED_UP_TO + 1))
    used: dict[str, str] = {}
    if len(first) <= SORTED_UP_TO:
        first.sort(key=_order)
        used = _used(first, prefixes) if format != NTRIPLES else {}
    found: Iterable[ox.Triple] = chain(first, rest)
    if format.name == RDFXML.name:
        found, sink = _with_names(found), _XmlSink(sink)
    _serialize(found, format, used, sink)


def write_quads(quads: Iterable[ox.Quad], format: Format, prefixes: Mapping[str, str], sink: Sink) -> None:
    """Serialise a dataset in a format with named graphs."""
    _serialize(quads, format, prefixes, sink)


def from_json(term: Mapping[str, Any]) -> ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple:
    """Read a term of the SPARQL 1.2 JSON results format (section 3.2.2) as one of the engine's."""
    kind, value = term["type"], term["value"]
    if kind == "uri":
        return ox.NamedNode(value)
    if kind == "bnode":
        return ox.BlankNode(value)
    if kind == "triple":
        subject, predicate, target = (from_json(value[part]) for part in ("subject", "predicate", "object"))
        return ox.Triple(subject, predicate, target)  # type: ignore[arg-type]
    if "xml:lang" in term:
        direction = {"ltr": ox.BaseDirection.LTR, "rtl": ox.BaseDirection.RTL}.get(term.get("its:dir", ""))
        return ox.Literal(value, language=term["xml:lang"], direction=direction)
    return ox.Literal(value, datatype=ox.NamedNode(term["datatype"]) if "datatype" in term else None)


def write_term(term: Mapping[str, Any]) -> str:
    """Write a term of the SPARQL JSON results as it stands in N-Triples, and may stand in a query."""
    return str(from_json(term))


def quads_of(statements: Iterable[Statement]) -> list[ox.Quad]:
    """Return statements as quads of the engine."""
    return [
        ox.Quad(
            from_json(subject),  # type: ignore[arg-type]
            ox.NamedNode(predicate),
            from_json(value),
            ox.NamedNode(graph) if graph else ox.DefaultGraph(),
        )
        for subject, predicate, value, graph in statements
    ]


def write_statements(statements: Iterable[Statement], format: Format, prefixes: Mapping[str, str]) -> bytes:
    """Return statements in a format of RDF.

    A format without graphs gets each triple once; NotAcceptable when it cannot hold them.
    """
    quads = quads_of(statements)
    sink = io.BytesIO()
    if format.kind == "dataset":
        quads = sorted(set(quads), key=str)
        write_quads(quads, format, _used([quad.triple for quad in quads], prefixes), sink)
    else:
        write_triples({quad.triple for quad in quads}, format, prefixes, sink)
    return sink.getvalue()


def write_network(
    statements: Iterable[tuple[Mapping[str, Any], str, Mapping[str, Any]]],
    names: Mapping[str, str],
    prefixes: Mapping[str, str],
) -> bytes:
    """Return statements (as in ``write_statements``) as GraphML; ``names`` are those of IRIs in them."""
    triples = [
        ox.Triple(from_json(subject), ox.NamedNode(predicate), from_json(value))  # type: ignore[arg-type]
        for subject, predicate, value in statements
    ]
    known = ox.Store()
    naming = ox.NamedNode(vocab.SKOS_PREF_LABEL)
    known.extend(ox.Quad(ox.NamedNode(iri), naming, ox.Literal(name)) for iri, name in names.items())
    return network(triples, Known(known), prefixes)


def _serialize(
    items: Iterable[ox.Triple] | Iterable[ox.Quad], format: Format, prefixes: Mapping[str, str], sink: Sink
) -> None:
    try:
        ox.serialize(items, sink, format=RDF_FORMATS[format.name], prefixes=dict(prefixes))  # type: ignore[arg-type]
    except (ValueError, OSError) as error:
        if "RDF 1.2" not in str(error):
            raise
        # Of all that can be asked for, only what is new in RDF 1.2 has no place in JSON-LD 1.1.
        raise NotAcceptable(
            f"{format.label} cannot hold this answer, which has triple terms.", remedy="Ask for Turtle."
        ) from error


class _XmlSink:
    """Refuses what no XML document can hold."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._tail = b""

    def write(self, data: bytes) -> int:
        if _NOT_XML.search(self._tail + data):
            raise NotAcceptable(
                "XML cannot hold this answer, which has a control character.",
                remedy="Ask for another format.",
            )
        self._tail = bytes(data[-2:])
        return self._sink.write(data)

    def flush(self) -> None:
        self._sink.flush()


def _with_names(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Pass triples on whose properties can be XML elements (RDF 1.1 XML Syntax section 6.1.4)."""
    known: set[str] = set()
    for triple in triples:
        iri = triple.predicate.value
        if iri not in known:
            if not _ENDS_IN_NAME.search(iri):
                raise NotAcceptable(
                    f"RDF/XML cannot hold the property <{iri[:200]}>, which does not end in a name.",
                    remedy="Ask for Turtle.",
                )
            known.add(iri)
        yield triple


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
