"""The SPARQL 1.1 protocol for queries, and the service description."""

import gzip
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, cast
from urllib.parse import quote_plus

import brotli  # type: ignore[import-untyped]
import pyoxigraph as ox
import pytest
import zstandard
from fastapi.testclient import TestClient
from test_wire import App, Wire, asking, listening

from kg.settings import Settings
from kg.sparql import Operation
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from kg.web.app import create_app

MakeClient = Callable[..., TestClient]


FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
LABELS = (
    "SELECT ?o { <https://example.org/alps> <http://www.w3.org/2000/01/rdf-schema#label> ?o } ORDER BY ?o"
)
ROWS = "o\r\nAlpen\r\nAlps\r\n"
CSV = {"Accept": "text/csv"}

G1, G2 = "https://example.org/g1", "https://example.org/g2"


def test_get(client: TestClient) -> None:
    assert client.get("/sparql", params={"query": LABELS}, headers=CSV).text == ROWS


def test_post_form(client: TestClient) -> None:
    assert client.post("/sparql", data={"query": LABELS}, headers=CSV).text == ROWS


def test_post_form_with_a_character_set(client: TestClient) -> None:
    body = f"query={quote_plus(LABELS)}"
    headers = {**CSV, "Content-Type": f"{FORM}; charset=UTF-8"}
    assert client.post("/sparql", content=body, headers=headers).text == ROWS


@pytest.mark.parametrize("charset", ["", "; charset=utf-8", '; charset="UTF-8"', "; charset=us-ascii"])
def test_post_direct(client: TestClient, charset: str) -> None:
    headers = {**CSV, "Content-Type": DIRECT + charset}
    assert client.post("/sparql", content=LABELS, headers=headers).text == ROWS


def test_post_direct_in_utf_8(client: TestClient) -> None:
    query = "\ufeffSELECT ('Größe 😀' AS ?x) {}".encode()
    answer = client.post("/sparql", content=query, headers={**CSV, "Content-Type": DIRECT})
    assert answer.content == "x\r\nGröße 😀\r\n".encode()


def test_a_plus_is_a_space_and_an_escaped_plus_is_a_plus(client: TestClient) -> None:
    answer = client.get("/sparql?query=SELECT+(1%2B1+AS+?x)+%7B%7D", headers=CSV)
    assert answer.text == "x\r\n2\r\n"


def test_a_semicolon_does_not_part_parameters(client: TestClient) -> None:
    query = "SELECT ('a;format=xml' AS ?x) {}"
    assert client.get(f"/sparql?query={query}", headers=CSV).text == "x\r\na;format=xml\r\n"


def test_graphs_override_from(client: TestClient) -> None:
    query = f"SELECT ?o FROM <{G1}> {{ <https://example.org/alps> ?p ?o }} ORDER BY ?o"
    parameters = {"query": query, "default-graph-uri": G2}
    for answer in (
        client.get("/sparql", params=parameters, headers=CSV),
        client.post("/sparql", data=parameters, headers=CSV),
        client.post(
            "/sparql",
            params={"default-graph-uri": G2},
            content=query,
            headers={**CSV, "Content-Type": DIRECT},
        ),
    ):
        assert answer.text == "o\r\n4808\r\nAlpen\r\nAlps\r\n"


def test_two_default_graphs_make_a_set(client: TestClient) -> None:
    parameters: dict[str, str | list[str]] = {"query": LABELS, "default-graph-uri": [G1, G2]}
    assert client.get("/sparql", params=parameters, headers=CSV).text == ROWS


def test_named_graphs(client: TestClient) -> None:
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    answer = client.get("/sparql", params={"query": query, "named-graph-uri": G2}, headers=CSV)
    assert answer.text == f"g\r\n{G2}\r\n"


def test_a_triple_of_two_graphs_is_one_row(client: TestClient) -> None:
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p 'Alps'@en }"
    assert client.get("/sparql", params={"query": query}, headers=CSV).text == "n\r\n1\r\n"


def test_plain_sees_the_unnamed_graph_only(make_client: MakeClient) -> None:
    plain = make_client(default_graph="plain")
    query = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    assert plain.get("/sparql", params={"query": query}, headers=CSV).text == "n\r\n0\r\n"


