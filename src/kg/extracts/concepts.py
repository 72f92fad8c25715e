"""The concept schemes alone, as SKOS in Turtle."""

import pyoxigraph as ox

from kg import vocab
from kg.extracts.view import View
from kg.turtle import write_turtle

_SKOS = "http://www.w3.org/2004/02/skos/core#"
_KINDS = (_SKOS + "Concept", _SKOS + "ConceptScheme")
_PREFIXES = {"conn": vocab.CONN, "dcterms": vocab.DCTERMS, "skos": _SKOS, "rdfs": vocab.RDFS}


def concepts(view: View) -> bytes:
    """Return the file."""
    ours = {
        quad.subject
        for quad in view.quads
        if quad.predicate.value == vocab.RDF_TYPE
        and isinstance(quad.object, ox.NamedNode)
        and quad.object.value in _KINDS
    }
    triples = {quad.triple for quad in view.quads if quad.subject in ours}
    return write_turtle(sorted(triples, key=str), _PREFIXES, "# The concepts of Connectivity KG.\n").encode()
