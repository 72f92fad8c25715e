"""Answers a search: exact names first, then names that begin so, words, slips of the pen, descriptions.

However many things there are, only so many are looked at closely: sets of bits say which things have the
words at all, and the order of the index which of them come first.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from itertools import islice

from rapidfuzz.distance import OSA

from kg.search.index import IDENTIFIER, LABEL, Index, Name, Text, Thing
from kg.search.postings import at_least, numbers
from kg.search.words import SMALL, has_digit, key, numbered, words

_MOST_WORDS = 24
_LOOKED_AT = 200
_BEGINNINGS = 100
_EXCERPT = 300
_NEAREST = 5
_SHORT = 3
"""Letters of a word that is too short for slips, but for two letters changed over."""

_EXACT, _EXACT_ALTERNATIVE, _BY_IDENTIFIER = 100.0, 97.0, 98.0
_BEGINS, _ALL_WORDS, _WITH_SLIPS = 80.0, 60.0, 40.0
_ALIKE = 0.85
"""How much of a name as a whole must be the same, where not all of its words are told by slips."""
_TIER = 2.0
_KIND = 0.85
"""How good it is that a thing is of the kind that a word names, where 1 is the word itself."""


@dataclass(frozen=True)
class Hit:
    """A thing that is found, how well (0 to 100), and where: ``highlights`` are places in ``text``."""

    thing: Thing
    score: float
    field: str
    text: str
    language: str
    highlights: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class _Wanted:
    """A word that is asked for: the words that count as it, and how good each is (1 is the word itself).

    ``kinds`` are the classes that it names: beside other words it may stand for what a thing is.
    """

    word: str
    others: dict[str, float]
    kinds: Set[str] = frozenset()


@dataclass(frozen=True)
class _Question:
    """What is asked: the text, its words joined, and the words with all that counts as them."""

    text: str
    joined: str
    wanted: Sequence[_Wanted]
    telling: Sequence[_Wanted] = field(default=())


@dataclass(frozen=True)
class Found:
    """What a search finds: how many things, the hits on the page, and all that count as a set of bits.

    ``others`` has, for each word of the query that none of them has, the words that were taken for it.
    """

    total: int
    hits: Sequence[Hit]
    things: int
    others: Mapping[str, Set[str]]


def search(
    index: Index, query: str, *, within: int | None = None, limit: int = 10, offset: int = 0
) -> tuple[int, list[Hit]]:
    """Find things by a text: how many there are, and those from ``offset`` on, best first.

    ``within`` is the set of things to look among, as bits; None is all. All words must be there, in names or
    descriptions, the last may be a beginning; where no thing has all of them, those are found that have most.
    """
    found = find(index, query, within=within, limit=limit, offset=offset)
    return found.total, list(found.hits)


def find(index: Index, query: str, *, within: int | None = None, limit: int = 10, offset: int = 0) -> Found:
    """Do the same as ``search``, and tell more of it."""
    asked = [word.text for word in words(query, _MOST_WORDS)]
    allowed = index.everything if within is None else within
    question = _question(index, query, asked)
    first = _first(index, question, allowed)
    named, said = _sets(index, question)
    if asked and not (said & allowed or first):
        question = _question(index, query, asked, slips=True)
        named, said = _sets(index, question)
    named, said = named & allowed, said & allowed
    close = dict.fromkeys(first)
    close.update(dict.fromkeys(islice(numbers(named), _LOOKED_AT)))
    close.update(dict.fromkeys(islice(numbers(said & ~named), max(0, _LOOKED_AT - len(close)))))
    found = sorted(
        (_judged(index.things[number], question) for number in close),
        key=lambda hit: (-hit.score, hit.thing.tier, -hit.thing.uses, hit.thing.iri),
    )
    known = sum(1 << number for number in close)
    every = named | said | known
    total = every.bit_count()
    hits = found[offset : offset + limit]
    if len(hits) < limit and total > len(found):
        begin = max(0, offset - len(found))
        rest = islice(_each(named & ~known, said & ~named & ~known), begin, begin + limit - len(hits))
        least = found[-1].score if found else _EXACT
        more = (_judged(index.things[number], question) for number in rest)
        hits += [replace(hit, score=min(hit.score, least)) for hit in more]
    others = {}
    for item in question.telling:
        meant = [other for other in item.others if other.startswith(item.word)]
        if not (index.names.bits(meant) | index.texts.bits(meant)) & every:
            others[item.word] = frozenset(
                other
                for other in item.others.keys() - meant
                if (index.names.bits([other]) | index.texts.bits([other])) & every
            )
    return Found(total, [_marked(hit, question) for hit in hits], every, others)


def nearest(index: Index, query: str, most: int) -> list[Thing]:
    """Return the things whose names are written most like a text, however unlike; for one that finds none."""
    found: dict[int, float] = {}
    for word in dict.fromkeys(word.text for word in words(query, _MOST_WORDS)):
        for other, likeness in index.vocabulary.nearest(word, _NEAREST):
            for number in islice(index.names.things(other), most):
                found[number] = found.get(number, 0.0) + likeness
    best = nsmallest(most, found, key=lambda number: (-found[number], number))
    return [index.things[number] for number in best]


def _each(*sets: int) -> Iterator[int]:
    for item in sets:
        yield from numbers(item)


def _question(index: Index, query: str, asked: Sequence[str], *, slips: bool = False) -> _Question:
    wanted = [
        _wanted(index, word, last=place == len(asked) - 1, slips=slips) for place, word in enumerate(asked)
    ]
    telling = [item for item in wanted if item.word not in SMALL] or wanted
    return _Question(query.strip(), key(asked), wanted, telling)


def _wanted(index: Index, word: str, *, last: bool, slips: bool) -> _Wanted:
    others = {word: 1.0}
    others |= {form: 0.95 for form in numbered(word) if form in index.names or form in index.texts}
    begun = index.vocabulary.beginning(word, index.names) if len(word) >= 2 else []
    if last:
        others = dict.fromkeys(begun, 0.9) | others
    known = word in index.names or word in index.texts or len(others) > 1
    if slips or not known:
        for other, apart in index.vocabulary.alike(word):
            others.setdefault(other, 0.7 if apart == 1 else 0.6)
        for other in index.vocabulary.swapped(word) if len(word) == _SHORT and not has_digit(word) else ():
            others.setdefault(other, 0.6)
    if not known:
        others = dict.fromkeys(begun, 0.5) | others
    named = (index.kinds.get(form, frozenset()) for form in (word, *numbered(word)))
    return _Wanted(word, others, frozenset().union(*named))


def _sets(index: Index, question: _Question) -> tuple[int, int]:
    """The things that have as many of the words as any has: in names, and in names or texts."""
    telling = question.telling
    if not telling:
        return 0, 0
    named = [index.names.bits(item.others) for item in telling]
    either = [bits | index.texts.bits(item.others) for bits, item in zip(named, telling, strict=True)]
    kinds = [_of_kinds(index, item) for item in telling]
    some = at_least(either, index.everything)[1]
    counted = [
        bits & some
        for bits in at_least([a | b for a, b in zip(either, kinds, strict=True)], index.everything)
    ]
    most = next((k for k in range(len(telling), 0, -1) if counted[k]), 0)
    if most < (len(telling) + 1) // 2:
        return 0, 0
    return at_least(named, index.everything)[most], counted[most]


def _of_kinds(index: Index, item: _Wanted) -> int:
    """The things of the classes that a word names."""
    found = 0
    for kind in item.kinds:
        found |= index.types[kind]
    return found


def _first(index: Index, question: _Question, allowed: int) -> list[int]:
    """Things that are called so, or whose name begins so."""
    found = list(index.identifiers.get(question.text.casefold(), ()))
    if question.joined:
        found += index.keys.get(question.joined, ())
    if len(question.joined) >= 2:
        found += index.beginning(question.joined, _BEGINNINGS)
    return [number for number in dict.fromkeys(found) if allowed >> number & 1]


# ---- how good a thing is
# --------------------------------------------------------------------------------------


def _judged(thing: Thing, question: _Question) -> Hit:
    """How good a thing is: records of sources and what only supports others come a little later."""
    hit = _rated(thing, question)
    return replace(hit, score=max(0.0, hit.score - _TIER * thing.tier)) if thing.tier else hit


def _rated(thing: Thing, question: _Question) -> Hit:
    score, name = max(
        ((_of_name(name, question, thing.types), name) for name in thing.names), key=lambda item: item[0]
    )
    if score < _BY_IDENTIFIER and question.text.casefold() in thing.codes:
        return Hit(thing, _BY_IDENTIFIER, IDENTIFIER, question.text, "")
    if score < _WITH_SLIPS and thing.texts:
        said, text = max(((_of_text(text, question), text) for text in thing.texts), key=lambda item: item[0])
        if said > score:
            return Hit(thing, said, text.field, text.text, text.language)
    return Hit(thing, score, name.field, name.text, name.language)


def _of_name(name: Name, question: _Question, types: Sequence[str]) -> float:
    own = key(name.words)
    if own == question.joined:
        return _EXACT if name.field == LABEL else _EXACT_ALTERNATIVE
    best = 2.0 if name.field == LABEL else 0.0
    if own.startswith(question.joined):
        return _BEGINS + best + 8.0 * len(question.joined) / len(own)
    have = set(name.words)
    quality = [_quality(item.others, have) for item in question.telling]
    if not any(quality):
        return 0.0
    quality = [
        value or (0.0 if item.kinds.isdisjoint(types) else _KIND)
        for value, item in zip(quality, question.telling, strict=True)
    ]
    there = sum(1 for value in quality if value)
    worth = sum(quality) / len(quality)
    length = min(1.0, len(question.telling) / len(have))
    if there < len(quality):
        share = there / len(quality)
        whole = OSA.normalized_similarity(own, question.joined, score_cutoff=_ALIKE)
        return max(32.0 * share * share * worth, whole and _WITH_SLIPS + 8.0 * whole)
    floor = _ALL_WORDS if min(quality) > 0.8 else _WITH_SLIPS
    return floor + best + 8.0 * worth + 8.0 * length


def _of_text(text: Text, question: _Question) -> float:
    have = {word.text for word in words(text.text)}
    quality = [_quality(item.others, have) for item in question.telling]
    share = sum(1 for value in quality if value) / max(1, len(quality))
    return 30.0 * share * share * sum(quality) / max(1, len(quality))


def _quality(others: dict[str, float], have: set[str]) -> float:
    if len(others) < len(have):
        return max((value for word, value in others.items() if word in have), default=0.0)
    return max((others.get(word, 0.0) for word in have), default=0.0)


# ---- what is shown of it
# --------------------------------------------------------------------------------------


def _marked(hit: Hit, question: _Question) -> Hit:
    """Mark the words that were asked for; of a long text only the part around the first is given."""
    text = hit.text
    places = _places(text, question)
    if not places and hit.score >= _EXACT_ALTERNATIVE:
        places = [(0, len(text))]
    if len(text) > _EXCERPT:
        begin = max(0, places[0][0] - 60) if places else 0
        begin = text.rfind(" ", 0, begin) + 1
        end = min(len(text), begin + _EXCERPT)
        if end < len(text) and " " in text[begin + 60 : end]:
            end = text.rindex(" ", begin, end)
        head, tail = "…" if begin else "", "…" if end < len(text) else ""
        shift = begin - len(head)
        places = [(start - shift, stop - shift) for start, stop in places if begin <= start and stop <= end]
        text = head + text[begin:end] + tail
    return Hit(hit.thing, round(hit.score, 1), hit.field, text, hit.language, tuple(places))


def _places(text: str, question: _Question) -> list[tuple[int, int]]:
    every = {word for item in question.telling for word in item.others}
    found: list[tuple[int, int]] = []
    for word in words(text):
        if word.text not in every:
            continue
        if found and word.start < found[-1][1]:
            found[-1] = (found[-1][0], word.end)
        else:
            found.append((word.start, word.end))
    return found
