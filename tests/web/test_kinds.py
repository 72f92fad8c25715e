"""Kinds of things: by their addresses, in words, and as they are asked for."""

from __future__ import annotations

import pytest

from kg import vocab
from kg.errors import QueryError
from kg.web.kinds import NAMES, Choice, choices, chosen, count_of, kind_of


@pytest.mark.parametrize(
    ("iri", "kind"),
    [
        (vocab.ID + "initiative/room-to-roam", "initiative"),
        (vocab.ID + "resolution/x", "act"),
        (vocab.ID + "decision/x", "act"),
        (vocab.ID + "place/kenya", "other"),
        (vocab.BASE + "initiative/x", "other"),
        ("https://example.org/initiative/x", "other"),
        ("", "other"),
    ],
)
def test_the_address_tells_the_kind(iri: str, kind: str) -> None:
    assert kind_of(iri) == kind


def test_numbers_in_words() -> None:
    assert count_of(["initiative"]) == "1 initiative"
    assert count_of(["act", "act"]) == "2 resolutions and decisions"
    assert count_of(["act", "initiative"]) == "2 things"


def test_kinds_that_are_asked_for_are_known_kinds() -> None:
    assert chosen([]) == chosen([""]) == ()
    assert chosen(["meeting", "initiative", "meeting"]) == ("initiative", "meeting"), "in one order"
    with pytest.raises(QueryError, match=r"There is no kind 'x{40}'"):
        chosen(["x" * 1000])
    with pytest.raises(QueryError) as caught:
        chosen(["Initiative"])
    assert caught.value.remedy == f"Kinds are {', '.join(NAMES)}."


def test_only_what_is_there_can_be_chosen() -> None:
    found = choices(["initiative", "meeting", "initiative"], ("initiative", "output"))
    assert found == (
        Choice("initiative", "initiatives", 2, True),
        Choice("meeting", "meetings", 1, False),
    )
