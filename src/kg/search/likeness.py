"""How much a name in someone's list is like the names of one thing, from 0 to 1, by the words of both.

What is said of a thing beside its names counts where it confirms: years, places, the kind of thing it is.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from kg.search.index import Index, Name, Thing
from kg.search.postings import distance, slips
from kg.search.words import content, has_digit

SAME_BAG = 0.975
"""The same words, but for order and small words."""
TWO_NAMES = 0.96
"""Two names of the thing together, or a name and the kind of thing."""
OWNER_LEFT_OUT = 0.95
"""All but whose it is: "Resolution 12.26" for that of CMS."""
ONE_LEFT_OUT = 0.945
"""All words of a long name but one."""
_LONG = 6
QUALIFIED = 0.95
"""A name, and a year or place that is right."""
_DOUBTFUL = 0.92

_FREE = {
    "Initiative": "initiative initiatives project programme partnership campaign process platform experiment "
    "system",
    "Instrument": "convention treaty agreement protection conservation",
    "GoverningBodyAct": "cop resolution decision",
    "Provision": "cop resolution decision paragraph",
    "Meeting": "meeting conference session reunion",
    "Document": "document",
    "Taxon": "species",
    "Target": "target",
    "Organization": "organisation association inc ltd ngo",
}
_FREE_WORDS = {kind: frozenset(words.split()) for kind, words in _FREE.items()}


@lru_cache(maxsize=1024)
def free_words(types: tuple[str, ...]) -> frozenset[str]:
    """Return words that only say of which kind a thing of these classes is."""
    kinds = [iri.rpartition("#")[2].rpartition("/")[2] for iri in types]
    return frozenset().union(*(_FREE_WORDS.get(kind, frozenset()) for kind in kinds))


def all_free_words() -> Iterable[frozenset[str]]:
    """Return the words that say of which kind a thing is, for each kind."""
    return _FREE_WORDS.values()


def is_year(word: str) -> bool:
    """Whether a word is a year of our times."""
    return len(word) == 4 and word.isdecimal() and word[:2] in ("19", "20")


def is_parted(word: str) -> bool:
    """Whether a word is a number in parts, as 12.26 or 75/271, which few things have."""
    return has_digit(word) and any(sign in word for sign in "./")


@dataclass(frozen=True)
class Asked:
    """A name that is asked for: its words, and things whose names are in it, as signs."""

    words: frozenset[str]
    signs: frozenset[str]

    @classmethod
    def of(cls, index: Index, asked: Sequence[str]) -> "Asked":
        """Take the words of a text."""
        parts = index.phrases.parts(asked)
        return cls(content(asked), frozenset(sign for sign, _ in parts if sign.startswith("#")))


def likeness(index: Index, number: int, asked: Asked) -> tuple[float, Name]:
    """Return how much a text is like the names of a thing, and the name that it is most like."""
    thing = index.things[number]
    owned = [index.phrases.bag(name.words, number) for name in thing.names]
    led = frozenset(f"#{index.number[iri]}" for iri in thing.leads if iri in index.number)
    owners = asked.signs & led.union(*owned)
    every = frozenset().union(
        *(content(name.words) for name in thing.names),
        *(content(name.words) for sign in owners for name in index.things[int(sign[1:])].names),
    )
    free = free_words(thing.types)
    # A name of another thing, which is in no name of this one, is a word too many.
    spoken = asked.signs <= {f"#{number}", *owners} and asked.words <= every | free
    best = (-1.0, thing.names[0])
    for name, bag in zip(thing.names, owned, strict=True):
        if spoken and (content(name.words) <= asked.words or bag <= asked.words | asked.signs):
            value = TWO_NAMES
        else:
            value = _of_name(index, number, asked.words, name, every, free)
        best = max(best, (value, name), key=lambda item: item[0])
    return best


def _of_name(
    index: Index,
    number: int,
    wanted: frozenset[str],
    name: Name,
    every: frozenset[str],
    free: frozenset[str],
) -> float:
    own = content(name.words)
    common = wanted & own
    edits, extra, missing = _aligned(wanted - common, own - common)
    years = index.things[number].years
    if any(has_digit(word) and word not in every and word not in years for word in extra):
        return 0.4
    extra -= {word for word in extra if word in years}
    if extra <= free and not missing:
        length = max(sum(map(len, own)), sum(map(len, wanted)))
        return _with_slips(edits, length) - (0.01 if extra else 0.0)
    if len(missing) == 1 and len(own) >= _LONG and extra <= free and not (edits or has_digit(*missing)):
        return ONE_LEFT_OUT
    if not extra and edits <= 1 and _only_owner(index, number, common, wanted, missing, name, free):
        return OWNER_LEFT_OUT
    weights = {word: index.weight(word) for word in wanted | own}
    precise = 1 - sum(weights[word] for word in extra) / (sum(weights[word] for word in wanted) or 1.0)
    recalled = 1 - sum(weights[word] for word in missing) / (sum(weights[word] for word in own) or 1.0)
    if not extra and not edits:
        return 0.9 * (0.4 + 0.6 * recalled)
    if precise + recalled <= 0:
        return 0.0
    return max(0.0, 0.85 * 2 * precise * recalled / (precise + recalled) - 0.02 * edits)


def _aligned(left: Iterable[str], others: Iterable[str]) -> tuple[int, set[str], set[str]]:
    """Pair words that differ by slips of the pen or by their ending: the slips, and what stays unpaired."""
    edits, extra, missing = 0, set(), set(others)
    for word in sorted(left):
        apart, other = min(((_apart(word, other), other) for other in missing), default=(9, ""))
        if apart < 9:
            edits += apart
            missing.discard(other)
        else:
            extra.add(word)
    return edits, extra, missing


@lru_cache(maxsize=65_536)
def _apart(word: str, other: str) -> int:
    most = slips(word)
    if not most or has_digit(other):
        return 9
    apart = distance(word, other)
    if apart <= most:
        return apart
    shared = next(
        (place for place, pair in enumerate(zip(word, other, strict=False)) if pair[0] != pair[1]), 99
    )
    shared = min(shared, len(word), len(other))
    return 2 if shared >= 5 and shared >= 0.6 * max(len(word), len(other)) else 9


def _with_slips(edits: int, length: int) -> float:
    """Slips of the pen are forgiven in long names only: one in eight letters, and three in all."""
    if not edits:
        return SAME_BAG
    return 0.965 - 0.01 * edits if edits <= 3 and edits * 8 <= length else _DOUBTFUL


def _only_owner(
    index: Index,
    number: int,
    common: Collection[str],
    wanted: Collection[str],
    missing: Iterable[str],
    name: Name,
    free: frozenset[str],
) -> bool:
    """Whether all that is missing is whose it is, and what is there is telling enough without that."""
    parted = any(map(is_parted, common))
    if not parted and len(wanted) < 3:
        return False
    lacking = set(missing) - free if parted else set(missing)
    if not lacking:
        return True
    signs = index.phrases.parts(name.words, number)
    owned = {word for sign, form in signs if sign.startswith("#") for word in form}
    return lacking <= owned and not any(map(has_digit, lacking))


def covers(index: Index, number: int, words: Sequence[str]) -> bool:
    """Whether all the words are in names of the thing, give or take slips of the pen."""
    every = frozenset().union(*(content(name.words) for name in index.things[number].names))
    return all(
        word in every or any(_apart(word, other) < 9 for other in every)
        for word in content(words) - free_words(index.things[number].types)
    )


def confirms(index: Index, thing: Thing, words: Collection[str], named: Collection[int]) -> bool:
    """Whether words that follow a name say when or where the thing is or was made, as the data have it.

    ``named`` are the things that the words name as a whole.
    """
    left = {word for word in words if not (is_year(word) and word in thing.years)}
    if not left:
        return True
    if any(map(has_digit, left)):
        return False
    for place in named:
        other = index.things[place]
        if other.iri in thing.places or (other.places & thing.places and _is_place(thing)):
            return True
        if _is_place(thing) and _is_place(other) and not thing.places:
            return True
    return left <= _words_of(index, thing.places)


def _words_of(index: Index, places: Iterable[str]) -> frozenset[str]:
    numbers = [index.number[iri] for iri in places if iri in index.number]
    return frozenset(
        word for number in numbers for name in index.things[number].names for word in content(name.words)
    )


def is_act(thing: Thing) -> bool:
    """Whether a thing is a resolution or decision of a body."""
    return any(iri.endswith(("#GoverningBodyAct", "/GoverningBodyAct")) for iri in thing.types)


def _is_place(thing: Thing) -> bool:
    return any(iri.endswith(("#Place", "/Place")) for iri in thing.types)
