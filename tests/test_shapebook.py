"""Shapes in words."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from kg.content import Content
from kg.media import GRAPH_FORMATS, Format
from kg.shapebook import Shapes, write

TURTLE = """
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix x: <u:x/> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
x:S a sh:NodeShape ; rdfs:label "Walk"@en ; sh:targetClass x:Walk ; sh:message "A walk."@en ;
  sh:property x:late , x:early , [ sh:path x:last ] .
x:early sh:path x:from ; sh:name "from"@en ; sh:order 1 ; sh:group x:G ;
  sh:minCount 1 ; sh:maxCount 1 ; sh:datatype xsd:date .
x:late sh:path x:to ; sh:order 2 ; sh:group x:G ; sh:maxCount 3 ;
  sh:or ( [ sh:class x:Place ] x:V ) ; sh:severity sh:Warning ;
  sh:description "Where it ends."@en .
x:V rdfs:label "a way"@en . x:G rdfs:label "When"@en ; sh:order 5 .
"""


@pytest.fixture(scope="module")
def shapes() -> Shapes:
    triples = [quad.triple for quad in ox.parse(TURTLE, ox.RdfFormat.TURTLE)]
    return Shapes(triples, {"u:x/Place": "place", "http://www.w3.org/2001/XMLSchema#date": "date"})


def test_a_class_with_its_rules_in_order(shapes: Shapes) -> None:
    (chapter,) = shapes.chapters()
    assert (chapter.shape, chapter.label, chapter.target, chapter.message) == (
        "u:x/S",
        "Walk",
        "u:x/Walk",
        "A walk.",
    )
    first, second, third = chapter.rules
    assert (first.name, first.section, first.number, first.values) == (
        "from",
        "When",
        "exactly 1",
        "a day",
    )
    assert (second.name, second.number, second.is_warning) == ("to", "at most 3", True)
    assert second.values == "a thing of the class place or a way"
    assert second.description == "Where it ends."
    assert (first.datatypes, first.is_required) == (("http://www.w3.org/2001/XMLSchema#date",), True)
    assert (second.classes, second.is_required) == (("u:x/Place",), False)
    assert (third.name, third.number) == ("last", "any number")


def test_what_is_said_of_one_shape(shapes: Shapes) -> None:
    found = shapes.about("u:x/late")
    assert {item.predicate.value.rpartition("#")[2] for item in found} >= {
        "or",
        "first",
        "rest",
        "class",
        "path",
    }
    assert shapes.about("u:x/none") == []


@pytest.mark.parametrize("format", GRAPH_FORMATS, ids=lambda row: row.name)
def test_they_are_written_whole(shapes: Shapes, format: Format) -> None:
    data = write(shapes.triples, format, {"sh": "http://www.w3.org/ns/shacl#"})
    kind = ox.RdfFormat.from_media_type(format.media_type)
    assert len(list(ox.parse(data, kind))) == len(shapes.triples)


def test_every_shape_of_ours_has_words(whole_content: Content) -> None:
    table = whole_content.prefixes()
    ours = Shapes(
        (item for file in whole_content.shapes() for item in whole_content.triples(file, table)), {}
    )
    chapters = ours.chapters()
    assert {"Initiative", "Instrument", "Organisation"} <= {chapter.label for chapter in chapters}
    assert all(rule.values or rule.message for chapter in chapters for rule in chapter.rules)
