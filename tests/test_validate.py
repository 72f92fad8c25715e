"""One check of everything: no fault hides another, and the real content passes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from kg.content import find_content
from kg.errors import ContentError
from kg.validate import Report, check
from sample import LICENCE, Mini

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT.parent / "shared" / "source"


def brief(report: Report) -> list[tuple[str, str]]:
    """File and first word of the rule of each finding."""
    return [(finding.file, finding.rule.split(":")[0]) for finding in report.findings]


def test_a_faultless_folder_passes(mini: Mini) -> None:
    report = check(mini.content)
    assert report.findings == ()
    assert report.conforms
    assert report.counts["files"] == 14
    assert (report.counts["shapes"], report.counts["lints"], report.counts["questions"]) == (4, 1, 1)


def test_every_kind_of_fault_is_found_at_once(mini: Mini) -> None:
    mini.write("data/stray.txt", "")
    mini.card("place/alps", "conn:Place", "Alps.")  # a lint
    mini.write("data/editorial/form.ttl", LICENCE + "<http://a.example/>   a <http://b.example/> .\n")
    mini.passage(2, "initiative:green-way conn:operatesIn initiative:green-way .")  # a shape
    mini.write(
        "ontology/questions/02-status.rq",
        "#+ summary: Which status?\nSELECT ?s { ?i <https://w3id.org/ecoconn/ontology#status> ?s }\n",
    )
    mini.write("ontology/questions/02-status.csv", "s\n")
    assert brief(check(mini.content)) == [
        ("data/editorial/form.ttl", "canonical form"),
        ("data/register/place/alps.ttl", "name-ends"),
        ("data/sources/report/02-text.ttl", "shape"),
        ("data/stray.txt", "structure"),
        ("ontology/questions/01-where.csv", "accepted answer"),
        ("ontology/questions/02-status.csv", "accepted answer"),
        ("ontology/questions/02-status.rq", "time-bound"),
    ]


def test_an_unread_file_hides_no_other_fault_and_causes_none(mini: Mini) -> None:
    mini.write("data/register/place/alps.ttl", LICENCE + "nonsense\n")
    mini.card("place/harz", "conn:Place", "Harz.")
    mini.write("data/editorial/form.ttl", LICENCE + "<http://a.example/>   a <http://b.example/> .\n")
    report = check(mini.content)
    assert brief(report) == [
        ("data/editorial/form.ttl", "canonical form"),
        ("data/register/place/alps.ttl", "syntax"),
        ("data/register/place/harz.ttl", "name-ends"),
    ]
    assert report.findings[1].place == "data/register/place/alps.ttl:2:1"
    assert len(report.notes) == 2
    assert "questions were not asked" in report.notes[1]


def test_without_the_ontology_nothing_is_judged_by_it(mini: Mini) -> None:
    mini.write("ontology/connectivity.ttl", LICENCE + "nonsense\n")
    report = check(mini.content)
    assert brief(report) == [("ontology/connectivity.ttl", "syntax")]
    assert report.notes == (
        "shapes, lints and questions were not run: a file of the ontology cannot be read",
    )


def test_a_broken_prefix_table_is_told(mini: Mini) -> None:
    (mini.root / "ontology/prefixes.ttl").unlink()
    report = check(mini.content)
    assert brief(report) == [("ontology/prefixes.ttl", "structure")]
    assert report.notes == ("the canonical form was not compared: it depends on ontology/prefixes.ttl",)


def test_faults_of_shapes_lints_and_questions_are_told(mini: Mini) -> None:
    mini.write("shapes/broken.ttl", LICENCE + "nonsense\n")
    mini.write("shapes/lint/broken.rq", "#+ rule: a\n#+ remedy: b\nSELECT ?thing { ?thing ?p }\n")
    mini.write("ontology/questions/02-broken.rq", "#+ summary: a\nSELECT ?x { ?x }\n")
    mini.write("ontology/questions/02-broken.csv", "x\n")
    findings = {
        finding.file: finding for finding in check(mini.content).findings if finding.rule != "time-bound"
    }
    assert set(findings) == {"shapes/broken.ttl", "shapes/lint/broken.rq", "ontology/questions/02-broken.rq"}
    assert findings["shapes/lint/broken.rq"].place == "shapes/lint/broken.rq:3:27"
    assert findings["ontology/questions/02-broken.rq"].place == "ontology/questions/02-broken.rq:2:16"


def test_the_order_and_the_steps(mini: Mini) -> None:
    mini.card("place/harz", "conn:Place", "Harz.")
    mini.card("place/berg", "conn:Place", "Berg.")
    steps: list[str] = []
    first = check(mini.content, progress=steps.append)
    assert first == check(mini.content)
    assert [finding.file for finding in first.findings] == sorted(finding.file for finding in first.findings)
    assert steps[0] == "reading the files" and steps[-1] == "checking the mappings"


def test_only_a_folder_can_be_checked(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="not no content"):
        check(find_content("none"))


def test_the_real_content_passes_in_time() -> None:
    content = find_content(str(ROOT))
    start = time.perf_counter()
    report = check(content, SOURCES if SOURCES.is_dir() else None)
    taken = time.perf_counter() - start
    assert report.to_text(content.prefixes()).splitlines()[-1].startswith("passed: no violations"), (
        report.to_text()
    )
    assert taken < 20, "8 s where nothing else runs"
