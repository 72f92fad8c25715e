"""Who may write, and updates by the protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

MakeClient = Callable[..., TestClient]

TOKEN = "Correct-Horse~Battery+Staple/="
BEARER = {"Authorization": f"Bearer {TOKEN}"}
DIRECT = "application/sparql-update"
FORM = "application/x-www-form-urlencoded"
INSERT = "INSERT DATA { <u:new> <u:p> 'new' }"
G1, G2 = "https://example.org/g1", "https://example.org/g2"

# Every way to write, with a body that would be taken.
WAYS: dict[str, tuple[str, str, str, bytes]] = {
    "update, direct": ("POST", "/update", DIRECT, INSERT.encode()),
    "update, form": ("POST", "/update", FORM, b"update=INSERT+DATA+%7B%7D"),
    "put a graph": ("PUT", "/graphs?graph=u:new", "text/turtle", b"<u:a> <u:b> <u:c> ."),
    "add to a graph": ("POST", "/graphs?graph=u:new", "text/turtle", b"<u:a> <u:b> <u:c> ."),
    "a new graph": ("POST", "/graphs", "text/turtle", b"<u:a> <u:b> <u:c> ."),
    "the default graph": ("PUT", "/graphs?default", "text/turtle", b"<u:a> <u:b> <u:c> ."),
    "a graph by its address": ("PUT", "/graphs/new", "text/turtle", b"<u:a> <u:b> <u:c> ."),
    "drop a graph": ("DELETE", f"/graphs?graph={G1}", "", b""),
    "drop the default graph": ("DELETE", "/graphs?default", "", b""),
}
# What would be refused, were it read.
MALFORMED: dict[str, tuple[str, str, str, bytes]] = {
    "no media type": ("POST", "/update", "", b"x"),
    "no text": ("POST", "/update", DIRECT, b"\xff\xfe"),
    "no update": ("POST", "/update", FORM, b"x=%ff"),
    "a coded body": ("PUT", "/graphs?graph=u:a", "text/turtle", b"\x1f\x8b"),
    "no turtle": ("PUT", "/graphs?graph=u:a", "text/turtle", b"<<<<"),
    "no graph": ("PUT", "/graphs", "text/turtle", b""),
    "two graphs": ("PUT", "/graphs?default&graph=u:a", "text/turtle", b""),
    "a relative graph": ("DELETE", "/graphs?graph=a", "", b""),
    "parameters that are no text": ("DELETE", "/graphs?graph=%ff", "", b""),
    "a timeout that is none": ("DELETE", "/graphs?graph=u:a&timeout=x", "", b""),
}
# What is sent instead of the token.
WRONG: dict[str, dict[str, str]] = {
    "nothing": {},
    "an empty field": {"Authorization": ""},
    "only the scheme": {"Authorization": "Bearer"},
    "the scheme and a space": {"Authorization": "Bearer "},
    "only the token": {"Authorization": TOKEN},
    "another scheme": {"Authorization": f"Basic {TOKEN}"},
    "a scheme like it": {"Authorization": f"Bearers {TOKEN}"},
    "another token": {"Authorization": "Bearer no"},
    "a shorter token": {"Authorization": f"Bearer {TOKEN[:-1]}"},
    "a longer token": {"Authorization": f"Bearer {TOKEN}x"},
    "the token twice": {"Authorization": f"Bearer {TOKEN} {TOKEN}"},
    "the token in small letters": {"Authorization": f"Bearer {TOKEN.lower()}"},
    "the token in quotes": {"Authorization": f'Bearer "{TOKEN}"'},
    "a list": {"Authorization": f"Bearer no, Bearer {TOKEN}"},
    "a cookie": {"Cookie": f"Authorization=Bearer {TOKEN}; token={TOKEN}"},
    "another field": {"X-Authorization": f"Bearer {TOKEN}", "Proxy-Authorization": f"Bearer {TOKEN}"},
    "a long token": {"Authorization": f"Bearer {'x' * 30_000}"},
}


@pytest.fixture(scope="module")
def locked(make_client: MakeClient) -> TestClient:
    """A server that takes writes; no test may succeed to write to it."""
    return make_client(token=TOKEN)


@pytest.fixture
def writable(make_client: MakeClient) -> TestClient:
    """A server to write to."""
    return make_client(token=TOKEN)


def send(client: TestClient, way: tuple[str, str, str, bytes], headers: dict[str, str], **more: Any) -> Any:
    method, target, media_type, data = way
    given = {**({"Content-Type": media_type} if media_type else {}), **headers}
    return client.request(method, target, content=data, headers=given, **more)


def stored(client: TestClient) -> list[str]:
    lines: list[str] = client.get("/graphs", params={"format": "nq"}).text.splitlines()
    return sorted(lines)


def update(client: TestClient, text: str, **parameters: Any) -> Any:
    return client.post("/update", data={"update": text, **parameters}, headers=BEARER)


# ---- who may write ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", [*WAYS.values(), *MALFORMED.values()], ids=[*WAYS, *MALFORMED])
@pytest.mark.parametrize(
    "headers", [{}, BEARER, {"Authorization": "Bearer None"}], ids=["no", "some", "none"]
)
def test_without_a_token_of_its_own_a_server_takes_no_writes(
    client: TestClient, way: tuple[str, str, str, bytes], headers: dict[str, str]
) -> None:
    answer = send(client, way, headers)
    assert answer.status_code == 403
    assert answer.json()["code"] == "forbidden"
    assert answer.json()["detail"] == (
        "This server takes no writes. Whoever runs it can set KG_TOKEN to let its bearer write."
    )
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers


def assert_unauthorized(answer: Any) -> None:
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthorized"
    assert answer.json()["detail"] == (
        "Writing needs the token of this server. Send it as Authorization: Bearer TOKEN."
    )
    assert answer.headers["www-authenticate"] == 'Bearer realm="Connectivity KG"'
    assert answer.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in answer.headers
    assert TOKEN not in answer.text + str(answer.headers)


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_token_in_every_form(locked: TestClient, headers: dict[str, str]) -> None:
    before = stored(locked)
    for way in WAYS.values():
        assert_unauthorized(send(locked, way, headers))
    assert stored(locked) == before


@pytest.mark.parametrize("way", MALFORMED.values(), ids=MALFORMED.keys())
def test_nothing_is_read_before_the_token(locked: TestClient, way: tuple[str, str, str, bytes]) -> None:
    for headers in ({}, {"Authorization": "Bearer no"}, {"Content-Encoding": "gzip"}):
        assert_unauthorized(send(locked, way, headers))


@pytest.mark.parametrize(
    "query",
    [f"token={TOKEN}", f"access_token={TOKEN}", f"authorization=Bearer%20{TOKEN}", f"KG_TOKEN={TOKEN}"],
)
def test_a_token_in_the_address_is_none(locked: TestClient, query: str) -> None:
    for method, target, media_type, data in WAYS.values():
        longer = target + ("&" if "?" in target else "?") + query
        assert_unauthorized(send(locked, (method, longer, media_type, data), {}))


def test_a_token_in_a_form_is_none(locked: TestClient) -> None:
    fields = {"update": INSERT, "token": TOKEN, "access_token": TOKEN, "Authorization": f"Bearer {TOKEN}"}
    assert_unauthorized(locked.post("/update", data=fields))


@pytest.mark.parametrize(
    "override", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-Method"]
)
def test_a_method_is_what_it_is(locked: TestClient, override: str) -> None:
    before = stored(locked)
    for method in ("PUT", "DELETE", "POST", "PATCH"):
        headers = {override: method, "Content-Type": "text/turtle", **BEARER}
        assert locked.get(f"/graphs?graph={G1}", headers=headers).status_code == 200
        assert locked.get(f"/graphs?graph={G1}&_method={method}", headers=BEARER).status_code == 200
        answer = locked.get("/update?update=CLEAR+ALL", headers=headers)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
    assert stored(locked) == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "QUERY"])
@pytest.mark.parametrize("headers", [{}, BEARER], ids=["without the token", "with it"])
def test_update_takes_post_only(locked: TestClient, method: str, headers: dict[str, str]) -> None:
    answer = locked.request(method, "/update", params={"update": "CLEAR ALL"}, headers=headers)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")
    if method != "HEAD":
        assert answer.json()["detail"] == "This address does not take that method."


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer ", "BEARER ", "Bearer   "])
def test_the_scheme_may_be_written_in_any_way(writable: TestClient, scheme: str) -> None:
    answer = send(writable, WAYS["update, direct"], {"Authorization": scheme + TOKEN})
    assert (answer.status_code, answer.content) == (204, b"")
    assert '<u:new> <u:p> "new" .' in stored(writable)


def test_who_may_write_may_read_as_anyone(locked: TestClient) -> None:
    query = {"query": "ASK { ?s ?p ?o }"}
    answers = [
        locked.get("/sparql", params=query, headers=headers)
        for headers in ({}, BEARER, {"Authorization": "x"})
    ]
    assert [answer.json()["boolean"] for answer in answers] == [True] * 3


# ---- updates ----------------------------------------------------------------------------------------------

BODIES: dict[str, tuple[str, bytes]] = {
    "direct": (DIRECT, INSERT.encode()),
    "direct, with a character set": (DIRECT + '; charset="UTF-8"', INSERT.encode()),
    "direct, with a mark of the byte order": (DIRECT, "\ufeff".encode() + INSERT.encode()),
    "form": (FORM, b"update=INSERT+DATA+%7B+%3Cu:new%3E+%3Cu:p%3E+'new'+%7D"),
    "form, with a character set": (
        FORM + "; charset=utf-8",
        b"a=b&update=INSERT+DATA+%7B+%3Cu:new%3E+%3Cu:p%3E+'new'+%7D",
    ),
}


@pytest.mark.parametrize(("media_type", "data"), BODIES.values(), ids=BODIES.keys())
def test_an_update_is_made_and_seen_at_once(writable: TestClient, media_type: str, data: bytes) -> None:
    before = stored(writable)
    answer = writable.post("/update", content=data, headers={**BEARER, "Content-Type": media_type})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "access-control-allow-origin" not in answer.headers
    assert sorted([*before, '<u:new> <u:p> "new" .']) == stored(writable)
    asked = writable.get("/sparql", params={"query": "ASK { <u:new> ?p 'new' }"})
    assert asked.json()["boolean"] is True


REFUSED: dict[str, tuple[str, str, bytes, int, str, str]] = {
    "a syntax error": (
        "",
        DIRECT,
        b"INSERT DATA {\n <u:a> }",
        400,
        "query",
        "Unexpected “}” (line 2, column 8).",
    ),
    "half an update": (
        "",
        DIRECT,
        b"INSERT DATA { <u:x> <u:y> 1 } ; CREATE GRAPH <https://example.org/g1>",
        400,
        "query",
        "The text cannot be evaluated:",
    ),
    "a query": (
        "",
        DIRECT,
        b"SELECT * {}",
        400,
        "query",
        "SELECT is a query, and this address takes updates.",
    ),
    "a query as a body": (
        "",
        "application/sparql-query",
        b"SELECT * {}",
        415,
        "unsupported-media",
        "A query was sent to the address of updates. Send it to /sparql.",
    ),
    "a query in a form": (
        "",
        FORM,
        b"query=ASK+%7B%7D",
        400,
        "query",
        "A query was sent to the address of updates. Send it to /sparql.",
    ),
    "a query and an update": (
        "",
        FORM,
        b"update=CLEAR+ALL&query=ASK+%7B%7D",
        400,
        "query",
        "A query was sent to the address of updates.",
    ),
    "no update": ("", FORM, b"", 400, "query", "The request holds 0 updates."),
    "two updates": (
        "",
        FORM,
        b"update=CLEAR+ALL&update=CLEAR+ALL",
        400,
        "query",
        "The request holds 2 updates.",
    ),
    "one in the address, one as the body": (
        "?update=CLEAR+ALL",
        DIRECT,
        b"CLEAR ALL",
        400,
        "query",
        "The request holds two updates.",
    ),
    "one in the address, one in the form": (
        "?update=CLEAR+ALL",
        FORM,
        b"update=CLEAR+ALL",
        400,
        "query",
        "The request holds 2 updates.",
    ),
    "no media type": ("", "", b"CLEAR ALL", 415, "unsupported-media", "Without a Content-Type the body is"),
    "JSON": ("", "application/json", b"{}", 415, "unsupported-media", "application/json is not a body that"),
    "multipart": (
        "",
        "multipart/form-data; boundary=x",
        b"--x--",
        415,
        "unsupported-media",
        "multipart/form-data is not a body that is read here.",
    ),
    "another character set": (
        "",
        DIRECT + "; charset=utf-16",
        "CLEAR ALL".encode("utf-16"),
        415,
        "unsupported-media",
        "The body is in utf-16.",
    ),
    "not UTF-8": ("", DIRECT, b"CLEAR ALL # \xff", 400, "query", "The update is not valid UTF-8: byte 13"),
    "not UTF-8, escaped": ("", FORM, b"update=CLEAR+ALL%ff", 400, "query", "The percent escapes"),
    "NUL": (
        "",
        DIRECT,
        b"CLEAR ALL\x00",
        400,
        "query",
        "The update holds a NUL character at line 1, column 10.",
    ),
    "LOAD": ("", DIRECT, b"LOAD <http://127.0.0.1:9/>", 403, "forbidden", "LOAD is not allowed"),
    "SERVICE": (
        "",
        DIRECT,
        b"INSERT { ?s ?p ?o } WHERE { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        403,
        "forbidden",
        "SERVICE is not allowed",
    ),
    "a timeout that is none": (
        "?timeout=soon",
        DIRECT,
        b"CLEAR ALL",
        400,
        "query",
        "The parameter timeout is 'soon'.",
    ),
    "a graph that is no IRI": (
        "?using-graph-uri=g1",
        DIRECT,
        b"DELETE WHERE { ?s ?p ?o }",
        400,
        "query",
        "“g1” is not the IRI of a graph. Give using-graph-uri and using-named-graph-uri as absolute IRIs.",
    ),
    "USING and using-graph-uri": (
        "?using-graph-uri=u:g",
        DIRECT,
        b"DELETE { ?s ?p ?o } USING <u:h> WHERE { ?s ?p ?o }",
        400,
        "query",
        "The update has USING and the request names the graphs to use, too.",
    ),
    "WITH and using-named-graph-uri": (
        "",
        FORM,
        b"using-named-graph-uri=u:g&update=WITH+<u:h>+DELETE+{?s+?p+?o}+WHERE+{?s+?p+?o}",
        400,
        "query",
        "The update has WITH and the request names the graphs to use, too.",
    ),
    "a coded body": ("", DIRECT, b"\x1f\x8b", 415, "unsupported-media", "The body is compressed."),
    "too many patterns": (
        "",
        DIRECT,
        b"DELETE WHERE { " + b"?s ?p ?o . " * 501 + b"}",
        400,
        "query-limit",
        "The limit “patterns” is passed at line 1, column 5525: at most 500 triple patterns.",
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_changes_nothing(
    locked: TestClient, case: tuple[str, str, bytes, int, str, str]
) -> None:
    query, media_type, data, status, code, sentence = case
    before = stored(locked)
    headers = {**BEARER, **({"Content-Type": media_type} if media_type else {})}
    if data.startswith(b"\x1f"):
        headers["Content-Encoding"] = "gzip"
    answer = locked.post(f"/update{query}", content=data, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"].startswith(sentence)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert stored(locked) == before


def test_limits_of_texts_and_bodies(make_client: MakeClient) -> None:
    small = make_client(token=TOKEN, query_length=200, body_limit=300)
    assert update(small, INSERT + " " * (200 - len(INSERT))).status_code == 204
    for answer, sentence in (
        (
            update(small, "x" * 201),
            "The update is longer than 200 bytes (KG_QUERY_LENGTH). Send data to /graphs instead.",
        ),
        (send(small, ("POST", "/update", DIRECT, b"#" * 201), BEARER), "The body is longer than 200 bytes"),
        (
            send(small, ("POST", "/update", DIRECT, "#é".encode() * 70), BEARER),
            "The body is longer than 200 bytes (KG_QUERY_LENGTH)",
        ),
        (
            send(small, ("PUT", "/graphs?graph=u:a", "text/turtle", b"#" * 301), BEARER),
            "The body is longer than 300 bytes (KG_BODY_LIMIT). Send less at once.",
        ),
    ):
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
        assert answer.json()["detail"].startswith(sentence)


def test_a_form_that_is_longer_than_a_body_may_be(make_client: MakeClient) -> None:
    small = make_client(token=TOKEN, query_length=200, body_limit=300)
    for target in ("/update", "/sparql"):
        answer = small.post(target, data={"update": INSERT, "x": "y" * 300}, headers=BEARER)
        assert answer.status_code == 413
        assert "300 bytes (KG_BODY_LIMIT)" in answer.json()["detail"]


# ---- the dataset of an update -----------------------------------------------------------------------------


def test_the_graphs_to_use(writable: TestClient) -> None:
    label = "http://www.w3.org/2000/01/rdf-schema#label"
    text = f"INSERT {{ GRAPH <u:new> {{ ?s <u:label> ?o }} }} WHERE {{ ?s <{label}> ?o }}"
    assert update(writable, text, **{"using-graph-uri": G1}).status_code == 204
    got = writable.get("/graphs", params={"graph": "u:new", "format": "nt"})
    assert sorted(got.text.splitlines()) == [
        '<https://example.org/Place> <u:label> "place"@en .',
        '<https://example.org/alps> <u:label> "Alps"@en .',
    ]


def test_the_graphs_to_use_stand_in_the_address_of_a_direct_body(writable: TestClient) -> None:
    text = b"INSERT { GRAPH <u:new> { ?s ?p ?o } } WHERE { GRAPH ?g { ?s ?p ?o } }"
    target = f"/update?using-named-graph-uri={G2}&timeout=5"
    assert send(writable, ("POST", target, DIRECT, text), BEARER).status_code == 204
    got = writable.get("/graphs", params={"graph": "u:new", "format": "nt"}).text
    assert got.count("\n") == 3
    assert "4808" in got


def test_an_empty_parameter_counts_as_none(writable: TestClient) -> None:
    text = f"WITH <{G1}> DELETE {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}"
    answer = update(writable, text, **{"using-graph-uri": "", "using-named-graph-uri": "", "timeout": ""})
    assert answer.status_code == 204
    assert not [line for line in stored(writable) if G1 in line]


def test_the_merge_is_read_but_never_changed(writable: TestClient) -> None:
    before = stored(writable)
    assert update(writable, "DELETE WHERE { <https://example.org/alps> ?p ?o }").status_code == 204
    assert stored(writable) == before, "nothing was stored without a name"
    assert (
        update(writable, "DELETE WHERE { GRAPH ?g { <https://example.org/alps> ?p ?o } }").status_code == 204
    )
    query = {"query": "ASK { <https://example.org/alps> ?p ?o }"}
    assert writable.get("/sparql", params=query).json()["boolean"] is False


def test_relative_iris_are_resolved_against_the_address(make_client: MakeClient) -> None:
    client = make_client(data="", token=TOKEN, public_url="https://example.org/kg")
    assert update(client, "INSERT DATA { <x> <#y> </z> }").status_code == 204
    assert stored(client) == [
        "<https://example.org/kg/x> <https://example.org/kg/update#y> <https://example.org/z> ."
    ]


def test_load_silent_is_taken_and_does_nothing(writable: TestClient) -> None:
    before = stored(writable)
    assert update(writable, "LOAD SILENT <http://127.0.0.1:9/> INTO GRAPH <u:new>").status_code == 204
    assert stored(writable) == before


def test_several_operations_are_one_change(writable: TestClient) -> None:
    text = f"{INSERT} ; DELETE DATA {{ <u:new> <u:p> 'new' }} ; INSERT DATA {{ <u:new> <u:p> 'newer' }}"
    before = stored(writable)
    assert update(writable, text).status_code == 204
    assert sorted([*before, '<u:new> <u:p> "newer" .']) == stored(writable)


def test_updates_to_the_address_of_queries(locked: TestClient) -> None:
    for answer in (
        locked.post("/sparql", data={"update": INSERT}, headers=BEARER),
        locked.post("/sparql", content=INSERT, headers={**BEARER, "Content-Type": DIRECT}),
        locked.get("/sparql", params={"update": INSERT}, headers=BEARER),
        locked.get("/sparql", params={"query": INSERT}, headers=BEARER),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "updates to /update" in answer.json()["detail"]
        assert answer.headers["access-control-allow-origin"] == "*"
