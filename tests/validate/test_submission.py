"""Requests for validation, taken apart: parts, formats, prefixes, and faults that name their part."""

from __future__ import annotations

import pytest

from kg.errors import RdfError, UnsupportedMedia
from kg.validate.submission import read_submission

BASE = "https://example.org/validate"
TURTLE = "@prefix ex: <https://example.org/> .\nex:a ex:b 1 ."
MULTIPART = "multipart/form-data; boundary=bound"


def form(*parts: tuple[str, str, str]) -> bytes:
    """Parts by name, further header fields, and text."""
    return (
        "".join(
            f'--bound\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{text}\r\n'
            for name, more, text in parts
        )
        + "--bound--\r\n"
    ).encode()


def test_a_body_is_the_data() -> None:
    found = read_submission(TURTLE.encode(), "text/turtle", BASE)
    assert len(found.data) == 1
    assert found.shapes is None
    assert found.prefixes == {"ex": "https://example.org/"}


def test_a_form_has_data_and_shapes() -> None:
    body = form(("data", "", TURTLE), ("shapes", "", TURTLE + " ex:c ex:d 2 ."))
    found = read_submission(body, MULTIPART, BASE)
    assert (len(found.data), len(found.shapes or ())) == (1, 2)


def test_empty_fields_are_not_there() -> None:
    body = form(("data", '; filename=""', ""), ("data", "", TURTLE), ("shapes", "", " \r\n"))
    assert read_submission(body, MULTIPART, BASE).shapes is None


def test_a_form_may_be_urlencoded() -> None:
    found = read_submission(
        b"data=%3Curn%3Aa%3E+%3Curn%3Ab%3E+1+.", "application/x-www-form-urlencoded", BASE
    )
    assert len(found.data) == 1


def test_relative_names_get_the_address() -> None:
    found = read_submission(b"<#a> <urn:b> 1 .", "text/turtle", BASE)
    assert str(found.data[0].subject) == f"<{BASE}#a>"


def test_blank_nodes_of_data_and_shapes_are_two() -> None:
    body = form(("data", "", "_:a <urn:b> 1 ."), ("shapes", "", "_:a <urn:b> 1 ."))
    found = read_submission(body, MULTIPART, BASE)
    assert found.shapes
    assert found.data[0].subject != found.shapes[0].subject


def test_a_byte_order_mark_does_no_harm() -> None:
    assert read_submission("\ufeff<urn:a> <urn:b> 1 .".encode(), "text/turtle", BASE).data


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ('; filename="x.jsonld"\r\nContent-Type: application/octet-stream', '{"@id": "urn:a", "urn:b": 1}'),
        ("\r\nContent-Type: application/ld+json; charset=UTF-8", '{"@id": "urn:a", "urn:b": 1}'),
        ("", '  {"@id": "urn:a", "urn:b": 1}'),
        ("", '[ {"@id": "urn:a", "urn:b": 1} ]'),
        ("", "[] <urn:b> 1 ."),
        ('; filename="X.NT"', "<urn:a> <urn:b> <urn:c> ."),
        (
            '; filename="x.owl"',
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:u="urn:x:">'
            '<rdf:Description rdf:about="urn:a"><u:b>1</u:b></rdf:Description></rdf:RDF>',
        ),
    ],
)
def test_the_format_is_found(more: str, text: str) -> None:
    assert len(read_submission(form(("data", more, text)), MULTIPART, BASE).data) == 1


@pytest.mark.parametrize("name", ["jsonld", "JSON-LD", "json", "application/ld+json"])
def test_the_format_that_is_named_counts(name: str) -> None:
    body = form(("data", '; filename="x.ttl"', '{"@id": "urn:a", "urn:b": 1}'), ("data-format", "", name))
    assert len(read_submission(body, MULTIPART, BASE).data) == 1


@pytest.mark.parametrize(
    ("parts", "words", "line"),
    [
        ([("data", "", " ")], "The request holds no data.", None),
        ([("shapes", "", TURTLE)], "The request holds no data.", None),
        ([("data", "", TURTLE), ("data", "", TURTLE)], "The request holds 2 parts named data.", None),
        ([("data", "", "\n<urn:a> b")], "The text of the data cannot be read as Turtle: ", 2),
        ([("data", "", TURTLE), ("shapes", "", "a")], "The text of the shapes cannot be read as ", 1),
        ([("data", "", "[" * 101)], "The text of the data is nested more than 100 deep (line 1).", 1),
        ([("data", "", TURTLE), ("data-format", "", "pdf")], "There is no format 'pdf' for the data.", None),
        ([("data", "", TURTLE), ("data-format", "", "csv")], "There is no format 'csv' for the data.", None),
        (
            [("data", "", '{"@context": "http://example.org/", "@id": "urn:a"}')],
            "The text of the data needs a context from another address, and nothing is fetched.",
            None,
        ),
        (
            [("data", "", '{"@id": "urn:g", "@graph": [{"@id": "urn:a", "urn:b": 1}]}')],
            "The text of the data names a graph of its own.",
            None,
        ),
        ([("data", "", "<urn:a> <urn:b> <<( <urn:a> <urn:b> 1 )>> .")], "The text of the data holds", None),
    ],
)
def test_faults_name_the_part(parts: list[tuple[str, str, str]], words: str, line: int | None) -> None:
    with pytest.raises(RdfError) as caught:
        read_submission(form(*parts), MULTIPART, BASE)
    assert caught.value.message.startswith(words)
    assert caught.value.remedy
    assert caught.value.line == line


@pytest.mark.parametrize("more", ["\r\nContent-Type: text/csv", '; filename="x.trig"', '; filename="x.pdf"'])
def test_formats_that_are_not_read(more: str) -> None:
    if "pdf" in more:
        more += "\r\nContent-Type: application/pdf"
    with pytest.raises(UnsupportedMedia, match=r"^The data come as .*, which is not read here\."):
        read_submission(form(("data", more, "x")), MULTIPART, BASE)
