"""Classes that follow, and current values: the rule in cases."""

from __future__ import annotations

from datetime import date

import pyoxigraph as ox
import pytest

from kg import vocab
from kg.build import build
from kg.derived import first_day
from sample import PASSAGE, Mini, value

WAY = vocab.ID + "initiative/green-way"


def derived(mini: Mini) -> list[ox.Quad]:
    return [quad for quad in build(mini.content).quads if quad.graph_name == ox.NamedNode(vocab.DERIVED)]


def current(mini: Mini, subject: str = WAY, name: str = "currentStatus") -> set[str]:
    """Local names of the current values, from the derived graph."""
    return {
        value(quad.object).rpartition("/")[2]
        for quad in derived(mini)
        if value(quad.subject) == subject and quad.predicate.value == vocab.CONN + name
    }


def source(mini: Mini, slug: str, date: str | None, kind: str, body: str) -> None:
    """One more document with one passage."""
    mini.card(f"document/{slug}", "conn:Document", slug)
    mini.card(f"passage/{slug}/01", "conn:Passage", f"{slug} 1")
    mini.document(slug, date, kind)
    mini.passage(1, body, slug)


def test_classes_follow_to_the_top_and_are_not_repeated(mini: Mini) -> None:
    mini.turtle("data/register/initiative/other.ttl", "initiative:other a conn:Initiative , conn:Effort .")
    found = {
        (value(quad.subject), value(quad.object))
        for quad in derived(mini)
        if quad.predicate.value == vocab.RDF_TYPE
    }
    other = vocab.ID + "initiative/other"
    assert {kind for thing, kind in found if thing == WAY} == {
        vocab.CONN + "Effort",
        "http://www.w3.org/ns/prov#Activity",
    }
    assert {kind for thing, kind in found if thing == other} == {"http://www.w3.org/ns/prov#Activity"}
    assert vocab.CONN + "status" not in {thing for thing, _ in found}, "terms of the ontology get no classes"


def test_hierarchies_of_other_files_do_not_count(mini: Mini) -> None:
    mini.turtle("ontology/alignments.ttl", "conn:Place rdfs:subClassOf <http://other.example/Place> .")
    assert "http://other.example/Place" not in {value(quad.object) for quad in derived(mini)}


def test_a_passage_inherits_the_date_of_its_document_unless_it_has_its_own(mini: Mini) -> None:
    source(mini, "undated", None, "press", "initiative:green-way conn:status status:ended .")
    own = f'<{vocab.ID}passage/own/01> conn:statedAsOf "2022-05"^^xsd:gYearMonth .'
    source(mini, "own", "2023", "press", own)
    found = {
        value(quad.subject).removeprefix(vocab.ID): str(quad.object)
        for quad in derived(mini)
        if quad.predicate.value == vocab.STATED_AS_OF and "/passage/" in value(quad.subject)
    }
    month = '"2024-02"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>'
    assert found == {"passage/report/01": month, "passage/report/02": month}


def test_a_circular_hierarchy_ends(mini: Mini) -> None:
    path = mini.root / "ontology/connectivity.ttl"
    text = path.read_text(encoding="utf-8")
    assert "rdfs:subClassOf prov:Activity" in text
    path.write_text(
        text.replace("rdfs:subClassOf prov:Activity", "rdfs:subClassOf conn:Initiative"), encoding="utf-8"
    )
    assert {value(quad.object) for quad in derived(mini) if value(quad.subject) == WAY} >= {
        vocab.CONN + "Effort"
    }


def test_the_record_of_a_current_value(mini: Mini) -> None:
    mini.passage(2, "initiative:green-way conn:status status:active .")
    quads = derived(mini)
    (node,) = {quad.subject for quad in quads if quad.predicate.value == vocab.RDF_SUBJECT}
    assert value(node).startswith(vocab.DERIVED + "#") and len(value(node)) == len(vocab.DERIVED) + 17
    record = sorted((quad.predicate.value, str(quad.object)) for quad in quads if quad.subject == node)
    assert record == sorted(
        [
            (vocab.RDF_TYPE, f"<{vocab.CURRENT_STATEMENT}>"),
            (vocab.RDF_TYPE, f"<{vocab.RDF}Statement>"),
            (vocab.RDF_SUBJECT, f"<{WAY}>"),
            (vocab.RDF_PREDICATE, f"<{vocab.CONN}currentStatus>"),
            (vocab.RDF_OBJECT, f"<{vocab.ID}concept/status/active>"),
            (vocab.PROV_DERIVED_FROM, f"<{PASSAGE}01>"),
            (vocab.PROV_DERIVED_FROM, f"<{PASSAGE}02>"),
            (vocab.STATED_AS_OF, f'"2024-02"^^<{vocab.XSD}gYearMonth>'),
            (vocab.RDFS_LABEL, '"Green Way: status active (as stated 2024-02)"@en'),
        ]
    )


