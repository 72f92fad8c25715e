"""Bodies of RDF from anybody: what is read, what no parser gets to see, and what is said of faults."""

from __future__ import annotations

import time

import pytest

from kg import media
from kg.errors import KgError, RdfError, UnsupportedMedia
from kg.store.bodies import NESTING, is_read, media_type_of, parts, read_body, refusal

TURTLE, NTRIPLES, JSONLD, RDFXML = (row.media_type for row in media.GRAPH_FORMATS)
FORM = "multipart/form-data; boundary=cut"
BASE = "http://base.example/a/b"
NAMESPACES = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:u="u:"'


def read(body: bytes | str, content_type: str = TURTLE) -> list[str]:
    data = body.encode() if isinstance(body, str) else body
    return sorted(str(triple) for triple in read_body(data, content_type, BASE))


def xml(content: str, before: str = "") -> str:
    return f"{before}<rdf:RDF {NAMESPACES}>{content}</rdf:RDF>"


def said(value: str) -> str:
    return xml(f'<rdf:Description rdf:about="u:a"><u:p>{value}</u:p></rdf:Description>')


def refused(body: bytes | str, content_type: str = TURTLE, error: type[KgError] = RdfError) -> KgError:
    with pytest.raises(error) as caught:
        read(body, content_type)
    assert type(caught.value) is error
    return caught.value


# ---- what is read

READ = {
    "Turtle": ("@prefix u: <u:> . u:a u:p u:b , 1 .", TURTLE, 2),
    "Turtle with relative IRIs": ("<> <#p> <../c> .", TURTLE, 1),
    "Turtle with a version": ('VERSION "1.2" <u:a> <u:p> <u:b> .', TURTLE, 1),
    "N-Triples": ("<u:a> <u:p> <u:b> .\n<u:a> <u:p> _:x .\n", NTRIPLES, 2),
    "JSON-LD": ('{"@id": "u:a", "u:p": ["x", {"@id": "u:b"}]}', JSONLD, 2),
    "JSON-LD with a context of its own": (
        '{"@context": {"@vocab": "u:"}, "@id": "u:a", "p": {"@list": [1, 2]}}',
        JSONLD,
        5,
    ),
    "JSON-LD, a graph without a name": ('{"@graph": [{"@id": "u:a", "u:p": "x"}]}', JSONLD, 1),
    "RDF/XML": (said("x"), RDFXML, 1),
    "RDF/XML with a declaration": ('<?xml version="1.0" encoding="UTF-8"?>' + said("x"), RDFXML, 1),
    "nothing in Turtle": ("", TURTLE, 0),
    "nothing in N-Triples": ("# nothing\n", NTRIPLES, 0),
    "nothing in JSON-LD": ("[]", JSONLD, 0),
    "nothing in RDF/XML": (xml(""), RDFXML, 0),
    "a triple term": ("<u:a> <u:p> <<( <u:a> <u:p> <u:b> )>> .", TURTLE, 1),
    "a reified triple": ("<< <u:a> <u:p> <u:b> >> <u:q> 1 .", TURTLE, 2),
    "an annotation": ("<u:a> <u:p> <u:b> {| <u:q> 1 |} .", TURTLE, 3),
    "a triple term in N-Triples": ("<u:a> <u:p> <<( <u:a> <u:p> <u:b> )>> .", NTRIPLES, 1),
    "a direction of text": ('<u:a> <u:p> "x"@ar--rtl .', TURTLE, 1),
    "a character of four bytes": ('<u:a> <u:p> "\U0001f98e" .', TURTLE, 1),
    "a character set that we read": ("<u:a> <u:p> <u:b> .", "Text/Turtle; Charset=UTF-8", 1),
    "a quoted character set": ("<u:a> <u:p> <u:b> .", 'text/turtle ;charset="utf-8"', 1),
    "ASCII": ("<u:a> <u:p> <u:b> .", "text/turtle; charset=us-ascii", 1),
    "a parameter unknown to us": ("<u:a> <u:p> <u:b> .", "text/turtle; version=1.2; x", 1),
    "a parameter with a character set (RFC 8187)": (
        "<u:a> <u:p> <u:b> .",
        "text/turtle; title*=utf-8''a%20b",
        1,
    ),
}


