"""Nothing is missing: every test that the suites list runs, must fail, or is left out for a reason."""

from __future__ import annotations

from collections import Counter

import pytest
from exclusions import EXCLUDED, LEFT_OUT
from manifests import Case, cases, left_out, needs_suites

pytestmark = needs_suites

# How many tests of each type ran when this was written; suites grow.
AT_LEAST = {
    ("sparql10", "QueryEvaluationTest"): 283,
    ("sparql10", "PositiveSyntaxTest"): 149,
    ("sparql10", "NegativeSyntaxTest"): 50,
    ("sparql11", "QueryEvaluationTest"): 232,
    ("sparql11", "CSVResultFormatTest"): 3,
    ("sparql11", "PositiveSyntaxTest"): 63,
    ("sparql11", "NegativeSyntaxTest"): 48,
    ("sparql11", "UpdateEvaluationTest"): 94,
    ("sparql11", "PositiveUpdateSyntaxTest"): 42,
    ("sparql11", "NegativeUpdateSyntaxTest"): 13,
    ("sparql11", "ProtocolTest"): 34,
    ("sparql11", "GraphStoreProtocolTest"): 13,
    ("sparql11", "ServiceDescriptionTest"): 3,
    ("sparql12", "QueryEvaluationTest"): 63,
    ("sparql12", "PositiveSyntaxTest"): 102,
    ("sparql12", "NegativeSyntaxTest"): 81,
    ("sparql12", "UpdateEvaluationTest"): 3,
    ("sparql12", "PositiveUpdateSyntaxTest"): 18,
    ("sparql12", "NegativeUpdateSyntaxTest"): 2,
}


@pytest.fixture
def running() -> list[Case]:
    """The tests that are not left out."""
    return [case for case in cases() if not left_out(case)]


def test_no_suite_has_shrunk(running: list[Case]) -> None:
    found = Counter((case.suite, case.kind) for case in running)
    assert {key: found[key] for key, least in AT_LEAST.items() if found[key] < least} == {}


def test_no_type_of_test_is_unknown(running: list[Case]) -> None:
    assert {(case.suite, case.kind) for case in running} == set(AT_LEAST)


def test_every_exclusion_is_of_a_test_that_runs(running: list[Case]) -> None:
    assert set(EXCLUDED) - {case.id for case in running} == set()


def test_everything_left_out_is_there() -> None:
    assert set(LEFT_OUT) - {key for case in cases() for key in (case.id, case.folder)} == set()


def test_every_reason_is_given() -> None:
    assert all(len(reason) > 20 for reason in (*EXCLUDED.values(), *LEFT_OUT.values()))
