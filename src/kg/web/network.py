"""/network: things and their ties as a picture and a table: all, those around one, or the paths between two.

The address holds the whole question: ``thing`` and ``to`` (an IRI, a name, an acronym), ``depth``, ``kind``
and ``relation`` (any number). The same comes as SVG, GraphML or CSV.
"""

import asyncio
import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ParamSpec, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kg import vocab
from kg.errors import NotFound, QueryError
from kg.media import CSV, GRAPHML, HTML, Format
from kg.results import write_network
from kg.search.index import Index
from kg.search.postings import bits_of
from kg.ties import Path, Tie, Ties
from kg.web import body
from kg.web.asked import address, charge, choose, formats_of, languages, number_of, site_of, terms_of
from kg.web.html import Cell, Links, render
from kg.web.lookup import Namer, index_of, local_name, meant, short
from kg.web.meaning import Meaning, meaning
from kg.web.picture import Picture, draw
from kg.web.reply import VARY, is_known, not_modified, while_there, whole
from kg.web.scene import MOST, MOST_TIES, NOTHING, View, Wish, arranged, see
from kg.web.site import Site
from kg.web.tied import BACKGROUND, Asking, ties_of

PATH = "/network"
P = ParamSpec("P")
T = TypeVar("T")
SVG = Format("svg", "SVG", "image/svg+xml", "svg", "file")
OFFERS = (HTML, SVG, GRAPHML, CSV)
_LONG = 12_000
"""Characters of a query that is still put into an address."""


async def get(request: Request) -> Response:
    """Show how things are tied, as a picture and a table or as a file."""
    client = charge(request)
    site = site_of(request)
    pairs = body.pairs(request.scope["query_string"])
    given = {
        key: [value for name, value in pairs if name == key and value.strip()]
        for key in ("thing", "to", "depth", "kind", "relation")
    }
    chosen = choose(request, formats_of(pairs), OFFERS, "The network")
    depth = number_of("depth", given["depth"], 1, 1, 3)
    wanted, terms = languages(request)[:5], terms_of(request, None)
    root = address(request) if chosen is SVG else ""
    state = [chosen.name, root, *wanted, ""]
    state += [f"{key}={value}" for key in given for value in given[key]]
    parts = (site.store.version, site.settings.default_graph, PATH, *state)
    if known := is_known(request, parts, terms.encoding):
        return not_modified(known)

    async def read() -> _Page:
        index, ties = await index_of(site), await ties_of(site)
        return _Page(site, index, ties, Namer(index, wanted), client)

    async def make() -> bytes:
        page = await read()
        wish = await page.wish(given, depth)
        if chosen is HTML:
            return await page.html(wish)
        return await page.file(wish, chosen, root)

    headers = {"Vary": f"{VARY}, Accept-Language"}
    if chosen is HTML and given["kind"] and (await while_there(request, read())).is_usual(given["kind"]):
        return RedirectResponse(_shorter(site, given), 303, headers)
    data = await while_there(request, site.keep((PATH, *state), make))
    coding = (terms.encoding, terms.always)
    return whole(request, data, content_type=chosen.content_type, parts=parts, headers=headers, coding=coding)


def _shorter(site: Site, given: Mapping[str, Sequence[str]]) -> str:
    """The address that asks the same without what is usual."""
    pairs = [(key, text) for key in ("thing", "to", "depth", "relation") for text in given[key]]
    kept = urlencode([pair for pair in pairs if pair != ("depth", "1")])
    return Links(site.settings).to(PATH) + (f"?{kept}" if kept else "")


