"""/: what this is, what is in it, and three things to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from kg import vocab
from kg.directives import Question
from kg.errors import NotAcceptable
from kg.media import HTML, negotiate
from kg.sparql import write_iri
from kg.web import browse, engagements
from kg.web.asked import accepted, kept_page, languages, site_of
from kg.web.aspects import KIND
from kg.web.citation import Release, release
from kg.web.html import Links, cell, render
from kg.web.lookup import short
from kg.web.site import Site

_SAMPLES = 3
"""Questions that the page shows; all of them are at /questions."""


@dataclass(frozen=True)
class Kind:
    """A class with its label and the number of things in it; ``href`` lists them.

    ``registered`` tells the classes that cards of the register name from those of the machinery.
    """

    label: str
    things: int
    href: str
    registered: bool


@dataclass(frozen=True)
class Holding:
    """What is in the graph, counted now."""

    triples: int
    graphs: int
    passages: int
    statements: int
    kinds: tuple[Kind, ...]
    release: Release


async def get(request: Request) -> Response:
    """Say what this is, what is in it, and what one can do with it."""
    if negotiate(accepted(request), (HTML,)) is None:
        raise NotAcceptable("The home page comes as text/html only.", remedy="Data are at /sparql.")
    site, wanted = site_of(request), languages(request)[:5]
    return await kept_page(request, ("home", *wanted), lambda: _page(site, wanted))


async def _page(site: Site, wanted: Sequence[str]) -> bytes:
    return render(
        "home.html",
        site.settings,
        holding=await holding(site, wanted),
        modes=await _modes(site, wanted),
        samples=_samples(site.questions),
        questions=len(site.questions),
        graphs_query=_GRAPHS_QUERY,
    ).encode()


def _samples(questions: Sequence[Question]) -> list[Question]:
    """Some questions, each on something else; those that cite their sources, if there are any."""
    citing = [question for question in questions if "citation" in question.tags] or questions
    found: dict[str, Question] = {}
    for question in citing:
        found.setdefault(question.tags[0] if question.tags else "", question)
    return list(found.values())[:_SAMPLES]


async def _modes(site: Site, wanted: Sequence[str]) -> list[tuple[str, str, int]]:
    """The modes of engagement: name, value in the address of the board, and number of engagements."""
    mode = write_iri(engagements.FACETS["mode"])
    rows = await site.rows(
        f"SELECT ?m (COUNT(DISTINCT ?e) AS ?n) WHERE {site.anywhere(f'?e {mode} ?m')} "
        "GROUP BY ?m ORDER BY DESC(?n) ?m"
    )
    found = [(row["m"]["value"], int(row["n"]["value"])) for row in rows if "m" in row]
    labels = await site.labels((iri for iri, _ in found), wanted)
    return [(labels.get(iri, engagements.short(iri)), engagements.short(iri), count) for iri, count in found]


_GRAPHS_QUERY = """\
SELECT ?graph (COUNT(*) AS ?triples) WHERE {
  GRAPH ?graph { ?s ?p ?o }
}
GROUP BY ?graph
ORDER BY ?graph"""


async def holding(site: Site, wanted: Sequence[str] = ()) -> Holding:
    """Count what the store holds at this moment."""
    links = Links(site.settings)
    triple, typed = site.anywhere("?s ?p ?o"), site.anywhere("?s a ?class")
    passages = f"GRAPH ?passage {{ ?s ?p ?o }} {site.anywhere(f'?passage a <{vocab.PASSAGE_CLASS}>')}"
    size = await _numbers(
        site, f"SELECT (COUNT(*) AS ?n) WHERE {{ SELECT DISTINCT ?s ?p ?o WHERE {triple} }}"
    )
    graphs = await _numbers(site, "SELECT (COUNT(DISTINCT ?g) AS ?n) WHERE { GRAPH ?g { ?s ?p ?o } }")
    cited = await _numbers(
        site,
        "SELECT (COUNT(DISTINCT ?passage) AS ?n) (SUM(?about) AS ?m) WHERE { SELECT DISTINCT "
        f"?passage ?s ?p ?o (IF(?s = ?passage, 0, 1) AS ?about) WHERE {{ {passages} }} }}",
    )
    rows = await site.rows(
        f"SELECT ?class (COUNT(DISTINCT ?s) AS ?n) WHERE {typed} GROUP BY ?class ORDER BY DESC(?n) ?class"
    )
    cards = await site.rows(f"SELECT DISTINCT ?class WHERE {{ GRAPH <{vocab.REGISTER}> {{ ?s a ?class }} }}")
    registered = {row["class"]["value"] for row in cards}
    classes = [row for row in rows if "class" in row and row["class"]["type"] == "uri"]
    labels = await site.labels((row["class"]["value"] for row in classes), wanted)
    kinds = tuple(
        Kind(
            cell(row["class"], labels, site.prefixes, links).text,
            int(row["n"]["value"]),
            _listing(site, links, row["class"]["value"], row["class"]["value"] in registered),
            not registered or row["class"]["value"] in registered,
        )
        for row in classes
    )
    return Holding(
        size[0], graphs[0], cited[0], cited[1] if len(cited) > 1 else 0, kinds, await release(site)
    )


async def _numbers(site: Site, query: str) -> list[int]:
    rows = await site.rows(query)
    return [int(row[name]["value"]) for row in rows for name in ("n", "m") if name in row]


def _listing(site: Site, links: Links, iri: str, registered: bool) -> str:
    """Where the things of a class are listed: they can be browsed where cards of the register name it."""
    if registered:
        name = iri.removeprefix(vocab.CONN) if iri.startswith(vocab.CONN) else short(site, iri)
        return links.to(f"{browse.PATH}?{urlencode({KIND: name})}")
    return links.query(_things_query(site, iri))


def _things_query(site: Site, iri: str) -> str:
    pattern = site.anywhere(f"?thing a {write_iri(iri)}")
    return f"SELECT DISTINCT ?thing WHERE {pattern}\nORDER BY ?thing"
