"""/shapes: the rules that the graph is checked by, in words or as SHACL, and the address of each shape."""

import asyncio
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from kg import vocab
from kg.errors import NotFound
from kg.media import GRAPH_FORMATS, HTML, Format
from kg.shapebook import Chapter, Shapes, write
from kg.web import body
from kg.web.asked import charge, choose, formats_of, site_of, terms_of
from kg.web.html import Links, render
from kg.web.reply import VARY, is_known, not_modified, whole
from kg.web.site import Site

PATH = "/shapes"
SPACE = f"{vocab.ONTOLOGY}/shapes/"
_OWL = "http://www.w3.org/2002/07/owl#"
_SKOS = "http://www.w3.org/2004/02/skos/core#"
_NAMED = (
    *(_OWL + name for name in ("Class", "ObjectProperty", "DatatypeProperty")),
    *(_SKOS + name for name in ("Concept", "ConceptScheme")),
)
_OFFERS = (*GRAPH_FORMATS, HTML)
_ENDINGS = {row.extension: row for row in _OFFERS}


async def get(request: Request) -> Response:
    """Give all shapes; ``/shapes.ttl`` and the like name the format."""
    chosen = _chosen(request, request.path_params.get("ending", ""))
    return await _answered(request, "", chosen)


async def one(request: Request) -> Response:
    """Give one shape as data, or lead to its place on the page."""
    name, dot, ending = request.path_params["name"].rpartition(".")
    if not dot or ending not in _ENDINGS:
        name, ending = request.path_params["name"], ""
    site = site_of(request)
    if not any(str(item.subject) == f"<{SPACE}{name}>" for item in shapes_of(site).triples):
        raise NotFound(f"There is no shape {name[:80]!r}.", remedy=f"{PATH} lists them.")
    chosen = _chosen(request, ending)
    if chosen is HTML:
        charge(request)
        anchor = name.partition("-")[0]
        return RedirectResponse(f"{Links(site.settings).to(PATH)}#{anchor}", 303, {"Vary": VARY})
    return await _answered(request, SPACE + name, chosen)


def _chosen(request: Request, ending: str) -> Format:
    pairs = body.pairs(request.scope["query_string"])
    names = formats_of(pairs)
    if ending:
        names = [_ENDINGS[ending].name if ending in _ENDINGS else ending]
    return choose(request, names, _OFFERS, "The shapes")


async def _answered(request: Request, iri: str, chosen: Format) -> Response:
    charge(request)
    site = site_of(request)
    terms = terms_of(request, None)
    parts = (site.store.version, "shapes", iri, chosen.name)
    if known := is_known(request, parts, terms.encoding):
        return not_modified(known)

    async def make() -> bytes:
        labels = await _names(site)
        return await asyncio.to_thread(_made, site, iri, chosen, labels)

    return whole(
        request,
        await site.keep(("shapes", iri, chosen.name), make),
        content_type=chosen.content_type,
        parts=parts,
        headers={"Vary": VARY, "Cache-Control": "no-cache"},
        coding=(terms.encoding, terms.always),
    )


def _made(site: Site, iri: str, chosen: Format, labels: dict[str, str]) -> bytes:
    shapes = shapes_of(site, labels)
    if chosen is not HTML:
        return write(shapes.about(iri) if iri else shapes.triples, chosen, site.prefixes)
    links = Links(site.settings)
    chapters: dict[str, list[Chapter]] = {}
    for chapter in shapes.chapters():
        chapters.setdefault(chapter.shape, []).append(chapter)
    return render(
        "shapes.html",
        site.settings,
        chapters=[
            (shape.removeprefix(SPACE), same[0], [chapter.target for chapter in same])
            for shape, same in chapters.items()
        ],
        lints=_lints(site),
        formats=[(row.label, links.to(f"{PATH}.{row.extension}")) for row in GRAPH_FORMATS],
    ).encode()


def _lints(site: Site) -> Sequence[tuple[str, str]]:
    return [(lint.rule, lint.remedy) for lint in site.content.lints()]


def shapes_of(site: Site, labels: dict[str, str] | None = None) -> Shapes:
    """Read the shapes of the content; ``labels`` are names of classes and other things by IRI."""
    content = site.content
    table = content.prefixes()
    return Shapes((item for file in content.shapes() for item in content.triples(file, table)), labels or {})


async def _names(site: Site) -> dict[str, str]:
    """Names of classes, properties and concepts, for the words of the page."""
    naming = f"<{vocab.RDFS_LABEL}> <{vocab.SKOS_PREF_LABEL}>"
    named = site.anywhere(f"VALUES ?p {{ {naming} }} ?s ?p ?name")
    kinds = " ".join(f"<{kind}>" for kind in _NAMED)
    typed = site.anywhere(f"VALUES ?kind {{ {kinds} }} ?s a ?kind", "kindGraph")
    rows = await site.rows(f"SELECT DISTINCT ?s ?name WHERE {{ {typed} {named} }}")
    return {
        row["s"]["value"]: row["name"]["value"]
        for row in rows
        if row["name"].get("xml:lang", "en").lower().startswith("en")
    }
