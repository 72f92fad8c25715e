"""The ways from things to what they are browsed by."""

from __future__ import annotations

import pytest

from kg import vocab
from kg.build import Dataset
from kg.web.aspects import ASPECTS, decade, iri_of, relations, steps


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1979", "1970s"),
        ("1979-06-23", "1970s"),
        ("2024-02", "2020s"),
        ("2000Z", "2000s"),
        ("", ""),
        ("soon", ""),
        ("-0044", ""),
        ("19790", ""),
    ],
)
def test_decades(text: str, expected: str) -> None:
    assert decade(text) == expected


def test_a_way_is_followed_forwards_and_back() -> None:
    leads, works = vocab.CONN + "leadOrganisation", vocab.CONN + "operatesIn"
    follow = relations([("i", leads, "o"), ("j", leads, "o"), ("i", works, "kenya"), ("j", works, "kenya")])
    assert follow("conn:leadOrganisation") == {"i": ["o"], "j": ["o"]}
    assert follow("^conn:leadOrganisation/conn:operatesIn") == {"o": ["kenya"]}
    assert follow("conn:realm") == {}
    assert steps("^conn:leadOrganisation/conn:operatesIn") == [(leads, True), (works, False)]


def test_every_way_is_gone_in_the_data(whole_dataset: Dataset) -> None:
    used = {quad.predicate.value for quad in whole_dataset.quads}
    ways = [way for aspect in ASPECTS for way in (*aspect.ways, *aspect.otherwise)]
    assert not {name for way in ways for name, _ in steps(way)} - used
    assert not {iri_of(aspect.broader) for aspect in ASPECTS if aspect.broader} - used
    assert len({aspect.name for aspect in ASPECTS}) == len(ASPECTS) == 9
