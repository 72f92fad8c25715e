"""/downloads: the content of this server as files, with their sizes and checksums, in whole or in ranges."""

import asyncio
from collections.abc import Mapping
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from kg.errors import NotFound
from kg.media import HTML
from kg.offer import FILES, Weight, weigh
from kg.web.asked import charge, choose, site_of
from kg.web.files import give
from kg.web.html import Links, render
from kg.web.reply import while_there
from kg.web.site import Site

PATH = "/downloads"
_PATIENCE = 1.0
"""Seconds that somebody waits for sizes and checksums before a page without them."""


async def index(request: Request) -> Response:
    """List the files."""
    charge(request)
    choose(request, (), (HTML,), "The list of files")
    site = site_of(request)
    weights = await while_there(request, _weights(site))
    listed = [
        (name, file.label, file.tells, weights.get(name) if weights else None) for name, file in FILES.items()
    ]
    links = Links(site.settings)
    more = bool(site.settings.releases)
    text = render(
        "downloads.html",
        site.settings,
        files=listed,
        weights=weights,
        path=links.to(PATH),
        releases=more,
    )
    return Response(text, headers={"Content-Type": HTML.content_type, "Cache-Control": "no-cache"})


async def get(request: Request) -> Response:
    """Give one file, or a part of it (RFC 9110 section 14)."""
    charge(request)
    name = request.path_params["name"]
    if name not in FILES:
        raise NotFound(f"There is no file {name[:80]!r}.", remedy=f"{PATH} lists them.")
    row = FILES[name]
    data = await _file(site_of(request), name)
    validator = f'"{sha256(data).hexdigest()[:32]}"'
    headers = {
        "Content-Type": row.content_type,
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-cache",
    }
    return give(request, data, len(data), validator, headers)


async def _weights(site: Site) -> Mapping[str, Weight] | None:
    """What the files weigh, worked out once; None as long as it is not known."""
    try:
        async with asyncio.timeout(_PATIENCE):
            return await site.weights.get("", lambda: weigh(site.content))
    except TimeoutError:
        return None


async def _file(site: Site, name: str) -> bytes:
    """A file, made once for each version of the data and kept."""

    async def make() -> bytes:
        return await asyncio.to_thread(FILES[name].make, await site.dataset())

    return await site.keep(("download", name), make)
