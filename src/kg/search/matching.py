"""Which thing a name in someone's list means, how sure that is, and why.

A name means a thing for certain when it is the thing's name but for spelling, order of words and small words;
when it is a name and its acronym, or two names of the thing together; or when a few letters are slips. A word
or a number too many makes it another name: "Max Planck Institute for Chemistry" is not our institute. And
where two things are about equally good, none is certain.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from itertools import islice

from kg.search.acts import is_provision, numbered
from kg.search.index import LABEL, Index, Name, Thing
from kg.search.likeness import (
    OWNER_LEFT_OUT,
    QUALIFIED,
    SAME_BAG,
    TWO_NAMES,
    Asked,
    all_free_words,
    confirms,
    covers,
    free_words,
    is_act,
    is_year,
    likeness,
)
from kg.search.postings import at_least, numbers
from kg.search.words import SMALL, content, has_digit, key, texts

CERTAIN = 0.935
"""From this value on a match is certain, if no other thing is near."""
_MARGIN = 0.015
_MUCH_MORE = 10
_TIER = 0.045
_TITLE_OF_AN_ACT = 0.02
"""An act is known by its number; its title alone is often the name of what it is about."""

_MOST_WORDS = 40
_FREQUENT = 1_500
_LOOKED_AT = 60

_SAME_NAME, _BOTH_PARTS, _BY_CODE, _BY_SHORT_CODE, _CASE_DIFFERS = 1.0, 0.985, 0.99, 0.9, 0.9
_BRACKETS = re.compile(r"[(\[（]([^()\[\]（）]*)[)\]）]")
_OR = re.compile(r"\s*[,;/]\s*|\s+(?:or|ou|o|oder|или)\s+")
_QUOTES = " \t\"'“”„«»‘’.,;:"

Best = dict[int, tuple[float, Name]]


@dataclass(frozen=True)
class Candidate:
    """A thing that a name may mean: ``value`` from 0 to 1, whether it is certain, and the name that fits.

    ``name_value`` is the value by names alone, before the weight of the thing, types and properties count.
    """

    thing: Thing
    value: float
    name: Name
    certain: bool
    name_value: float


def match(index: Index, query: str, *, within: int | None = None, typed: bool = False) -> list[Candidate]:
    """Return the things that a name may mean, best first, the first marked where it is certain.

    ``within`` is the set of things that come into question; ``typed`` says that it is narrow because a class
    was asked for, so that short codes as FR count.
    """
    text = " ".join(query.split()).strip(_QUOTES)
    allowed = index.everything if within is None else within
    asked = texts(text, _MOST_WORDS)
    if not asked or not allowed:
        return []
    best: Best = {}
    for found in (
        _same(index, text, asked),
        _coded(index, query.strip(), typed=typed),
        _parted(index, text),
        _listed(index, text),
        numbered(index, text, asked),
        _begun(index, asked),
    ):
        _better(best, found, allowed)
    _better(best, _by_words(index, asked, best, allowed), allowed)
    return decide(
        Candidate(thing, max(0.0, value - _less(thing, name)), name, False, value)
        for thing, value, name in ((index.things[number], *rest) for number, rest in best.items())
    )


def decide(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Put candidates in order, and mark the first where it is certain."""
    ordered = sorted(
        candidates, key=lambda item: (-item.value, item.thing.tier, -item.thing.uses, item.thing.iri)
    )
    if not ordered:
        return []
    first = ordered[0]
    near = [item for item in ordered[1:] if item.value > first.value - _MARGIN]
    # Two things of one name: certain only when hardly anything is said of the others.
    clear = not near or first.thing.uses >= _MUCH_MORE * max(item.thing.uses for item in near)
    certain = first.value >= CERTAIN and clear
    return [replace(item, certain=certain and item is first) for item in ordered]


def _less(thing: Thing, name: Name) -> float:
    """What a thing loses: records of sources are meant less often than what they are about."""
    titled = is_act(thing) and not any(map(has_digit, name.words))
    return _TIER * thing.tier + (_TITLE_OF_AN_ACT if titled or is_provision(thing) else 0.0)


def _better(best: Best, found: Mapping[int, tuple[float, Name]], allowed: int) -> None:
    for number, (value, name) in found.items():
        if allowed >> number & 1 and (number not in best or best[number][0] < value):
            best[number] = (value, name)


# ---- the name as it is
# ------------------------------------------------------------------------------------------


