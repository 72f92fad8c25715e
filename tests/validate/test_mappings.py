"""Rules on mappings: each fault with its row, rule and remedy."""

from __future__ import annotations

import pytest

from kg.build import build
from kg.content import labels
from kg.validate.mappings import check_mappings
from kg.validate.report import Finding
from mappings import FILE, FIRST, LITERAL, SCHEMES, mapping_file, with_links
from sample import Mini


def run(mini: Mini) -> list[Finding]:
    content = mini.content
    quads = build(content).quads
    return list(check_mappings(content.mappings(), quads, labels(quads)))


def test_good_mappings(mini: Mini) -> None:
    with_links(mini, {}, {"object_id": "wd:Q2", "predicate_id": "skos:closeMatch"})
    mini.write(
        "data/links/ecolex.sssom.tsv",
        mapping_file(LITERAL).replace("links#wikidata", "links#ecolex"),
    )
    assert run(mini) == []


FAULTS: dict[str, tuple[list[dict[str, str]], int, str, str]] = {
    "a pattern": ([{"object_id": "wd:1286"}], 0, "identifier", "entity/1286 is not of the form"),
    "a longer one": ([{"object_id": "wd:Q1286x"}], 0, "identifier", "is not of the form"),
    "a subject": ([{"subject_id": "place:andes"}], 0, "subject", "There is no https://w3id.org/ecoconn/id/"),
    "a label": ([{"subject_label": "Andes"}], 0, "subject label", "“Andes” is not among its names."),
    "a row twice": ([{}, {"confidence": "0.5"}], 1, "duplicate", f"{FILE}:{FIRST} states the same."),
    "two of theirs": ([{}, {"object_id": "wd:Q2"}], 1, "one of ours", f"Q1286 ({FILE}:{FIRST}); Alps ="),
    "two of ours": (
        [
            {},
            {"subject_id": "https://w3id.org/ecoconn/id/initiative/green-way", "subject_label": "Green Way"},
        ],
        1,
        "one of theirs",
        f"({FILE}:{FIRST + 1})",
    ),
}


@pytest.mark.parametrize(("rows", "line", "rule", "sentence"), FAULTS.values(), ids=FAULTS.keys())
def test_faults(mini: Mini, rows: list[dict[str, str]], line: int, rule: str, sentence: str) -> None:
    with_links(mini, *rows)
    (finding,) = run(mini)
    assert (finding.file, finding.line, finding.severity) == (FILE, FIRST + line, "violation")
    assert finding.rule.startswith(f"mapping, {rule}: ")
    assert sentence in finding.message
    assert finding.remedy


def test_a_scheme_that_nobody_describes(mini: Mini) -> None:
    with_links(mini, {})
    mini.turtle("ontology/schemes.ttl", SCHEMES.replace("scheme/wikidata", "scheme/other"))
    (finding,) = run(mini)
    assert "There is no scheme:wikidata" in finding.message


def test_a_pattern_that_is_none(mini: Mini) -> None:
    with_links(mini, {})
    mini.turtle("ontology/schemes.ttl", SCHEMES.replace("^http", "(http"))
    (finding,) = run(mini)
    assert "which is no regular expression" in finding.message
