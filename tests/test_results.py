"""Answers as bytes: each format exactly, in the same order every time."""

import io

import pyoxigraph as ox
import pytest

from kg import media, results
from kg.errors import NotAcceptable
from kg.media import Format

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


def answer(query: str, format: Format) -> str:
    store = ox.Store()
    store.load(DATA.encode(), ox.RdfFormat.N_TRIPLES)
    found = store.query(query)
    assert isinstance(found, ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples)
    sink = io.BytesIO()
    results.write(found, format, PREFIXES, sink)
    return sink.getvalue().decode()


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


def test_no_row_and_no_triple_are_answers() -> None:
    assert answer("SELECT ?x { <u:none> ?p ?x }", media.CSV) == "x\r\n"
    assert answer("CONSTRUCT WHERE { <u:none> ?p ?x }", media.NTRIPLES) == ""
    assert answer("DESCRIBE <u:none>", media.TURTLE) == ""
