"""Which things have a word, one that begins so, or one that differs by a slip of the pen.

Things are numbers, and a set of them is one whole number with a bit for each: to combine sets of 100,000
takes microseconds. Numbers are given in order of weight, so the lowest bits are the things to look at first.
"""

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from heapq import nlargest
from itertools import islice

from rapidfuzz import process
from rapidfuzz.distance import OSA

from kg.search.words import has_digit

_OFTEN = 1024
"""A word that more things have is kept as a set of bits."""
_MOST_BEGINNINGS = 64
_MOST_LOOKED_AT = 5_000
_MOST_ALIKE = 12
_MOST_COMPARED = 200
_ALIKE = 0.5


@lru_cache(maxsize=65_536)
def slips(word: str) -> int:
    """How many letters of a word may be wrong: none of a short one or of a number, at most two."""
    if len(word) < 4 or has_digit(word):
        return 0
    return 1 if len(word) < 8 else 2


def distance(one: str, other: str) -> int:
    """How many slips turn one word into the other: a letter more, less, other, or two changed over.

    Letters that sound the same (ph and f, k and c) are one slip together, however many they are.
    """
    apart = OSA.distance(one, other)
    return min(apart, max(1, OSA.distance(_heard(one), _heard(other)))) if apart > 1 else apart


def _heard(word: str) -> str:
    return word.replace("ph", "f").replace("k", "c")


def numbers(bits: int) -> Iterator[int]:
    """Yield the numbers in a set, lowest first."""
    for place, byte in enumerate(bits.to_bytes((bits.bit_length() + 7) // 8, "little")):
        if byte:
            first = place * 8
            for bit in range(8):
                if byte >> bit & 1:
                    yield first + bit


_TRUTH = bytes.maketrans(b"01", b"\x00\x01")


def flags(bits: int, size: int) -> bytes:
    """Return a byte for each of the numbers below ``size``: 1 for those that are in a set."""
    return f"{bits:0{size}b}".encode().translate(_TRUTH)[::-1]


def bits_of(*lists: Sequence[int]) -> int:
    """Return the set of the numbers in lists that are sorted and not empty."""
    data = bytearray(max(item[-1] for item in lists) // 8 + 1)
    for item in lists:
        for number in item:
            data[number >> 3] |= 1 << (number & 7)
    return int.from_bytes(data, "little")


def at_least(sets: Sequence[int], everything: int) -> list[int]:
    """Return for every k the set of those that are in at least k of the sets."""
    found = [everything] + [0] * len(sets)
    for item in sets:
        for k in range(len(sets), 0, -1):
            found[k] |= found[k - 1] & item
    return found


class Postings:
    """Words and the things that have them; made once, then only read."""

    def __init__(self) -> None:
        """Begin with no words."""
        self._things: dict[str, array[int]] = {}
        self._bits: dict[str, int] = {}

    def add(self, thing: int, words: Iterable[str]) -> None:
        """Note the words of a thing; things come in order of their numbers."""
        for word in words:
            found = self._things.get(word)
            if found is None:
                self._things[word] = array("I", (thing,))
            elif found[-1] != thing:
                found.append(thing)

    def seal(self) -> None:
        """Say that all is noted."""
        for word, found in self._things.items():
            if len(found) > _OFTEN:
                self._bits[word] = bits_of(found)

    def __contains__(self, word: str) -> bool:
        """Whether any thing has the word."""
        return word in self._things

    def __iter__(self) -> Iterator[str]:
        """Yield the words."""
        return iter(self._things)

    def things(self, word: str) -> Sequence[int]:
        """Return the numbers of the things that have the word."""
        return self._things.get(word, ())

    def frequency(self, word: str) -> int:
        """How many things have the word."""
        return len(self._things.get(word, ()))

    def is_common(self, word: str) -> bool:
        """Whether the word is one that many things have."""
        return word in self._bits

    def shared(self, things: int) -> dict[str, int]:
        """How many of a set of things have which of the words that many have; 0 is left out."""
        found = ((word, (bits & things).bit_count()) for word, bits in self._bits.items())
        return {word: count for word, count in found if count}

    def bits(self, words: Iterable[str]) -> int:
        """Return the set of the things that have any of the words."""
        found = 0
        rare = []
        for word in words:
            if word in self._bits:
                found |= self._bits[word]
            elif word in self._things:
                rare.append(self._things[word])
        return found | bits_of(*rare) if rare else found


class Vocabulary:
    """All words of an index, to look up those that begin or are written like one that is given."""

    def __init__(self, words: Iterable[str]) -> None:
        """Take the words."""
        self._words = sorted(words)
        self._having: dict[str, array[int]] = {}
        for number, word in enumerate(self._words):
            if len(word) >= 3 and not has_digit(word):
                for part in _parts(word):
                    found = self._having.get(part)
                    if found is None:
                        self._having[part] = array("I", (number,))
                    else:
                        found.append(number)

    def beginning(self, start: str, postings: Postings) -> list[str]:
        """Return words that begin so; where there are many, those that most things have."""
        first = bisect_left(self._words, start)
        found = []
        for word in islice(self._words, first, first + _MOST_LOOKED_AT):
            if not word.startswith(start):
                break
            found.append(word)
        return (
            nlargest(_MOST_BEGINNINGS, found, key=postings.frequency)
            if len(found) > _MOST_BEGINNINGS
            else found
        )

    def alike(self, word: str) -> list[tuple[str, int]]:
        """Return other words that differ by slips of the pen, nearest first, and by how many."""
        most = slips(word)
        if not most:
            return []
        found: dict[str, int] = {}
        for form in {word, word.replace("f", "ph"), word.replace("ph", "f")}:
            shared: Counter[int] = Counter()
            for part in _parts(form):
                shared.update(self._having.get(part, ()))
            near = [self._words[number] for number, _ in shared.most_common(_MOST_COMPARED)]
            for other, apart, _ in process.extract(form, near, scorer=OSA.distance, score_cutoff=most):
                slipped = int(apart) if form == word else max(1, int(apart))
                found[str(other)] = min(slipped, found.get(str(other), slipped))
        found |= dict.fromkeys(self.swapped(word), 1)
        found.pop(word, None)
        return sorted(found.items(), key=lambda item: (item[1], item[0]))[:_MOST_ALIKE]

    def swapped(self, word: str) -> list[str]:
        """Return the words that two neighbouring letters changed over lead to.

        Short ones, as GPEC from "gepc", may share no run of three letters.
        """
        forms = {
            word[:place] + word[place + 1] + word[place] + word[place + 2 :] for place in range(len(word) - 1)
        }
        return [form for form in sorted(forms - {word}) if self._has(form)]

    def _has(self, word: str) -> bool:
        place = bisect_left(self._words, word)
        return place < len(self._words) and self._words[place] == word

    def nearest(self, word: str, most: int) -> list[tuple[str, float]]:
        """Return the words written most like one that is given, and how much they are: from a half to 1."""
        shared: Counter[int] = Counter()
        for part in _parts(word):
            shared.update(self._having.get(part, ()))
        near = [self._words[number] for number, _ in shared.most_common(_MOST_COMPARED)]
        found = process.extract(word, near, scorer=OSA.normalized_similarity, score_cutoff=_ALIKE, limit=most)
        return [(str(other), float(likeness)) for other, likeness, _ in found]


def _parts(word: str) -> set[str]:
    """The runs of three letters in a word, its ends marked."""
    marked = f"\x02{word}\x03"
    return {marked[place : place + 3] for place in range(len(marked) - 2)}
