"""Where things work, sorted into countries, regions, ranges and other places, and the map that shows it.

A thing works in a country when it is said of the country or of a place inside it. A region of the UN's M49
list lies over all its countries, more lightly. What works in the whole world is in no country.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from kg.web.earth import EDGE, HEIGHT, WIDTH, World
from kg.web.kinds import count_things

STEPS = (1, 2, 3, 5)
"""Things from which on a country has the next darker shade."""
_NAMED = 8
"""Things that a title names."""


@dataclass(frozen=True)
class Work:
    """A thing, a place that it works in, and the graphs that say so; all by IRI."""

    thing: str
    place: str
    graphs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gazetteer:
    """What is known of places by IRI: what they lie in, the ISO numeric codes of countries, the M49 regions.

    ``paths`` has the outlines of other places, as paths on the map.
    """

    within: Mapping[str, Sequence[str]] = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)
    regions: frozenset[str] = frozenset()
    world: frozenset[str] = frozenset()
    paths: Mapping[str, str] = field(default_factory=dict)

    def country(self, place: str) -> str | None:
        """The country that a place is or lies in."""
        return next((item for item in self._around(place) if item in self.countries), None)

    def members(self, region: str) -> tuple[str, ...]:
        """The countries of a region, in order."""
        return tuple(sorted(item for item in self.countries if region in self._around(item)))

    def _around(self, place: str) -> list[str]:
        """The place and all that it lies in, the nearest first."""
        found = [place]
        for item in found:
            found += [other for other in self.within.get(item, ()) if other not in found]
        return found


@dataclass(frozen=True)
class Area:
    """A place with what works there; the countries of a region, or the country that a place is in."""

    place: str
    works: tuple[Work, ...]
    members: tuple[str, ...] = ()
    country: str | None = None

    @property
    def things(self) -> tuple[str, ...]:
        """What works there, each once."""
        return tuple(dict.fromkeys(work.thing for work in self.works))


@dataclass(frozen=True)
class Survey:
    """Areas of each sort, those where most things work first."""

    countries: tuple[Area, ...]
    regions: tuple[Area, ...]
    ranges: tuple[Area, ...]
    places: tuple[Area, ...]
    world: tuple[Area, ...]


def survey(works: Iterable[Work], known: Gazetteer) -> Survey:
    """Sort works by area; one in a place inside a country counts for both."""
    sorts: dict[str, dict[str, list[Work]]] = {
        name: {} for name in ("countries", "regions", "ranges", "places", "world")
    }
    for work in works:
        place, country = work.place, known.country(work.place)
        if country is not None:
            sorts["countries"].setdefault(country, []).append(work)
        if place in known.world:
            sorts["world"].setdefault(place, []).append(work)
        elif place in known.regions:
            sorts["regions"].setdefault(place, []).append(work)
        elif place in known.paths:
            sorts["ranges"].setdefault(place, []).append(work)
        elif place != country:
            sorts["places"].setdefault(place, []).append(work)

    def sort(name: str) -> tuple[Area, ...]:
        areas = [
            Area(
                place,
                tuple(found),
                known.members(place) if name == "regions" else (),
                None if name == "countries" else known.country(place),
            )
            for place, found in sorts[name].items()
        ]
        return tuple(sorted(areas, key=lambda area: (-len(area.things), area.place)))

    return Survey(*map(sort, sorts))


# ---- the picture
# ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mark:
    """An area on the map: where it leads, what it is, how it is drawn; a spot for what is too small."""

    href: str
    title: str
    path: str
    shade: str
    spot: tuple[int, int] | None = None


@dataclass(frozen=True)
class Picture:
    """A map: its frame, land where nothing is marked, and marks from the lowest to the topmost."""

    land: str
    marks: tuple[Mark, ...]
    width: int = WIDTH
    height: int = HEIGHT
    edge: str = EDGE


def draw(
    found: Survey,
    known: Gazetteer,
    world: World | None,
    names: Mapping[str, str],
    href: Callable[[str], str],
    count: Callable[[Sequence[str]], str] = count_things,
) -> Picture:
    """Draw the areas; without outlines of countries, the ranges alone."""
    shapes = world.shapes if world else {}
    spots = world.spots if world else {}
    taken = {known.countries[area.place] for area in found.countries}
    marks: list[Mark] = []
    for area in sorted(found.regions, key=lambda area: len(area.members)):
        codes = [known.countries[item] for item in area.members]
        path = "".join(shapes.get(code, "") for code in codes if code not in taken)
        if path:
            title = f"{title_of(area, names, count)} Somewhere in {len(codes)} countries and territories."
            marks.append(Mark(href(area.place), title, path, "region"))
        taken |= set(codes)
    for area in sorted(found.countries, key=lambda area: names.get(area.place, area.place)):
        code = known.countries[area.place]
        if code in shapes:
            shade = f"step{sum(len(area.things) >= step for step in STEPS)}"
            title = title_of(area, names, count)
            marks.append(Mark(href(area.place), title, shapes[code], shade, spots.get(code)))
    for area in sorted(found.ranges, key=lambda area: names.get(area.place, area.place)):
        title = title_of(area, names, count)
        marks.append(Mark(href(area.place), title, known.paths[area.place], "range"))
    land = "".join(path for code, path in shapes.items() if code not in taken)
    return Picture(land + (world.rest if world else ""), tuple(marks))


def title_of(
    area: Area, names: Mapping[str, str], count: Callable[[Sequence[str]], str] = count_things
) -> str:
    """A sentence on an area: ``Kenya: 1 initiative (Room to Roam).``; of a place itself, its name."""
    if area.things == (area.place,):
        return f"{names.get(area.place, area.place)}."
    called = [names.get(thing, thing) for thing in area.things]
    more = f"; and {len(called) - _NAMED} more" if len(called) > _NAMED else ""
    return f"{names.get(area.place, area.place)}: {count(area.things)} ({'; '.join(called[:_NAMED])}{more})."
