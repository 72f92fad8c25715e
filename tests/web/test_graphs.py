"""The graph store protocol: graphs by name, the default graph, the dataset, and what is not allowed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

MakeClient = Callable[..., TestClient]

TOKEN = "secret"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
TURTLE = {**BEARER, "Content-Type": "text/turtle"}
UNNAMED = '<https://example.org/loose> <https://example.org/note> "unnamed" .'
G1, G2 = "https://example.org/g1", "https://example.org/g2"
TRIPLE = "<u:a> <u:b> <u:c> ."


@pytest.fixture(scope="module", params=["union", "plain"])
def reader(request: pytest.FixtureRequest, make_client: MakeClient, small_data: str) -> TestClient:
    """A server of either kind, with a statement that has no name; nothing is written to it."""
    return make_client(data=f"{small_data}{UNNAMED}\n", token=TOKEN, default_graph=request.param)


@pytest.fixture(params=["union", "plain"])
def writer(request: pytest.FixtureRequest, make_client: MakeClient, small_data: str) -> TestClient:
    """The same, to write to."""
    return make_client(data=f"{small_data}{UNNAMED}\n", token=TOKEN, default_graph=request.param)


@pytest.fixture
def store(make_client: MakeClient, small_data: str) -> TestClient:
    """One server to write to."""
    return make_client(data=f"{small_data}{UNNAMED}\n", token=TOKEN)


def triples(client: TestClient, target: str, **parameters: str) -> list[str]:
    answer = client.get(target, params={**parameters, "format": "nt"} if parameters else None)
    if not parameters:
        answer = client.get(target + ("&" if "?" in target else "?") + "format=nt")
    assert answer.status_code == 200, answer.text
    return sorted(answer.text.splitlines())


def put(client: TestClient, target: str, text: str | bytes = TRIPLE, **headers: str) -> Any:
    return client.put(target, content=text, headers={**TURTLE, **headers})


def post(client: TestClient, target: str, text: str | bytes = TRIPLE, **headers: str) -> Any:
    return client.post(target, content=text, headers={**TURTLE, **headers})


def names(client: TestClient) -> set[str]:
    """The named graphs, as a query sees them."""
    query = "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"
    answer = client.get("/sparql", params={"query": query}, headers={"Accept": "text/csv"})
    return set(answer.text.split("\r\n")[1:-1])


# ---- reading a graph --------------------------------------------------------------------------------------

GRAPH_TYPES: dict[str, tuple[str, str]] = {
    "text/turtle": ("text/turtle; charset=utf-8", "ex:alps a ex:Place"),
    "application/n-triples": ("application/n-triples", "<https://example.org/alps> <http://www.w3.org/"),
    "application/ld+json": ("application/ld+json", '"@id":"https://example.org/alps"'),
    "application/rdf+xml": ("application/rdf+xml", "<rdf:RDF"),
    "*/*": ("text/turtle; charset=utf-8", "ex:alps a ex:Place"),
}


@pytest.mark.parametrize("accept", GRAPH_TYPES)
def test_a_graph_in_every_format(reader: TestClient, accept: str) -> None:
    content_type, held = GRAPH_TYPES[accept]
    answer = reader.get("/graphs", params={"graph": G1}, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert held in answer.text
    assert "Alpen" not in answer.text
    assert answer.headers["vary"] == "Accept, Accept-Encoding, Origin"
    assert answer.headers["access-control-allow-origin"] == "*"


def test_a_graph_has_its_own_triples_only(reader: TestClient) -> None:
    assert triples(reader, "/graphs", graph=G1) == [
        '<https://example.org/Place> <http://www.w3.org/2000/01/rdf-schema#label> "place"@en .',
        "<https://example.org/alps> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
        "<https://example.org/Place> .",
        '<https://example.org/alps> <http://www.w3.org/2000/01/rdf-schema#label> "Alps"@en .',
    ]


def test_the_default_graph_is_what_has_no_name_and_never_the_merge(reader: TestClient) -> None:
    for target in ("/graphs?default", "/graphs?default=", "/graphs/?default", "/graphs?format=nt&default"):
        assert triples(reader, target) == [UNNAMED]


def test_an_empty_default_graph_is_there(make_client: MakeClient) -> None:
    for kind in ("union", "plain"):
        client = make_client(default_graph=kind)
        assert triples(client, "/graphs?default") == []
        assert client.get("/graphs?default").text == ""
        assert client.head("/graphs?default").status_code == 200


def test_a_graph_that_is_not_there(reader: TestClient) -> None:
    for target in ("/graphs?graph=u:none", "/graphs/none", f"/graphs?graph={G1}/"):
        answer = reader.get(target)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
        assert answer.json()["detail"] == "There is no graph of this name. GET /sparql lists the graphs."
        assert answer.headers["cache-control"] == "no-store"
        assert reader.head(target).status_code == 404


def test_head_of_a_graph(reader: TestClient) -> None:
    get, head = (reader.request(method, "/graphs", params={"graph": G1}) for method in ("GET", "HEAD"))
    assert head.content == b""
    assert head.headers.pop("x-request-id") != get.headers.pop("x-request-id")
    assert {**head.headers} == {**get.headers}
    assert int(head.headers["content-length"]) == len(get.content)


def test_formats_that_hold_no_graph(reader: TestClient) -> None:
    for target, accept in ((f"/graphs?graph={G1}", "text/csv"), (f"/graphs?graph={G1}&format=csv", "*/*")):
        answer = reader.get(target, headers={"Accept": accept})
        assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
        assert "On offer: text/turtle, application/n-triples" in answer.json()["detail"]


def test_a_graph_has_a_validator_of_its_own(store: TestClient) -> None:
    one, two = (store.get("/graphs", params={"graph": name}) for name in (G1, G2))
    assert one.headers["etag"] != two.headers["etag"]
    assert one.headers["cache-control"] == "no-cache"
    known = {"If-None-Match": one.headers["etag"]}
    assert store.get("/graphs", params={"graph": G1}, headers=known).status_code == 304
    assert store.get("/graphs", params={"graph": G2}, headers=known).status_code == 200
    assert store.get("/graphs?default", headers=known).status_code == 200
    assert put(store, f"/graphs?graph={G2}").status_code == 204
    assert store.get("/graphs", params={"graph": G1}, headers=known).status_code == 200


# ---- the dataset ------------------------------------------------------------------------------------------

DATASETS: dict[str, tuple[str, ox.RdfFormat]] = {
    "application/trig": ("application/trig", ox.RdfFormat.TRIG),
    "application/n-quads": ("application/n-quads", ox.RdfFormat.N_QUADS),
    "application/ld+json": ("application/ld+json", ox.RdfFormat.JSON_LD),
    "*/*": ("application/trig", ox.RdfFormat.TRIG),
}


@pytest.mark.parametrize("accept", DATASETS)
@pytest.mark.parametrize("target", ["/graphs", "/graphs/"])
def test_the_dataset_holds_each_statement_in_its_graph(
    reader: TestClient, small_data: str, accept: str, target: str
) -> None:
    content_type, reading = DATASETS[accept]
    answer = reader.get(target, headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    expected = ox.Store()
    expected.load(f"{small_data}{UNNAMED}\n".encode(), ox.RdfFormat.N_QUADS)
    found = list(ox.parse(answer.content, format=reading))
    assert len(found) == len(expected), "none twice"
    assert set(found) == set(expected)


@pytest.mark.parametrize("name", ["trig", "nq", "nquads", "jsonld", "json", "application/n-quads"])
def test_the_dataset_by_the_name_of_a_format(reader: TestClient, name: str) -> None:
    answer = reader.get("/graphs", params={"format": name}, headers={"Accept": "image/png"})
    assert answer.status_code == 200
    assert answer.headers["content-type"] in (
        "application/trig",
        "application/n-quads",
        "application/ld+json",
    )
    assert "Alpen" in answer.text


@pytest.mark.parametrize("accept", ["text/turtle", "application/rdf+xml", "text/csv"])
def test_formats_that_hold_no_dataset(reader: TestClient, accept: str) -> None:
    answer = reader.get("/graphs", headers={"Accept": accept})
    assert (answer.status_code, answer.json()["detail"]) == (
        406,
        "The dataset comes in none of the formats asked for. On offer: application/trig, "
        "application/n-quads, application/ld+json.",
    )


# ---- which graph ------------------------------------------------------------------------------------------

FAULTS: dict[str, tuple[str, str]] = {
    "both parameters": ("?default&graph=u:a", "The request names more than one graph."),
    "both, the other way": ("?graph=u:a&default=", "The request names more than one graph."),
    "two graphs": ("?graph=u:a&graph=u:b", "The request names more than one graph."),
    "the same graph twice": ("?graph=u:a&graph=u:a", "The request names more than one graph."),
    "a path and a parameter": ("/a?graph=u:a", "The request names more than one graph."),
    "a path and the default graph": ("/a?default", "The request names more than one graph."),
    "a relative graph": ("?graph=a", "“a” is not the IRI of a graph."),
    "a path for a graph": ("?graph=/a", "“/a” is not the IRI of a graph."),
    "no name": ("?graph=", "“” is not the IRI of a graph."),
    "a space in the name": ("?graph=u:a%20b", "“u:a b” is not the IRI of a graph."),
    "brackets in the name": ("?graph=u:%3Ca%3E", "“u:<a>” is not the IRI of a graph."),
    "more than a name": ("?graph=u:a%3E%20.%20DROP%20ALL%20%23", "“u:a> . DROP ALL #” is not the IRI"),
    "NUL": ("?graph=u:a%00", "“u:a�” is not the IRI of a graph."),
    "a line end": ("?graph=u:a%0D%0AX:y", "“u:a X:y” is not the IRI of a graph."),
    "no UTF-8": ("?graph=u:%FF", "The percent escapes of the request do not spell valid UTF-8."),
    "half a character": (
        "?graph=u:%ED%A0%80",
        "The percent escapes of the request do not spell valid UTF-8.",
    ),
    "a timeout that is none": ("?graph=u:a&timeout=x", "The parameter timeout is 'x'."),
}


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE"])
@pytest.mark.parametrize(("rest", "sentence"), FAULTS.values(), ids=FAULTS.keys())
def test_a_request_for_no_graph_in_particular(
    reader: TestClient, method: str, rest: str, sentence: str
) -> None:
    content = TRIPLE if method in ("PUT", "POST") else None
    answer = reader.request(method, f"/graphs{rest}", content=content, headers=TURTLE)
    assert (answer.status_code, answer.json()["code"]) == (400, "query")
    assert answer.json()["detail"].startswith(sentence)
    assert names(reader) == {G1, G2, "https://example.org/g3"}


@pytest.mark.parametrize("name", ["http://[x", "http://x/%zz", "http://x:port/", "u:\x7f"])
def test_names_that_only_the_engine_knows_to_be_wrong(reader: TestClient, name: str) -> None:
    statuses = {
        method: reader.request(method, "/graphs", params={"graph": name}, headers=BEARER).status_code
        for method in ("GET", "HEAD", "DELETE")
    }
    assert statuses == dict.fromkeys(("GET", "HEAD", "DELETE"), 400)


@pytest.mark.parametrize("name", ["http://[x", "http://x/%zz", "http://x:port/", "u:\x7f"])
def test_bodies_for_names_that_only_the_engine_knows_to_be_wrong(reader: TestClient, name: str) -> None:
    answer = reader.put("/graphs", params={"graph": name}, content=TRIPLE, headers=TURTLE)
    assert (answer.status_code, answer.json()["code"]) == (400, "rdf")


# ---- writing ----------------------------------------------------------------------------------------------


def test_put_makes_a_graph_and_then_replaces_it(writer: TestClient) -> None:
    first = put(writer, "/graphs?graph=u:g", "<u:a> <u:b> 1, 2 .")
    assert (first.status_code, first.content, first.headers["location"]) == (201, b"", "u:g")
    second = put(writer, "/graphs?graph=u:g")
    assert (second.status_code, second.content) == (204, b"")
    assert "location" not in second.headers
    assert triples(writer, "/graphs", graph="u:g") == [TRIPLE]
    assert triples(writer, "/graphs?default") == [UNNAMED]


def test_post_makes_a_graph_and_then_adds_to_it(writer: TestClient) -> None:
    assert post(writer, "/graphs?graph=u:g", "<u:a> <u:b> <u:d> .").status_code == 201
    assert post(writer, "/graphs?graph=u:g").status_code == 204
    assert post(writer, "/graphs?graph=u:g").status_code == 204
    assert triples(writer, "/graphs", graph="u:g") == [TRIPLE, "<u:a> <u:b> <u:d> ."]


def test_the_default_graph_can_be_written(writer: TestClient) -> None:
    for answer in (post(writer, "/graphs?default"), put(writer, "/graphs?default", "<u:x> <u:y> <u:z> .")):
        assert (answer.status_code, answer.content) == (204, b"")
    assert triples(writer, "/graphs?default") == ["<u:x> <u:y> <u:z> ."]
    assert writer.delete("/graphs?default", headers=BEARER).status_code == 204
    assert triples(writer, "/graphs?default") == []
    assert writer.delete("/graphs?default", headers=BEARER).status_code == 204
    assert names(writer) == {G1, G2, "https://example.org/g3"}


def test_a_graph_that_is_dropped_is_gone(writer: TestClient) -> None:
    answer = writer.delete("/graphs", params={"graph": G2}, headers=BEARER)
    assert (answer.status_code, answer.content) == (204, b"")
    assert writer.get("/graphs", params={"graph": G2}).status_code == 404
    again = writer.delete("/graphs", params={"graph": G2}, headers=BEARER)
    assert (again.status_code, again.json()["code"]) == (404, "not-found")
    assert names(writer) == {G1, "https://example.org/g3"}
    found = writer.get(
        "/sparql", params={"query": "ASK { { ?s ?p 'Alpen'@de } UNION { GRAPH ?g { ?s ?p 'Alpen'@de } } }"}
    )
    assert found.json()["boolean"] is False


def test_an_empty_graph_is_a_graph(writer: TestClient) -> None:
    assert put(writer, "/graphs?graph=u:empty", "").status_code == 201
    assert triples(writer, "/graphs", graph="u:empty") == []
    assert put(writer, "/graphs?graph=u:empty", "# nothing").status_code == 204


def test_the_whole_store_cannot_be_replaced_or_removed(reader: TestClient) -> None:
    for method in ("PUT", "DELETE"):
        for target in ("/graphs", "/graphs/"):
            answer = reader.request(method, target, content=TRIPLE, headers=TURTLE)
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
            assert answer.json()["detail"] == (
                "All graphs at once cannot be replaced or removed here. "
                "Name a graph by ?graph=IRI, or ?default."
            )
    assert reader.patch("/graphs", headers=TURTLE).headers["allow"] == "GET, HEAD, POST, PUT, DELETE, OPTIONS"


def test_a_new_graph_gets_an_address(store: TestClient) -> None:
    places = []
    for target in ("/graphs", "/graphs/"):
        answer = post(store, target, "<> <u:b> <#c> .")
        place = answer.headers["location"]
        assert answer.status_code == 201
        assert place.startswith("http://testserver/graphs/")
        assert len(place.rpartition("/")[2]) == 24
        assert triples(store, place.removeprefix("http://testserver")) == [f"<{place}> <u:b> <{place}#c> ."]
        assert triples(store, "/graphs", graph=place) == [f"<{place}> <u:b> <{place}#c> ."]
        places.append(place)
    assert len(set(places)) == 2
    assert store.delete(places[0], headers=BEARER).status_code == 204


def test_a_new_graph_has_the_public_address(make_client: MakeClient) -> None:
    client = make_client(token=TOKEN, public_url="https://example.org/kg")
    place = post(client, "/graphs", Host="evil.example").headers["location"]
    assert place.startswith("https://example.org/kg/graphs/")
    assert triples(client, place.removeprefix("https://example.org/kg")) == [TRIPLE]


# A path, and the name of the graph that it means.
DIRECT: dict[str, tuple[str, str]] = {
    "a word": ("/graphs/a", "http://testserver/graphs/a"),
    "steps": ("/graphs/a/b/c", "http://testserver/graphs/a/b/c"),
    "a slash at the end": ("/graphs/a/", "http://testserver/graphs/a/"),
    "escapes": ("/graphs/caf%C3%A9%20au%20lait", "http://testserver/graphs/caf%C3%A9%20au%20lait"),
    "an escaped slash": ("/graphs/a%2Fb", "http://testserver/graphs/a%2Fb"),
    "its own name once more": ("/graphs/graphs/a", "http://testserver/graphs/graphs/a"),
    "signs": ("/graphs/a:b;c=d,e", "http://testserver/graphs/a:b;c=d,e"),
}


@pytest.mark.parametrize(("path", "name"), DIRECT.values(), ids=DIRECT.keys())
def test_a_graph_by_its_own_address(store: TestClient, path: str, name: str) -> None:
    made = put(store, path, "<> <u:b> <c> .")
    assert (made.status_code, made.headers["location"]) == (201, name)
    expected = [f"<{name}> <u:b> <{name[: name.rindex('/')]}/c> ."]
    assert triples(store, path) == triples(store, "/graphs", graph=name) == expected
    assert name in names(store)
    assert post(store, path).status_code == 204
    assert len(triples(store, path)) == 2
    assert store.delete(path, headers=BEARER).status_code == 204
    assert store.get(path).status_code == 404


def test_a_slash_at_the_end_makes_another_graph(store: TestClient) -> None:
    assert put(store, "/graphs/a").status_code == 201
    assert store.get("/graphs/a/").status_code == 404


def test_an_escaped_letter_in_the_path_changes_nothing(store: TestClient) -> None:
    assert store.get("/%67raphs/none").status_code == 404
    assert post(store, "/%67raphs/a").headers["location"].endswith("/graphs/a")


def test_a_graph_may_be_made_anywhere(store: TestClient) -> None:
    for name in (
        "urn:uuid:0a",
        "tag:example.org,2026:a",
        "http://x/?a=b&c=d#e",
        "u:%C3%A9+",
        "u:" + "x" * 3000,
    ):
        made = put(store, f"/graphs?graph={quote(name, safe='')}")
        assert (made.status_code, made.headers["location"]) == (201, name)
        assert triples(store, "/graphs", graph=name) == [TRIPLE]


@pytest.mark.parametrize("name", ["https://example.org/東京", "https://example.org/Größe"])
@pytest.mark.parametrize("method", ["PUT", "POST"])
def test_a_name_in_other_letters(store: TestClient, name: str, method: str) -> None:
    made = store.request(method, "/graphs", params={"graph": name}, content=TRIPLE, headers=TURTLE)
    assert made.status_code == 201
    assert made.headers["location"] == quote(name, safe=":/")
    assert triples(store, "/graphs", graph=name) == [TRIPLE]


def test_names_in_other_letters_that_are_there_already(store: TestClient) -> None:
    text = f"INSERT DATA {{ GRAPH <https://example.org/東京> {{ {TRIPLE} }} }}"
    assert store.post("/update", data={"update": text}, headers=BEARER).status_code == 204
    answer = store.put(
        "/graphs", params={"graph": "https://example.org/東京"}, content="<u:x> <u:y> '☃' .", headers=TURTLE
    )
    assert answer.status_code == 204
    assert triples(store, "/graphs", graph="https://example.org/東京") == ['<u:x> <u:y> "☃" .']


# ---- bodies -----------------------------------------------------------------------------------------------

BODIES: dict[str, tuple[str, str]] = {
    "Turtle": ("text/turtle", "@prefix : <u:> . :a :b :c ."),
    "Turtle in UTF-8": ("text/turtle; charset=UTF-8", TRIPLE),
    "N-Triples": ("application/n-triples", TRIPLE),
    "JSON-LD": ("application/ld+json", '{"@id": "u:a", "u:b": {"@id": "u:c"}}'),
    "JSON-LD with a context": (
        "application/ld+json",
        '{"@context": {"b": {"@id": "u:b", "@type": "@id"}}, "@id": "u:a", "b": "u:c"}',
    ),
    "RDF/XML": (
        "application/rdf+xml",
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:u="u:"><rdf:Description '
        'rdf:about="u:a"><u:b rdf:resource="u:c"/></rdf:Description></rdf:RDF>',
    ),
}


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize(("media_type", "text"), BODIES.values(), ids=BODIES.keys())
def test_bodies_in_every_format(store: TestClient, method: str, media_type: str, text: str) -> None:
    headers = {**BEARER, "Content-Type": media_type}
    answer = store.request(method, "/graphs?graph=u:g", content=text, headers=headers)
    assert answer.status_code == 201, answer.text
    assert triples(store, "/graphs", graph="u:g") == [TRIPLE]


def test_a_form_of_several_parts(writer: TestClient) -> None:
    parts = {
        "a": ("a.ttl", "<u:a> <u:b> <u:c> .", "text/turtle"),
        "b": ("b.nt", "<u:d> <u:e> <u:f> .", "application/n-triples"),
        "c": ("c.jsonld", json.dumps({"@id": "u:g", "u:h": "i"}), "application/ld+json"),
    }
    for method, status in (("POST", 201), ("PUT", 204)):
        answer = writer.request(method, "/graphs?graph=u:m", files=parts, headers=BEARER)
        assert answer.status_code == status
        assert triples(writer, "/graphs", graph="u:m") == [TRIPLE, "<u:d> <u:e> <u:f> .", '<u:g> <u:h> "i" .']
    made = writer.post("/graphs", files=parts, headers=BEARER)
    assert made.status_code == 201
    assert len(triples(writer, made.headers["location"].removeprefix("http://testserver"))) == 3


REFUSED: dict[str, tuple[str, bytes, int, str, str]] = {
    "no media type": ("", TRIPLE.encode(), 415, "unsupported-media", "The body has no Content-Type"),
    "plain text": (
        "text/plain",
        TRIPLE.encode(),
        415,
        "unsupported-media",
        "The body is text/plain, which is not",
    ),
    "a form": (
        "application/x-www-form-urlencoded",
        b"a=b",
        415,
        "unsupported-media",
        "The body is application/x-",
    ),
    "a dataset": (
        "application/trig",
        TRIPLE.encode(),
        415,
        "unsupported-media",
        "The body is application/trig",
    ),
    "solutions": ("text/csv", b"a,b", 415, "unsupported-media", "The body is text/csv"),
    "another character set": (
        "text/turtle; charset=utf-16",
        TRIPLE.encode("utf-16"),
        415,
        "unsupported-media",
        "The body is in utf-16.",
    ),
    "no Turtle": ("text/turtle", b"<u:a> <u:b", 400, "rdf", "The body cannot be read as Turtle: "),
    "half of it": ("text/turtle", TRIPLE.encode() * 100 + b"<u:a>", 400, "rdf", "The body cannot be read as"),
    "no UTF-8": ("text/turtle", b"<u:a> <u:b> '\xff' .", 400, "rdf", "The body is not valid UTF-8: byte 14"),
    "NUL": ("text/turtle", b"<u:a> <u:b> '\x00' .", 400, "rdf", "The body holds a NUL character, number 14."),
    "a document type": (
        "application/rdf+xml",
        b'<!DOCTYPE r [<!ENTITY a "b">]><r/>',
        400,
        "rdf",
        "The body has a document type declaration",
    ),
    "a graph of its own": (
        "application/ld+json",
        b'{"@id": "u:g", "@graph": [{"@id": "u:a", "u:b": "c"}]}',
        400,
        "rdf",
        "The body names a graph of its own.",
    ),
    "a context elsewhere": (
        "application/ld+json",
        b'{"@context": "http://127.0.0.1:9/c", "@id": "u:a", "u:b": "c"}',
        400,
        "rdf",
        "The body needs a context from another address, and nothing is fetched.",
    ),
    "a form without its boundary": ("multipart/form-data", b"--x--", 400, "rdf", "The form "),
    "a part of no type": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n<u:a> <u:b> 1 .\r\n--x--\r\n',
        415,
        "unsupported-media",
        "The body has no Content-Type",
    ),
    "one part of two": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Type: text/turtle\r\n\r\n<u:a> <u:b> 1 .\r\n"
        b"--x\r\nContent-Type: text/turtle\r\n\r\n<u:a> <u:b>\r\n--x--\r\n",
        400,
        "rdf",
        "The body cannot be read as Turtle",
    ),
}


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("target", ["?graph=u:new", f"?graph={G1}", "?default"])
@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_a_body_that_is_refused_changes_nothing(
    reader: TestClient, method: str, target: str, case: tuple[str, bytes, int, str, str]
) -> None:
    media_type, data, status, code, sentence = case
    headers = {**BEARER, **({"Content-Type": media_type} if media_type else {})}
    before = reader.get("/graphs?format=nq").text
    answer = reader.request(method, f"/graphs{target}", content=data, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["detail"].startswith(sentence)
    assert "access-control-allow-origin" not in answer.headers
    assert reader.get("/graphs?format=nq").text == before


def test_a_coded_body_is_refused(reader: TestClient) -> None:
    answer = put(reader, "/graphs?graph=u:new", b"\x1f\x8b", **{"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["detail"]) == (
        415,
        "The body is compressed. Send it without Content-Encoding.",
    )


# ---- options and other origins ----------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["/graphs", "/graphs/a", f"/graphs?graph={G1}", "/graphs?default"])
def test_other_origins_may_read_and_not_write(reader: TestClient, target: str) -> None:
    origin = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
    answer = reader.options(target, headers=origin)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, POST, PUT, DELETE, OPTIONS"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert "authorization" not in answer.headers["access-control-allow-headers"].lower()
    assert reader.get(target, headers=origin).headers["access-control-allow-origin"] == "*"
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        refused = reader.request(method, target, headers=origin)
        assert refused.status_code in (401, 405)
        assert not [name for name in refused.headers if name.startswith("access-control")]
