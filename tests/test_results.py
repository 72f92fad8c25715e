"""Answers as bytes: each format exactly, in the same order every time."""

import importlib
import io
import json
import warnings
from datetime import datetime
from typing import Any

import networkx as nx
import openpyxl
import pyoxigraph as ox
import pytest
from shapely.geometry import Point, shape

from kg import media, results, vocab
from kg.errors import NotAcceptable, ResultTooLarge
from kg.media import Format

# Each has the name of the function that it is for.
sheet_module, features_module, network_module = (
    importlib.import_module(f"kg.results.{name}") for name in ("sheet", "features", "network")
)

DATA = """\
<http://x/b> <http://x/p> "two\\nlines, \\"quoted\\""@en .
<http://x/a> <http://y/q> <http://x/b> .
<http://x/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://y/C> .
<http://x/a> <http://x/p> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .
"""
PREFIXES = {
    "x": "http://x/",
    "y": "http://y/",
    "never": "http://never/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


def made(query: str, format: Format, data: str = DATA) -> bytes:
    store = ox.Store()
    store.load(data.encode(), ox.RdfFormat.TURTLE)
    found = store.query(query)
    assert isinstance(found, ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples)
    sink = io.BytesIO()
    results.write(found, format, PREFIXES, sink, store)
    return sink.getvalue()


def answer(query: str, format: Format) -> str:
    return made(query, format).decode()


ROWS = "SELECT ?o ?none { <http://x/b> ?p ?o }"


def test_json() -> None:
    assert answer(ROWS, media.JSON) == (
        '{"head":{"vars":["o","none"]},"results":{"bindings":[{"o":{"type":"literal",'
        '"value":"two\\nlines, \\"quoted\\"","xml:lang":"en"}}]}}'
    )


def test_csv() -> None:
    assert answer(ROWS, media.CSV) == 'o,none\r\n"two\nlines, ""quoted""",\r\n'


def test_tsv() -> None:
    assert answer(ROWS, media.TSV) == '?o\t?none\n"two\\nlines, \\"quoted\\""@en\t\n'


def test_xml() -> None:
    assert '<binding name="o"><literal xml:lang="en">two\nlines, &quot;quoted&quot;</literal>' in answer(
        ROWS, media.XML
    )


@pytest.mark.parametrize(
    ("format", "text"),
    [
        (media.JSON, '{"head":{},"boolean":true}'),
        (media.CSV, "true"),
        (media.TSV, "true"),
        (
            media.XML,
            '<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#">'
            "<head></head><boolean>true</boolean></sparql>",
        ),
    ],
)
def test_ask(format: Format, text: str) -> None:
    assert answer("ASK { ?s ?p ?o }", format) == text


ALL = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"


def test_turtle_is_sorted_and_has_the_prefixes_it_uses() -> None:
    assert answer(ALL, media.TURTLE) == (
        "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
        "@prefix x: <http://x/> .\n"
        "@prefix y: <http://y/> .\n"
        "x:a a y:C ;\n\tx:p 7 ;\n\ty:q x:b .\n"
        'x:b x:p "two\\nlines, \\"quoted\\""@en .\n'
    )


def test_n_triples_are_sorted() -> None:
    assert answer(ALL, media.NTRIPLES).splitlines() == [
        "<http://x/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://y/C> .",
        '<http://x/a> <http://x/p> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .',
        "<http://x/a> <http://y/q> <http://x/b> .",
        '<http://x/b> <http://x/p> "two\\nlines, \\"quoted\\""@en .',
    ]


@pytest.mark.parametrize("format", media.GRAPH_FORMATS, ids=lambda row: row.name)
def test_every_graph_format_reads_back(format: Format) -> None:
    read = ox.parse(answer(ALL, format), results.RDF_FORMATS[format.name])
    wrote = ox.parse(DATA, ox.RdfFormat.N_TRIPLES)
    assert {quad.triple for quad in read} == {quad.triple for quad in wrote}


def test_large_answers_are_written_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "SORTED_UP_TO", 2)
    text = answer(ALL, media.NTRIPLES)
    assert sorted(text.splitlines()) == sorted(answer(ALL, media.NTRIPLES).splitlines())
    assert len(text.splitlines()) == 4