@pytest.mark.parametrize(
    ("case", "sources", "expected"),
    [
        ("the newest wins", [("2024-02", "press", "active"), ("2024-05", "press", "ended")], {"ended"}),
        (
            "authority beats a few months",
            [("2024-02", "depositary", "active"), ("2024-11", "press", "ended")],
            {"active"},
        ),
        (
            "a day within the year",
            [("2024-01-01", "depositary", "active"), ("2024-12-31", "press", "ended")],
            {"active"},
        ),
        (
            "but not more than a year",
            [("2023-01-01", "depositary", "active"), ("2024-01-02", "press", "ended")],
            {"ended"},
        ),
        (
            "ties stay plural",
            [("2024-02", "press", "active"), ("2024-02", "press", "ended")],
            {"active", "ended"},
        ),
        (
            "a month is its first day",
            [("2024-02", "press", "active"), ("2024-02-01", "press", "ended")],
            {"active", "ended"},
        ),
        (
            "a year is its first day",
            [("2024", "press", "active"), ("2024-01-02", "press", "ended")],
            {"ended"},
        ),
        ("no rank is last", [("2024-02", "press", "active"), ("2024-11", "unranked", "ended")], {"active"}),
        ("no date, no value", [("2024-02", "press", "active"), (None, "depositary", "ended")], {"active"}),
        ("nothing dated, nothing current", [(None, "depositary", "ended")], set()),
        ("a date that is none", [("2024-13", "depositary", "ended")], set()),
        (
            "the newest of the most authoritative",
            [
                ("2024-02", "depositary", "active"),
                ("2024-06", "depositary", "ended"),
                ("2024-09", "press", "active"),
            ],
            {"ended"},
        ),
    ],
)
def test_which_value_is_current(
    mini: Mini, case: str, sources: list[tuple[str | None, str, str]], expected: set[str]
) -> None:
    mini.turtle(
        "data/register/initiative/way.ttl", 'initiative:way a conn:Initiative ; skos:prefLabel "Way"@en .'
    )
    for number, (when, kind, state) in enumerate(sources):
        source(mini, f"s{number}", when, kind, f"initiative:way conn:status status:{state} .")
    assert current(mini, vocab.ID + "initiative/way") == expected, case


def test_counts_have_current_values_too(mini: Mini) -> None:
    mini.card("instrument/treaty", "conn:Instrument", "Treaty")
    source(mini, "old", "2020", "press", "instrument:treaty conn:partyCount 50 .")
    source(mini, "new", "2024", "press", "instrument:treaty conn:partyCount 60 .")
    treaty = vocab.ID + "instrument/treaty"
    assert current(mini, treaty, "currentPartyCount") == {"60"}
    texts = {value(quad.object) for quad in derived(mini) if quad.predicate.value == vocab.RDFS_LABEL}
    assert "Treaty: number of parties 60 (as stated 2024)" in texts


def test_a_document_is_the_source_of_its_own_graph(mini: Mini) -> None:
    path = mini.document("report", "2024-02")
    path.write_text(
        path.read_text(encoding="utf-8")
        + f"\n<{WAY}>\n    conn:status <{vocab.ID}concept/status/ended> ;\n.\n",
        encoding="utf-8",
    )
    assert current(mini) == {"active", "ended"}


def test_editors_and_register_are_no_source(mini: Mini) -> None:
    mini.passage(1, "")
    mini.turtle("data/editorial/a.ttl", "initiative:green-way conn:status status:active .")
    assert current(mini) == set()


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024", date(2024, 1, 1)),
        ("2024-02", date(2024, 2, 1)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2024-02-29Z", date(2024, 2, 29)),
        ("2024+01:00", date(2024, 1, 1)),
        ("2023-02-29", None),
        ("2024-13", None),
        ("0000", None),
        ("24", None),
        ("February", None),
        ("", None),
    ],
)
def test_first_day(text: str, day: date | None) -> None:
    assert first_day(text) == day
