"""/static: the style sheet and the scripts, coded, and kept for ever under names that change."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable
from hashlib import sha256
from itertools import accumulate

import pytest
from fastapi.testclient import TestClient

from kg.bundle import LICENCES, Bundle
from kg.web import html

FILES = {"editor-A.js": b"export const x = 1;\n" * 100, "world-A.json": b"{}", LICENCES: b"MIT"}
ENTRIES = {"editor": "editor-A.js", "network": "network-A.js"}
BUNDLE = Bundle("f", ENTRIES, FILES, ("p 1 (MIT)",), {"world": "world-A.json"})


@pytest.fixture
def dressed(make_client: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch) -> TestClient:
    """An application that was built with scripts."""
    monkeypatch.setattr(html, "_BUNDLE", BUNDLE)
    return make_client(ui="auto")


def test_a_script_is_given_coded_and_for_ever(dressed: TestClient) -> None:
    answer = dressed.get("/static/ui/editor-A.js", headers={"Accept-Encoding": "gzip"})
    assert answer.content == FILES["editor-A.js"]
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(gzip.compress(answer.content, 6))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    plain = dressed.get("/static/ui/editor-A.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == answer.content


def test_data_are_given_like_scripts(dressed: TestClient) -> None:
    answer = dressed.get("/static/ui/world-A.json")
    assert (answer.json(), answer.headers["content-type"]) == ({}, "application/json")
    assert "immutable" in answer.headers["cache-control"]


def test_the_licences_of_what_is_in_it(dressed: TestClient) -> None:
    answer = dressed.get("/static/ui/licences.txt")
    assert (answer.text, answer.headers["content-type"]) == ("MIT", "text/plain; charset=utf-8")
    assert "immutable" not in answer.headers["cache-control"]
    assert "/static/ui/licences.txt" in dressed.get("/about", headers={"Accept": "text/html"}).text


def test_the_style_sheet_is_well_formed(client: TestClient) -> None:
    text = re.sub(r"/\*.*?\*/", "", client.get("/static/kg.css").text, flags=re.DOTALL)
    depths = list(accumulate({"{": 1, "}": -1}.get(char, 0) for char in text))
    assert depths[-1] == 0 and min(depths) == 0 and max(depths) == 2
    assert not re.search(r"@import|url\((?!['\"]?data:)", text)


def test_the_style_sheet_has_a_name_that_changes_with_it(dressed: TestClient, client: TestClient) -> None:
    for app in (dressed, client):
        page = app.get("/", headers={"Accept": "text/html"}).text
        address = re.findall(r'<link rel="stylesheet" href="([^"]+)">', page)[0]
        answer = app.get(address)
        assert address == f"/static/kg-{sha256(answer.content).hexdigest()[:8].upper()}.css"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    for other in ("/static/kg.css", "/static/kg-00000000.css"):
        now = client.get(other)
        assert (now.content, now.headers["cache-control"]) == (answer.content, "no-cache")
        assert client.get(other, headers={"If-None-Match": now.headers["etag"]}).status_code == 304


@pytest.mark.parametrize("name", ["manifest.json", "editor-B.js", "..%2fkg.css", "%2e%2e", "editor-A.js/x"])
def test_nothing_else_is_given(dressed: TestClient, name: str) -> None:
    answer = dressed.get(f"/static/ui/{name}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not-found"


def test_pages_have_the_script_where_there_is_one(dressed: TestClient, client: TestClient) -> None:
    page = dressed.get("/sparql", headers={"Accept": "text/html"}).text
    assert '<script type="module" src="/static/ui/editor-A.js"></script>' in page
    assert 'data-network="/static/ui/network-A.js"' in page, "loaded where there is a network"
    assert "The pages have no scripts" not in page
    plain = client.get("/sparql", headers={"Accept": "text/html"}).text
    assert "<script" not in plain
    assert "The pages have no scripts on this server." in plain
    assert client.get("/static/ui/editor-A.js").status_code == 404