@dataclass(frozen=True)
class _Page:
    """Makes the answer for one reader."""

    site: Site
    index: Index
    ties: Ties
    namer: Namer
    client: str

    async def _beside(self, work: Callable[P, T], *given: P.args, **named: P.kwargs) -> T:
        """Do what may take long for a large network beside the event loop, one at a time."""
        async with self.site.drawing.place(self.client, self.site.settings.query_timeout):
            return await asyncio.to_thread(work, *given, **named)

    # ---- what is asked

    async def wish(self, given: Mapping[str, Sequence[str]], depth: int) -> Wish:
        """Understand the parameters; QueryError for a kind or relation that there is not."""
        kinds = self._known("kind", given["kind"], Counter(self.ties.kinds.values()))
        relations = self._known(
            "relation", given["relation"], Counter(tie.relation for tie in self.ties.ties)
        )
        within = (
            bits_of(sorted(self.index.number[thing] for thing in self.ties.kinds)) if self.ties.kinds else 0
        )
        texts = [*given["thing"][:1], *given["to"][:1]]
        found = [await meaning(self.site, self.index, text, within, self.client) for text in texts]
        first, second = [*found, NOTHING, NOTHING][:2]
        return Wish(first, second, depth, kinds, relations)

    def is_usual(self, texts: Sequence[str]) -> bool:
        """Whether the kinds that were sent are just those of a form in which none was chosen."""
        there = Counter(self.ties.kinds.values())
        tied = {self.ties.kinds[thing] for thing in self.ties.beside}
        return {*self._known("kind", texts, there)} == tied - {*BACKGROUND}

    def _known(self, what: str, texts: Sequence[str], there: Counter[str]) -> tuple[str, ...]:
        found = []
        for text in texts:
            iri = meant(self.site, text, there, lambda iri: (self.namer.name(iri),))
            if iri is None:
                names = ", ".join(self._short(iri) for iri, _ in there.most_common(60))
                raise QueryError(
                    f"There is no {what} {text[:80]!r} in the network.", remedy=f"There are: {names}."
                )
            found.append(iri)
        return tuple(dict.fromkeys(found))

    def _short(self, iri: str) -> str:
        return local_name(iri) if iri.startswith(vocab.CONN) else short(self.site, iri)

    # ---- what is shown

    def title(self, wish: Wish) -> str:
        """What the picture shows, in words."""
        one, other = (self.namer.name(item.thing) if item.thing else "" for item in (wish.thing, wish.to))
        if one and other:
            return f"How {one} and {other} are tied"
        return f"What {one} is tied to" if one else "How things are tied"

    async def picture(self, wish: Wish, view: View) -> Picture | None:
        """Draw what is shown; None when there is nothing."""
        if not view.layers:
            return None
        arrangement = await self._beside(arranged, view)
        return await asyncio.to_thread(
            draw,
            view.whole,
            view.shown,
            arrangement,
            {item.thing for item in wish.named if item.thing},
            title=self.title(wish),
            name=self.namer.name,
            href=lambda iri: self.href(replace(wish, thing=self._as_meant(iri), to=NOTHING)),
        )

    # ---- addresses

    def _as_meant(self, iri: str) -> Meaning:
        return Meaning(iri.removeprefix(vocab.ID), iri)

    def href(self, wish: Wish, format: str = "") -> str:
        """The address of what is asked for."""
        pairs = [*self._pairs(wish), *([("format", format)] if format else [])]
        return Links(self.site.settings).to(PATH) + (f"?{urlencode(pairs)}" if pairs else "")

    def _pairs(self, wish: Wish) -> list[tuple[str, str]]:
        pairs = [
            (key, item.thing.removeprefix(vocab.ID) if item.thing else item.text)
            for key, item in (("thing", wish.thing), ("to", wish.to))
            if item.text
        ]
        pairs += [("depth", str(wish.depth))] if wish.depth > 1 else []
        pairs += [("kind", self._short(iri)) for iri in wish.kinds]
        return [*pairs, *(("relation", self._short(iri)) for iri in wish.relations)]

    # ---- answers

    async def file(self, wish: Wish, chosen: Format, root: str) -> bytes:
        """The picture or its data as a file; NotFound when it is not clear what is asked for."""
        for item in wish.named:
            if not item.thing:
                others = " or ".join(iri.removeprefix(vocab.ID) for iri in item.others)
                raise NotFound(
                    f"It is not clear what {item.text[:80]!r} means."
                    if others
                    else f"Nothing in the network is called {item.text[:80]!r}.",
                    remedy=f"Ask for {others}." if others else "Find the name at /search.",
                )
        view = await self._beside(see, self.ties, wish)
        if chosen is SVG:
            picture = await self.picture(wish, view)
            if picture is None:
                raise NotFound("There is nothing to draw.", remedy="Choose more kinds or relations.")
            return render("picture.svg", self.site.settings, picture=picture, root=root).encode()
        sources = await sources_of(self.site, view.shown, self.namer)
        if chosen is CSV:
            return await asyncio.to_thread(_table, view.shown, self.namer, sources)
        return await asyncio.to_thread(self._graphml, view)

    def _graphml(self, view: View) -> bytes:
        typed = [(thing, vocab.RDF_TYPE, view.whole.kinds[thing]) for thing in view.things]
        facts = [(_uri(one), relation, _uri(other)) for one, relation, other in typed]
        facts += [(_uri(tie.start), tie.relation, _uri(tie.end)) for tie in view.shown]
        iris = {iri for one, relation, other in typed for iri in (one, other)}
        names = {iri: self.namer.name(iri) for iri in iris | {tie.relation for tie in view.shown}}
        return write_network(facts, names, self.site.prefixes)

    async def html(self, wish: Wish) -> bytes:
        """The page."""
        view = await self._beside(see, self.ties, wish)
        links = Links(self.site.settings)
        listed = Listed(self.ties, self.namer, links, await sources_of(self.site, view.shown, self.namer))
        cell, cited = listed.cell, listed.cited

        def way(path: Path) -> list[tuple[Cell, list[tuple[str, bool, list[Cell]]], Cell]]:
            return [
                (
                    cell(one),
                    [
                        (self.namer.name(tie.relation), tie.start == one, cited(tie.sources))
                        for tie in view.whole.beside[one][other]
                    ],
                    cell(other),
                )
                for one, other in pairwise(path)
            ]

        query = self._query(wish, view)
        kinds, relations = self._filters(wish)
        everything = replace(wish, kinds=tuple(sorted({*self.ties.kinds.values()})), relations=())
        text = await asyncio.to_thread(
            render,
            "network.html",
            self.site.settings,
            title=self.title(wish),
            wish=wish,
            view=view,
            names=[self._field(item) for item in (wish.thing, wish.to)],
            unclear=[
                (
                    item,
                    cell(item.thing) if item.thing else None,
                    [
                        (cell(iri), self.href(_instead(wish, item, self._as_meant(iri))))
                        for iri in item.others
                    ],
                )
                for item in wish.named
                if item.thing is None or not item.is_exact
            ],
            chosen=[cell(item.thing) for item in wish.named if item.thing],
            same=wish.thing.thing == wish.to.thing,
            picture=await self.picture(wish, view),
            paths=[way(path) for path in view.paths.found] if view.paths else [],
            wider=self.href(everything) if await self._is_wider(wish, view, everything) else "",
            rows=listed.rows(view.shown),
            kinds=kinds,
            relations=relations,
            most=(MOST, MOST_TIES),
            root="",
            files=[
                (row.label, self.href(wish, row.name), row.extension) for row in OFFERS if row is not HTML
            ],
            asked=links.query(query) if query else "",
            citing=links.cite([("query", query), ("page", self._page(wish))]) if query else "",
            path=links.to(PATH),
        )
        return text.encode()

    def _field(self, item: Meaning) -> str:
        """What stands in the field for a thing: the name of what is meant, if that would mean it again."""
        return self.namer.name(item.thing) if item.thing and item.is_exact else item.text

    def _filters(
        self, wish: Wish
    ) -> tuple[list[tuple[str, str, int, bool]], list[tuple[str, str, int, bool]]]:
        """Kinds and relations to choose from: value, name, how many there are, and whether it is chosen."""
        things = Counter(self.ties.kinds[thing] for thing in self.ties.beside)
        ties = Counter(tie.relation for tie in self.ties.ties)
        shown, by = wish.shows(self.ties), wish.relations
        return tuple(  # type: ignore[return-value]
            [
                (self._short(iri), self.namer.name(iri), number, iri in chosen)
                for iri, number in sorted(
                    counted.items(), key=lambda item: self.namer.name(item[0]).casefold()
                )
            ]
            for counted, chosen in ((things, shown), (ties, by))
        )

    async def _is_wider(self, wish: Wish, view: View, everything: Wish) -> bool:
        """Whether things that no path ties are tied once all kinds and relations are taken in."""
        if view.paths is None or view.paths.total or wish.thing.thing == wish.to.thing:
            return False
        paths = (await self._beside(see, self.ties, everything)).paths
        return paths is not None and paths.total > 0

    def _query(self, wish: Wish, view: View) -> str:
        """What is shown as a query in SPARQL; empty where that would be too long."""
        asking = Asking(self.site)
        if not view.shown:
            return ""
        if view.paths:
            query = asking.exactly(view.shown)
        elif wish.thing.thing or view.left:
            query = asking.between(view.things, wish.relations)
        else:
            query = asking.of_kinds(wish.shows(self.ties), wish.relations)
        return f"# {' '.join(self.title(wish).split())}\n{query}" if len(query) <= _LONG else ""

    def _page(self, wish: Wish) -> str:
        return f"{PATH}?{urlencode(self._pairs(wish))}".rstrip("?")