def test_head_is_get_without_a_body(client: TestClient) -> None:
    answer = client.head("/sparql", params={"query": LABELS}, headers=CSV)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert int(answer.headers["content-length"]) == len(ROWS)


# Method, address, Content-Type, body, status, code, and how the sentence begins.
BAD: dict[str, tuple[str, str, str, bytes, int, str, str]] = {
    "empty query": ("GET", "?query=", "", b"", 400, "query", "The query is empty."),
    "white space": ("GET", "?query=%20%0A", "", b"", 400, "query", "The query is empty."),
    "two queries": ("GET", "?query=ASK{}&query=ASK{}", "", b"", 400, "query", "The request holds 2 queries."),
    "two queries in a form": (
        "POST",
        "",
        FORM,
        b"query=ASK{}&query=ASK{}",
        400,
        "query",
        "The request holds 2",
    ),
    "one in the address, one in the form": (
        "POST",
        "?query=ASK{}",
        FORM,
        b"query=ASK{}",
        400,
        "query",
        "The request holds 2 queries.",
    ),
    "one in the address, one as the body": (
        "POST",
        "?query=ASK{}",
        DIRECT,
        b"ASK {}",
        400,
        "query",
        "The request holds 2 queries.",
    ),
    "graphs without a query": (
        "GET",
        "?default-graph-uri=u:a",
        "",
        b"",
        400,
        "query",
        "The address names graphs",
    ),
    "a form without a query": ("POST", "", FORM, b"format=csv", 400, "query", "The form holds no query."),
    "an empty form": ("POST", "", FORM, b"", 400, "query", "The form holds no query."),
    "an empty body": ("POST", "", DIRECT, b"", 400, "query", "The query is empty."),
    "no type": ("POST", "", "", b"ASK {}", 415, "unsupported-media", "Without a Content-Type"),
    "JSON": ("POST", "", "application/json", b"{}", 415, "unsupported-media", "application/json is not"),
    "plain text": ("POST", "", "text/plain", b"ASK {}", 415, "unsupported-media", "text/plain is not"),
    "UTF-16": (
        "POST",
        "",
        DIRECT + "; charset=UTF-16",
        "ASK {}".encode("utf-16"),
        415,
        "unsupported-media",
        "The body is in utf-16.",
    ),
    "not UTF-8": (
        "POST",
        "",
        DIRECT,
        b"ASK { ?s ?p '\xff' }",
        400,
        "query",
        "The query is not valid UTF-8: byte 14",
    ),
    "not UTF-8 in the address": ("GET", "?query=%FF", "", b"", 400, "query", "The percent escapes"),
    "not UTF-8 in a form": ("POST", "", FORM, b"query=%C3%28", 400, "query", "The percent escapes"),
    "not UTF-8 in a form, unescaped": (
        "POST",
        "",
        FORM,
        b"query=\xff",
        400,
        "query",
        "The request is not valid",
    ),
    "NUL": (
        "GET",
        "?query=ASK{}%00",
        "",
        b"",
        400,
        "query",
        "The query holds a NUL character at line 1, column 6.",
    ),
    "an update in a form": (
        "POST",
        "",
        FORM,
        b"update=CLEAR+ALL",
        403,
        "forbidden",
        "This address only reads",
    ),
    "an update in the address": (
        "GET",
        "?update=CLEAR+ALL",
        "",
        b"",
        403,
        "forbidden",
        "This address only reads",
    ),
    "an update as a body": (
        "POST",
        "",
        "application/sparql-update",
        b"CLEAR ALL",
        403,
        "forbidden",
        "This address only reads",
    ),
    "an update as a query": ("GET", "?query=CLEAR+ALL", "", b"", 403, "forbidden", "CLEAR is an update"),
    "SERVICE": (
        "GET",
        "?query=ASK{SERVICE<http://127.0.0.1:9/>{}}",
        "",
        b"",
        403,
        "forbidden",
        "SERVICE is not allowed",
    ),
    "a graph that is no IRI": (
        "GET",
        "?query=ASK{}&default-graph-uri=alps",
        "",
        b"",
        400,
        "query",
        "“alps” is not the IRI of a graph.",
    ),
    "an unknown function": (
        "GET",
        "?query=SELECT(<u:f>(1)AS?x){}",
        "",
        b"",
        400,
        "query",
        "The function <u:f> is not known here.",
    ),
}


