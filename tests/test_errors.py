"""The error tree: what its docstring draws is what the classes carry."""

import re

import pytest

from kg import errors
from kg.errors import ContentError, KgError, MethodNotAllowed, OverBudget, QueryError, Unavailable

TREE = re.findall(r"(\w+) {2,}(\d{3}) {2,}([a-z-]+)", errors.__doc__ or "")


def classes(root: type[KgError] = KgError) -> list[type[KgError]]:
    """All of the tree; what other modules make of a class of it, they tell as that class."""
    mine = [child for child in root.__subclasses__() if child.__module__ == errors.__name__]
    return [root, *(found for child in mine for found in classes(child))]


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    drawn = {name: (int(status), code) for name, status, code in TREE}
    assert drawn == {found.__name__: (found.status, found.code) for found in classes()}


def test_codes_are_unique() -> None:
    codes = [found.code for found in classes()]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (KgError("It broke."), "It broke."),
        (KgError("It broke.", remedy="Mend it."), "It broke. Mend it."),
        (
            ContentError("A dot is missing.", place="a.ttl:3:7", line=3, column=7),
            "a.ttl:3:7: A dot is missing.",
        ),
        (QueryError("Empty.", remedy="Ask.", place="q.rq"), "q.rq: Empty. Ask."),
    ],
)
def test_text_joins_place_message_and_remedy(error: KgError, text: str) -> None:
    assert str(error) == text


def test_detail_leaves_the_place_out() -> None:
    error = ContentError("A dot is missing.", place="/home/someone/a.ttl:3:7", remedy="Add it.")
    assert error.detail == "A dot is missing. Add it."


def test_method_not_allowed_keeps_the_methods() -> None:
    assert MethodNotAllowed("No.", allow=("GET", "HEAD")).allow == ("GET", "HEAD")


@pytest.mark.parametrize("kind", classes(Unavailable), ids=lambda kind: str(kind.__name__))
def test_whatever_is_not_answered_now_says_when_to_ask_again(kind: type[Unavailable]) -> None:
    error = kind("Not now.")
    assert (error.status, error.message) == (503, "Not now.")
    assert 1 <= error.retry_after <= 60


def test_over_budget_keeps_when_to_ask_again() -> None:
    error = OverBudget("Too often.", retry_after=7, remedy="Wait.")
    assert (error.status, error.retry_after, str(error)) == (429, 7, "Too often. Wait.")


def test_every_status_is_an_error_of_http() -> None:
    assert {found.status for found in classes()} <= {
        *(400, 401, 403, 404, 405, 406, 408, 410, 413, 414, 415, 416, 422, 429, 431),
        *(500, 502, 503, 504),
    }


def test_every_error_can_be_raised_with_its_message_alone_or_says_what_it_needs() -> None:
    needs_more = set()
    for kind in classes():
        try:
            assert kind("It broke.").detail == "It broke."
        except TypeError:
            needs_more.add(kind)
    assert needs_more == {MethodNotAllowed, OverBudget}