def test_what_a_format_cannot_hold_is_refused() -> None:
    with pytest.raises(NotAcceptable, match="CSV cannot hold the triples"):
        answer(ALL, media.CSV)
    with pytest.raises(NotAcceptable, match="Turtle cannot hold the answer to a SELECT or ASK"):
        answer(ROWS, media.TURTLE)
    with pytest.raises(NotAcceptable, match=r"TriG cannot hold the triples"):
        answer(ALL, media.TRIG)
    with pytest.raises(NotAcceptable, match=r"JSON-LD cannot hold this answer, which has triple terms\."):
        answer("CONSTRUCT { ?s ?p <<( ?s ?p ?o )>> } WHERE { ?s ?p ?o }", media.JSONLD)


def test_solutions_are_written_again_in_another_format() -> None:
    given = b'{"head":{"vars":["a","b"]},"results":{"bindings":[{"a":{"type":"literal","value":"x, y"}}]}}'
    assert results.rewrite(given, media.CSV) == b'a,b\r\n"x, y",\r\n'
    assert json.loads(results.rewrite(given, media.JSON)) == json.loads(given)
    with pytest.raises(NotAcceptable, match="Turtle cannot hold"):
        results.rewrite(given, media.TURTLE)


def test_no_row_and_no_triple_are_answers() -> None:
    assert answer("SELECT ?x { <u:none> ?p ?x }", media.CSV) == "x\r\n"
    assert answer("CONSTRUCT WHERE { <u:none> ?p ?x }", media.NTRIPLES) == ""
    assert answer("DESCRIBE <u:none>", media.TURTLE) == ""


# ---- sheets


def sheet_of(query: str, data: str = DATA) -> list[list[object]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = openpyxl.load_workbook(io.BytesIO(made(query, media.XLSX, data)))
    assert book.active is not None
    return [[cell.value for cell in row] for row in book.active.rows]


TERMS = """SELECT ?n ?v { VALUES (?n ?v) {
  (1 7) (2 "007"^^xsd:integer) (3 12345678901234567890) (4 1.50) (5 0.1234567890123456) (6 1e3)
  (7 "INF"^^xsd:double) (8 "NaN"^^xsd:double) (9 true) (10 "1"^^xsd:boolean) (11 "maybe"^^xsd:boolean)
  (12 "2024-02-29"^^xsd:date) (13 "2024-02-30"^^xsd:date) (14 "1899-01-01"^^xsd:date)
  (15 "2024-02-29Z"^^xsd:date) (16 "2024-01-01T12:00:00"^^xsd:dateTime)
  (17 "2024-01-01T12:00:00Z"^^xsd:dateTime) (18 "2024-01-01T12:00:00+02:00"^^xsd:dateTime)
  (19 "2024"^^xsd:gYear) (20 "42") (21 "=1+1") (22 <http://x/a>) (23 UNDEF) (24 "1_0"^^xsd:double)
  (25 "٣"^^xsd:integer) (26 "x"^^<http://x/own>) (27 <<( <http://x/a> <http://x/p> 1 )>>)
} }"""


def test_a_sheet_has_numbers_dates_and_truth_where_nothing_is_lost() -> None:
    rows = sheet_of(f"PREFIX xsd: <{vocab.XSD}> {TERMS}")
    assert rows[0] == ["n", "v"]
    assert dict(rows[1:]) == {
        **{1: 7, 2: 7, 3: "12345678901234567890", 4: 1.5, 5: "0.1234567890123456", 6: 1000},
        **{7: "INF", 8: "NaN", 9: True, 10: True, 11: "maybe"},
        **{12: datetime(2024, 2, 29), 13: "2024-02-30", 14: "1899-01-01", 15: "2024-02-29Z"},
        **{16: datetime(2024, 1, 1, 12), 17: datetime(2024, 1, 1, 12), 18: "2024-01-01T12:00:00+02:00"},
        **{19: 2024, 20: "42", 21: "=1+1", 22: "http://x/a", 23: None, 24: "1_0", 25: "٣", 26: "x"},
        27: f'<<( <http://x/a> <http://x/p> "1"^^<{vocab.XSD}integer> )>>',
    }


def test_language_tags_have_a_column_of_their_own() -> None:
    query = 'SELECT ?n ?a ?b { VALUES (?n ?a ?b) { (1 "Alps" 1) (2 "Alpen"@de 2) (3 UNDEF 3) } }'
    assert sheet_of(query) == [
        ["n", "a", "a (language)", "b"],
        [1, "Alps", None, 1],
        [2, "Alpen", "de", 2],
        [3, None, None, 3],
    ]


def test_a_sheet_without_rows_or_columns() -> None:
    assert sheet_of("SELECT ?a { ?a <http://x/never> ?b }") == [["a"]]
    assert sheet_of("SELECT * { <http://x/a> <http://y/q> <http://x/b> }") == []


def test_a_sheet_that_would_be_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet_module, "_CELLS", 6)
    assert len(sheet_of("SELECT ?n { VALUES ?n { 1 2 3 4 5 6 } }")) == 7
    assert len(sheet_of('SELECT ?n { VALUES ?n { "x"@en 2 3 } }')) == 4
    for values in ("1 2 3 4 5 6 7", '1 2 3 "x"@en'):
        with pytest.raises(ResultTooLarge, match="A sheet made here holds 6 cells, and this answer has more"):
            made(f"SELECT ?n {{ VALUES ?n {{ {values} }} }}", media.XLSX)
    with pytest.raises(ResultTooLarge, match="this answer has more"):
        made("SELECT * { VALUES () { () () () () () () () } }", media.XLSX)
    with pytest.raises(ResultTooLarge, match=r"row 1 has 40,000"):
        made('SELECT ?a { BIND(REPLACE(STR(1), "1", "%s") AS ?a) }' % ("x" * 40_000), media.XLSX)


