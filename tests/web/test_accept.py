"""Content negotiation of /sparql, case by case, as a client sees it."""

import pytest
from fastapi.testclient import TestClient

SELECT = "SELECT ?label { <https://example.org/alps> rdfs:label ?label }".replace(
    "rdfs:label", "<http://www.w3.org/2000/01/rdf-schema#label>"
)
ASK = "ASK { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT WHERE { ?s <https://example.org/height> ?o }"
DESCRIBE = "DESCRIBE <https://example.org/alps>"

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
RDFLIB = (
    "application/sparql-results+json, application/sparql-results+xml;q=0.9, text/csv;q=0.5, "
    "application/rdf+xml"
)
JSON = "application/sparql-results+json"
XML = "application/sparql-results+xml"
CSV = "text/csv; charset=utf-8"
TSV = "text/tab-separated-values; charset=utf-8"
TURTLE = "text/turtle; charset=utf-8"
NTRIPLES = "application/n-triples"
JSONLD = "application/ld+json"
RDFXML = "application/rdf+xml"
HTML = "text/html; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GEOJSON = "application/geo+json"
GRAPHML = "application/graphml+xml"

PLACE = (
    'SELECT ?n ?w { BIND("Alps" AS ?n) '
    'BIND("POINT (7.66 45.98)"^^<http://www.opengis.net/ont/geosparql#wktLiteral> AS ?w) }'
)
PANDAS = f"{XLSX}, text/csv;q=0.5"
CHROME = (
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,"
    "application/signed-exchange;v=b3;q=0.7"
)

