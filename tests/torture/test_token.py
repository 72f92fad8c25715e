"""Writing without the token, in every way that somebody may think of: refused, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from target import NODES, Target, besieged
from wire import FORM, QUERY, UPDATE, compose, exchange, form

pytestmark = pytest.mark.slow

ADD = "INSERT DATA { <urn:intruder> <urn:p> 1 }"
TURTLE = b"<urn:intruder> <urn:p> 1 ."

WRONG: dict[str, dict[str, str]] = {
    "no token": {},
    "a wrong token": {"Authorization": "Bearer wrong"},
    "an empty token": {"Authorization": "Bearer "},
    "no scheme": {"Authorization": "TOKEN"},
    "another scheme": {"Authorization": "Basic TOKEN"},
    "the token and more": {"Authorization": "Bearer TOKENx"},
    "half the token": {"Authorization": "Bearer HALF"},
    "the token in capitals": {"Authorization": "Bearer CAPITALS"},
    "two tokens": {"Authorization": "Bearer wrong, Bearer TOKEN"},
    "the token in odd bytes": {"Authorization": "Bearer TOKEN\udcc3\udcbf"},
    "a long token": {"Authorization": f"Bearer {'x' * 50_000}"},
    "in another field": {"X-Token": "TOKEN", "X-Authorization": "Bearer TOKEN", "Api-Key": "TOKEN"},
    "in a cookie": {"Cookie": "token=TOKEN; Authorization=Bearer TOKEN"},
    "for the proxy": {"Proxy-Authorization": "Bearer TOKEN"},
}

# Method, address, Content-Type and body of every way to write.
ASKED: dict[str, tuple[str, str, str, bytes]] = {
    "an update": ("POST", "/update", UPDATE, ADD.encode()),
    "an update in a form": ("POST", "/update", FORM, form(update=ADD)),
    "a graph put": ("PUT", "/graphs?graph=urn:intruded", "text/turtle", TURTLE),
    "a graph posted": ("POST", "/graphs?graph=urn:intruded", "text/turtle", TURTLE),
    "a graph posted to the collection": ("POST", "/graphs", "text/turtle", TURTLE),
    "the default graph put": ("PUT", "/graphs?default", "text/turtle", TURTLE),
    "the default graph deleted": ("DELETE", "/graphs?default", "", b""),
    "a graph deleted": ("DELETE", "/graphs?graph=urn:g", "", b""),
    "a graph put by its address": ("PUT", "/graphs/intruded", "text/turtle", TURTLE),
}


def spelled(fields: dict[str, str], token: str) -> dict[str, str]:
    words = {"TOKEN": token, "HALF": token[: len(token) // 2], "CAPITALS": token.upper()}
    return {
        name: next((value.replace(word, by) for word, by in words.items() if word in value), value)
        for name, value in fields.items()
    }


def untouched(target: Target) -> None:
    assert (
        target.count(
            "{ ?s <urn:p> 1 FILTER(?s = <urn:intruder>) } UNION { GRAPH ?g { <urn:intruder> ?p ?o } }"
        )
        == 0
    )
    assert target.count("GRAPH <urn:g> { ?s ?p ?o }") == 1
    assert target.count("?s <urn:p:n> ?o") == NODES


@pytest.mark.parametrize("fields", WRONG.values(), ids=WRONG.keys())
def test_nobody_writes_without_the_token(target: Target, fields: dict[str, str]) -> None:
    for method, path, media_type, body in ASKED.values():
        typed = {"Content-Type": media_type} if media_type else {}
        answer = target.send(method, path, typed | spelled(fields, target.token), body)
        detail = answer.problem(401, "unauthorized")
        assert answer.headers["www-authenticate"].startswith("Bearer")
        assert target.token not in detail + str(answer.headers)
        assert "access-control-allow-credentials" not in answer.headers
        assert path != "/update" or "access-control-allow-origin" not in answer.headers
        target.probe()
    untouched(target)


# Ways round: each carries no Authorization, and none may write, whatever it answers.
ROUND: dict[str, bytes] = {
    "update by GET": compose("GET", f"/update?update={ADD.replace(' ', '+')}"),
    "update by HEAD": compose("HEAD", f"/update?update={ADD.replace(' ', '+')}", {"Connection": "close"}),
    "token in the address": compose(
        "POST", "/update?token=TOKEN&access_token=TOKEN", {"Content-Type": UPDATE}, ADD.encode()
    ),
    "token in the form": compose(
        "POST",
        "/update",
        {"Content-Type": FORM},
        form(update=ADD, token="TOKEN", access_token="TOKEN", Authorization="Bearer TOKEN"),
    ),
    "another method in a field": compose(
        "GET",
        "/graphs?graph=urn:g",
        {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE", "X-Method-Override": "DELETE"},
    ),
    "another method in the address": compose("POST", "/graphs?graph=urn:g&_method=DELETE", {}, b""),
    "a form of another site": compose(
        "POST", "/update", {"Content-Type": "text/plain", "Origin": "https://evil.example"}, ADD.encode()
    ),
    "a form of parts": compose(
        "POST",
        "/update",
        {"Content-Type": "multipart/form-data; boundary=x", "Origin": "https://evil.example"},
        f'--x\r\nContent-Disposition: form-data; name="update"\r\n\r\n{ADD}\r\n--x--\r\n'.encode(),
    ),
    "the query's path": compose("POST", "/sparql", {"Content-Type": UPDATE}, ADD.encode()),
    "the query's path, in a form": compose("POST", "/sparql", {"Content-Type": FORM}, form(update=ADD)),
    "the query's parameter": compose("POST", "/sparql", {"Content-Type": FORM}, form(query=ADD)),
    "a query and an update": compose(
        "POST", "/sparql", {"Content-Type": FORM}, form(query="ASK {}", update=ADD)
    ),
    "the update's path and type QUERY": compose("POST", "/update", {"Content-Type": QUERY}, ADD.encode()),
    "QUERY on the update's path": compose("QUERY", "/update", {"Content-Type": UPDATE}, ADD.encode()),
    "a slash too many": compose("POST", "/update/", {"Content-Type": UPDATE}, ADD.encode()),
    "a slash too many before": compose("POST", "//update", {"Content-Type": UPDATE}, ADD.encode()),
    "an absolute address": compose("POST", "http://localhost/update", {"Content-Type": UPDATE}, ADD.encode()),
    "a path in disguise": compose("POST", "/%75pdate", {"Content-Type": UPDATE}, ADD.encode()),
    "from the machine itself": compose(
        "POST",
        "/update",
        {
            "Content-Type": UPDATE,
            "X-Forwarded-For": "127.0.0.1",
            "X-Real-IP": "127.0.0.1",
            "Host": "localhost",
        },
        ADD.encode(),
    ),
    "a preflight of a browser": compose(
        "OPTIONS",
        "/update",
        {
            "Origin": "https://evil.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization",
        },
    ),
}


@pytest.mark.parametrize("request_", ROUND.values(), ids=ROUND.keys())
def test_there_is_no_way_round_the_token(target: Target, request_: bytes) -> None:
    answer = exchange(target.port, request_.replace(b"TOKEN", target.token.encode()), wait=5)
    assert answer.status in (200, 204, 400, 401, 403, 404, 405, 415), answer
    assert answer.headers.get("access-control-allow-credentials", "") != "true"
    if request_.startswith(b"OPTIONS"):
        allowed = answer.headers.get("access-control-allow-headers", "").lower()
        assert "authorization" not in allowed, "a page of another site may write with a stolen token"
    untouched(target)


@pytest.fixture(scope="module")
def reader() -> Iterator[Target]:
    with besieged(seed=False, KG_TOKEN="") as running:
        yield running


@pytest.mark.parametrize("token", ["", "Bearer ", "Bearer None", "Bearer x", "Bearer torture"])
def test_without_a_token_configured_nobody_writes(reader: Target, token: str) -> None:
    for method, path, media_type, body in ASKED.values():
        fields = {"Content-Type": media_type} if media_type else {}
        answer = reader.send(method, path, fields | ({"Authorization": token} if token else {}), body)
        assert "KG_TOKEN" in answer.problem(403, "forbidden")
    assert reader.count("{ ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } }") == 0
