"""/map: the countries and regions that things work in, drawn and as tables; ``?kind=`` chooses the kinds."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from kg import vocab
from kg.sparql import is_iri, write_iri
from kg.web import body
from kg.web.areas import Area, Gazetteer, Survey, Work, draw, survey
from kg.web.asked import for_people, kept_page, languages
from kg.web.earth import path_of, read_world
from kg.web.html import Links, bundle_of, render
from kg.web.kinds import choices, chosen, count_things, kind_of
from kg.web.site import Row, Site

PATH = "/map"
OPERATES_IN = vocab.CONN + "operatesIn"
_WITHIN = vocab.GEO + "sfWithin"
_M49, _COUNTRY = vocab.SCHEME + "m49", vocab.SCHEME + "iso-3166-1-alpha-2"
_WORLD = "001"
# Meetings are held somewhere, and people live somewhere: shown when they are asked for.
_USUAL = ("initiative", "instrument", "network", "output", "engagement", "organisation", "other")


@dataclass(frozen=True)
class Item:
    """A thing that works in an area, and what says so: each source with its name and page."""

    name: str
    href: str
    sources: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Line:
    """An area as a row: its name and page, where what is there is found, how much it is and what."""

    name: str
    href: str
    there: str
    count: str
    items: tuple[Item, ...]
    members: int
    country: str


async def get(request: Request) -> Response:
    """Show on a map and in tables where things work."""
    site = for_people(request)
    pairs = body.pairs(request.scope["query_string"])
    kinds = chosen(value for name, value in pairs if name == "kind") or _USUAL
    wanted = languages(request)[:5]
    bundle = bundle_of(site.settings)
    shape = ("map", bundle.fingerprint if bundle else "", " ".join(kinds), *wanted)

    async def make() -> bytes:
        return (await _page(site, kinds, wanted)).encode()

    return await kept_page(request, shape, make)


def query() -> str:
    """The query that gives what is on the map, for everybody."""
    return (
        f"PREFIX conn: <{vocab.CONN}>\nPREFIX skos: <{vocab.SKOS_PREF_LABEL.removesuffix('prefLabel')}>\n\n"
        "SELECT ?thing ?name ?place ?where WHERE {\n  ?thing conn:operatesIn ?place .\n"
        '  ?thing skos:prefLabel ?name . FILTER(lang(?name) = "en")\n'
        '  ?place skos:prefLabel ?where . FILTER(lang(?where) = "en")\n}\nORDER BY ?where ?name'
    )


async def _page(site: Site, kinds: Sequence[str], wanted: Sequence[str]) -> str:
    every = await works(site)
    shown = [work for work in every if kind_of(work.thing) in kinds]
    known = await gazetteer(site, {work.place for work in shown})
    found = survey(shown, known)
    iris = [iri for work in shown for iri in (work.thing, work.place, *work.graphs)]
    names = await site.labels([*iris, *known.countries], wanted)
    links = Links(site.settings)
    world = read_world(bundle_of(site.settings))
    said = set(dict.fromkeys((work.thing, kind_of(work.thing)) for work in every))
    return render(
        "map.html",
        site.settings,
        path=PATH,
        choices=choices((kind for _, kind in said), kinds),
        picture=draw(found, known, world, names, lambda place: browsed(links, place)),
        has_world=world is not None,
        sorts=sorts(found, names, links, lambda place: browsed(links, place)),
        count=count_things(dict.fromkeys(work.thing for work in shown)) if shown else "",
        query=links.query(query()),
    )


def sorts(
    found: Survey,
    names: Mapping[str, str],
    links: Links,
    there: Callable[[str], str],
    count: Callable[[Sequence[str]], str] = count_things,
) -> tuple[tuple[str, str, str, tuple[Line, ...]], ...]:
    """The tables: an anchor, a heading, a sentence, and rows; ``there`` finds what is in a place."""

    def lines(areas: Iterable[Area]) -> tuple[Line, ...]:
        rows = [_line(area, names, links, there(area.place), count(area.things)) for area in areas]
        return tuple(sorted(rows, key=lambda row: (-len(row.items), row.name.casefold())))

    return (
        ("countries", "Countries and territories", "", lines(found.countries)),
        (
            "regions",
            "Regions",
            "Regions of the UN's M49 list lie over all their countries, more lightly: the source says that a "
            "thing works in the region, not in which of its countries.",
            lines(found.regions),
        ),
        (
            "ranges",
            "Mountain ranges and other outlines",
            "Their outlines are simplified.",
            lines(found.ranges),
        ),
        (
            "places",
            "Other places",
            "Of these the graph has no outline; those inside a country count for it.",
            lines(found.places),
        ),
        ("world", "The whole world", "These are in no country of the map.", lines(found.world)),
    )


def _line(area: Area, names: Mapping[str, str], links: Links, there: str, count: str) -> Line:
    items = []
    for thing in area.things:
        graphs = dict.fromkeys(graph for work in area.works if work.thing == thing for graph in work.graphs)
        sources = tuple((names.get(graph, graph), links.thing(graph)) for graph in graphs)
        items.append(Item(names.get(thing, thing), links.thing(thing), sources))
    return Line(
        names.get(area.place, area.place),
        links.thing(area.place),
        there,
        count,
        tuple(sorted(items, key=lambda item: item.name.casefold())),
        len(area.members),
        names.get(area.country, area.country) if area.country else "",
    )


def browsed(links: Links, place: str) -> str:
    """Where one browses what is in a place."""
    return links.to(f"/browse?{urlencode({'place': place.removeprefix(vocab.ID)})}")


# ---- what the store says
# -------------------------------------------------------------------------------------------


async def works(site: Site, things: Iterable[str] | None = None) -> tuple[Work, ...]:
    """What of these things, or of all, works somewhere, with what says so."""
    given = "" if things is None else f"VALUES ?s {{ {' '.join(map(write_iri, things))} }}"
    said = site.cited(f"?s {write_iri(OPERATES_IN)} ?place", given)
    rows = await site.rows(f"SELECT DISTINCT ?s ?place ?g WHERE {said} ORDER BY ?s ?place ?g")
    found: dict[tuple[str, str], Work] = {}
    for row in rows:
        thing, place = row["s"], row["place"]
        if thing["type"] == place["type"] == "uri" and is_iri(place["value"]):
            key = (str(thing["value"]), str(place["value"]))
            work = found.setdefault(key, Work(*key))
            if "g" in row and row["g"]["value"] not in vocab.MACHINERY:
                found[key] = replace(work, graphs=(*work.graphs, str(row["g"]["value"])))
    return tuple(found.values())


async def gazetteer(site: Site, places: Iterable[str]) -> Gazetteer:
    """What is known of all countries and regions, and the outlines of these places."""
    within, coded, drawn = await asyncio.gather(
        site.rows(
            f"SELECT DISTINCT ?s ?o WHERE {site.anywhere(f'?s {write_iri(_WITHIN)} ?o')} ORDER BY ?s ?o"
        ),
        site.rows(
            f"SELECT DISTINCT ?s ?o WHERE {{ {site.anywhere(f'?s {write_iri(vocab.DCTERMS_IDENTIFIER)} ?o')} "
            f"FILTER(datatype(?o) IN ({write_iri(_M49)}, {write_iri(_COUNTRY)})) }} ORDER BY ?s ?o"
        ),
        _outlines(site, sorted(places)),
    )
    lies: dict[str, list[str]] = {}
    for row in within:
        lies.setdefault(row["s"]["value"], []).append(row["o"]["value"])
    coded = [row for row in coded if row["o"]["type"] == "literal"]
    alpha = {row["s"]["value"] for row in coded if row["o"]["datatype"] == _COUNTRY}
    codes = {row["s"]["value"]: row["o"]["value"] for row in coded if row["o"]["datatype"] == _M49}
    return Gazetteer(
        lies,
        {place: code for place, code in codes.items() if place in alpha},
        frozenset(place for place, code in codes.items() if place not in alpha and code != _WORLD),
        frozenset(place for place, code in codes.items() if code == _WORLD),
        {row["s"]["value"]: path for row in drawn if (path := path_of(str(row["wkt"]["value"])))},
    )


async def _outlines(site: Site, places: Sequence[str]) -> list[Row]:
    if not places:
        return []
    having = " ".join(map(write_iri, vocab.GEO_GEOMETRIES))
    return await site.rows(
        f"SELECT DISTINCT ?s ?wkt WHERE {{ VALUES ?s {{ {' '.join(map(write_iri, places))} }} "
        f"VALUES ?has {{ {having} }} {site.anywhere('?s ?has ?shape')} "
        f"{site.anywhere(f'?shape {write_iri(vocab.GEO_AS_WKT)} ?wkt', 'otherGraph')} }} ORDER BY ?s ?wkt"
    )
