"""What is noted of requests: ids, lines without secrets, and counts by few words."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from making import MakeClient

from kg.web.journal import BOUNDS, Journal
from kg.web.proxies import networks

ID = re.compile(r"[0-9a-f]{16}")


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    caplog.set_level(logging.DEBUG, "kg.access")
    yield caplog


def fields(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [record.fields for record in caplog.records if record.name == "kg.access"]  # type: ignore[attr-defined]


def test_every_request_has_a_line_and_an_id(client: TestClient, lines: pytest.LogCaptureFixture) -> None:
    answer = client.get("/sparql", params={"query": "ASK {}"}, headers={"Accept": "text/csv"})
    (line,) = fields(lines)
    assert ID.fullmatch(line["request"])
    assert answer.headers["x-request-id"] == line["request"]
    assert line == {
        "method": "GET",
        "path": "/sparql",
        "route": "/sparql",
        "status": "200",
        "outcome": "ok",
        "ms": line["ms"],
        "bytes": len(answer.content),
        "client": "testclient",
        "request": line["request"],
    }
    assert 0 < line["ms"] < 10_000


def test_queries_and_tokens_are_in_no_line(make_client: MakeClient, lines: pytest.LogCaptureFixture) -> None:
    client = make_client(token="open-sesame")
    bearer = {"Authorization": "Bearer open-sesame"}
    client.get("/sparql", params={"query": "ASK { <urn:hidden> ?p ?o }"})
    client.post("/sparql", data={"query": "ASK { <urn:hidden> "})
    client.post("/update", data={"update": "INSERT DATA { <urn:hidden> <urn:p> 1 }"}, headers=bearer)
    client.post("/update?token=hidden", data={"update": "CLEAR ALL"}, headers={"Authorization": "hidden"})
    assert [line["outcome"] for line in fields(lines)] == ["ok", "query", "ok", "unauthorized"]
    assert "hidden" not in lines.text + str(fields(lines))
    assert "sesame" not in lines.text + str(fields(lines))


def test_a_problem_and_a_page_name_the_request(client: TestClient) -> None:
    answer = client.get("/nowhere")
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    for path in ("/nowhere", "/sparql?query=BAD"):
        page = client.get(path, headers={"Accept": "text/html"})
        assert f"request {page.headers['x-request-id']}</p>" in page.text


PATHS = ["/a%0ab", "/a%1b%5b31mb", "/%E2%80%AEa", "/%ff", "/a b", "/" + "x" * 5000, "/\u202ea"]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: ascii(path[:12]))
def test_paths_stay_escaped_and_short(client: TestClient, lines: pytest.LogCaptureFixture, path: str) -> None:
    client.get(path)
    (line,) = fields(lines)
    assert (line["route"], line["outcome"]) == ("other", "not-found")
    assert len(line["path"]) <= 301
    assert re.fullmatch(r"[!-~]+…?", line["path"])


def test_probes_are_told_only_to_who_looks_closely(
    client: TestClient, lines: pytest.LogCaptureFixture
) -> None:
    for path in ("/healthz", "/readyz", "/sparql", "/nowhere"):
        client.get(path)
    levels = [record.levelname for record in lines.records if record.name == "kg.access"]
    assert levels == ["DEBUG", "DEBUG", "INFO", "INFO"]


def test_what_is_counted_is_told_apart_by_few_words(make_client: MakeClient) -> None:
    client = make_client()
    journal: Journal = client.app.state.journal  # type: ignore[attr-defined]
    for number in range(20):
        client.get(f"/id/thing/{number}")
        client.get(f"/nowhere/{number}")
        client.request(f"BREW{number}", "/sparql")
    assert journal.answered == {
        ("/id/{rest:path}", "GET", "404", "not-found"): 20,
        ("other", "GET", "404", "not-found"): 20,
        ("/sparql", "other", "405", "method-not-allowed"): 20,
    }
    assert {route: sum(found.numbers) for route, found in journal.durations.items()} == {
        "/id/{rest:path}": 20,
        "other": 20,
        "/sparql": 20,
    }
    assert all(len(found.numbers) == len(BOUNDS) + 1 for found in journal.durations.values())
    assert journal.running == 0


# ---- ids of proxies


def scope(client: str, *given: bytes) -> dict[str, Any]:
    headers = [(b"x-request-id", value) for value in given]
    return {"type": "http", "client": (client, 1), "headers": headers, "method": "GET", "path": "/"}


SANE = [b"abc-123", b"4f1c2e9a-7d50-4b7e-9a43-0c4f3c1f5c11", b"x" * 128, b"a.b_c:d+e/f="]
ODD = [b"", b"two words", b"x" * 129, b"a\nb", b"a\x1b[31m", b'"}', "ä".encode(), "\u202e".encode(), b"a,b"]


@pytest.mark.parametrize("value", SANE)
def test_the_id_of_a_trusted_proxy_is_kept(value: bytes) -> None:
    journal = Journal(networks("10.0.0.0/8, ::1"))
    assert journal.open(scope("10.1.2.3", value)).id == value.decode()
    assert ID.fullmatch(journal.open(scope("192.0.2.1", value)).id)
    assert ID.fullmatch(journal.open(scope("10.1.2.3", value, value)).id)
    assert ID.fullmatch(Journal(()).open(scope("10.1.2.3", value)).id)


@pytest.mark.parametrize("value", ODD)
def test_an_odd_id_is_replaced(value: bytes) -> None:
    assert ID.fullmatch(Journal(networks("10.0.0.0/8")).open(scope("10.1.2.3", value)).id)


def test_a_visit_is_opened_once() -> None:
    journal, asked = Journal(()), scope("192.0.2.1")
    assert journal.open(asked) is journal.open(asked)
    assert journal.running == 1
    journal.close(journal.open(asked))
    assert journal.running == 0
    assert journal.answered == {("other", "GET", "none", "gone"): 1}
