"""A condition that is put together: names, candidates, values to choose from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from kg import vocab
from kg.conditions import BETWEEN, IS, MISSING, STATED, Condition, Kind, Property
from kg.store import OWN
from kg.web.adding import Asked, Form, Option, Reader, add
from kg.web.choices import Chosen
from kg.web.offers import kinds
from kg.web.site import Site

INITIATIVE = vocab.CONN + "Initiative"
AFRICA = vocab.ID + "place/m49-002"


class Ask:
    """Adds to what was chosen, as one reader."""

    def __init__(self, client: TestClient, *languages: str) -> None:
        self.site: Site = client.app.state.site  # type: ignore[attr-defined]
        self.reader = Reader(self.site, OWN, languages)
        self.kind: Kind = asyncio.run(kinds(self.site))[INITIATIVE]

    def property(self, name: str) -> Property:
        return next(item for item in self.kind.properties if item.name == name)

    def __call__(self, name: str, asked: Asked, chosen: Chosen | None = None) -> Chosen | Form:
        return asyncio.run(add(self.reader, chosen or Chosen(self.kind), self.property(name), asked))

    def values(self, name: str, asked: Asked, chosen: Chosen | None = None) -> tuple[str, ...]:
        found = self(name, asked, chosen)
        assert isinstance(found, Chosen), found
        return found.conditions[-1].values


def flat(options: list[Option] | tuple[Option, ...]) -> Iterator[Option]:
    for option in options:
        yield option
        yield from flat(option.narrower)


@pytest.fixture
def ask(real: TestClient) -> Ask:
    return Ask(real)


@pytest.mark.parametrize(
    ("property", "name", "iri"),
    [
        ("place", "East Africa", "place/east-africa"),
        ("place", "east africa", "place/east-africa"),
        ("place", "Afrika", "place/m49-002"),
        ("place", "place:kenya", "place/kenya"),
        ("partner organisation", "IUCN", "organisation/iucn"),
        ("partner organisation", vocab.ID + "organisation/iucn", "organisation/iucn"),
        ("contributes to", "CMS", "instrument/cms"),
    ],
)
def test_a_name_that_means_one_thing(ask: Ask, property: str, name: str, iri: str) -> None:
    assert ask.values(property, Asked(IS, name=name)) == (vocab.ID + iri,)


def test_a_name_that_may_mean_several_things(ask: Ask) -> None:
    form = ask("focus taxon", Asked(IS, name="elefants"))
    assert isinstance(form, Form) and form.problem == ""
    first = form.candidates[0]
    assert (first.label, first.things > 0) == ("Elephants", True)
    assert first.href.endswith("if=conn%3AfocusTaxon+is+taxon%3Aelephants#count")
    assert "Asian elephant" in [item.label for item in form.candidates]


def test_a_name_that_nothing_has(ask: Ask) -> None:
    form = ask("place", Asked(IS, name="Qqqqwwww"))
    assert isinstance(form, Form) and form.candidates == ()
    assert form.problem.startswith("Nothing that “place” could be is called “Qqqqwwww”, or nearly so.")


def test_values_to_choose_from_with_what_is_left(ask: Ask) -> None:
    form = ask("place", Asked())
    assert isinstance(form, Form) and form.problem == ""
    top = {option.label: option for option in form.options}
    assert "World" in top and "Kenya" not in top
    africa = next(option for option in flat([top["World"]]) if option.label == "Africa")
    assert (africa.value, "Kenya" in [option.label for option in flat([africa])]) == ("place:m49-002", True)
    every = [option.value for option in flat(tuple(form.options))]
    assert len(every) == len(set(every))
    chosen = Chosen(ask.kind, (Condition(ask.property("place"), IS, (AFRICA,)),))
    rest = ask("focus taxon", Asked(), chosen)
    assert isinstance(rest, Form)
    assert 0 < max(option.things for option in rest.options) <= africa.things


def test_several_values_and_more_of_them(ask: Ask) -> None:
    names = ("place:kenya", "place:zambia")
    iris = tuple(vocab.ID + name.replace(":", "/") for name in names)
    assert ask.values("place", Asked(IS, picked=names)) == iris
    before = Chosen(ask.kind, (Condition(ask.property("place"), IS, iris),))
    after = ask("place", Asked(IS, place=0, name="Malawi"), before)
    assert isinstance(after, Chosen) and len(after.conditions) == 1
    assert after.conditions[0].values == (*iris, vocab.ID + "place/malawi")
    form = ask("place", Asked(place=0, picked=()), before)
    assert isinstance(form, Form)
    assert len(form.options) > 3  # what could be added is counted without the condition itself
    other = ask("focus taxon", Asked(IS, place=0, name="Elephants"), before)
    assert isinstance(other, Chosen) and len(other.conditions) == 2  # of another property: a condition more


def test_the_other_ways_to_ask(ask: Ask) -> None:
    for how in (STATED, MISSING):
        found = ask("place", Asked(how))
        assert isinstance(found, Chosen) and found.conditions[0].how == how
    dated = ask("start date", Asked(BETWEEN, low="2010"))
    assert isinstance(dated, Chosen) and dated.conditions[0].low == "2010"
    wrong = ask("start date", Asked(BETWEEN, low="20l0"))
    assert isinstance(wrong, Form) and "'20l0' is no date." in wrong.problem
    empty = ask("place", Asked(IS))
    assert isinstance(empty, Form) and empty.problem.startswith("No value was given")


def test_in_the_language_of_the_reader(full: TestClient) -> None:
    form = Ask(full, "fr")("place", Asked(picked=("place:zambia",)))
    assert isinstance(form, Form)
    found = {option.label: option for option in flat(tuple(form.options))}
    assert found["Zambie"].is_chosen and not found["Mexique"].is_chosen
