"""How the shapes have a thing shown: sections, names of fields, and their order, for each class.

SHACL's non-validating terms (section 2.3.2) say it: ``sh:group``, ``sh:name``, ``sh:order``. What no shape of
its class knows comes last, under the property's own label.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pyoxigraph as ox

from kg import vocab

_LAST = 10**6
OTHER = "More"
"""The section of what no shape knows."""


@dataclass(frozen=True, order=True)
class Field:
    """A property as a field: where its section stands, where it stands in it, the names of both."""

    section_order: float
    order: float
    section: str
    name: str


@dataclass(frozen=True)
class Forms:
    """The fields of each class, by the IRIs of class and property; and which properties are time-bound."""

    fields: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)
    time_bound: frozenset[str] = frozenset()
    current_of: Mapping[str, str] = field(default_factory=dict)

    def field(self, classes: Iterable[str], predicate: str, label: str) -> Field:
        """How a property of a thing of these classes is shown."""
        known = [self.fields[kind][predicate] for kind in classes if predicate in self.fields.get(kind, {})]
        return min(known) if known else Field(_LAST, _LAST, OTHER, label)


def read_forms(shapes: Iterable[ox.Triple], ontology: Iterable[ox.Triple]) -> Forms:
    """Read the forms from the triples of the shapes, and what is time-bound from those of the ontology."""
    said = _index(shapes)
    groups = {
        node: (_number(facts.get(vocab.SH + "order")), _text(facts.get(vocab.RDFS_LABEL)))
        for node, facts in said.items()
        if _is(facts, vocab.SH + "PropertyGroup")
    }
    fields: dict[str, dict[str, Field]] = defaultdict(dict)
    for facts in said.values():
        kinds = [_text([kind]) for kind in facts.get(vocab.SH + "targetClass", ())]
        for shape in facts.get(vocab.SH + "property", ()) if kinds else ():
            own = said.get(str(shape), {})
            paths = own.get(vocab.SH + "path", ())
            if len(paths) != 1 or not isinstance(paths[0], ox.NamedNode):
                continue
            section = own.get(vocab.SH + "group", ())
            order, name = groups.get(str(section[0]) if section else "", (_LAST, OTHER))
            shown = Field(
                order,
                _number(own.get(vocab.SH + "order")),
                name,
                _text(own.get(vocab.SH + "name")) or paths[0].value,
            )
            for kind in kinds:
                fields[kind][paths[0].value] = shown
    terms = _index(ontology)
    return Forms(
        {kind: dict(found) for kind, found in fields.items()},
        frozenset(node[1:-1] for node, facts in terms.items() if _is(facts, vocab.TIME_BOUND)),
        {
            _text(facts[vocab.CURRENT_VALUE_OF]): node[1:-1]
            for node, facts in terms.items()
            if vocab.CURRENT_VALUE_OF in facts
        },
    )


Index = Mapping[str, Mapping[str, Sequence[object]]]


def _index(triples: Iterable[ox.Triple]) -> Index:
    found: dict[str, dict[str, list[object]]] = defaultdict(lambda: defaultdict(list))
    for item in triples:
        found[str(item.subject)][item.predicate.value].append(item.object)
    return found


def _is(facts: Mapping[str, Sequence[object]], kind: str) -> bool:
    return any(
        isinstance(item, ox.NamedNode) and item.value == kind for item in facts.get(vocab.RDF_TYPE, ())
    )


def _text(values: Sequence[object] | None) -> str:
    value = values[0] if values else None
    return value.value if isinstance(value, ox.Literal | ox.NamedNode) else ""


def _number(values: Sequence[object] | None) -> float:
    try:
        return float(_text(values))
    except ValueError:
        return _LAST
