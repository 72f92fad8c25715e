"""/static: the style sheet, and the scripts of the pages where the package was built with them."""

from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response

from kg.bundle import LICENCES
from kg.errors import NotFound
from kg.store.coding import IDENTITY, encode
from kg.web.asked import site_of, terms_of
from kg.web.html import STYLE, STYLE_NAME, bundle_of
from kg.web.reply import VARY

PATH = "/static/ui"
_TYPES = {
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
}
_FOR_EVER = "public, max-age=31536000, immutable"


async def style(request: Request) -> Response:
    """Give the style sheet, whatever it was called when a page was made; under its present name for ever."""
    coding = terms_of(request, None).encoding
    tag = f'"{sha256(STYLE).hexdigest()[:16]}-{coding}"'
    is_named = request.url.path.endswith(f"/{STYLE_NAME}")
    headers = {"Cache-Control": _FOR_EVER if is_named else "no-cache", "ETag": tag, "Vary": VARY}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return _given(STYLE, coding, {**headers, "Content-Type": "text/css; charset=utf-8"})


async def script(request: Request) -> Response:
    """Give a file of the bundle; those with a hash in their name never change. NotFound."""
    name = request.path_params["name"]
    bundle = bundle_of(site_of(request).settings)
    if bundle is None or name not in bundle.files:
        raise NotFound(f"There is no script {name[:80]!r}.", remedy="The pages name those that there are.")
    coding = terms_of(request, None).encoding
    headers = {
        "Content-Type": _TYPES[name.rpartition(".")[2]],
        "Cache-Control": "max-age=3600" if name == LICENCES else _FOR_EVER,
        "Vary": VARY,
    }
    return _given(bundle.files[name], coding, headers)


def _given(data: bytes, coding: str, headers: Mapping[str, str]) -> Response:
    coded = {} if coding == IDENTITY else {"Content-Encoding": coding}
    return Response(_coded(data, coding), headers={**headers, **coded})


@lru_cache(maxsize=32)
def _coded(data: bytes, coding: str) -> bytes:
    return encode(data, coding)
