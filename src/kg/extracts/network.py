"""Things and the links between them as a network, for tools such as Gephi: GraphML and GEXF 1.3."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from kg import vocab
from kg.extracts.view import Fact, View

# Colours that can be told apart with most kinds of colour vision (after Okabe and Ito), by class.
_COLOURS = {
    "Initiative": "009e73",
    "Instrument": "0072b2",
    "Organization": "e69f00",
    "Place": "56b4e9",
    "Resolution": "cc79a7",
    "Decision": "cc79a7",
    "Meeting": "d55e00",
    "Target": "f0e442",
}
_OTHER = "999999"


def graphml(view: View) -> bytes:
    """Return the network as GraphML (graphml.graphdrawing.org)."""
    keys = [(name, "node") for name in ("label", "kind", "iri", "colour")]
    keys += [(name, "edge") for name in ("label", "property", "sources")]
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
        *(
            f'<key id="{what}-{name}" for="{what}" attr.name="{name}" attr.type="string"/>'
            for name, what in keys
        ),
        '<graph id="connectivity-kg" edgedefault="directed">',
    ]
    for iri, kind in _nodes(view):
        data = {"label": view.name(iri), "kind": view.name(kind), "iri": iri, "colour": f"#{_colour(kind)}"}
        lines.append(f"<node id={quoteattr(_id(iri))}>{_data('node', data)}</node>")
    for number, fact in enumerate(_edges(view)):
        data = {
            "label": view.name(fact.predicate),
            "property": fact.predicate,
            "sources": " | ".join(view.cited(fact.graphs)),
        }
        ends = f"source={quoteattr(_id(fact.subject))} target={quoteattr(_id(fact.object.value))}"
        lines.append(f'<edge id="e{number}" {ends}>{_data("edge", data)}</edge>')
    return ("\n".join([*lines, "</graph>", "</graphml>"]) + "\n").encode()


def gexf(view: View) -> bytes:
    """Return the network as GEXF 1.3 (gexf.net), with colours."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3">',
        "<meta><creator>Connectivity KG</creator></meta>",
        '<graph defaultedgetype="directed">',
        '<attributes class="node"><attribute id="kind" title="kind" type="string"/>'
        '<attribute id="iri" title="iri" type="string"/></attributes>',
        '<attributes class="edge"><attribute id="property" title="property" type="string"/>'
        '<attribute id="sources" title="sources" type="string"/></attributes>',
        "<nodes>",
    ]
    for iri, kind in _nodes(view):
        red, green, blue = (int(_colour(kind)[place : place + 2], 16) for place in (0, 2, 4))
        lines.append(
            f"<node id={quoteattr(_id(iri))} label={quoteattr(view.name(iri))}>"
            f"{_values({'kind': view.name(kind), 'iri': iri})}"
            f'<viz:color r="{red}" g="{green}" b="{blue}"/></node>'
        )
    lines += ["</nodes>", "<edges>"]
    for number, fact in enumerate(_edges(view)):
        values = {"property": fact.predicate, "sources": " | ".join(view.cited(fact.graphs))}
        lines.append(
            f'<edge id="e{number}" source={quoteattr(_id(fact.subject))} '
            f"target={quoteattr(_id(fact.object.value))} label={quoteattr(view.name(fact.predicate))}>"
            f"{_values(values)}</edge>"
        )
    return ("\n".join([*lines, "</edges>", "</graph>", "</gexf>"]) + "\n").encode()


def _nodes(view: View) -> Iterator[tuple[str, str]]:
    yield from view.things.items()


def _edges(view: View) -> Iterator[Fact]:
    """Links between two things that someone states; what is only derived is left out."""
    for iri in view.things:
        for fact in view.facts.get(iri, ()):
            stated = any(graph != vocab.DERIVED for graph in fact.graphs)
            if stated and fact.object.value in view.things and fact.predicate != vocab.RDF_TYPE:
                yield fact


def _id(iri: str) -> str:
    return iri.removeprefix(vocab.ID)


def _colour(kind: str) -> str:
    return _COLOURS.get(kind.rpartition("#")[2].rpartition("/")[2], _OTHER)


def _data(what: str, values: dict[str, str]) -> str:
    return "".join(
        f'<data key="{what}-{name}">{escape(text)}</data>' for name, text in values.items() if text
    )


def _values(values: dict[str, str]) -> str:
    inside = "".join(
        f'<attvalue for="{name}" value={quoteattr(text)}/>' for name, text in values.items() if text
    )
    return f"<attvalues>{inside}</attvalues>"
