"""What of the network is shown: all of it, what is around a thing, or the paths between two; and where."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kg.arrangement import Arrangement, columns, rings, spread
from kg.ties import Paths, Tie, Ties
from kg.web.meaning import Meaning
from kg.web.tied import BACKGROUND

MOST = 400
"""Things in one picture."""
MOST_TIES = 2_000
"""Ties in one picture."""
_PATHS = 10
NOTHING = Meaning("", None)


@dataclass(frozen=True)
class Wish:
    """What is asked for; ``kinds`` are those of the address, ``relations`` none for all."""

    thing: Meaning = NOTHING
    to: Meaning = NOTHING
    depth: int = 1
    kinds: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()

    @property
    def named(self) -> tuple[Meaning, ...]:
        """What was named, in order."""
        return tuple(item for item in (self.thing, self.to) if item.text)

    @property
    def is_clear(self) -> bool:
        """Whether it is known what all names mean."""
        return all(item.thing for item in self.named)

    def shows(self, ties: Ties) -> frozenset[str]:
        """The kinds that are shown: those that are asked for, else all but the background."""
        return frozenset(self.kinds or {*ties.kinds.values()} - {*BACKGROUND})


@dataclass(frozen=True)
class View:
    """What is shown: the ties of the picture, and its things in layers, the nearest first.

    ``whole`` are all ties of the kinds and relations that are chosen; ``left`` counts the things that there
    was no room for; ``paths`` are there where two things were named.
    """

    whole: Ties
    shown: tuple[Tie, ...] = ()
    layers: tuple[tuple[str, ...], ...] = ()
    left: int = 0
    paths: Paths | None = None

    @property
    def things(self) -> tuple[str, ...]:
        """The things of the picture, nearest first."""
        return tuple(thing for layer in self.layers for thing in layer)


def see(ties: Ties, wish: Wish) -> View:
    """Find what is to be shown; nothing where it is not clear what is asked for."""
    ends = [item.thing for item in wish.named if item.thing]
    chosen = ties.only(wish.shows(ties), frozenset(wish.relations) or None, ends)
    if not wish.is_clear:
        return View(chosen)
    if len(ends) == 2:
        return _between(chosen, *ends)
    return _around(chosen, ends[0], wish.depth) if ends else _all(chosen)


def _between(ties: Ties, one: str, other: str) -> View:
    paths = ties.paths(one, other, _PATHS)
    shown = {tie for path in paths.found for near, far in pairwise(path) for tie in ties.beside[near][far]}
    layers = tuple(tuple(dict.fromkeys(things)) for things in zip(*paths.found, strict=True))
    return View(ties, tuple(sorted(shown)), layers, 0, paths)


def _around(ties: Ties, thing: str, depth: int) -> View:
    near = ties.around(thing, depth)
    order = sorted(near, key=lambda one: (near[one], -ties.degree(one), one))
    fitting, shown = _fitting(ties, order)
    kept = sorted(fitting, key=lambda one: (near[one], ties.kinds[one], one))
    layers = (tuple(one for one in kept if near[one] == step) for step in range(near[kept[-1]] + 1))
    return View(ties, shown, tuple(layers), len(order) - len(kept))


def _all(ties: Ties) -> View:
    order = sorted(ties.beside, key=lambda one: (-ties.degree(one), one))
    _, shown = _fitting(ties, order)
    tied = {end for tie in shown for end in (tie.start, tie.end)}
    kept = tuple(one for one in order if one in tied)
    return View(ties, shown, (kept,) if kept else (), len(order) - len(kept))


def about(ties: Ties, things: Iterable[str]) -> View:
    """See these things, what ties them to each other, and what is beside them, which are the second layer.

    Of what is beside them those come first that tie several. Nothing is shown when there are no ties.
    """
    known = [thing for thing in things if thing in ties.kinds]
    whole = ties.only(frozenset(ties.kinds.values()) - {*BACKGROUND}, None, known)
    near = Counter(other for one in known for other in whole.beside.get(one, ()))
    own = frozenset(known)
    order = sorted(own | near.keys(), key=lambda one: (one not in own, -near[one], -whole.degree(one), one))
    fitting, shown = _fitting(whole, order, own)
    kept = {end for tie in shown for end in (tie.start, tie.end)} | own.intersection(fitting)
    layers = tuple(
        tuple(one for one in fitting if one in kept and (one in own) is first) for first in (True, False)
    )
    return View(whole, shown, layers if shown else (), len(order) - len(kept))


def _fitting(
    ties: Ties, order: Sequence[str], own: Collection[str] = ()
) -> tuple[Sequence[str], tuple[Tie, ...]]:
    """The first of the things that there is room for, and the ties between them, or those of its ``own``."""
    size = min(MOST, len(order))
    while len(shown := _among(ties, order[:size], own)) > MOST_TIES and size > 1:
        size = size * 3 // 4
    return order[:size], shown


def _among(ties: Ties, things: Iterable[str], own: Collection[str]) -> tuple[Tie, ...]:
    found = ties.among({*things})
    return tuple(tie for tie in found if tie.start in own or tie.end in own) if own else found


def arranged(view: View) -> Arrangement:
    """Give the things of a picture their places."""
    near: dict[str, dict[str, None]] = {thing: {} for thing in view.things}
    for tie in view.shown:
        near[tie.start][tie.end] = near[tie.end][tie.start] = None
    lists = {thing: list(found) for thing, found in near.items()}
    if view.paths:
        return columns(view.layers, lists)
    return rings(view.layers, lists) if len(view.layers[0]) == 1 else spread(view.things, lists)
