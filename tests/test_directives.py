"""Query files: directives, queries and accepted answers, and what is said of faulty ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from kg.directives import Answer, read, read_answer, read_lint, read_question
from kg.errors import ContentError

GOOD = (
    "# SPDX-License-Identifier: CC-BY-4.0\n#+ summary: Who?\n#+ tags: [a, b c]\n#+ order: kept\n"
    "\nSELECT ?x { ?x ?y ?z }\n"
)


def file(folder: Path, text: str, name: str = "01-who.rq") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def fault(folder: Path, text: str) -> ContentError:
    with pytest.raises(ContentError) as raised:
        read_question(file(folder, text), "ontology/questions/01-who.rq")
    return raised.value


def test_a_question(tmp_path: Path) -> None:
    question = read_question(file(tmp_path, GOOD), "ontology/questions/01-who.rq")
    assert (question.name, question.number, question.summary) == ("01-who", "01", "Who?")
    assert (question.tags, question.order, question.kind) == (("a", "b c"), "kept", "select")
    assert question.text == GOOD
    assert question.query == "SELECT ?x { ?x ?y ?z }\n"
    assert question.answer_file == "ontology/questions/01-who.csv"
    file(tmp_path, 'x\n"a, b"\n\n', "01-who.csv")
    with pytest.raises(ContentError, match="0 fields"):
        question.answer()
    file(tmp_path, 'x\n"a, b"\n""\n', "01-who.csv")
    assert question.answer() == Answer(("x",), (("a, b",), ("",)))


def test_defaults(tmp_path: Path) -> None:
    question = read_question(file(tmp_path, "#+ summary: Is it?\nASK {}"), "q.rq")
    assert (question.tags, question.order, question.kind) == ((), "any", "ask")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("ASK {}", "ontology/questions/01-who.rq", "'summary' is missing"),
        ("#+ summary:\nASK {}", "ontology/questions/01-who.rq", "'summary' is missing"),
        ("#+ summary: a\n#+ colour: red\nASK {}", "ontology/questions/01-who.rq:2", "#+ colour: red"),
        ("#+ nonsense\nASK {}", "ontology/questions/01-who.rq:1", "#+ nonsense"),
        ("#+ summary: a\n#+ summary: b\nASK {}", "ontology/questions/01-who.rq:2", "given twice"),
        ("#+ summary: a\n#+ tags: b\nASK {}", "ontology/questions/01-who.rq", "not a list"),
        ("#+ summary: a\n#+ order: best\nASK {}", "ontology/questions/01-who.rq", "any, kept"),
        ("#+ summary: a\n", "ontology/questions/01-who.rq", "empty"),
        ("#+ summary: a\nDESCRIBE <http://a.example/>", "ontology/questions/01-who.rq", "not a DESCRIBE"),
        ("#+ summary: a\nINSERT DATA {}", "ontology/questions/01-who.rq", ""),
        (
            "#+ summary: a\nSELECT * { SERVICE <http://x.example/> {} }",
            "ontology/questions/01-who.rq",
            "SERVICE",
        ),
    ],
)
def test_faulty_questions(tmp_path: Path, text: str, place: str, words: str) -> None:
    error = fault(tmp_path, text)
    assert (error.place or "").startswith(place)
    assert words in error.message


def test_a_directive_below_the_query_is_a_comment(tmp_path: Path) -> None:
    question = read_question(file(tmp_path, "#+ summary: a\nASK {}\n#+ colour: red\n"), "q.rq")
    assert question.kind == "ask"


def test_a_lint(tmp_path: Path) -> None:
    text = "#+ rule: No x.\n#+ remedy: Remove it.\n#+ severity: warning\nSELECT ?thing {}"
    lint = read_lint(file(tmp_path, text, "no-x.rq"), "shapes/lint/no-x.rq")
    assert (lint.name, lint.rule, lint.remedy, lint.severity) == ("no-x", "No x.", "Remove it.", "warning")
    with pytest.raises(ContentError, match="'remedy' is missing"):
        read_lint(file(tmp_path, "#+ rule: No x.\nSELECT ?thing {}"), "l.rq")
    with pytest.raises(ContentError, match="violation, warning"):
        read_lint(file(tmp_path, text.replace(": warning", ": fatal")), "l.rq")
    with pytest.raises(ContentError, match="SELECT of faults"):
        read_lint(file(tmp_path, text.replace("SELECT ?thing", "ASK")), "l.rq")


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("", "a.csv", "empty"),
        ("x,y\n1\n", "a.csv:2", "1 fields; the header has 2"),
        ('x\n"a', "a.csv:2", "unexpected end of data"),
        ('x\n"a"b\n', "a.csv:2", "expected after"),
    ],
)
def test_faulty_answers(text: str, place: str, words: str) -> None:
    with pytest.raises(ContentError) as raised:
        read_answer(text, "a.csv")
    assert raised.value.place == place
    assert words in raised.value.message


def test_line_breaks_in_cells_and_carriage_returns() -> None:
    assert read_answer('x,y\r\n"a\nb",c\r\n', "a.csv") == Answer(("x", "y"), (("a\nb", "c"),))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"^q\.rq: The file cannot be read: No such file"):
        read(tmp_path / "q.rq", "q.rq")
    with pytest.raises(ContentError, match="Is a directory"):
        read(tmp_path, "q.rq")
    (tmp_path / "bytes").write_bytes(b"\xc3\x28")
    with pytest.raises(ContentError, match="not UTF-8"):
        read(tmp_path / "bytes", "q.rq")


def test_a_federated_question(tmp_path: Path) -> None:
    clauses = "SERVICE <https://a.example/s> { ?s ?p ?o } SERVICE <http://b.example:81> {}"
    text = f"#+ summary: Who?\nSELECT * {{ {clauses} }}"
    found = read_question(file(tmp_path, text), "f/01-who.rq", federated=True)
    assert found.services == ("http://b.example:81", "https://a.example")
    with pytest.raises(ContentError, match="SERVICE is not allowed"):
        read_question(file(tmp_path, text), "q/01-who.rq")
    with pytest.raises(ContentError, match="asks no other endpoint"):
        read_question(file(tmp_path, GOOD), "f/01-who.rq", federated=True)
    with pytest.raises(ContentError, match="no address that begins"):
        read_question(file(tmp_path, text.replace("https:", "ftp:")), "f/01-who.rq", federated=True)
