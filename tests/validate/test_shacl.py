"""Shapes: what breaks them, where it stands, in our words."""

from __future__ import annotations

import logging
import sys

import pytest

from kg import vocab
from kg.build import build
from kg.content import labels
from kg.validate.places import Places
from kg.validate.report import Finding
from kg.validate.shacl import check_shapes
from sample import Mini

ALPS = vocab.ID + "place/alps"


def run(mini: Mini, missing: frozenset[str] = frozenset()) -> list[Finding]:
    content = mini.content
    quads = build(content).quads
    shapes = [triple for file in content.shapes() for triple in content.triples(file, content.prefixes())]
    places = Places(content.parsed([]), content.prefixes(), labels(quads))
    return sorted(check_shapes(quads, shapes, places, missing), key=lambda finding: finding.key)


def test_a_missing_value_leads_to_the_card(mini: Mini) -> None:
    mini.turtle("data/register/place/alps.ttl", "place:alps a conn:Place .")
    (finding,) = run(mini)
    assert finding == Finding(
        file="data/register/place/alps.ttl",
        line=5,
        thing=ALPS,
        label=None,
        rule="shape:PlaceShape-prefLabel: name",
        message="A place needs a name with a language tag.",
        remedy='Add skos:prefLabel "…"@en.',
        rule_iri="https://w3id.org/ecoconn/ontology/shapes/PlaceShape-prefLabel",
    )


def test_a_wrong_value_leads_to_every_passage_that_states_it(mini: Mini) -> None:
    mini.passage(2, "initiative:green-way conn:operatesIn status:active .")
    mini.turtle("data/editorial/a.ttl", "initiative:green-way conn:operatesIn status:active .")
    found = run(mini)
    assert [finding.file for finding in found] == ["data/editorial/a.ttl", "data/sources/report/02-text.ttl"]
    assert {finding.label for finding in found} == {"Green Way"}
    assert found[0].message == "Only a place can be where an effort operates. Found: active (status:active)."
    assert found[0].remedy == "Write its card."


def test_the_class_hierarchy_of_the_ontology_counts(mini: Mini) -> None:
    """green-way is a conn:Initiative; the shape is about conn:Effort."""
    mini.passage(2, 'initiative:green-way conn:operatesIn "01"^^xsd:integer .')
    (finding,) = run(mini)
    assert 'Found: "01"^^<http://www.w3.org/2001/XMLSchema#integer>.' in finding.message
    assert finding.file == "data/sources/report/02-text.ttl"
    assert finding.line is not None


def test_ill_typed_literals_make_no_noise(mini: Mini, caplog: pytest.LogCaptureFixture) -> None:
    mini.turtle("data/register/place/alps.ttl", 'place:alps a conn:Place ; skos:prefLabel "x"^^xsd:date .')
    with caplog.at_level(logging.WARNING):
        (finding,) = run(mini)
    assert 'Found: "x"^^<http://www.w3.org/2001/XMLSchema#date>.' in finding.message
    assert caplog.text == ""


def test_a_severity_below_violation_is_a_warning(mini: Mini) -> None:
    path = mini.root / "shapes/place.ttl"
    text = path.read_text(encoding="utf-8").replace(
        "    sh:minCount 1 ;\n", "    sh:minCount 1 ;\n    sh:severity sh:Info ;\n"
    )
    path.write_text(text, encoding="utf-8")
    mini.turtle("data/register/place/alps.ttl", "place:alps a conn:Place .")
    assert [finding.severity for finding in run(mini)] == ["warning"]


def test_things_of_files_that_cannot_be_read_are_left_out(mini: Mini) -> None:
    mini.passage(2, "initiative:green-way conn:operatesIn place:gone .")
    assert len(run(mini)) == 1
    assert run(mini, frozenset({vocab.ID + "place/gone"})) == []
    assert run(mini, frozenset({vocab.ID + "initiative/green-way"})) == []


def test_shapes_that_cannot_be_used_are_told(mini: Mini) -> None:
    mini.turtle(
        "shapes/wrong.ttl",
        "shape:Wrong a sh:NodeShape ; sh:targetClass conn:Place ; sh:property [ sh:minCount 1 ] .",
    )
    (finding,) = run(mini)
    assert finding.file == "shapes/"
    assert finding.message.startswith("The shapes cannot be used")


def test_owlrl_is_never_imported(mini: Mini) -> None:
    run(mini)
    assert "owlrl" not in sys.modules