@pytest.mark.parametrize(("body", "content_type", "count"), READ.values(), ids=READ.keys())
def test_bodies_that_are_read(body: str, content_type: str, count: int) -> None:
    assert len(read(body, content_type)) == count


def test_relative_iris_are_resolved_against_the_base() -> None:
    expected = ["<http://base.example/a/b> <http://base.example/a/b#p> <http://base.example/c>"]
    assert read("<> <#p> <../c> .") == expected
    assert read('{"@id": "", "#p": []}', JSONLD) == []
    assert read(
        xml('<rdf:Description rdf:about=""><u:p rdf:resource="../c"/></rdf:Description>'), RDFXML
    ) == ["<http://base.example/a/b> <u:p> <http://base.example/c>"]


def test_blank_nodes_are_the_same_within_a_body_and_others_in_the_next() -> None:
    one, other = (read_body(b"_:a <u:p> _:a . _:a <u:p> _:b .", TURTLE, BASE) for _ in range(2))
    assert len({triple.subject for triple in one}) == 1
    assert one[0].subject == one[0].object != one[1].object
    assert not {triple.subject for triple in one} & {triple.subject for triple in other}


# ---- types

NOT_READ = {
    "TriG": ("application/trig", "The body is application/trig, which is not read here."),
    "N-Quads": ("application/n-quads", "The body is application/n-quads, which is not read here."),
    "a picture": ("image/png", "The body is image/png, which is not read here."),
    "plain JSON": ("application/json", "The body is application/json, which is not read here."),
    "plain XML": ("text/xml", "The body is text/xml, which is not read here."),
    "results": ("text/csv", "The body is text/csv, which is not read here."),
    "a form of another kind": (
        "application/x-www-form-urlencoded",
        "The body is application/x-www-form-urlencoded, which is not read here.",
    ),
    "nothing": ("", "The body has no Content-Type, which is not read here."),
    "blank": ("  ", "The body has no Content-Type, which is not read here."),
    "no type": ("turtle", "The body is turtle, which is not read here."),
    "Latin-1": ("text/turtle; charset=ISO-8859-1", "The body is in iso-8859-1."),
    "UTF-16": ("text/turtle; charset=utf-16", "The body is in utf-16."),
    "a long type": ("x/" + "y" * 500, "The body is x/" + "y" * 58 + ", which is not read here."),
}


@pytest.mark.parametrize(("content_type", "sentence"), NOT_READ.values(), ids=NOT_READ.keys())
def test_types_that_are_not_read(content_type: str, sentence: str) -> None:
    error = refused("<u:a> <u:p> <u:b> .", content_type, UnsupportedMedia)
    assert error.message == sentence
    assert error.remedy is not None
    assert error.remedy.startswith("Send ")


def test_the_refusal_names_what_is_read() -> None:
    assert str(refusal("text/plain", "The part")) == (
        "The part is text/plain, which is not read here. Send one of text/turtle, application/n-triples, "
        "application/ld+json, application/rdf+xml, or multipart/form-data."
    )


TYPES = {
    "as usual": ("text/turtle", "text/turtle", {}),
    "in capitals": ("TEXT/Turtle;Charset=UTF-8", "text/turtle", {"charset": "UTF-8"}),
    "with spaces": ("  text/turtle ; a = b ", "text/turtle", {"a": "b"}),
    "quoted": ('multipart/form-data; boundary="a b;c"', "multipart/form-data", {"boundary": "a b;c"}),
    "empty": ("", "", {}),
    "blank": (" ", "", {}),
    "with the line of another field": ("text/turtle\r\nX: y", "text/turtle  x: y", {}),
}


@pytest.mark.parametrize(("field", "media_type", "parameters"), TYPES.values(), ids=TYPES.keys())
def test_media_type_and_parameters(field: str, media_type: str, parameters: dict[str, str]) -> None:
    assert media_type_of(field) == (media_type, parameters)


