"""The application: ``create_app`` makes it from settings; what its lifespan opens, its lifespan closes."""

import json
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from pathlib import Path

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from kg.build import TERMS, Dataset, build
from kg.content import Content, find_content
from kg.errors import (
    ContentError,
    KgError,
    RemoteError,
    StoreError,
    Timeout,
    Unavailable,
)
from kg.forms import Forms, read_forms
from kg.jsonld import Context
from kg.media import JSON
from kg.origins import Origins
from kg.paragraphs import read_passages
from kg.settings import Settings
from kg.sparql import Operation
from kg.store import FOLDER, REMOTE, Access, Capacity, Store, open_store, split_address
from kg.store.lanes import Budget
from kg.web import (
    about,
    assets,
    atlas,
    browse,
    choices,
    cite,
    downloads,
    engagements,
    explore,
    find,
    gaps,
    graphs,
    home,
    lexicon,
    metrics,
    network,
    openapi,
    protocol,
    releases,
    rules,
    terms,
    things,
    timeline,
    validation,
    verdict,
    write,
)
from kg.web.edge import Direct, Edge, Resource, fail
from kg.web.journal import Journal
from kg.web.proxies import networks
from kg.web.reconciliation import service
from kg.web.shortcuts import Shortcuts
from kg.web.site import Site

_log = logging.getLogger("kg.web")

_GRAPHS = {"GET": graphs.get, "PUT": graphs.put, "POST": graphs.post, "DELETE": graphs.delete}


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
        ("/", {"GET": home.get}),
        (protocol.PATH, {"GET": protocol.get, "POST": protocol.post, "QUERY": protocol.post}),
        ("/update", {"POST": write.update}),
        (graphs.PATH, _GRAPHS),
        (graphs.PATH + "/{name:path}", _GRAPHS),
        (lexicon.PATH, {"GET": lexicon.get}),
        ("/search", {"GET": find.get}),
        (choices.PATH, {"GET": explore.get}),
        (network.PATH, {"GET": network.get}),
        ("/opensearch.xml", {"GET": find.engine}),
        (browse.PATH, {"GET": browse.get}),
        (engagements.PATH, {"GET": engagements.get}),
        (gaps.PATH, {"GET": gaps.get}),
        (cite.PATH, {"GET": cite.get, "POST": cite.get, "QUERY": cite.get}),
        (atlas.PATH, {"GET": atlas.get}),
        (timeline.PATH, {"GET": timeline.get}),
        (validation.PATH, {"GET": validation.get, "POST": validation.post}),
        (verdict.PATH, {"GET": verdict.get}),
        (verdict.PATH + ".{ending}", {"GET": verdict.get}),
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
        (terms.CONTEXT, {"GET": terms.context}),
        ("/ontology/logo.svg", {"GET": about.icon}),
        (rules.PATH, {"GET": rules.get}),
        (rules.PATH + ".{ending}", {"GET": rules.get}),
        ("/ontology/shapes/{name}", {"GET": rules.one}),
        ("/ontology/{rest:path}", {"GET": things.get}),
        ("/healthz", {"GET": _health}),
        ("/readyz", {"GET": _ready}),
        (metrics.PATH, {"GET": metrics.get}),
        ("/static/kg.css", {"GET": assets.style}),
        ("/static/kg-{digest}.css", {"GET": assets.style}),
        (assets.PATH + "/{name}", {"GET": assets.script}),
    )
    app = _Application(
        title="Connectivity KG",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        routes=[Route(path, Resource(path, handlers)) for path, handlers in routes],
        exception_handlers={KgError: fail, HTTPException: fail},
    )
    app.state.shortcuts = Shortcuts()
    app.state.journal = Journal(networks(settings.trusted_proxies or ""))
    app.add_middleware(Edge)
    return app


class _Application(FastAPI):
    """The application; the endpoint is reached straight, past what the framework does for other addresses."""

    @cached_property
    def _endpoint(self) -> Edge:
        route = next(item for item in self.routes if isinstance(item, Route) and item.path == protocol.PATH)
        return Edge(Direct(route.app))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] == "http" and scope["path"] == protocol.PATH:
            scope["app"] = self
            await self._endpoint(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


async def open_site(settings: Settings, content: Content | None = None) -> Site:
    """Open the store of the settings; one of ours that is empty gets the content. The errors of either."""
    if content is None:
        content = await run_in_threadpool(find_content, settings.content)
    kind, path = split_address(settings.store)
    # What is in a folder stays as it is, so the content need not be read before the first answer.
    is_needed = kind != REMOTE and not (kind == FOLDER and await run_in_threadpool(_is_filled, path))
    dataset = await run_in_threadpool(build, content) if is_needed else Dataset((), "")
    store = await open_store(
        settings.store,
        default_graph=settings.default_graph,
        prefixes=content.prefixes(),
        nquads=dataset.nquads(),
        digest=dataset.digest,
        graphs=dataset.graphs(),
        capacity=Capacity.of(settings),
        access=Access.of(settings),
    )
    if settings.service_allow and kind != REMOTE:
        from kg.store.federated import FederatedStore  # noqa: PLC0415 - loaded only when it is used

        store = FederatedStore(store, Origins.parse(settings.service_allow), Capacity.of(settings))
    site = describe_site(settings, store, content)
    if is_needed:
        await site.names.get("", lambda: run_in_threadpool(Context.of, dataset.quads))
    return site


def _is_filled(path: Path) -> bool:
    from kg.store.directory import is_filled  # noqa: PLC0415 - loaded only when it is used

    return is_filled(path)


def describe_site(settings: Settings, store: Store, content: Content | None) -> Site:
    """Put a loaded store together with the words of its content."""
    budget = Budget(settings.client_budget)
    trusted = networks(settings.trusted_proxies or "")
    if content is None:
        return Site(settings, store, {}, budget=budget, trusted=trusted, first_version=store.version)
    return Site(
        settings,
        store,
        content.prefixes(),
        content.questions(),
        content.federated(),
        budget,
        forms=_forms(content),
        paragraphs=_paragraphs(settings, content),
        trusted=trusted,
        content=content,
        first_version=store.version,
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


# ---- probes
# ------------------------------------------------------------------------------------------


async def _health(request: Request) -> Response:
    """Say that the process lives."""
    return _tiny({"status": "alive"}, 200)


async def _ready(request: Request) -> Response:
    """Say whether queries are answered."""
    site: Site | None = getattr(request.app.state, "site", None)
    try:
        if request.app.state.journal.stopping:
            raise Unavailable("The server is stopping.")
        if site is None:
            raise StoreError("The store is not open.")
        if json.loads(await site.answer(Operation.parse("ASK {}"), JSON)).get("boolean") is not True:
            raise StoreError("The store gives a wrong answer.")
    except Exception as error:
        reason = "The store does not answer queries."
        if isinstance(error, StoreError | Unavailable | RemoteError | Timeout):
            reason = error.message
        return _tiny({"status": "not ready", "reason": reason}, 503)
    return _tiny({"status": "ready"}, 200)


def _tiny(document: Mapping[str, str], status: int) -> Response:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    return Response(json.dumps(document), status, headers=headers)
