"""/browse: all things by what they have, narrowed by facets that stand in the address.

Several values of a facet mean any of them, several facets all of them. What is chosen can be dropped value by
value, and is there as a query and as files, too.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, islice
from math import ceil
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from kg.errors import NotFound, QueryError
from kg.media import CSV, HTML, XLSX
from kg.search.facets import Shelves, foremost, in_tree
from kg.search.postings import flags
from kg.web import body
from kg.web.asked import charge, choose, kept_page, languages, number_of, site_of
from kg.web.aspects import ASPECTS, KIND, PERIOD, STATUS
from kg.web.html import Links, render
from kg.web.lookup import Namer, meant
from kg.web.selection import Writer
from kg.web.shelving import shelves_of
from kg.web.site import Site

PATH = "/browse"
RELEVANCE, NAME = "relevance", "name"
_PAGE = 25
_MOST_PAGES = 100_000
_MOST_CHOSEN, _LONGEST = 50, 500
_VALUES = 150
"""Values of a facet on a kept_page, those of most things."""
_PLACES = 3
"""Places of a thing in the list."""


@dataclass(frozen=True)
class Asked:
    """What an address asks for: values as they are written there, by facet, the order, and which page."""

    chosen: Mapping[str, tuple[str, ...]]
    sort: str
    page: int

    def address(self, **changed: tuple[str, ...] | str | int) -> str:
        """Return the query string that asks for this, with other values of facets, order or page."""
        chosen = {**self.chosen, **{key: value for key, value in changed.items() if isinstance(value, tuple)}}
        parameters = [(aspect.name, text) for aspect in ASPECTS for text in chosen.get(aspect.name, ())]
        sort, number = changed.get("sort", self.sort), changed.get("page", 1)
        parameters += [("sort", str(sort))] if sort != RELEVANCE else []
        parameters += [("page", str(number))] if number != 1 else []
        return f"?{urlencode(parameters)}" if parameters else ""


@dataclass(frozen=True)
class Option:
    """A value of a facet, as it is offered."""

    token: str
    name: str
    things: int
    is_chosen: bool
    depth: int


@dataclass(frozen=True)
class Group:
    """A facet, as it is offered; ``left`` values more have no room."""

    name: str
    title: str
    told: str
    options: tuple[Option, ...]
    chosen: int
    left: int


@dataclass(frozen=True)
class Way:
    """A link that drops or finds something, and how many things there are then.

    ``is_known`` tells whether there is a value that is meant.
    """

    title: str
    name: str
    href: str
    things: int = 0
    is_known: bool = True


@dataclass(frozen=True)
class Row:
    """A thing in the list."""

    name: str
    language: str
    href: str
    kinds: str
    line: str
    line_language: str
    marks: tuple[str, ...]
    sources: int


@dataclass(frozen=True)
class View:
    """What the page shows."""

    total: int
    rows: tuple[Row, ...]
    page: int
    pages: int
    groups: tuple[Group, ...]
    chips: tuple[Way, ...]
    drops: tuple[Way, ...]
    sort: str
    before: str
    after: str
    query: str
    files: tuple[tuple[str, str], ...]


async def get(request: Request) -> Response:
    """Show the things that have what is chosen; QueryError, NotFound for a page that there is not."""
    client = charge(request)
    choose(request, (), (HTML,), "This page")
    site, wanted = site_of(request), languages(request)[:5]
    asked = read(body.pairs(request.scope["query_string"]))

    async def make() -> bytes:
        shelves = await shelves_of(site)
        async with site.matching.place(client, site.settings.query_timeout):
            return await asyncio.to_thread(_page, site, shelves, asked, wanted)

    return await kept_page(request, ("browse", asked.address(page=asked.page), *wanted), make)


def read(pairs: Sequence[tuple[str, str]]) -> Asked:
    """Read what an address asks for; QueryError."""
    given: dict[str, list[str]] = {}
    for key, value in pairs:
        given.setdefault(key, []).append(value)
    chosen = {
        aspect.name: tuple(dict.fromkeys(text.strip() for text in given.get(aspect.name, ()) if text.strip()))
        for aspect in ASPECTS
    }
    texts = [text for values in chosen.values() for text in values]
    if len(texts) > _MOST_CHOSEN or any(len(text) > _LONGEST for text in texts):
        raise QueryError(
            "The address chooses too much.",
            remedy=f"Choose {_MOST_CHOSEN} values at most, of {_LONGEST} characters at most.",
        )
    sort = next((text for text in given.get("sort", ()) if text), RELEVANCE)
    if sort not in (RELEVANCE, NAME):
        raise QueryError(f"There is no order {sort[:40]!r}.", remedy=f"Sort by {RELEVANCE} or {NAME}.")
    return Asked(chosen, sort, number_of("page", given.get("page", ()), 1, 1, _MOST_PAGES))


def _page(site: Site, shelves: Shelves, asked: Asked, wanted: Sequence[str]) -> bytes:
    return render("browse.html", site.settings, view=_view(site, shelves, asked, wanted)).encode()


def _view(site: Site, shelves: Shelves, asked: Asked, wanted: Sequence[str]) -> View:
    links, namer = Links(site.settings), Namer(shelves.index, wanted)
    chosen = {
        name: [_value(site, shelves, name, text) for text in texts] for name, texts in asked.chosen.items()
    }
    selected = shelves.table.select(chosen)
    total = selected.bit_count()
    pages = max(1, ceil(total / _PAGE))
    if asked.page > pages:
        raise NotFound(f"There is no page {asked.page:,}.", remedy=f"The last page is {pages:,}.")
    order = shelves.by_name(namer.rank) if asked.sort == NAME else shelves.order
    chosen_ones = map(flags(selected, len(order)).__getitem__, order)
    first = (asked.page - 1) * _PAGE
    shown = islice(compress(order, chosen_ones), first, first + _PAGE)
    here = links.to(PATH)
    writer = Writer(site)
    query = writer.query(
        [
            (
                aspect,
                [value for value in values if value in shelves.tokens[aspect.name]],
                " or ".join(map(namer.name, values)),
            )
            for aspect in ASPECTS
            if (values := chosen[aspect.name])
        ],
        lambda name, values: shelves.table.facets[name].narrower(values),
        carded=shelves.carded,
    )
    return View(
        total,
        tuple(_row(links, shelves, namer, number) for number in shown),
        asked.page,
        pages,
        _groups(shelves, namer, chosen),
        tuple(
            Way(
                aspect.title,
                namer.name(value),
                here + asked.address(**{aspect.name: tuple(other for other in texts if other != text)}),
                is_known=value in shelves.tokens[aspect.name],
            )
            for aspect in ASPECTS
            for texts in (asked.chosen[aspect.name],)
            for text, value in zip(texts, chosen[aspect.name], strict=True)
        ),
        () if total else _drops(here, shelves, namer, asked, chosen),
        asked.sort,
        here + asked.address(page=asked.page - 1) if asked.page > 1 else "",
        here + asked.address(page=asked.page + 1) if asked.page < pages else "",
        links.query(query),
        tuple((row.label, links.query(query, [("format", row.name)])) for row in (CSV, XLSX)),
    )


def _value(site: Site, shelves: Shelves, name: str, text: str) -> str:
    """The value that a text in an address means; the text itself, which nothing has, when it means none."""
    known, number = shelves.tokens[name], shelves.index.number
    found = shelves.values[name].get(text)

    def names(iri: str) -> list[str]:
        return [item.text for item in shelves.index.things[number[iri]].names] if iri in number else []

    return found or meant(site, text, known, names) or text


def _groups(shelves: Shelves, namer: Namer, chosen: Mapping[str, Sequence[str]]) -> tuple[Group, ...]:
    counts = shelves.table.counts(chosen)
    found = []
    for aspect in ASPECTS:
        known = shelves.tokens[aspect.name]
        picked = [value for value in chosen[aspect.name] if value in known]
        counted = counts[aspect.name]
        offered = foremost(counted, _VALUES) | {value: counted.get(value, 0) for value in picked}
        above = shelves.table.facets[aspect.name].above
        ordered = in_tree(offered, above, namer.name)
        if aspect.name == PERIOD:
            ordered = iter([(value, 0) for value in sorted(offered, reverse=True)])
        options = tuple(
            Option(known[value], namer.name(value), offered[value], value in picked, min(depth, 5))
            for value, depth in ordered
        )
        left = len(counted) - sum(value in counted for value in offered)
        if options:
            found.append(Group(aspect.name, aspect.title, aspect.told, options, len(picked), left))
    return tuple(found)


def _drops(
    here: str, shelves: Shelves, namer: Namer, asked: Asked, chosen: Mapping[str, Sequence[str]]
) -> tuple[Way, ...]:
    """The facets without which there would be something, those that leave most first."""
    found = [
        Way(
            aspect.title,
            " or ".join(map(namer.name, chosen[aspect.name])),
            here + asked.address(**{aspect.name: ()}),
            shelves.table.select(chosen, apart_from=aspect.name).bit_count(),
        )
        for aspect in ASPECTS
        if chosen[aspect.name]
    ]
    return tuple(sorted((way for way in found if way.things), key=lambda way: -way.things))


def _row(links: Links, shelves: Shelves, namer: Namer, number: int) -> Row:
    thing = shelves.index.things[number]
    label, line = thing.label(namer.rank), thing.description(namer.rank)
    facets = shelves.table.facets
    places = sorted(map(namer.name, facets["place"].own[number]))
    more = [f"{len(places) - _PLACES} more places"] if len(places) > _PLACES + 1 else []
    if more:
        del places[_PLACES:]
    return Row(
        label.text,
        label.language,
        links.thing(thing.iri),
        ", ".join(map(namer.name, facets[KIND].own[number])),
        line.text if line else "",
        line.language if line else "",
        (*map(namer.name, facets[STATUS].own[number]), *places, *more),
        shelves.sources[number],
    )


def things_on(shelves: Shelves, namer: Namer, root: str) -> list[Way]:
    """The kinds of things that there are, most first, each with a link that lists them."""
    counted = shelves.table.facets[KIND].counts(shelves.table.scope)
    return [
        Way("", name, f"{root}?{urlencode([(KIND, shelves.tokens[KIND][kind])])}", things)
        for kind, name, things in most_first(counted, namer)
    ]


def most_first(counted: Mapping[str, int], namer: Namer) -> list[tuple[str, str, int]]:
    """Return values with their names and counts, those of most things first."""
    named = [(value, namer.name(value), things) for value, things in counted.items()]
    return sorted(named, key=lambda item: (-item[2], item[1], item[0]))
