"""What a store knows of the things in an answer, for files that show more of them than their IRIs."""

from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from kg import vocab
from kg.geometry import is_geometry

Subject = ox.NamedNode | ox.BlankNode

_NAMING = (vocab.SKOS_PREF_LABEL, vocab.RDFS_LABEL, vocab.DCTERMS_TITLE)


def best_name(said: Iterable[tuple[str, object]]) -> str:
    """Return the best name among properties and values: preferred, in English, else without a language."""
    found = [
        (_NAMING.index(predicate), {"en": 0, None: 1}.get(value.language, 2), value.value)
        for predicate, value in said
        if predicate in _NAMING and isinstance(value, ox.Literal)
    ]
    return min(found)[2] if found else ""


class Known:
    """Answers about things, whatever graph says it; each thing is looked up once."""

    def __init__(self, store: ox.Store) -> None:
        """Ask a store."""
        self._store = store
        self._names: dict[Subject, str] = {}
        self._geometries: dict[Subject, ox.Literal | None] = {}

    def name(self, thing: Subject) -> str:
        """Its name; empty when it has none."""
        if thing not in self._names:
            said = ((naming, value) for naming in _NAMING for value in self._values(thing, naming))
            self._names[thing] = best_name(said)
        return self._names[thing]

    def kinds(self, thing: Subject) -> Sequence[str]:
        """Its classes, by IRI, in order."""
        found = self._values(thing, vocab.RDF_TYPE)
        return sorted({kind.value for kind in found if isinstance(kind, ox.NamedNode)})

    def geometry(self, thing: Subject) -> ox.Literal | None:
        """Where it is, if it is a place whose geometry is there as a literal."""
        if thing not in self._geometries:
            found: list[ox.Literal] = []
            for property in vocab.GEO_GEOMETRIES:
                shapes = self._values(thing, property)
                nodes = [shape for shape in shapes if isinstance(shape, ox.NamedNode | ox.BlankNode)]
                found += [
                    value
                    for node in nodes
                    for asserted in vocab.GEO_AS
                    for value in self._values(node, asserted)
                    if isinstance(value, ox.Literal) and is_geometry(value.datatype.value)
                ]
                if found:
                    break
            self._geometries[thing] = min(found, key=str, default=None)
        return self._geometries[thing]

    def _values(self, thing: Subject, predicate: str) -> list[object]:
        return [quad.object for quad in self._store.quads_for_pattern(thing, ox.NamedNode(predicate), None)]
