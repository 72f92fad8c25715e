"""What there is to find: things with their names, texts and types, and the tables to get at them.

``build`` makes an index from plain tuples; it is then only read, by any number of threads.
"""

import sys
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, permutations
from math import log
from typing import Any, NamedTuple

from kg.search.postings import Postings, Vocabulary, bits_of
from kg.search.words import SMALL, content, key, telling, texts

LABEL = "label"
ALTERNATIVE = "alternative"
IDENTIFIER = "identifier"
DESCRIPTION = "description"
ABSTRACT = "abstract"
LEFT_OUT = 9
"""The tier of classes that are no things to find."""
_PHRASE = 12
"""Words that a name has at most which stands for its thing inside other names."""
_MOST_WORDS = 200


class Entry(NamedTuple):
    """A text of a thing as the data have it; ``rank`` orders properties that mean the same, best first."""

    iri: str
    field: str
    text: str
    language: str
    rank: int = 0


class Name(NamedTuple):
    """What a thing is called: ``field`` is ``label`` or ``alternative``."""

    text: str
    language: str
    field: str
    rank: int
    words: tuple[str, ...]


class Text(NamedTuple):
    """What is said of a thing in a sentence: ``field`` is ``description`` or ``abstract``."""

    text: str
    language: str
    field: str


@dataclass(slots=True)
class Thing:
    """A thing: ``tier`` 0 is what people look for, 2 what only supports it; ``uses`` how much is said of it.

    ``types`` are its classes and all that are wider, ``codes`` its identifiers, case folded; ``years`` are
    those of its dates, ``places`` where it is or was made, ``leads`` who leads it.
    """

    iri: str
    names: tuple[Name, ...] = ()
    texts: tuple[Text, ...] = ()
    types: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    years: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    leads: frozenset[str] = frozenset()
    uses: int = 0
    tier: int = 0

    def label(self, rank: Callable[[str], int]) -> Name:
        """Return the name to show: the preferred one in the language whose ``rank`` is lowest."""
        labels = [name for name in self.names if name.field == LABEL] or list(self.names)
        return min(labels, key=lambda name: (name.rank, rank(name.language), name.text))

    def description(self, rank: Callable[[str], int]) -> Text | None:
        """Return the description in the best language, if there is one."""
        found = [text for text in self.texts if text.field == DESCRIPTION]
        return min(found, key=lambda text: (rank(text.language), text.text), default=None)


