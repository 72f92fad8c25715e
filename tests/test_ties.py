"""Ties: the graph of statements, neighbourhoods, and all shortest paths, held against networkx."""

from __future__ import annotations

import random

import networkx as nx

from kg.ties import Paths, Tie, Ties

KINDS = {"a": "X", "b": "X", "c": "Y", "d": "X", "e": "Z", "lone": "X"}
STATED = [
    ("a", "p", "b", "g2"),
    ("a", "p", "b", "g1"),
    ("b", "q", "a", ""),
    ("b", "p", "c", "g1"),
    ("d", "p", "a", "g1"),
    ("d", "q", "c", "g3"),
    ("c", "p", "e", "g1"),
    ("a", "p", "a", "g1"),
    ("a", "p", "elsewhere", "g1"),
]
TIES = Ties.of(KINDS, STATED)


def test_statements_become_ties_with_their_sources() -> None:
    assert TIES.ties[0] == Tie("a", "p", "b", ("g1", "g2"))
    assert Tie("b", "q", "a", ()) in TIES.ties
    assert len(TIES.ties) == 6, "nothing leads to itself or elsewhere"
    assert TIES.beside["b"]["a"] == TIES.beside["a"]["b"] == (TIES.ties[0], Tie("b", "q", "a", ()))
    assert (TIES.degree("a"), TIES.degree("lone"), TIES.degree("nobody")) == (2, 0, 0)


def test_only_some_kinds_and_relations() -> None:
    chosen = TIES.only({"X"}, {"p"})
    assert [tie[:3] for tie in chosen.ties] == [("a", "p", "b"), ("d", "p", "a")]
    assert set(chosen.kinds) == {"a", "b", "d", "lone"}
    assert "c" in TIES.only({"X"}, None, ["c"]).beside["b"]
    assert [tie[:3] for tie in TIES.among({"a", "d"})] == [("d", "p", "a")]


def test_what_is_around() -> None:
    assert TIES.around("a", 1) == {"a": 0, "b": 1, "d": 1}
    assert list(TIES.around("a", 3)) == ["a", "b", "d", "c", "e"]
    assert TIES.around("lone", 3) == {"lone": 0}


def test_paths() -> None:
    assert TIES.paths("a", "c", 5) == Paths(2, (("a", "b", "c"), ("a", "d", "c")))
    assert TIES.paths("a", "c", 1) == Paths(2, (("a", "b", "c"),))
    assert TIES.paths("a", "a", 5) == TIES.paths("a", "lone", 5) == TIES.paths("lone", "a", 5) == Paths(0, ())


def test_paths_through_things_with_few_ties_come_first() -> None:
    kinds = dict.fromkeys(["one", "other", "hub", "quiet", *"rstuv"], "X")
    stated = [("one", "p", "hub", ""), ("hub", "p", "other", ""), ("one", "p", "quiet", "")]
    stated += [("other", "p", "quiet", ""), *(("hub", "p", name, "") for name in "rstuv")]
    found = Ties.of(kinds, stated).paths("one", "other", 2).found
    assert found == (("one", "quiet", "other"), ("one", "hub", "other"))


def test_the_paths_are_all_and_the_shortest() -> None:
    dice = random.Random(7)
    for _ in range(30):
        names = [f"n{number}" for number in range(14)]
        stated = [(*dice.sample(names, 2), "") for _ in range(22)]
        ties = Ties.of(dict.fromkeys(names, "X"), [(one, "p", other, "") for one, other, _ in stated])
        graph = nx.Graph([(one, other) for one, other, _ in stated])
        graph.add_nodes_from(names)
        for other in names[1:]:
            reached = nx.has_path(graph, names[0], other)
            expected = {*map(tuple, nx.all_shortest_paths(graph, names[0], other))} if reached else set()
            found = ties.paths(names[0], other, 1000)
            assert (found.total, {*found.found}) == (len(expected), expected)
