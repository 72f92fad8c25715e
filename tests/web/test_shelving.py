"""Things on shelves, as the store has them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from kg import vocab
from kg.search.facets import Shelves
from kg.search.postings import numbers
from kg.web.shelving import shelves_of

ID = vocab.ID


@pytest.fixture(scope="module")
def shelves(full: TestClient) -> Shelves:
    return asyncio.run(shelves_of(full.app.state.site))  # type: ignore[attr-defined]


def of(shelves: Shelves, facet: str, thing: str) -> set[str]:
    number, things = shelves.index.number[ID + thing], shelves.table.facets[facet].things
    return {shelves.tokens[facet][value] for value in things if number in things.things(value)}


def test_what_has_a_card_is_there(shelves: Shelves) -> None:
    things = [shelves.index.things[number].iri for number in numbers(shelves.table.scope)]
    assert shelves.carded and len(things) > 800
    assert all(iri.startswith(ID) and "/concept/" not in iri for iri in things)


@pytest.mark.parametrize(
    ("facet", "thing", "values"),
    [
        ("kind", "resolution/unga-res-75-271", {"Resolution", "GoverningBodyAct"}),
        ("kind", "initiative/icarus", {"Initiative"}),
        ("status", "initiative/icarus", {"active"}),
        ("place", "initiative/room-to-roam", {"zimbabwe", "m49-014", "m49-202", "m49-002", "world"}),
        ("place", "place/kenya", {"m49-014", "m49-202", "m49-002", "world"}),
        ("topic", "initiative/icarus", {"animal-tracking"}),
        (
            "organisation",
            "initiative/icarus",
            {"max-planck-institute-of-animal-behavior", "dlr", "roscosmos"},
        ),
        ("instrument", "target/kmgbf-target-3", {"kmgbf", "cbd"}),
        ("instrument", "decision/cms-decision-13-114", {"cms"}),
        ("period", "instrument/bern-convention", {"1970s", "1980s"}),
    ],
)
def test_values_of_things(shelves: Shelves, facet: str, thing: str, values: set[str]) -> None:
    assert values <= of(shelves, facet, thing)


def test_a_status_that_holds_no_longer_does_not_count(shelves: Shelves) -> None:
    assert of(shelves, "status", "initiative/icarus") == {"active"}


def test_what_many_sources_speak_of_comes_first(shelves: Shelves) -> None:
    first = [shelves.sources[number] for number in shelves.order[:20]]
    assert first == sorted(first, reverse=True) and first[0] > 5


def test_any_dataset_has_shelves(make_client: Callable[..., TestClient]) -> None:
    found = asyncio.run(shelves_of(make_client().app.state.site))  # type: ignore[attr-defined]
    assert not found.carded
    assert found.tokens["kind"] == {"https://example.org/Place": "Place"}
    assert found.table.select({"kind": ["https://example.org/Place"]}).bit_count() == 1
    empty = asyncio.run(shelves_of(make_client("").app.state.site))  # type: ignore[attr-defined]
    assert empty.table.select({}) == 0
