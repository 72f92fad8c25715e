"""/validation: the report on the content that this server came with, as ``kg check`` gives it.

It is made when somebody first asks, in a process of its own, and kept. The page says whether what was checked
is what is served: files may have changed since the start, and data may have been written.
"""

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from kg import vocab
from kg.errors import NotFound, Unavailable
from kg.media import HTML, TURTLE
from kg.validate.apart import check_apart
from kg.validate.report import Report
from kg.web import body
from kg.web.asked import charge, choose, formats_of, site_of, terms_of
from kg.web.citation import release
from kg.web.find import PLAIN_JSON
from kg.web.html import Links, render
from kg.web.reply import VARY, is_known, not_modified, while_there, whole
from kg.web.site import Site
from kg.web.validation import TEXT

PATH = "/validation"
_OFFERS = (HTML, PLAIN_JSON, TEXT, TURTLE)
_ENDINGS = {row.extension: row.name for row in _OFFERS}

_LONGEST = 300.0
_PATIENCE = 15.0
"""Seconds that the check may take, and that somebody waits for it before being told to come back."""

# What the counts of a report are called, and what was asked of them.
_WORDS: Mapping[str, str] = {
    "files": "files were read and compared with their canonical form",
    "triples": "statements were built of them",
    "shapes": "shapes say what a thing of each class must and may have",
    "lints": "lints look for faults across things, sources and graphs",
    "questions": "questions were asked, and their answers compared with the accepted ones",
    "mappings": "links to other knowledge bases were held against their rules",
}


async def get(request: Request) -> Response:
    """Give the report on the content; NotFound without a folder to check, Unavailable while it is made."""
    charge(request)
    pairs = body.pairs(request.scope["query_string"])
    names = formats_of(pairs)
    if ending := request.path_params.get("ending", ""):
        names = [_ENDINGS.get(ending, ending)]
    chosen = choose(request, names, _OFFERS, "The report")
    site = site_of(request)
    report = await while_there(request, _report(site))
    terms = terms_of(request, None)
    parts = (site.store.version, "validation", report.digest, chosen.name)
    if known := is_known(request, parts, terms.encoding):
        return not_modified(known)
    if chosen is HTML:
        text = await _page(site, report)
    elif chosen.name == PLAIN_JSON.name:
        text = report.to_json()
    else:
        text = report.to_text(site.prefixes) if chosen.name == TEXT.name else report.to_turtle(site.prefixes)
    return whole(
        request,
        text.encode(),
        content_type=chosen.content_type,
        parts=parts,
        headers={"Vary": VARY},
        coding=(terms.encoding, terms.always),
    )


async def _report(site: Site) -> Report:
    folder = site.content.root
    if site.content.kind != "folder" or folder is None:
        raise NotFound(
            "What is served here comes from no content folder, so there is nothing to check.",
            remedy="To have data of your own judged, send them to /validate.",
        )
    try:
        async with asyncio.timeout(_PATIENCE):
            return await site.report.get("", lambda: check_apart(folder, _LONGEST))
    except TimeoutError:
        raise Unavailable(
            "The report is being made; that takes some seconds.", remedy="Come back in a moment."
        ) from None


async def _page(site: Site, report: Report) -> str:
    links = Links(site.settings)
    digest = (await release(site)).digest
    violations = [row for row in report.findings if row.severity == "violation"]
    warnings = [row for row in report.findings if row.severity != "violation"]
    return render(
        "validation.html",
        site.settings,
        report=report,
        looked=[(report.counts[name], words) for name, words in _WORDS.items() if name in report.counts],
        groups=[("Violations", violations), ("Warnings", warnings)],
        served=digest,
        written=site.store.version != digest,
        own=vocab.BASE,
        formats=[(row.label, links.to(f"{PATH}.{row.extension}")) for row in _OFFERS if row is not HTML],
    )
