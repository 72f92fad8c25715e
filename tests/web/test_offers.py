"""What there is to choose from at /explore."""

from __future__ import annotations

import asyncio

import pytest
from fastapi.testclient import TestClient

from kg import vocab
from kg.conditions import DATE, NUMBER, TEXT, THING, Kind, Property
from kg.web.offers import NAMED_BY, Uses, kinds, offered, plural
from kg.web.site import Site


def site_of(client: TestClient) -> Site:
    site: Site = client.app.state.site  # type: ignore[attr-defined]
    return site


def offer(client: TestClient, iri: str) -> tuple[Kind, Uses]:
    async def ask() -> tuple[Kind, Uses]:
        site = site_of(client)
        return await offered(site, (await kinds(site))[iri])

    return asyncio.run(ask())


def by_name(kind: Kind) -> dict[str, Property]:
    return {item.name: item for item in kind.properties}


@pytest.mark.parametrize(
    ("name", "many"),
    [
        ("Initiative", "Initiatives"),
        ("Site network", "Site networks"),
        ("Act of a governing body", "Acts of a governing body"),
        ("Taxon", "Taxa"),
        ("person", "people"),
        ("Entity", "Entities"),
        ("Day", "Days"),
        ("Class", "Classes"),
        ("", ""),
    ],
)
def test_plurals(name: str, many: str) -> None:
    assert plural(name) == many


def test_classes_are_those_that_things_have(real: TestClient) -> None:
    found = list(asyncio.run(kinds(site_of(real))).values())
    main = {kind.plural: kind.things for kind in found if kind.is_main}
    assert main["Initiatives"] > 10 and main["People"] and main["Taxa"]
    assert not {"Mappings", "Statements", "Entities", "Current statements"} & set(main)
    assert [kind.is_main for kind in found] == sorted((kind.is_main for kind in found), reverse=True)
    assert found[0].plural == "Instruments"  # of which most can be asked


def test_properties_come_from_the_shapes(real: TestClient) -> None:
    kind, uses = offer(real, vocab.CONN + "Initiative")
    found = by_name(kind)
    assert list(found)[:3] == ["name", "other name", "description"]
    place = found["place"]
    assert (place.iri, place.kind, place.section) == (vocab.CONN + "operatesIn", THING, "Where")
    assert place.classes == (vocab.CONN + "Place",)
    assert (found["start date"].kind, found["aim"].kind) == (DATE, TEXT)
    assert found["initiative type"].is_required and found["current status"].is_derived
    assert uses[place.key] > 10
    about = found["named as “what it turns on” by engagements"]
    assert (about.key, about.section) == ((vocab.CONN + "engagementAbout", True), NAMED_BY)
    assert uses[about.key] > 3


def test_a_narrower_class_has_what_the_wider_one_has(full: TestClient) -> None:
    kind, _ = offer(full, vocab.CONN + "Decision")
    assert {"symbol", "body that adopted it", "named as “refers to” by documents"} <= set(by_name(kind))
    instruments, _ = offer(full, vocab.CONN + "Instrument")
    assert by_name(instruments)["current number of parties"].kind == NUMBER


def test_without_shapes_the_data_say_it(client: TestClient) -> None:
    kind, uses = offer(client, "https://example.org/Place")
    assert (kind.name, kind.plural, kind.is_main) == ("place", "places", True)
    height, label = (by_name(kind)[name] for name in ("height", "label"))
    assert (height.kind, label.kind, uses[height.key]) == (NUMBER, TEXT, 1)
