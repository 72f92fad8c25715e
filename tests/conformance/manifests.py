"""The W3C test cases, as their manifests list them, and the files they are made of.

The suites lie beside the repository, in ../shared/w3c. A file there has the IRI that it has on the web, so
that relative IRIs in queries, data and results meet; nothing is ever fetched.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urljoin

import pyoxigraph as ox
import pytest
from compare import Term
from exclusions import EXCLUDED, LEFT_OUT

HOME = Path(__file__).resolve().parents[2]
SUITES = HOME.parent / "shared" / "w3c" / "rdf-tests" / "sparql"
BASE = "https://w3c.github.io/rdf-tests/sparql/"
needs_suites = pytest.mark.skipif(not SUITES.is_dir(), reason="needs ../shared/w3c")

ROOTS = (
    "sparql10/manifest.ttl",
    "sparql10/extended-manifest-evaluation.ttl",
    "sparql11/manifest-all.ttl",
    "sparql11/http-rdf-update/manifest.ttl",
    "sparql12/manifest.ttl",
)

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"

FORMATS = {
    "n3": ox.RdfFormat.TURTLE,
    "nq": ox.RdfFormat.N_QUADS,
    "nt": ox.RdfFormat.N_TRIPLES,
    "rdf": ox.RdfFormat.RDF_XML,
    "trig": ox.RdfFormat.TRIG,
    "ttl": ox.RdfFormat.TURTLE,
}
DOCUMENT = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>\s]*)>", re.IGNORECASE)

Node: TypeAlias = ox.NamedNode | ox.BlankNode


class Facts:
    """A set of triples to walk about in."""

    def __init__(self, quads: Iterable[ox.Quad]) -> None:
        self.dataset = ox.Dataset(quads)

    def objects(self, subject: Node, predicate: str) -> list[Term]:
        """Every object, sorted as text: which triple comes first in a set is chance."""
        found = self.dataset.quads_for_subject(subject)
        return sorted((quad.object for quad in found if quad.predicate.value == predicate), key=str)

    def nodes(self, subject: Node, predicate: str) -> list[Node]:
        """Every object that is no literal."""
        found = self.objects(subject, predicate)
        return [term for term in found if isinstance(term, ox.NamedNode | ox.BlankNode)]

    def instances(self, type: str) -> list[Node]:
        """Every node of this type."""
        found = (quad.subject for quad in self.dataset.quads_for_object(ox.NamedNode(type)))
        return [term for term in found if isinstance(term, ox.NamedNode | ox.BlankNode)]

    def object(self, subject: Node, predicate: str) -> Term | None:
        """The one object, if there is one."""
        found = self.objects(subject, predicate)
        assert len(found) < 2, f"{subject} has more than one {predicate}"
        return found[0] if found else None

    def node(self, subject: Node, predicate: str) -> Node:
        """The one object, which is no literal."""
        found = self.object(subject, predicate)
        assert isinstance(found, ox.NamedNode | ox.BlankNode), f"{subject} lacks {predicate}"
        return found

    def text(self, subject: Node, predicate: str) -> str:
        """The IRI or the lexical form of the one object; empty where there is none."""
        found = self.object(subject, predicate)
        return found.value if isinstance(found, ox.NamedNode | ox.Literal) else ""

    def members(self, subject: Node, predicate: str) -> Iterator[Node]:
        """The nodes in the RDF list that is the one object; none where there is no list."""
        head = self.object(subject, predicate)
        while isinstance(head, ox.NamedNode | ox.BlankNode) and head != ox.NamedNode(RDF + "nil"):
            yield self.node(head, RDF + "first")
            head = self.node(head, RDF + "rest")

    def listed(self, predicate: str) -> Iterator[ox.NamedNode]:
        """The IRIs in the list under this predicate, whatever the subject is called."""
        for quad in self.dataset.quads_for_predicate(ox.NamedNode(predicate)):
            assert isinstance(quad.subject, ox.NamedNode | ox.BlankNode)
            for node in self.members(quad.subject, predicate):
                assert isinstance(node, ox.NamedNode)
                yield node


@dataclass
class Dataset:
    """What a store is to hold: quads, and the names of graphs, of which some may be empty."""

    quads: list[ox.Quad] = field(default_factory=list)
    graphs: list[str] = field(default_factory=list)

    def add(self, iri: str, graph: str | None = None) -> None:
        """Take in a file, as the graph of this name or as it is."""
        found = quads(iri)
        if graph is not None:
            self.graphs.append(graph)
            found = [ox.Quad(q.subject, q.predicate, q.object, ox.NamedNode(graph)) for q in found]
        self.quads += found


@dataclass(frozen=True)
class Case:
    """One test: an entry of a manifest. ``id`` is its folder and the fragment of its IRI."""

    id: str
    kind: str
    node: Node
    facts: Facts

    @property
    def suite(self) -> str:
        """The part of the id before the first slash, such as ``sparql11``."""
        return self.id.partition("/")[0]

    @property
    def folder(self) -> str:
        """The part of the id before the fragment, such as ``sparql11/aggregates``."""
        return self.id.partition("#")[0]

    def files(self, subject: Node, *predicates: str) -> list[str]:
        """The IRIs of the files that are its objects under these predicates."""
        found = (term for predicate in predicates for term in self.facts.nodes(subject, predicate))
        return [term.value for term in found if isinstance(term, ox.NamedNode)]

    @property
    def action(self) -> Node:
        """What is to be done: a file, or a node that names several."""
        return self.facts.node(self.node, MF + "action")

    @property
    def result(self) -> Node:
        """What is expected: a file, or a node that names several."""
        return self.facts.node(self.node, MF + "result")

    @property
    def request(self) -> str:
        """The IRI of the file that holds the query or the update."""
        if isinstance(self.action, ox.NamedNode):
            return self.action.value
        (found,) = self.files(self.action, QT + "query", UT + "request")
        return found

    def dataset(self, subject: Node) -> Dataset:
        """The content of the files that a node names.

        A graph is named by the IRI of its file, or in tests of updates by a label (ut:graphData).
        """
        held = Dataset()
        for iri in self.files(subject, QT + "data", UT + "data"):
            held.add(iri)
        for iri in self.files(subject, QT + "graphData"):
            held.add(iri, iri)
        for node in self.facts.nodes(subject, UT + "graphData"):
            for iri in self.files(node, UT + "graph", UT + "data"):
                held.add(iri, self.facts.text(node, RDFS + "label"))
        return held


def path_of(iri: str) -> Path:
    """Where the file with this IRI lies."""
    assert iri.startswith(BASE), f"{iri} is not one of the test files"
    return SUITES / iri.removeprefix(BASE)


def text_of(iri: str) -> str:
    """The content of the file with this IRI, byte for byte."""
    return path_of(iri).read_bytes().decode("utf-8")


def extension(iri: str) -> str:
    """The end of a file's name, which tells its format."""
    return path_of(iri).suffix.removeprefix(".")


