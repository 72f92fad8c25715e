"""What every address of the protocols has to know of a request: who asks, for which format, on what terms.

The answer to a request that reads goes through ``answer`` here, whatever is read.
"""

import re
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from kg.errors import MemoryLimit, NotAcceptable, OverBudget, QueryError, Timeout
from kg.media import FORMATS, HTML, Format, by_name, listing, negotiate
from kg.store import Answer, Read, Terms, Whole
from kg.store.coding import IDENTITY, WORTHWHILE, encode
from kg.web.kept import Asking
from kg.web.proxies import client, root
from kg.web.reply import VARY, Reply, choose_coding, is_known, not_modified, tag, while_there, whole
from kg.web.site import Site

# What clients such as SPARQLWrapper call a format of triples.
_GRAPH_NAMES = {"xml": "rdf", "rdf+xml": "rdf", "json": "jsonld", "n3": "ttl"}


def site_of(request: Request) -> Site:
    """What is served."""
    site: Site = request.app.state.site
    return site


def address(request: Request) -> str:
    """The public address of this server, else what a trusted proxy says, else where the connection came in.

    Never what the Host header says.
    """
    site = site_of(request)
    settings = site.settings
    if settings.public_url:
        return settings.public_url
    if found := root(request, site.trusted):
        return found
    host, port = request.scope.get("server") or (settings.host, settings.port)
    return _written(request.scope["scheme"], host, port)