@pytest.mark.parametrize("case", BAD.values(), ids=BAD.keys())
def test_bad_requests(client: TestClient, case: tuple[str, str, str, bytes, int, str, str]) -> None:
    method, address, media_type, body, status, code, sentence = case
    headers = {"Content-Type": media_type} if media_type else {}
    answer = client.request(method, f"/sparql{address}", content=body, headers=headers)
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert problem["detail"].startswith(sentence)


def test_a_compressed_body_is_refused(client: TestClient) -> None:
    headers = {"Content-Type": DIRECT, "Content-Encoding": "gzip"}
    answer = client.post("/sparql", content=b"\x1f\x8b", headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (
        415,
        "The body is compressed. Send it without Content-Encoding.",
    )


def test_a_syntax_error_has_line_and_column(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": "SELECT *\nWHERE {\n  ?s ?p\n}"})
    assert answer.status_code == 400
    assert answer.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "Unexpected “}” (line 4, column 1). "
        "A triple pattern has three parts: subject, predicate, object.",
        "code": "query",
        "request_id": answer.headers["x-request-id"],
        "line": 4,
        "column": 1,
    }


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "BREW"])
def test_other_methods(client: TestClient, method: str) -> None:
    answer = client.request(method, "/sparql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST, QUERY, OPTIONS")
    assert answer.json()["code"] == "method-not-allowed"


# ---- the service description ------------------------------------------------------------------------------

SD = "http://www.w3.org/ns/sparql-service-description#"
VOID = "http://rdfs.org/ns/void#"
ENDPOINT = "http://testserver/sparql"


def described(client: TestClient) -> ox.Store:
    answer = client.get("/sparql", headers={"Host": "evil.example"})
    assert "evil.example" not in answer.text
    store = ox.Store()
    store.load(answer.content, ox.RdfFormat.TURTLE)
    return store


def values(store: ox.Store, subject: str | None, predicate: str) -> set[str]:
    node = ox.NamedNode(subject) if subject else None
    found = store.quads_for_pattern(node, ox.NamedNode(predicate), None)
    return {quad.object.value for quad in found if not isinstance(quad.object, ox.Triple)}


def test_the_description_names_endpoint_language_formats_and_union(client: TestClient) -> None:
    store = described(client)
    service = f"{ENDPOINT}#service"
    assert values(store, service, SD + "endpoint") == {ENDPOINT}
    assert values(store, service, SD + "supportedLanguage") == {SD + "SPARQL11Query"}
    assert values(store, service, SD + "feature") == {SD + "UnionDefaultGraph", SD + "EmptyGraphs"}
    assert values(store, service, SD + "resultFormat") == {
        f"http://www.w3.org/ns/formats/{name}"
        for name in (
            "SPARQL_Results_JSON",
            "SPARQL_Results_XML",
            "SPARQL_Results_CSV",
            "SPARQL_Results_TSV",
            "Turtle",
            "N-Triples",
            "JSON-LD",
            "RDF_XML",
        )
    }


def test_the_description_counts_the_graphs(client: TestClient) -> None:
    store = described(client)
    assert values(store, f"{ENDPOINT}#service", SD + "defaultDataset") == {f"{ENDPOINT}#dataset"}
    assert values(store, f"{ENDPOINT}#default-graph", VOID + "triples") == {"8"}
    rows = store.query(
        f"SELECT ?name ?size {{ <{ENDPOINT}#dataset> <{SD}namedGraph> ?entry . ?entry a <{SD}NamedGraph> ; "
        f"<{SD}name> ?name ; <{SD}graph> ?graph . ?graph a <{SD}Graph> ; <{VOID}triples> ?size }} "
        "ORDER BY ?name"
    )
    assert isinstance(rows, ox.QuerySolutions)
    assert [(row["name"].value, row["size"].value) for row in rows] == [
        (G1, "3"),
        (G2, "3"),
        ("https://example.org/g3", "3"),
    ]


def test_the_description_of_a_plain_store_claims_no_union(make_client: MakeClient) -> None:
    store = described(make_client(default_graph="plain"))
    assert values(store, f"{ENDPOINT}#service", SD + "feature") == {SD + "EmptyGraphs"}
    assert values(store, f"{ENDPOINT}#default-graph", VOID + "triples") == {"0"}


