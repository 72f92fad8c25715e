"""The table of formats and content negotiation by RFC 9110 section 12.5.1."""

import pytest

from kg import media
from kg.media import (
    CSV,
    FORMATS,
    GRAPH_FORMATS,
    HTML,
    JSON,
    JSONLD,
    RDFXML,
    SOLUTION_FORMATS,
    TURTLE,
    XML,
    by_extension,
    by_media_type,
    by_name,
    negotiate,
)


def test_names_media_types_and_extensions_are_unique() -> None:
    for column in ("name", "media_type", "extension", "iri"):
        values = [getattr(row, column) for row in (*FORMATS, HTML) if getattr(row, column)]
        assert len(values) == len(set(values)), column


def test_the_table_holds_what_the_protocol_needs() -> None:
    assert [row.name for row in SOLUTION_FORMATS] == ["json", "xml", "csv", "tsv"]
    assert [row.name for row in GRAPH_FORMATS] == ["ttl", "nt", "jsonld", "rdf"]
    assert [row.name for row in media.RDF_FORMATS] == ["ttl", "nt", "jsonld", "rdf", "trig", "nq"]
    assert [row.name for row in media.DATASET_FORMATS] == ["jsonld", "trig", "nq"]


def test_answers_to_each_form_of_query_have_their_formats() -> None:
    names = {
        form: " ".join(row.name for row in media.of_answer(form))
        for form in ("select", "ask", "construct", "describe")
    }
    assert names == {
        "select": "json xml csv tsv html xlsx geojson",
        "ask": "json xml csv tsv html",
        "construct": "ttl nt jsonld rdf html graphml",
        "describe": "ttl nt jsonld rdf html graphml",
    }


def test_text_types_name_their_character_set() -> None:
    assert [row.content_type for row in (CSV, TURTLE, HTML, JSON, RDFXML)] == [
        "text/csv; charset=utf-8",
        "text/turtle; charset=utf-8",
        "text/html; charset=utf-8",
        "application/sparql-results+json",
        "application/rdf+xml",
    ]


@pytest.mark.parametrize(
    ("name", "found"), [("ttl", "ttl"), ("TURTLE", "ttl"), (" json-ld ", "jsonld"), ("html", "html")]
)
def test_by_name(name: str, found: str) -> None:
    assert by_name(name).name == found


def test_by_name_without_such_a_format() -> None:
    with pytest.raises(KeyError):
        by_name("pdf")


@pytest.mark.parametrize(
    ("suffix", "found"),
    [(".ttl", "ttl"), ("NQ", "nq"), (".owl", "rdf"), (".json", "jsonld"), (".csv", None), ("", None)],
)
def test_by_extension(suffix: str, found: str | None) -> None:
    row = by_extension(suffix)
    assert (row.name if row else None) == found


@pytest.mark.parametrize("row", media.RDF_FORMATS, ids=lambda row: str(row.name))
def test_by_media_type_knows_every_rdf_format_in_any_case(row: media.Format) -> None:
    assert by_media_type(row.media_type) is row
    assert by_media_type(row.media_type.upper()) is row


@pytest.mark.parametrize(
    "media_type", ["text/csv", "text/html", "application/json", "text/xml", "text/turtle; charset=utf-8", ""]
)
def test_by_media_type_knows_no_results_no_aliases_and_no_parameters(media_type: str) -> None:
    assert by_media_type(media_type) is None


