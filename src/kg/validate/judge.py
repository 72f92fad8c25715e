"""The process that judges what others send, by shapes of theirs or ours (SHACL), and can be killed.

``python -m kg.validate.judge FD`` is a zygote of ``kg.store.zygote`` that has rdflib, pySHACL and our own
shapes loaded; a worker forked from it does one job inside the limits of ``kg.store.jail`` and ends. It opens
no file and no socket, so nothing is fetched, whatever a document asks for.
"""

import logging
import pickle
import re
import socket
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from typing import IO

import pyoxigraph as ox
import rdflib
from pyshacl.errors import ShapeLoadError
from rdflib import OWL, RDF, RDFS, SH
from rdflib.term import Node

from kg.errors import KgError, RdfError, StoreError
from kg.media import by_name
from kg.results import Sink, write_triples
from kg.store import zygote
from kg.store.frames import receive
from kg.store.jail import limit_time
from kg.store.worker import GRACE, respond
from kg.validate.shacl import graph_of, node_of, report_on
from kg.validate.submission import Job, Shapes, read_submission
from kg.validate.wording import tell

TOLD = ("json", "txt")
"""Formats of the report in words."""
_SHAPES = (SH.NodeShape, SH.PropertyShape)
_TARGETS = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)

_SAMPLE = """
PREFIX : <urn:example:>
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
:shape a sh:NodeShape ; sh:targetNode :thing ; sh:closed true ;
  sh:property [ sh:path [ sh:alternativePath ( :a [ sh:inversePath :b ] ) ] ; sh:minCount 9 ; sh:pattern "a" ;
  ] ;
  sh:property [ sh:path :a ; sh:datatype xsd:date ; sh:uniqueLang true ; sh:minLength 1 ; sh:lessThan :b ] ;
  sh:sparql [ sh:message "{?value}" ; sh:select '''SELECT $this ?value { $this <urn:example:a> ?value
    FILTER (REGEX(STR(?value), "a") && NOT EXISTS { ?value ?p ?o }) BIND (NOW() AS ?n) }
    ORDER BY ?value''' ] .
:thing :a "b", "2020"^^xsd:date, "<a/>"^^rdf:XMLLiteral, "<p>a"^^rdf:HTML, 1.5, 1e0, "P1D"^^xsd:duration .
"""


class Judge:
    """The trade of this zygote."""

    def __init__(self) -> None:
        """Have no shapes yet."""
        self._shapes = self._content = graph_of(())
        self._prefixes: dict[str, str] = {}

    def warm_up(self) -> None:
        """Judge a sample, so that whatever is loaded late is there."""
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        form = b'--b\r\nContent-Disposition: form-data; name="data"\r\n\r\n[]\r\n--b--\r\n'
        read_submission(form, "multipart/form-data; boundary=b", "urn:x:")
        sample = read_submission(_SAMPLE.encode(), "text/turtle", "urn:x:").data
        tell(judge(graph_of(sample), graph_of(sample)), graph_of(sample), [graph_of(sample)], {})

    def load(self, file: IO[bytes]) -> None:
        """Take up our own shapes."""
        own: Shapes = pickle.load(file)
        self._shapes, self._content = (
            graph_of(quad.triple for quad in ox.parse(text, ox.RdfFormat.N_TRIPLES))
            for text in (own.shapes, own.content)
        )
        self._prefixes = own.prefixes

    def work(self, channel: socket.socket) -> None:
        """Do one job: what a document may have left behind in this process meets no other document."""
        found = receive(channel)
        if found is None:
            return
        job: Job = pickle.loads(found[1])
        limit_time(job.seconds + GRACE)
        respond(channel, job, partial(self.answer, job), 0)
        limit_time(0)

    def answer(self, job: Job, sink: Sink) -> None:
        """Write the report on a job; RdfError, UnsupportedMedia."""
        sent = read_submission(job.body, job.content_type, job.base)
        own = sent.shapes is None
        if own and not len(self._shapes):
            raise RdfError(
                "This server has no shapes of its own.", remedy="Send yours in the part shapes of a form."
            )
        data = theirs = graph_of(sent.data)
        if own:
            shapes, data = self._shapes, self._amid_content(theirs)
        else:
            shapes = graph_of(sent.shapes or ())
            _declare_prefixes(shapes)
        prefixes = {**sent.prefixes, **self._prefixes}
        looked = {"triples": len(theirs), "shapes": _count(shapes)}
        looked["things"] = aim(shapes, data, theirs) if own else len(sought(shapes, data, theirs))
        report = judge(data, shapes)
        if job.format in TOLD:
            account = tell(report, shapes, [data, self._content], prefixes, job.most, looked)
            sink.write(account.text() if job.format == "txt" else account.json())
        else:
            write_triples(_triples(report), by_name(job.format), prefixes, sink)

    def _amid_content(self, theirs: rdflib.Graph) -> rdflib.Graph:
        """What was sent together with our content, so that it may speak of what stands there.

        What they say of a property of a thing takes the place of what the content says of it.
        """
        data = self._content
        for thing, predicate, _ in theirs:
            data.remove((thing, predicate, None))
        for triple in theirs:
            data.add(triple)
        return data


