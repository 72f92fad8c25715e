"""The shapes as a book to read: for each class its properties, how many of each, and what they must be.

Read from SHACL Core terms (sections 2 to 4); what a shape says in ``sh:message`` is taken as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from kg import vocab
from kg.media import Format

_SH = vocab.SH
_LISTED = 12
_DATATYPES = {
    "langString": "a text with its language",
    "string": "a text",
    "date": "a day",
    "gYearMonth": "a month",
    "gYear": "a year",
    "integer": "a whole number",
    "decimal": "a number",
    "boolean": "true or false",
    "anyURI": "an address",
}


@dataclass(frozen=True)
class Rule:
    """A property as a shape of its class has it.

    ``values`` says in words what a value must be; ``classes`` and ``datatypes`` are the IRIs among that.
    """

    shape: str
    path: str
    name: str
    section: str
    number: str
    values: str
    description: str
    message: str
    is_warning: bool
    classes: tuple[str, ...] = ()
    datatypes: tuple[str, ...] = ()
    is_required: bool = False
    section_order: float = 0.0


@dataclass(frozen=True)
class Chapter:
    """A class with its rules, in the order of the shape."""

    shape: str
    label: str
    target: str
    message: str
    rules: tuple[Rule, ...]


class Shapes:
    """The triples of all shapes, by subject."""

    def __init__(self, triples: Iterable[ox.Triple], names: Mapping[str, str]) -> None:
        """Take the triples, and names of classes and other things by IRI."""
        self.triples = tuple(triples)
        self._names = names
        self._said: dict[str, dict[str, list[ox.Triple]]] = defaultdict(lambda: defaultdict(list))
        for item in self.triples:
            self._said[str(item.subject)][item.predicate.value].append(item)

    def chapters(self) -> list[Chapter]:
        """Return the classes that have a shape, by name."""
        found = []
        for node in self._said:
            for target in self._values(node, "targetClass"):
                rules = [self._rule(shape) for shape in self._nodes(node, "property")]
                found.append(
                    Chapter(
                        node[1:-1],
                        self._text(node, vocab.RDFS_LABEL) or self._name(target),
                        target,
                        self._text(node, _SH + "message"),
                        tuple(rule for _, _, rule in sorted(rules, key=lambda item: item[:2])),
                    )
                )
        return sorted(found, key=lambda chapter: (chapter.label.casefold(), chapter.shape))

    def about(self, iri: str) -> list[ox.Triple]:
        """Return what is said of one shape, blank nodes and all; nothing when it is not there."""
        found: list[ox.Triple] = []
        ahead, seen = [f"<{iri}>"], set()
        while ahead:
            node = ahead.pop()
            if node in seen:
                continue
            seen.add(node)
            for items in self._said.get(node, {}).values():
                found += items
                ahead += [str(item.object) for item in items if isinstance(item.object, ox.BlankNode)]
        return found

    def _rule(self, node: str) -> tuple[float, float, Rule]:
        groups = self._nodes(node, "group")
        section = self._text(groups[0], vocab.RDFS_LABEL) if groups else ""
        section_order = self._number(groups[0]) if groups else 10.0**6
        path = (self._values(node, "path") or [""])[0]
        rule = Rule(
            node[1:-1],
            path,
            self._text(node, _SH + "name") or self._name(path),
            section,
            self._count(node),
            "; ".join(self._allowed(node)),
            self._text(node, _SH + "description"),
            self._text(node, _SH + "message"),
            self._values(node, "severity") == [_SH + "Warning"],
            tuple(dict.fromkeys(self._ranges(node, "class"))),
            tuple(dict.fromkeys(self._ranges(node, "datatype"))),
            (self._values(node, "minCount") or ["0"])[0] != "0",
            section_order,
        )
        return section_order, self._number(node), rule

    def _count(self, node: str) -> str:
        least = (self._values(node, "minCount") or ["0"])[0]
        most = (self._values(node, "maxCount") or [""])[0]
        if least == most:
            return f"exactly {least}"
        if most:
            return f"{least} to {most}" if least != "0" else f"at most {most}"
        return f"at least {least}" if least != "0" else "any number"

    def _allowed(self, node: str) -> Iterable[str]:
        """What a value must be, in words, as far as Core constraints say it."""
        for value in self._values(node, "datatype"):
            yield _DATATYPES.get(value.rpartition("#")[2]) or f"a value of {self._name(value)}"
        yield from (f"a thing of the class {self._name(value)}" for value in self._values(node, "class"))
        for kind in self._values(node, "nodeKind"):
            yield {_SH + "IRI": "an IRI", _SH + "Literal": "a literal"}.get(kind, self._name(kind))
        for head in self._nodes(node, "in"):
            values = [self._name(value) for value in self._list(head)]
            more = f" and {len(values) - _LISTED} more" if len(values) > _LISTED else ""
            yield f"one of {', '.join(values[:_LISTED])}{more}"
        for head in self._nodes(node, "or"):
            yield " or ".join(self._alternative(value) for value in self._list_nodes(head))
        for value in self._nodes(node, "node"):
            yield self._alternative(value)
        yield from (f"of the pattern {value}" for value in self._values(node, "pattern"))

    def _ranges(self, node: str, name: str) -> Iterable[str]:
        """The classes or datatypes that values may have, those of alternatives and of other shapes too."""
        yield from self._values(node, name)
        alternatives = [value for head in self._nodes(node, "or") for value in self._list_nodes(head)]
        for value in (*alternatives, *self._nodes(node, "node")):
            yield from self._values(value, name)

    def _alternative(self, node: str) -> str:
        label = self._text(node, vocab.RDFS_LABEL)
        return label or "; ".join(self._allowed(node)) or self._name(node.strip("<>"))

    def _list(self, head: str) -> list[str]:
        return [node.strip("<>").strip('"') for node in self._list_nodes(head)]

    def _list_nodes(self, head: str) -> list[str]:
        found: list[str] = []
        while head in self._said and len(found) < 1_000:
            found += [str(item.object) for item in self._said[head][vocab.RDF + "first"]]
            head = next((str(item.object) for item in self._said[head][vocab.RDF + "rest"]), "")
        return found

    def _nodes(self, node: str, name: str) -> list[str]:
        return [str(item.object) for item in self._said.get(node, {}).get(_SH + name, ())]

    def _values(self, node: str, name: str) -> list[str]:
        items = self._said.get(node, {}).get(_SH + name, ())
        return [item.object.value for item in items if isinstance(item.object, ox.NamedNode | ox.Literal)]

    def _text(self, node: str, predicate: str) -> str:
        items = self._said.get(node, {}).get(predicate, ())
        return next((item.object.value for item in items if isinstance(item.object, ox.Literal)), "")

    def _number(self, node: str) -> float:
        try:
            return float(self._text(node, _SH + "order") or 10**6)
        except ValueError:
            return 10.0**6

    def _name(self, iri: str) -> str:
        return self._names.get(iri) or iri.rstrip("/#").rpartition("#")[2].rpartition("/")[2] or iri


def write(triples: Sequence[ox.Triple], format: Format, prefixes: Mapping[str, str]) -> bytes:
    """Write triples in a format of RDF."""
    kind = ox.RdfFormat.from_media_type(format.media_type)
    assert kind is not None
    return ox.serialize(triples, format=kind, prefixes=dict(prefixes)) or b""