def test_parameters_are_texts_also_where_they_name_their_character_set() -> None:
    for field in ("text/turtle; charset*=utf-8''utf-8", "multipart/form-data; boundary*=us-ascii''cut"):
        _, parameters = media_type_of(field)
        assert all(isinstance(value, str) for value in parameters.values())
    assert len(read("<u:a> <u:p> <u:b> .", "text/turtle; charset*=utf-8''utf-8")) == 1


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (TURTLE, True),
        ("Text/Turtle; charset=latin-1", True),
        (FORM, True),
        ("application/trig", False),
        ("", False),
    ],
)
def test_is_read_looks_at_the_type_only(content_type: str, expected: bool) -> None:
    assert is_read(content_type) is expected


# ---- faults of the text

FAULTS = {
    "not UTF-8": (b'<u:a> <u:p> "\xe4" .', TURTLE, "The body is not valid UTF-8: byte 14 does not fit."),
    "half a character": (b'<u:a> <u:p> "\xc3', TURTLE, "The body is not valid UTF-8: byte 14 does not fit."),
    "UTF-16": (
        "<u:a> <u:p> <u:b> .".encode("utf-16"),
        TURTLE,
        "The body is not valid UTF-8: byte 1 does not fit.",
    ),
    "UTF-16 without a mark": (
        said("x").encode("utf-16-le"),
        RDFXML,
        "The body holds a NUL character, number 2.",
    ),
    "NUL": ('<u:a> <u:p> "ä\0" .', TURTLE, "The body holds a NUL character, number 15."),
    "another encoding than it is in": (
        '<?xml version="1.0" encoding="ISO-8859-1"?>' + said("ä"),
        RDFXML,
        "The body cannot be read as RDF/XML: Only UTF-8 is supported by the RDF/XML parser.",
    ),
    "a context at another address": (
        '{"@context": "https://schema.org/", "@id": "u:a", "name": "x"}',
        JSONLD,
        "The body needs a context from another address, and nothing is fetched.",
    ),
    "a context at this machine": (
        '{"@context": ["http://127.0.0.1:9/c", {}], "@id": "u:a", "name": "x"}',
        JSONLD,
        "The body needs a context from another address, and nothing is fetched.",
    ),
    "a context that takes in another": (
        '{"@context": {"@import": "file:///etc/passwd"}, "@id": "u:a", "name": "x"}',
        JSONLD,
        "The body needs a context from another address, and nothing is fetched.",
    ),
    "a context within": (
        '{"@id": "u:a", "u:p": {"@context": "https://schema.org/", "name": "x"}}',
        JSONLD,
        "The body needs a context from another address, and nothing is fetched.",
    ),
    "a graph with a name": (
        '{"@id": "u:g", "@graph": [{"@id": "u:a", "u:p": "x"}]}',
        JSONLD,
        "The body names a graph of its own.",
    ),
    "a graph with a name, further down": (
        '[{"@id": "u:a", "u:p": "x"}, {"@graph": [{"@id": "u:g", "@graph": [{"@id": "u:a", "u:p": "x"}]}]}]',
        JSONLD,
        "The body names a graph of its own.",
    ),
    "a literal that is too long": (
        '<u:a> <u:p> "' + "x" * (17 << 20) + '" .',
        TURTLE,
        "The body has a literal or an IRI of more than 16 MiB.",
    ),
}


@pytest.mark.parametrize(("body", "content_type", "sentence"), FAULTS.values(), ids=FAULTS.keys())
def test_faults_that_are_told_in_our_words(body: bytes | str, content_type: str, sentence: str) -> None:
    assert refused(body, content_type).message == sentence