# What is asked, the Accept field, the Content-Type of the answer (None = 406), and what the answer holds.
CASES: dict[str, tuple[str, str | None, str | None, str]] = {
    "select, no header": (SELECT, None, JSON, '"Alps"'),
    "select, anything": (SELECT, "*/*", JSON, '"xml:lang":"en"'),
    "select, JSON": (SELECT, "application/sparql-results+json", JSON, '"vars":["label"]'),
    "select, plain JSON": (SELECT, "application/json", "application/json", '"vars":["label"]'),
    "select, XML": (SELECT, "application/sparql-results+xml", XML, '<literal xml:lang="en">Alps<'),
    "select, plain XML": (SELECT, "application/xml", "application/xml", "<sparql xmlns="),
    "select, CSV": (SELECT, "text/csv", CSV, "label\r\n"),
    "select, CSV in UTF-8 with its header": (
        SELECT,
        "text/csv; charset=UTF-8; header=present",
        CSV,
        "Alps\r\n",
    ),
    "select, TSV": (SELECT, "text/tab-separated-values", TSV, '"Alps"@en\n'),
    "select, some text": (SELECT, "text/*", CSV, "Alps"),
    "select, weights": (SELECT, "text/csv;q=0.3, application/sparql-results+xml;q=0.7", XML, "Alps"),
    "select, all but JSON": (SELECT, "application/sparql-results+json;q=0, */*;q=0.1", XML, "Alps"),
    "select, as rdflib asks": (SELECT, RDFLIB, JSON, "Alps"),
    "select, a browser": (SELECT, BROWSER, HTML, "<td"),
    "select, HTML less than CSV": (SELECT, "text/html;q=0.5, text/csv", CSV, "Alps"),
    "select, Turtle": (SELECT, "text/turtle", None, "text/csv"),
    "select, an image": (SELECT, "image/png", None, "application/sparql-results+json"),
    "select, nothing at all": (SELECT, "*/*;q=0", None, "text/html"),
    "select, CSV without header": (SELECT, "text/csv;header=absent", None, "text/csv"),
    "select, Excel": (SELECT, XLSX, XLSX, "xl/worksheets/sheet1.xml"),
    "select, Excel in capitals": (SELECT, XLSX.upper(), XLSX, "xl/worksheets/sheet1.xml"),
    "select, Excel before CSV": (SELECT, PANDAS, XLSX, "xl/worksheets/sheet1.xml"),
    "select, CSV before Excel": (SELECT, f"{XLSX};q=0.5, text/csv", CSV, "Alps"),
    "select, Excel and anything": (SELECT, f"{XLSX}, */*;q=0.1", XLSX, "xl/worksheets/sheet1.xml"),
    "select, Excel as good as anything": (SELECT, f"*/*, {XLSX}", XLSX, "xl/worksheets/sheet1.xml"),
    "select, Excel not at all": (SELECT, f"{XLSX};q=0, */*;q=0.1", JSON, "Alps"),
    "select, the Excel of old": (SELECT, "application/vnd.ms-excel", None, XLSX),
    "select, some application": (SELECT, "application/*", JSON, "Alps"),
    "select, Chrome": (SELECT, CHROME, HTML, "<td"),
    "select, places": (PLACE, GEOJSON, GEOJSON, '"coordinates": [7.66, 45.98]'),
    "select, places by the name of old": (
        PLACE,
        "application/vnd.geo+json",
        "application/vnd.geo+json",
        "45.98",
    ),
    "select, no place for a map": (SELECT, GEOJSON, None, "no variable is bound to a geometry"),
    "select, no place, then CSV": (SELECT, f"{GEOJSON}, text/csv;q=0.5", CSV, "Alps"),
    "select, no place, then Excel": (SELECT, f"{GEOJSON}, {XLSX};q=0.5", XLSX, "xl/worksheets/sheet1.xml"),
    "select, no place, then an image": (SELECT, f"{GEOJSON}, image/png", None, "GeoJSON cannot hold"),
    "select, places for a map": (PLACE, f"{GEOJSON}, application/json;q=0.9", GEOJSON, '"n": "Alps"'),
    "select, places, plain JSON": (PLACE, "application/json", "application/json", '"vars":["n","w"]'),
    "select, places, anything": (PLACE, "*/*", JSON, "POINT"),
    "select, places, a browser": (PLACE, BROWSER, HTML, "format=geojson"),
    "select, GraphML": (SELECT, GRAPHML, None, GEOJSON),
    "ask, Excel": (ASK, XLSX, None, "text/csv"),
    "ask, GeoJSON or XML": (ASK, f"{GEOJSON}, application/sparql-results+xml;q=0.1", XML, "true"),
    "construct, GraphML": (CONSTRUCT, GRAPHML, GRAPHML, '<data key="node-label">Alps</data>'),
    "construct, GraphML or RDF/XML": (CONSTRUCT, f"application/rdf+xml;q=0.9, {GRAPHML}", GRAPHML, "4808"),
    "construct, plain XML": (CONSTRUCT, "application/xml", "application/xml", "rdf:RDF"),
    "construct, GeoJSON": (CONSTRUCT, GEOJSON, None, GRAPHML),
    "construct, Excel": (CONSTRUCT, XLSX, None, GRAPHML),
    "describe, GraphML": (DESCRIBE, GRAPHML, GRAPHML, 'id="https://example.org/alps"'),
    "nothing, GraphML": ("", GRAPHML, None, "text/turtle"),
    "ask, no header": (ASK, None, JSON, '"boolean":true'),
    "ask, XML": (ASK, "application/sparql-results+xml", XML, "<boolean>true</boolean>"),
    "ask, CSV": (ASK, "text/csv", CSV, "true"),
    "ask, TSV": (ASK, "text/tab-separated-values", TSV, "true"),
    "ask, a browser": (ASK, BROWSER, HTML, "Yes: true"),
    "ask, N-Triples": (ASK, "application/n-triples", None, "application/sparql-results+xml"),
    "construct, no header": (CONSTRUCT, None, TURTLE, "ex:alps ex:height 4808 ."),
    "construct, anything": (CONSTRUCT, "*/*", TURTLE, "@prefix ex: <https://example.org/> ."),
    "construct, Turtle in UTF-8": (CONSTRUCT, "text/turtle;charset=utf-8", TURTLE, "4808"),
    "construct, N-Triples": (CONSTRUCT, "application/n-triples", NTRIPLES, "<https://example.org/height>"),
    "construct, JSON-LD": (CONSTRUCT, "application/ld+json", JSONLD, '"@id":"https://example.org/alps"'),
    "construct, JSON-LD with a profile": (
        CONSTRUCT,
        'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"',
        JSONLD,
        "4808",
    ),
    "construct, plain JSON": (CONSTRUCT, "application/json", "application/json", '"@id"'),
    "construct, RDF/XML": (CONSTRUCT, "application/rdf+xml", RDFXML, 'rdf:about="https://example.org/alps"'),
    "construct, as rdflib asks": (CONSTRUCT, RDFLIB, RDFXML, "rdf:RDF"),
    "construct, weights": (CONSTRUCT, "text/turtle;q=0.1, application/ld+json;q=0.2", JSONLD, "4808"),
    "construct, a browser": (CONSTRUCT, BROWSER, HTML, "1 triple"),
    "construct, CSV": (CONSTRUCT, "text/csv", None, "text/turtle"),
    "construct, TriG": (CONSTRUCT, "application/trig", None, "application/n-triples"),
    "describe, no header": (DESCRIBE, None, TURTLE, "rdfs:label"),
    "describe, N-Triples": (DESCRIBE, "application/n-triples", NTRIPLES, '"Alpen"@de'),
    "describe, a browser": (DESCRIBE, BROWSER, HTML, "4 triples"),
    "nothing, no header": ("", None, TURTLE, "sd:Service"),
    "nothing, anything": ("", "*/*", TURTLE, "sd:endpoint"),
    "nothing, JSON-LD": ("", "application/ld+json", JSONLD, "sparql-service-description#Service"),
    "nothing, RDF/XML": ("", "application/rdf+xml", RDFXML, "sparql-service-description#"),
    "nothing, N-Triples": ("", "application/n-triples", NTRIPLES, "<http://www.w3.org/ns/formats/Turtle>"),
    "nothing, a browser": ("", BROWSER, HTML, "<textarea"),
    "nothing, CSV": ("", "text/csv", None, "text/turtle"),
}


