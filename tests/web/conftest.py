"""A small dataset, and the application over it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kg.build import Dataset
from kg.content import Content
from kg.media import NQUADS
from kg.settings import DefaultGraph, Settings
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from kg.web.app import create_app

DATA = """\
<https://example.org/alps> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://example.org/Place> <https://example.org/g1> .
<https://example.org/alps> <http://www.w3.org/2000/01/rdf-schema#label> "Alps"@en <https://example.org/g1> .
<https://example.org/alps> <http://www.w3.org/2000/01/rdf-schema#label> "Alps"@en <https://example.org/g2> .
<https://example.org/alps> <http://www.w3.org/2000/01/rdf-schema#label> "Alpen"@de <https://example.org/g2> .
<https://example.org/alps> <https://example.org/height> "4808"^^<http://www.w3.org/2001/XMLSchema#integer> <https://example.org/g2> .
<https://example.org/Place> <http://www.w3.org/2000/01/rdf-schema#label> "place"@en <https://example.org/g1> .
<https://example.org/evil> <https://example.org/note> "<script>alert(1)</script> & \\"x\\"" <https://example.org/g3> .
<https://example.org/evil> <https://example.org/link> <javascript:alert(1)> <https://example.org/g3> .
<https://example.org/evil> <https://example.org/link> <mailto:a@example.org> <https://example.org/g3> .
"""  # noqa: E501 - one statement a line

MakeClient = Callable[..., TestClient]
MakeReal = Callable[[DefaultGraph], TestClient]


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
