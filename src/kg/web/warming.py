"""What first visitors would wait for, made before they come: in the background, one thing after the other.

Pages are asked for as a browser would, inside the server, so that what they are made of is there: the index
of names, the shelves, the ties. It begins after the server has said that it answers, and again when the data
have changed and stay as they are; each page waits for a moment in which nobody asks for anything. What takes
longest waits for a quiet time.
"""

import asyncio
import logging
import time
from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.routing import Route

from kg.errors import KgError
from kg.web.edge import Resource
from kg.web.journal import Journal
from kg.web.navigation import Navigation
from kg.web.site import Site

log = logging.getLogger("kg.web")

_FIRST = ("/browse", "/search", "/", "/browse?sort=name")
_LONG = ("/validation", "/downloads")

_BEFORE = 0.5
"""Seconds that the first visitors have for themselves."""
_LOOK = 1.0
_TURN = 2.0
"""Seconds that a page waits for a moment without requests, at most."""
_QUIET = 10.0
"""Seconds without a request, after which what takes long is made."""
_USUAL = ((b"accept", b"text/html"), (b"accept-language", b"en-US,en;q=0.9"))


class Warming:
    """Keeps an application warm whose store says which version of the data it holds."""

    def __init__(self, app: FastAPI, site: Site) -> None:
        """Begin nothing yet."""
        self._app = app
        self._site = site
        self._journal: Journal = app.state.journal
        self._resources = {
            route.path: route.endpoint
            for route in app.routes
            if isinstance(route, Route) and isinstance(route.endpoint, Resource)
        }
        navigation = Navigation(site.settings)
        listed = [path for path, _ in (*navigation.main, *navigation.foot)]
        self._pages = [*dict.fromkeys((*_FIRST, *listed))]

    async def run(self) -> None:
        """Go on until cancelled; nothing is done for a store that is another's."""
        if self._site.store.version is None:
            return
        await asyncio.sleep(_BEFORE)
        long = list(_LONG)
        while True:
            version, begun = self._site.store.version, time.monotonic()
            await self._visit((path for path in self._pages if path not in _LONG), version)
            spent = time.monotonic() - begun
            if long and await self._is_quiet(version):
                await self._visit(long, version)
                long = []
            await self._changed(version, spent)

    async def _visit(self, paths: Iterable[str], version: str | None) -> None:
        """Ask for pages as long as the data are those of the version."""
        for path in paths:
            until = time.monotonic() + _TURN
            while self._journal.running and time.monotonic() < until:
                await asyncio.sleep(0.05)
            if self._site.store.version != version:
                return
            try:
                await self._ask(path)
            except KgError as error:
                log.debug("%s is not made ahead: %s", path, error)
            except Exception:
                log.warning("%s could not be made ahead", path, exc_info=True)

    async def _ask(self, address: str) -> None:
        path, _, query = address.partition("?")
        scope: dict[str, Any] = {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "query_string": query.encode(),
            "headers": list(_USUAL),
            "client": ("", 0),
            "server": (self._site.settings.host, self._site.settings.port),
            "path_params": {},
            "state": {},
            "app": self._app,
        }
        await self._resources[path].handlers["GET"](Request(scope, _never))

    async def _is_quiet(self, version: str | None) -> bool:
        """Wait until nothing was asked for a while; False when the data change before that."""
        seen, since = -1, time.monotonic()
        while self._site.store.version == version:
            answered = self._journal.answered.total() + self._journal.running
            if answered != seen:
                seen, since = answered, time.monotonic()
            elif time.monotonic() - since >= _QUIET:
                return True
            await asyncio.sleep(_LOOK)
        return False

    async def _changed(self, version: str | None, rest: float) -> None:
        """Wait until the data are of another version, and of the same for as long as the last work took."""
        seen, since = version, time.monotonic()
        while seen == version or time.monotonic() - since < rest:
            await asyncio.sleep(_LOOK)
            if self._site.store.version != seen:
                seen, since = self._site.store.version, time.monotonic()


async def _never() -> dict[str, Any]:
    """Whoever asks here does not go away."""
    await asyncio.Event().wait()
    raise AssertionError
