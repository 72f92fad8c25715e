"""How commands end: a sentence and an exit code for every kind of fault."""

import errno
from collections.abc import Callable
from typing import Any

import click
import pytest

from kg.errors import ContentError, QueryError
from kg.exits import exit_code, tell


def failing(error: BaseException) -> Callable[[], Any]:
    def run() -> Any:
        raise error

    return run


CASES = {
    "content": (
        ContentError("A dot is missing.", place="a.ttl:3", remedy="Add it."),
        1,
        "a.ttl:3: A dot is missing. Add it.",
    ),
    "query": (QueryError("The query is empty."), 1, "The query is empty."),
    "interrupted": (click.Abort(), 130, "interrupted"),
    "a full disk": (
        OSError(errno.ENOSPC, "No space left on device"),
        1,
        "A file or stream cannot be used: No space left on device.",
    ),
    "our fault": (KeyError("x"), 1, "This is a fault of the program, not of yours: KeyError: 'x'."),
}


@pytest.mark.parametrize(("error", "code", "sentence"), CASES.values(), ids=CASES.keys())
def test_a_fault_is_a_sentence(
    error: BaseException, code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(failing(error)) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"kg: {sentence}")
    assert "Traceback" not in shown.err


def test_a_wrong_call_is_told_with_its_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(failing(click.UsageError("Name the files."))) == 2
    assert "Error: Name the files." in capsys.readouterr().err


@pytest.mark.parametrize(("returned", "code"), [(None, 0), (3, 3), ("text", 0)])
def test_what_a_command_returns_is_its_code_when_it_is_a_number(returned: object, code: int) -> None:
    assert exit_code(lambda: returned) == code


def test_tell_keeps_standard_output_clean(capsys: pytest.CaptureFixture[str]) -> None:
    tell("done")
    assert capsys.readouterr() == ("", "kg: done\n")
