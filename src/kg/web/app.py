"""The application and the server around it.

``create_app`` makes it from settings; what its lifespan opens, its lifespan closes. ``serve`` takes the port
first and loads next, so that whatever stands in the way is a sentence before anything runs.
"""

import asyncio
import errno
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kg.build import TERMS, build
from kg.content import Content, find_content
from kg.errors import ContentError, KgError, NotAcceptable, SettingsError, StoreError, Unavailable
from kg.forms import Forms, read_forms
from kg.media import HTML, JSON, negotiate
from kg.paragraphs import read_passages
from kg.settings import Settings
from kg.sparql import Operation
from kg.store import Capacity, Store, jail, open_store
from kg.store.lanes import Budget
from kg.web import (
    about,
    assets,
    downloads,
    find,
    graphs,
    lexicon,
    logs,
    openapi,
    pages,
    protocol,
    releases,
    rules,
    terms,
    things,
    validation,
    write,
)
from kg.web.asked import accepted, page, site_of
from kg.web.edge import Headers, Resource, fail
from kg.web.html import bundle_of
from kg.web.proxies import networks
from kg.web.reconciliation import service
from kg.web.site import Site
from kg.web.wire import protocol_with

_log = logging.getLogger("kg.web")

_GRAPHS = {"GET": graphs.get, "PUT": graphs.put, "POST": graphs.post, "DELETE": graphs.delete}

_GRACE = 5
"""Seconds that answers under way get to finish when the server is told to stop."""


