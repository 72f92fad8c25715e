"""Words of a text as they are compared: case, diacritics, punctuation and small spelling habits do not count.

A text of any script becomes words with their places in it. Where a script does not part words (Chinese,
Japanese, Thai …), every two neighbouring characters are a word.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Set
from functools import lru_cache
from typing import NamedTuple

from kg.search.languages import ENGLISH

_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1ab0-\u1aff\u20d0-\u20ff"
)
_LETTERS = rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*"
_PATTERN = re.compile(
    rf"""(?P<dotted>(?:[^\W\d_]\.){{2,}})                   # U.N.
    |(?P<number>(?<![\w])(?:\d+|[IVXL]+)(?:[./](?:\d+|[IVXL]+))+(?![^\W\d_]))   # 12.26, 75/271, XII.2
    |(?P<target>(?<![^\W_])[tT](?=\d{{1,2}}(?![\w.])))      # the T of T3
    |(?P<digits>\d+)(?:(?:st|nd|rd|th|er|e|[eè]re|[eè]me|[ºª])(?![^\W_]))?        # 5, 5th
    |(?P<letters>{_LETTERS})(?P<own>['’]s(?![^\W_]))?
    |(?P<and>[&+])""",
    re.VERBOSE,
)
_UNPARTED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+"
)
_NOUGHTS = re.compile(r"(?<![0-9])0+(?=[0-9])")  # 12.07 is 12.7
_PLAIN = re.compile("[A-Za-z]+")
_ODD = re.compile(r"[0-9_&+/']|\.\w")  # what takes more than letters to read
_LETTERS_APART = str.maketrans(
    {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h",
     "ة": "ه", "ى": "ي", "ـ": "", "ک": "ك", "ی": "ي"}
)  # fmt: skip

_LITTLE = frozenset(["the", "le", "la", "les", "el", "los", "las", "der", "die", "das", "and", "et", "und"])
_NUMBERED = 4
"""Letters of a word at least that is also looked for in the plural: not of an acronym."""
_LONE = frozenset("lydи")  # articles and "and" of one letter, where they stand alone in lower case
SMALL = frozenset(
    [
        "of",
        "on",
        "for",
        "to",
        "in",
        "at",
        "by",
        "with",
        "from",
        "or",
        "as",
        "de",
        "des",
        "du",
        "en",
        "sur",
        "pour",
        "dans",
        "par",
        "aux",
        "au",
        "del",
        "para",
        "por",
        "sobre",
        "von",
        "zur",
        "zum",
        "zu",
        "im",
        "fur",
        "di",
        "da",
        "do",
        "dos",
        "della",
        "delle",
        "по",
        "на",
        "no",
        "number",
    ]
)
"""Words that carry little: they need not be there for two names to mean the same."""

_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth",
    "premiere deuxieme troisieme quatrieme cinquieme sixieme septieme huitieme neuvieme dixieme onzieme "
    "douzieme treizieme quatorzieme quinzieme seizieme",
    "primera segunda tercera cuarta quinta sexta septima octava novena decima undecima duodecima "
    "decimotercera decimocuarta decimoquinta decimosexta",
)
_SAME = {
    "center": "centre",
    "centers": "centres",
    "program": "programme",
    "programs": "programmes",
    "organization": "organisation",
    "organizations": "organisations",
    "behavior": "behaviour",
    "res": "resolution",
    "sdgs": "sdg",
    "odd": "sdg",
    "ods": "sdg",
    "цур": "sdg",
    "resolucion": "resolution",
    "dec": "decision",
    "rep": "republic",
    "dem": "democratic",
    "cdp": "cop",
    "doc": "document",
    "intl": "international",
    "dept": "department",
    "govt": "government",
    "univ": "university",
    "st": "saint",
    "resolutions": "resolution",
    "decisions": "decision",
    **{word: str(number) for line in _ORDINALS for number, word in enumerate(line.split(), start=1)},
}
# What is said in several words or in one, and words of other languages.
_PHRASES = {
    **ENGLISH,
    **{
        tuple(words.split()): word
        for word, phrases in {
            "un": "united nations,nations unies,naciones unidas,vereinte nationen,vereinten nationen",
            "cop": "conference parties,conference contracting parties,conferencia partes,"
            "conferencia partes contratantes,conference parties contractantes,conference cop",
            "us": "united states america,united states,estados unidos america,estados unidos",
            "sdg": "objectif developpement durable,objetivo desarrollo sostenible,"
            "objetivo desenvolvimento sustentavel,ziel nachhaltige entwicklung",
            "biodiversity": "biological diversity,diversite biologique,diversidad biologica",
            "global": "world",
        }.items()
        for words in phrases.split(",")
    },
}


class Word(NamedTuple):
    """A word as it is compared, and where it stands: ``text[start:end]``."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=65_536)
def fold(text: str) -> str:
    """Return the text without case, diacritics and other forms of the same letters (NFKD, case folded)."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS_APART)


def words(text: str, most: int = 1_000) -> list[Word]:
    """Return the words of a text, articles and "and" left out (unless there is nothing else)."""
    return _words(text, most, _LITTLE) or _words(text, most, frozenset())


def texts(text: str, most: int = 1_000) -> list[str]:
    """Return the words of a text without their places."""
    return [word.text for word in words(text, most)]


def key(parts: Iterable[str]) -> str:
    """Return what all spellings of a name have in common: its words, joined."""
    return "".join(parts)


def telling(parts: Iterable[str]) -> tuple[str, ...]:
    """Return the words that carry meaning, in order, fixed phrases as one word; all if none carries any.

    Common words of other languages become English ones. "UN" carries meaning only where nothing else does:
    treaties and bodies bear it or not.
    """
    return _telling(tuple(parts))


@lru_cache(maxsize=65_536)
def _telling(parts: tuple[str, ...]) -> tuple[str, ...]:
    long = [part for part in parts if part not in SMALL]
    found: list[str] = []
    while long:
        length = next((size for size in (3, 2) if tuple(long[:size]) in _PHRASES), 1)
        found.append(_PHRASES.get(tuple(long[:length]), long[0]))
        del long[:length]
    return tuple(part for part in found if part != "un") or tuple(found) or parts


def content(parts: Iterable[str]) -> frozenset[str]:
    """Return the words that carry meaning, in no order."""
    return frozenset(telling(parts))


@lru_cache(maxsize=65_536)
def has_digit(word: str) -> bool:
    """Whether the word is or holds a number, which is never a slip of the pen."""
    return not word.isalpha() and any(char.isdigit() for char in word)


def numbered(word: str) -> Iterator[str]:
    """Yield what an English word may be in the singular, if it is a plural, or in the plural."""
    if len(word) < _NUMBERED or not word.isalpha():
        return
    if word.endswith("ies"):
        yield word[:-3] + "y"
    if word.endswith("y"):
        yield word[:-1] + "ies"
    yield word[:-1] if word.endswith("s") else word + "s"


def _words(text: str, most: int, little: Set[str]) -> list[Word]:
    if text.isascii() and not _ODD.search(text):
        return _plain_words(text, little)[:most]
    found: list[Word] = []
    for match in _PATTERN.finditer(text):
        kind, start, end = match.lastgroup, match.start(), match.end()
        if match["letters"] is not None:
            start, end = match.span("letters")
            if _UNPARTED.search(match["letters"]):
                found += _pairs(match["letters"], start)
            else:
                bare = fold(match["letters"])
                if not (
                    match["letters"] in "àÀ"
                    or bare in little
                    or (little and _is_lone(match["letters"], text[end : end + 1]))
                ):
                    found.append(Word(_SAME.get(bare, bare), start, end))
        elif kind == "dotted":
            found.append(Word(fold(match[0].replace(".", "")), start, end))
        elif kind == "number":
            found.append(Word(_NOUGHTS.sub("", fold(match[0])), start, end))
        elif kind == "target":
            found.append(Word("target", start, end))
        elif kind == "digits":
            start, end = match.span("digits")
            digits = fold(match["digits"])
            found.append(
                Word(str(int(digits)) if len(digits) < 10 and digits.isdecimal() else digits, start, end)
            )
        elif not little:
            found.append(Word("&", start, end))
        if len(found) >= most:
            return found[:most]
    return [word for word in found if word.text]


def _plain_words(text: str, little: Set[str]) -> list[Word]:
    """The same for a text of plain letters, which most are: several times as fast."""
    found = []
    for match in _PLAIN.finditer(text):
        bare = match[0].lower()
        if bare in little or (len(bare) == 1 and little and _is_lone(match[0], "")):
            continue
        found.append(Word(_SAME.get(bare, bare), match.start(), match.end()))
    return found


def _is_lone(letter: str, follower: str) -> bool:
    """Whether a letter is a word of its own: the d of d'Ivoire or the Spanish y, not that of Y2Y."""
    if letter.lower() not in _LONE or follower.isdigit():
        return False
    return letter.islower() or follower in ("'", "’")


def _pairs(text: str, start: int) -> list[Word]:
    """Cut what is written without spaces into pairs of neighbours, and the rest into words."""
    found = []
    place = 0
    for run in _UNPARTED.finditer(text):
        if run.start() > place:
            found.append(Word(fold(text[place : run.start()]), start + place, start + run.start()))
        last = max(run.end() - 1, run.start() + 1)
        for first in range(run.start(), last):
            end = min(first + 2, run.end())
            found.append(Word(fold(text[first:end]), start + first, start + end))
        place = run.end()
    if place < len(text):
        found.append(Word(fold(text[place:]), start + place, start + len(text)))
    return found
