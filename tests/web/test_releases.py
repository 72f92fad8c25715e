"""Releases as a client sees them: listed, told, given in whole and in parts, and nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from making import MakeClient

from kg.release.making import release
from sample import Mini
from serving import running

HTML = {"Accept": "text/html"}
NQ = "/releases/1.1.0/connectivity-kg.nq"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two releases of the small content; the second has a place more, with a name that needs escaping."""
    base = tmp_path_factory.mktemp("releases")
    mini = Mini(base / "content")
    release(mini.content, "1.0.0", base / "all", "2026-12-01")
    mini.card("place/harz", "conn:Place", "Harz <b>")
    release(mini.content, "1.1.0", base / "all", "2027-01-15")
    (base / "secret").write_text("secret")
    (base / "all" / ".2.0.0.x.part").mkdir()
    (base / "all" / ".2.0.0.x.part" / "manifest.json").write_text("{}")
    return base / "all"


@pytest.fixture
def client(make_client: MakeClient, folder: Path) -> TestClient:
    return make_client(releases=str(folder))


def test_the_list_for_people_and_programs(client: TestClient) -> None:
    for path in ("/releases/", "/releases"):
        page = client.get(path, headers=HTML)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert page.text.index('href="/releases/1.1.0/"') < page.text.index('href="/releases/1.0.0/"')
        assert "2027-01-15" in page.text and "2.0.0" not in page.text
    by_accept = client.get("/releases/", headers={"Accept": "application/json"})
    by_name = client.get("/releases/?format=json", headers=HTML)
    assert by_accept.json() == by_name.json()
    assert by_accept.headers["content-type"] == "application/json"
    found = by_accept.json()["releases"]
    assert [(row["version"], row["issued"], row["previous"]) for row in found] == [
        ("1.1.0", "2027-01-15", "1.0.0"),
        ("1.0.0", "2026-12-01", None),
    ]
    assert found[0]["url"] == "http://testserver/releases/1.1.0/"


def test_one_release_with_its_change_note(client: TestClient, folder: Path) -> None:
    told = client.get("/releases/1.1.0/?format=json").json()
    page = client.get("/releases/1.1.0/", headers=HTML).text
    assert client.get("/releases/1.1.0", headers=HTML).text == page
    files = {path.name: path.read_bytes() for path in (folder / "1.1.0").iterdir()}
    assert {row["name"] for row in told["files"]} == set(files)
    for row in told["files"]:
        data = files[row["name"]]
        assert (row["bytes"], row["sha256"]) == (len(data), sha256(data).hexdigest())
        assert row["sha256"] in page and f'href="/releases/1.1.0/{row["name"]}"' in page
    assert "<li>1 place: Harz &lt;b&gt;</li>" in page
    assert "What changed since" not in client.get("/releases/1.0.0/", headers=HTML).text


def test_every_file_is_given_as_it_is(client: TestClient, folder: Path) -> None:
    for row in client.get("/releases/1.1.0/?format=json").json()["files"]:
        data = (folder / "1.1.0" / row["name"]).read_bytes()
        answer = client.get(f"/releases/1.1.0/{row['name']}")
        assert (answer.status_code, answer.content) == (200, data)
        assert answer.headers["etag"] == f'"{sha256(data).hexdigest()}"'
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-length"] == str(len(data))
        assert answer.headers["content-type"].partition(";")[0] == row["media_type"]
        assert answer.headers["x-content-type-options"] == "nosniff"


def test_ranges_and_validators(client: TestClient, folder: Path) -> None:
    data = (folder / "1.1.0" / "connectivity-kg.nq").read_bytes()
    part = client.get(NQ, headers={"Range": "bytes=10-99"})
    assert (part.status_code, part.content) == (206, data[10:100])
    assert part.headers["content-range"] == f"bytes 10-99/{len(data)}"
    tag = part.headers["etag"]
    assert client.get(NQ, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(NQ, headers={"Range": "bytes=0-1", "If-Range": '"x"'}).status_code == 200
    beyond = client.get(NQ, headers={"Range": f"bytes={len(data)}-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range")
    head = client.head(NQ)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(data)))


@pytest.mark.parametrize(
    "path",
    [
        "/releases/9.9.9/",
        "/releases/9.9.9/connectivity-kg.nq",
        "/releases/1.1.0/other.nq",
        "/releases/1.1.0/.hidden",
        "/releases/1.1.0/..%2F1.0.0%2Fmanifest.json",
        "/releases/..%2Fsecret",
        "/releases/%2E%2E/secret",
        "/releases/%2E%2E/content/",
        "/releases/1.1.0/%2E%2E%2F%2E%2E%2Fsecret",
        "/releases/.2.0.0.x.part/",
        "/releases/.2.0.0.x.part/manifest.json",
        "/releases/1.1.0/manifest.json%00",
        "/releases/1.1.0%00/manifest.json",
        "/releases/1.1.0/connectivity-kg.nq/",
        "/releases/1.1.0//etc/passwd",
    ],
)
def test_there_is_nothing_else(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_file_that_was_changed_is_not_given(folder: Path, tmp_path: Path, make_client: MakeClient) -> None:
    shutil.copytree(folder / "1.0.0", tmp_path / "1.0.0")
    client = make_client(releases=str(tmp_path))
    assert client.get("/releases/1.0.0/check.json").status_code == 200
    path = tmp_path / "1.0.0" / "check.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"true", b"TRUE"))
    answer = client.get("/releases/1.0.0/check.json")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert str(tmp_path) not in answer.text


def test_a_server_without_releases(make_client: MakeClient, tmp_path: Path) -> None:
    for path in ("/releases/", "/releases/1.0.0/", "/releases/1.0.0/manifest.json"):
        answer = make_client().get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    empty = make_client(releases=str(tmp_path))
    assert "Nothing has been released yet." in empty.get("/releases/", headers=HTML).text
    assert empty.get("/releases/?format=json").json() == {"releases": []}


def test_other_formats_are_refused(client: TestClient) -> None:
    answer = client.get("/releases/", headers={"Accept": "text/turtle"})
    assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
    assert client.get("/releases/?format=pdf").status_code == 400
    assert client.post("/releases/").status_code == 405


def test_people_find_them(client: TestClient, make_client: MakeClient) -> None:
    assert 'href="/releases/"' in client.get("/downloads", headers=HTML).text
    assert 'href="/releases/"' not in make_client().get("/downloads", headers=HTML).text
    assert "/releases/</loc>" in client.get("/sitemap.xml").text


@pytest.fixture
def address(folder: Path) -> Iterator[str]:
    with running(KG_RELEASES=str(folder), KG_CONTENT="none") as server:
        yield server.root


def test_a_real_server_gives_them(address: str, folder: Path) -> None:
    import httpx

    answer = httpx.get(address + NQ)
    assert answer.content == (folder / "1.1.0" / "connectivity-kg.nq").read_bytes()
    head = httpx.head(address + NQ)
    assert (head.status_code, head.headers["etag"]) == (200, answer.headers["etag"])
    assert httpx.get(address + "/releases/%2e%2e/secret").status_code == 404
    told = httpx.get(address + "/releases/", headers={"Accept": "application/json"}).json()
    assert json.dumps(told).count(f"{address}/releases/1.1.0/") > 10
