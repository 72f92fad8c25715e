"""The writer keeps every statement, changes nothing it has written, and refuses what it would lose."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.content import find_content
from kg.errors import ContentError
from kg.turtle import blocks_of, decode, format_turtle, leading_comment, read_turtle, shorten, write_turtle

ROOT = Path(__file__).resolve().parent.parent
PREFIXES = {
    "ex": "http://example.org/",
    "deep": "http://example.org/deep/",
    "sh": "http://www.w3.org/ns/shacl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
HEAD = "@prefix ex: <http://example.org/> .\n"


def formatted(text: str, *, anonymous: bool = False) -> str:
    return format_turtle(text, PREFIXES, source="a.ttl", allow_anonymous=anonymous)


def graph(text: str) -> ox.Dataset:
    dataset = ox.Dataset(ox.parse(text, ox.RdfFormat.TURTLE))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return dataset


def fault(text: str, *, anonymous: bool = False) -> ContentError:
    with pytest.raises(ContentError) as raised:
        formatted(text, anonymous=anonymous)
    return raised.value


def test_one_statement_a_line_in_the_order_of_iris() -> None:
    text = "PREFIX e: <http://example.org/>\nPREFIX unused: <http://unused.example/>\n"
    text += 'e:b e:q "z", "a"@en ; a e:T ; e:p 2, 10 .\ne:a <http://other.example/p> e:b .'
    assert formatted(text) == (
        "@prefix ex: <http://example.org/> .\n"
        "\n"
        "ex:a\n"
        "    <http://other.example/p> ex:b ;\n"
        ".\n"
        "\n"
        "ex:b\n"
        "    a ex:T ;\n"
        "    ex:p 10 ;\n"
        "    ex:p 2 ;\n"
        '    ex:q "a"@en ;\n'
        '    ex:q "z" ;\n'
        ".\n"
    )


def test_a_new_fact_is_a_new_line() -> None:
    before = formatted(HEAD + "ex:a ex:p 1 . ex:b ex:p 2 .").splitlines()
    after = formatted(HEAD + "ex:a ex:p 1 , 3 . ex:b ex:p 2 .").splitlines()
    assert [line for line in after if line not in before] == ["    ex:p 3 ;"]
    assert len(after) == len(before) + 1


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1", "1"),
        ("-7", "-7"),
        ("0", "0"),
        ('"+1"^^xsd:integer', '"+1"^^xsd:integer'),
        ("01", '"01"^^xsd:integer'),
        ("true", "true"),
        ('"1"^^xsd:boolean', '"1"^^xsd:boolean'),
        ("1.50", '"1.50"^^xsd:decimal'),
        ("1e3", '"1e3"^^xsd:double'),
        ('"x"^^xsd:string', '"x"'),
        ('"2024"^^xsd:gYear', '"2024"^^xsd:gYear'),
        ('"x"^^<http://other.example/t>', '"x"^^<http://other.example/t>'),
        ('"""two\nlines\ttab"""', r'"two\nlines\ttab"'),
        (r'"quote \" and \\ back"', r'"quote \" and \\ back"'),
        ('"x"@EN-gb', '"x"@en-gb'),
        ('"x"@en--ltr', '"x"@en--ltr'),
        (r'"\u0000\u0007\u001F\u0085\u2028\uFEFF"', r'"\u0000\u0007\u001F\u0085\u2028\uFEFF"'),
        ('"é 😀 漢"', '"é 😀 漢"'),
        ("ex:", "<http://example.org/>"),
        ("<http://example.org/a/b>", "<http://example.org/a/b>"),
        ("<http://example.org/deep/a.b-c>", "deep:a.b-c"),
        ("<http://example.org/a.>", "<http://example.org/a.>"),
        ("<http://example.org/-a>", "<http://example.org/-a>"),
        (r"ex:a\,b", "<http://example.org/a,b>"),
        ("()", "()"),
    ],
)
def test_terms(written: str, expected: str) -> None:
    head = HEAD + "@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .\n"
    text = formatted(head + f"ex:a ex:p {written} .")
    assert f"    ex:p {expected} ;\n" in text
    assert graph(text) == graph(head + f"ex:a ex:p {written} .")


def test_only_prefixes_in_use_are_declared_in_order() -> None:
    text = formatted("<http://example.org/deep/a> <http://example.org/p> <http://www.w3.org/ns/shacl#x> .")
    assert re.findall("@prefix (.*?):", text) == ["deep", "ex", "sh"]
    assert "@prefix" not in formatted("<http://a.example/> a <http://b.example/> .")


def test_a_foreign_prefix_is_written_out() -> None:
    text = formatted("@prefix other: <http://other.example/> . other:a other:p other:b .")
    assert "other:" not in text
    assert "<http://other.example/a>\n    <http://other.example/p> <http://other.example/b> ;" in text


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "ex:a ex:p [ ex:q 1 ; ex:r [ ex:s 2 ] ] .",
        HEAD + "ex:a ex:p ( 1 ex:b [ ex:q ( ) ] ( 2 3 ) ) .",
        HEAD + "ex:a ex:p [ ] , [ ex:q 2 ] , [ ex:q 1 ] .",
        HEAD + "ex:a ex:path [ ex:inverse ex:b ] ; ex:or ( [ ex:c 1 ] [ ex:c 2 ] ) .",
    ],
)
def test_anonymous_nodes_and_lists_are_written_in_place(text: str) -> None:
    result = formatted(text, anonymous=True)
    assert "_:" not in result
    assert graph(result) == graph(text)
    assert formatted(result, anonymous=True) == result
    assert formatted(text, anonymous=True) == result, "random labels of the parser do not show"


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("ex:a ex:p [ ex:q 1 ] .", 11),
        ("ex:a ex:p ( 1 ) .", 11),
        ("ex:a ex:p _:b .", 11),
        ("_:b ex:p 1 .", 1),
        ("ex:a ex:p '[ (', [ ex:q \"_:x\" ] .", 18),
    ],
)
def test_blank_nodes_are_refused_with_their_place(text: str, column: int) -> None:
    error = fault(HEAD + text)
    assert error.place == f"a.ttl:2:{column}"
    assert "blank node" in error.message


@pytest.mark.parametrize(
    "text",
    ["ex:a ex:p _:b . ex:c ex:p _:b .", "_:b ex:p 1 .", "_:b ex:p _:b .", "ex:a ex:p _:b . _:b ex:p _:b ."],
)
def test_blank_nodes_that_cannot_be_written_in_place_are_refused(text: str) -> None:
    error = fault(HEAD + text, anonymous=True)
    assert error.place == "a.ttl"
    assert "IRI" in (error.remedy or "")


def test_triple_terms_are_refused() -> None:
    error = fault(HEAD + "ex:a ex:p <<( ex:a ex:b ex:c )>> .", anonymous=True)
    assert error.place == "a.ttl:2:11"
    assert "RDF 1.2" in error.message


def test_the_leading_comments_stay() -> None:
    text = "# one\n#two  \n\n# three\n\n" + HEAD + "ex:a ex:p 1 .\n"
    assert formatted(text) == "# one\n#two\n\n# three\n" + HEAD + "\nex:a\n    ex:p 1 ;\n.\n"
    assert formatted("# only\n") == "# only\n"
    assert leading_comment("ex:a ex:b 1 . # no") == ""


def test_a_comment_that_would_be_lost_is_refused() -> None:
    error = fault("# one\n" + HEAD + 'ex:a ex:p "# no" ;\n  ex:q <http://example.org/#frag> . # lost\n')
    assert error.place == "a.ttl:4:37"
    assert "conn:editorialNote" in (error.remedy or "")


def test_line_ends_and_byte_order_mark_become_plain() -> None:
    text = decode(
        b"\xef\xbb\xbf# one\r\n" + HEAD.replace("\n", "\r\n").encode() + b'ex:a ex:p """x\r\ny""" .', "a.ttl"
    )
    assert formatted(text) == "# one\n" + HEAD + '\nex:a\n    ex:p "x\\r\\ny" ;\n.\n'


def test_invalid_utf8_names_line_and_byte() -> None:
    with pytest.raises(ContentError) as raised:
        decode(b"# fine\nabc \xff", "data/a.ttl")
    assert raised.value.place == "data/a.ttl:2:5"
    assert "byte 0xFF" in raised.value.message
    assert "byte 12 of the file" in raised.value.message


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("ex:a ex:b ex:c\nex:d ex:e ex:f .", "3:1", "full stop or semicolon is missing"),
        ("ex:a ex:b ex:c ; ex:d", "2:22", "ends in the middle"),
        ('ex:a ex:b "x .\n', "2:11", "never closed"),
        ('ex:a ex:b "x .\nex:a ex:b "y" .', "2:15", "not closed before the line ends"),
        ("ex:a ex:b .", "2:11", "value is missing"),
        ("ex:a ex:b ex:c ,, ex:d .", "2:17", "Found , where a value is expected"),
        ("ex:a 'x' ex:c .", "2:6", "where a property is expected"),
        ("foo ex:b ex:c .", "2:1", "Found foo"),
        ("ex:a ex:b <rel> .", "2:11", "relative"),
        ("ex:a ex:b <http://a b> .", "2:11", "no IRI may hold: ' '"),
        ("ex:a ex:b <http://a/%zz> .", "2:11", "percent"),
        ("ex:a ex:b http://a .", "2:11", "without its angle brackets"),
        (r'ex:a ex:b "\q" .', "2:12", r"\q"),
        ('ex:a ex:b "x"@ .', "2:15", "language tag"),
        ("ex:a ex:b “x” .", "2:11", "means nothing in Turtle"),
        ("ex:a ex:b 1.e .", "2:11", "not Turtle"),
    ],
)
def test_syntax_errors_are_told_in_plain_words_with_their_place(text: str, place: str, words: str) -> None:
    error = fault(HEAD + text)
    assert error.place == f"a.ttl:{place}"
    assert f"{error.line}:{error.column}" == place
    assert words in error.message
    assert "Parser error" not in str(error)


def test_an_unknown_prefix_is_named_with_what_to_add() -> None:
    error = fault(HEAD + "ex:a ex:b sh:c .")
    assert error.place == "a.ttl:2:11"
    assert "'sh:'" in error.message
    assert error.remedy == "Add the line '@prefix sh: <http://www.w3.org/ns/shacl#> .' at the top."
    error = fault(HEAD + "ex:a ex:b nowhere:c .")
    assert "'nowhere:'" in error.message
    assert "ontology/prefixes.ttl" in (error.remedy or "")


PIECES = [
    *"\"'\\\n\r\t\b\f\x00\x01\x1f\x7f\x80\x85\u2028\ufeff\ufffe#<>[](){};,.@^_: aé漢😀",
    "\\u0041",
    '"""',
    "'''",
    "@en",
    "^^",
    "\r\n",
]


