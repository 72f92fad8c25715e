"""Views of the answer to a query: as a network, on a map, along a timeline; each is drawn above its rows.

Things, places and dates are those that the rows name, by IRI or by a name that only one thing has. A view
that does not fit an answer says what the query would have to return.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from kg.errors import QueryError
from kg.sparql import is_iri
from kg.store import Terms
from kg.ties import Ties
from kg.web.areas import STEPS, Area, Work, draw, survey
from kg.web.atlas import gazetteer
from kg.web.earth import read_world
from kg.web.html import Cell, Links, bundle_of, cell, render
from kg.web.kinds import count_things
from kg.web.known import Found, find, types_of, works_of
from kg.web.moments import MOST as LANES
from kg.web.moments import Lane, Point, Standing, chart
from kg.web.picture import draw as draw_ties
from kg.web.reading import ROW, TRIPLE, Reading, column_of, happenings, iri_of, placed, ties
from kg.web.scene import View, Wish, arranged, see
from kg.web.site import Row, Site, TooLong

TABLE, NETWORK, MAP, TIMELINE = "table", "network", "map", "timeline"
VIEWS = {
    NETWORK: "A network needs rows that name two or more things, in columns beside each other.",
    MAP: "A map needs rows that name places, or things of which the graph says where they work.",
    TIMELINE: "A timeline needs a column of dates (as xsd:date or xsd:gYear) beside what they are dates of.",
}
"""The views beside the table, and what a query has to return for each."""

_FIRST = 200
"""Rows that show which views fit."""
_NAMED = 8
"""Things of a place that the table names."""
_WORDS = {ROW: "in one row with", "": "other thing"}
# The looks of the dates: the most frequent event, the next, and all others.
_LOOKS: tuple[Standing, ...] = ("stated", "since", "other")


@dataclass(frozen=True)
class Offer:
    """A view to choose from: its name, its address, whether it is shown; or what it needs to fit."""

    name: str
    href: str
    is_shown: bool = False
    needs: str = ""


@dataclass(frozen=True)
class Shown:
    """The views of an answer, and the chosen one as a part of the page; a note where there is none."""

    offers: tuple[Offer, ...]
    html: str = ""
    note: str = ""


def view_of(values: Sequence[str]) -> str:
    """Read the parameter ``view``; QueryError for a view that there is not."""
    if not values:
        return TABLE
    if len(values) > 1 or values[0] not in (TABLE, *VIEWS):
        raise QueryError(
            f"The parameter view is {', '.join(values)[:40]!r}.",
            remedy=f"Give one of {', '.join((TABLE, *VIEWS))}.",
        )
    return values[0]


async def look(
    site: Site,
    view: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    terms: Terms,
    languages: Sequence[str],
    address: Callable[[str], str],
) -> Shown:
    """Look at an answer: which views fit it, and the one that is asked for.

    ``address`` gives the address of the answer in a view. For the table alone the first rows are enough to
    see what fits.
    """
    answer = _Answer(site, columns, rows if view in VIEWS else rows[:_FIRST], terms, languages)
    draws: Mapping[str, Callable[[], Awaitable[str]]] = {
        NETWORK: answer.network,
        MAP: answer.map,
        TIMELINE: answer.timeline,
    }
    note = html = ""
    try:
        await answer.find()
        fits = answer.fits()
        if view in fits:
            html = await draws[view]()
    except TooLong:
        fits, note = set(), "There is too much in this answer, or too much beside it, to be drawn."
    offers = [Offer(TABLE, address(TABLE), not html)]
    offers += [
        Offer(name, address(name), bool(html) and name == view, "" if name in fits else needs)
        for name, needs in VIEWS.items()
    ]
    if view in VIEWS and not html:
        note = note or f"This answer cannot be shown as a {view}. {VIEWS[view]}"
    return Shown(tuple(offers), html, note)


class _Answer:
    """An answer as one reader sees it."""

    def __init__(
        self, site: Site, columns: Sequence[str], rows: Sequence[Row], terms: Terms, languages: Sequence[str]
    ) -> None:
        self.site, self.languages, self.terms = site, languages, terms
        self.links = Links(site.settings)
        self.reading = Reading(tuple(columns), rows, ())
        self.found = Found(self.reading)
        self.labels: dict[str, str] = {}

    async def find(self) -> None:
        """Find out what the rows name; TooLong."""
        self.found = await find(self.site, self.reading.columns, self.reading.rows)
        self.reading = self.found.reading

    def fits(self) -> set[str]:
        """The views that fit."""
        return {
            *[NETWORK] * any(True for _ in ties(self.reading)),
            *[MAP] * bool(self.found.places or self.found.workers),
            *[TIMELINE] * any(True for _ in happenings(self.reading)),
        }

    # ---- names and links

    async def name(self, iris: Iterable[str]) -> None:
        """Learn the labels of things, in the reader's language."""
        self.labels |= await self.site.labels(iris, self.languages)

    def cell(self, iri: str) -> Cell:
        """A thing with its link."""
        found = cell({"type": "uri", "value": iri}, self.labels, self.site.prefixes, self.links)
        return found if found.href or not is_iri(iri) else replace(found, href=self.links.facts(iri))

    def called(self, thing: str) -> str:
        """The name of a thing; a column, or what is no thing, as it is."""
        return self.cell(thing).text

    def render(self, view: str, **values: Any) -> str:
        """The view as a part of the page."""
        sign = "" if self.reading.columns == TRIPLE else "?"
        return render("view.html", self.site.settings, view=view, sign=sign, most=_NAMED, **values)

    # ---- the views

    async def network(self) -> str:
        """How the things of the rows are tied."""
        stated = list(ties(self.reading))
        every = dict.fromkeys((iri for tie in stated for iri in (tie[0], tie[2])), "")
        async with self.site.drawing.place(self.terms.client, self.site.settings.query_timeout):
            whole, view = await asyncio.to_thread(_seen, every, stated)
        types = await types_of(self.site, view.things)
        relations = Counter(tie.relation for tie in whole.ties)
        await self.name([*view.things, *types.values(), *relations])
        kinds = {thing: types.get(thing, "") for thing in view.things}
        async with self.site.drawing.place(self.terms.client, self.site.settings.query_timeout):
            arrangement = await asyncio.to_thread(arranged, view)
            picture = draw_ties(
                Ties(kinds, whole.ties),
                view.shown,
                arrangement,
                (),
                title="How the things of the answer are tied",
                name=lambda iri: _WORDS[iri] if iri in _WORDS else self.called(iri),
                href=lambda iri: self.cell(iri).href or "",
            )
        return self.render(
            NETWORK,
            picture=picture,
            root="",
            columns=self.reading.ends,
            relations=[self.called(iri) for iri, _ in relations.most_common() if iri != ROW],
            sources=[column for column in self.reading.sources if column not in self.reading.ends],
            drawn=len(view.things),
            things=len(every),
            ties=len(view.shown),
            every=len(whole.ties),
        )

    async def map(self) -> str:
        """Where what the rows name is, by country."""
        column = column_of(self.reading, self.found.places)
        if column:
            told = next((other for other in self.reading.ends if other != column), None)
            pairs = placed(self.reading, column, told, self.found.places)
        else:
            column = column_of(self.reading, self.found.workers) or ""
            named = {iri_of(row.get(column)) for row in self.reading.rows}
            workers = self.found.workers.intersection(iri for iri in named if iri)
            told, pairs = column, iter(await works_of(self.site, workers))
        works = [Work(*pair) for pair in pairs]
        known = await gazetteer(self.site, {work.place for work in works if is_iri(work.place)})
        found = survey(works, known)
        sorts = (found.countries, found.regions, found.ranges, found.places, found.world)
        every = [area for areas in sorts for area in areas]
        await self.name(
            iri
            for area in every
            for iri in (area.place, area.country, *area.things[:_NAMED])
            if iri and is_iri(iri)
        )
        world = read_world(bundle_of(self.site.settings))
        count = count_things if told else _count_rows
        calls = {iri: self.called(iri) for area in every for iri in (area.place, *area.things[:_NAMED])}
        picture = draw(found, known, world, calls, lambda place: self.cell(place).href or "", count)
        return self.render(
            MAP,
            picture=picture,
            has_world=world is not None,
            steps=STEPS,
            column=column,
            told=told,
            lines=[
                self._line(area, count)
                for area in sorted(
                    every, key=lambda area: (-len(area.things), self.called(area.place).casefold())
                )
            ],
            missing=sum(
                iri_of(row.get(column)) not in self.found.places | self.found.workers
                for row in self.reading.rows
            ),
            rows=len(self.reading.rows),
        )

    def _line(self, area: Area, count: Callable[[Sequence[str]], str]) -> Mapping[str, Any]:
        named = [self.cell(iri) for iri in area.things[:_NAMED] if is_iri(iri)]
        return {
            "place": self.cell(area.place),
            "country": self.called(area.country) if area.country and area.country != area.place else "",
            "members": len(area.members),
            "count": count(area.things),
            "things": named,
            "more": len(area.things) - len(named) if named else 0,
        }

    async def timeline(self) -> str:
        """When what the rows say happened."""
        found = list(happenings(self.reading))
        lanes: dict[tuple[str, bool], list[Any]] = {}
        for item in found:
            lanes.setdefault((item.thing, item.is_iri), []).append(item)
        order = sorted(lanes, key=lambda key: (min(item.moment for item in lanes[key]), key))[:LANES]
        counted = Counter(item.event for item in found)
        await self.name([*(thing for thing, is_named in order if is_named), *counted])
        looks = {
            event: _LOOKS[min(place, len(_LOOKS) - 1)]
            for place, (event, _) in enumerate(counted.most_common())
        }
        drawn = chart(
            [
                Lane(
                    self.called(thing) if is_named else thing,
                    (self.cell(thing).href or "") if is_named else "",
                    tuple(
                        Point(item.moment, self.called(item.event), looks[item.event])
                        for item in lanes[thing, is_named]
                    ),
                )
                for thing, is_named in order
            ],
            date.today(),
        )
        return self.render(
            TIMELINE,
            chart=drawn,
            columns=self.reading.dates,
            namer=self.reading.namer,
            events=[(looks[event], self.called(event), number) for event, number in counted.most_common()],
            dates=len(found),
            drawn=len(order),
            things=len(lanes),
            today=date.today(),
        )


def _seen(things: Mapping[str, str], stated: Iterable[tuple[str, str, str, str]]) -> tuple[Ties, View]:
    """The ties, and those of them that there is room for: of the things that are tied to most."""
    whole = Ties.of(things, stated)
    return whole, see(whole, Wish(kinds=("",)))


def _count_rows(rows: Sequence[str]) -> str:
    return f"{len(rows)} row{'' if len(rows) == 1 else 's'}"
