"""The SPARQL 1.1 protocol for queries, and the service description."""

import json
from collections.abc import Callable
from urllib.parse import quote_plus

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

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
        "This endpoint only reads",
    ),
    "an update in the address": (
        "GET",
        "?update=CLEAR+ALL",
        "",
        b"",
        403,
        "forbidden",
        "This endpoint only reads",
    ),
    "an update as a body": (
        "POST",
        "",
        "application/sparql-update",
        b"CLEAR ALL",
        403,
        "forbidden",
        "This endpoint only reads",
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
        "The query cannot be evaluated: The custom function <u:f> is not supported.",
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
        "line": 4,
        "column": 1,
    }


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "BREW"])
def test_other_methods(client: TestClient, method: str) -> None:
    answer = client.request(method, "/sparql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
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
    assert values(store, service, SD + "feature") == {SD + "UnionDefaultGraph"}
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
    assert values(store, f"{ENDPOINT}#service", SD + "feature") == set()
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
