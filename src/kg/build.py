"""From the content to the served dataset: named graphs, what follows from them, and what describes them.

The digest of a dataset is the SHA-256, in lower-case hexadecimal, of its canonical N-Quads (RDFC-1.0) without
graph ``void``, which states the digest. It depends on the content alone. There are no blank nodes, so the
canonical form is the sorted lines.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from kg import catalog
from kg.content import Content, in_graphs, labels, refuse
from kg.derived import derive
from kg.directives import Question
from kg.layout import ContentFile
from kg.sssom import MappingSet, linksets, mapping_quads

Parsed = Mapping[ContentFile, Sequence[ox.Triple]]
Progress = Callable[[str], None]

TERMS = "ontology/connectivity.ttl"


@dataclass(frozen=True)
class Dataset:
    """The served quads in the order of their N-Quads lines, and their digest."""

    quads: tuple[ox.Quad, ...]
    digest: str

    def graphs(self) -> list[str]:
        """Return the names of the graphs, by IRI."""
        return sorted(
            {quad.graph_name.value for quad in self.quads if isinstance(quad.graph_name, ox.NamedNode)}
        )

    def nquads(self) -> bytes:
        """Return the dataset as canonical N-Quads, one line a quad, sorted."""
        return "".join(f"{quad} .\n" for quad in self.quads).encode()


def build(
    content: Content, progress: Progress | None = None, release: catalog.Release | None = None
) -> Dataset:
    """Build the dataset of a content; ContentError with the first few faults when it cannot be read.

    An RDF file is taken as it is, nothing added; no content gives the empty dataset. ``release`` is what the
    description of a content folder says of it as a release.
    """
    tell = progress or (lambda _: None)
    if content.kind != "folder":
        return _as_it_is(content)
    tell(f"reading {len(content.files)} files")
    problems = list(content.problems)
    parsed = content.parsed(problems)
    questions = content.questions(problems)
    mappings = content.mappings(problems)
    refuse(problems)
    tell("deriving classes and current values")
    return assemble(parsed, questions, mappings, release)


def assemble(
    parsed: Parsed,
    questions: Iterable[Question],
    mappings: Sequence[MappingSet] = (),
    release: catalog.Release | None = None,
) -> Dataset:
    """Build the dataset from files that are read already."""
    stated = list(in_graphs(parsed))
    stated += mapping_quads(mappings, labels(stated))
    ontology = [item for file, triples in parsed.items() if file.name == TERMS for item in triples]
    links = [(group.slug, group.scheme, predicate, number) for group, predicate, number in linksets(mappings)]
    return _finish([*stated, *derive(stated, ontology), *catalog.examples(questions)], links, release)


def _finish(
    quads: Iterable[ox.Quad], links: Sequence[catalog.Links], release: catalog.Release | None
) -> Dataset:
    found = sorted(set(quads), key=str)
    digest = hashlib.sha256("".join(f"{quad} .\n" for quad in found).encode()).hexdigest()
    return Dataset(tuple(sorted([*found, *catalog.describe(found, digest, links, release)], key=str)), digest)


def _as_it_is(content: Content) -> Dataset:
    """A foreign RDF file, whose digest is that of its bytes, or nothing at all."""
    quads = tuple(sorted(set(content.quads()), key=str))
    data = content.root.read_bytes() if content.root else b""
    return Dataset(quads, hashlib.sha256(data).hexdigest())