def _same(index: Index, text: str, asked: Sequence[str]) -> Best:
    """The things whose name this is, but for spelling, order, small words and names of others in it."""
    same: Best = {}
    joined = key(asked)
    if joined.startswith("un") and joined not in index.keys:
        joined = joined.removeprefix("un")  # UNCBD, and the UN's
    for number in index.keys.get(joined, ()):
        names = [name for name in index.things[number].names if key(name.words) == joined]
        same[number] = max(((_exactly(name, text), name) for name in names), key=lambda item: item[0])
    if len(joined) <= 2:
        return same
    for form in _forms(index, asked):
        years = frozenset(filter(is_year, form))
        for bare in {form, form - years} - {frozenset()}:
            for number, worth in _of_bag(index, bare):
                thing = index.things[number]
                if bare == form or years <= thing.years:
                    value = worth if bare == form else min(worth, QUALIFIED)
                    if number not in same or same[number][0] < value:
                        same[number] = (value, _named(thing, bare))
    return same


def _forms(index: Index, asked: Sequence[str]) -> set[frozenset[str]]:
    """The words in no order: as they are, with names of things as one, and with all but one of those so."""
    parts = index.phrases.parts(asked)
    forms = {content(asked), frozenset(sign for sign, _ in parts)}
    owners = [place for place, (sign, _) in enumerate(parts) if sign.startswith("#")]
    for kept in owners[:4]:
        forms.add(
            frozenset(
                word
                for place, (sign, form) in enumerate(parts)
                for word in (form if place == kept else (sign,))
            )
        )
    return forms


def _of_bag(index: Index, form: frozenset[str]) -> Iterable[tuple[int, float]]:
    for number in index.bags.get(form, ()):
        yield number, SAME_BAG
    for free in all_free_words():
        bare = form - free
        if bare and bare != form:
            for number in index.bags.get(bare, ()):
                if form & free <= free_words(index.things[number].types):
                    yield number, TWO_NAMES


def _named(thing: Thing, form: frozenset[str]) -> Name:
    return next((name for name in thing.names if content(name.words) == form), thing.names[0])


def _exactly(name: Name, text: str) -> float:
    """An acronym of two letters is one in capitals only. A label is a little better than others."""
    if name.text.isupper() and len(name.text) <= 2 and not text.isupper():
        return _CASE_DIFFERS
    return _SAME_NAME if name.field == LABEL else _SAME_NAME - 0.002


def _coded(index: Index, text: str, *, typed: bool) -> Best:
    safe = typed or (len(text) >= 5 and has_digit(text))
    value = _BY_CODE if safe else _BY_SHORT_CODE
    return {
        number: (value, index.things[number].names[0])
        for number in index.identifiers.get(text.casefold(), ())
    }


def _begun(index: Index, asked: Sequence[str]) -> Best:
    """Places by the beginning of a longer name that goes on with "of": "Estados Unidos" (de América)."""
    found: Best = {}
    if len(asked) < 2:
        return found
    start = tuple(asked)
    for number in index.beginning(key(asked), 20):
        thing = index.things[number]
        if _is_place(thing):
            for name in thing.names:
                if (
                    name.words[: len(start)] == start
                    and name.words[len(start) : len(start) + 1]
                    and (name.words[len(start)] in SMALL)
                ):
                    found[number] = (QUALIFIED, name)
    return found


# ---- a name with something in brackets, or after a dash
# ----------------------------------------------------------


def _parted(index: Index, text: str) -> Best:
    """A name and its acronym, or a name and what tells it from others."""
    found: Best = {}
    for main, extra in _cuts(text):
        asked, more = texts(main, _MOST_WORDS), texts(extra, _MOST_WORDS)
        if not asked or not more:
            continue
        first, second = _same(index, main, asked), _same(index, extra, more)
        for part in _OR.split(extra):
            if part != extra and (other := texts(part, _MOST_WORDS)):
                second = {**_same(index, part, other), **second}
        for number, (value, name) in first.items():
            if number in second:
                worth = _BOTH_PARTS
            else:
                worth = min(value, _worth(index, number, asked, extra, second))
            found[number] = max(found.get(number, (0.0, name)), (worth, name), key=lambda item: item[0])
        if not first:
            found.update(_titled_targets(index, asked, content(more)))
        for number, (value, name) in second.items():
            if number not in first and value >= SAME_BAG:
                like = likeness(index, number, Asked.of(index, asked))[0]
                if like >= OWNER_LEFT_OUT - 0.01 or (not first and covers(index, number, asked)):
                    found[number] = (_BOTH_PARTS - 0.005, name)
    return found


def _cuts(text: str) -> Iterable[tuple[str, str]]:
    brackets = _BRACKETS.findall(text)
    if brackets:
        yield _BRACKETS.sub(" ", text), " ".join(brackets)
        return
    numbered = re.match(r"(.*\d)\. (?=[A-Z])(.*)", text)
    if numbered:
        yield numbered[1], numbered[2]
        return
    for dash in (" : ", ": ", " – ", " — ", " - ", "- ", ", "):
        main, found, extra = text.partition(dash)
        if found:
            yield main, extra
            return


