"""The W3C tests of SHACL core and SHACL-SPARQL (data-shapes-test-suite), sent to /validate.

Data and shapes go there as files with their address as @base; the report comes back as N-Triples and must be
the one that the manifest gives, as far as SHACL fixes it (section 3.6): messages, and what the report copies
of the shapes, are free.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest
from manifests import HOME, MF, RDF

from serving import running

SUITE = HOME.parent / "shared" / "w3c" / "data-shapes" / "data-shapes-test-suite" / "tests"
BASE = "http://datashapes.org/tests/"
SH = "http://www.w3.org/ns/shacl#"
SHT = "http://www.w3.org/ns/shacl-test#"
PATHS = ("inversePath", "alternativePath", "zeroOrMorePath", "oneOrMorePath", "zeroOrOnePath")

EXPECTED_FAILURES = {
    "core/property/uniqueLang-002": "pySHACL takes the literal 1 of type boolean for true",
    "sparql/pre-binding/shapesGraph-001": "pySHACL does not offer $shapesGraph, which SHACL leaves open",
}
QUICK = (
    "core/complex/personexample",
    "core/path/path-complex-001",
    "core/property/minCount-001",
    "core/validation-reports/shared",
    "sparql/component/validator-001",
    "sparql/node/prefixes-001",
    "sparql/pre-binding/unsupported-sparql-003",
)
"""A few of every kind, which run each time."""


class Document:
    """The triples of a file, to walk about in."""

    def __init__(self, iri: str) -> None:
        text = (SUITE / iri.removeprefix(BASE)).read_bytes()
        self.triples = [quad.triple for quad in ox.parse(text, ox.RdfFormat.TURTLE, base_iri=iri)]

    def all(self, node: object, predicate: str) -> list[object]:
        return [t.object for t in self.triples if t.subject == node and t.predicate.value == predicate]

    def one(self, node: object, predicate: str) -> object:
        found = self.all(node, predicate)
        return found[0] if found else None

    def items(self, node: object) -> Iterator[object]:
        while (first := self.one(node, RDF + "first")) is not None:
            yield first
            node = self.one(node, RDF + "rest")


def documents(iri: str) -> Iterator[tuple[str, Document]]:
    document = Document(iri)
    yield iri, document
    for included in document.all(ox.NamedNode(iri), MF + "include"):
        yield from documents(included.value)  # type: ignore[attr-defined]


@cache
def cases() -> dict[str, tuple[Document, object]]:
    """Document and node of each test, by the path of its name below the suite."""
    if not SUITE.is_dir():
        return {}
    found = {}
    for iri, document in documents(BASE + "manifest.ttl"):
        for entries in document.all(ox.NamedNode(iri), MF + "entries"):
            for test in document.items(entries):
                found[test.value.removeprefix(BASE)] = (document, test)  # type: ignore[attr-defined]
    return found


def file(node: object) -> tuple[str, bytes, str]:
    iri = str(node.value)  # type: ignore[attr-defined]
    path = SUITE / iri.removeprefix(BASE)
    return path.name, f"@base <{iri}> .\n".encode() + path.read_bytes(), "text/turtle"


def term(node: object, document: Document) -> str:
    """A term by what it is: a blank node by the path that it stands for, if it is one."""
    if not isinstance(node, ox.BlankNode):
        return str(node)
    listed = list(document.items(node))
    if listed:
        return f"({' '.join(term(item, document) for item in listed)})"
    for name in PATHS:
        inner = document.one(node, SH + name)
        if inner is not None:
            return f"[{name} {term(inner, document)}]"
    return "[]"


def results(document: Document, report: object) -> Counter[tuple[str, ...]]:
    """The results of a report, each as the terms that SHACL fixes."""
    named = ("focusNode", "resultPath", "value", "sourceShape", "sourceConstraintComponent", "resultSeverity")
    return Counter(
        tuple(term(document.one(result, SH + name), document) for name in named)
        for result in document.all(report, SH + "result")
    )


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running(KG_CONTENT="none", KG_STORE="memory:") as server:
        yield f"{server.root}/validate"
        assert server.process.poll() is None, server.log()
        assert "Traceback" not in server.log(), server.log()


def parameters() -> list[object]:
    found: list[object] = []
    for name in cases():
        marks = [] if name in QUICK else [pytest.mark.slow]
        if name in EXPECTED_FAILURES:
            marks.append(pytest.mark.xfail(reason=EXPECTED_FAILURES[name], strict=True))
        found.append(pytest.param(name, marks=marks, id=name))
    return found


@pytest.mark.skipif(not SUITE.is_dir(), reason="needs ../shared/w3c")
@pytest.mark.parametrize("name", parameters())
def test_reports(name: str, address: str) -> None:
    document, test = cases()[name]
    action, wanted = document.one(test, MF + "action"), document.one(test, MF + "result")
    files = {
        "data": file(document.one(action, SHT + "dataGraph")),
        "shapes": file(document.one(action, SHT + "shapesGraph")),
    }
    answer = httpx.post(address, files=files, headers={"Accept": "application/n-triples"}, timeout=30)
    if wanted == ox.NamedNode(SHT + "Failure"):
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
        assert answer.json()["detail"].startswith("The shapes cannot be used: ")
        return
    assert answer.status_code == 200, answer.text
    found = Document.__new__(Document)
    found.triples = [quad.triple for quad in ox.parse(answer.content, ox.RdfFormat.N_TRIPLES)]
    (report,) = {t.subject for t in found.triples if t.predicate.value == SH + "conforms"}
    conforms = [str(doc.one(node, SH + "conforms")) for doc, node in ((document, wanted), (found, report))]
    assert conforms[0] == conforms[1]
    assert results(found, report) == results(document, wanted)


@pytest.mark.skipif(not SUITE.is_dir(), reason="needs ../shared/w3c")
def test_the_suite_is_whole() -> None:
    assert len(cases()) == 120
    assert set(EXPECTED_FAILURES) | set(QUICK) <= set(cases())


def test_the_suite_lies_beside_the_repository() -> None:
    assert SUITE.is_relative_to(Path(__file__).resolve().parents[3] / "shared")