PLACES: dict[str, tuple[str, str, str, int | None, int | None]] = {
    "Turtle": ("<u:a> <u:p>\n nonsense .", TURTLE, "Turtle", 2, 2),
    "TriG in Turtle": ("<u:g> { <u:a> <u:p> <u:b> }", TURTLE, "Turtle", 1, 7),
    "cut Turtle": ("<u:a> <u:p> <u:b> .\n<u:a>", TURTLE, "Turtle", 2, 6),
    "Turtle after a mark of byte order": ("\ufeff<u:a> <u:p> .", TURTLE, "Turtle", 1, 1),
    "a quad in N-Triples": ("<u:a> <u:p> <u:b> <u:g> .", NTRIPLES, "N-Triples", 1, 19),
    "cut N-Triples": ("<u:a> <u:p> <u:b>", NTRIPLES, "N-Triples", 1, 18),
    "cut JSON-LD": ('{"@id": "u:a",\n "u:p": 1', JSONLD, "JSON-LD", 2, 10),
    "two roots of JSON-LD": ("[]\n[]", JSONLD, "JSON-LD", 2, 1),
    "nothing as JSON-LD": ("", JSONLD, "JSON-LD", 1, 1),
    "cut RDF/XML": (said("x")[:-2], RDFXML, "RDF/XML", 1, 142),
    "words in RDF/XML": ("words", RDFXML, "RDF/XML", 1, 1),
}


@pytest.mark.parametrize(
    ("body", "content_type", "label", "line", "column"), PLACES.values(), ids=PLACES.keys()
)
def test_faults_that_the_parser_finds_have_their_place(
    body: str, content_type: str, label: str, line: int | None, column: int | None
) -> None:
    error = refused(body, content_type)
    assert error.message.startswith(f"The body cannot be read as {label}: ")
    assert error.message.endswith(".")
    assert (error.line, error.column) == (line, column)


@pytest.mark.parametrize("length", [20, 100, 170, 220])
def test_rdf_xml_that_ends_before_its_elements_do_is_refused(length: int) -> None:
    body = xml(
        '<rdf:Description rdf:about="u:a"><u:p>x</u:p><u:q>y</u:q></rdf:Description>'
        '<rdf:Description rdf:about="u:b"><u:p>z</u:p></rdf:Description>'
    )
    assert len(read(body, RDFXML)) == 3
    refused(body[:length], RDFXML)
    refused(body.removesuffix("</rdf:RDF>"), RDFXML)


# ---- document type declarations

DECLARATION = '<!DOCTYPE rdf:RDF [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
DECLARED = {
    "at the beginning": DECLARATION + said("&b;"),
    "after the XML declaration": '<?xml version="1.0"?>\n' + DECLARATION + said("&b;"),
    "after a comment": "<!-- a comment -->" + DECLARATION + said("&b;"),
    "after an instruction": "<?php echo ?>" + DECLARATION + said("&b;"),
    "after spaces": " \n\t" + DECLARATION + said("x"),
    "after a mark of byte order": "\ufeff" + DECLARATION + said("x"),
    "with a subset elsewhere": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">' + said("x"),
    "with a public name": '<!DOCTYPE x PUBLIC "-//W3C//DTD" "http://127.0.0.1:9/x.dtd">' + said("x"),
    "without anything": "<!DOCTYPE x>" + said("x"),
}
MISPLACED = {
    "in small letters": DECLARATION.lower() + said("x"),
    "without a name": "<!DOCTYPE>" + said("x"),
    "twice": "<!DOCTYPE x><!DOCTYPE x>" + said("x"),
    "within the root": xml(DECLARATION + '<rdf:Description rdf:about="u:a"/>'),
    "at the end": said("x") + DECLARATION,
    "after a comment that is none": "<!-->" + DECLARATION + said("x"),
    "after an apostrophe": said("'") + DECLARATION + "'",
    "after a quotation mark in an element": said('"') + DECLARATION + '"',
    "after a marked section": said("<![CDATA[x]]>") + DECLARATION,
    "after a marked section that looks nested": said("<![CDATA[<![CDATA[]]>") + DECLARATION + "]]>",
    "after a comment with dashes": "<!-- a -- b -->" + DECLARATION + said("x"),
    "an entity alone": '<!ENTITY a "b">' + said("x"),
    "in a tag that is not closed": "<a " + DECLARATION + said("x"),
    "in quotes of a tag that is not closed": "<a b='" + DECLARATION + said("x"),
}


