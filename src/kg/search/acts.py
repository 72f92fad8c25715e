"""Resolutions and decisions by their number, in whatever words around it.

A number such as 12.26 or IX/20 belongs to few acts. It means one of them when no other body, meeting or
number is named with it, and when what else is said is its title.
"""

import re
from collections.abc import Iterable, Sequence

from kg.search.index import Index, Name, Thing
from kg.search.likeness import QUALIFIED, SAME_BAG, is_act, is_parted
from kg.search.words import content, has_digit, texts

_MOST_WORDS = 40
_DATE = re.compile(
    r"(?:\b(?:of|du|de|del)\s+)?\b\d{1,2}\.?\s+(?:de\s+)?[^\W\d]{3,10}\s+(?:de\s+)?((?:19|20)\d\d)\b"
)
_TITLED = re.compile(r"(?<=\d)\W+(?:on|concerning|sur|sobre|über)\s", re.IGNORECASE)
_ACT = frozenset(("resolution", "decision", "recommendation", "cop"))


def numbered(index: Index, text: str, asked: Sequence[str]) -> dict[int, tuple[float, Name]]:
    """An act by its number, with the name of its body, its meeting or its title, in whatever order."""
    dated = _DATE.search(text)
    asked = texts(_DATE.sub(" ", text), _MOST_WORDS) if dated else asked
    parted = [word for word in asked if is_parted(word)]
    if len(parted) != 1:
        return {}
    acts = [
        (number, name)
        for number, name in _with_number(index, parted[0], asked)
        if not dated or dated[1] in index.things[number].years
    ]
    # Titles are told of one form of an act only, the first or the revised.
    every = content(
        word
        for number, _ in acts
        for words in (
            *(name.words for name in index.things[number].names),
            *(texts(said.text) for said in index.things[number].texts),
        )
        for word in words
    )
    body = texts(_TITLED.split(text)[0], _MOST_WORDS)
    named = {sign for sign, _ in index.phrases.parts(body) if sign.startswith("#")}
    found: dict[int, tuple[float, Name]] = {}
    for number, name in acts:
        names = index.things[number].names
        owners = {sign for one in names for sign, _ in index.phrases.parts(one.words) if sign.startswith("#")}
        more = content(asked) - content(name.words) - _ACT - _session(parted[0])
        more -= {word for sign, form in index.phrases.parts(asked) if sign in owners for word in form}
        strange = {word for word in more if word not in every}
        if any(map(has_digit, strange)) or any(_is_capital(word, text) for word in strange):
            continue  # another meeting or another body
        if not _said(index, named - owners, every):
            continue
        said = len(more - strange)
        if (not more or said * 3 >= len(more)) and (_ACT.intersection(asked) or said > 2):
            found[number] = (QUALIFIED if more else SAME_BAG, name)
    # Without "Rev.COP13" the first form of an act is meant, where there are both.
    plain = {
        number for number, (_, name) in found.items() if set(filter(has_digit, name.words)) <= set(asked)
    }
    found = {number: found[number] for number in plain} if plain else found
    return found if len(found) == 1 else {}


def _with_number(index: Index, wanted: str, asked: Sequence[str]) -> Iterable[tuple[int, Name]]:
    """Acts and parts of acts with a number, and the name it stands in; of another part none."""
    letters = {word for word in asked if len(word) == 1 and not word.isdigit()}
    for number in index.names.things(wanted):
        thing = index.things[number]
        if is_act(thing) or is_provision(thing):
            name = next(name for name in thing.names if wanted in name.words)
            if letters == {word for word in name.words if len(word) == 1 and not word.isdigit()}:
                yield number, name


def is_provision(thing: Thing) -> bool:
    """Whether a thing is a part of an act."""
    return any(iri.endswith(("#Provision", "/Provision")) for iri in thing.types)


def _session(number: str) -> frozenset[str]:
    """The number of the meeting that an act's own number begins with: 9 of IX/20, 13 of 13.113."""
    first = re.split("[./]", number)[0]
    if first.isdecimal():
        return frozenset((first,))
    values = [{"i": 1, "v": 5, "x": 10, "l": 50}.get(letter, 0) for letter in first]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return frozenset((first, str(sum(value if value >= after else -value for value, after in pairs))))


def _is_capital(word: str, text: str) -> bool:
    """Whether a word stands in capitals in a text that is not all in capitals: an acronym."""
    return not text.isupper() and re.search(rf"(?<!\w){re.escape(word.upper())}(?!\w)", text) is not None


def _said(index: Index, signs: Iterable[str], every: frozenset[str]) -> bool:
    """Whether the things that are named are named in the words of another as well."""
    return all(
        any(content(name.words) <= every for name in index.things[int(sign[1:])].names) for sign in signs
    )