def test_the_description_of_an_empty_store(make_client: MakeClient) -> None:
    store = described(make_client(data=""))
    assert values(store, f"{ENDPOINT}#default-graph", VOID + "triples") == {"0"}
    assert values(store, None, SD + "namedGraph") == set()


def test_the_description_uses_the_public_address(make_client: MakeClient) -> None:
    public = make_client(public_url="https://example.org/connectivity/")
    store = described(public)
    endpoint = "https://example.org/connectivity/sparql"
    assert values(store, f"{endpoint}#service", SD + "endpoint") == {endpoint}


def test_the_description_has_no_blank_node(client: TestClient) -> None:
    lines = client.get("/sparql", params={"format": "nt"}).text.splitlines()
    assert lines
    assert not [line for line in lines if "_:" in line]


def test_describe_gathers_what_all_graphs_say(client: TestClient) -> None:
    query = "DESCRIBE <https://example.org/alps>"
    nodes = json.loads(client.get("/sparql", params={"query": query, "format": "jsonld"}).text)
    (alps,) = nodes
    assert alps["@id"] == "https://example.org/alps"
    assert [value["@value"] for value in alps["http://www.w3.org/2000/01/rdf-schema#label"]] == [
        "Alpen",
        "Alps",
    ]
    assert alps["https://example.org/height"][0]["@value"] == "4808"


