"""Files from the disk: in parts and whole, and what happens when they change while they are sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from kg.web.files import give

DATA = bytes(range(256)) * 4096
TAG = '"tag"'


def client(path: Path, size: int) -> TestClient:
    async def handler(request: Request) -> Response:
        return give(request, path, size, TAG, {"Content-Type": "application/x-bytes"})

    return TestClient(Starlette(routes=[Route("/", handler)]))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data"
    path.write_bytes(DATA)
    return path


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-0", slice(0, 1)),
        ("bytes=300000-700000", slice(300_000, 700_001)),
        ("bytes=1048575-", slice(-1, None)),
        ("bytes=-300000", slice(-300_000, None)),
    ],
)
def test_parts(file: Path, asked: str, part: slice) -> None:
    answer = client(file, len(DATA)).get("/", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, DATA[part])
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-range"].endswith(f"/{len(DATA)}")


def test_the_whole_and_its_head(file: Path) -> None:
    browser = client(file, len(DATA))
    whole, head = browser.get("/"), browser.head("/")
    assert (whole.status_code, whole.content, head.content) == (200, DATA, b"")
    assert whole.headers["content-length"] == head.headers["content-length"] == str(len(DATA))
    assert whole.headers["etag"] == head.headers["etag"] == TAG
    known = browser.get("/", headers={"If-None-Match": TAG})
    assert (known.status_code, known.content) == (304, b"")


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    answer = client(tmp_path / "empty", 0).get("/")
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")


def test_a_file_that_shrinks_is_no_whole_answer(file: Path) -> None:
    with pytest.raises(OSError, match="shorter than it was"):
        client(file, len(DATA) + 1).get("/")
