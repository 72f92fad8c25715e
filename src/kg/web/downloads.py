"""/downloads: the content of this server as files, with their sizes and checksums, in whole or in ranges."""

import asyncio
from collections.abc import Mapping
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from kg.build import build
from kg.catalog import FILE
from kg.errors import NotFound
from kg.export import export
from kg.media import HTML, RDF_FORMATS, Format
from kg.web.asked import charge, choose, site_of
from kg.web.files import give
from kg.web.html import Links, render
from kg.web.site import Site

PATH = "/downloads"
_FILES: Mapping[str, Format] = {f"{FILE}.{row.extension}": row for row in RDF_FORMATS}
_TELLS = {
    "nq": "every statement in its graph, as canonical lines",
    "trig": "every statement in its graph, to be read by people too",
    "jsonld": "every statement in its graph, as JSON",
    "ttl": "all statements merged, without their graphs",
    "nt": "all statements merged, as lines",
    "rdf": "all statements merged, as XML",
}


async def index(request: Request) -> Response:
    """List the files."""
    charge(request)
    choose(request, (), (HTML,), "The list of files")
    site = site_of(request)
    listed = []
    for name, row in _FILES.items():
        data = await _file(site, row)
        tells = _TELLS[row.extension]
        listed.append((name, row.label, tells, len(data), sha256(data).hexdigest()))
    links = Links(site.settings)
    more = bool(site.settings.releases)
    text = render("downloads.html", site.settings, files=listed, path=links.to(PATH), releases=more)
    return Response(text, headers={"Content-Type": HTML.content_type, "Cache-Control": "no-cache"})


async def get(request: Request) -> Response:
    """Give one file, or a part of it (RFC 9110 section 14)."""
    charge(request)
    name = request.path_params["name"]
    if name not in _FILES:
        raise NotFound(f"There is no file {name[:80]!r}.", remedy=f"{PATH} lists them.")
    row = _FILES[name]
    data = await _file(site_of(request), row)
    validator = f'"{sha256(data).hexdigest()[:32]}"'
    headers = {
        "Content-Type": row.content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-cache",
    }
    return give(request, data, len(data), validator, headers)


async def _file(site: Site, row: Format) -> bytes:
    """A file, made once for each version of the data and kept."""

    def make() -> bytes:
        return b"".join(export(build(site.content), row))

    return await site.keep(("download", row.name), lambda: asyncio.to_thread(make))
