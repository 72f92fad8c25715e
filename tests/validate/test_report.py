"""Findings in words, JSON and Turtle."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest

from kg.errors import ContentError
from kg.validate.report import Finding, Report, from_error, in_order

THING = "https://w3id.org/ecoconn/id/place/alps"
SHAPE = "https://w3id.org/ecoconn/ontology/shapes/PlaceShape"
FULL = Finding(
    file="data/a.ttl",
    line=3,
    column=7,
    thing=THING,
    label="Alps",
    rule="shape:PlaceShape: name",
    message="The name is missing.",
    remedy="Add it.",
    rule_iri=SHAPE,
)
BARE = Finding(file="data/b.ttl", rule="structure", message="Odd.\nVery odd.", severity="warning")
REPORT = Report((FULL, BARE), {"files": 2, "lints": 1}, ("something was not run",))
PREFIXES = {"place": "https://w3id.org/ecoconn/id/place/", "sh": "http://www.w3.org/ns/shacl#"}


def test_text_is_for_people() -> None:
    assert REPORT.to_text(PREFIXES) == (
        "violation: data/a.ttl:3:7\n"
        "  thing:  Alps (place:alps)\n"
        "  rule:   shape:PlaceShape: name\n"
        "  fault:  The name is missing.\n"
        "  remedy: Add it.\n"
        "\n"
        "warning: data/b.ttl\n"
        "  rule:   structure\n"
        "  fault:  Odd.\n"
        "          Very odd.\n"
        "\n"
        "note: something was not run\n"
        "FAILED: 1 violation, 1 warning in 2 files, 1 lint\n"
    )


@pytest.mark.parametrize(
    ("findings", "verdict"),
    [
        ((), "passed: no violations in 2 files, 1 lint"),
        ((BARE,), "passed: no violations, 1 warning in 2 files, 1 lint"),
        ((FULL, FULL), "FAILED: 2 violations in 2 files, 1 lint"),
    ],
)
def test_the_verdict_is_the_last_line(findings: tuple[Finding, ...], verdict: str) -> None:
    report = Report(findings, REPORT.counts)
    assert report.to_text().splitlines()[-1] == verdict
    assert report.conforms == verdict.startswith("passed")


def test_what_the_build_made_has_no_file() -> None:
    text = Report((Finding(file="", rule="r", message="m"),)).to_text()
    assert text.startswith("violation: the dataset as built\n")


def test_json_is_for_programs() -> None:
    found = json.loads(REPORT.to_json())
    assert (found["conforms"], found["counts"], found["notes"]) == (
        False,
        {"files": 2, "lints": 1},
        list(REPORT.notes),
    )
    assert found["findings"][0] == {
        "file": "data/a.ttl",
        "line": 3,
        "column": 7,
        "thing": THING,
        "label": "Alps",
        "rule": "shape:PlaceShape: name",
        "rule_iri": SHAPE,
        "message": "The name is missing.",
        "remedy": "Add it.",
        "severity": "violation",
    }
    assert found["findings"][1]["severity"] == "warning"


def test_turtle_is_a_shacl_report_without_blank_nodes() -> None:
    text = REPORT.to_turtle(PREFIXES)
    triples = [quad.triple for quad in ox.parse(text, ox.RdfFormat.TURTLE)]
    assert not [
        t for t in triples if isinstance(t.subject, ox.BlankNode) or isinstance(t.object, ox.BlankNode)
    ]
    by_property: dict[str, list[str]] = {}
    for triple in triples:
        by_property.setdefault(triple.predicate.value.rpartition("#")[2], []).append(triple.object.value)
    assert by_property["conforms"] == ["false"]
    assert len(by_property["result"]) == 2
    assert sorted(by_property["focusNode"]) == ["data/b.ttl", THING]
    assert by_property["sourceShape"] == [SHAPE]
    assert sorted(value.rpartition("#")[2] for value in by_property["resultSeverity"]) == [
        "Violation",
        "Warning",
    ]
    assert text == Report(tuple(reversed(REPORT.findings)), {}).to_turtle(PREFIXES)


def test_render_knows_the_three() -> None:
    assert REPORT.render("text", PREFIXES) == REPORT.to_text(PREFIXES)
    assert REPORT.render("json", PREFIXES) == REPORT.to_json()
    assert REPORT.render("turtle", PREFIXES) == REPORT.to_turtle(PREFIXES)


@pytest.mark.parametrize(
    ("line", "column", "place"),
    [(3, 7, "data/a:b.ttl:3:7"), (3, None, "data/a:b.ttl:3"), (None, None, "data/a:b.ttl")],
)
def test_an_error_becomes_a_finding_with_its_place(line: int | None, column: int | None, place: str) -> None:
    error = ContentError("Wrong.", place=place, line=line, column=column, remedy="Right it.")
    finding = from_error(error, "syntax")
    assert (finding.file, finding.line, finding.column) == ("data/a:b.ttl", line, column)
    assert finding.place == place
    assert (finding.message, finding.remedy, finding.rule) == ("Wrong.", "Right it.", "syntax")


def test_findings_come_by_place_and_once() -> None:
    later = Finding(file="data/a.ttl", line=12, rule="r", message="m")
    assert in_order([BARE, later, FULL, BARE]) == (FULL, later, BARE)


def test_json_reads_back() -> None:
    report = Report(REPORT.findings, REPORT.counts, REPORT.notes, "abc")
    assert Report.from_json(report.to_json()) == report
    for text in ("{}", "[]", '{"findings": [{}], "counts": {}, "notes": [], "digest": ""}'):
        with pytest.raises(ValueError, match="no report"):
            Report.from_json(text)
    with pytest.raises(ValueError, match="Expecting value"):
        Report.from_json("")
