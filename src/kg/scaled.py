"""A made-up graph of any size in the vocabulary of this project, for measuring; no fact in it is one.

The same number gives the same bytes. Of ten thousand triples about 800 are initiatives with the names, texts
and links that real ones have; organisations, instruments and places are shared among them, few of them by
many, as in a library.
"""

import random
from collections.abc import Iterator
from itertools import islice

from kg import vocab

BASE = "https://example.org/scaled/"
PLACES = 200
TOPICS = 40
KINDS = 6

_SEED = 14
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_ORGANISATION = "http://www.w3.org/ns/org#Organization"
_STATED = "2024-02"
_SYLLABLES = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "is", "or")]


def triples(count: int) -> Iterator[str]:
    """Return that many lines of N-Triples, each of which is another triple."""
    return islice(_endless(), count)


def thing(kind: str, number: int) -> str:
    """The IRI of a made-up thing: ``initiative``, ``organisation``, ``instrument``, ``place`` …."""
    return f"{BASE}{kind}/{number}"


def _endless() -> Iterator[str]:
    chance = random.Random(_SEED)
    words = ["".join(chance.choices(_SYLLABLES, k=chance.randint(2, 4))) for _ in range(5_000)]
    for number in range(PLACES):
        yield from _named("place", number, vocab.CONN + "Place", chance.choice(words).title())
    for number in range(TOPICS):
        yield from _named("topic", number, _SKOS + "Concept", chance.choice(words))
    for number in range(KINDS):
        yield from _named("initiative-type", number, _SKOS + "Concept", chance.choice(words))
    number = 0
    while True:
        yield from _initiative(number, chance, words)
        number += 1


def _initiative(number: int, chance: random.Random, words: list[str]) -> Iterator[str]:
    """An initiative, and now and then an organisation or instrument that later ones share."""
    organisation, instrument = number // 5, number // 20
    if number % 5 == 0:
        yield from _named("organisation", organisation, _ORGANISATION, _words(3, chance, words).title())
        yield _link(
            thing("organisation", organisation), vocab.CONN + "operatesIn", thing("place", number % PLACES)
        )
    if number % 20 == 0:
        yield from _named(
            "instrument", instrument, vocab.CONN + "Instrument", _words(4, chance, words).title()
        )
        yield _link(
            thing("instrument", instrument), vocab.CONN + "depositary", thing("organisation", organisation)
        )
    me = thing("initiative", number)
    name = _words(chance.randint(2, 6), chance, words).title()
    yield from _named("initiative", number, vocab.CONN + "Initiative", name)
    kind = thing("initiative-type", _few(KINDS - 1, chance))
    yield _link(me, vocab.CONN + "initiativeType", kind)
    yield _text(me, vocab.DCTERMS_DESCRIPTION, _words(chance.randint(12, 30), chance, words))
    yield _link(me, vocab.CONN + "leadOrganisation", thing("organisation", _few(organisation, chance)))
    yield _link(me, vocab.CONN + "contributesTo", thing("instrument", _few(instrument, chance)))
    yield _link(me, vocab.CONN + "operatesIn", thing("place", _few(PLACES - 1, chance)))
    yield _link(me, vocab.CONN + "topic", thing("topic", _few(TOPICS - 1, chance)))
    passage = thing("passage", number)
    yield _link(passage, vocab.RDF_TYPE, vocab.PASSAGE_CLASS)
    yield _link(passage, vocab.DCTERMS + "subject", me)
    yield f'<{passage}> <{vocab.STATED_AS_OF}> "{_STATED}"^^<{vocab.XSD}gYearMonth> .\n'


def _few(most: int, chance: random.Random) -> int:
    """A number up to ``most``, small ones more often."""
    return int(most * chance.random() ** 2)


def _words(count: int, chance: random.Random, words: list[str]) -> str:
    return " ".join(chance.choices(words, k=count))


def _named(kind: str, number: int, of: str, name: str) -> Iterator[str]:
    iri = thing(kind, number)
    yield _link(iri, vocab.RDF_TYPE, of)
    yield _text(iri, _SKOS + "prefLabel", name)


def _link(subject: str, predicate: str, value: str) -> str:
    return f"<{subject}> <{predicate}> <{value}> .\n"


def _text(subject: str, predicate: str, text: str) -> str:
    return f'<{subject}> <{predicate}> "{text}"@en .\n'
