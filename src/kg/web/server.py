"""The server around the application, from the moment it takes the port until everything has ended.

``serve`` takes the port first and loads next, so that whatever stands in the way is a sentence before
anything runs. Told to stop, it takes no more connections, lets the answers under way finish for a while,
tells whoever still waits then, and leaves no process behind; told twice, it does not wait.
"""

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any, cast

import uvicorn
from fastapi import FastAPI

from kg.content import Content, find_content
from kg.errors import KgError, SettingsError
from kg.settings import Settings
from kg.store import FOLDER, REMOTE, jail, split_address
from kg.web import logs
from kg.web.app import create_app, open_site
from kg.web.html import bundle_of
from kg.web.journal import Journal
from kg.web.site import Site
from kg.web.warming import Warming
from kg.web.wire import protocol_with

log = logging.getLogger("kg.web")

_SEARCH = 10_000
"""New objects after which the interpreter searches for those that hold each other only."""
_PARTING = 1.0
"""Seconds in which whoever is told that there will be no answer may take that."""
_FIRST = 1.0
"""Seconds that the first requests have for themselves."""
_LAST = 5.0
"""Seconds after which what still runs then is given up."""


def serve(settings: Settings, content: Content | None = None) -> None:
    """Run until told to stop by Ctrl-C or SIGTERM, then return.

    KgError when it cannot start: the port is taken, the content or the store cannot be used.
    """
    if settings.releases and not Path(settings.releases).is_dir():
        raise SettingsError(
            f"KG_RELEASES is {settings.releases!r}, which is no folder.",
            remedy="'kg release' makes one, with a release in it.",
        )
    if settings.source_text and not Path(settings.source_text).is_dir():
        raise SettingsError(f"KG_SOURCE_TEXT is {settings.source_text!r}, which is no folder.")
    if settings.ui == "require" and bundle_of(settings) is None:
        raise SettingsError(
            "KG_UI is 'require', and the package was built without the scripts of its pages.",
            remedy="Install it again where npm reaches its registry; 'kg ui status' tells what is there.",
        )
    with (
        _stops_quietly() as started,
        _listen(settings) as listener,
        logs.to_stderr(settings.log, settings.log_level) as writer,
    ):
        jail.many_files()
        jail.adopt_orphans()
        host, port = listener.getsockname()[:2]
        settings = replace(settings, port=port)
        content = content or find_content(settings.content)
        name = f"[{host}]" if ":" in host else host
        app = create_app(settings, content=content)
        app.state.log = writer
        config = uvicorn.Config(
            app,
            http=protocol_with(settings.head_limit, app.state.journal, app.state.shortcuts),
            lifespan="on",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=int(settings.grace + _PARTING + _LAST),
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
        self._beside: list[asyncio.Task[None]] = []

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
        state = cast(FastAPI, self.config.app).state
        state.site = site
        if not self._settings.client_budget:  # else every request has to be counted against it
            state.shortcuts.version = lambda: site.store.version
        _warn(site)
        gc.set_threshold(_SEARCH)  # requests leave little behind that only a search would find
        await super().startup(sockets)
        print(
            f"Connectivity KG answers at {self._root} (SPARQL: {self._root}sparql) "
            f"with {await _holding(site, self._content)}.",
            flush=True,
        )
        warming = Warming(cast(FastAPI, self.config.app), site)
        start = asyncio.get_running_loop().create_task
        self._beside = [start(_compare(site)), start(warming.run())]

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; at once when told so again."""
        if self.should_exit:
            self.force_exit = True
        self._journal.stopping = True
        super().handle_exit(sig, frame)

    @property
    def _journal(self) -> Journal:
        journal: Journal = cast(FastAPI, self.config.app).state.journal
        return journal

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._journal.stopping = True
        for task in self._beside:
            task.cancel()
        site: Site = cast(FastAPI, self.config.app).state.site
        limit = asyncio.get_running_loop().create_task(self._end(site))
        await super().shutdown(sockets)
        limit.cancel()
        if self.force_exit:  # uvicorn leaves it out then, and a trace in the log
            await self.lifespan.shutdown()
        await site.close()

    async def _end(self, site: Site) -> None:
        """Wait for the answers under way as long as they may take; then tell whoever waits, and cut off."""
        grace, running = self._settings.grace, self._journal.running
        if running:
            log.info("stopping; %d requests under way get %g s to finish", running, grace)
        if await self._over(grace):
            return
        if not self.force_exit:
            log.warning("stopping; %d requests are broken off", self._journal.running)
        await site.close()
        await self._over(_PARTING)
        for connection in list(self.server_state.connections):
            cast(Any, connection).transport.abort()

    async def _over(self, seconds: float) -> bool:
        """Wait until all connections have ended, but not longer, nor when there is to be no wait."""
        until = asyncio.get_running_loop().time() + seconds
        while self.server_state.connections or self.server_state.tasks:
            if self.force_exit or asyncio.get_running_loop().time() >= until:
                return False
            await asyncio.sleep(0.02)
        return True


def _warn(site: Site) -> None:
    """Say on standard error what whoever runs the server may not expect."""
    if not jail.LINUX:
        print("kg: limits on time and memory of queries are not enforced on this system", file=sys.stderr)
    elif not getattr(site.store, "sealed", True):
        print("kg: this system does not let queries be kept from opening sockets", file=sys.stderr)
    notice = getattr(site.store, "notice", None)
    if notice:
        print(f"kg: {notice}", file=sys.stderr)
    if site.settings.service_allow and _is_remote(site.settings):
        print("kg: KG_SERVICE_ALLOW does nothing, since the store is another server", file=sys.stderr)
    if site.settings.source_text and site.content.kind != "folder":
        print("kg: KG_SOURCE_TEXT does nothing, since the content is no folder of ours", file=sys.stderr)
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


async def _holding(site: Site, content: Content) -> str:
    """What is served, in words; nobody is asked to count all that another server or a folder holds."""
    if split_address(site.settings.store)[0] in (REMOTE, FOLDER):
        return f"what is stored at {site.settings.store}"
    query = f"SELECT (COUNT(*) AS ?n) WHERE {{ SELECT DISTINCT ?s ?p ?o WHERE {site.anywhere('?s ?p ?o')} }}"
    size = int((await site.rows(query))[0]["n"]["value"])
    return f"{size:,} triples from {content.origin}"


async def _compare(site: Site) -> None:
    """Say if the folder of the store holds other content than this version comes with."""
    differs: Callable[[str], str | None] | None = getattr(site.store, "differs", None)
    if split_address(site.settings.store)[0] != FOLDER or differs is None:
        return
    await asyncio.sleep(_FIRST)
    try:
        found = differs((await site.dataset()).digest)
    except KgError as error:
        found = f"the content cannot be compared with what is stored: {error}"
    if found:
        print(f"kg: {found}", file=sys.stderr)


def _is_remote(settings: Settings) -> bool:
    return split_address(settings.store)[0] == REMOTE
