"""The report on the content that is served: what it says, and of what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from kg.build import build
from kg.media import NQUADS
from kg.settings import Settings
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from kg.web import verdict
from kg.web.app import create_app
from sample import Mini

PAGE = {"Accept": "text/html"}


@contextmanager
def serving(mini: Mini, *, nquads: bytes | None = None, digest: str | None = None) -> Iterator[TestClient]:
    """A server of the small content, or of other data beside it."""
    dataset = build(mini.content)
    store = EmbeddedStore(default_graph="union", prefixes=mini.content.prefixes())
    store.load(dataset.nquads() if nquads is None else nquads, NQUADS)
    app = create_app(Settings(), ThreadStore(store, digest or dataset.digest), mini.content)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client
    store.close()


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A server of content with a fault."""
    mini = Mini(tmp_path_factory.mktemp("faulty"))
    mini.card("place/odd", "conn:Place", "<i>Odd</i>.")
    with serving(mini) as client:
        yield client


def test_a_clean_report_is_of_what_is_served(mini: Mini) -> None:
    with serving(mini) as client:
        page = client.get("/validation", headers=PAGE).text
        assert "Yes: no rule is violated" in page and "Nothing is at fault." in page
        assert build(mini.content).digest in page and "which is what this server serves" in page
        assert "<strong>1</strong> lints look for faults" in page
        assert "<strong>1</strong> questions were asked" in page
        assert client.get("/validation.json").json()["conforms"] is True


def test_findings_are_told_with_their_thing_and_what_to_do(faulty: TestClient) -> None:
    page = faulty.get("/validation", headers=PAGE).text
    assert "No: rules are violated" in page and "Violations: 1" in page
    assert '<a href="/id/place/odd">&lt;i&gt;Odd&lt;/i&gt;.</a>' in page
    assert "The name is &lt;i&gt;Odd&lt;/i&gt;." in page and "Take the full stop away." in page
    assert "data/register/place/odd.ttl" in page and str(Path.home()) not in page


def test_the_report_comes_as_data(faulty: TestClient) -> None:
    told = faulty.get("/validation", headers={"Accept": "application/json"})
    assert told.headers["content-type"] == "application/json"
    assert [row["thing"] for row in told.json()["findings"]] == ["https://w3id.org/ecoconn/id/place/odd"]
    assert told.content == faulty.get("/validation?format=json").content
    text = faulty.get("/validation.txt").text
    assert text.splitlines()[-1].startswith("FAILED: 1 violation in ")
    triples = set(ox.parse(faulty.get("/validation.ttl").content, ox.RdfFormat.TURTLE))
    assert any(str(item.predicate).endswith("shacl#conforms>") for item in triples)
    again = faulty.get("/validation.json", headers={"If-None-Match": told.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "accept", "status", "words"),
    [
        ("/validation.xls", "*/*", 400, "no format 'xls'"),
        ("/validation?format=rdf", "*/*", 406, "none of the formats"),
        ("/validation", "image/png", 406, "text/turtle"),
    ],
)
def test_what_there_is_not_is_refused(
    faulty: TestClient, path: str, accept: str, status: int, words: str
) -> None:
    answer = faulty.get(path, headers={"Accept": accept})
    assert answer.status_code == status and words in answer.json()["detail"]


def test_data_that_were_written_are_not_spoken_of(mini: Mini) -> None:
    with serving(mini, digest="another version") as client:
        page = client.get("/validation", headers=PAGE).text
        assert "what was written into the server itself is not checked" in page


def test_a_report_on_something_else_says_so(mini: Mini) -> None:
    with serving(mini, nquads=b"<u:a> <u:b> <u:c> <u:g> .\n") as client:
        page = client.get("/validation", headers=PAGE).text
        assert "This is not the report on what is served." in page and "which state no digest" in page
    with serving(mini) as client:
        before = build(mini.content).digest
        mini.card("place/new", "conn:Place", "New")
        page = client.get("/validation", headers=PAGE).text
        assert "This is not the report on what is served." in page and before in page
        assert build(mini.content).digest in page


def test_whoever_is_early_comes_back(mini: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdict, "_PATIENCE", 0.01)
    with serving(mini) as client:
        early = client.get("/validation.json")
        assert early.status_code == 503 and "being made" in early.json()["detail"]
        assert int(early.headers["retry-after"]) > 0
        monkeypatch.setattr(verdict, "_PATIENCE", 100)
        assert json.loads(client.get("/validation.json").content)["conforms"] is True


def test_without_a_content_folder_there_is_no_report(client: TestClient) -> None:
    answer = client.get("/validation.json")
    assert answer.status_code == 404 and "no content folder" in answer.json()["detail"]
