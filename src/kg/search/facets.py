"""Things by what they have: facets with their values, a selection of them, and how many things a value has.

A table is made once of plain numbers and strings and then only read, by any number of threads. What has a
value has all that are wider, too: who chooses a broader place, topic or realm finds the narrower ones.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, compress

from kg.search.index import Index, closure
from kg.search.postings import Postings, flags
from kg.search.words import fold

Choices = Mapping[str, Sequence[str]]
"""Values that are chosen, by the facet: any of a facet's, and of each facet one."""


@dataclass(frozen=True)
class Facet:
    """One way to tell things apart.

    ``own`` has the values of each thing as they are said of it, ``things`` those with the wider ones the
    other way round; ``above`` has the next wider ones of a value. ``rare`` and ``holders`` are values that
    few things have, each beside a thing that has it.
    """

    own: Sequence[tuple[str, ...]]
    above: Mapping[str, Sequence[str]]
    things: Postings
    rare: Sequence[str]
    holders: Sequence[int]

    def counts(self, things: int) -> dict[str, int]:
        """How many of a set of things each value has; a value that none has is left out.

        A value that many things have is one operation on sets, and those of few things are gone through one
        by one; of a set that is most of all, what is not in it is counted.
        """
        others = ((1 << len(self.own)) - 1) & ~things
        if others.bit_count() >= things.bit_count():
            return self._counted(things)
        without = self._counted(others)
        every = ((value, self.things.frequency(value) - without.get(value, 0)) for value in self.things)
        return {value: count for value, count in every if count}

    def _counted(self, things: int) -> dict[str, int]:
        if not things:
            return {}
        chosen = map(flags(things, len(self.own)).__getitem__, self.holders)
        return {**self.things.shared(things), **Counter(compress(self.rare, chosen))}

    def narrower(self, values: Iterable[str]) -> list[str]:
        """Return the values with all that count as them, in order."""
        wanted = set(values)
        wider = closure((one, other) for one, others in self.above.items() for other in others)
        return sorted(
            wanted | {one for one in {*self.things, *self.above} if wanted.intersection(wider(one))}
        )


def make_facet(
    size: int,
    pairs: Iterable[tuple[int, str]],
    broader: Iterable[tuple[str, str]] = (),
    is_value: Callable[[str], bool] = lambda _: True,
) -> Facet:
    """Make a facet of ``size`` things from things with their values, and values with wider ones.

    What is no value by ``is_value`` only leads to wider ones.
    """
    broader = list(broader)
    wider = closure(broader)
    own: dict[int, dict[str, None]] = {}
    for thing, value in pairs:
        own.setdefault(thing, {})[value] = None
    above: dict[str, list[str]] = {}
    for narrow, wide in broader:
        if wide not in above.setdefault(narrow, []) and narrow != wide:
            above[narrow].append(wide)
    postings = Postings()
    for thing in sorted(own):
        values = dict.fromkeys(chain(own[thing], *map(wider, own[thing])))
        postings.add(thing, filter(is_value, values))
    postings.seal()
    rare = [(value, postings.things(value)) for value in postings if not postings.is_common(value)]
    same: dict[tuple[str, ...], tuple[str, ...]] = {(): ()}
    rows = [same[()]] * size
    for thing, values in own.items():
        row = tuple(filter(is_value, values))
        rows[thing] = same.setdefault(row, row)
    return Facet(
        rows,
        above,
        postings,
        [value for value, things in rare for _ in things],
        array("I", chain.from_iterable(things for _, things in rare)),
    )


@dataclass(frozen=True)
class Table:
    """Facets by name, of the things in ``scope`` (a set of bits)."""

    scope: int
    facets: Mapping[str, Facet]

    def select(self, chosen: Choices, apart_from: str = "") -> int:
        """Return the things that have what is chosen, in all facets but one, as a set of bits."""
        found = self.scope
        for name, values in chosen.items():
            if values and name != apart_from:
                found &= self.facets[name].things.bits(values)
        return found

    def counts(self, chosen: Choices) -> dict[str, dict[str, int]]:
        """How many things each value has, by facet, with what is chosen in the other facets."""
        every = self.select(chosen)
        return {
            name: facet.counts(self.select(chosen, apart_from=name) if chosen.get(name) else every)
            for name, facet in self.facets.items()
        }


def foremost(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """Return the values of most things, up to so many; of those with as many, those that come first."""
    if len(counts) <= most:
        return dict(counts)
    numbers = sorted(counts.values(), reverse=True)
    least = numbers[most - 1]
    room = most - numbers.index(least)
    found = {value: count for value, count in counts.items() if count > least}
    last = sorted(value for value, count in counts.items() if count == least)[:room]
    return found | dict.fromkeys(last, least)


def in_tree(
    counts: Mapping[str, int], above: Mapping[str, Sequence[str]], name: Callable[[str], str]
) -> Iterator[tuple[str, int]]:
    """Yield values with their depth: those of most things first, each followed by its narrower ones.

    A value with several wider ones stands below the narrowest of them.
    """

    def weight(value: str) -> tuple[int, str]:
        return -counts[value], name(value)

    below: dict[str | None, list[str]] = {}
    for value in sorted(counts, key=weight):
        parents = [wide for wide in above.get(value, ()) if wide in counts]
        below.setdefault(max(parents, key=weight, default=None), []).append(value)
    seen: set[str] = set()
    ahead = [(value, 0) for value in reversed(below.get(None, ()))]
    while ahead:
        value, depth = ahead.pop()
        if value not in seen:
            seen.add(value)
            yield value, depth
            ahead += ((item, depth + 1) for item in reversed(below.get(value, ())))
    # Values that are wider than each other have no top.
    yield from ((value, 0) for value in counts if value not in seen)


_ORDERS = 8
"""Orders by name that are kept, one for each list of languages."""


@dataclass(frozen=True)
class Shelves:
    """Things by number as an index has them, with what they are browsed by.

    ``tokens`` has the name of each value in addresses, by facet, and ``values`` the other way round;
    ``sources`` says how many sources speak of each thing, ``order`` how to list them, ``carded`` whether a
    register says which things there are.
    """

    index: Index
    table: Table
    tokens: Mapping[str, Mapping[str, str]]
    values: Mapping[str, Mapping[str, str]]
    sources: Sequence[int]
    order: Sequence[int]
    carded: bool
    _by_name: dict[tuple[str, ...], list[int]] = field(default_factory=dict, repr=False)

    def by_name(self, rank: Callable[[str], int]) -> Sequence[int]:
        """Return all things in the order of their names, in languages by their ``rank``."""
        languages = tuple(sorted(self.index.languages, key=lambda language: (rank(language), language)))
        found = self._by_name.get(languages)
        if found is None:
            things = self.index.things
            named = [fold(thing.label(rank).text) for thing in things]
            found = sorted(range(len(things)), key=lambda number: (named[number], things[number].iri))
            if len(self._by_name) >= _ORDERS:
                self._by_name.clear()
            self._by_name[languages] = found
        return found


def tokens_of(values: Iterable[str], short: Callable[[str], str]) -> dict[str, str]:
    """Return a name for each value: the short one or, where another has that already, the value itself."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for value in sorted(values):
        name = short(value)
        found[value] = value if name in taken else name
        taken.add(found[value])
    return found