@pytest.mark.parametrize("body", DECLARED.values(), ids=DECLARED.keys())
def test_a_document_type_declaration_is_refused(body: str) -> None:
    error = refused(body, RDFXML)
    assert error.message == "The body has a document type declaration, which is not read here."


@pytest.mark.parametrize("body", MISPLACED.values(), ids=MISPLACED.keys())
def test_a_document_type_declaration_is_refused_also_where_it_may_not_stand(body: str) -> None:
    assert refused(body, RDFXML).message.startswith("The body ")


MENTIONED = {
    "in a comment": xml("", f"<!-- {DECLARATION.replace('--', '')} -->"),
    "in a comment over lines": xml("", "<!--\n<!DOCTYPE x>\n-->\n"),
    "in a marked section": said("<![CDATA[<!DOCTYPE x>]]>"),
    "in an instruction": xml("", "<?x <!DOCTYPE x> ?>"),
    "as text": said("&lt;!DOCTYPE x>"),
}


@pytest.mark.parametrize("body", MENTIONED.values(), ids=MENTIONED.keys())
def test_a_document_type_declaration_may_be_mentioned(body: str) -> None:
    found = read(body, RDFXML)
    assert found in ([], ['<u:a> <u:p> "<!DOCTYPE x>"'])


def test_an_entity_that_is_not_declared_is_an_error() -> None:
    assert refused(said("&a;"), RDFXML).message.startswith("The body cannot be read as RDF/XML: ")


# ---- nesting

NESTED: dict[str, tuple[str, str, str, str, str]] = {
    "blank nodes": (TURTLE, "[ <u:p> ", "1", " ]", "<u:a> <u:p> HERE ."),
    "lists": (TURTLE, "( ", "1", " )", "<u:a> <u:p> HERE ."),
    "triple terms": (TURTLE, "<<( <u:a> <u:p> ", "<u:b>", " )>>", "<u:a> <u:p> HERE ."),
    "reified triples": (TURTLE, "<< <u:a> <u:p> ", "<u:b>", " >>", "HERE <u:p> 1 ."),
    "triple terms of N-Triples": (NTRIPLES, "<<( <u:a> <u:p> ", "<u:b>", " )>>", "<u:a> <u:p> HERE ."),
    "objects": (JSONLD, '{"@id":"u:a","u:p":', "1", "}", "HERE"),
    "arrays": (JSONLD, "[", "", "]", "HERE"),
    "elements": (RDFXML, "<rdf:Description><u:p>", "", "</u:p></rdf:Description>", xml("HERE")),
    "elements of a literal": (
        RDFXML,
        "<b><i>",
        "",
        "</i></b>",
        xml('<rdf:Bag><u:p rdf:parseType="Literal">HERE</u:p></rdf:Bag>'),
    ),
}


@pytest.mark.parametrize(
    ("content_type", "before", "middle", "after", "around"), NESTED.values(), ids=NESTED.keys()
)
def test_a_body_is_nested_a_hundred_deep_at_most(
    content_type: str, before: str, middle: str, after: str, around: str
) -> None:
    levels = 2 if content_type == RDFXML else 1
    fits = (NESTING - around.count("</")) // levels

    def make(times: int) -> str:
        return around.replace("HERE", before * times + middle + after * times)

    assert NESTING == 100
    read(make(fits), content_type)
    for times in (fits + 1, 50_000):
        error = refused("\n" * 6 + make(times), content_type)
        assert error.message == "The body is nested more than 100 deep (line 7)."
        assert (error.line, error.column) == (7, 1)


UNCLOSED = {
    "brackets": ("[" * 101, TURTLE),
    "braces": ("{" * 101, JSONLD),
    "elements": ("<a>" * 101, RDFXML),
    "elements with the end of one in quotes": ("<a b='c/>'>" * 101, RDFXML),
}


