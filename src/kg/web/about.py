"""What a site has besides its data: about, questions, robots.txt, sitemap, icon, and its descriptions."""

import json
from collections.abc import Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from kg import __version__, vocab
from kg.catalog import DESCRIPTION, FILE, KEYWORDS, TITLE
from kg.directives import Question
from kg.media import GRAPH_FORMATS, RDF_FORMATS
from kg.origins import read_address
from kg.store import ReadGraph
from kg.web import body, downloads
from kg.web.asked import address, answer, charge, choose, for_people, formats_of, page, site_of, terms_of
from kg.web.html import Links, render
from kg.web.site import Site

# A river between two hills, drawn by us.
ICON = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" '
    b'fill="#1c5c43"/><path d="M4 22c5-10 8-10 12 0s8 8 12-6" fill="none" stroke="#fdfcf9" stroke-width="3" '
    b'stroke-linecap="round"/><circle cx="4.5" cy="22" r="2.5" fill="#fdfcf9"/><circle cx="27.5" cy="16" '
    b'r="2.5" fill="#fdfcf9"/></svg>'
)
_MOST_IN_SITEMAP = 50_000  # of the protocol of sitemaps.org


async def about(request: Request) -> Response:
    """Say what this is, under which licence, how to cite it, and how its identifiers work."""
    site = for_people(request)
    return page(
        request,
        render(
            "about.html",
            site.settings,
            version=__version__,
            data=site.store.version,
            root=address(request),
            base=vocab.BASE,
            dataset=_dataset(site, address(request)),
            union=site.settings.default_graph == "union",
        ),
    )


def _dataset(site: Site, root: str) -> str:
    """The dataset in the words of schema.org, as JSON-LD for search engines; safe inside a script element."""
    files = [
        {
            "@type": "DataDownload",
            "name": row.label,
            "encodingFormat": row.media_type,
            "contentUrl": f"{root}{downloads.PATH}/{FILE}.{row.extension}",
        }
        for row in RDF_FORMATS
    ]
    found = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": vocab.DATASET,
        "name": TITLE,
        "description": DESCRIPTION,
        "url": f"{root}/",
        "identifier": vocab.DATASET,
        "license": vocab.CC_BY,
        **({"version": site.store.version} if site.store.version else {}),
        "keywords": list(KEYWORDS),
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": "Connectivity KG editors"},
        "distribution": files,
    }
    return json.dumps(found, ensure_ascii=False, indent=1).replace("<", "\\u003c")


async def questions(request: Request) -> Response:
    """List the questions that come with the content, by tag."""
    site = for_people(request)
    tags: dict[str, list[object]] = {}
    for question in site.questions:
        tags.setdefault(question.tags[0] if question.tags else "other", []).append(question)
    federated = [(question, _is_asked(site, question)) for question in site.federated]
    return page(request, render("questions.html", site.settings, groups=tags, federated=federated))


def _is_asked(site: Site, question: Question) -> bool:
    """Whether this server asks the endpoints that a question is for."""
    origins = site.origins
    return origins is not None and all(origins.holds(read_address(item)) for item in question.services)


async def examples(request: Request) -> Response:
    """Give the questions as SHACL executables."""
    return await _graph(request, vocab.EXAMPLES)


async def void(request: Request) -> Response:
    """Give the description of the dataset: VoID and DCAT."""
    return await _graph(request, vocab.VOID)


async def robots(request: Request) -> Response:
    """Let robots read, and tell them what there is; queries are no pages."""
    text = (
        f"User-agent: *\nDisallow: /sparql?\nDisallow: /explore?\n\nSitemap: {address(request)}/sitemap.xml\n"
    )
    return _plain(request, text.encode(), "text/plain; charset=utf-8")


async def sitemap(request: Request) -> Response:
    """List the pages of all things that have a card."""
    site, root = site_of(request), address(request)

    async def make() -> bytes:
        rows = await site.rows(
            f"SELECT DISTINCT ?s WHERE {{ GRAPH <{vocab.REGISTER}> {{ ?s a ?kind }} }} ORDER BY ?s "
            f"LIMIT {_MOST_IN_SITEMAP - 10}"
        )
        links = Links(site.settings)
        here = links.to("")
        paths = [
            "/",
            "/browse",
            "/questions",
            "/map",
            "/timeline",
            "/engagements",
            "/gaps",
            "/ontology",
            "/shapes",
            "/about",
            "/downloads",
            "/validate",
            "/validation",
        ]
        paths += ["/releases/"] if site.settings.releases else []
        paths = [links.to(path) for path in paths] + [links.thing(row["s"]["value"]) for row in rows]
        listed = "".join(
            f"<url><loc>{escape(root + path.removeprefix(here))}</loc></url>\n" for path in paths
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{listed}</urlset>\n'
        ).encode()

    return _plain(request, await site.keep(("sitemap", root), make), "application/xml")


async def icon(request: Request) -> Response:
    """Give the icon."""
    return _plain(request, ICON, "image/svg+xml")


async def _graph(request: Request, graph: str) -> Response:
    charge(request)
    pairs = body.pairs(request.scope["query_string"])
    names = formats_of(pairs)
    chosen = choose(request, names, GRAPH_FORMATS, "This description")
    return await answer(request, ReadGraph(graph), chosen, terms_of(request, None), ("graph", graph))


def _plain(request: Request, data: bytes, content_type: str) -> Response:
    headers: Mapping[str, str] = {"Content-Type": content_type, "Cache-Control": "max-age=3600"}
    return Response(data, headers=headers)