def _worth(
    index: Index,
    number: int,
    asked: Sequence[str],
    extra: str,
    second: Mapping[int, tuple[float, Name]],
) -> float:
    """How sure the name in front is, given what follows it and is no name of the same thing."""
    thing = index.things[number]
    words = content(texts(extra, _MOST_WORDS))
    if words <= free_words(thing.types) or confirms(index, thing, words, second):
        return QUALIFIED
    if _is_titled(thing, words, full="sdg" in asked or len(content(asked)) > 2):
        return QUALIFIED
    if any(map(has_digit, words)):
        return 0.7
    if len(words) == 1 and _is_acronym(next(iter(words)), [word[0] for word in asked if word not in SMALL]):
        return QUALIFIED
    if not second and _is_made_of(extra, asked):
        return QUALIFIED
    if not second and _is_unknown_acronym(extra) and (len(content(asked)) > 3 or _is_treaty(thing)):
        return QUALIFIED  # that of another language
    return 0.85 if second else 0.88


def _titled_targets(index: Index, asked: Sequence[str], title: frozenset[str]) -> Best:
    """Targets by number and title, whoever set them: "Target 3: Conserve …"."""
    form = content(asked)
    found: Best = {}
    for word in filter(has_digit, form):
        for number in index.names.things(word):
            thing = index.things[number]
            for name in thing.names:
                if form <= content(name.words) and _is_titled(thing, title):
                    found[number] = (QUALIFIED, name)
    return found if len(found) == 1 else {}


def _is_titled(thing: Thing, words: frozenset[str], *, full: bool = False) -> bool:
    """Whether words are the title of a target: after its full name any, else as far as what is said tells."""
    if not any(iri.endswith(("#Target", "/Target")) for iri in thing.types):
        return False
    said = content(word for text in thing.texts for word in texts(text.text))
    return not any(map(has_digit, words)) and (full or len(words & said) * 4 >= len(words))


def _is_made_of(text: str, asked: Sequence[str]) -> bool:
    """Whether a word such as ScC abbreviates a name: with capitals, an initial first, letters in order."""
    letters = text.strip()
    if not (letters.isalpha() and 2 < len(letters) < 9 and sum(map(str.isupper, letters)) >= 2):
        return False
    low = letters.lower()
    for place, word in enumerate(asked):
        if word.startswith(low[0]):
            left = iter("".join(asked[place:]))
            if all(letter in left for letter in low):
                return True
    return False


def _is_unknown_acronym(text: str) -> bool:
    letters = text.strip().replace("-", "")
    return letters.isalpha() and letters.isupper() and 2 < len(letters) < 9


def _is_treaty(thing: Thing) -> bool:
    return any(iri.endswith(("#Instrument", "/Instrument")) for iri in thing.types)


def _is_acronym(word: str, initials: Sequence[str]) -> bool:
    """Whether a word is made of initials, in their order; an s at its end is a plural."""
    left = iter(initials)
    letters = word.removesuffix("s") if len(word) > 3 else word
    return len(letters) >= 3 and all(letter in left for letter in letters)


def _listed(index: Index, text: str) -> Best:
    """A name, its acronym and a country, as lists of members have them: "Name (ACR) / Country"."""
    main, slash, place = text.rpartition(" / ")
    if not slash or not any(_is_place(index.things[number]) for number in _same(index, place, texts(place))):
        return {}
    return {
        number: (QUALIFIED, name)
        for number, (value, name) in _parted(index, main).items()
        if value >= QUALIFIED
    }


def _is_place(thing: Thing) -> bool:
    return any(iri.endswith(("#Place", "/Place")) for iri in thing.types)


# ---- words in common
# ---------------------------------------------------------------------------------------------


def _by_words(index: Index, asked: Sequence[str], best: Best, allowed: int) -> Best:
    form = Asked.of(index, asked)
    shared: dict[int, float] = {}
    sets = []
    for word in {*form.words, *asked} - SMALL:
        near = [word]
        if word not in index.names:
            near += [other for other, _ in index.vocabulary.alike(word)]
        for other in near:
            if index.names.frequency(other) <= _FREQUENT:
                for number in index.names.things(other):
                    shared[number] = shared.get(number, 0.0) + index.weight(other)
        sets.append(index.names.bits(near))
    rated = (number for number in shared if allowed >> number & 1)
    close = dict.fromkeys(nlargest(_LOOKED_AT, rated, key=lambda number: (shared[number], -number)))
    counted = at_least(sets, index.everything)
    for k in range(len(sets), len(sets) // 2, -1):
        if len(close) < 2 * _LOOKED_AT:
            close.update(dict.fromkeys(islice(numbers(counted[k] & allowed), _LOOKED_AT // 4)))
    return {
        number: likeness(index, number, form)
        for number in close
        if number not in best or best[number][0] < SAME_BAG
    }