@pytest.mark.parametrize(("query", "accept", "content_type", "held"), CASES.values(), ids=CASES.keys())
def test_accept(
    client: TestClient, query: str, accept: str | None, content_type: str | None, held: str
) -> None:
    request = client.build_request("GET", "/sparql", params={"query": query} if query else {})
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    answer = client.send(request)
    labels = ", Accept-Language" if content_type == HTML else ""
    assert answer.headers["vary"] == f"Accept, Accept-Encoding, Origin{labels}"
    assert held.replace("rdfs:", "") in answer.text
    if content_type is not None:
        assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    else:
        problem = answer.json()
        assert (answer.status_code, problem["status"], problem["code"]) == (406, 406, "not-acceptable")
        assert "On offer: " in problem["detail"] or "GeoJSON cannot hold" in problem["detail"]


FORMATS = {
    "json": JSON,
    "xml": XML,
    "csv": CSV,
    "TSV": TSV,
    "html": HTML,
}


@pytest.mark.parametrize(("name", "content_type"), FORMATS.items())
def test_format_by_name_goes_before_accept(client: TestClient, name: str, content_type: str) -> None:
    answer = client.get("/sparql", params={"query": SELECT, "format": name}, headers={"Accept": "image/png"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert "Alps" in answer.text


def test_format_by_name_in_a_form(client: TestClient) -> None:
    answer = client.post("/sparql", data={"query": DESCRIBE, "format": "nt"})
    assert answer.headers["content-type"] == NTRIPLES
    assert answer.text.count("\n") == 4


def test_an_empty_format_counts_as_none(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": ASK, "format": ""}, headers={"Accept": "text/csv"})
    assert (answer.headers["content-type"], answer.text) == (CSV, "true")


def test_a_format_that_does_not_exist(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": ASK, "format": "pdf"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == "There is no format 'pdf'. Name one of json, xml, csv, tsv, html."


def test_a_format_that_cannot_hold_the_answer(client: TestClient) -> None:
    answer = client.get("/sparql", params={"query": CONSTRUCT, "format": "csv"})
    assert answer.status_code == 406
    assert answer.json()["detail"] == (
        "The answer to CONSTRUCT comes in none of the formats asked for. On offer: text/turtle, "
        "application/n-triples, application/ld+json, application/rdf+xml, text/html, application/graphml+xml."
    )


def test_several_accept_fields_count_as_one(client: TestClient) -> None:
    answer = client.get(
        "/sparql",
        params={"query": ASK},
        headers=[("Accept", "text/csv;q=0.1"), ("Accept", "text/tab-separated-values")],
    )
    assert answer.headers["content-type"] == TSV


# ---- formats by the names that clients use ----------------------------------------------------------------

# An address, names of formats, and the Content-Type; None for 406.
NAMES: dict[str, tuple[str, tuple[str, ...], str | None]] = {
    "select, json": (SELECT, ("json",), JSON),
    "select, CSV": (SELECT, ("CSV",), CSV),
    "select, xml": (SELECT, ("xml",), XML),
    "select, csv": (SELECT, ("csv",), CSV),
    "select, as SPARQLWrapper asks for JSON": (
        SELECT,
        ("json", "application/sparql-results+json", "text/javascript", "application/json"),
        JSON,
    ),
    "select, as SPARQLWrapper asks for XML": (SELECT, ("xml", "application/sparql-results+xml"), XML),
    "select, a media type": (SELECT, ("application/sparql-results+xml",), XML),
    "select, an encoded media type": (SELECT, ("text/csv",), CSV),
    "select, turtle and then csv": (SELECT, ("turtle", "csv"), CSV),
    "select, words and then csv": (SELECT, ("rdfxml", "word", "csv"), CSV),
    "select, turtle": (SELECT, ("turtle",), None),
    "select, xlsx": (SELECT, ("xlsx",), XLSX),
    "select, geojson": (PLACE, ("geojson",), GEOJSON),
    "select, geojson without a place": (SELECT, ("geojson",), None),
    "select, graphml and then csv": (SELECT, ("graphml", "csv"), CSV),
    "select, graphml": (SELECT, ("graphml",), None),
    "ask, xlsx": (ASK, ("xlsx",), None),
    "construct, graphml": (CONSTRUCT, ("graphml",), GRAPHML),
    "construct, GraphML": (CONSTRUCT, ("GraphML",), GRAPHML),
    "construct, xlsx": (CONSTRUCT, ("xlsx",), None),
    "nothing, graphml": ("", ("graphml",), None),
    "ask, tsv": (ASK, ("tsv",), TSV),
    "construct, turtle": (CONSTRUCT, ("turtle",), TURTLE),
    "construct, n3": (CONSTRUCT, ("n3",), TURTLE),
    "construct, ttl": (CONSTRUCT, ("ttl",), TURTLE),
    "construct, json": (CONSTRUCT, ("json",), JSONLD),
    "construct, json-ld": (CONSTRUCT, ("json-ld",), JSONLD),
    "construct, JSON-LD": (CONSTRUCT, ("JSON-LD",), JSONLD),
    "construct, xml": (CONSTRUCT, ("xml",), RDFXML),
    "construct, rdf": (CONSTRUCT, ("rdf",), RDFXML),
    "construct, rdf+xml": (CONSTRUCT, ("rdf+xml",), RDFXML),
    "construct, rdfxml": (CONSTRUCT, ("rdfxml",), RDFXML),
    "construct, ntriples": (CONSTRUCT, ("ntriples",), NTRIPLES),
    "construct, as SPARQLWrapper asks for RDF/XML": (
        CONSTRUCT,
        ("xml", "application/rdf+xml", "rdf+xml"),
        RDFXML,
    ),
    "construct, trig": (CONSTRUCT, ("trig",), None),
    "construct, html": (CONSTRUCT, ("html",), HTML),
    "describe, nt": (DESCRIBE, ("nt",), NTRIPLES),
    "nothing, json": ("", ("json",), JSONLD),
    "nothing, xml": ("", ("xml",), RDFXML),
    "nothing, html": ("", ("html",), HTML),
    "nothing, csv": ("", ("csv",), None),
}


@pytest.mark.parametrize(("query", "names", "content_type"), NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("accept", ["*/*", "image/png"])
def test_names_of_formats(
    client: TestClient, query: str, names: tuple[str, ...], content_type: str | None, accept: str
) -> None:
    parameters: dict[str, str | list[str]] = {"format": list(names)}
    if query:
        parameters["query"] = query
    answer = client.get("/sparql", params=parameters, headers={"Accept": accept})
    if content_type is None:
        assert (answer.status_code, answer.json()["code"]) == (406, "not-acceptable")
        return
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    if query:
        assert any(held in answer.text for held in ("true", "Alps", "4808", "xl/worksheets/sheet1.xml"))


@pytest.mark.parametrize(("name", "content_type"), [("JSON", JSON), ("Xml", XML)])
def test_names_in_capitals(client: TestClient, name: str, content_type: str) -> None:
    answer = client.get("/sparql", params={"query": SELECT, "format": name})
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)


GRAPH = "https://example.org/g2"
# What is read of the graph store, the Accept field, the Content-Type (None = 406), and what it holds.
STORED: dict[str, tuple[dict[str, str], str | None, str | None, str]] = {
    "a graph, no header": ({"graph": GRAPH}, None, TURTLE, "ex:alps"),
    "a graph, anything": ({"graph": GRAPH}, "*/*", TURTLE, "ex:alps"),
    "a graph, JSON-LD": ({"graph": GRAPH}, "application/ld+json", JSONLD, '"@value":"Alpen"'),
    "a graph, plain JSON": ({"graph": GRAPH}, "application/json", "application/json", '"@value":"Alpen"'),
    "a graph, as rdflib asks": (
        {"graph": GRAPH},
        "application/rdf+xml, text/turtle;q=0.9, application/n-triples;q=0.8",
        RDFXML,
        "Alpen",
    ),
    "a graph, CSV": ({"graph": GRAPH}, "text/csv", None, "text/turtle"),
    "a graph, TriG": ({"graph": GRAPH}, "application/trig", None, "text/turtle"),
    "the default graph, N-Triples": ({"default": ""}, "application/n-triples", NTRIPLES, ""),
    "the dataset, no header": ({}, None, "application/trig", "ex:g2 {"),
    "the dataset, anything": ({}, "*/*", "application/trig", "ex:g2 {"),
    "the dataset, N-Quads": ({}, "application/n-quads", "application/n-quads", f"<{GRAPH}> ."),
    "the dataset, JSON-LD": ({}, "application/ld+json", JSONLD, '"@graph"'),
    "the dataset, weights": ({}, "application/trig;q=0.1, application/n-quads", "application/n-quads", GRAPH),
    "the dataset, a browser": ({}, BROWSER, "application/trig", "ex:g2 {"),
    "the dataset, Turtle": ({}, "text/turtle", None, "application/trig"),
    "the dataset, HTML": ({}, "text/html", None, "application/trig"),
}


@pytest.mark.parametrize(("which", "accept", "content_type", "held"), STORED.values(), ids=STORED.keys())
def test_accept_of_the_graph_store(
    client: TestClient, which: dict[str, str], accept: str | None, content_type: str | None, held: str
) -> None:
    request = client.build_request("GET", "/graphs", params=which)
    del request.headers["accept"]
    if accept is not None:
        request.headers["accept"] = accept
    answer = client.send(request)
    labels = ", Accept-Language" if content_type == HTML else ""
    assert answer.headers["vary"] == f"Accept, Accept-Encoding, Origin{labels}"
    assert held in answer.text
    if content_type is not None:
        assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    else:
        assert answer.status_code == 406
        assert "On offer: " in answer.text
