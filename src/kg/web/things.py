"""Every address of ours: a thing, concept, term or graph answers under this server with a page or its data.

The path is the IRI without ``https://w3id.org/ecoconn/``. An ending (.ttl, .html …) or ``?format=`` names the
format, else Accept does (content negotiation with a Content-Location, RFC 9110 section 8.7). What points to
a thing comes in pages (``?page=``).
"""

import asyncio
import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from kg import vocab
from kg.errors import Gone, KgError, NotAcceptable, NotFound, QueryError
from kg.geometry import geometry
from kg.jsonld import Context, write
from kg.media import (
    CSV,
    GEOJSON,
    GRAPHML,
    HTML,
    JSONLD,
    NQUADS,
    NTRIPLES,
    RDFXML,
    TRIG,
    TURTLE,
    XLSX,
    Format,
)
from kg.results import quads_of, write_network, write_statements
from kg.sparql import is_iri, write_iri
from kg.web import body
from kg.web.asked import charge, formats_of, languages, settled, site_of, terms_of
from kg.web.citation import BIBTEX, CSL, Citation, Release, release, today
from kg.web.dossier import Dossier, Mapped, dossier, names_in
from kg.web.facts import About, Fact, about
from kg.web.html import Links, facts_query, render
from kg.web.outline import Outline, outline
from kg.web.reply import VARY, is_known, not_modified, whole
from kg.web.site import Site, Term
from kg.workbook import Link, write_workbook

OFFERS = (TURTLE, NTRIPLES, JSONLD, RDFXML, TRIG, NQUADS, CSV, HTML, BIBTEX, CSL, XLSX, GRAPHML, GEOJSON)
_ENDINGS = {row.extension: row for row in OFFERS}
_REPLACED = vocab.DCTERMS + "isReplacedBy"
_MOST_PAGES = 100_000
_OWL = "http://www.w3.org/2002/07/owl#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_SHELVES = {
    "concept/topic/": "topic",
    "concept/realm/": "realm",
    "concept/status/": "status",
    "concept/engagement-mode/": "mode",
    "place/": "place",
    "organisation/": "organisation",
    "instrument/": "instrument",
}
"""Facets of /browse, by what the names of their values begin with."""
_NEARNESS = {
    _SKOS + "exactMatch": "the same",
    _SKOS + "closeMatch": "nearly the same",
    _SKOS + "broadMatch": "broader",
    _SKOS + "narrowMatch": "narrower",
    _SKOS + "relatedMatch": "related",
    vocab.RDFS + "seeAlso": "about it",
}
# Of the table of what is said.
_COLUMNS = (
    *("subject", "subjectLabel", "property", "propertyLabel", "value", "valueLabel"),
    *("kind", "saidBy", "saidByLabel"),
)


async def get(request: Request) -> Response:
    """Answer for the thing that the path names."""
    charge(request)
    path, ending = _split(request.scope["path"].lstrip("/"))
    pairs = body.pairs(request.scope["query_string"])
    names = [ending] if ending else formats_of(pairs)
    number = _page([value for key, value in pairs if key == "page" and value])

    async def make(chosen: Format) -> Response:
        return await _get(request, path, number, chosen)

    return await settled(request, names, OFFERS, "What is known of a thing", make)


async def _get(request: Request, path: str, number: int, chosen: Format) -> Response:
    site = site_of(request)
    wanted = languages(request)[:5] if chosen is HTML else ()
    terms = terms_of(request, None)
    # What cites names the day.
    shape = (path, str(number), chosen.name, *((today(),) if chosen.kind == "page" else ()), *wanted)
    parts = (site.store.version, site.settings.default_graph, *shape)
    headers = _headers(site, path, chosen)
    if number == 1 and (known := is_known(request, parts, terms.encoding)):
        return not_modified(known)
    data = await site.keep(("thing", *shape), lambda: _made(site, path, number, chosen, wanted))
    coding = (terms.encoding, terms.always)
    return whole(request, data, content_type=chosen.content_type, parts=parts, headers=headers, coding=coding)


def _split(path: str) -> tuple[str, str]:
    stem, dot, ending = path.rpartition(".")
    return (stem, _ENDINGS[ending].name) if dot and ending in _ENDINGS and stem else (path, "")


def _page(values: Sequence[str]) -> int:
    if not values:
        return 1
    if (
        len(values) > 1
        or not values[0].isascii()
        or not values[0].isdecimal()
        or not 0 < int(values[0][:9]) <= _MOST_PAGES
    ):
        raise QueryError(f"The parameter page is {values[0][:40]!r}.", remedy="Give one number from 1 on.")
    return int(values[0])