def create_app(settings: Settings, store: Store | None = None, content: Content | None = None) -> FastAPI:
    """Make the application.

    Without a store, the lifespan opens the one the settings name and loads the content into it. A store that
    is given is served as it stands and left open; ``content`` then says what is in it.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if store is not None:
            app.state.site = describe_site(settings, store, content)
        if getattr(app.state, "site", None) is not None:
            try:
                yield
            finally:
                await app.state.site.close(store=False)
            return
        app.state.site = site = await open_site(settings, content)
        try:
            yield
        finally:
            await site.close()

    routes = (
        ("/", {"GET": _home}),
        ("/sparql", {"GET": protocol.get, "POST": protocol.post, "QUERY": protocol.post}),
        ("/update", {"POST": write.update}),
        (graphs.PATH, _GRAPHS),
        (graphs.PATH + "/{name:path}", _GRAPHS),
        (lexicon.PATH, {"GET": lexicon.get}),
        ("/search", {"GET": find.get}),
        (validation.PATH, {"GET": validation.get, "POST": validation.post}),
        (service.PATH, {"GET": service.get, "POST": service.post}),
        (service.PATH + "/view", {"GET": service.view}),
        (service.PATH + "/preview", {"GET": service.preview}),
        (service.PATH + "/suggest/entity", {"GET": service.suggest_entity}),
        (service.PATH + "/suggest/type", {"GET": service.suggest_type}),
        (service.PATH + "/suggest/property", {"GET": service.suggest_property}),
        (service.PATH + "/properties", {"GET": service.propose}),
        ("/about", {"GET": about.about}),
        ("/questions", {"GET": about.questions}),
        ("/void", {"GET": about.void}),
        ("/.well-known/void", {"GET": about.void}),
        ("/.well-known/sparql-examples", {"GET": about.examples}),
        (openapi.PATH, {"GET": openapi.get}),
        ("/robots.txt", {"GET": about.robots}),
        ("/sitemap.xml", {"GET": about.sitemap}),
        ("/favicon.ico", {"GET": about.icon}),
        (downloads.PATH, {"GET": downloads.index}),
        (downloads.PATH + "/{name}", {"GET": downloads.get}),
        (releases.PATH, {"GET": releases.index}),
        (releases.PATH + "/", {"GET": releases.index}),
        (releases.PATH + "/{version}", {"GET": releases.one}),
        (releases.PATH + "/{version}/", {"GET": releases.one}),
        (releases.PATH + "/{version}/{name}", {"GET": releases.get}),
        ("/id/{rest:path}", {"GET": things.get}),
        ("/graph/{rest:path}", {"GET": things.get}),
        ("/ontology", {"GET": terms.get}),
        ("/ontology.{ending}", {"GET": terms.get}),
        (rules.PATH, {"GET": rules.get}),
        (rules.PATH + ".{ending}", {"GET": rules.get}),
        ("/ontology/shapes/{name}", {"GET": rules.one}),
        ("/ontology/{rest:path}", {"GET": things.get}),
        ("/healthz", {"GET": _health}),
        ("/readyz", {"GET": _ready}),
        ("/static/kg.css", {"GET": assets.style}),
        (assets.PATH + "/{name}", {"GET": assets.script}),
    )
    app = FastAPI(
        title="Connectivity KG",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        routes=[Route(path, Resource(handlers)) for path, handlers in routes],
        exception_handlers={KgError: fail, HTTPException: fail, Exception: fail},
    )
    app.add_middleware(Headers)
    return app


async def open_site(settings: Settings, content: Content | None = None) -> Site:
    """Open the store of the settings, with the content in it if it is empty; the errors of either."""
    if content is None:
        content = await run_in_threadpool(find_content, settings.content)
    dataset = await run_in_threadpool(build, content)
    store = await open_store(
        settings.store,
        default_graph=settings.default_graph,
        prefixes=content.prefixes(),
        nquads=dataset.nquads(),
        digest=dataset.digest,
        graphs=dataset.graphs(),
        capacity=Capacity.of(settings),
    )
    return describe_site(settings, store, content)


def describe_site(settings: Settings, store: Store, content: Content | None) -> Site:
    """Put a loaded store together with the words of its content."""
    budget = Budget(settings.client_budget)
    trusted = networks(settings.trusted_proxies or "")
    if content is None:
        return Site(settings, store, {}, budget=budget, trusted=trusted)
    return Site(
        settings,
        store,
        content.prefixes(),
        tuple(content.questions()),
        budget,
        forms=_forms(content),
        paragraphs=_paragraphs(settings, content),
        trusted=trusted,
        content=content,
    )


def _paragraphs(settings: Settings, content: Content) -> dict[str, str]:
    """The texts of passages that are what was curated; what is not is told in the log. ContentError."""
    if settings.source_text is None or content.kind != "folder":
        return {}
    found = {}
    for item in read_passages(content.parsed([]), Path(settings.source_text)):
        if isinstance(item, ContentError):
            _log.warning("%s", item)
        elif item.is_verified and item.text is not None:
            found[item.file.thing or ""] = item.text
        else:
            _log.warning("the text of %s is not the one that was curated; it is not shown", item.file.thing)
    return found


def _forms(content: Content) -> Forms:
    """How the shapes of the content have its things shown."""
    prefixes = content.prefixes()
    shapes = [item for file in content.shapes() for item in content.triples(file, prefixes)]
    terms = [file for file in content.files if file.name == TERMS]
    return read_forms(shapes, (item for file in terms for item in content.triples(file, prefixes)))


# ---- pages and probes
# ------------------------------------------------------------------------------------------


async def _home(request: Request) -> Response:
    """Show what is in the graph, and questions that run."""
    if negotiate(accepted(request), (HTML,)) is None:
        raise NotAcceptable("The home page comes as text/html only.", remedy="Data are at /sparql.")
    site = site_of(request)

    async def make() -> bytes:
        return (await pages.home(site)).encode()

    return page(request, await site.keep(("home",), make))


async def _health(request: Request) -> Response:
    """Say that the process lives."""
    return _tiny({"status": "alive"}, 200)


async def _ready(request: Request) -> Response:
    """Say whether queries are answered, and whether pages have their scripts."""
    site: Site | None = getattr(request.app.state, "site", None)
    try:
        if site is None:
            raise StoreError("The store is not open.")
        if json.loads(await site.answer(Operation.parse("ASK {}"), JSON)) != {"head": {}, "boolean": True}:
            raise StoreError("The store gives a wrong answer.")
    except Exception as error:
        reason = "The store does not answer queries."
        if isinstance(error, StoreError | Unavailable):
            reason = error.message
        return _tiny({"status": "not ready", "reason": reason}, 503)
    return _tiny({"status": "ready", "ui": "scripts" if bundle_of(site.settings) else "plain"}, 200)


def _tiny(document: Mapping[str, str], status: int) -> Response:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Response(json.dumps(document), status, headers=headers)


# ---- the server
# ------------------------------------------------------------------------------------------------


def serve(settings: Settings, content: Content | None = None) -> None:
    """Run until told to stop by Ctrl-C or SIGTERM, then return.

    KgError when it cannot start: the port is taken, the content or the store cannot be used.
    """
    if settings.releases and not Path(settings.releases).is_dir():
        raise SettingsError(
            f"KG_RELEASES is {settings.releases!r}, which is no folder.",
            remedy="'kg release' makes one, with a release in it.",
        )
    if settings.ui == "require" and bundle_of(settings) is None:
        raise SettingsError(
            "KG_UI is 'require', and the package was built without the scripts of its pages.",
            remedy="Install it again where npm reaches its registry; 'kg ui status' tells what is there.",
        )
    with _stops_quietly() as started, _listen(settings) as listener:
        logs.to_stderr()
        jail.many_files()
        jail.adopt_orphans()
        host, port = listener.getsockname()[:2]
        settings = replace(settings, port=port)
        content = content or find_content(settings.content)
        name = f"[{host}]" if ":" in host else host
        config = uvicorn.Config(
            create_app(settings, content=content),
            http=protocol_with(settings.head_limit),
            lifespan="on",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE,
        )
        server = _Server(config, settings, content, f"http://{name}:{port}/")
        started.set()
        server.run(sockets=[listener])
        if server.fault:
            raise server.fault


class _Server(uvicorn.Server):
    """Opens the store, says where it answers as soon as it does, and keeps what stood in the way of that."""

    def __init__(self, config: uvicorn.Config, settings: Settings, content: Content, root: str) -> None:
        super().__init__(config)
        self.fault: KgError | None = None
        self._settings = settings
        self._content = content
        self._root = root

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        opening = asyncio.get_running_loop().create_task(open_site(self._settings, self._content))
        while not opening.done() and not self.should_exit:
            await asyncio.wait({opening}, timeout=0.1)
        if not opening.done():
            opening.cancel()
            return
        try:
            site = opening.result()
        except KgError as error:
            self.fault, self.should_exit = error, True
            return
        cast(FastAPI, self.config.app).state.site = site
        _warn(site)
        await super().startup(sockets)
        print(
            f"Connectivity KG answers at {self._root} (SPARQL: {self._root}sparql) "
            f"with {await _size(site):,} triples from {self._content.origin}.",
            flush=True,
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        site: Site = cast(FastAPI, self.config.app).state.site
        await site.close()


def _warn(site: Site) -> None:
    """Say on standard error what whoever runs the server may not expect."""
    if not jail.LINUX:
        print("kg: limits on time and memory of queries are not enforced on this system", file=sys.stderr)
    elif not getattr(site.store, "sealed", True):
        print("kg: this system does not let queries be kept from opening sockets", file=sys.stderr)
    notice = getattr(site.store, "notice", None)
    if notice:
        print(f"kg: {notice}", file=sys.stderr)
    if site.settings.ui == "auto" and bundle_of(site.settings) is None:
        print("kg: built without the scripts of its pages: the query editor is a text field", file=sys.stderr)
    if site.settings.token and site.settings.store == "memory:":
        print("kg: KG_STORE is memory:, so what is written is lost when the server ends", file=sys.stderr)


@contextmanager
def _stops_quietly() -> Iterator[threading.Event]:
    """Until the event is set, Ctrl-C and SIGTERM end the process with code 0; then they are the server's.

    The server raises the signal that stopped it once more when it is done, which must not end in a traceback.
    """
    started = threading.Event()

    def stop(number: int, frame: Any) -> None:
        if not started.is_set():
            raise SystemExit(0)

    if threading.current_thread() is not threading.main_thread():
        yield started
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield started
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen(settings: Settings) -> socket.socket:
    """Take the port; SettingsError says why that is not possible."""
    place = f"{settings.host}, port {settings.port}"
    try:
        found = socket.getaddrinfo(
            settings.host.strip("[]"), settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        return socket.create_server(found[0][4][:2], family=found[0][0], backlog=2048)
    except socket.gaierror:
        message = f"KG_HOST is {settings.host!r}, which is no address or host name known here."
        raise SettingsError(message, remedy="Use 127.0.0.1, or 0.0.0.0 for every address.") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(
                f"Port {settings.port} on {settings.host} is in use by another program.",
                remedy="Choose another with --port or KG_PORT; 0 takes any free one.",
            ) from None
        if error.errno == errno.EACCES:
            raise SettingsError(
                f"Port {settings.port} is not open to this user.", remedy="Choose one above 1023 with --port."
            ) from None
        why = os.strerror(error.errno) if error.errno else str(error)
        raise SettingsError(f"The server cannot listen at {place}: {why}.") from None


async def _size(site: Site) -> int:
    query = f"SELECT (COUNT(*) AS ?n) WHERE {{ SELECT DISTINCT ?s ?p ?o WHERE {site.anywhere('?s ?p ?o')} }}"
    return int((await site.rows(query))[0]["n"]["value"])
