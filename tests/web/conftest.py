"""A small dataset, and the application over it."""

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest
from fastapi.testclient import TestClient
from making import DATA, MakeClient, MakeReal

from kg.build import Dataset
from kg.content import Content
from kg.media import NQUADS
from kg.settings import DefaultGraph, Settings
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from kg.web.app import create_app


@pytest.fixture(scope="session")
def make_client() -> Iterator[MakeClient]:
    """Make clients of applications over the small dataset, or over other quads."""
    with ExitStack() as stack:

        def make(data: str = DATA, **settings: Any) -> TestClient:
            chosen = Settings(**{"ui": "skip", **settings})
            store = EmbeddedStore(default_graph=chosen.default_graph, prefixes={"ex": "https://example.org/"})
            stack.callback(store.close)
            store.load(data.encode(), NQUADS)
            app = create_app(chosen, ThreadStore(store))
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield make


@pytest.fixture(scope="session")
def make_real(whole_content: Content, whole_dataset: Dataset) -> Iterator[MakeReal]:
    """Make the application over the project's content, once for each way to see it."""
    with ExitStack() as stack:

        @cache
        def make(default_graph: DefaultGraph) -> TestClient:
            store = EmbeddedStore(default_graph=default_graph, prefixes=whole_content.prefixes())
            stack.callback(store.close)
            store.load(whole_dataset.nquads(), NQUADS)
            app = create_app(Settings(default_graph=default_graph), ThreadStore(store), whole_content)
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield make


@pytest.fixture(scope="session", params=["union", "plain"])
def real(request: pytest.FixtureRequest, make_real: MakeReal) -> TestClient:
    """The application over the project's content, in both ways to see it."""
    return make_real(request.param)


@pytest.fixture(scope="session")
def full(make_real: MakeReal) -> TestClient:
    """The application over the project's content, as it is served: for what does not depend on the way."""
    return make_real("union")


@pytest.fixture(scope="session")
def client(make_client: MakeClient) -> TestClient:
    """The application over the small dataset, with the settings as they come."""
    return make_client()


@pytest.fixture(scope="session")
def small_data() -> str:
    """The statements of the small dataset, as N-Quads."""
    return DATA
