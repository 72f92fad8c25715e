"""No statement can be lost unnoticed: without it, a competency question or a lint answers otherwise.

A deletion is made on the built dataset itself: the quad goes, and with it its copy in the union default
graph unless another graph says the same. The questions that name the property are asked first, so that most
deletions cost one query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.build import build
from kg.content import find_content

ROOT = Path(__file__).resolve().parent.parent
PASSAGE = "https://w3id.org/ecoconn/id/passage/"
CONTENT = find_content(str(ROOT))
QUADS = build(CONTENT).quads
STATEMENTS = [
    quad
    for quad in QUADS
    if isinstance(quad.graph_name, ox.NamedNode)
    and quad.graph_name.value.startswith(PASSAGE)
    and quad.subject != quad.graph_name
]
PASSAGES = sorted({quad.graph_name.value for quad in STATEMENTS})


class Graph:
    """The dataset as the endpoint serves it, from which quads can be taken for the length of a test."""

    def __init__(self, quads: tuple[ox.Quad, ...]) -> None:
        self.store = ox.Store()
        self.store.extend(quads)
        self.said = Counter(quad.triple for quad in quads)
        self.store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in self.said)
        # Rules on the shapes have nothing to look at here: only a change in what a lint says counts. And a
        # mere count would notice any loss without knowing what was lost: questions that count are left out.
        self.queries = {
            query.name: query.text
            for query in (*CONTENT.questions(), *CONTENT.lints())
            if "COUNT(" not in query.text.upper()
        }
        self.answers = {name: self.rows(text) for name, text in self.queries.items()}

    def rows(self, query: str) -> Counter[str]:
        solutions = self.store.query(query)
        assert isinstance(solutions, ox.QuerySolutions)
        return Counter(str([str(value) for value in row]) for row in solutions)

    def without(self, quads: list[ox.Quad], check: Callable[[], bool]) -> bool:
        """What `check` says while `quads` are gone."""
        gone = Counter(quad.triple for quad in quads)
        unions = [
            ox.Quad(t.subject, t.predicate, t.object) for t, times in gone.items() if self.said[t] == times
        ]
        for quad in [*quads, *unions]:
            self.store.remove(quad)
        try:
            return check()
        finally:
            self.store.extend([*quads, *unions])

    def notices(self, first: str = "") -> bool:
        """Whether a question or lint answers otherwise; those with `first` in their text are asked first."""
        names = sorted(self.queries, key=lambda name: first not in self.queries[name])
        return any(self.rows(self.queries[name]) != self.answers[name] for name in names)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return Graph(QUADS)


def test_the_untouched_graph_gives_no_notice(graph: Graph) -> None:
    assert len(STATEMENTS) >= 250
    assert not graph.notices()


@pytest.mark.parametrize("passage", PASSAGES, ids=lambda iri: iri.removeprefix(PASSAGE))
def test_a_lost_passage_is_noticed(graph: Graph, passage: str) -> None:
    quads = [quad for quad in QUADS if quad.graph_name == ox.NamedNode(passage)]
    assert graph.without(quads, graph.notices)


def local_name(iri: str) -> str:
    return iri.replace("#", "/").rpartition("/")[2]


def test_each_lost_statement_is_noticed(graph: Graph) -> None:
    unnoticed = [
        str(quad)
        for quad in STATEMENTS
        if not graph.without([quad], lambda quad=quad: graph.notices(f":{local_name(quad.predicate.value)}"))
    ]
    assert not unnoticed, f"{len(unnoticed)} statements can be lost unnoticed:\n" + "\n".join(unnoticed)