@dataclass(frozen=True)
class Index:
    """Things by number, in order of weight, and what leads to them; ``kinds`` are classes by their word."""

    things: Sequence[Thing]
    number: Mapping[str, int]
    types: Mapping[str, int]
    keys: Mapping[str, Sequence[int]]
    bags: Mapping[frozenset[str], Sequence[int]]
    identifiers: Mapping[str, Sequence[int]]
    names: Postings
    texts: Postings
    vocabulary: Vocabulary
    phrases: "Phrases"
    kinds: Mapping[str, Set[str]] = field(default_factory=dict)
    _sorted: Sequence[str] = field(default=(), repr=False)

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages of names."""
        return frozenset(name.language for thing in self.things for name in thing.names)

    @property
    def everything(self) -> int:
        """The set of all things."""
        return (1 << len(self.things)) - 1

    def beginning(self, start: str, most: int) -> list[int]:
        """Return the things that have a name which begins so, at most so many."""
        first = bisect_left(self._sorted, start)
        found: dict[int, None] = {}
        for name in islice(self._sorted, first, first + most):
            if not name.startswith(start):
                break
            found.update(dict.fromkeys(self.keys[name]))
        return list(found)[:most]

    def weight(self, word: str) -> float:
        """How telling a word is: the more, the fewer things have it in a name."""
        return log(1 + len(self.things) / (1 + self.names.frequency(word)))


class Phrases:
    """Names that stand for their thing inside other names, as CBD in "CBD Secretariat"."""

    def __init__(self) -> None:
        """Begin with none."""
        self._owner: dict[tuple[str, ...], int | None] = {}
        self._lengths: dict[str, set[int]] = {}

    def add(self, words: Sequence[str], thing: int) -> None:
        """Note a name; one that several things have stands for none."""
        form = telling(words)
        if not form or len(form) > _PHRASE:
            return
        # Short names in any order after the first word: adjectives follow their nouns in many languages.
        forms = {form} if len(form) > 4 else {(form[0], *rest) for rest in permutations(form[1:])}
        for one in forms:
            before = self._owner.get(one, thing)
            self._owner[one] = thing if before == thing else None
            self._lengths.setdefault(one[0], set()).add(len(one))

    def seal(self) -> None:
        """Say that all is noted: names made with names of other things, as "CBD COP", are taken apart."""
        made = [
            form
            for form, owner in self._owner.items()
            if owner is None or any(sign.startswith("#") for sign, _ in self.parts(form, owner))
        ]
        for form in made:
            del self._owner[form]

    def parts(self, words: Sequence[str], apart_from: int | None = None) -> list[tuple[str, tuple[str, ...]]]:
        """Return the words that carry meaning, each name of a thing in them as one: a sign, and its words.

        ``apart_from`` is a thing whose names stay as they are.
        """
        form = telling(words)
        found: list[tuple[str, tuple[str, ...]]] = []
        place = 0
        while place < len(form):
            for length in sorted(self._lengths.get(form[place], ()), reverse=True):
                owner = self._owner.get(form[place : place + length])
                if owner is not None and owner != apart_from and place + length <= len(form):
                    found.append((f"#{owner}", form[place : place + length]))
                    place += length
                    break
            else:
                found.append((form[place], form[place : place + 1]))
                place += 1
        return found

    def bag(self, words: Sequence[str], apart_from: int | None = None) -> frozenset[str]:
        """Return the words that carry meaning, in no order, each name in them replaced by its thing."""
        return frozenset(sign for sign, _ in self.parts(words, apart_from))


@dataclass(frozen=True)
class Source:
    """What an index is made of, as plain tuples.

    ``types`` pairs things with their classes, ``broader`` classes with wider ones; ``uses`` says how much is
    said of a thing, ``years`` and ``places`` when and where it is or was made, ``leads`` by whom.
    """

    entries: Iterable[Entry]
    types: Iterable[tuple[str, str]] = ()
    broader: Iterable[tuple[str, str]] = ()
    uses: Iterable[tuple[str, int]] = ()
    years: Iterable[tuple[str, str]] = ()
    places: Iterable[tuple[str, str]] = ()
    leads: Iterable[tuple[str, str]] = ()


def build(
    source: Source,
    tiers: Mapping[str, int] | None = None,
    speakers: Callable[[Sequence[str]], bool] = lambda _: True,
) -> Index:
    """Make an index.

    ``tiers`` gives classes of lower weight a number from 1; a thing is in the highest-numbered tier of its
    classes, and one that has classes of the tier LEFT_OUT only is no thing to find. ``speakers`` says whether
    names of things of these classes stand for the things inside other names.
    """
    ordered = sorted(_collected(source, tiers or {}), key=_weight)
    phrases = Phrases()
    for place, thing in enumerate(ordered):
        if thing.tier == 0 and speakers(thing.types):
            for name in thing.names:
                phrases.add(name.words, place)
    phrases.seal()
    keys: dict[str, list[int]] = defaultdict(list)
    bags: dict[frozenset[str], list[int]] = defaultdict(list)
    identifiers: dict[str, list[int]] = defaultdict(list)
    kinds: dict[str, list[int]] = defaultdict(list)
    names, sentences = Postings(), Postings()
    for place, thing in enumerate(ordered):
        for name in thing.names:
            names.add(place, name.words)
            _note(keys[key(name.words)], place)
            _note(bags[content(name.words)], place)
            owned = phrases.bag(name.words, place)
            if len(owned) > 1:  # one alone would be a name that two things have
                _note(bags[owned], place)
        for text in thing.texts:
            sentences.add(place, (word for word in texts(text.text, _MOST_WORDS) if word not in SMALL))
        for code in thing.codes:
            identifiers[code].append(place)
        for kind in thing.types:
            kinds[kind].append(place)
    names.seal()
    sentences.seal()
    numbers = {thing.iri: place for place, thing in enumerate(ordered)}
    called: dict[str, set[str]] = defaultdict(set)
    for kind in kinds.keys() & numbers.keys():
        for name in ordered[numbers[kind]].names:
            if len(name.words) == 1:
                called[name.words[0]].add(kind)
    return Index(
        ordered,
        numbers,
        {kind: bits_of(places) for kind, places in kinds.items()},
        dict(keys),
        dict(bags),
        dict(identifiers),
        names,
        sentences,
        Vocabulary({*names, *sentences}),
        phrases,
        dict(called),
        sorted(keys),
    )


def _note(places: list[int], place: int) -> None:
    if not places or places[-1] != place:
        places.append(place)


@dataclass(slots=True)
class _Draft:
    """A thing that is still being put together."""

    names: dict[tuple[str, str, str], Name] = field(default_factory=dict)
    texts: dict[Text, None] = field(default_factory=dict)
    codes: dict[str, None] = field(default_factory=dict)
    kinds: dict[str, None] = field(default_factory=dict)
    years: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    leads: set[str] = field(default_factory=set)
    uses: int = 0

    def add(self, entry: Entry) -> None:
        """Note one text."""
        if entry.field == IDENTIFIER:
            self.codes[entry.text.strip().casefold()] = None
        elif entry.field in (LABEL, ALTERNATIVE):
            form = (entry.field, entry.text, entry.language)
            before = self.names.get(form)
            if before is None or before.rank > entry.rank:
                parts = (
                    before.words
                    if before
                    else tuple(sys.intern(word) for word in texts(entry.text, _MOST_WORDS))
                )
                self.names[form] = Name(entry.text, entry.language, entry.field, entry.rank, parts)
        else:
            self.texts[Text(entry.text, entry.language, entry.field)] = None


def _collected(source: Source, tiers: Mapping[str, int]) -> list[Thing]:
    drafts: dict[str, _Draft] = {}
    for entry in source.entries:
        draft = drafts.get(entry.iri)
        if draft is None:
            draft = drafts[entry.iri] = _Draft()
        draft.add(entry)
    for iri, kind in source.types:
        if iri in drafts:
            drafts[iri].kinds[kind] = None
    for iri, count in source.uses:
        if iri in drafts:
            drafts[iri].uses += count
    for iri, year in source.years:
        if iri in drafts:
            drafts[iri].years.add(year)
    for iri, place in source.places:
        if iri in drafts:
            drafts[iri].places.add(place)
    for iri, lead in source.leads:
        if iri in drafts:
            drafts[iri].leads.add(lead)
    wider = closure(source.broader)
    found = []
    # Most things are of the same few classes, places and years: each is kept once.
    one: dict[object, Any] = {}
    for iri, draft in drafts.items():
        tier = _tier([tiers.get(kind, 0) for kind in draft.kinds])
        if draft.names and tier != LEFT_OUT:
            kinds = dict.fromkeys([*draft.kinds, *(above for kind in draft.kinds for above in wider(kind))])
            names = sorted(draft.names.values(), key=lambda name: (name.field != LABEL, name.rank))
            found.append(
                Thing(
                    iri,
                    tuple(names),
                    tuple(draft.texts),
                    one.setdefault(of := tuple(kinds), of),
                    tuple(draft.codes),
                    one.setdefault(years := frozenset(draft.years), years),
                    one.setdefault(places := frozenset(draft.places), places),
                    one.setdefault(leads := frozenset(draft.leads), leads),
                    draft.uses,
                    tier,
                )
            )
    return found


def _tier(tiers: Sequence[int]) -> int:
    if not tiers:
        return 1
    return max((tier for tier in tiers if tier != LEFT_OUT), default=LEFT_OUT)


def closure(broader: Iterable[tuple[str, str]]) -> Callable[[str], Iterable[str]]:
    """Return what gives all wider classes of a class, or values of a value."""
    above: dict[str, list[str]] = defaultdict(list)
    for narrow, wide in broader:
        above[narrow].append(wide)
    known: dict[str, list[str]] = {}

    def wider(kind: str) -> Iterable[str]:
        if kind not in known:
            found: dict[str, None] = {}
            ahead = list(above.get(kind, ()))
            while ahead:
                item = ahead.pop()
                if item not in found and item != kind:
                    found[item] = None
                    ahead += above.get(item, ())
            known[kind] = list(found)
        return known[kind]

    return wider


def _weight(thing: Thing) -> tuple[int, int, int, str]:
    """What is looked at first: what people look for, what has a short name, what much is said of."""
    return thing.tier, min(len(name.words) for name in thing.names), -thing.uses, thing.iri