# ---- places

GEO = f"PREFIX geo: <{vocab.GEO}> "
PLACES = """@prefix geo: <http://www.opengis.net/ont/geosparql#> . @prefix x: <http://x/> .
x:park geo:hasDefaultGeometry x:shape ; x:name "Park"@en , "Parque"@es ; x:area 12.5 .
x:shape geo:asWKT "POINT (1 2)"^^geo:wktLiteral .
x:town geo:hasGeometry [ geo:asGeoJSON '{"type": "Point", "coordinates": [3, 4]}'^^geo:geoJSONLiteral ] .
x:idea x:about x:park .
"""


def places(query: str) -> list[dict[str, Any]]:
    found = json.loads(made(GEO + query, media.GEOJSON, PLACES))
    assert found["type"] == "FeatureCollection"
    assert all(feature["type"] == "Feature" for feature in found["features"])
    features: list[dict[str, Any]] = found["features"]
    return features


def test_a_geometry_makes_a_feature_and_the_rest_are_its_properties() -> None:
    query = "SELECT ?p ?w ?name ?area { ?p geo:hasDefaultGeometry/geo:asWKT ?w ; <http://x/name> ?name ; "
    found = places(query + "<http://x/area> ?area } ORDER BY ?name")
    assert [shape(item["geometry"]).equals(Point(1, 2)) for item in found] == [True, True]
    assert found[0]["properties"] == {
        **{"p": "http://x/park", "name": "Park", "name (language)": "en", "area": 12.5},
    }


def test_a_thing_with_a_geometry_in_the_store_is_a_place() -> None:
    found = places("SELECT ?idea ?p { ?p ?has ?g . OPTIONAL { ?idea <http://x/about> ?p } }")
    where = {item["properties"]["p"]: item["geometry"] for item in found}
    assert where["http://x/park"] == {"type": "Point", "coordinates": [1, 2]}
    assert where["http://x/town"] == {"type": "Point", "coordinates": [3, 4]}
    assert where["http://x/shape"] is None
    assert {item["properties"]["idea"] for item in found} == {"http://x/idea", None}


def test_dates_and_large_numbers_stay_as_they_are_written() -> None:
    values = '("POINT (1 2)"^^geo:wktLiteral "2024-01-01"^^xsd:date 1e400 true)'
    query = f"SELECT * {{ VALUES (?w ?d ?n ?t) {{ {values} }} }}"
    (found,) = places(f"PREFIX xsd: <{vocab.XSD}> {query}")
    assert found["properties"] == {"d": "2024-01-01", "n": "INF", "t": True}


@pytest.mark.parametrize("query", ["SELECT ?s { ?s ?p ?n FILTER(false) }", "SELECT (1 AS ?n) {}"])
def test_an_answer_without_a_place_is_refused(query: str) -> None:
    with pytest.raises(NotAcceptable, match="no variable is bound to a geometry"):
        places(query)


def test_a_geometry_that_geojson_cannot_hold_is_refused_by_its_row() -> None:
    values = '"POINT (1 2)"^^geo:wktLiteral "<http://x/crs> POINT (1 2)"^^geo:wktLiteral'
    with pytest.raises(NotAcceptable, match=r"row 2 of this answer\. This is no geometry in WGS 84"):
        places(f"SELECT ?w {{ VALUES ?w {{ {values} }} }}")