@pytest.mark.parametrize(("body", "content_type"), UNCLOSED.values(), ids=UNCLOSED.keys())
def test_what_is_nested_and_never_closed_is_refused_too(body: str, content_type: str) -> None:
    assert refused(body, content_type).message == "The body is nested more than 100 deep (line 1)."


SIDE_BY_SIDE = {
    "blank nodes": (TURTLE, "<u:a> <u:p> [], [ <u:p> () ] .\n" * 150, 450),
    "elements": (RDFXML, xml('<rdf:Description rdf:about="u:a"><u:p>x</u:p></rdf:Description>' * 150), 1),
    "elements without content": (RDFXML, xml('<rdf:Description rdf:about="http://a.example/"/>' * 150), 0),
    "elements with quotes": (RDFXML, xml("""<rdf:Bag u:p='"/>' u:q="'"/>""" * 150), 450),
    "objects": (JSONLD, "[" + ",".join(['{"@id":"u:a","u:p":{"@id":"u:b"}}'] * 150) + "]", 1),
}


@pytest.mark.parametrize(("content_type", "body", "count"), SIDE_BY_SIDE.values(), ids=SIDE_BY_SIDE.keys())
def test_brackets_side_by_side_do_not_add_up(content_type: str, body: str, count: int) -> None:
    assert len(set(read(body, content_type))) == count


MANY = "[({<<" * 150
NO_BRACKETS = {
    "in a string": (TURTLE, f'<u:a> <u:p> "{MANY}" .'),
    "in a string with apostrophes": (TURTLE, f"<u:a> <u:p> '{MANY}' ."),
    "in a long string": (TURTLE, f'<u:a> <u:p> """{MANY}\n" {MANY} "" {MANY}""" .'),
    "in a long string with apostrophes": (TURTLE, f"<u:a> <u:p> '''{MANY}\n' {MANY} '' {MANY}''' ."),
    "after an escaped quotation mark": (TURTLE, f'<u:a> <u:p> "\\"{MANY}\\\\\\"{MANY}" .'),
    "after escapes in a long string": (TURTLE, f'<u:a> <u:p> """\\"\\"\\"{MANY}\\\\""" .'),
    "in a comment": (TURTLE, f"# {MANY}\n<u:a> <u:p> <u:b> . # {MANY} ' \""),
    "in an IRI": (TURTLE, f"<u:a> <u:p> <u:{'(' * 150}> ."),
    "in an IRI with a number sign": (TURTLE, f"<u:a#> <u:p#'> <u:#{'(' * 150}> ."),
    "in a string of N-Triples": (NTRIPLES, f'<u:a> <u:p> "{MANY}" . # {MANY}\n'),
    "in a string of JSON": (JSONLD, '{"@id":"u:a","u:p":"' + MANY + '\\"' + MANY + '\\\\"}'),
    "in a marked section": (RDFXML, said(f"<![CDATA[{'<a>' * 150}]]>")),
    "in a comment of XML": (RDFXML, xml("", f"<!-- {'<a>' * 150} -->")),
    "in an instruction": (RDFXML, xml("", f"<?x {'<a>' * 150} ?>")),
    "in names": (TURTLE, "@prefix u: <u:> .\n" + "u:a\\(b u:p u:c .\n" * 150),
    "in names with apostrophes": (TURTLE, "@prefix u: <u:> .\n" + "u:a\\'b u:p (), u:c\\'d, [] .\n" * 150),
}


@pytest.mark.parametrize(("content_type", "body"), NO_BRACKETS.values(), ids=NO_BRACKETS.keys())
def test_brackets_that_are_none_do_not_count(content_type: str, body: str) -> None:
    read(body, content_type)


