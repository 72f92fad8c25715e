"""/releases/: what was released, each file with its checksum; nothing there ever changes."""

import asyncio
import json
from functools import lru_cache
from hashlib import file_digest
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from kg.errors import KgError, NotFound
from kg.media import HTML, Format
from kg.release.reading import CHANGES_JSON, File, Released, read_release, releases
from kg.web import body
from kg.web.asked import address, charge, choose, formats_of, site_of
from kg.web.files import give
from kg.web.find import PLAIN_JSON
from kg.web.html import Links, render

PATH = "/releases"
_FOREVER = "public, max-age=31536000, immutable"


async def index(request: Request) -> Response:
    """List the releases, newest first."""
    charge(request)
    chosen = _chosen(request, "The list of releases")
    found = await asyncio.to_thread(_all, _folder(request))
    if chosen == PLAIN_JSON:
        return _json({"releases": [_told(request, release) for release in found]})
    return _page(request, "releases.html", found=found)


async def one(request: Request) -> Response:
    """Tell of one release: its files, and what changed in it."""
    charge(request)
    chosen = _chosen(request, "The list of files")
    folder, release = await _release(request)
    if chosen == PLAIN_JSON:
        return _json(_told(request, release))
    changes = await asyncio.to_thread(_changes, folder, release)
    return _page(request, "release.html", release=release, changes=changes)


async def get(request: Request) -> Response:
    """Give one file of a release, or a part of it; its entity tag is its SHA-256."""
    charge(request)
    folder, release = await _release(request)
    name = request.path_params["name"]
    file = release.file(name)
    if file is None:
        raise NotFound(
            f"The release holds no file {name[:80]!r}.", remedy=f"{PATH}/{release.version}/ lists its files."
        )
    path = folder / release.version / file.name
    if not await asyncio.to_thread(_is_sound, path, file):
        raise KgError("A file of the release is not what its manifest says.", place=str(path))
    headers = {
        "Content-Type": f"{file.media_type}; charset=utf-8"
        if file.media_type.startswith("text/")
        else file.media_type,
        "Cache-Control": _FOREVER,
    }
    return give(request, path, file.bytes, f'"{file.sha256}"', headers)


def _chosen(request: Request, what: str) -> Format:
    pairs = body.pairs(request.scope["query_string"])
    names = formats_of(pairs)
    return choose(request, names, (HTML, PLAIN_JSON), what)


def _folder(request: Request) -> Path:
    folder = site_of(request).settings.releases
    if not folder:
        raise NotFound("This server holds no releases.", remedy="The present content is at /downloads.")
    return Path(folder)


async def _release(request: Request) -> tuple[Path, Released]:
    """The release of the address. A version that is read is one, and so no way out of the folder."""
    folder, version = _folder(request), request.path_params["version"]
    found = await asyncio.to_thread(read_release, folder, version)
    if found is None:
        raise NotFound(f"There is no release {version[:80]!r}.", remedy=f"{PATH}/ lists the releases.")
    return folder, found


def _all(folder: Path) -> list[Released]:
    found = [read_release(folder, version) for version in releases(folder)]
    return [release for release in found if release]


def _changes(folder: Path, release: Released) -> dict[str, Any] | None:
    """The words of the change note, if there is one."""
    if release.file(CHANGES_JSON) is None:
        return None
    told = json.loads((folder / release.version / CHANGES_JSON).read_bytes())
    return {"summary": told["summary"], "sections": told["words"], "notes": told["notes"]}


@lru_cache(maxsize=256)
def _digest(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _is_sound(path: Path, file: File) -> bool:
    """Whether the file is what the manifest says; read whole once, and again only when it was touched."""
    try:
        about = path.stat()
        return about.st_size == file.bytes and _digest(path, about.st_size, about.st_mtime_ns) == file.sha256
    except OSError:
        return False


def _told(request: Request, release: Released) -> dict[str, object]:
    root = f"{address(request)}{PATH}/{release.version}/"
    return {
        "version": release.version,
        "issued": release.issued,
        "previous": release.previous,
        "digest": release.digest,
        "statements": release.statements,
        "url": root,
        "files": [
            {
                "name": file.name,
                "bytes": file.bytes,
                "sha256": file.sha256,
                "media_type": file.media_type,
                "url": root + file.name,
            }
            for file in release.files
        ],
    }


def _json(document: dict[str, object]) -> Response:
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return _fresh(text, PLAIN_JSON)


def _page(request: Request, template: str, **values: Any) -> Response:
    settings = site_of(request).settings
    return _fresh(render(template, settings, path=Links(settings).to(PATH), **values), HTML)


def _fresh(text: str, format: Format) -> Response:
    headers = {"Content-Type": format.content_type, "Cache-Control": "no-cache", "Vary": "Accept"}
    return Response(text, headers=headers)
