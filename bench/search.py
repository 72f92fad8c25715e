"""How long a search and a match take among many things: ``python bench/search.py [THINGS]`` (100,000).

The things have made-up names of two to seven words, in the proportions of a library catalogue: few words in
many names, many words in few. Times are those of the call in this process, in milliseconds, each query once.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator

from kg.search.index import DESCRIPTION, LABEL, Entry, Index, Source, build
from kg.search.matching import match
from kg.search.ranking import search

_SEED = 15


def words(count: int, chance: random.Random) -> list[str]:
    """Make up words of two to four syllables."""
    syllables = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "is")]
    return list(
        dict.fromkeys("".join(chance.choices(syllables, k=chance.randint(2, 4))) for _ in range(count))
    )


def entries(things: int, chance: random.Random) -> Iterator[Entry]:
    """Make up things with a name and a description each."""
    known = words(things // 2, chance)
    weights = [1 / (rank + 10) for rank in range(len(known))]
    every = [0.0]
    for weight in weights:
        every.append(every[-1] + weight)
    for number in range(things):
        picked = chance.choices(known, cum_weights=every[1:], k=chance.randint(14, 22))
        size = chance.randint(2, 7)
        iri = f"https://example.org/{number}"
        yield Entry(iri, LABEL, " ".join(picked[:size]).title(), "en")
        yield Entry(iri, DESCRIPTION, " ".join(picked[size:]), "en")


def slip(text: str, chance: random.Random) -> str:
    """Put one letter of a text wrong."""
    place = chance.randrange(1, len(text))
    return text[:place] + chance.choice("aeiou") + text[place + 1 :]


def report(name: str, ask: Callable[[str], object], queries: list[str]) -> None:
    """Time queries, and print the median, the 95th percentile and the longest."""
    times = []
    for query in queries:
        begin = time.perf_counter()
        ask(query)
        times.append((time.perf_counter() - begin) * 1000)
    times.sort()
    late = times[int(0.95 * (len(times) - 1))]
    print(f"{name:28} median {statistics.median(times):6.2f}  95 % {late:6.2f}  longest {times[-1]:6.2f} ms")


def main() -> None:
    """Build the index, and time it."""
    things = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    chance = random.Random(_SEED)
    made = list(entries(things, chance))
    begin = time.perf_counter()
    index: Index = build(Source(made))
    print(f"{things:,} things indexed in {time.perf_counter() - begin:.1f} s")
    names = [index.things[number].names[0].text for number in chance.sample(range(things), 200)]
    parts = [" ".join(chance.sample(name.split(), k=min(2, len(name.split())))) for name in names]
    cases = {
        "whole names": names,
        "two words of a name": parts,
        "one common word": [name.split()[0] for name in names],
        "beginnings": [name[: chance.randint(2, 8)] for name in names],
        "names with a wrong letter": [slip(name, chance) for name in names],
    }
    for name, queries in cases.items():
        report(f"search, {name}", lambda query: search(index, query), queries)
    for name in ("whole names", "names with a wrong letter"):
        report(f"match, {name}", lambda query: match(index, query), cases[name])


if __name__ == "__main__":
    main()
