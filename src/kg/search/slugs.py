"""Which address was meant by one with a slip in it: by how it is written, or by the name that it spells."""

from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

from kg.search.index import Index
from kg.search.matching import match
from kg.search.postings import bits_of

ALIKE = 0.75
"""How much of a last part must be the same."""
_ALIKE_ELSEWHERE = 0.9
"""The same, where the kind of thing is another."""

_SLIPS = 2
"""Characters of a namespace that may be wrong."""


def folder(iri: str) -> str:
    """All of an address but its last part; empty where it has no such part."""
    found = iri[: max(iri.rfind("/"), iri.rfind("#")) + 1]
    return "" if found == iri else found


def alike(iri: str, others: Iterable[str], least: float = ALIKE) -> str:
    """The address whose last part is written most like that of another, letter case aside; empty for none."""
    last = {other: other[len(folder(other)) :].lower() for other in others}
    word = iri[len(folder(iri)) :].lower()
    found = process.extractOne(word, last, scorer=OSA.normalized_similarity, score_cutoff=least)
    return str(found[2]) if found else ""


def near_space(namespace: str, others: Iterable[str]) -> str:
    """The other namespace that is written most like one; empty for none."""
    spaces = [other for other in others if other != namespace]
    found = process.extractOne(namespace, spaces, scorer=OSA.distance, score_cutoff=_SLIPS)
    return str(found[0]) if found else ""


def spelt(index: Index, iri: str, within: str) -> str:
    """The thing whose address begins as ``within`` says and that an address means; empty where none is sure.

    That is one of the same last part and another kind, or one that has the last part, as words, as its name.
    """
    own = {other: number for other, number in index.number.items() if other.startswith(within)}
    if found := alike(iri, own, _ALIKE_ELSEWHERE):
        return found
    words = iri[len(folder(iri)) :].replace("-", " ")
    near = [number for other, number in own.items() if folder(other) == folder(iri)]
    for things in (near, list(own.values())):
        candidates = match(index, words, within=bits_of(sorted(things))) if things else []
        if candidates and candidates[0].certain:
            return candidates[0].thing.iri
    return ""
