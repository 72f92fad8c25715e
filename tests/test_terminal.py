"""Progress after a second, and answers as tables."""

from __future__ import annotations

import json
import time

import pytest

from kg.terminal import Progress, columns, table


def results(*rows: dict[str, object], names: tuple[str, ...] = ("thing", "n")) -> bytes:
    return json.dumps({"head": {"vars": names}, "results": {"bindings": rows}}).encode()


def test_a_table_is_aligned_and_counted() -> None:
    text = table(
        results(
            {
                "thing": {"type": "uri", "value": "http://e.example/a"},
                "n": {"type": "literal", "value": "two\nlines"},
            },
            {"thing": {"type": "uri", "value": "urn:long:name"}},
            {"thing": {"type": "bnode", "value": "b0"}, "n": {"type": "literal", "value": "3"}},
        ),
        {"e": "http://e.example/"},
    )
    assert text.splitlines() == [
        "thing            n",
        "--------------------------",
        "e:a              two lines",
        "<urn:long:name>",
        "_:b0             3",
        "(3 rows)",
    ]


def test_no_rows_one_row_and_yes_or_no() -> None:
    assert table(results(), {}) == "thing  n\n--------\n(0 rows)\n"
    assert table(results({"n": {"type": "literal", "value": "1"}}, names=("n",)), {}) == "n\n-\n1\n(1 row)\n"
    assert table(json.dumps({"head": {}, "boolean": True}).encode(), {}) == "yes\n"
    assert table(json.dumps({"head": {}, "boolean": False}).encode(), {}) == "no\n"


def test_columns() -> None:
    assert columns([["a", "bb"], ["ccc", ""]]) == ["a    bb", "ccc"]


def test_progress_keeps_silent_while_it_is_quick(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress() as tell:
        tell("one")
        tell("two")
    assert capsys.readouterr() == ("", "")


def test_progress_names_the_step_at_hand_and_those_that_follow(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(patience=0.05) as tell:
        tell("one")
        tell("two")
        time.sleep(0.3)
        tell("three")
    assert capsys.readouterr() == ("", "kg: two …\nkg: three …\n")


def test_progress_rewrites_one_line_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Progress(patience=0.05) as tell:
        monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
        tell("one")
        time.sleep(0.3)
    assert capsys.readouterr().err == "\r\x1b[Kkg: one …\r\x1b[K"
