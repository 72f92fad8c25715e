"""Reports in words: names of things, the words of the shape or a sentence of its constraint, in order."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest
import rdflib

from kg.validate.judge import judge
from kg.validate.shacl import graph_of
from kg.validate.wording import Account, Told, tell

HEAD = """\
@prefix ex: <https://example.org/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
PREFIXES = {"ex": "https://example.org/"}


def graph(text: str) -> rdflib.Graph:
    return graph_of(
        quad.triple for quad in ox.parse(HEAD + text, ox.RdfFormat.TURTLE, rename_blank_nodes=True)
    )


def account(data: str, shapes: str, most: int | None = None) -> Account:
    by = graph(shapes)
    return tell(judge(graph(data), by), by, [graph(data)], PREFIXES, most)


def only(data: str, shape: str) -> Told:
    (told,) = account(data, f"ex:S a sh:NodeShape ; sh:targetNode ex:a ; {shape} .").results
    return told


@pytest.mark.parametrize(
    ("data", "shape", "message", "asks"),
    [
        (
            "ex:a ex:p 1 .",
            "sh:property [ sh:path ex:p ; sh:minCount 2 ]",
            "There are fewer than 2 values.",
            "The property must have at least 2 values.",
        ),
        (
            'ex:a ex:p "b"@en .',
            'sh:property [ sh:path ex:p ; sh:languageIn ( "de" "fr" ) ]',
            "“b” (en) is in none of the languages “de”, “fr”.",
            "Each value must be in one of the languages “de”, “fr”.",
        ),
        (
            "ex:a ex:p ex:b . ex:b rdfs:label 'Bee'@en, 'Biene'@de .",
            "sh:property [ sh:path ex:p ; sh:nodeKind sh:Literal ]",
            "Bee (ex:b) is not a literal.",
            "Each value must be a literal.",
        ),
        (
            "ex:a ex:p 1 .",
            "sh:closed true ; sh:property [ sh:path ex:q ]",
            "“1” is the value of a property that the shape does not name.",
            "It must have no properties but those that the shape names.",
        ),
        (
            "ex:a ex:p 1 .",
            "sh:or ( [ sh:class ex:C ] [ sh:property [ sh:path ex:q ; sh:minCount 1 ] ] )",
            "ex:a fits none of the shapes [be of the class ex:C], [[ex:q: have at least 1 value]].",
            "It must fit one or more of the shapes [be of the class ex:C], [[ex:q: have at least 1 value]].",
        ),
        (
            "ex:a ex:p 1 .",
            'sh:property [ sh:path ex:p ; sh:datatype xsd:string ; sh:message "No text."@en, "Nein."@de ]',
            "No text.",
            "Each value must be a well-formed xsd:string.",
        ),
    ],
)
def test_words(data: str, shape: str, message: str, asks: str) -> None:
    told = only(data, shape)
    assert (told.message, told.asks) == (message, asks)


def test_the_message_of_a_query_is_its_own() -> None:
    select = "SELECT $this ?value { $this <https://example.org/p> ?value }"
    told = only("ex:a ex:p 1 .", f'sh:sparql [ sh:select "{select}" ; sh:message "No {{?value}}." ]')
    assert (told.message, told.asks, told.constraint) == ("No 1.", None, "SPARQL")
    assert (
        only("ex:a ex:p 1 .", f'sh:sparql [ sh:select "{select}" ]').message
        == "The shape finds a fault here."
    )


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("[ sh:inversePath ex:p ]", "^ex:p"),
        ("( ex:p [ sh:zeroOrMorePath ex:q ] )", "ex:p/ex:q*"),
        ("[ sh:alternativePath ( ex:p ex:q ) ]", "ex:p|ex:q"),
        ("[ sh:oneOrMorePath [ sh:zeroOrOnePath ex:p ] ]", "ex:p?+"),
    ],
)
def test_paths_look_as_in_sparql(path: str, shown: str) -> None:
    assert only("ex:a ex:z 1 .", f"sh:property [ sh:path {path} ; sh:minCount 9 ]").path == shown


def test_the_name_of_a_property_shape_is_the_name_of_its_property() -> None:
    told = only("ex:a ex:z 1 .", 'sh:property [ sh:path ex:p ; sh:name "part"@en ; sh:minCount 1 ]')
    assert (told.path, told.path_iri) == ("part", "https://example.org/p")


SEVERAL = """
ex:S a sh:NodeShape ; sh:targetSubjectsOf ex:p ;
    sh:property [ sh:path ex:q ; sh:minCount 1 ; sh:severity sh:Warning ; sh:message "W" ] ;
    sh:property [ sh:path ex:r ; sh:minCount 1 ; sh:severity sh:Info ; sh:message "I" ] ;
    sh:property [ sh:path ex:s ; sh:minCount 1 ; sh:message "V" ] ."""


def test_the_worst_comes_first_and_all_are_counted() -> None:
    found = account("ex:b ex:p 1 . ex:a ex:p 1 .", SEVERAL, most=3)
    assert [(told.thing, told.message) for told in found.results] == [
        ("ex:a", "V"),
        ("ex:b", "V"),
        ("ex:a", "W"),
    ]
    assert found.counts == {"violation": 2, "warning": 2, "info": 2}
    assert found.notes == ("Only the first 3 results are told here; the other formats hold all of them.",)
    assert not found.conforms


def test_json_and_text_tell_the_same() -> None:
    found = account('ex:a ex:p 1 ; rdfs:label "A\\nB" .', SEVERAL)
    document = json.loads(found.json())
    assert document["verdict"] == found.verdict
    text = found.text().decode()
    assert text.endswith(found.verdict + "\n")
    assert all(f"fault:    {result['message']}" in text for result in document["results"])


def test_long_values_are_cut() -> None:
    told = only(f'ex:a ex:p "{"x" * 1000}" .', "sh:property [ sh:path ex:p ; sh:nodeKind sh:IRI ]")
    assert len(told.value or "") == 302
