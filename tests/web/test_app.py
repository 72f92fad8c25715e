"""The application: what its lifespan opens and closes, probes, and what it loads."""

import asyncio
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from kg.errors import ContentError, SettingsError, StoreError
from kg.media import TURTLE
from kg.settings import Settings
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from kg.web.app import create_app, open_site

CSV = {"Accept": "text/csv"}
COUNT = {"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"}


def test_it_is_a_fastapi_application_without_pages_of_its_own() -> None:
    app = create_app(Settings(content="none"))
    assert isinstance(app, FastAPI)
    assert (app.docs_url, app.redoc_url, app.openapi_url) == (None, None, None)


def test_what_the_lifespan_opens_it_closes() -> None:
    app = create_app(Settings(content="none"))
    with TestClient(app) as client:
        assert client.get("/readyz").json()["status"] == "ready"
    with pytest.raises(StoreError, match="closed"):
        asyncio.run(app.state.site.rows("SELECT * {}"))


def test_a_store_that_is_given_is_left_open() -> None:
    store = EmbeddedStore()
    store.load(b"<u:a> <u:p> 1 .", TURTLE)
    for _ in range(2):
        with TestClient(create_app(Settings(), ThreadStore(store))) as client:
            assert client.get("/sparql", params=COUNT, headers=CSV).text == "n\r\n1\r\n"
    store.close()


def test_two_applications_share_nothing(tmp_path: Path) -> None:
    path = tmp_path / "data.ttl"
    path.write_text("<u:a> <u:p> 1 .")
    with (
        TestClient(create_app(Settings(content="none"))) as empty,
        TestClient(create_app(Settings(content=str(path)))) as full,
    ):
        assert empty.get("/sparql", params=COUNT, headers=CSV).text == "n\r\n0\r\n"
        assert full.get("/sparql", params=COUNT, headers=CSV).text == "n\r\n1\r\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data.ttl", "<u:a> <u:p> <u:b> . <u:a> <u:p> _:x ."),
        ("data.nq", "<u:a> <u:p> <u:b> <u:g> .\n<u:a> <u:p> _:x <u:g> .\n"),
        ("data.trig", "<u:g> { <u:a> <u:p> <u:b> } <u:h> { <u:a> <u:p> <u:b> , _:x }"),
    ],
)
def test_an_rdf_file_is_served_as_it_is(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with TestClient(create_app(Settings(content=str(tmp_path / name)))) as client:
        assert client.get("/sparql", params=COUNT, headers=CSV).text == "n\r\n2\r\n"
        assert client.get("/", headers={"Accept": "text/html"}).status_code == 200


def test_no_content_is_an_empty_store_without_any_graph() -> None:
    with TestClient(create_app(Settings(content="none"))) as client:
        assert client.get("/sparql", params=COUNT, headers=CSV).text == "n\r\n0\r\n"
        query = {"query": "ASK { GRAPH ?g {} }"}
        assert client.get("/sparql", params=query, headers=CSV).text == "false"
        assert "Nothing is loaded" in client.get("/").text
        assert client.get("/readyz").status_code == 200


def test_content_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "bad.ttl").write_text("<u:a> <u:p>")
    with pytest.raises(ContentError):
        asyncio.run(open_site(Settings(content=str(tmp_path / "bad.ttl"))))
    with pytest.raises(ContentError):
        asyncio.run(open_site(Settings(content=str(tmp_path / "missing.ttl"))))
    with pytest.raises(SettingsError, match="KG_STORE"):
        asyncio.run(open_site(Settings(content="none", store="disk:x")))


def test_health_touches_nothing() -> None:
    app = create_app(Settings(content="none"))
    with TestClient(app) as client:
        client.portal.call(app.state.site.store.close)
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"


def test_not_ready_once_the_store_is_gone() -> None:
    app = create_app(Settings(content="none"))
    with TestClient(app) as client:
        assert client.get("/readyz").status_code == 200
        client.portal.call(app.state.site.store.close)
        answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        503,
        {"status": "not ready", "reason": "The store is closed."},
    )


def test_not_ready_before_it_has_started() -> None:
    client = TestClient(create_app(Settings(content="none")), raise_server_exceptions=False)
    assert client.get("/healthz").json() == {"status": "alive"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["reason"]) == (503, "The store is not open.")
    assert client.get("/sparql?query=ASK{}").json()["status"] == 500
