"""Errors as documents for machines, each kind of error there is."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest

from kg.errors import KgError, MethodNotAllowed, OverBudget, QueryError
from kg.web.problems import PROBLEM, problem

NEEDS: dict[type[KgError], dict[str, Any]] = {
    MethodNotAllowed: {"allow": ("GET", "HEAD")},
    OverBudget: {"retry_after": 7},
}


def classes(root: type[KgError] = KgError) -> list[type[KgError]]:
    return [root, *(found for child in root.__subclasses__() for found in classes(child))]


KINDS = [kind for kind in classes() if kind.__module__ == "kg.errors"]


def shown(error: KgError) -> dict[str, Any]:
    data = problem(error)
    assert len(data) <= 4096
    document: dict[str, Any] = json.loads(data)
    return document


def test_the_media_type() -> None:
    assert PROBLEM == "application/problem+json"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_error(kind: type[KgError]) -> None:
    error = kind("It did not work.", remedy="Do it otherwise.", **NEEDS.get(kind, {}))
    assert shown(error) == {
        "type": "about:blank",
        "title": HTTPStatus(kind.status).phrase,
        "status": kind.status,
        "detail": "It did not work. Do it otherwise.",
        "code": kind.code,
    }


def test_the_request_is_named_where_it_has_an_id() -> None:
    document = json.loads(problem(QueryError("Wrong.", line=3, column=14), "5f3c"))
    assert list(document)[-4:] == ["code", "request_id", "line", "column"]
    assert document["request_id"] == "5f3c"
    assert json.loads(problem(KgError("x" * 5000 + "\x01" * 5000), "5f3c"))["request_id"] == "5f3c"


LONG: dict[str, str] = {
    "letters": "x" * 100_000,
    "signs of three bytes": "€" * 100_000,
    "signs of four bytes": "😀" * 100_000,
    "quotes": '"' * 100_000,
    "control characters": "\x01" * 100_000,
    "line ends": "\n" * 100_000,
    "just too long": "x" * 1001,
}


@pytest.mark.parametrize("message", LONG.values(), ids=LONG.keys())
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_stays_small_whatever_is_said(kind: type[KgError], message: str) -> None:
    document = shown(kind(message, **NEEDS.get(kind, {})))
    assert (document["status"], document["code"]) == (kind.status, kind.code)
    assert document["detail"] in ("", message[:999] + "…")


def test_a_sentence_of_a_thousand_characters_is_kept() -> None:
    assert shown(KgError("é" * 1000))["detail"] == "é" * 1000


def test_line_and_column_of_a_query() -> None:
    document = shown(QueryError("Wrong.", line=3, column=14, place="/srv/secret/query.rq"))
    assert (document["line"], document["column"]) == (3, 14)
    assert "secret" not in json.dumps(document)


@pytest.mark.parametrize("known", [{"line": 3}, {"column": 14}, {}])
def test_half_a_place_is_none(known: dict[str, int]) -> None:
    assert not {"line", "column"} & set(shown(QueryError("Wrong.", **known)))  # type: ignore[arg-type]


def test_letters_are_not_escaped() -> None:
    assert "Größe 😀" in problem(KgError("Größe 😀")).decode()
