"""Things by what they have: facets with their values, a selection of them, and how many things a value has.

A table is made once of plain numbers and strings and then only read, by any number of threads. What has a
value has all that are wider, too: who chooses a broader place, topic or realm finds the narrower ones.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from kg.search.index import Index, closure
from kg.search.postings import Postings, numbers
from kg.search.words import fold

Choices = Mapping[str, Sequence[str]]
"""Values that are chosen, by the facet: any of a facet's, and of each facet one."""


@dataclass(frozen=True)
class Facet:
    """One way to tell things apart.

    ``own`` has the values of each thing as they are said of it, ``all`` with the wider ones; ``above`` has
    the next wider ones of a value.
    """

    own: Sequence[tuple[str, ...]]
    all: Sequence[tuple[str, ...]]
    above: Mapping[str, Sequence[str]]
    things: Postings

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
    own: list[dict[str, None]] = [{} for _ in range(size)]
    for thing, value in pairs:
        own[thing][value] = None
    above: dict[str, list[str]] = {}
    for narrow, wide in broader:
        if wide not in above.setdefault(narrow, []) and narrow != wide:
            above[narrow].append(wide)
    every = [tuple(filter(is_value, dict.fromkeys(chain(values, *map(wider, values))))) for values in own]
    postings = Postings()
    for thing, values in enumerate(every):
        postings.add(thing, values)
    postings.seal()
    return Facet([tuple(filter(is_value, values)) for values in own], every, above, postings)


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

    def counts(self, chosen: Choices) -> dict[str, Counter[str]]:
        """How many things each value has, by facet, with what is chosen in the other facets."""
        listed = list(numbers(self.select(chosen)))
        return {
            name: self.counted(
                name, numbers(self.select(chosen, apart_from=name)) if chosen.get(name) else listed
            )
            for name in self.facets
        }

    def counted(self, name: str, things: Iterable[int]) -> Counter[str]:
        """How many of the things each value of a facet has."""
        return Counter(chain.from_iterable(map(self.facets[name].all.__getitem__, things)))


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

    def by_name(self, languages: tuple[str, ...], rank: Callable[[str], int]) -> Sequence[int]:
        """Return all things in the order of their names, in languages by their ``rank``."""
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
