"""The address of /explore."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from kg import vocab
from kg.conditions import BETWEEN, CONTAINS, DATE, IS, MISSING, STATED, TEXT, Condition, Kind, Property
from kg.web.choices import Chosen, address, read, unknown, write
from kg.web.site import Site

PLACE = Property(vocab.CONN + "operatesIn", "place")
BEGUN = Property(vocab.CONN + "startDate", "start date", DATE)
AIM = Property(vocab.CONN + "aim", "aim", TEXT)
TYPE = Property(vocab.CONN + "initiativeType", "initiative type", is_required=True)
ABOUT = Property(vocab.CONN + "engagementAbout", "named as “about” by engagements", is_inverse=True)
KIND = Kind(
    vocab.CONN + "Initiative", "Initiative", "Initiatives", properties=(PLACE, BEGUN, AIM, TYPE, ABOUT)
)
KENYA, ODD = vocab.ID + "place/kenya", "https://example.org/a/b?c=d"


@pytest.fixture
def site(full: TestClient) -> Site:
    found: Site = full.app.state.site  # type: ignore[attr-defined]
    return found


EVERY = (
    Condition(PLACE, IS, (KENYA, ODD)),
    Condition(ABOUT, STATED),
    Condition(TYPE, MISSING),
    Condition(BEGUN, BETWEEN, low="2010"),
    Condition(BEGUN, BETWEEN, high="2020-05"),
    Condition(AIM, CONTAINS, text='a "corridor" & * more'),
)


@pytest.mark.parametrize(
    "chosen",
    [
        Chosen(KIND),
        Chosen(KIND, EVERY, (PLACE, ABOUT), True),
        Chosen(KIND, EVERY, ()),
        Chosen(KIND, EVERY[:1], view="network"),
    ],
)
def test_what_is_written_is_read(site: Site, chosen: Chosen) -> None:
    assert read(site, KIND, write(site, chosen)) == chosen


def test_it_is_plain(site: Site) -> None:
    chosen = Chosen(KIND, EVERY[:4], (ABOUT,), True)
    assert write(site, chosen) == [
        ("class", "conn:Initiative"),
        ("if", f"conn:operatesIn is place:kenya {ODD}"),
        ("if", "^conn:engagementAbout stated"),
        ("if", "conn:initiativeType missing"),
        ("if", "conn:startDate between 2010 *"),
        ("show", "^conn:engagementAbout"),
        ("cite", "yes"),
    ]
    assert address(site, Chosen(KIND), 3) == "/explore?class=conn%3AInitiative&page=3"


def test_columns_that_nobody_chose(site: Site) -> None:
    assert Chosen(KIND).selection.columns == (TYPE,)
    assert Chosen(KIND, EVERY[:3]).selection.columns == (PLACE, ABOUT)
    assert Chosen(KIND, EVERY, ()).selection.columns == ()
    assert read(site, KIND, [("show", "conn:nothing")]).columns is None


def test_conditions_are_added_joined_and_removed() -> None:
    one = Chosen(KIND).with_condition(Condition(PLACE, IS, (KENYA,)))
    two = one.with_condition(Condition(PLACE, IS, (ODD, KENYA)), 0)
    assert two.conditions == (Condition(PLACE, IS, (KENYA, ODD)),)
    assert one.with_condition(EVERY[1], 9).conditions == (*one.conditions, EVERY[1])
    assert two.without(0) == Chosen(KIND)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("conn:nothing stated", "Initiatives have no property 'conn:nothing'."),
        ("^conn:operatesIn stated", "Initiatives have no property '^conn:operatesIn'."),
        ("conn:operatesIn", "'place' cannot be asked for by ''. Write is, stated or missing."),
        ("conn:operatesIn contains x", "'place' cannot be asked for by 'contains'."),
        ("conn:operatesIn is", "No value was given for 'place'."),
        ("conn:operatesIn is kenya", "'kenya' names nothing that 'place' could be."),
        ("conn:operatesIn is <u:x>", "names nothing"),
        ("conn:operatesIn is " + " ".join(f"u:{n}" for n in range(41)), "There are 41 values for 'place'."),
        ("conn:startDate between 2010", "The range for 'start date' needs a first and a last value."),
        ("conn:startDate between * *", "The range has no ends."),
        ("conn:startDate between x *", "'x' is no date."),
        ("conn:aim contains  ", "There is no text to look for in 'aim'."),
        ("conn:aim contains " + "x" * 201, "The text to look for in 'aim' has 201 characters."),
    ],
)
def test_what_cannot_be_read_is_told_and_the_rest_kept(site: Site, text: str, problem: str) -> None:
    chosen = read(site, KIND, [("if", "^conn:engagementAbout stated"), ("if", text)])
    assert chosen.conditions == (EVERY[1],)
    assert len(chosen.problems) == 1 and problem in chosen.problems[0]


def test_too_much(site: Site) -> None:
    chosen = read(site, KIND, [("if", f"conn:aim contains {n}") for n in range(13)])
    assert len(chosen.conditions) == 12 and "There are 13 conditions, and 12 at most" in chosen.problems[0]
    twice = read(site, KIND, [("if", "conn:aim contains x")] * 20)
    assert len(twice.conditions) == 1 and twice.problems == ()


def test_values_that_are_not_there(site: Site) -> None:
    told = unknown(site, Chosen(KIND, EVERY[:1]), {ODD})
    assert told == ["There is no 'place:kenya' here, so nothing has it as 'place'."]