def test_too_much_for_one_geojson_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features_module, "_MOST", 100)
    with pytest.raises(ResultTooLarge, match="longer than 100 bytes"):
        places('SELECT ?w ?a { VALUES ?w { "POINT (1 2)"^^geo:wktLiteral } BIND("long" AS ?a) }')


# ---- networks


def network_of(query: str, data: str = DATA) -> nx.MultiDiGraph:
    found = nx.parse_graphml(made(query, media.GRAPHML, data).decode(), force_multigraph=True)
    assert isinstance(found, nx.MultiDiGraph)
    return found


NETWORK = """@prefix x: <http://x/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
x:a a x:Kind ; rdfs:label "A & <b>"@en , "Ah"@de ; x:n 7 ; x:d 1.5 ; x:many 1 , 2 ; x:ok true .
x:a x:to x:b , [ x:n 8 ] .
x:b rdfs:label "B" ; x:n 9 ; x:d 2 ; x:many 3 ; x:to x:a . x:Kind rdfs:label "kind of thing"@en .
x:to rdfs:label "leads to"@en .
"""


def test_a_network_has_nodes_with_names_kinds_and_literals() -> None:
    found = network_of("CONSTRUCT { ?s ?p ?o } { VALUES ?s { <http://x/a> <http://x/b> } ?s ?p ?o }", NETWORK)
    assert dict(found.nodes["http://x/a"]) == {
        **{"label": "A & <b>", "kind": "kind of thing", "iri": "http://x/a", "x:n": 7, "x:d": 1.5},
        **{"x:many": "1 | 2", "x:ok": True},
        "http://www.w3.org/2000/01/rdf-schema#label": "A & <b> (en) | Ah (de)",
    }
    assert (found.nodes["http://x/b"]["x:d"], found.nodes["http://x/b"]["label"]) == (2.0, "B")
    assert sorted((start, end, data["label"]) for start, end, data in found.edges(data=True)) == [
        ("http://x/a", "_:b0", "leads to"),
        ("http://x/a", "http://x/b", "leads to"),
        ("http://x/b", "http://x/a", "leads to"),
    ]
    assert {data["property"] for _, _, data in found.edges(data=True)} == {"http://x/to"}


def test_names_that_the_answer_lacks_come_from_the_store() -> None:
    found = network_of("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(?p = <http://x/to>) }", NETWORK)
    assert found.nodes["http://x/a"]["label"] == "A & <b>"
    assert found.nodes["http://x/a"]["kind"] == "kind of thing"
    assert "x:n" not in found.nodes["http://x/a"]


def test_two_links_between_the_same_nodes_stay_two() -> None:
    data = "<http://x/a> <http://x/p> <http://x/b> ; <http://x/q> <http://x/b> ."
    assert network_of("CONSTRUCT WHERE { ?s ?p ?o }", data).number_of_edges() == 2
    assert network_of("CONSTRUCT { ?s ?p ?p } { ?s ?p ?o }", data).number_of_nodes() == 3


def test_blank_nodes_of_the_answer_have_the_same_names_each_time() -> None:
    query = "CONSTRUCT { ?s <http://x/has> [ <http://x/p> ?o ] } { ?s <http://x/p> ?o }"
    assert made(query, media.GRAPHML) == made(query, media.GRAPHML)
    assert b'id="_:b0"' in made(query, media.GRAPHML)


def test_an_empty_network() -> None:
    assert network_of("CONSTRUCT WHERE { ?s <http://x/never> ?o }").number_of_nodes() == 0


def test_what_graphml_cannot_hold_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NotAcceptable, match="control character"):
        made("CONSTRUCT WHERE { ?s ?p ?o }", media.GRAPHML, '<http://x/a> <http://x/p> "\\u0007" .')
    with pytest.raises(NotAcceptable, match="triple terms"):
        triple = "<<( <http://x/a> <http://x/p> 1 )>>"
        made("CONSTRUCT WHERE { ?s ?p ?o }", media.GRAPHML, f"<http://x/a> <http://x/p> {triple} .")
    monkeypatch.setattr(network_module, "_MOST", 3)
    with pytest.raises(ResultTooLarge, match="more than 3 triples"):
        made(ALL, media.GRAPHML)


@pytest.mark.parametrize(
    ("query", "format"),
    [(ROWS, media.GRAPHML), (ALL, media.XLSX), (ALL, media.GEOJSON), ("ASK {}", media.XLSX)],
)
def test_files_are_for_some_answers_only(query: str, format: Format) -> None:
    with pytest.raises(NotAcceptable, match=f"{format.label} cannot hold the"):
        made(query, format)
