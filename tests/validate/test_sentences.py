"""The sentences for constraints: every component of SHACL Core that can be broken has some."""

from __future__ import annotations

import pytest
from rdflib import SH

from kg.validate.sentences import SENTENCES, in_singular

WITHOUT = {
    "PropertyConstraintComponent",
    "ExpressionConstraintComponent",
    "JSConstraintComponent",
    "ConstraintComponent",
    "sourceConstraintComponent",
}
"""No results of their own (section 4.7.2), what is not of SHACL Core, and names that look alike."""


def test_every_component_of_the_core_has_sentences() -> None:
    core = {str(node).removeprefix(str(SH)) for node in dir(SH) if str(node).endswith("ConstraintComponent")}
    assert set(SENTENCES) <= core
    assert {name for name in core - set(SENTENCES) if "SPARQL" not in name} <= WITHOUT


def test_parameters_are_terms_of_shacl() -> None:
    assert all(SH[parameter] in SH for parameter, _, _ in SENTENCES.values())


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("There are more than 1 values.", "There is more than one value."),
        ("There are more than 11 values.", "There are more than 11 values."),
        ("There are fewer than 1 values.", "There is no value."),
        ("have at least 1 characters", "have at least 1 character"),
    ],
)
def test_singular(said: str, told: str) -> None:
    assert in_singular(said) == told