DEEP = "[ <u:p> " * 150 + "1" + " ]" * 150
HIDDEN = {
    "by an escaped number sign": f"@prefix u: <u:> . u:a\\#b u:p {DEEP} .",
    "by an escaped apostrophe": f"@prefix u: <u:> . u:a\\'b u:p {DEEP}, 'x' .",
    "by a number sign in an IRI": f"<u:a#b> <u:p> {DEEP} .",
    "by an apostrophe in an IRI": f"<u:a'> <u:p> {DEEP}, 'x' .",
    "by empty strings": f'<u:a> <u:p> "", \'\', {DEEP}, """""" .',
    "by closing brackets in a string": '<u:a> <u:p> "' + "]" * 200 + f'", {DEEP} .',
    "by quotation marks in comments": f"# '''\n<u:a> <u:p> {DEEP} . # '''",
    "by the line ends of old": f"# x\r<u:a> <u:p> {DEEP} .",
}


@pytest.mark.parametrize("body", HIDDEN.values(), ids=HIDDEN.keys())
def test_nesting_cannot_be_hidden(body: str) -> None:
    assert refused(body).message.startswith("The body is nested more than 100 deep (line ")


HOSTILE = {
    "quotation marks": ('"' * 400_001, TURTLE),
    "long strings": ('"""a' * 100_001, TURTLE),
    "IRIs": ("<a" * 200_000, TURTLE),
    "reverse solidi": ('"' + "\\" * 400_001, TURTLE),
    "quotation marks in JSON": ('"' * 400_001, JSONLD),
    "quotation marks in tags": ("</a><a b='" * 40_000, RDFXML),
    "attributes": ("</a><a " + "b='c' " * 60_000, RDFXML),
    "comments": ("</a><!--" * 40_000, RDFXML),
    "instructions": ("</a><?" * 5_000, RDFXML),
}


