"""Triples as a network in GraphML (graphml.graphdrawing.org), for Gephi, yEd, Cytoscape, NetworkX.

A node is what a triple is about, or leads to, with its name, its classes and its literals; an edge is a
triple between two of them. Classes are no nodes for the things that are of them.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

import pyoxigraph as ox

from kg import vocab
from kg.errors import NotAcceptable, ResultTooLarge
from kg.results.known import Known, Subject, best_name
from kg.results.values import value_of

_MOST = 250_000
"""Triples of one network."""
_BETWEEN = " | "
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NODE = ("label", "kind", "iri")
_EDGE = ("label", "property")


def network(triples: Iterable[ox.Triple], known: Known, prefixes: Mapping[str, str]) -> bytes:
    """Return the file; NotAcceptable when it cannot hold the triples, ResultTooLarge for too many."""
    links, said = _sorted_out(triples)
    ids = _ids(links, said)
    nodes = sorted(ids, key=ids.__getitem__)
    properties = sorted({property for facts in said.values() for property in facts} - {vocab.RDF_TYPE})
    types = {property: _type(property, said.values()) for property in properties}
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ]
    lines += [_key(f"node-{name}", "node", name, "string") for name in _NODE]
    lines += [_key(f"edge-{name}", "edge", name, "string") for name in _EDGE]
    lines += [
        _key(f"p{number}", "node", _shortened(property, prefixes), types[property])
        for number, property in enumerate(properties)
    ]
    lines.append('<graph id="answer" edgedefault="directed">')
    for node in nodes:
        facts = said.get(node, {})
        data = {f"node-{name}": text for name, text in _described(node, facts, known).items() if text}
        for number, property in enumerate(properties):
            if property in facts:
                data[f"p{number}"] = _BETWEEN.join(sorted(map(_shown, facts[property])))
        lines.append(f"<node id={quoteattr(ids[node])}>{_data(data)}</node>")
    order = sorted((ids[start], property.value, ids[end], property) for start, property, end in links)
    for number, (source, iri, target, predicate) in enumerate(order):
        data = {"edge-label": known.name(predicate) or _last(iri), "edge-property": iri}
        ends = f"source={quoteattr(source)} target={quoteattr(target)}"
        lines.append(f'<edge id="e{number}" {ends}>{_data(data)}</edge>')
    text = "\n".join([*lines, "</graph>", "</graphml>"]) + "\n"
    if _NOT_XML.search(text):
        raise NotAcceptable(
            "GraphML cannot hold this answer, which has a control character.", remedy="Ask for Turtle."
        )
    return text.encode()


Links = dict[tuple[Subject, ox.NamedNode, Subject], None]
Said = dict[Subject, dict[str, list[ox.Literal | ox.NamedNode]]]


def _sorted_out(triples: Iterable[ox.Triple]) -> tuple[Links, Said]:
    """The links between nodes, and what is said of each node: literals, and classes."""
    links: Links = {}
    said: Said = {}
    for number, triple in enumerate(triples, start=1):
        if number > _MOST:
            raise ResultTooLarge(
                f"The answer has more than {_MOST:,} triples, the most that are made into a network.",
                remedy="Ask for less with LIMIT and OFFSET, or for nt.",
            )
        subject, value = triple.subject, triple.object
        if isinstance(subject, ox.Triple) or isinstance(value, ox.Triple):
            raise NotAcceptable(
                "GraphML cannot hold this answer, which has triple terms.", remedy="Ask for Turtle."
            )
        is_kind = triple.predicate.value == vocab.RDF_TYPE and isinstance(value, ox.NamedNode)
        if is_kind or isinstance(value, ox.Literal):
            assert isinstance(value, ox.NamedNode | ox.Literal)
            values = said.setdefault(subject, {}).setdefault(triple.predicate.value, [])
            if value not in values:
                values.append(value)
        else:
            links[subject, triple.predicate, value] = None
    return links, said


def _ids(links: Links, said: Said) -> dict[Subject, str]:
    """A name for each node: its IRI; blank nodes are numbered, for their own names are of the moment."""
    found: dict[Subject, str] = {}
    number = 0
    for node in (*said, *(end for start, _, target in links for end in (start, target))):
        if node not in found:
            blank = isinstance(node, ox.BlankNode)
            found[node] = f"_:b{number}" if blank else node.value
            number += blank
    return found


def _described(
    node: Subject, facts: Mapping[str, Sequence[ox.Literal | ox.NamedNode]], known: Known
) -> Mapping[str, str]:
    """Name, classes and IRI: by what the triples say, else by what the store does."""
    name = best_name((property, value) for property, values in facts.items() for value in values)
    iri = node.value if isinstance(node, ox.NamedNode) else ""
    classes = [value.value for value in facts.get(vocab.RDF_TYPE, ())] or known.kinds(node)
    kinds = [known.name(ox.NamedNode(kind)) or _last(kind) for kind in sorted(classes)]
    return {"label": name or known.name(node) or _last(iri), "kind": _BETWEEN.join(kinds), "iri": iri}


def _type(property: str, facts: Iterable[Mapping[str, Sequence[ox.Literal | ox.NamedNode]]]) -> str:
    """The type of an attribute: that of its values, where each node has one and all are alike."""
    found: set[str] = set()
    for item in facts:
        values = item.get(property, ())
        if len(values) > 1:
            return "string"
        found.update(_TYPES.get(type(value_of(value)), "string") for value in values)
    if found == {"long", "double"}:
        return "double"
    return found.pop() if len(found) == 1 else "string"


_TYPES = {int: "long", float: "double", bool: "boolean"}


def _shown(value: ox.Literal | ox.NamedNode) -> str:
    if isinstance(value, ox.Literal) and value.language:
        return f"{value.value} ({value.language})"
    plain = value_of(value)
    if isinstance(plain, bool):
        return str(plain).lower()
    return str(plain) if isinstance(plain, int | float) else value.value


def _last(iri: str) -> str:
    return iri.rstrip("/#").rpartition("#")[2].rpartition("/")[2] or iri


def _shortened(iri: str, prefixes: Mapping[str, str]) -> str:
    fitting = [(len(space), prefix) for prefix, space in prefixes.items() if space and iri.startswith(space)]
    if not fitting:
        return iri
    length, prefix = max(fitting)
    return f"{prefix}:{iri[length:]}"


def _key(id: str, what: str, name: str, type: str) -> str:
    return f'<key id="{id}" for="{what}" attr.name={quoteattr(name)} attr.type="{type}"/>'


def _data(values: Mapping[str, str]) -> str:
    return "".join(f'<data key="{key}">{escape(text)}</data>' for key, text in values.items())