def _headers(site: Site, path: str, chosen: Format) -> dict[str, str]:
    address = Links(site.settings).to("/" + quote(path, safe="/:@!$&'()*+,;=~"))
    links = [
        f'<{address}.{row.extension}>; rel="alternate"; type="{row.media_type}"'
        for row in OFFERS
        if row is not chosen and row is not GEOJSON  # not every thing has a place
    ]
    links.append(f'<{vocab.CC_BY}>; rel="license"')
    links.append(f'<{Links(site.settings).to("/sparql")}>; rel="describedby"')
    vary = f"{VARY}, Accept-Language" if chosen is HTML else VARY
    return {"Content-Location": f"{address}.{chosen.extension}", "Link": ", ".join(links), "Vary": vary}


async def _made(site: Site, path: str, number: int, chosen: Format, wanted: Sequence[str]) -> bytes:
    found = await _found(site, path, number)
    successors = [str(term["value"]) for term in found.values(_REPLACED)]
    if successors:
        raise Gone(
            "This thing is retired.",
            remedy=f"In its place is {' and '.join(successors)}.",
        )
    if chosen is HTML:
        view = dossier(site, found, wanted, await _mappings(site, found))
        drawn = [picture for text in await _shapes(site, found) if (picture := outline(text))]
        return _page_of(site, found, view, drawn, await release(site)).encode()
    if chosen in (BIBTEX, CSL):
        cited = _citation(dossier(site, found, wanted), await release(site))
        return cited.bibtex() if chosen is BIBTEX else cited.csl()
    if chosen is CSV:
        return await asyncio.to_thread(_table, found)
    if chosen.name == JSONLD.name:
        return await asyncio.to_thread(_document, found, await site.context())
    if chosen is XLSX:
        return await asyncio.to_thread(_sheet, found)
    if chosen is GRAPHML:
        facts = [(fact.subject, fact.predicate, fact.value) for fact in (*found.said, *found.incoming)]
        return await asyncio.to_thread(write_network, facts, names_in(found.names, ()), site.prefixes)
    if chosen.name == GEOJSON.name:
        return _map(found, await _shapes(site, found))
    return await asyncio.to_thread(write_statements, list(_statements(found)), chosen, site.prefixes)


async def _found(site: Site, path: str, number: int) -> About:
    """What is said of the IRI, also where it is written with escapes; NotFound."""
    iris = [vocab.BASE + path, vocab.BASE + quote(path, safe="/:@!$&'()*+,;=~")]
    for iri in dict.fromkeys(iris):
        if is_iri(iri):
            found = await about(site, iri, number)
            if found.is_there and number <= found.pages:
                return found
    raise NotFound(
        f"Nothing is known of {vocab.BASE + path[:200]}" + (f", page {number}." if number > 1 else "."),
        remedy="Start from / or ask at /sparql.",
    )


def _statements(found: About) -> Iterator[tuple[Term, str, Term, str | None]]:
    """All that goes into the data, once for each graph that says it."""
    for fact in (*found.said, *found.incoming, *found.held, *found.names):
        for graph in fact.graphs or (None,):
            yield fact.subject, fact.predicate, fact.value, graph


def _document(found: About, context: Context) -> bytes:
    return write(quads_of(_statements(found)), context, found.iri)