async def sources_of(site: Site, ties: Iterable[Tie], namer: Namer) -> dict[str, str]:
    """The names of all that states some of these ties."""
    graphs = sorted({source for tie in ties for source in tie.sources})
    labels = await site.labels(graphs, namer.languages)
    return {graph: labels.get(graph) or local_name(graph) for graph in graphs}


@dataclass(frozen=True)
class Listed:
    """Ties as a table has them, with links; ``sources`` are the names of what states them."""

    ties: Ties
    namer: Namer
    links: Links
    sources: Mapping[str, str]

    def cell(self, iri: str) -> Cell:
        """A thing, with its kind."""
        name = self.namer.name
        return Cell(name(iri), self.links.thing(iri), name(self.ties.kinds[iri]))

    def cited(self, graphs: Iterable[str]) -> list[Cell]:
        """What says so."""
        return [Cell(self.sources[graph], self.links.thing(graph)) for graph in graphs]

    def rows(self, ties: Iterable[Tie]) -> list[tuple[Cell, str, Cell, list[Cell]]]:
        """Ties by the names of their things: from, relation, to, and what says so."""
        found = [
            (
                self.cell(tie.start),
                self.namer.name(tie.relation),
                self.cell(tie.end),
                self.cited(tie.sources),
            )
            for tie in ties
        ]
        return sorted(found, key=lambda row: (row[0].text.casefold(), row[1], row[2].text.casefold()))


def _instead(wish: Wish, item: Meaning, other: Meaning) -> Wish:
    """The same with another meaning of one of the names."""
    return replace(wish, thing=other) if item is wish.thing else replace(wish, to=other)


def _uri(iri: str) -> dict[str, str]:
    return {"type": "uri", "value": iri}


def _table(ties: Iterable[Tie], namer: Namer, sources: Mapping[str, str]) -> bytes:
    """A row for each source of each tie."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(["from", "relation", "to", "source", "fromIri", "relationIri", "toIri", "sourceIri"])
    for tie in ties:
        for source in tie.sources or ("",):
            iris = (tie.start, tie.relation, tie.end)
            rows.writerow([*map(namer.name, iris), sources.get(source, ""), *iris, source])
    return text.getvalue().encode()
