"""Headers on every response, methods, and the one shape of errors."""

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import pytest
from fastapi.testclient import TestClient

from kg.errors import StoreError
from kg.media import Format
from kg.settings import Settings
from kg.sparql import Operation
from kg.web.app import create_app
from kg.web.edge import PROBLEM, problem

MakeClient = Callable[..., TestClient]

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
ADDRESSES = [
    "/",
    "/sparql",
    "/sparql?query=ASK{}",
    "/sparql?query=bad",
    "/healthz",
    "/readyz",
    "/static/kg.css",
]


class Broken:
    """A store whose engine fails in a way of its own choice."""

    def __init__(self, fault: Exception) -> None:
        self.fault = fault

    def load(self, data: Any, format: Format) -> None:
        raise self.fault

    def query(self, operation: Operation, format: Format) -> Iterator[bytes]:
        raise self.fault

    def close(self) -> None:
        return None


@pytest.mark.parametrize("address", [*ADDRESSES, "/nowhere", "/docs", "/openapi.json"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "DELETE"])
def test_headers_on_every_response(client: TestClient, method: str, address: str) -> None:
    headers = client.request(method, address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == CSP
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in headers
    assert "server" not in headers


@pytest.mark.parametrize("address", ADDRESSES)
def test_options_names_the_methods(client: TestClient, address: str) -> None:
    answer = client.options(
        address, headers={"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    )
    allow = "GET, HEAD, POST, OPTIONS" if address.startswith("/sparql") else "GET, HEAD, OPTIONS"
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == allow
    assert answer.headers["access-control-allow-methods"] == allow
    assert answer.headers["access-control-allow-headers"] == "Accept, Content-Type"


@pytest.mark.parametrize("address", ADDRESSES)
def test_head_has_the_headers_of_get(client: TestClient, address: str) -> None:
    get, head = client.get(address), client.head(address)
    assert head.status_code == get.status_code
    assert head.headers["content-type"] == get.headers["content-type"]
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize(
    "address",
    ["/nowhere", "/sparql/", "/static/", "/static/../app.py", "/static/%00", "/docs", "/redoc"],
)
def test_unknown_addresses(client: TestClient, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "Nothing lives at this address. Start from / or ask at /sparql.",
        "code": "not-found",
    }


def test_unknown_address_in_a_browser(client: TestClient) -> None:
    answer = client.get("/nowhere", headers=BROWSER)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<h1>Not Found</h1>" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_methods_that_are_not_there(client: TestClient) -> None:
    answer = client.post("/healthz")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert answer.json()["detail"] == "This address does not take that method."


def test_errors_are_not_stored_and_vary(client: TestClient) -> None:
    answer = client.get("/sparql?query=bad")
    assert (answer.headers["cache-control"], answer.headers["vary"]) == ("no-store", "Accept")


@pytest.mark.parametrize(
    "query", ["x" * 200_000, "SELECT * { " + "?s " * 50_000, "SELECT (1 AS ?" + "é" * 90_000]
)
def test_errors_stay_small_and_do_not_echo_the_query(client: TestClient, query: str) -> None:
    answer = client.post(
        "/sparql", content=query.encode(), headers={"Content-Type": "application/sparql-query"}
    )
    assert answer.status_code == 400
    assert len(answer.content) < 1000
    assert answer.json()["code"] == "query"


def test_a_problem_is_bounded_whatever_is_said() -> None:
    document = problem(StoreError("€" * 10_000, line=1, column=2))
    assert len(document) <= 4096
    assert json.loads(document)["code"] == "store"


@pytest.mark.parametrize(
    "fault",
    [StoreError("It lies in /var/lib/secret."), RuntimeError("/var/lib/secret"), KeyError("/var/lib/secret")],
    ids=lambda fault: type(fault).__name__,
)
@pytest.mark.parametrize("accept", ["*/*", BROWSER["Accept"]])
def test_an_inner_fault_tells_nothing_of_the_inside(
    fault: Exception, accept: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger="kg.web")
    app = create_app(Settings(), Broken(fault))
    with TestClient(app, raise_server_exceptions=False) as broken:
        answer = broken.get("/sparql?query=ASK{}", headers={"Accept": accept})
    assert answer.status_code == 500
    assert "The server could not answer this request. The fault is noted in its log." in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    for word in ("secret", "Traceback", "kg/", ".py", "KeyError"):
        assert word not in answer.text


def test_an_inner_fault_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings(), Broken(StoreError("The disk is gone.")))
    with TestClient(app, raise_server_exceptions=False) as broken:
        assert broken.get("/sparql?query=ASK{}").json()["code"] == "internal"
    assert "The disk is gone." in caplog.text


def test_nothing_redirects_by_the_host_header(make_client: MakeClient) -> None:
    answer = make_client().get("/sparql/", headers={"Host": "evil.example"}, follow_redirects=False)
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert "evil" not in answer.text


def test_the_broken_store_is_a_store() -> None:
    stream: BinaryIO | bytes = b""
    with pytest.raises(KeyError):
        Broken(KeyError()).load(stream, Format("x", "X", "x/x", "x", "graph"))
