"""Heads, beginnings and ends of answers: those of servers that are well pass, others do not."""

import pytest

from kg.errors import RemoteError, Timeout
from kg.media import CSV, FORMATS, JSON, JSONLD, NQUADS, NTRIPLES, RDFXML, TRIG, TSV, TURTLE, XML, Format
from kg.store.soundness import check_begin, check_end, check_head

WHOLE: list[tuple[Format, bytes]] = [
    (JSON, b'{"head":{},"boolean":true}'),
    (JSON, b' \n{ "results": { "bindings": [] } }\n\n'),
    (JSON, b"\xef\xbb\xbf{}"),
    (XML, b'<?xml version="1.0"?><sparql></sparql>\n'),
    (XML, b'<?xml version="1.0"?><r:sparql></r:sparql>'),
    (CSV, b"o\r\n"),
    (CSV, b"true"),
    (TSV, b"?o\n<u:x>\n"),
    (TURTLE, b""),
    (TURTLE, b"# Empty TURTLE\n"),
    (TURTLE, b"@prefix u: <u:> .\nu:a u:b u:c .\n# end"),
    (TURTLE, b"PREFIX u: <u:>\n"),
    (NTRIPLES, b"<u:a> <u:b> <u:c> .\n"),
    (NTRIPLES, b"# Empty NT\n"),
    (NQUADS, b"<u:a> <u:b> <u:c> <u:g> .\n"),
    (TRIG, b"<u:g> {\n\t<u:a> <u:b> <u:c>\n}\n"),
    (JSONLD, b"[]"),
    (JSONLD, b'{"@graph": []}'),
    (RDFXML, b'<?xml version="1.0"?>\n<rdf:RDF></rdf:RDF>\n'),
    (RDFXML, b'<rdf:RDF xmlns:rdf="x"/>'),
]
CUT: list[tuple[Format, bytes]] = [
    (JSON, b'{"results": {"bindings": [{}, '),
    (JSON, b'{"results": {"bindings": [{}The operation was cancelled'),
    (JSON, b""),
    (XML, b"<sparql><results>"),
    (XML, b""),
    (CSV, b"o\r\n1"),
    (CSV, b""),
    (TSV, b"?o\n1\nTimed out"),
    (TURTLE, b"<u:a> <u:b> <u:c> ;"),
    (NTRIPLES, b"<u:a> <u:b> <u:c"),
    (NQUADS, b"<u:a> <u:b> <u:c> <u:g> .\nThe operation was cancelled"),
    (TRIG, b"<u:g> {\n\t<u:a> <u:b> "),
    (JSONLD, b'[{"@id": "u:a"},'),
    (RDFXML, b"<rdf:RDF><rdf:Description>"),
]


@pytest.mark.parametrize(("format", "data"), WHOLE)
def test_a_whole_answer_passes(format: Format, data: bytes) -> None:
    check_begin(data, format)
    check_end(data, format)


@pytest.mark.parametrize(("format", "data"), CUT)
def test_a_cut_answer_does_not(format: Format, data: bytes) -> None:
    with pytest.raises(RemoteError, match="does not end as it should"):
        check_end(data, format)


@pytest.mark.parametrize("format", [JSON, XML, RDFXML, JSONLD], ids=lambda row: row.name)
def test_an_answer_that_begins_as_another_format_does_not(format: Format) -> None:
    with pytest.raises(RemoteError, match=f"something else than {format.label}"):
        check_begin(b"Error: no", format)


@pytest.mark.parametrize("format", FORMATS, ids=lambda row: row.name)
def test_a_head_that_is_right_passes(format: Format) -> None:
    for media_type in (format.media_type, *format.aliases, format.content_type, format.media_type.upper()):
        check_head({"content-type": media_type, "content-length": "5"}, format)
    check_head({"content-type": format.media_type, "transfer-encoding": "Chunked"}, format)


HEADS: dict[str, tuple[dict[str, str], type[Exception]]] = {
    "another type": ({"content-type": "text/html"}, RemoteError),
    "no type": ({"content-type": ""}, RemoteError),
    "a type in pieces": ({"content-type": "text/csv; charset*1*=a; charset*0=b; charset"}, RemoteError),
    "another character set": ({"content-type": "text/csv; charset=utf-16"}, RemoteError),
    "a coding": ({"content-encoding": "br"}, RemoteError),
    "no end": ({"content-length": ""}, RemoteError),
    "a part, of Virtuoso": ({"x-sql-state": "S1TAT"}, Timeout),
    "rows up to a limit, of Virtuoso": ({"x-sparql-maxrows": "10000"}, Timeout),
}


@pytest.mark.parametrize(("fields", "error"), HEADS.values(), ids=HEADS.keys())
def test_a_head_that_is_not_does_not(fields: dict[str, str], error: type[Exception]) -> None:
    head = {"content-type": "text/csv", "content-length": "5", **fields}
    with pytest.raises(error):
        check_head({name: value for name, value in head.items() if value or name == "content-type"}, CSV)
