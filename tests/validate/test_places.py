"""Statements, things and graphs lead back to files and lines."""

from __future__ import annotations

import pyoxigraph as ox

from kg import vocab
from kg.content import labels
from kg.validate.places import Places
from sample import PASSAGE, Mini

WAY = vocab.ID + "initiative/green-way"
ALPS = vocab.ID + "place/alps"


def places(mini: Mini) -> Places:
    return Places(mini.content.parsed([]), mini.content.prefixes(), labels(mini.content.quads()))


def test_a_statement_is_found_in_every_file_that_makes_it(mini: Mini) -> None:
    found = places(mini).of_statement(WAY, vocab.CONN + "operatesIn", ox.NamedNode(ALPS))
    assert [name for name, _ in found] == [
        "data/sources/report/01-text.ttl",
        "data/sources/report/02-text.ttl",
    ]
    for name, line in found:
        lines = (mini.root / name).read_text(encoding="utf-8").splitlines()
        assert line is not None and lines[line - 1] == "    conn:operatesIn place:alps ;"


def test_a_statement_that_nobody_makes_leads_to_the_card(mini: Mini) -> None:
    found = places(mini).of_statement(WAY, vocab.CONN + "operatesIn", ox.Literal("x"))
    assert found == [("data/register/initiative/green-way.ttl", 6)]
    lines = (mini.root / found[0][0]).read_text(encoding="utf-8").splitlines()
    assert lines[5] == "initiative:green-way"


def test_a_thing_is_at_home_in_the_graph_then_on_its_card_then_where_it_is_spoken_of(mini: Mini) -> None:
    index = places(mini)
    assert index.of_thing(WAY, PASSAGE + "02")[0] == "data/sources/report/02-text.ttl"
    assert index.of_thing(WAY)[0] == "data/register/initiative/green-way.ttl"
    assert index.of_thing(vocab.CONN + "status")[0] == "ontology/connectivity.ttl"
    name, line = index.of_thing(ALPS, PASSAGE + "02")
    lines = (mini.root / name).read_text(encoding="utf-8").splitlines()
    assert line is not None and lines[line - 1] == "    conn:operatesIn place:alps ;"
    assert index.of_thing("http://www.w3.org/2002/07/owl#Class")[0] == "ontology/connectivity.ttl"
    assert index.of_thing("urn:unheard-of", PASSAGE + "02") == ("data/sources/report/02-text.ttl", None)
    assert index.of_thing(vocab.DERIVED + "#0", vocab.DERIVED) == ("", None)


def test_names(mini: Mini) -> None:
    index = places(mini)
    assert (index.label(ALPS), index.label("urn:x"), index.label(None)) == ("Alps", None, None)
    assert index.short(ALPS) == "place:alps"
