"""Shapes, colours, names and lines of a picture."""

from __future__ import annotations

import pytest

from kg.arrangement import Arrangement
from kg.ties import Ties
from kg.vocab import CONN
from kg.web.picture import draw, mark, shortened

KINDS = {"a": CONN + "Initiative", "b": CONN + "Instrument", "c": "https://example.org/Thing"}
TIES = Ties.of(
    KINDS, [("a", "p", "b", "g1"), ("b", "q", "a", "g2"), ("a", "p", "b", "g3"), ("c", "p", "b", "")]
)


def test_a_picture_has_all_that_is_tied() -> None:
    frame = Arrangement(400.0, 200.0, {"a": (100.0, 50.0), "b": (300.0, 50.0), "c": (200.0, 150.0)})
    found = draw(TIES, TIES.ties, frame, {"b"}, title="T", name=str.upper, href=lambda iri: f"/?{iri}")
    first = found.nodes[0]
    assert (first.iri, first.is_chosen, first.href, first.x, first.y) == ("b", True, "/?b", 300.0, 50.0)
    assert first.told == f"B, {(CONN + 'Instrument').upper()}, tied to 2"
    assert [(line.width, line.told) for line in found.lines] == [
        (pytest.approx(2.6), "A → P → B; B → Q → A"),
        (1.0, "C → P → B"),
    ]
    assert len(found.legend) == 3 and found.height > 200


def test_kinds_have_marks_of_their_own() -> None:
    kinds = ["Initiative", "Instrument", "Resolution", "Decision", "Provision", "Target", "Output", "Meeting"]
    marks = {
        mark(CONN + kind) for kind in [*kinds, "Engagement", "SiteNetwork", "Place", "Taxon", "Document"]
    }
    assert len(marks) == 13
    assert mark("https://example.org/Thing").colour == "#999999"
    assert mark(KINDS["a"]).path(5.0).endswith("Z") and mark(KINDS["b"]).path(5.0).count("L") == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Room to Roam", "Room to Roam"),
        ("Kunming-Montreal Global Biodiversity Framework, Goal A", "Kunming-Montreal … Goal A"),
        ("CMS with Cities: clarify the collaboration", "CMS with Cities: clarify the…"),
        ("a" * 80, "a" * 29 + "…"),
    ],
)
def test_long_names_are_shortened(text: str, expected: str) -> None:
    assert shortened(text) == expected and len(shortened(text)) <= 30
