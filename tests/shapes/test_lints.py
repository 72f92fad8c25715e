"""The lints: each finds its fault in a fixture, names the thing, and has nothing to say of faultless data.

A fixture adds its quads to `lint/valid.trig`, the ontology and the shapes, and says in its leading comments
which things the lint is to name: `expects: THING`.
"""

from __future__ import annotations

import re
import time
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.build import Dataset

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
GRAPH = "https://w3id.org/ecoconn/graph/"
LINTS = sorted((ROOT / "shapes" / "lint").glob("*.rq"))
FIXTURES = HERE / "lint"
VALID = FIXTURES / "valid.trig"
EXPECTATION = re.compile(r"^# expects: (\S+)$", re.MULTILINE)
DIRECTIVE = re.compile(r"^#\+ (\w+): (.+)$", re.MULTILINE)


def quads(path: Path, graph: str | None = None) -> list[ox.Quad]:
    """The quads of a file; those of a Turtle file in the graph given."""
    if graph is None:
        return list(ox.parse(path=str(path), format=ox.RdfFormat.TRIG))
    name = ox.NamedNode(GRAPH + graph)
    return [
        ox.Quad(quad.subject, quad.predicate, quad.object, name)
        for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)
    ]


@cache
def background() -> list[ox.Quad]:
    """The ontology, the card of the document that it names as its source, and the shapes, in their graphs."""
    files = [
        *((path, "ontology") for path in sorted((ROOT / "ontology").rglob("*.ttl"))),
        (ROOT / "data/register/document/cms-cop14-initiatives-on-connectivity.ttl", "register"),
        *((path, "shapes") for path in sorted((ROOT / "shapes").glob("*.ttl"))),
    ]
    return [quad for path, graph in files for quad in quads(path, graph)]


def dataset(*paths: Path) -> ox.Store:
    """Background and files as the lints see them: the default graph is the merge of all served graphs."""
    return store_of(background() + [quad for path in paths for quad in quads(path)])


def store_of(named: list[ox.Quad]) -> ox.Store:
    store = ox.Store()
    store.extend(named)
    shapes = ox.NamedNode(GRAPH + "shapes")
    store.extend(ox.Quad(q.subject, q.predicate, q.object) for q in named if q.graph_name != shapes)
    return store


def rows(store: ox.Store, lint: Path) -> list[dict[str, object]]:
    solutions = store.query(lint.read_text(encoding="utf-8"))
    assert isinstance(solutions, ox.QuerySolutions)
    names = [variable.value for variable in solutions.variables]
    return [{name: row[name] for name in names} for row in solutions]


@cache
def prefixes() -> dict[str, str]:
    table: dict[str, dict[str, str]] = {}
    for quad in quads(ROOT / "ontology" / "prefixes.ttl", "ontology"):
        local = quad.predicate.value.partition("shacl#")[2]
        if local in {"prefix", "namespace"} and isinstance(quad.object, ox.Literal):
            table.setdefault(str(quad.subject), {})[local] = quad.object.value
    return {entry["prefix"]: entry["namespace"] for entry in table.values()}


def iri(name: str) -> str:
    """The IRI of a name written <…> or prefix:local."""
    if name.startswith("<"):
        return name[1:-1]
    prefix, _, local = name.partition(":")
    return prefixes()[prefix] + local


@pytest.fixture(scope="module")
def faultless() -> ox.Store:
    return dataset(VALID)


def test_each_lint_has_a_fixture() -> None:
    assert len(LINTS) >= 30
    assert [path.stem for path in LINTS] == sorted(
        path.stem for path in FIXTURES.glob("*.trig") if path != VALID
    )


@pytest.mark.parametrize("lint", LINTS, ids=lambda path: path.stem)
def test_finds_its_fault(lint: Path) -> None:
    fixture = FIXTURES / f"{lint.stem}.trig"
    expected = {iri(name) for name in EXPECTATION.findall(fixture.read_text(encoding="utf-8"))}
    found = rows(dataset(VALID, fixture), lint)
    assert expected
    assert {getattr(row["thing"], "value", None) for row in found} == expected
    for row in found:
        assert set(row) <= {"thing", "graph", "detail"}
        assert isinstance(row.get("graph"), ox.NamedNode | None)
        if "detail" in row:
            assert isinstance(row["detail"], ox.Literal)
            assert row["detail"].value.strip()


@pytest.mark.parametrize("lint", LINTS, ids=lambda path: path.stem)
def test_passes_faultless_data(lint: Path, faultless: ox.Store) -> None:
    assert rows(faultless, lint) == []


@pytest.mark.parametrize("lint", LINTS, ids=lambda path: path.stem)
def test_says_rule_and_remedy(lint: Path) -> None:
    text = lint.read_text(encoding="utf-8")
    assert text.startswith("# SPDX-License-Identifier: CC-BY-4.0\n#+ rule: ")
    given = dict(DIRECTIVE.findall(text))
    assert set(given) == {"rule", "remedy"}
    for sentence in given.values():
        assert re.fullmatch(r"[A-Z].{10,}\.", sentence)
    assert "SERVICE" not in text


@pytest.fixture(scope="module")
def served(whole_dataset: Dataset) -> list[ox.Quad]:
    return list(whole_dataset.quads)


@pytest.mark.parametrize("with_shapes", [True, False], ids=["with shapes", "without shapes"])
def test_passes_the_served_dataset(with_shapes: bool, served: list[ox.Quad]) -> None:
    store = store_of([*served, *background()] if with_shapes else served)
    started = time.perf_counter()
    faults = [f"{lint.stem}: {row}" for lint in LINTS for row in rows(store, lint)]
    assert time.perf_counter() - started < 2
    assert not faults, "\n".join(faults)
