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
        self._about: dict[str, list[str]] = defaultdict(list)
        self._cards = {file.thing: file.name for file in parsed if file.graph == vocab.REGISTER}
        self._lines: dict[str, list[str]] = {}
        for file, triples in parsed.items():
            for triple in triples:
                self._saying[triple].append(file.name)
                if isinstance(triple.subject, ox.NamedNode):
                    names = self._about[triple.subject.value]
                    if file.name not in names:
                        names.append(file.name)

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

        An empty name stands for what no file says: it is made by the build.
        """
        names = self._about.get(thing, [])
        if graph:
            here = [name for name in names if self._files[name].graph == graph]
            source = [name for name, file in self._files.items() if file.graph == file.thing == graph]
            if here or source:
                return self._with_line((here or source)[0], thing)
        card = self._cards.get(thing)
        if card:
            return self._with_line(card, thing)
        return self._with_line(sorted(names)[0], thing) if names else ("", None)

    def _with_line(self, name: str, thing: str) -> tuple[str, int | None]:
        return name, self._line(
            name, ox.Triple(ox.NamedNode(thing), ox.NamedNode(vocab.RDF_TYPE), ox.Literal(""))
        )

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
