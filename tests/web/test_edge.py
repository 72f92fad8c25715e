"""Headers on every response, methods, and the one shape of errors."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kg.errors import (
    Busy,
    Crashed,
    KgError,
    MemoryLimit,
    MethodNotAllowed,
    NotReady,
    OverBudget,
    RangeError,
    RemoteError,
    RequestError,
    ServiceError,
    StoreError,
    Timeout,
    Unauthorized,
    Unavailable,
)
from kg.media import Format
from kg.settings import Settings
from kg.store import OWN, Answer, Outcome, Read, Terms, Write
from kg.web.app import create_app
from kg.web.problems import PROBLEM, problem

MakeClient = Callable[..., TestClient]

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
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

    version = "broken"

    async def read(self, request: Read, format: Format, terms: Terms = OWN) -> Answer:
        raise self.fault

    def at_once(self, request: Read, format: Format, terms: Terms = OWN) -> Answer | None:
        return None

    async def write(self, request: Write, terms: Terms = OWN) -> Outcome:
        raise self.fault

    async def close(self) -> None:
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
    allow = "GET, HEAD, POST, QUERY, OPTIONS" if address.startswith("/sparql") else "GET, HEAD, OPTIONS"
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == allow
    assert answer.headers["access-control-allow-methods"] == allow
    assert answer.headers["access-control-allow-headers"] == "Accept, Content-Type, If-None-Match"


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
        "request_id": answer.headers["x-request-id"],
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
    assert (answer.headers["cache-control"], answer.headers["vary"]) == (
        "no-store",
        "Accept, Accept-Encoding, Origin",
    )


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("x" * 200_000, "query"),
        ("SELECT * { " + "?s " * 50_000, "query-limit"),
        ("SELECT * { '" + "?s " * 50_000, "query"),
        ("SELECT (1 AS ?" + "é" * 90_000, "query"),
    ],
    ids=["a word", "many words", "a string", "a name"],
)
def test_errors_stay_small_and_do_not_echo_the_query(client: TestClient, query: str, code: str) -> None:
    answer = client.post(
        "/sparql", content=query.encode(), headers={"Content-Type": "application/sparql-query"}
    )
    assert answer.status_code == 400
    assert len(answer.content) < 1000
    assert answer.json()["code"] == code


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


# ---- each kind of error -----------------------------------------------------------------------------------

NEEDS: dict[type[KgError], dict[str, Any]] = {
    MethodNotAllowed: {"allow": ("GET", "HEAD")},
    OverBudget: {"retry_after": 7},
    RangeError: {"size": 10},
}
# What is said to clients as it is; all else is our own affair.
TOLD = (RequestError, ServiceError, RemoteError, Unavailable, Timeout)
WAITS = {Unavailable: 2, NotReady: 2, Busy: 5, MemoryLimit: 60, Crashed: 60, OverBudget: 7}


def kinds(root: type[KgError] = KgError) -> list[type[KgError]]:
    found = [root, *(kind for child in root.__subclasses__() for kind in kinds(child))]
    return [kind for kind in found if kind.__module__ == "kg.errors"]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("accept", ["*/*", BROWSER["Accept"]], ids=["machine", "browser"])
def test_every_kind_of_error_is_answered(
    kind: type[KgError], accept: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger="kg.web")
    fault = kind("It is <b>so</b>.", remedy="Do this.", **NEEDS.get(kind, {}))
    told = issubclass(kind, TOLD)
    with TestClient(create_app(Settings(), Broken(fault)), raise_server_exceptions=False) as broken:
        answer = broken.get("/graphs?default", headers={"Accept": accept})
    assert answer.status_code == (kind.status if told else 500)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "etag" not in answer.headers
    wait = WAITS.get(kind)
    assert answer.headers.get("retry-after") == (str(wait) if wait else None)
    assert answer.headers.get("allow") == ("GET, HEAD" if kind is MethodNotAllowed else None)
    assert ("www-authenticate" in answer.headers) is (kind is Unauthorized)
    if accept == "*/*":
        assert len(answer.content) <= 4096
        document = answer.json()
        assert document["code"] == (kind.code if told else "internal")
        assert document["detail"] == (
            "It is <b>so</b>. Do this."
            if told
            else "The server could not answer this request. The fault is noted in its log."
        )
    else:
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "<b>so" not in answer.text
        assert ("It is &lt;b&gt;so&lt;/b&gt;. Do this." in answer.text) is told


def test_every_error_that_says_when_to_ask_again_is_in_the_table() -> None:
    assert {kind for kind in kinds() if hasattr(kind, "retry_after") or kind is OverBudget} == set(WAITS)


@pytest.mark.parametrize("status", [429, 503])
def test_whoever_is_to_come_back_is_told_when(status: int) -> None:
    assert {kind for kind in kinds() if kind.status == status} <= set(WAITS)


def test_errors_of_head_have_no_body(client: TestClient) -> None:
    for target in ("/sparql?query=bad", "/none", "/graphs?graph=u:none"):
        answer = client.head(target)
        assert answer.status_code in (400, 404)
        assert answer.headers["content-type"] == PROBLEM


# ---- options, and what other origins may do ---------------------------------------------------------------


def test_options_of_addresses_that_are_written_to(client: TestClient) -> None:
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
    update = client.options("/update", headers=asked)
    assert (update.status_code, update.headers["allow"]) == (204, "POST, OPTIONS")
    assert not [name for name in update.headers if name.startswith("access-control")]
    graphs = client.options("/graphs", headers=asked)
    assert graphs.headers["allow"] == "GET, HEAD, POST, PUT, DELETE, OPTIONS"
    assert graphs.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert graphs.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("POST", "/update"),
        ("GET", "/update"),
        ("PUT", "/graphs?default"),
        ("POST", "/graphs"),
        ("DELETE", "/graphs?default"),
        ("PATCH", "/graphs/a"),
    ],
)
def test_nothing_of_writing_is_for_other_origins(client: TestClient, method: str, target: str) -> None:
    answer = client.request(method, target, headers={"Origin": "https://a.example"})
    assert answer.status_code in (403, 405)
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["content-security-policy"] == CSP
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_accept_query_is_told_where_query_is_taken(client: TestClient) -> None:
    assert "accept-query" in client.options("/sparql").headers
    assert "accept-query" not in client.options("/graphs").headers


def test_the_server_does_not_say_what_it_is_made_of(client: TestClient) -> None:
    for target in ("/", "/sparql", "/sparql?query=bad", "/update", "/graphs", "/none"):
        answer = client.get(target)
        assert not {"server", "x-powered-by", "via"} & set(answer.headers)
        for word in ("uvicorn", "starlette", "FastAPI", "oxigraph", "Python"):
            assert word.lower() not in answer.text.lower()
