"""Rows of an answer as ties, as places with what is there, and as dates."""

from __future__ import annotations

from typing import Any

import pytest

from kg import vocab
from kg.web.reading import (
    ROW,
    TRIPLE,
    Reading,
    column_of,
    happenings,
    moment_of,
    names,
    placed,
    read,
    renamed,
    samples,
    ties,
)

E = "https://example.org/"


def uri(name: str) -> dict[str, str]:
    return {"type": "uri", "value": E + name}


def text(value: str, language: str = "", datatype: str = "") -> dict[str, str]:
    more = {"xml:lang": language} if language else {"datatype": vocab.XSD + datatype} if datatype else {}
    return {"type": "literal", "value": value, **more}


def rows(columns: str, *given: str) -> list[dict[str, Any]]:
    """Rows of IRIs by their names; ``-`` is unbound."""
    split = [dict(zip(columns.split(), row.split(), strict=True)) for row in given]
    return [{column: uri(name) for column, name in row.items() if name != "-"} for row in split]


def reading(columns: str, *given: str, properties: str = "", graphs: str = "") -> Reading:
    named = [{E + name for name in names.split()} for names in (properties, graphs)]
    return read(columns.split(), rows(columns, *given), *named)


def tied(found: Reading) -> list[tuple[str, ...]]:
    return [tuple(part.removeprefix(E) for part in tie) for tie in ties(found)]


# ---- ties -------------------------------------------------------------------------------------------------


def test_neighbours_in_a_row_are_tied() -> None:
    assert tied(reading("a b c", "x y z", "x - z")) == [
        ("x", ROW, "y", ""),
        ("y", ROW, "z", ""),
        ("x", ROW, "z", ""),
    ]


def test_a_property_between_two_things_is_the_relation_and_a_graph_the_source() -> None:
    found = reading(
        "from relation to source", "x leads y g1", "x funds z g2", properties="leads funds", graphs="g1 g2"
    )
    assert (found.things, found.properties, found.sources) == (("from", "to"), ("relation",), ("source",))
    assert tied(found) == [("x", "leads", "y", "g1"), ("x", "funds", "z", "g2")]


def test_a_column_with_one_value_that_is_no_property_is_one_of_things() -> None:
    found = reading("a b c", "x leads z", "x y z", properties="leads")
    assert found.things == ("a", "b", "c")


def test_sources_are_things_where_there_is_only_one_other() -> None:
    found = reading("passage thing", "g1 x", "g2 x", graphs="g1 g2")
    assert found.ends == ("passage", "thing")
    assert tied(found) == [("g1", ROW, "x", ""), ("g2", ROW, "x", "")]


def test_properties_and_graphs_alone_are_what_the_rows_are_about() -> None:
    assert tied(reading("one other", "p q", properties="p q")) == [("p", ROW, "q", "")]
    assert tied(reading("one other", "p q", graphs="p q")) == [("p", ROW, "q", "")]
    found = reading("one other", "p q", properties="p", graphs="q")
    assert (found.things, found.properties) == (("other",), ("one",))


def test_what_a_column_says_again_is_left_out() -> None:
    assert reading("thing name place", "x x y", "z z y").things == ("thing", "place")
    assert tied(reading("a b", "x x")) == []


def test_a_graph_ties_subjects_to_objects_but_not_to_classes() -> None:
    given = rows("subject predicate object", "x leads y")
    given.append(
        {"subject": uri("x"), "predicate": {"type": "uri", "value": vocab.RDF_TYPE}, "object": uri("C")}
    )
    given.append({"subject": uri("x"), "predicate": uri("name"), "object": text("X")})
    assert tied(read(TRIPLE, given, {E + "x"}, {E + "x"})) == [("x", "leads", "y", "")]


def test_answers_without_things() -> None:
    assert read(["n"], [{"n": text("1", datatype="integer")}], (), ()) == Reading(
        ("n",), [{"n": text("1", datatype="integer")}], ()
    )
    assert tied(read([], [], (), ())) == []
    assert samples(["a"], [{"a": {"type": "bnode", "value": "b"}}]) == {}


