"""A browser for each module, one server for all tests, and a page that notes whatever it must not do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from kg.bundle import read_bundle
from serving import running

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
PATIENCE = 20_000
"""Milliseconds that anything on a page may take on a busy machine."""


def needed(is_there: bool, reason: str) -> None:
    """Skip a test that cannot be run here; in continuous integration it fails."""
    if not is_there:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


# Its driver holds an event loop while it lives, which other tests must not find: no longer than a module.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    needed(Path(CHROMIUM).exists(), f"no Chromium is installed as {CHROMIUM}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def root() -> Iterator[str]:
    """The address of a server with the scripts of its pages."""
    needed(read_bundle() is not None, "the package was built without the scripts of its pages")
    with running() as server:
        yield server.root


class Visit:
    """A page in a browser of its own, and what it did that no page of ours may do."""

    def __init__(self, context: BrowserContext, root: str) -> None:
        self.root = root
        self.page: Page = context.new_page()
        self.wrongs: list[str] = []
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.wrongs.append(f"error: {error}"))
        self.page.on("console", self._console)
        self.page.on("request", self._request)

    def _console(self, message: Any) -> None:
        # Chromium itself says so of every answer with a status of 400 and more.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.wrongs.append(f"console: {message.text}")

    def _request(self, request: Any) -> None:
        if not request.url.startswith((self.root, "data:")):
            self.wrongs.append(f"request to {request.url}")

    def open(self, path: str, query: str | None = None, fragment: str = "") -> Page:
        address = self.root + path
        if query is not None:
            address += "?" + urlencode({"query": query})
        self.page.goto(address + fragment)
        return self.page

    def edit(self, query: str | None = None) -> Page:
        """Open the editor with a query and wait until it stands."""
        page = self.open("/sparql", query)
        page.locator(".cm-content").wait_for()
        return page

    @property
    def text(self) -> str:
        """What is in the field."""
        found: str = self.page.evaluate("document.querySelector('kg-editor').field.text")
        return found

    def write(self, text: str) -> None:
        """Type a text into the field in the place of what is there, as one would, without any help."""
        self.page.evaluate("text => { document.querySelector('kg-editor').field.text = text }", text)

    def axe(self, rules: list[str] = RULES) -> list[str]:
        """What axe finds, by all its rules that count here or by some."""
        found = Axe().run(self.page, options={"runOnly": rules}).response["violations"]
        return [f"{item['id']}: {node['html'][:200]}" for item in found for node in item["nodes"]]


@pytest.fixture
def visit(browser: Browser, root: str) -> Iterator[Callable[..., Any]]:
    """Visit the server in a browser with these settings; at the end, nothing wrong may have been done."""

    @contextmanager
    def start(where: str = root, **settings: Any) -> Iterator[Visit]:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings})
        try:
            found = Visit(context, where)
            yield found
            assert found.wrongs == []
        finally:
            context.close()

    yield start