@pytest.mark.parametrize("seed", range(40))
def test_any_literals_survive_and_the_form_is_stable(seed: int) -> None:
    chance = random.Random(seed)

    def text() -> str:
        return "".join(chance.choices(PIECES, k=chance.randrange(12)))

    def literal() -> ox.Literal:
        kind = chance.randrange(4)
        if kind == 0:
            return ox.Literal(text(), language=chance.choice(["en", "en-gb", "zh-hant-tw"]))
        if kind == 1:
            name = chance.choice(["integer", "boolean", "date", "gYear", "decimal"])
            value = chance.choice([text(), "1", "-0", "true", "2024-02", "007"])
            return ox.Literal(value, datatype=ox.NamedNode(f"http://www.w3.org/2001/XMLSchema#{name}"))
        return ox.Literal(text())

    def node() -> ox.NamedNode:
        local = chance.choice(["a", "a.b", "a.", "-a", "é", "a/b", "a#b", "%41", "1", "_x", "", "a,b", "~x"])
        return ox.NamedNode(chance.choice(["http://example.org/", "http://example.org/deep/"]) + local)

    triples = [ox.Triple(node(), node(), literal() if chance.random() < 0.7 else node()) for _ in range(30)]
    written = write_turtle(triples, PREFIXES, "# head\n")
    assert set(read_turtle(written, PREFIXES, source="a.ttl")) == set(triples)
    assert formatted(written) == written
    assert written.endswith("\n.\n") and "\n\n\n" not in written
    assert all(line.isprintable() for line in written.split("\n"))
    chance.shuffle(triples)
    assert write_turtle(triples, PREFIXES, "# head\n") == written


def test_prolog_and_body_apart() -> None:
    triple = ox.Triple(*(ox.NamedNode(f"http://example.org/{name}") for name in "abc"))
    assert blocks_of([triple], PREFIXES) == (HEAD, "ex:a\n    ex:b ex:c ;\n.\n")


def test_shorten_takes_the_shortest_name() -> None:
    assert shorten("http://example.org/deep/x", PREFIXES) == "deep:x"
    assert shorten("http://example.org/deep/", PREFIXES) == "<http://example.org/deep/>"
    assert shorten("urn:x", PREFIXES) == "<urn:x>"


@pytest.mark.parametrize("folder", ["ontology", "data", "shapes"])
def test_our_own_files_keep_their_statements(folder: str) -> None:
    prefixes = find_content(str(ROOT)).prefixes()
    files = sorted((ROOT / folder).rglob("*.ttl"))
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        result = format_turtle(text, prefixes, source=path.name, allow_anonymous=folder == "shapes")
        assert graph(result) == graph(text), path
        assert format_turtle(result, prefixes, source=path.name, allow_anonymous=folder == "shapes") == result