@lru_cache(maxsize=64)
def _written(scheme: str, host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else quote(host)
    usual = {"http": 80, "https": 443}.get(scheme)
    return f"{scheme}://{name}" + (f":{port}" if port and port != usual else "")


def client_of(request: Request) -> str:
    """The address of whoever asks."""
    return client(request, site_of(request).trusted)


def endpoint(request: Request, path: str) -> str:
    """The full address of a path of this server."""
    return address(request) + path


def accepted(request: Request) -> str | None:
    """The Accept field, whole: a client may send it in several lines (RFC 9110 section 5.3)."""
    return ",".join(request.headers.getlist("accept")) or None


def languages(request: Request, named: Iterable[str] = ()) -> tuple[str, ...]:
    """The languages that the reader wants, best first, in lower case (RFC 9110 section 12.5.4); or none.

    Those that are ``named`` in the address go for those of the browser.
    """
    if tags := tuple(tag.strip().lower() for tag in named if tag.strip()):
        return tags
    found: list[tuple[float, str]] = []
    for part in ",".join(request.headers.getlist("accept-language"))[:1000].split(","):
        name, _, quality = part.partition(";")
        weight = (
            re.fullmatch(r"\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*", quality, re.IGNORECASE)
            if quality
            else None
        )
        if re.fullmatch(r"[a-z]{1,8}(-[a-z0-9]{1,8})*", name.strip().lower()) and (weight or not quality):
            found.append((float(weight[1]) if weight else 1.0, name.strip().lower()))
    return tuple(name for quality, name in sorted(found, key=lambda item: -item[0]) if quality > 0)


def wants_page(request: Request) -> bool:
    """Whether whoever asks would rather have a page than anything else on offer: a browser."""
    found = negotiate(accepted(request), (*FORMATS, HTML))
    return found is not None and found.kind == "page"


def for_people(request: Request) -> Site:
    """What is served, for a page that comes as HTML alone; NotAcceptable when that is not wanted."""
    charge(request)
    if negotiate(accepted(request), (HTML,)) is None:
        raise NotAcceptable("This page comes as text/html only.", remedy="Data are at /sparql.")
    return site_of(request)


def charge(request: Request) -> str:
    """Count the request against its client's budget, and return the client's address; OverBudget."""
    asking = client_of(request)
    wait = site_of(request).budget.spend(asking, time.monotonic())
    if wait:
        raise OverBudget(
            "This client has asked more often than it may (KG_CLIENT_BUDGET).",
            retry_after=int(wait) + 1,
            remedy="Ask less often.",
        )
    return asking


def terms_of(request: Request, seconds: float | None) -> Terms:
    """On what terms the request is served."""
    coding, always = choose_coding(",".join(request.headers.getlist("accept-encoding")) or None)
    return Terms(seconds, client_of(request), coding, always)


def seconds_of(values: Sequence[str]) -> float | None:
    """Read the parameter ``timeout``, in seconds; QueryError."""
    if not values:
        return None
    if len(values) > 1 or not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", values[0]) or not float(values[0]):
        raise QueryError(
            f"The parameter timeout is {values[0][:40]!r}.", remedy="Give one number of seconds, as 5 or 0.5."
        )
    return float(values[0])


def number_of(name: str, values: Sequence[str], usual: int, least: int, most: int) -> int:
    """Read a parameter that is one whole number; QueryError."""
    if not [value for value in values if value]:
        return usual
    text = values[0]
    if len(values) > 1 or not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise QueryError(
            f"The parameter {name} is {', '.join(values)[:40]!r}.",
            remedy=f"Give one number from {least:,} to {most:,}.",
        )
    if not least <= int(text) <= most:
        raise QueryError(
            f"The parameter {name} is {int(text):,}.", remedy=f"Give a number from {least:,} to {most:,}."
        )
    return int(text)


def formats_of(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Read which formats the parameters of an address name (``format=``, any number), for ``choose``."""
    return [value.strip() for key, value in pairs if key == "format" and value.strip()]


def choose(request: Request, names: Sequence[str], offers: Sequence[Format], what: str) -> Format:
    """Agree on a format: the first that fits of those asked for by name, else by Accept.

    NotAcceptable lists what there is; QueryError when a single name is that of no format.
    """
    chosen = None if names else negotiate(accepted(request), offers)
    for name in names:
        try:
            chosen = chosen or _named(name, offers)
        except KeyError:
            if len(names) > 1:
                continue
            raise QueryError(
                f"There is no format {name[:40]!r}.",
                remedy=f"Name one of {', '.join(row.name for row in offers)}.",
            ) from None
    if chosen is None:
        raise NotAcceptable(
            f"{what} comes in none of the formats asked for.", remedy=f"On offer: {listing(offers)}."
        )
    return chosen


async def settled(
    request: Request,
    names: Sequence[str],
    offers: Sequence[Format],
    what: str,
    make: Callable[[Format], Awaitable[Response]],
) -> Response:
    """Answer in the format that ``choose`` agrees on.

    Only when an answer is made does it show that a file cannot hold it (a map without places); what Accept
    lists besides is tried then, and else the first refusal stands.
    """
    chosen = choose(request, names, offers, what)
    try:
        return await make(chosen)
    except NotAcceptable:
        others = [row for row in offers if row.name != chosen.name]
        if names or chosen.kind != "file" or negotiate(accepted(request), others) is None:
            raise
    return await settled(request, names, others, what, make)


async def answer(
    request: Request, read: Read, format: Format, terms: Terms, state: Sequence[str]
) -> Response:
    """Answer from the store; ``state`` is what it depends on beside the data; nothing: do not keep it.

    Nor is an answer kept that comes from a store without a version. Who has the very answer already is told
    so without any work, and one that was given is given again.
    """
    site = site_of(request)
    store = site.store
    if not state or store.version is None:
        made = await while_there(request, store.read(read, format, terms))
        return Reply(made, format, {"Cache-Control": "no-store"})
    parts = (store.version, site.settings.default_graph, *state, format.content_type)
    known = is_known(request, parts, terms.encoding)
    if known:
        return not_modified(known)
    key: tuple[str | bool, ...] = (*parts, terms.encoding, terms.always)
    found: Answer
    if given := site.given.find(key):
        found = given
    elif short := store.at_once(read, format, terms):
        found = short
    else:
        found = await while_there(request, _asked_once(site, key, read, format, terms))
    validator = tag((found.version or "", *parts[1:]), found.encoding)
    if request.headers.get("if-none-match", "").strip() == "*" and request.method in ("GET", "HEAD"):
        await found.close()
        return not_modified(validator)
    request.state.lasting = found.version
    return Reply(found, format, {"ETag": validator, "Cache-Control": "no-cache"})


async def _asked_once(
    site: Site, key: tuple[str | bool, ...], read: Read, format: Format, terms: Terms
) -> Answer:
    """Ask the store, or wait for whoever is asking it the very same, and take what was kept of the answer."""
    question = (*key, terms.seconds)
    before = site.asking.get(question)
    if before is not None:
        await before.done.wait()
        if given := site.given.find(key):
            return given
        if before.fault is not None:
            raise before.fault.with_traceback(None)
    asking = site.asking[question] = Asking()
    try:
        found = await site.store.read(read, format, terms)
        if found.whole:
            kept = Whole(found.version, found.encoding, found.first)
            size = len(found.first) + sum(len(str(part)) for part in key)
            site.given.keep((found.version, *key[1:]), kept, size)
        return found
    except (Timeout, MemoryLimit) as fault:  # whoever waits would only come to the same end
        asking.fault = fault
        raise
    finally:
        if site.asking.get(question) is asking:
            del site.asking[question]
        asking.done.set()


def page(request: Request, text: str | bytes) -> Response:
    """A page that the store's data went into."""
    data = text.encode() if isinstance(text, str) else text
    headers = {"Content-Type": HTML.content_type, "Vary": f"{VARY}, Accept-Language"}
    terms = terms_of(request, None)
    if terms.encoding != IDENTITY and (terms.always or len(data) >= WORTHWHILE):
        data = encode(data, terms.encoding)
        headers["Content-Encoding"] = terms.encoding
    return Response(data, headers=headers)


async def kept_page(
    request: Request, shape: tuple[str, ...], make: Callable[[], Coroutine[Any, Any, bytes]]
) -> Response:
    """A page made of the data and of nothing else but ``shape``: made once, coded, with a validator."""
    site, terms = site_of(request), terms_of(request, None)
    parts = (site.store.version, site.settings.default_graph, *shape)
    if known := is_known(request, parts, terms.encoding):
        return not_modified(known)
    return whole(
        request,
        await site.keep(shape, make),
        content_type=HTML.content_type,
        parts=parts,
        headers={"Vary": f"{VARY}, Accept-Language"},
        coding=(terms.encoding, terms.always),
    )


def _named(name: str, offers: Sequence[Format]) -> Format | None:
    """The format on offer that a client means by a name or media type; KeyError for no format at all."""
    if "/" in name:
        return negotiate(name, offers)
    name = name.lower()
    own = next((offer for offer in offers if offer.name == name and offer not in FORMATS), None)
    if own:
        return own
    row = by_name(name if name in ("xml", "json") else _GRAPH_NAMES.get(name, name))
    if row not in offers and name in _GRAPH_NAMES:
        row = by_name(_GRAPH_NAMES[name])
    return row if row in offers else None