CASES = {
    "no header takes the first": (None, "json"),
    "an empty header counts as none": ("", "json"),
    "anything": ("*/*", "json"),
    "a lone star, as old Java clients send it": ("text/html, image/gif, *; q=.2", "html"),
    "one type": ("text/csv", "csv"),
    "case does not matter": ("Text/CSV", "csv"),
    "the higher weight": ("text/csv;q=0.5, application/sparql-results+xml;q=0.8", "xml"),
    "a weight is 1 when it is not given": ("text/csv;q=0.9, application/sparql-results+xml", "xml"),
    "three decimals decide": ("text/csv;q=0.801, application/sparql-results+xml;q=0.8", "csv"),
    "equal weights go by our order": ("text/csv, application/sparql-results+json", "json"),
    "a named type goes before a wildcard of the same weight": ("text/csv, */*", "csv"),
    "a wildcard with less weight": ("text/csv, */*;q=0.1", "csv"),
    "a type wildcard": ("text/*", "csv"),
    "a type wildcard for application": ("application/*", "json"),
    "the closest range gives the weight": ("text/*;q=0.9, text/csv;q=0.2", "tsv"),
    "a weight of 0 refuses": ("text/csv;q=0, */*", "json"),
    "a weight of 0 refuses the first": ("application/sparql-results+json;q=0, */*;q=0.5", "xml"),
    "everything refused": ("*/*;q=0", None),
    "all but one refused": ("*/*;q=0, text/csv", "csv"),
    "not on offer": ("image/png", None),
    "one of several not on offer": ("image/png, text/csv;q=0.1", "csv"),
    "no media range at all": ("json", None),
    "a range with a broken weight is left out": (
        "text/csv;q=high, application/sparql-results+xml;q=0.1",
        "xml",
    ),
    "a weight above 1 is broken": ("text/csv;q=5", None),
    "a negative weight is broken": ("text/csv;q=-1", None),
    "a weight of not a number is broken": ("text/csv;q=nan", None),
    "empty elements are left out": (", ,text/csv,", "csv"),
    "white space around": ("  text/csv ; q=0.5 ,\ttext/html ; q=0.1", "csv"),
    "a character set we use": ("text/csv; charset=UTF-8", "csv"),
    "a quoted parameter": ('text/csv; charset="utf-8"', "csv"),
    "a character set we do not use": ("text/csv; charset=iso-8859-1", None),
    "the header that our CSV has": ("text/csv; header=present", "csv"),
    "the header that our CSV always has": ("text/csv; header=absent", None),
    "a parameter unknown to us is a wish": ("text/tab-separated-values; version=2", "tsv"),
    "a comma in quotes does not part": ('text/csv; note="a, b; q=0", image/png', "csv"),
    "*/x is no range": ("*/csv", None),
    "a browser": (
        "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        "html",
    ),
    "plain JSON, as many clients ask": ("application/json", "json"),
    "plain XML": ("application/xml", "xml"),
}


@pytest.mark.parametrize(("accept", "found"), CASES.values(), ids=CASES.keys())
def test_negotiate(accept: str | None, found: str | None) -> None:
    row = negotiate(accept, (*SOLUTION_FORMATS, HTML))
    assert (row.name if row else None) == found


def test_an_alias_is_answered_under_the_name_it_was_asked_by() -> None:
    row = negotiate("application/json", SOLUTION_FORMATS)
    assert row is not None
    assert (row.name, row.media_type) == ("json", "application/json")
    other = negotiate("application/xml", GRAPH_FORMATS)
    assert other is not None
    assert (other.name, other.media_type) == ("rdf", "application/xml")


def test_a_registered_type_goes_before_its_alias() -> None:
    assert negotiate("application/json, application/sparql-results+json", SOLUTION_FORMATS) == JSON
    assert negotiate("application/xml;q=0.9, application/sparql-results+xml;q=0.9", SOLUTION_FORMATS) == XML


def test_an_alias_is_not_what_a_wildcard_means() -> None:
    found = negotiate("application/*;q=0.5, application/sparql-results+json;q=0", (JSON,))
    assert found is None


def test_a_refused_alias_does_not_refuse_the_format() -> None:
    assert negotiate("application/json;q=0, */*", (JSONLD,)) == JSONLD


def test_nothing_on_offer() -> None:
    assert negotiate("*/*", ()) is None
    assert negotiate(None, ()) is None


def test_listing_names_the_media_types() -> None:
    assert media.listing((JSON, CSV)) == "application/sparql-results+json, text/csv"
