"""RDF 1.2 Turtle: every statement once, with a reifier for each source that makes it.

A reifier (RDF 1.2 Concepts section 3.7) is named after its graph and the statement, and says with
dcterms:source which graph makes the statement; as of when, the graph's own description says.
"""

import hashlib

import pyoxigraph as ox

from kg import vocab
from kg.extracts.view import View

_REIFIES = ox.NamedNode(vocab.RDF + "reifies")
_SOURCE = ox.NamedNode(vocab.DCTERMS + "source")
_NOTICE = (
    "# RDF 1.2: every statement once. A reifier names the statement and, as dcterms:source, the graph that "
    "makes it.\n"
)


def annotated(view: View) -> bytes:
    """Return the file."""
    found = {quad.triple for quad in view.quads}
    for quad in view.quads:
        if isinstance(quad.graph_name, ox.NamedNode) and isinstance(quad.subject, ox.NamedNode):
            mark = hashlib.sha256(str(quad.triple).encode()).hexdigest()[:20]
            reifier = ox.NamedNode(f"{quad.graph_name.value.partition('#')[0]}#s-{mark}")
            found.add(ox.Triple(reifier, _REIFIES, quad.triple))
            found.add(ox.Triple(reifier, _SOURCE, quad.graph_name))
    ordered = sorted(found, key=str)
    prefixes = {"conn": vocab.CONN, "dcterms": vocab.DCTERMS, "rdf": vocab.RDF}
    return _NOTICE.encode() + (ox.serialize(ordered, format=ox.RdfFormat.TURTLE, prefixes=prefixes) or b"")