@pytest.mark.parametrize(
    ("query", "formats", "expected"),
    [
        ("ASK{}", "format=csv&format=xml", "text/csv; charset=utf-8"),
        ("ASK{}", "format=tsv&format=text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
        ("ASK{}", "format=xml", "application/sparql-results+xml"),
        ("CONSTRUCT%20WHERE%20%7B?s%20?p%20?o%7D", "format=xml", "application/rdf+xml"),
        (
            "CONSTRUCT%20WHERE%20%7B?s%20?p%20?o%7D",
            "format=json-ld&format=application/ld%2Bjson",
            "application/ld+json",
        ),
        ("CONSTRUCT%20WHERE%20%7B?s%20?p%20?o%7D", "format=n3", "text/turtle; charset=utf-8"),
    ],
)
def test_formats_by_the_names_that_clients_use(
    client: TestClient, query: str, formats: str, expected: str
) -> None:
    answer = client.get(f"/sparql?query={query}&{formats}", headers={"accept": "*/*"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == expected
    assert answer.content


# ---- QUERY, and the address that relative IRIs are resolved against ---------------------------------------


def test_query_is_a_method(client: TestClient) -> None:
    for media_type, data in ((DIRECT, LABELS), (FORM, f"query={quote_plus(LABELS)}")):
        headers = {**CSV, "Content-Type": media_type}
        answer = client.request("QUERY", "/sparql", content=data, headers=headers)
        assert (answer.status_code, answer.text) == (200, ROWS)
        assert (
            answer.headers["etag"]
            == client.get("/sparql", params={"query": LABELS}, headers=CSV).headers["etag"]
        )
    options = client.options("/sparql").headers
    assert options["accept-query"] == '"application/sparql-query", "application/x-www-form-urlencoded"'


def test_query_takes_parameters_of_the_address(client: TestClient) -> None:
    headers = {"Content-Type": DIRECT}
    answer = client.request(
        "QUERY", "/sparql", params={"format": "csv", "named-graph-uri": G2}, content=LABELS, headers=headers
    )
    assert answer.text == "o\r\n"


def test_relative_iris_are_resolved_against_the_address(client: TestClient, make_client: MakeClient) -> None:
    query = "SELECT (<#a> AS ?a) (IRI('b') AS ?b) (<> AS ?c) (</d> AS ?d) {}"
    for asked, root in (
        (client, "http://testserver/"),
        (make_client(public_url="https://example.org/kg"), "https://example.org/kg/"),
    ):
        answer = asked.get("/sparql", params={"query": query}, headers={**CSV, "Host": "evil.example"})
        base = f"{root}sparql"
        top = "/".join(root.split("/")[:3])
        assert answer.text == f"a,b,c,d\r\n{base}#a,{root}b,{base},{top}/d\r\n"


def test_a_base_of_the_query_goes_before_the_address(client: TestClient) -> None:
    query = "BASE <http://x/y> SELECT (<z> AS ?z) FROM <g> {}"
    assert client.get("/sparql", params={"query": query}, headers=CSV).text == "z\r\nhttp://x/z\r\n"


def test_a_relative_graph_of_the_query_is_one_of_the_address(make_client: MakeClient) -> None:
    data = "<u:a> <u:b> <u:c> <http://testserver/graph> .\n"
    query = "SELECT ?s FROM <graph> { ?s ?p ?o }"
    assert make_client(data=data).get("/sparql", params={"query": query}, headers=CSV).text == "s\r\nu:a\r\n"


# ---- the parameter timeout --------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["0", "0.0", "-1", "1e3", "soon", "1,5", "inf", "9999999999", "1 "])
def test_a_timeout_that_is_none(client: TestClient, value: str) -> None:
    for answer in (
        client.get("/sparql", params={"query": "ASK {}", "timeout": value}),
        client.post("/sparql", data={"query": "ASK {}", "timeout": value}),
        client.post("/sparql", params={"timeout": value}, content="ASK {}", headers={"Content-Type": DIRECT}),
        client.get("/sparql", params={"timeout": value}),
        client.get("/graphs", params={"default": "", "timeout": value}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "query")
        assert answer.json()["detail"].startswith(f"The parameter timeout is {value!r}.")


def test_two_timeouts_are_none(client: TestClient) -> None:
    assert client.get("/sparql?query=ASK{}&timeout=1&timeout=2").json()["code"] == "query"


@pytest.mark.parametrize("value", ["", "5", "0.5", "86400"])
def test_a_timeout_changes_no_answer_that_is_there_in_time(client: TestClient, value: str) -> None:
    answer = client.get("/sparql", params={"query": LABELS, "timeout": value}, headers=CSV)
    plain = client.get("/sparql", params={"query": LABELS}, headers=CSV)
    assert (answer.text, answer.headers["etag"]) == (ROWS, plain.headers["etag"])


# ---- validators -------------------------------------------------------------------------------------------


def tag_of(client: TestClient, query: str = LABELS, accept: str = "text/csv", **parameters: str) -> str:
    answer = client.get("/sparql", params={"query": query, **parameters}, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")
    return answer.headers["etag"]


def test_the_same_answer_has_the_same_validator(client: TestClient) -> None:
    tags = {
        tag_of(client),
        tag_of(client),
        client.post("/sparql", data={"query": LABELS}, headers=CSV).headers["etag"],
        client.post("/sparql", content=LABELS, headers={**CSV, "Content-Type": DIRECT}).headers["etag"],
        client.head("/sparql", params={"query": LABELS}, headers=CSV).headers["etag"],
        client.get("/sparql", params={"query": LABELS, "format": "csv"}).headers["etag"],
    }
    assert len(tags) == 1
    assert tags.pop().startswith('"')


def test_answers_that_differ_have_validators_that_differ(client: TestClient, make_client: MakeClient) -> None:
    tags = [
        tag_of(client),
        tag_of(client, LABELS + " "),
        tag_of(client, accept="text/tab-separated-values"),
        tag_of(client, accept="application/json"),
        tag_of(client, accept="application/sparql-results+json"),
        tag_of(client, **{"default-graph-uri": G1}),
        tag_of(client, **{"default-graph-uri": G2}),
        tag_of(client, **{"named-graph-uri": G1}),
        tag_of(make_client(public_url="https://example.org/kg")),
        tag_of(make_client()),
    ]
    assert len(set(tags)) == len(tags)


def test_codings_have_validators_that_differ(client: TestClient) -> None:
    tags = {
        coding: client.get(
            "/sparql", params={"query": LONG}, headers={**CSV, "Accept-Encoding": coding}
        ).headers
        for coding in ("identity", "gzip", "br", "zstd")
    }
    assert [headers.get("content-encoding", "identity") for headers in tags.values()] == list(tags)
    assert len({headers["etag"] for headers in tags.values()}) == 4


def test_who_has_the_answer_is_told_so(client: TestClient) -> None:
    tag = tag_of(client)
    for known in (tag, f"W/{tag}", f'"x", {tag}', f'{tag},"y"', f'"x" , W/{tag} , "y"'):
        for method in ("GET", "HEAD"):
            answer = client.request(
                method, "/sparql", params={"query": LABELS}, headers={**CSV, "If-None-Match": known}
            )
            assert (answer.status_code, answer.content) == (304, b"")
            assert answer.headers["etag"] == tag
            assert answer.headers["vary"] == "Accept, Accept-Encoding, Origin"
            assert answer.headers["cache-control"] == "no-cache"
            assert answer.headers["access-control-allow-origin"] == "*"
            assert not {"content-type", "content-length", "content-encoding"} & set(answer.headers)


def test_who_has_another_answer_gets_this_one(client: TestClient) -> None:
    others = [tag_of(client, accept="application/json"), tag_of(client, "ASK {}"), '""', '"x"', "x", ""]
    for known in others:
        answer = client.get("/sparql", params={"query": LABELS}, headers={**CSV, "If-None-Match": known})
        assert (answer.status_code, answer.text) == (200, ROWS)


def test_who_has_it_in_another_coding_gets_this_one(client: TestClient) -> None:
    gzipped = client.get("/sparql", params={"query": LONG}, headers={**CSV, "Accept-Encoding": "gzip"})
    headers = {**CSV, "Accept-Encoding": "identity", "If-None-Match": gzipped.headers["etag"]}
    answer = client.get("/sparql", params={"query": LONG}, headers=headers)
    assert (answer.status_code, answer.text) == (200, gzipped.text)
    assert "content-encoding" not in answer.headers


def test_who_has_any_answer_at_all_is_told_so(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": LABELS}, headers={**CSV, "If-None-Match": "*"})
    assert (answer.status_code, answer.headers["etag"]) == (304, tag_of(client))


def test_a_star_does_not_hide_a_fault(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": "ASK { ?s }"}, headers={"If-None-Match": "*"})
    assert (answer.status_code, answer.json()["code"]) == (400, "query")


@pytest.mark.parametrize(
    ("query", "name"),
    [
        (LABELS, "xlsx"),
        ('SELECT ("POINT (1 2)"^^<http://www.opengis.net/ont/geosparql#wktLiteral> AS ?w) {}', "geojson"),
        ("DESCRIBE <https://example.org/alps>", "graphml"),
    ],
)
def test_files_are_representations_like_the_others(client: TestClient, query: str, name: str) -> None:
    asked, plain = {"query": query, "format": name}, {"Accept-Encoding": "identity"}
    first, again = (client.get("/sparql", params=asked, headers=plain) for _ in "ab")
    assert first.content == again.content and first.headers["etag"] == again.headers["etag"]
    assert first.headers["vary"] == "Accept, Accept-Encoding, Origin"
    assert first.headers["content-disposition"] == f'attachment; filename="answer.{name}"'
    head = client.head("/sparql", params=asked, headers=plain)
    assert (head.content, head.headers["etag"]) == (b"", first.headers["etag"])
    assert head.headers["content-length"] == str(len(first.content))
    known = {**plain, "If-None-Match": first.headers["etag"]}
    assert client.get("/sparql", params=asked, headers=known).status_code == 304
    other = client.get("/sparql", params={"query": query, "format": "html"}, headers=known)
    assert other.status_code == 200 and "content-disposition" not in other.headers


def test_a_post_is_not_answered_by_304(client: TestClient) -> None:
    headers = {**CSV, "If-None-Match": tag_of(client)}
    assert client.post("/sparql", data={"query": LABELS}, headers=headers).status_code in (200, 412)


def test_a_write_makes_all_validators_new(make_client: MakeClient) -> None:
    client = make_client(token="secret")
    bearer = {"Authorization": "Bearer secret"}
    before = tag_of(client)
    assert (
        client.post("/update", data={"update": "CLEAR SILENT GRAPH <u:none>"}, headers=bearer).status_code
        == 204
    )
    label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    text = f"INSERT DATA {{ GRAPH <u:g> {{ <https://example.org/alps> {label} 'Alpes' }} }}"
    assert client.post("/update", data={"update": text}, headers=bearer).status_code == 204
    answer = client.get("/sparql", params={"query": LABELS}, headers={**CSV, "If-None-Match": before})
    assert (answer.status_code, answer.text) == (200, "o\r\nAlpen\r\nAlpes\r\nAlps\r\n")
    after = tag_of(client)
    assert after != before
    assert client.post("/update", data={"update": "INSERT DATA { <u:a> }"}, headers=bearer).status_code == 400
    assert tag_of(client) == after, "nothing was written"


VOLATILE: dict[str, str] = {
    "NOW": "SELECT (NOW() AS ?x) {}",
    "now": "SELECT (now() AS ?x) {}",
    "RAND": "SELECT (RAND() AS ?x) {}",
    "UUID": "SELECT (UUID() AS ?x) {}",
    "STRUUID": "SELECT (STRUUID() AS ?x) {}",
    "BNODE": "SELECT (BNODE() AS ?x) {}",
    "without a space": "SELECT(NOW()AS?x){}",
    "in a filter": "ASK { FILTER(RAND() < 2) }",
    "in an order": "SELECT * { ?s ?p ?o } ORDER BY RAND()",
    "in a subquery": "SELECT * { { SELECT (UUID() AS ?x) {} } }",
    "in a template's pattern": "CONSTRUCT { ?s <u:p> ?x } WHERE { ?s ?p ?o BIND(NOW() AS ?x) }",
}


@pytest.mark.parametrize("query", VOLATILE.values(), ids=VOLATILE.keys())
def test_what_may_be_otherwise_next_time_has_no_validator(client: TestClient, query: str) -> None:
    answer = client.get("/sparql", params={"query": query}, headers={"If-None-Match": '"x", *'})
    assert answer.status_code == 200
    assert "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "Accept, Accept-Encoding, Origin"


@pytest.mark.parametrize(
    "query",
    ["ASK { ?now ?rand 'NOW()' }", "ASK { ?s <u:UUID> ?o } # RAND()", "PREFIX now: <u:> ASK { ?s now:x ?o }"],
)
def test_what_only_speaks_of_it_has_one(client: TestClient, query: str) -> None:
    assert tag_of(client, query, "*/*")


def test_errors_have_no_validator_and_are_not_kept(client: TestClient) -> None:
    for target in ("/sparql?query=bad", "/sparql?query=", "/graphs?graph=u:none", "/graphs?graph=x", "/none"):
        answer = client.get(target, headers={"If-None-Match": "*"})
        assert answer.status_code in (400, 404)
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["vary"] == "Accept, Accept-Encoding, Origin"


# ---- other origins ----------------------------------------------------------------------------------------


def test_pages_of_other_origins_may_read_answers_and_errors(client: TestClient) -> None:
    origin = {"Origin": "https://a.example", "Cookie": "a=b"}
    for method, target in (
        ("GET", "/sparql?query=ASK{}"),
        ("HEAD", "/sparql?query=ASK{}"),
        ("GET", "/sparql"),
        ("GET", "/sparql?query=bad"),
        ("POST", "/sparql"),
        ("QUERY", "/sparql"),
        ("PUT", "/sparql"),
        ("GET", "/graphs"),
        ("GET", "/graphs?graph=u:none"),
        ("GET", "/none"),
    ):
        headers = client.request(method, target, headers=origin).headers
        assert headers["access-control-allow-origin"] == "*", (method, target)
        assert "access-control-allow-credentials" not in headers
        assert {"ETag", "Location", "Retry-After"} <= set(
            headers["access-control-expose-headers"].split(", ")
        )
        assert "Origin" in headers["vary"]
        assert "set-cookie" not in headers


def test_a_preflight_request(client: TestClient) -> None:
    asked = {
        "Origin": "https://a.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type, x-other",
    }
    answer = client.options("/sparql", headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, POST, QUERY, OPTIONS"
    assert answer.headers["access-control-allow-headers"] == "Accept, Content-Type, If-None-Match"


# ---- content codings --------------------------------------------------------------------------------------

LONG = (
    "SELECT ?x (CONCAT('https://example.org/', STR(?x)) AS ?y) { VALUES ?x { "
    + " ".join(str(number) for number in range(300))
    + " } }"
)
DECODE: dict[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}
# Accept-Encoding as sent (None: not at all), and the coding of a long answer; None for 406.
CODINGS: dict[str, tuple[str | None, str | None]] = {
    "none": (None, "identity"),
    "empty": ("", "identity"),
    "gzip": ("gzip", "gzip"),
    "Brotli": ("br", "br"),
    "Zstandard": ("zstd", "zstd"),
    "a browser": ("gzip, deflate, br, zstd", "zstd"),
    "weights": ("gzip;q=0.9, br;q=0.5", "gzip"),
    "no gzip": ("gzip;q=0", "identity"),
    "plain text first": ("identity, gzip;q=0.5", "identity"),
    "anything": ("*", "zstd"),
    "no plain text": ("br, identity;q=0", "br"),
    "no plain text by a star": ("gzip, *;q=0", "gzip"),
    "nothing": ("*;q=0", None),
    "only no plain text": ("identity;q=0", None),
    "nothing on offer": ("deflate, identity;q=0", None),
    "nonsense": (";q=,,=gzip;;", "identity"),
}


@pytest.mark.parametrize(("field", "coding"), CODINGS.values(), ids=CODINGS.keys())
@pytest.mark.parametrize(
    ("query", "accept"),
    [
        (LONG, "text/csv"),
        (LONG, "application/sparql-results+json"),
        ("", "text/turtle"),
        (None, "application/trig"),
    ],
    ids=["CSV", "JSON", "the description", "the dataset"],
)
def test_content_codings(
    client: TestClient, query: str | None, accept: str, field: str | None, coding: str | None
) -> None:
    address = "/graphs" if query is None else "/sparql"
    parameters = {"query": query} if query else {}
    plain = client.get(address, params=parameters, headers={"Accept": accept, "Accept-Encoding": "identity"})
    request = client.build_request("GET", address, params=parameters, headers={"Accept": accept})
    del request.headers["accept-encoding"]
    if field is not None:
        request.headers["accept-encoding"] = field
    answer = client.send(request, stream=True)
    raw = b"".join(answer.iter_raw())
    assert "Accept-Encoding" in answer.headers["vary"]
    if coding is None:
        assert answer.status_code == 406
        assert json.loads(raw)["detail"] == (
            "The answer comes in none of the codings asked for. On offer: zstd, br, gzip, identity."
        )
        return
    must = bool(field) and ("identity;q=0" in str(field) or "*;q=0" in str(field))
    expected = coding if must or len(plain.content) >= 1000 else "identity"
    assert answer.headers.get("content-encoding", "identity") == expected
    assert answer.headers["content-length"] == str(len(raw))
    assert DECODE[expected](raw) == plain.content


def test_a_short_answer_is_coded_only_if_it_must_be(client: TestClient) -> None:
    for field, coding in (("gzip", None), ("gzip, identity;q=0", "gzip"), ("br, *;q=0", "br")):
        answer = client.get("/sparql", params={"query": LABELS}, headers={**CSV, "Accept-Encoding": field})
        assert (answer.headers.get("content-encoding"), answer.text) == (coding, ROWS)


def test_errors_are_never_coded_and_pages_as_asked(client: TestClient) -> None:
    for target, accept, coded in (
        ("/sparql?query=bad", "*/*", False),
        ("/", "text/html", True),
        ("/sparql?query=ASK{}", "text/html", True),
    ):
        answer = client.get(target, headers={"Accept": accept, "Accept-Encoding": "gzip"})
        assert ("content-encoding" in answer.headers) is coded
        assert answer.text
        plain = client.get(target, headers={"Accept": accept, "Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert not coded or plain.text == answer.text


def test_who_leaves_before_a_long_text_is_read_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    reading: list[str] = []
    parse = Operation.parse

    def slowly(text: str, *more: Any) -> Operation:
        if len(text) > 20_000:
            reading.append(text)
            time.sleep(0.1)
        return parse(text, *more)

    store = EmbeddedStore()
    app = create_app(Settings(), ThreadStore(store))
    monkeypatch.setattr(Operation, "parse", slowly)
    with listening(cast(App, app)) as port, ExitStack() as stack:
        query = "SELECT * { VALUES ?x { " + "1 " * 15_000 + "} }"
        for _ in range(10):
            stack.enter_context(Wire(port)).send(asking(query))
        time.sleep(0.15)
        stack.close()
        time.sleep(1.5)
    store.close()
    assert 1 <= len(reading) <= 6
