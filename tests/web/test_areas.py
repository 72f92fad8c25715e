"""Areas: what works where, sorted, and the map that is drawn of it."""

from __future__ import annotations

from kg import vocab
from kg.web.areas import Gazetteer, Work, draw, survey
from kg.web.earth import World

R2R, AFSI, MEETING = (vocab.ID + name for name in ("initiative/r2r", "initiative/afsi", "meeting/cop"))
KNOWN = Gazetteer(
    within={
        "kenya": ("east",),
        "chad": ("middle",),
        "east": ("africa",),
        "middle": ("africa",),
        "africa": ("earth",),
        "nairobi": ("kenya",),
        "loop": ("pool",),
        "pool": ("loop",),
    },
    countries={"kenya": "404", "chad": "148"},
    regions=frozenset({"africa", "east", "middle"}),
    world=frozenset({"earth"}),
    paths={"alps": "M0 0Z"},
)
WORLD = World({"404": "M1Z", "148": "M2Z", "250": "M3Z"}, {"404": (5, 6)}, "M4Z")
NAMES = {"kenya": "Kenya", "africa": "Africa", "alps": "Alps", R2R: "Room to Roam", AFSI: "AFSI"}


def test_each_area_has_its_sort() -> None:
    found = survey(
        [
            Work(R2R, "kenya"),
            Work(AFSI, "africa"),
            Work(MEETING, "nairobi", ("g",)),
            Work(R2R, "alps"),
            Work(R2R, "earth"),
            Work(R2R, "loop"),
        ],
        KNOWN,
    )
    assert [(area.place, area.things) for area in found.countries] == [("kenya", (R2R, MEETING))]
    assert [(area.place, area.members) for area in found.regions] == [("africa", ("chad", "kenya"))]
    assert [area.place for area in found.ranges] == ["alps"]
    assert [(area.place, area.country) for area in found.places] == [("loop", None), ("nairobi", "kenya")]
    assert [area.place for area in found.world] == ["earth"]


def test_a_thing_counts_once_in_a_country() -> None:
    found = survey([Work(R2R, "kenya"), Work(R2R, "nairobi"), Work(AFSI, "chad"), Work(R2R, "chad")], KNOWN)
    assert [(area.place, len(area.things)) for area in found.countries] == [("chad", 2), ("kenya", 1)]


def test_countries_lie_over_regions_and_both_over_land() -> None:
    works = [Work(R2R, "kenya"), Work(AFSI, "africa"), Work(R2R, "alps")]
    picture = draw(survey(works, KNOWN), KNOWN, WORLD, NAMES, lambda place: f"/at/{place}")
    assert picture.land == "M3ZM4Z"
    assert [(mark.href, mark.shade, mark.path, mark.spot) for mark in picture.marks] == [
        ("/at/africa", "region", "M2Z", None),
        ("/at/kenya", "step1", "M1Z", (5, 6)),
        ("/at/alps", "range", "M0 0Z", None),
    ]
    itself = draw(survey([Work("kenya", "kenya")], KNOWN), KNOWN, WORLD, NAMES, str)
    assert [mark.title for mark in itself.marks] == ["Kenya."]
    assert [mark.title for mark in picture.marks[:2]] == [
        "Africa: 1 initiative (AFSI). Somewhere in 2 countries and territories.",
        "Kenya: 1 initiative (Room to Roam).",
    ]


def test_a_country_belongs_to_the_smallest_region_that_has_something() -> None:
    works = [Work(R2R, "africa"), Work(AFSI, "middle")]
    picture = draw(survey(works, KNOWN), KNOWN, WORLD, NAMES, str)
    assert [(mark.href, mark.path) for mark in picture.marks] == [("middle", "M2Z"), ("africa", "M1Z")]


def test_the_more_the_darker_and_long_titles_end() -> None:
    works = [Work(f"{vocab.ID}initiative/{n}", "kenya") for n in range(12)]
    mark = draw(survey(works, KNOWN), KNOWN, WORLD, NAMES, str).marks[0]
    assert mark.shade == "step4"
    assert mark.title.startswith("Kenya: 12 initiatives (") and mark.title.endswith("; and 4 more).")
    pictures = [draw(survey(works[:n], KNOWN), KNOWN, WORLD, NAMES, str) for n in (1, 2, 3, 4, 5)]
    assert [picture.marks[0].shade for picture in pictures] == ["step1", "step2", "step3", "step3", "step4"]


def test_without_outlines_there_are_the_ranges() -> None:
    works = [Work(R2R, "kenya"), Work(AFSI, "africa"), Work(R2R, "alps")]
    picture = draw(survey(works, KNOWN), KNOWN, None, NAMES, str)
    assert (picture.land, [mark.shade for mark in picture.marks]) == ("", ["range"])
