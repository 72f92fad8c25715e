"""The dataset as things with names, classes and facts, each fact with the graphs that state it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import pyoxigraph as ox

from kg import vocab

_NAMING = (vocab.SKOS_PREF_LABEL, vocab.RDFS_LABEL, vocab.DCTERMS_TITLE)
# Graphs about the dataset, not about the world.
_MACHINERY = (vocab.VOID, vocab.EXAMPLES, vocab.LINKS)


class Fact(NamedTuple):
    """A statement about a thing; ``graphs`` are those that make it, in order."""

    subject: str
    predicate: str
    object: ox.NamedNode | ox.Literal
    graphs: tuple[str, ...]


class View:
    """A read-only look at the quads of a dataset; blank nodes and the graphs of machinery are left out."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        """Take the quads."""
        self.quads: Sequence[ox.Quad] = tuple(quads)

    @cached_property
    def facts(self) -> Mapping[str, Sequence[Fact]]:
        """All facts by subject, in order."""
        found: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        terms: dict[tuple[str, str, str], ox.NamedNode | ox.Literal] = {}
        for quad in self.quads:
            graph = quad.graph_name.value if isinstance(quad.graph_name, ox.NamedNode) else ""
            if graph in _MACHINERY or not isinstance(quad.subject, ox.NamedNode):
                continue
            if isinstance(quad.object, ox.NamedNode | ox.Literal):
                key = (quad.subject.value, quad.predicate.value, str(quad.object))
                found[key].append(graph)
                terms[key] = quad.object
        by_subject: dict[str, list[Fact]] = defaultdict(list)
        for key in sorted(found):
            by_subject[key[0]].append(Fact(key[0], key[1], terms[key], tuple(sorted(found[key]))))
        return by_subject

    @cached_property
    def names(self) -> Mapping[str, str]:
        """English names, or any where there is no English one."""
        best: dict[str, tuple[int, int, str]] = {}
        for quad in self.quads:
            naming, name = quad.predicate.value, quad.object
            if naming in _NAMING and isinstance(name, ox.Literal) and isinstance(quad.subject, ox.NamedNode):
                rank = {"en": 0, "": 1}.get(name.language or "", 2)
                item = (_NAMING.index(naming), rank, name.value)
                best[quad.subject.value] = min(item, best.get(quad.subject.value, item))
        return {iri: item[2] for iri, item in best.items()}

    @cached_property
    def things(self) -> Mapping[str, str]:
        """Things of the register with their class: the narrowest of our own, else another."""
        kinds: dict[str, set[str]] = defaultdict(set)
        for quad in self.quads:
            if quad.graph_name != _REGISTER or quad.predicate.value != vocab.RDF_TYPE:
                continue
            if isinstance(quad.subject, ox.NamedNode) and isinstance(quad.object, ox.NamedNode):
                kinds[quad.subject.value].add(quad.object.value)
        return {
            iri: min(found, key=lambda kind: (not kind.startswith(vocab.CONN), kind))
            for iri, found in sorted(kinds.items())
        }

    def name(self, iri: str) -> str:
        """The name of anything, else the last part of its IRI."""
        return self.names.get(iri) or iri.rstrip("/#").rpartition("#")[2].rpartition("/")[2] or iri

    def shown(self, fact: Fact) -> str:
        """The value of a fact as a person reads it; what holds for a time only, with the dates it is of."""
        value = fact.object.value
        text = self.names.get(value, value) if isinstance(fact.object, ox.NamedNode) else value
        dates = sorted({self._dates[graph] for graph in fact.graphs if graph in self._dates})
        if fact.predicate in self._time_bound and dates:
            return f"{text} (as of {', '.join(dates)})"
        return text

    @cached_property
    def _dates(self) -> Mapping[str, str]:
        """As of when graphs speak."""
        return {
            quad.subject.value: quad.object.value
            for quad in self.quads
            if quad.predicate.value == vocab.STATED_AS_OF and isinstance(quad.subject, ox.NamedNode)
            if isinstance(quad.object, ox.Literal)
        }

    @cached_property
    def _time_bound(self) -> frozenset[str]:
        return frozenset(
            quad.subject.value
            for quad in self.quads
            if quad.predicate.value == vocab.RDF_TYPE and quad.object == ox.NamedNode(vocab.TIME_BOUND)
            if isinstance(quad.subject, ox.NamedNode)
        )

    def cited(self, graphs: Iterable[str]) -> list[str]:
        """The sources among graphs, by name; the register and what is derived are none."""
        return [
            self.name(graph) for graph in graphs if graph.startswith(vocab.ID) or graph == vocab.EDITORIAL
        ]


_REGISTER = ox.NamedNode(vocab.REGISTER)
