"""Questions against their accepted answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kg.build import build
from kg.directives import Answer
from kg.store import Store
from kg.validate.answers import ask, check_answers, difference, served_store
from sample import QUESTION, Mini


@pytest.fixture
def store(mini: Mini) -> Iterator[Store]:
    opened = served_store(build(mini.content).nquads())
    yield opened
    opened.close()


def test_the_accepted_answer_has_no_finding(mini: Mini, store: Store) -> None:
    assert list(check_answers(mini.content.questions(), store)) == []


def test_another_answer_is_told_with_its_rows(mini: Mini, store: Store) -> None:
    mini.write("ontology/questions/01-where.csv", "initiative,place\nGreen Way,Harz\n")
    (finding,) = check_answers(mini.content.questions(), store)
    assert finding.file == "ontology/questions/01-where.csv"
    assert finding.rule == "accepted answer: Which initiatives work where?"
    assert finding.message == (
        "Missing (1 row):\n  Green Way | Harz\nNot accepted (1 row):\n  Green Way | Alps"
    )


def test_a_query_that_does_not_parse_has_its_place(mini: Mini, store: Store) -> None:
    mini.write("ontology/questions/01-where.rq", QUESTION.replace("?place .", "?place ?x"))
    (finding,) = check_answers(mini.content.questions(), store)
    assert finding.file == "ontology/questions/01-where.rq"
    assert finding.line == 8 and finding.column


def test_an_answer_that_cannot_be_read_is_told_elsewhere(mini: Mini, store: Store) -> None:
    mini.write("ontology/questions/01-where.csv", "a,b\n1\n")
    assert list(check_answers(mini.content.questions(), store)) == []
    assert "1 fields" in str(mini.content.problems[0])


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        ("ASK { ?s a <https://w3id.org/ecoconn/ontology#Place> }", Answer(("true",), ())),
        (
            "CONSTRUCT { ?s a <http://a.example/> ; <http://b.example/> 'x y' } "
            "{ ?s a <https://w3id.org/ecoconn/ontology#Place> }",
            Answer(
                ("subject", "predicate", "object"),
                (
                    (
                        "<https://w3id.org/ecoconn/id/place/alps>",
                        "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>",
                        "<http://a.example/>",
                    ),
                    ("<https://w3id.org/ecoconn/id/place/alps>", "<http://b.example/>", '"x y"'),
                ),
            ),
        ),
    ],
)
def test_yes_or_no_and_triples_are_tables_too(mini: Mini, store: Store, query: str, answer: Answer) -> None:
    mini.write("ontology/questions/01-where.rq", "#+ summary: a\n" + query)
    (question,) = mini.content.questions()
    assert ask(question, store) == answer


ROWS = (("a",), ("b",), ("b",))


@pytest.mark.parametrize(
    ("found", "kept", "told"),
    [
        (Answer(("x",), ROWS), True, None),
        (Answer(("x",), tuple(reversed(ROWS))), False, None),
        (Answer(("y",), ROWS), False, "The columns are y; accepted are x."),
        (Answer(("x",), ROWS[:2]), False, "Missing (1 row):\n  b"),
        (Answer(("x",), (*ROWS, ("c",))), False, "Not accepted (1 row):\n  c"),
        (
            Answer(("x",), tuple(reversed(ROWS))),
            True,
            "The rows come in another order, from row 1 on: b, where a is accepted.",
        ),
        (Answer(("x",), ()), False, "Missing (3 rows):\n  a\n  b\n  b"),
        (
            Answer(("x",), (*ROWS, *((str(n),) for n in range(5)))),
            False,
            "Not accepted (5 rows):\n  0\n  1\n  2\n  and 2 more",
        ),
    ],
)
def test_difference(found: Answer, kept: bool, told: str | None) -> None:
    assert difference(found, Answer(("x",), ROWS), kept=kept) == told
