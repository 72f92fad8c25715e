"""/timeline: when things were adopted, came into force, began, ended or met, as exactly as the sources say.

Some sources come in passages: these are the documents that the graph is about. What they state is told from
what others say. A source that speaks for a later time than the newest such document has said so “since then”,
and so has an undated source of a date that is later than the document.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from kg import vocab
from kg.sparql import write_iri
from kg.web import body
from kg.web.asked import for_people, kept_page, languages
from kg.web.html import Links, render
from kg.web.kinds import NAMES, choices, chosen, kind_of
from kg.web.moments import MOST, Lane, Moment, Point, Standing, chart, moment
from kg.web.site import Site, among

PATH = "/timeline"
# What happened, and its role in the course of the thing.
EVENTS: Mapping[str, tuple[str, str]] = {
    vocab.CONN + "textAgreedOn": ("text agreed", ""),
    vocab.CONN + "adoptedOn": ("adopted", ""),
    vocab.CONN + "openedForSignature": ("opened for signature", ""),
    vocab.CONN + "entryIntoForce": ("entry into force", "force"),
    vocab.CONN + "startDate": ("start", "from"),
    vocab.CONN + "periodStart": ("start of the period covered", "from"),
    vocab.CONN + "endDate": ("end", "to"),
    vocab.CONN + "periodEnd": ("end of the period covered", "to"),
}
_PERIODS = (vocab.CONN + "periodStart", vocab.CONN + "periodEnd")
WORDS: Mapping[Standing, str] = {"stated": "stated", "since": "said since then", "other": "another source"}


@dataclass(frozen=True)
class Sources:
    """Which graphs are passages of which document, and the time that each graph speaks for."""

    passages: Mapping[str, str]
    stated: Mapping[str, Moment]

    @property
    def line(self) -> Moment | None:
        """The time that the newest of the documents speaks for."""
        return max((self.stated[of] for of in self.passages.values() if of in self.stated), default=None)

    def standing(self, graph: str, when: Moment) -> Standing:
        """How a graph stands to the documents when it gives this date."""
        if graph in self.passages:
            return "stated"
        speaks = self.stated.get(graph, when)
        return "since" if self.line and speaks.first > self.line.last else "other"


@dataclass(frozen=True)
class Date:
    """A date of a thing, by property, and the graphs that state it."""

    thing: str
    property: str
    moment: Moment
    graphs: tuple[str, ...]

    def standing(self, sources: Sources) -> Standing:
        """Stated if a document states it; since then only if no earlier source says it, too."""
        found = {sources.standing(graph, self.moment) for graph in self.graphs}
        return next((item for item in ("stated", "other", "since") if item in found), "other")


@dataclass(frozen=True)
class Source:
    """What says so: its name, its page, and how it stands, in words."""

    name: str
    href: str
    words: str


@dataclass(frozen=True)
class Entry:
    """A date in the list."""

    moment: Moment
    event: str
    name: str
    href: str
    kind: str
    standing: Standing
    sources: tuple[Source, ...]


async def get(request: Request) -> Response:
    """Show by year what happened when, and who says so."""
    site = for_people(request)
    pairs = body.pairs(request.scope["query_string"])
    kinds = chosen(value for name, value in pairs if name == "kind")
    wanted = languages(request)[:5]

    async def make() -> bytes:
        return (await _page(site, kinds, wanted)).encode()

    return await kept_page(request, ("timeline", " ".join(kinds), *wanted), make)


def query() -> str:
    """The query that gives the dates, for everybody."""
    listed = " ".join("conn:" + name.removeprefix(vocab.CONN) for name in EVENTS)
    return (
        f"PREFIX conn: <{vocab.CONN}>\n\nSELECT ?date ?thing ?property ?saidBy WHERE {{\n"
        f"  VALUES ?property {{ {listed} }}\n  GRAPH ?saidBy {{ ?thing ?property ?date }}\n"
        "}\nORDER BY STR(?date) ?thing"
    )


async def _page(site: Site, kinds: Sequence[str], wanted: Sequence[str]) -> str:
    every, sources = await asyncio.gather(dates(site), read_sources(site))
    plans = {item.thing for item in every if item.property in _PERIODS}
    sort = {item.thing: "plan" if item.thing in plans else kind_of(item.thing) for item in every}
    shown = [item for item in every if not kinds or sort[item.thing] in kinds]
    iris = [iri for item in shown for iri in (item.thing, *item.graphs)]
    documents = sorted(set(sources.passages.values()))
    names = await site.labels([*iris, *documents], wanted)
    links = Links(site.settings)
    entries = listed(shown, sources, names, links, {thing: NAMES[kind][0] for thing, kind in sort.items()})
    years: dict[int, list[Entry]] = {}
    for entry in entries:
        years.setdefault(entry.moment.first.year, []).append(entry)
    return render(
        "timeline.html",
        site.settings,
        path=PATH,
        choices=choices(sort.values(), kinds or set(sort.values())),
        years=years,
        words=WORDS,
        total=len(entries),
        standings=standings(entries),
        chart=chart(lanes(shown, sources, names, links), sources.line.last if sources.line else None),
        most=MOST,
        documents=[(names.get(iri, iri), links.thing(iri)) for iri in documents],
        line=sources.line,
        query=links.query(query()),
    )


def standings(entries: Sequence[Entry]) -> list[tuple[Standing, str, int]]:
    """Each standing with its words, and how many of the dates have it."""
    return [(name, words, sum(entry.standing == name for entry in entries)) for name, words in WORDS.items()]


def listed(
    items: Iterable[Date],
    sources: Sources,
    names: Mapping[str, str],
    links: Links,
    kinds: Mapping[str, str],
) -> list[Entry]:
    """The dates in order, each thing with the name of its kind, where it has one in ``kinds``."""
    entries = [_entry(item, kinds.get(item.thing, ""), sources, names, links) for item in items]
    return sorted(entries, key=lambda entry: (entry.moment, entry.name.casefold(), entry.event))


def _entry(item: Date, kind: str, sources: Sources, names: Mapping[str, str], links: Links) -> Entry:
    told = []
    for graph in item.graphs:
        speaks = sources.stated.get(graph)
        words = WORDS[sources.standing(graph, item.moment)]
        told.append(
            Source(
                names.get(graph, graph),
                links.thing(graph),
                f"{words}, as of {speaks.words}" if speaks else f"{words}, undated",
            )
        )
    return Entry(
        item.moment,
        EVENTS[item.property][0],
        names.get(item.thing, item.thing),
        links.thing(item.thing),
        kind,
        item.standing(sources),
        tuple(told),
    )


def lanes(
    items: Sequence[Date], sources: Sources, names: Mapping[str, str], links: Links
) -> tuple[Lane, ...]:
    """The dates by thing, for a chart."""
    found: dict[str, list[Point]] = {}
    for item in items:
        event, role = EVENTS[item.property]
        standing = item.standing(sources)
        point = Point(item.moment, f"{event} ({WORDS[standing]})", standing, role)  # type: ignore[arg-type]
        found.setdefault(item.thing, []).append(point)
    return tuple(
        Lane(names.get(thing, thing), links.thing(thing), tuple(points)) for thing, points in found.items()
    )


# ---- what the store says
# -------------------------------------------------------------------------------------------


async def dates(site: Site, things: Iterable[str] | None = None) -> tuple[Date, ...]:
    """Every date of these things, or of all, each once with all that states it; what is none is left out."""
    every = f"VALUES ?p {{ {' '.join(map(write_iri, EVENTS))} }}"
    said = site.cited("?s ?p ?o", every if things is None else among(things, EVENTS))
    rows = await site.rows(f"SELECT DISTINCT ?s ?p ?o ?g WHERE {said} ORDER BY ?s ?p ?o ?g")
    found: dict[tuple[str, str, Moment], list[str]] = {}
    for row in rows:
        when = moment(str(row["o"]["value"])) if row["o"]["type"] == "literal" else None
        if when is None or row["s"]["type"] != "uri":
            continue
        graphs = found.setdefault((row["s"]["value"], row["p"]["value"], when), [])
        if "g" in row and row["g"]["value"] not in vocab.MACHINERY:
            graphs.append(row["g"]["value"])
    return tuple(Date(*key, tuple(graphs)) for key, graphs in found.items())


async def read_sources(site: Site) -> Sources:
    """The passages of documents, and what is known of when graphs speak."""
    kind = f"?s a {write_iri(vocab.PASSAGE_CLASS)}"
    part = f"?s {write_iri(vocab.DCTERMS_IS_PART_OF)} ?o"
    stated = f"?s {write_iri(vocab.STATED_AS_OF)} ?o"
    passages, spoken = await asyncio.gather(
        site.rows(
            f"SELECT DISTINCT ?s ?o WHERE {{ {site.anywhere(kind)} {site.anywhere(part, 'otherGraph')} }}"
        ),
        site.rows(f"SELECT DISTINCT ?s ?o WHERE {site.anywhere(stated)} ORDER BY ?s ?o"),
    )
    times = {row["s"]["value"]: moment(str(row["o"]["value"])) for row in spoken}
    return Sources(
        {row["s"]["value"]: row["o"]["value"] for row in passages},
        {graph: time for graph, time in times.items() if time is not None},
    )