@pytest.mark.parametrize(("body", "content_type"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_take_no_time(body: str, content_type: str) -> None:
    begun = time.process_time()
    refused(body, content_type)
    assert time.process_time() - begun < 1


# ---- forms

PART = b"--cut\r\nContent-Type: text/turtle\r\n\r\n<u:a> <u:p> <b> .\r\n"
OTHER = b"--cut\r\nContent-Type: application/n-triples\r\n\r\n<u:b> <u:p> <u:c> .\r\n"
END = b"--cut--\r\n"
FORMS: dict[str, tuple[bytes, str, int]] = {
    "one part": (PART + END, FORM, 1),
    "two parts of two types": (PART + OTHER + END, FORM, 2),
    "no line end after it": (PART + b"--cut--", FORM, 1),
    "words after it": (PART + END + b"words", FORM, 1),
    "no part": (END, FORM, 0),
    "an empty part": (b"--cut\r\nContent-Type: text/turtle\r\n\r\n\r\n" + END, FORM, 0),
    "other fields": (
        b'--cut\r\nContent-Disposition: form-data; name="graph"; filename="a.ttl"\r\n'
        b"CONTENT-TYPE: text/turtle; charset=utf-8\r\nX-More: 1\r\n\r\n<u:a> <u:p> 1 .\r\n" + END,
        FORM,
        1,
    ),
    "a quoted boundary": (
        PART.replace(b"cut", b"a b") + END.replace(b"cut", b"a b"),
        'multipart/form-data; boundary="a b"',
        1,
    ),
    "a boundary within": (
        b'--cut\r\nContent-Type: text/turtle\r\n\r\n<u:a> <u:p> """--cut\n --cut""" .\r\n' + END,
        FORM,
        1,
    ),
}


@pytest.mark.parametrize(("body", "content_type", "count"), FORMS.values(), ids=FORMS.keys())
def test_all_parts_of_a_form_are_read(body: bytes, content_type: str, count: int) -> None:
    assert len(read(body, content_type)) == count


def test_each_part_is_a_document_of_its_own() -> None:
    blank = PART.replace(b"<u:a> <u:p> <b>", b"_:x <u:p> <b>")
    found = read_body(blank + blank + END, FORM, BASE)
    assert len({triple.subject for triple in found}) == 2
    assert {str(triple.object) for triple in found} == {"<http://base.example/a/b>"}


BAD_FORMS: dict[str, tuple[bytes, str, type[KgError], str]] = {
    "no boundary": (PART + END, "multipart/form-data", RdfError, "The form "),
    "an empty boundary": (PART + END, 'multipart/form-data; boundary=""', RdfError, "The form "),
    "another boundary": (
        PART + END,
        "multipart/form-data; boundary=other",
        RdfError,
        "The form cannot be taken apart: ",
    ),
    "no end": (PART, FORM, RdfError, "The form does not end with its boundary, or has none."),
    "cut in a part": (PART[:-9], FORM, RdfError, "The form does not end with its boundary, or has none."),
    "nothing": (b"", FORM, RdfError, "The form does not end with its boundary, or has none."),
    "no form": (b"<u:a> <u:p> 1 .", FORM, RdfError, "The form cannot be taken apart: "),
    "a field without a colon": (
        PART.replace(b"Content-Type: ", b"Content Type ") + END,
        FORM,
        RdfError,
        "The form cannot be taken apart: ",
    ),
    "a part without a type": (
        b"--cut\r\nContent-Disposition: form-data; name=a\r\n\r\n<u:a> <u:p> 1 .\r\n" + END,
        FORM,
        UnsupportedMedia,
        "The body has no Content-Type, which is not read here.",
    ),
    "a part of a dataset": (
        PART.replace(b"text/turtle", b"application/trig") + END,
        FORM,
        UnsupportedMedia,
        "The body is application/trig, which is not read here.",
    ),
    "a form in a form": (
        PART.replace(b"text/turtle", FORM.encode()) + END,
        FORM,
        UnsupportedMedia,
        "The body is multipart/form-data; boundary=cut, which is not read here.",
    ),
    "a part in Latin-1": (
        PART.replace(b"turtle", b"turtle; charset=latin-1") + END,
        FORM,
        UnsupportedMedia,
        "The body is in latin-1.",
    ),
    "a part that is broken after a good one": (
        PART + OTHER.replace(b"<u:p>", b"nonsense") + END,
        FORM,
        RdfError,
        "The body cannot be read as N-Triples: ",
    ),
    "a part that is nested too deep": (
        PART.replace(b"<b>", b"[" * 101 + b"]" * 101) + END,
        FORM,
        RdfError,
        "The body is nested more than 100 deep (line 1).",
    ),
}


@pytest.mark.parametrize(
    ("body", "content_type", "error", "sentence"), BAD_FORMS.values(), ids=BAD_FORMS.keys()
)
def test_a_bad_form_is_told(body: bytes, content_type: str, error: type[KgError], sentence: str) -> None:
    assert refused(body, content_type, error).message.startswith(sentence)


def test_a_form_of_many_parts_takes_no_time() -> None:
    begun = time.process_time()
    assert len(read(OTHER * 3000 + END, FORM)) == 3000
    assert time.process_time() - begun < 5


def test_parts_have_names_and_file_names() -> None:
    body = (
        '--b\r\nContent-Disposition: form-data; name="data"; filename="na\u00efve; 1.ttl"\r\n'
        "Content-Type: text/turtle\r\nX-More: y\r\n\r\nA\r\n\r\n"
        "--b\r\ncontent-disposition: form-data; name=format\r\n\r\nttl\r\n--b\r\n\r\n\r\n--b--\r\n"
    )
    found = parts(body.encode(), "b")
    assert [(part.parameter("name"), part.parameter("filename")) for part in found] == [
        ("data", "na\u00efve; 1.ttl"),
        ("format", ""),
        ("", ""),
    ]
    assert [(part.content_type, part.content) for part in found] == [
        ("text/turtle", b"A\r\n"),
        ("", b"ttl"),
        ("", b""),
    ]


@pytest.mark.parametrize(
    "parameters", ["name*1=a; name*=b", "a*0*=x; a*;=b", "charset*=utf-8''%ff; charset*1=x"]
)
def test_parameters_in_pieces_that_do_not_fit(parameters: str) -> None:
    assert media_type_of(f"Text/Turtle; {parameters}")[0] == "text/turtle"