def _table(found: About) -> bytes:
    """The statements as a table with names beside IRIs: a row for each source."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_COLUMNS, *_rows(found)])
    return text.getvalue().encode()


def _sheet(found: About) -> bytes:
    """The same table as a workbook."""
    return write_workbook({"Statements": _Statements(tuple(_rows(found)))}, found.iri)


@dataclass(frozen=True)
class _Statements:
    rows: Sequence[Sequence[str]]
    header: Sequence[str] = _COLUMNS


def _rows(found: About) -> Iterator[Sequence[str]]:
    names = names_in(found.names, ())
    for fact in (*found.said, *found.held, *found.incoming):
        subject, value = str(fact.subject["value"]), str(fact.value["value"])
        leads = fact.value["type"] == "uri"
        for graph in fact.graphs or ("",):
            yield (
                *(Link(subject), names.get(subject, "")),
                *(Link(fact.predicate), names.get(fact.predicate, "")),
                *((Link(value), names.get(value, "")) if leads else (value, "")),
                _kind(fact),
                *(Link(graph), names.get(graph, "")),
            )


def _map(found: About, shapes: Sequence[str]) -> bytes:
    """The place as GeoJSON; NotAcceptable when it has no geometry."""
    if not shapes:
        raise NotAcceptable(
            "GeoJSON cannot hold what is known of this: it is no place with a geometry.",
            remedy="Ask for another format.",
        )
    properties = {"name": names_in(found.names, ()).get(found.iri, ""), "iri": found.iri}
    try:
        features = [
            {"type": "Feature", "id": found.iri, "geometry": geometry(text), "properties": properties}
            for text in shapes
        ]
    except KgError as error:
        raise NotAcceptable(
            f"GeoJSON cannot hold this place. {error.message}", remedy="Ask for another format."
        ) from None
    collection = {"type": "FeatureCollection", "features": features}
    return (json.dumps(collection, ensure_ascii=False, indent=1) + "\n").encode()


def _kind(fact: Fact) -> str:
    value = fact.value
    return str(value.get("xml:lang") or value.get("datatype") or value["type"])


async def _shapes(site: Site, found: About) -> list[str]:
    """The geometries of a place, as well-known text."""
    shapes = {
        str(fact.value["value"])
        for fact in found.said
        if fact.predicate in vocab.GEO_GEOMETRIES and fact.value["type"] == "uri"
    }
    texts = []
    for iri in sorted(shapes)[:4]:
        pattern = site.anywhere(f"{write_iri(iri)} {write_iri(vocab.GEO_AS_WKT)} ?wkt")
        for row in await site.rows(f"SELECT DISTINCT ?wkt WHERE {{ {pattern} }} ORDER BY ?wkt LIMIT 1"):
            texts.append(str(row["wkt"]["value"]))
    return texts


async def _mappings(site: Site, found: About) -> dict[tuple[str, str], Mapped]:
    """What the links of a thing lead to, by the records of the mappings."""
    if not any(vocab.LINKS in fact.graphs for fact in found.said):
        return {}
    record = " ; ".join(
        f"{write_iri(property)} {value}"
        for property, value in (
            (_OWL + "annotatedSource", write_iri(found.iri)),
            (_OWL + "annotatedProperty", "?p"),
            (_OWL + "annotatedTarget", "?target"),
            (vocab.SSSOM + "object_label", "?label"),
            (vocab.DCTERMS_IS_PART_OF, "?set"),
        )
    )
    named = site.anywhere(f"?scheme {write_iri(vocab.RDFS_LABEL)} ?base")
    aimed = f"?set {write_iri(vocab.VOID_NS + 'objectsTarget')} ?scheme"
    rows = await site.rows(
        "SELECT DISTINCT ?p ?target ?label ?base "
        f"WHERE {{ GRAPH {write_iri(vocab.LINKS)} {{ ?record {record} . {aimed} }} {named} }}"
    )
    return {
        (row["p"]["value"], row["target"]["value"]): Mapped(
            row["base"]["value"], row["label"]["value"], _NEARNESS.get(row["p"]["value"], "")
        )
        for row in rows
    }


def _shelf(name: str) -> str:
    """The address that lists what has a thing as its topic, place and so on; empty where nothing can."""
    facet = next((facet for beginning, facet in _SHELVES.items() if name.startswith(beginning)), "")
    return "/browse?" + urlencode({facet: name}) if facet else ""


def _citation(view: Dossier, of: Release) -> Citation:
    sources = tuple(note.label for note in view.notes)
    return Citation(
        view.title, view.iri, of, today(), sources, f"connectivity-kg-{view.iri.removeprefix(vocab.ID)}"
    )


def _page_of(site: Site, found: About, view: Dossier, outlines: Sequence[Outline], of: Release) -> str:
    links = Links(site.settings)
    name = found.iri.removeprefix(vocab.ID)
    is_tied = name != found.iri and not name.startswith(("concept/", "passage/"))
    path = links.to("/" + quote(found.iri.removeprefix(vocab.BASE), safe="/:@!$&'()*+,;=~%"))
    return render(
        "thing.html",
        site.settings,
        view=view,
        outlines=outlines,
        tied=links.to(f"/network?thing={quote(name, safe='/')}") if is_tied else "",
        shelved=links.to(shelf) if view.incoming and (shelf := _shelf(name)) else "",
        paragraph=site.paragraphs.get(found.iri, ""),
        path=path,
        formats=[
            (row.label, f"{path}.{row.extension}")
            for row in OFFERS
            if row.kind != "page" and (outlines or row is not GEOJSON)
        ],
        citation=_citation(view, of),
        citations=[(row.label, f"{path}.{row.extension}") for row in (BIBTEX, CSL)],
        query=links.query(facts_query(found.iri, site.settings.default_graph == "union")),
    )
