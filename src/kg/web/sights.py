"""What was chosen at /explore, seen on a map, as a network or over time, each picture with its data below it.

The pictures are those of /map, /network and /timeline, made of these things alone. A view is offered where
things of the class may be seen so; where nothing of what was chosen can be, there is a sentence instead.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from kg import vocab
from kg.conditions import IS, MISSING, THING, Condition, Kind, Property
from kg.errors import ResultTooLarge
from kg.ties import Ties
from kg.web.adding import Reader
from kg.web.areas import Work, draw, survey
from kg.web.atlas import OPERATES_IN, browsed, gazetteer, sorts, works
from kg.web.choices import MAP, NETWORK, TABLE, TIMELINE, Chosen, address, write
from kg.web.earth import read_world
from kg.web.html import Links, bundle_of, render
from kg.web.lookup import Namer, index_of
from kg.web.moments import MOST, chart
from kg.web.network import PATH as WHOLE
from kg.web.network import Listed, sources_of
from kg.web.offers import Uses
from kg.web.picture import Picture
from kg.web.picture import draw as draw_ties
from kg.web.scene import View, about, arranged
from kg.web.site import TooLong
from kg.web.tied import ties_of
from kg.web.timeline import EVENTS, WORDS, dates, lanes, listed, read_sources, standings

THINGS = 1_000
"""Things that are drawn; of more, the first."""

_PLACE = vocab.CONN + "Place"


@dataclass(frozen=True)
class Sight:
    """A view as a part of the page, in HTML; or a sentence on why there is none."""

    html: str = ""
    instead: str = ""


def fitting(kind: Kind, uses: Uses) -> tuple[str, ...]:
    """The views that things of a class may be seen in, given how many of them have which property."""
    used = [item for item in kind.properties if uses.get(item.key)]
    is_placed = kind.iri == _PLACE or _works_in(kind) in used
    is_tied = kind.is_main and kind.iri != vocab.PASSAGE_CLASS and any(item.kind == THING for item in used)
    is_dated = any(item.iri in EVENTS and not item.is_inverse for item in used)
    return (TABLE, *[MAP] * is_placed, *[NETWORK] * is_tied, *[TIMELINE] * is_dated)


async def see(reader: Reader, chosen: Chosen, total: int) -> Sight:
    """See what was chosen, so many things, in its view, which is any but the table."""
    site = reader.site
    drawing = _Drawing(reader, chosen, total)
    several = drawing.several
    draws: Mapping[str, tuple[Callable[[Sequence[str]], Coroutine[Any, Any, str]], str]] = {
        MAP: (drawing.map, f"No source says where these {several} work, so that there is no map of them."),
        NETWORK: (drawing.network, f"Nothing ties these {several} to what a network shows."),
        TIMELINE: (drawing.timeline, f"No source gives a date of these {several}: they have no timeline."),
    }
    make, instead = draws[chosen.view]

    async def made() -> bytes:
        return (await make(await drawing.things())).encode()

    bundle = bundle_of(site.settings)
    state = [text for pair in write(site, chosen) for text in pair]
    key = ("sight", bundle.fingerprint if bundle else "", *state, "", *reader.languages)
    try:
        html = (await site.keep(key, made)).decode()
    except (TooLong, ResultTooLarge):
        return Sight(
            instead=f"There is too much here to be drawn. Add a condition, so that fewer {several} are left."
        )
    return Sight(html) if html else Sight(instead=instead)


def _works_in(kind: Kind) -> Property | None:
    return next((item for item in kind.properties if item.key == (OPERATES_IN, False)), None)


@dataclass(frozen=True)
class _Drawing:
    """Draws what was chosen for one reader; what cannot be drawn is empty."""

    reader: Reader
    chosen: Chosen
    total: int

    @property
    def several(self) -> str:
        """What several of the things are called within a sentence."""
        return self.chosen.kind.plural[:1].lower() + self.chosen.kind.plural[1:]

    async def things(self) -> tuple[str, ...]:
        """The things that were chosen, by their names, as the table has them."""
        bare = replace(self.chosen.selection, columns=(), cites=False)
        (thing, *_), rows = await self.reader.ask(self.reader.builder().query(bare, THINGS))
        return tuple(str(row[thing]["value"]) for row in rows if row[thing]["type"] == "uri")

    def count(self, things: Sequence[str]) -> str:
        """Say how many things of the class these are."""
        name = self.chosen.kind.name
        return f"{len(things)} {name[:1].lower() + name[1:] if len(things) == 1 else self.several}"

    def _render(self, things: Sequence[str], **values: Any) -> str:
        given = {"view": self.chosen.view, "several": self.several, "left": max(0, self.total - THINGS)}
        return render("sight.html", self.reader.site.settings, **given, things=len(things), **values)

    # ---- where they work

    async def map(self, things: Sequence[str]) -> str:
        """Where the things work, or which places they are."""
        site, links = self.reader.site, Links(self.reader.site.settings)
        is_place = self.chosen.kind.iri == _PLACE
        found = tuple(Work(thing, thing) for thing in things) if is_place else await works(site, things)
        if not found:
            return ""
        known = await gazetteer(site, {work.place for work in found})
        seen = survey(found, known)
        iris = [iri for work in found for iri in (work.thing, work.place, *work.graphs)]
        names = await site.labels([*iris, *known.countries], self.reader.languages)
        world = read_world(bundle_of(site.settings))
        placed = tuple(dict.fromkeys(work.thing for work in found))
        where = _works_in(self.chosen.kind)
        there = self._there(where) if where else lambda place: browsed(links, place)
        return self._render(
            things,
            picture=draw(seen, known, world, names, links.thing, self.count),
            has_world=world is not None,
            sorts=sorts(seen, names, links, there, self.count),
            placed=self.count(placed),
            unplaced=len(things) - len(placed),
            missing=self._with(Condition(where, MISSING), TABLE) if where else "",
        )

    def _there(self, where: Property) -> Callable[[str], str]:
        """Where those of the things are seen that work in a place."""
        return lambda place: self._with(Condition(where, IS, (place,)), self.chosen.view)

    def _with(self, condition: Condition, view: str) -> str:
        narrower = replace(self.chosen.with_condition(condition), view=view)
        return address(self.reader.site, narrower) + "#count"

    # ---- how they are tied

    async def network(self, things: Sequence[str]) -> str:
        """What ties the things to each other and to what is beside them."""
        site = self.reader.site
        index, ties = await index_of(site), await ties_of(site)
        namer = Namer(index, self.reader.languages)
        async with site.drawing.place(self.reader.terms.client, site.settings.query_timeout):
            view, picture = await asyncio.to_thread(self._tied, ties, things, namer)
        if picture is None:
            return ""
        links = Links(site.settings)
        rows = Listed(ties, namer, links, await sources_of(site, view.shown, namer)).rows(view.shown)
        alone = things[0].removeprefix(vocab.ID) if len(things) == 1 else ""
        return self._render(
            things,
            picture=picture,
            root="",
            rows=rows,
            own=self.count(view.layers[0]),
            beside=len(view.things) - len(view.layers[0]),
            ties=len(view.shown),
            cut=view.left,
            whole=links.to(WHOLE) + (f"?{urlencode({'thing': alone})}" if alone else ""),
            is_alone=bool(alone),
        )

    def _tied(self, ties: Ties, things: Sequence[str], namer: Namer) -> tuple[View, Picture | None]:
        view = about(ties, things)
        if not view.layers:
            return view, None
        picture = draw_ties(
            view.whole,
            view.shown,
            arranged(view),
            {*view.layers[0]},
            title=f"What ties these {self.several}",
            name=namer.name,
            href=Links(self.reader.site.settings).thing,
        )
        return view, picture

    # ---- when it was

    async def timeline(self, things: Sequence[str]) -> str:
        """When what happened to the things."""
        site, links = self.reader.site, Links(self.reader.site.settings)
        found = await dates(site, things)
        if not found:
            return ""
        sources = await read_sources(site)
        iris = [iri for item in found for iri in (item.thing, *item.graphs)]
        names = await site.labels(iris, self.reader.languages)
        entries = listed(found, sources, names, links, {})
        line = sources.line
        return self._render(
            things,
            chart=chart(lanes(found, sources, names, links), line.last if line else None),
            line=line,
            most=MOST,
            standings=standings(entries),
            words=WORDS,
            entries=entries,
            dated=self.count(tuple(dict.fromkeys(item.thing for item in found))),
            undated=len(things) - len({item.thing for item in found}),
        )
