"""Pages made before anybody asks: after the start, after a change, giving way; not for another server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from making import DATA

from kg.media import NQUADS
from kg.settings import Settings
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from kg.web import warming
from kg.web.app import create_app, describe_site
from kg.web.navigation import Navigation
from kg.web.site import Site
from kg.web.warming import Warming


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[FastAPI]:
    for name, value in {"_BEFORE": 0.0, "_LOOK": 0.01, "_TURN": 0.3, "_QUIET": 0.1}.items():
        monkeypatch.setattr(warming, name, value)
    settings = Settings(ui="skip", client_budget=1)
    store = EmbeddedStore(default_graph="union", prefixes={})
    store.load(DATA.encode(), NQUADS)
    made = create_app(settings)
    made.state.site = describe_site(settings, ThreadStore(store, "1"), None)
    yield made
    store.close()


def site_of(app: FastAPI) -> Site:
    site: Site = app.state.site
    return site


def change(app: FastAPI, version: str | None) -> None:
    site_of(app).store._version = version  # type: ignore[attr-defined]


def watched(app: FastAPI, test: Callable[[list[str]], object]) -> list[str]:
    """Run the warming until a test says that it is enough; return the addresses it asked for."""

    class Watched(Warming):
        async def _ask(self, address: str) -> None:
            await super()._ask(address)
            asked.append(address)

    async def main() -> None:
        task = asyncio.create_task(Watched(app, site_of(app)).run())
        async with asyncio.timeout(60):
            while not test(asked) and not task.done():
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.wait({task})

    asked: list[str] = []
    asyncio.run(main())
    return asked


def test_all_pages_are_made_and_what_they_are_made_of(app: FastAPI) -> None:
    asked = watched(app, lambda asked: "/downloads" in asked)
    site, pages = site_of(app), Navigation(Settings())
    assert asked[0] == "/browse" and len(asked) == len(set(asked))
    # Without content there is nothing to check: that page is refused, and the others are made nevertheless.
    assert set(asked) >= {path for path, _ in (*pages.main, *pages.foot)} - {"/validation"}
    assert site.index._version == site.shelves._version == site.ties._version == "1"
    assert site.cache.misses > 5 and site.weights._made
    assert not app.state.journal.answered, "it is no request of anybody"


def test_they_are_made_again_when_the_data_have_changed(app: FastAPI) -> None:
    def again(asked: list[str]) -> bool:
        if "/downloads" in asked:
            change(app, "2")
        return asked.count("/cite") == 2

    asked = watched(app, again)
    assert site_of(app).index._version == "2" and asked.count("/downloads") == 1


def test_what_takes_long_waits_for_a_quiet_time(app: FastAPI) -> None:
    def busy(asked: list[str]) -> bool:
        app.state.journal.answered["a", "GET", "200", "ok"] += 1
        waited.append("/cite" in asked)
        return waited.count(True) > 30

    waited: list[bool] = []
    assert "/downloads" not in watched(app, busy)


def test_requests_go_first(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warming, "_TURN", 60.0)
    app.state.journal.running = 1
    waited: list[None] = []
    assert watched(app, lambda _: waited.append(None) or len(waited) > 30) == []  # type: ignore[func-returns-value]


def test_another_server_is_not_asked_unasked(app: FastAPI) -> None:
    change(app, None)
    assert watched(app, lambda _: False) == []


def test_a_page_that_fails_stops_no_other(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    site_of(app).shelves.get = None  # type: ignore[assignment,method-assign]
    asked = watched(app, lambda asked: "/cite" in asked)
    assert "/browse" not in asked and "/browse could not be made ahead" in caplog.text