def test_samples_are_few() -> None:
    assert len(samples(["a"], rows("a", *(f"x{number}" for number in range(50))))["a"]) == 20


# ---- places -----------------------------------------------------------------------------------------------


def test_the_column_with_most_places_is_taken_and_another_counted() -> None:
    found = reading("a b", "kenya x", "y kenya", "z mali", "z nowhere")
    places = {E + "kenya", E + "mali"}
    assert column_of(found, places) == "b"
    assert list(placed(found, "b", "a", places)) == [(E + "y", E + "kenya"), (E + "z", E + "mali")]
    assert column_of(found, {E + "none"}) is None


def test_without_another_column_rows_are_counted() -> None:
    found = reading("place", "kenya", "mali", "kenya")
    assert [row for row, _ in placed(found, "place", None, {E + "kenya"})] == ["row 1", "row 3"]


# ---- dates ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "datatype", "words"),
    [
        ("2024-02-12", "date", "12 February 2024"),
        ("2024-02-12T23:59:00Z", "dateTime", "12 February 2024"),
        ("2024-02", "gYearMonth", "February 2024"),
        ("2024", "gYear", "2024"),
        ("2024", "integer", None),
        ("2024-13-40", "date", None),
        ("-0044", "gYear", None),
    ],
)
def test_dates(value: str, datatype: str, words: str | None) -> None:
    found = moment_of(text(value, datatype=datatype))
    assert (found.words if found else None) == words
    assert moment_of(None) is None and moment_of(text("2024")) is None


def test_dates_are_of_the_thing_that_a_row_names_first() -> None:
    given = [
        {"n": text("1", datatype="integer"), "thing": uri("x"), "start": text("2020", datatype="gYear")},
        {
            "thing": uri("x"),
            "start": text("2020", datatype="gYear"),
            "end": text("2021-05-01", datatype="date"),
        },
    ]
    found = read(["n", "thing", "start", "end"], given, (), ())
    told = [(item.thing, item.event, item.moment.text, item.is_iri) for item in happenings(found)]
    assert told == [(E + "x", "?start", "2020", True), (E + "x", "?end", "2021-05-01", True)]


def test_dates_of_what_is_named_in_words_and_by_a_property() -> None:
    given = [{"when": text("2020", datatype="gYear"), "what": text("A plan"), "how": uri("adopted")}]
    (found,) = happenings(read(["when", "what", "how"], given, {E + "adopted"}, ()))
    assert (found.thing, found.event, found.is_iri) == ("A plan", E + "adopted", False)
    (found,) = happenings(read(["when", "what"], given, (), ()))
    assert (found.thing, found.event) == ("A plan", "?when")
    assert list(happenings(read(["when"], given, (), ()))) == []


# ---- names ------------------------------------------------------------------------------------------------


def test_a_name_of_several_things_means_the_one_like_the_others_of_its_column() -> None:
    known = {
        "Alps": ["u:/place/alps"],
        "Y2Y": ["u:/initiative/y2y", "u:/organisation/y2y"],
        "ICARUS": ["u:/initiative/icarus"],
        "Twins": ["u:/initiative/one", "u:/initiative/two"],
        "plain": ["u:/initiative/plain"],
    }
    given = [
        {"a": text(name, "en"), "b": text("Alps", "en")} for name in ("ICARUS", "Y2Y", "Twins", "nothing")
    ] + [{"a": text("plain")}]
    found = renamed(["a", "b"], given, lambda term: known.get(term["value"], ()))
    assert [row["a"]["value"] for row in found] == [
        "u:/initiative/icarus",
        "u:/initiative/y2y",
        "Twins",
        "nothing",
        "plain",
    ]
    assert found[0]["b"] == {"type": "uri", "value": "u:/place/alps"}
    assert given[0]["b"]["type"] == "literal", "what was given is as it was"


def test_texts_that_may_be_names() -> None:
    given = [
        {"a": text("Alps", "en"), "b": text("Alps", "en")},
        {"a": text("Alpen", "de")},
        {"a": text("x" * 11, "en")},
    ]
    assert [term["value"] for term in names(["a", "b"], given, 10)] == ["Alps", "Alpen"]
