"""From a statement, thing or graph back to the file that holds it, and to the line where it is canonical."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import pyoxigraph as ox

from kg import vocab
from kg.layout import ContentFile
from kg.turtle import shorten, write_turtle

Node = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


class Places:
    """An index of what was read: which file says what."""

    def __init__(
        self,
        parsed: Mapping[ContentFile, Sequence[ox.Triple]],
        prefixes: Mapping[str, str],
        labels: Mapping[str, str],
    ) -> None:
        """Index the files' triples."""
        self._prefixes = prefixes
        self._labels = labels
        self._files = {file.name: file for file in parsed}
        self._saying: dict[ox.Triple, list[str]] = defaultdict(list)
        # For each thing, by file: the first statement with it as subject, and the first with it as value.
        self._about: dict[str, dict[str, ox.Triple]] = defaultdict(dict)
        self._using: dict[str, dict[str, ox.Triple]] = defaultdict(dict)
        self._cards = {file.thing: file.name for file in parsed if file.graph == vocab.REGISTER}
        self._lines: dict[str, list[str]] = {}
        for file, triples in parsed.items():
            for triple in triples:
                self._saying[triple].append(file.name)
                if isinstance(triple.subject, ox.NamedNode):
                    self._about[triple.subject.value].setdefault(file.name, _opening(triple.subject))
                if isinstance(triple.object, ox.NamedNode):
                    self._using[triple.object.value].setdefault(file.name, triple)

    def label(self, iri: str | None) -> str | None:
        """The name of a thing, if it has one."""
        return self._labels.get(iri) if iri else None

    def short(self, iri: str) -> str:
        """The IRI with its prefix, if it has one."""
        return shorten(iri, self._prefixes)

    def of_statement(self, thing: str, predicate: str, value: Node) -> list[tuple[str, int | None]]:
        """Files and lines that state it; else where the thing is at home."""
        triple = ox.Triple(ox.NamedNode(thing), ox.NamedNode(predicate), value)
        names = sorted(set(self._saying.get(triple, ())))
        return [(name, self._line(name, triple)) for name in names] or [self.of_thing(thing)]

    def of_thing(self, thing: str, graph: str | None = None) -> tuple[str, int | None]:
        """The file in the graph that speaks of the thing; else its card, else the first file that does.

        A file that has the thing only as a value comes last. An empty name stands for what no file says: it
        is made by the build.
        """
        for known in (self._about.get(thing, {}), self._using.get(thing, {})):
            here = [name for name in known if graph and self._files[name].graph == graph]
            if here:
                return here[0], self._line(here[0], known[here[0]])
        source = [name for name, file in self._files.items() if file.graph == file.thing == graph]
        if source:
            return source[0], None
        known = self._about.get(thing) or self._using.get(thing) or {}
        card = self._cards.get(thing)
        name = card if card in known else min(known, default="")
        return name, self._line(name, known[name]) if name else None

    def _line(self, name: str, triple: ox.Triple) -> int | None:
        """The line of a statement, or of its subject, in a file in canonical form."""
        if isinstance(triple.object, ox.BlankNode | ox.Triple):
            return None
        *_, subject, statement, _ = write_turtle([triple], self._prefixes).splitlines()
        lines = self._lines.get(name)
        if lines is None:
            lines = self._lines[name] = self._files[name].read().splitlines()
        if subject not in lines:
            return None
        start = lines.index(subject)
        for number in range(start + 1, len(lines)):
            if lines[number] == statement:
                return number + 1
            if lines[number] == ".":
                break
        return start + 1


def _opening(thing: ox.NamedNode) -> ox.Triple:
    """Stands for the first line of a thing's block."""
    return ox.Triple(thing, ox.NamedNode(vocab.RDF_TYPE), ox.Literal(""))