def quads(iri: str) -> list[ox.Quad]:
    """The triples in the file with this IRI; no blank node is that of another file."""
    data, format = path_of(iri).read_bytes(), FORMATS[extension(iri)]
    return list(ox.parse(data, format, base_iri=iri, rename_blank_nodes=True))


def documents(query: str, base: str) -> list[str]:
    """The test files that a query names in FROM and FROM NAMED."""
    named = (urljoin(base, found) for found in DOCUMENT.findall(query))
    return sorted({iri for iri in named if iri.startswith(BASE) and path_of(iri).is_file()})


@cache
def cases() -> tuple[Case, ...]:
    """Every test that the manifests list, also those left out; none where the suites are absent."""
    if not SUITES.is_dir():
        return ()
    found = tuple(case for root in ROOTS for case in _entries(BASE + root))
    repeated = [id for id, count in Counter(case.id for case in found).items() if count > 1]
    assert not repeated, f"several tests are called {repeated}"
    return found


def _entries(manifest: str) -> Iterator[Case]:
    """The entries of a manifest and of those it includes, in order."""
    facts = Facts(quads(manifest))
    folder = path_of(manifest).parent.relative_to(SUITES).as_posix()
    for included in facts.listed(MF + "include"):
        yield from _entries(included.value)
    for node in facts.listed(MF + "entries"):
        kind = facts.text(node, RDF + "type").removeprefix(MF).removesuffix("11")
        yield Case(f"{folder}#{node.value.partition('#')[2]}", kind, node, facts)


def left_out(case: Case) -> str | None:
    """Why a test does not run; None for one that does."""
    return LEFT_OUT.get(case.id) or LEFT_OUT.get(case.folder)


def to_run(*kinds: str) -> list[object]:
    """The tests of these kinds as parameters; one that must fail is an expected failure, and no other."""
    return [
        pytest.param(
            case,
            id=case.id,
            marks=[pytest.mark.xfail(reason=EXCLUDED[case.id], raises=AssertionError, strict=True)]
            if case.id in EXCLUDED
            else [],
        )
        for case in cases()
        if case.kind in kinds and not left_out(case)
    ]
