"""What the shapes say of how a thing is shown."""

from __future__ import annotations

from kg import vocab
from kg.forms import OTHER, Field, Forms, read_forms
from kg.turtle import read_turtle
from sample import PREFIXES

SHAPES = """
    shape:A a sh:NodeShape ; sh:targetClass conn:Initiative ;
        sh:property shape:status , shape:late , shape:path .
    shape:B a sh:NodeShape ; sh:targetClass conn:Effort ; sh:property shape:wide .
    shape:status a sh:PropertyShape ; sh:path conn:status ; sh:name "state"@en ; sh:order 3 ;
        sh:group shape:G .
    shape:late a sh:PropertyShape ; sh:path conn:end .
    shape:path a sh:PropertyShape ; sh:path ( conn:a conn:b ) ; sh:name "way"@en .
    shape:wide a sh:PropertyShape ; sh:path conn:status ; sh:name "wide"@en ; sh:order 9 ; sh:group shape:G .
    shape:G a sh:PropertyGroup ; rdfs:label "When"@en ; sh:order 5 .
"""
ONTOLOGY = """
    conn:status a owl:ObjectProperty , conn:TimeBoundProperty .
    conn:currentStatus a owl:ObjectProperty ; conn:currentValueOf conn:status .
"""
HEAD = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in PREFIXES.items())
FORMS = read_forms(
    read_turtle(HEAD + SHAPES, PREFIXES, source="s", allow_anonymous=True),
    read_turtle(HEAD + ONTOLOGY, PREFIXES, source="o"),
)
INITIATIVE, EFFORT = vocab.CONN + "Initiative", vocab.CONN + "Effort"


def test_a_field_has_the_name_and_place_that_its_shape_gives() -> None:
    assert FORMS.field([INITIATIVE], vocab.CONN + "status", "?") == Field(5, 3, "When", "state")


def test_of_several_classes_the_field_that_comes_first_counts() -> None:
    assert FORMS.field([EFFORT, INITIATIVE], vocab.CONN + "status", "?").name == "state"
    assert FORMS.field([EFFORT], vocab.CONN + "status", "?").name == "wide"


def test_what_is_not_said_comes_last_under_its_own_label() -> None:
    late = FORMS.field([INITIATIVE], vocab.CONN + "end", "?")
    assert (late.section, late.name) == (OTHER, vocab.CONN + "end")
    unknown = FORMS.field([INITIATIVE], vocab.CONN + "b", "label of b")
    assert (unknown.section, unknown.name) == (OTHER, "label of b")
    assert late > FORMS.field([INITIATIVE], vocab.CONN + "status", "?")
    assert Forms().field([INITIATIVE], "u:p", "p").section == OTHER


def test_time_bound_properties_and_their_current_values() -> None:
    assert FORMS.time_bound == {vocab.CONN + "status"}
    assert FORMS.current_of == {vocab.CONN + "status": vocab.CONN + "currentStatus"}