def judge(data: rdflib.Graph, shapes: rdflib.Graph) -> rdflib.Graph:
    """Return the report (SHACL section 3.6); RdfError when the shapes cannot be used."""
    try:
        report = report_on(data, shapes)
    except (MemoryError, KgError):
        raise
    except RecursionError:
        raise RdfError(
            "The shapes are nested too deep, or refer to each other without end.",
            remedy="Write them flatter.",
        ) from None
    except (RuntimeError, ShapeLoadError, re.error, ValueError) as error:
        raise _unusable(str(error)) from None
    except Exception as error:  # what pySHACL trips over is in the document: rdflib raises plain Exceptions
        if type(error).__module__.startswith("pyparsing"):
            raise _unusable(f"A query cannot be read: {error}") from None
        raise _unusable(str(error) if type(error) is Exception else "") from None
    if isinstance(report, str):
        raise _unusable(report.partition(" - ")[2] or report)
    return report


def _unusable(why: str) -> RdfError:
    if "too deep" in why:  # said by pySHACL with the whole way down
        why = "Shapes lead to shapes too many times over"
    words = " ".join(why.split())[:400].rstrip(".!")
    return RdfError(
        f"The shapes cannot be used: {words or 'they are not well-formed'}.",
        remedy="Correct the part shapes (SHACL, https://www.w3.org/TR/shacl/).",
    )


def _declare_prefixes(shapes: rdflib.Graph) -> None:
    """Let sh:prefixes reach the declarations behind owl:imports in the document (SHACL section 5.2.1)."""
    for node in set(shapes.objects(None, SH.prefixes)):
        for other in list(shapes.transitive_objects(node, OWL.imports)):
            for declaration in list(shapes.objects(other, SH.declare)):
                shapes.add((node, SH.declare, declaration))


def _triples(report: rdflib.Graph) -> Iterator[ox.Triple]:
    for triple in report:
        subject, predicate, value = map(node_of, triple)
        if isinstance(subject, ox.NamedNode | ox.BlankNode) and isinstance(predicate, ox.NamedNode) and value:
            yield ox.Triple(subject, predicate, value)


def sought(shapes: rdflib.Graph, data: rdflib.Graph, theirs: rdflib.Graph) -> set[Node]:
    """The nodes of ``theirs`` that any shape is to judge; what they only point to is judged elsewhere."""
    said = set(theirs.subjects())
    said.update(node for node in theirs.objects() if (node, None, None) not in data)
    return {node for shape in _aiming(shapes) for node in _targets(shape, shapes, data) if node in said}


def aim(shapes: rdflib.Graph, data: rdflib.Graph, theirs: rdflib.Graph) -> int:
    """Let shapes judge nodes of ``theirs`` only, and return how many.

    Each shape gets these by sh:targetNode. pySHACL's own choice of focus nodes is none: it also leaves out
    the values that inner shapes are to judge.
    """
    found = sought(shapes, data, theirs)
    targets = {shape: _targets(shape, shapes, data) & found for shape in _aiming(shapes)}
    for shape, nodes in targets.items():
        for predicate in _TARGETS:
            shapes.remove((shape, predicate, None))
        shapes.remove((shape, RDF.type, RDFS.Class))
        for node in nodes:
            shapes.add((shape, SH.targetNode, node))
    return len(found)


def _aiming(shapes: rdflib.Graph) -> set[Node]:
    """The shapes with targets of their own; a class that is a shape aims at its things."""
    found = {shape for predicate in _TARGETS for shape in shapes.subjects(predicate)}
    return found | {node for node in shapes.subjects(RDF.type, RDFS.Class) if _is_shape(shapes, node)}


def _targets(shape: Node, shapes: rdflib.Graph, data: rdflib.Graph) -> set[Node]:
    """The targets of a shape (SHACL section 2.1.3)."""
    found = set(shapes.objects(shape, SH.targetNode))
    for predicate in shapes.objects(shape, SH.targetSubjectsOf):
        found.update(data.subjects(predicate))
    for predicate in shapes.objects(shape, SH.targetObjectsOf):
        found.update(data.objects(None, predicate))
    classes = set(shapes.objects(shape, SH.targetClass))
    if (shape, RDF.type, RDFS.Class) in shapes:
        classes.add(shape)
    for top in classes:
        for kind in data.transitive_subjects(RDFS.subClassOf, top):
            found.update(data.subjects(RDF.type, kind))
    return found


def _is_shape(shapes: rdflib.Graph, node: Node) -> bool:
    return any((node, RDF.type, kind) in shapes for kind in _SHAPES)


def _count(shapes: rdflib.Graph) -> int:
    return len({node for kind in _SHAPES for node in shapes.subjects(RDF.type, kind)})


if __name__ == "__main__":
    try:
        zygote.main(int(sys.argv[1]), Judge())
    except (StoreError, OSError) as fault:
        sys.exit(f"kg: a process for validation ended: {fault}")
