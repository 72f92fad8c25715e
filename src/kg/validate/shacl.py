"""SHACL shapes over the merge of all data graphs and the ontology, by pySHACL, in words with files.

Inference is off: the hierarchy is in the ontology, which is part of the data, and what follows from it is in
graph ``derived``. pySHACL's verdict on ill-typed years changes once owlrl is imported, so it never is here.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from kg import vocab
from kg.validate.places import Node, Places
from kg.validate.report import Finding, Severity

if TYPE_CHECKING:
    import rdflib

_SH = vocab.SH


@dataclass(frozen=True)
class Result:
    """One validation result (SHACL section 3.6.2), as plain terms."""

    focus: str | None
    path: str | None
    value: Node | None
    shape: str | None
    component: str
    severity: str
    message: str


def check_shapes(
    quads: Sequence[ox.Quad],
    shapes: Iterable[ox.Triple],
    places: Places,
    missing: frozenset[str] = frozenset(),
) -> Iterator[Finding]:
    """Yield a finding for every place where the data break a shape.

    Results about things in ``missing``, whose files could not be read, say nothing and are left out.
    """
    shapes = list(shapes)
    names = _shape_names(shapes)
    results = validate((quad.triple for quad in quads), shapes)
    if isinstance(results, str):
        yield Finding(
            file="shapes/",
            rule="shapes",
            message=f"The shapes cannot be used: {results}",
            remedy="Correct the shape.",
        )
        return
    for result in results:
        if result.focus in missing or (
            isinstance(result.value, ox.NamedNode) and result.value.value in missing
        ):
            continue
        short = places.short(result.shape) if result.shape else result.component.removeprefix(_SH)
        name = names.get(result.shape or "", "")
        message, remedy = _split(result.message)
        if result.value is not None and result.path:
            message += f" Found: {_show(result.value, places)}."
        for file, line in _where(result, places):
            yield Finding(
                file=file,
                line=line,
                thing=result.focus,
                label=places.label(result.focus),
                rule=f"{short}: {name}" if name else short,
                message=message,
                remedy=remedy,
                severity=_severity(result.severity),
                rule_iri=result.shape,
            )


def validate(data: Iterable[ox.Triple], shapes: Iterable[ox.Triple]) -> list[Result] | str:
    """Return the results of SHACL Core validation, or in words why the shapes cannot be used."""
    from pyshacl.errors import ReportableRuntimeError, ShapeLoadError  # noqa: PLC0415

    try:
        report = report_on(graph_of(data), graph_of(shapes))
    except (ReportableRuntimeError, ShapeLoadError, re.error, ValueError) as error:
        return str(error)
    return report if isinstance(report, str) else _results(report)


def report_on(data: "rdflib.Graph", shapes: "rdflib.Graph") -> "rdflib.Graph | str":
    """Return the validation report (SHACL section 3.6), or in words what keeps the data from being judged.

    What pySHACL raises for shapes that it cannot use is raised. The data may be changed.
    """
    import pyshacl  # noqa: PLC0415 - half a second that only this check needs
    from rdflib import Graph  # noqa: PLC0415

    with _quietly():
        _, report, text = pyshacl.validate(
            data,
            shacl_graph=shapes,
            inference="none",
            advanced=False,
            do_owl_imports=False,
            inplace=True,
        )
    return report if isinstance(report, Graph) else str(text)


def graph_of(triples: Iterable[ox.Triple]) -> "rdflib.Graph":
    """Copy triples to rdflib as they are: no normalisation of lexical forms."""
    from rdflib import BNode, Graph, Literal, URIRef  # noqa: PLC0415

    def term(node: Node) -> Any:
        if isinstance(node, ox.NamedNode):
            return URIRef(node.value)
        if isinstance(node, ox.BlankNode):
            return BNode(node.value)
        assert isinstance(node, ox.Literal)
        if node.language:
            return Literal(node.value, lang=node.language)
        if node.datatype.value == vocab.XSD_STRING:
            return Literal(node.value)
        return Literal(node.value, datatype=URIRef(node.datatype.value), normalize=False)

    graph = Graph(bind_namespaces="none")
    with _quietly():
        for triple in triples:
            graph.add((term(triple.subject), term(triple.predicate), term(triple.object)))
    return graph


@contextmanager
def _quietly() -> Iterator[None]:
    """Log no traceback for a literal that is not what its datatype says; the shapes report these."""
    logger = logging.getLogger("rdflib.term")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)


def node_of(node: Any) -> Node | None:
    """Copy a term back from rdflib as it is; None for what is no term of RDF."""
    from rdflib import BNode, Literal, URIRef  # noqa: PLC0415

    if isinstance(node, URIRef):
        return ox.NamedNode(str(node))
    if isinstance(node, BNode):
        return ox.BlankNode(str(node))
    if not isinstance(node, Literal):
        return None
    if node.language:
        return ox.Literal(str(node), language=node.language)
    return ox.Literal(str(node), datatype=ox.NamedNode(str(node.datatype or vocab.XSD_STRING)))


def _results(report: "rdflib.Graph") -> list[Result]:
    from rdflib import URIRef  # noqa: PLC0415

    def iri(node: Any) -> str | None:
        return str(node) if isinstance(node, URIRef) else None

    found = []
    nodes = {node for _, _, node in report.triples((None, URIRef(_SH + "result"), None))}
    for node in nodes:
        messages = sorted(report.objects(node, URIRef(_SH + "resultMessage")), key=_english_first)
        found.append(
            Result(
                focus=iri(report.value(node, URIRef(_SH + "focusNode"))),
                path=iri(report.value(node, URIRef(_SH + "resultPath"))),
                value=node_of(report.value(node, URIRef(_SH + "value"))),
                shape=iri(report.value(node, URIRef(_SH + "sourceShape"))),
                component=str(report.value(node, URIRef(_SH + "sourceConstraintComponent"))),
                severity=str(report.value(node, URIRef(_SH + "resultSeverity"))),
                message=str(messages[0]) if messages else "",
            )
        )
    return found


def _english_first(message: Any) -> tuple[bool, str]:
    return (getattr(message, "language", None) not in ("en", None), str(message))


def _shape_names(shapes: Iterable[ox.Triple]) -> dict[str, str]:
    """sh:name of property shapes, rdfs:label of node shapes."""
    named = (_SH + "name", vocab.RDFS_LABEL)
    return {
        item.subject.value: item.object.value
        for item in shapes
        if item.predicate.value in named
        and isinstance(item.subject, ox.NamedNode)
        and isinstance(item.object, ox.Literal)
    }


def _where(result: Result, places: Places) -> list[tuple[str, int | None]]:
    if result.focus is None:
        return [("", None)]
    if result.path and result.value is not None:
        return places.of_statement(result.focus, result.path, result.value)
    return [places.of_thing(result.focus)]


def _split(message: str) -> tuple[str, str | None]:
    """Our shapes say 'what is wrong: what to do.'; take the two apart."""
    what, colon, todo = message.rpartition(": ")
    if not colon:
        return message, None
    return f"{what}.", todo[:1].upper() + todo[1:]


def _severity(iri: str) -> Severity:
    return "violation" if iri == _SH + "Violation" else "warning"


def _show(value: Node, places: Places) -> str:
    if isinstance(value, ox.NamedNode):
        short = places.short(value.value)
        label = places.label(value.value)
        return f"{label} ({short})" if label else short
    return str(value)
