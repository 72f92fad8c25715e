"""The paragraph beside the facts, where the operator has the document."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kg.build import build
from kg.media import NQUADS
from kg.paragraphs import digest
from kg.settings import Settings
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from kg.web.app import create_app
from sample import PASSAGE, Mini


def client_of(mini: Mini, folder: Path) -> TestClient:
    content = mini.content
    store = EmbeddedStore(prefixes=content.prefixes())
    store.load(build(content).nquads(), NQUADS)
    return TestClient(create_app(Settings(source_text=str(folder)), ThreadStore(store), content))


def test_a_paragraph_is_shown_where_its_digest_is_right(
    mini: Mini, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    text = "1. <b>Near the Alps</b>, in the Alps."
    (tmp_path / "report.txt").write_text(f"{text}\n\n2. Two.\n", encoding="utf-8")
    path = mini.root / "data/sources/report/01-text.ttl"
    path.write_text(path.read_text(encoding="utf-8").replace("0" * 64, digest(text)), encoding="utf-8")
    with caplog.at_level(logging.WARNING), client_of(mini, tmp_path) as client:
        own = client.get(PASSAGE.removeprefix("https://w3id.org/ecoconn") + "01.html").text
        other = client.get(PASSAGE.removeprefix("https://w3id.org/ecoconn") + "02.html").text
    assert "<blockquote>1. &lt;b&gt;Near the Alps&lt;/b&gt;, in the Alps.</blockquote>" in own
    assert "<blockquote>" not in other
    assert "report/02 is not the one that was curated" in caplog.text
    assert str(tmp_path) not in own + other


def test_without_texts_none_is_shown(full: TestClient) -> None:
    assert "<blockquote>" not in full.get("/id/initiative/room-to-roam.html").text


def test_what_is_named_is_marked(whole_content, whole_dataset) -> None:  # type: ignore[no-untyped-def]
    folder = Path(__file__).resolve().parents[3] / "shared" / "source"
    if not folder.is_dir():
        pytest.skip("needs ../shared")
    store = EmbeddedStore(prefixes=whole_content.prefixes())
    store.load(whole_dataset.nquads(), NQUADS)
    app = create_app(Settings(source_text=str(folder)), ThreadStore(store), whole_content)
    with TestClient(app) as client:
        assert len(client.app.state.site.paragraphs) == 21  # type: ignore[attr-defined]
        page = client.get("/id/initiative/room-to-roam.html").text
    assert "<mark>Room to Roam</mark>" in page.partition("<blockquote>")[2]
