"""Things and the ties between them as a graph: what is near a thing, and how two things are tied.

A tie has a direction, which its relation gives; walking does not mind it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from typing import NamedTuple


class Tie(NamedTuple):
    """What is stated to lead from one thing to another; ``sources`` are the graphs that say so, in order."""

    start: str
    relation: str
    end: str
    sources: tuple[str, ...]


Path = tuple[str, ...]
"""Things, each tied to the next."""


@dataclass(frozen=True)
class Paths:
    """The shortest paths between two things: how many there are, and the first of them."""

    total: int
    found: tuple[Path, ...]


@dataclass(frozen=True)
class Ties:
    """Things by IRI with their kind, and the ties between them, in order."""

    kinds: Mapping[str, str]
    ties: tuple[Tie, ...]

    @classmethod
    def of(cls, kinds: Mapping[str, str], stated: Iterable[tuple[str, str, str, str]]) -> "Ties":
        """Make the graph of statements (start, relation, end, source; an empty source is none).

        What does not lead from one of the things to another of them is left out.
        """
        found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
        for start, relation, end, source in stated:
            if start != end and start in kinds and end in kinds:
                found[start, relation, end].add(source)
        ties = (Tie(*key, tuple(sorted(found[key] - {""}))) for key in sorted(found))
        return cls(kinds, tuple(ties))

    @cached_property
    def beside(self) -> Mapping[str, Mapping[str, tuple[Tie, ...]]]:
        """The things beside each thing, with the ties between the two, whichever way they lead."""
        found: dict[str, dict[str, list[Tie]]] = defaultdict(lambda: defaultdict(list))
        for tie in self.ties:
            found[tie.start][tie.end].append(tie)
            found[tie.end][tie.start].append(tie)
        return {one: {other: tuple(ties) for other, ties in near.items()} for one, near in found.items()}

    def degree(self, thing: str) -> int:
        """How many things it is tied to."""
        return len(self.beside.get(thing, ()))

    def only(
        self, kinds: Collection[str], relations: Collection[str] | None = None, always: Collection[str] = ()
    ) -> "Ties":
        """The graph of these kinds of things, and those that are always in it, by these relations or all."""
        kept = {iri: kind for iri, kind in self.kinds.items() if kind in kinds or iri in always}
        ties = (
            tie
            for tie in self.ties
            if tie.start in kept and tie.end in kept and (relations is None or tie.relation in relations)
        )
        return Ties(kept, tuple(ties))

    def among(self, things: Collection[str]) -> tuple[Tie, ...]:
        """The ties between these things."""
        return tuple(tie for tie in self.ties if tie.start in things and tie.end in things)

    def around(self, thing: str, depth: int) -> dict[str, int]:
        """The things that at most so many ties lead to, with how many, nearest first; 0: itself."""
        found = {thing: 0}
        edge = [thing]
        for distance in range(1, depth + 1):
            edge = sorted({near for one in edge for near in self.beside.get(one, ())} - found.keys())
            found.update(dict.fromkeys(edge, distance))
        return found

    def paths(self, one: str, other: str, most: int) -> Paths:
        """The shortest paths between two things.

        First are those through things with few ties: they tell more than those through one with many.
        """
        if one == other:
            return Paths(0, ())
        counts = {one: 1}
        best: dict[str, list[tuple[int, Path]]] = {one: [(0, (one,))]}
        known = {one}
        while other not in known:
            ways: dict[str, list[str]] = defaultdict(list)
            for thing in counts:
                for near in self.beside.get(thing, ()):
                    if near not in known:
                        ways[near].append(thing)
            if not ways:
                return Paths(0, ())
            counts = {near: sum(counts[thing] for thing in ways[near]) for near in ways}
            best = {
                near: nsmallest(
                    most,
                    (
                        (cost + self.degree(near), (*path, near))
                        for thing in ways[near]
                        for cost, path in best[thing]
                    ),
                )
                for near in ways
            }
            known |= ways.keys()
        return Paths(counts[other], tuple(path for _, path in best[other]))
