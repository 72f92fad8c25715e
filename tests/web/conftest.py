"""A small dataset, and the application over it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kg.build import Dataset
from kg.content import Content
from kg.media import NQUADS
from kg.settings import Settings
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


@pytest.fixture(scope="session")
def make_client() -> Iterator[MakeClient]:
    """Make clients of applications over the small dataset, or over other quads."""
    with ExitStack() as stack:

        def make(data: str = DATA, **settings: Any) -> TestClient:
            chosen = Settings(**settings)
            store = EmbeddedStore(default_graph=chosen.default_graph, prefixes={"ex": "https://example.org/"})
            stack.callback(store.close)
            store.load(data.encode(), NQUADS)
            app = create_app(chosen, ThreadStore(store))
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield make


@pytest.fixture(scope="session", params=["union", "plain"])
def real(
    request: pytest.FixtureRequest, whole_content: Content, whole_dataset: Dataset
) -> Iterator[TestClient]:
    """The application over the project's content, in both ways to see it."""
    store = EmbeddedStore(default_graph=request.param, prefixes=whole_content.prefixes())
    store.load(whole_dataset.nquads(), NQUADS)
    app = create_app(Settings(default_graph=request.param), ThreadStore(store), whole_content)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
    store.close()


@pytest.fixture(scope="session")
def client(make_client: MakeClient) -> TestClient:
    """The application over the small dataset, with the settings as they come."""
    return make_client()


@pytest.fixture(scope="session")
def small_data() -> str:
    """The statements of the small dataset, as N-Quads."""
    return DATA
