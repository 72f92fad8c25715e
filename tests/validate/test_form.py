"""Files that are not as ``kg fmt`` would write them."""

from __future__ import annotations

from kg.validate.form import check_form
from kg.validate.report import Finding
from sample import LICENCE, PREFIXES, Mini


def findings(mini: Mini, name: str, text: str) -> list[Finding]:
    mini.write(name, text)
    files = [file for file in (*mini.content.files, *mini.content.shapes()) if file.name == name]
    return list(check_form(files, PREFIXES))


def test_canonical_files_have_no_finding(mini: Mini) -> None:
    assert list(check_form([*mini.content.files, *mini.content.shapes()], PREFIXES)) == []


def test_the_first_line_that_differs_is_named(mini: Mini) -> None:
    text = LICENCE + "\n<http://a.example/>\n    a <http://c.example/> ;\n    a <http://b.example/> ;\n.\n"
    (finding,) = findings(mini, "data/editorial/a.ttl", text)
    assert (finding.place, finding.rule) == ("data/editorial/a.ttl:4", "canonical form")
    assert finding.remedy == "Run 'kg fmt data/editorial/a.ttl'."


def test_a_missing_final_line_feed_is_a_difference(mini: Mini) -> None:
    text = LICENCE + "\n<http://a.example/>\n    a <http://c.example/> ;\n."
    (finding,) = findings(mini, "data/editorial/a.ttl", text)
    assert finding.place == "data/editorial/a.ttl:5"


def test_the_licence_is_the_first_line(mini: Mini) -> None:
    (finding,) = findings(
        mini, "shapes/a.ttl", "# About.\n\n<http://a.example/>\n    a <http://c.example/> ;\n.\n"
    )
    assert (finding.place, finding.rule) == ("shapes/a.ttl:1", "licence")
    assert "SPDX-License-Identifier: CC-BY-4.0" in (finding.remedy or "")


def test_a_comment_that_would_be_lost(mini: Mini) -> None:
    (finding,) = findings(
        mini, "data/editorial/a.ttl", LICENCE + "<http://a.example/> a <http://c.example/> . # x\n"
    )
    assert finding.place == "data/editorial/a.ttl:2:45"
    assert "would lose it" in finding.message
