"""/downloads: the content of this server as files, with their sizes and checksums, in whole or in ranges."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from kg.build import Dataset
from kg.catalog import FILE
from kg.errors import NotFound
from kg.export import export
from kg.extracts import EXTRACTS, Extract
from kg.extracts.view import View
from kg.media import HTML, RDF_FORMATS, Format
from kg.web.asked import charge, choose, site_of
from kg.web.files import give
from kg.web.html import Links, render
from kg.web.site import Site

PATH = "/downloads"
_TELLS = {
    "nq": "every statement in its graph, as canonical lines",
    "trig": "every statement in its graph, to be read by people too",
    "jsonld": "every statement in its graph, as JSON with short names",
    "ttl": "all statements merged, without their graphs",
    "nt": "all statements merged, as lines",
    "rdf": "all statements merged, as XML",
}


@dataclass(frozen=True)
class File:
    """A file that is on offer: what it is, and what makes it of the dataset."""

    label: str
    content_type: str
    tells: str
    make: Callable[[Dataset], bytes]


def _whole(row: Format) -> File:
    return File(
        row.label, row.content_type, _TELLS[row.extension], lambda dataset: b"".join(export(dataset, row))
    )


def _part(item: Extract) -> File:
    return File(item.label, item.media_type, item.tells, lambda dataset: item.make(View(dataset.quads)))


_FILES: Mapping[str, File] = {
    **{f"{FILE}.{row.extension}": _whole(row) for row in RDF_FORMATS},
    **{item.file: _part(item) for item in EXTRACTS},
}


async def index(request: Request) -> Response:
    """List the files."""
    charge(request)
    choose(request, (), (HTML,), "The list of files")
    site = site_of(request)
    listed = []
    for name, row in _FILES.items():
        data = await _file(site, name)
        listed.append((name, row.label, row.tells, len(data), sha256(data).hexdigest()))
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
    data = await _file(site_of(request), name)
    validator = f'"{sha256(data).hexdigest()[:32]}"'
    headers = {
        "Content-Type": row.content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-cache",
    }
    return give(request, data, len(data), validator, headers)


async def _file(site: Site, name: str) -> bytes:
    """A file, made once for each version of the data and kept."""

    async def make() -> bytes:
        return await asyncio.to_thread(_FILES[name].make, await site.dataset())

    return await site.keep(("download", name), make)
