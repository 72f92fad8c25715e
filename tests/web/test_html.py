"""How terms look on a page, and where links go."""

import pytest

from kg.settings import Settings
from kg.web.html import Cell, Links, cell, facts_query, outward, shorten

PREFIXES = {
    "ex": "https://example.org/",
    "id": "https://example.org/id/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
LINKS = Links(Settings())
XSD = "http://www.w3.org/2001/XMLSchema#"


@pytest.mark.parametrize(
    ("iri", "found"),
    [
        ("https://example.org/alps", "ex:alps"),
        ("https://example.org/id/alps", "id:alps"),
        ("https://example.org/id/place/alps", "https://example.org/id/place/alps"),
        ("https://example.org/", "https://example.org/"),
        ("urn:x", "urn:x"),
    ],
)
def test_shorten(iri: str, found: str) -> None:
    assert shorten(iri, PREFIXES) == found


@pytest.mark.parametrize(
    ("iri", "linked"),
    [
        ("https://example.org/", True),
        ("HTTP://example.org/", True),
        ("mailto:a@example.org", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("vbscript:x", False),
        ("urn:x", False),
        ("//example.org", False),
        ("http://[bad", False),
    ],
)
def test_outward(iri: str, linked: bool) -> None:
    assert outward(iri) == (iri if linked else None)


def test_a_thing_with_a_label_links_to_what_is_said_of_it() -> None:
    iri = "https://example.org/alps"
    shown = cell({"type": "uri", "value": iri}, {iri: "Alps"}, PREFIXES, LINKS)
    assert shown == Cell("Alps", LINKS.facts(iri), iri, "iri")


def test_a_thing_without_a_label_links_out() -> None:
    iri = "https://example.org/alps"
    assert cell({"type": "uri", "value": iri}, {}, PREFIXES, LINKS) == Cell("ex:alps", iri, iri, "iri")


def test_literals_keep_language_and_foreign_datatype() -> None:
    def literal(**term: str) -> Cell:
        return cell({"type": "literal", "value": "1", **term}, {}, PREFIXES, LINKS)

    assert literal() == Cell("1")
    assert literal(datatype=XSD + "gYear") == Cell("1")
    assert literal(datatype="https://example.org/metres") == Cell("1", note="ex:metres")
    named = {"https://example.org/metres": "Metres"}
    metres = {"type": "literal", "value": "1", "datatype": "https://example.org/metres"}
    assert cell(metres, named, PREFIXES, LINKS) == Cell("1", note="Metres")
    assert literal(**{"xml:lang": "de"}) == Cell("1", language="de")


def test_an_address_as_a_literal_is_a_link_when_it_may_be_one() -> None:
    def address(value: str) -> str | None:
        term = {"type": "literal", "value": value, "datatype": XSD + "anyURI"}
        return cell(term, {}, PREFIXES, LINKS).href

    assert address("https://example.org/") == "https://example.org/"
    assert address("javascript:alert(1)") is None


def test_other_terms() -> None:
    assert cell(None, {}, {}, LINKS) == Cell("", kind="unbound")
    assert cell({"type": "bnode", "value": "b0"}, {}, {}, LINKS).text == "_:b0"
    parts = {"subject": "s", "predicate": "p", "object": "o"}
    triple = {name: {"type": "uri", "value": f"https://example.org/{value}"} for name, value in parts.items()}
    assert cell({"type": "triple", "value": triple}, {}, PREFIXES, LINKS).text == "<<( ex:s ex:p ex:o )>>"


def test_links_start_at_the_path_of_the_public_address() -> None:
    links = Links(Settings(public_url="https://example.org/connectivity/"))
    assert links.to("/static/kg.css") == "/connectivity/static/kg.css"
    assert links.query("ASK {}", [("format", "csv")]) == "/connectivity/sparql?query=ASK+%7B%7D&format=csv"


def test_only_an_iri_goes_into_a_query() -> None:
    with pytest.raises(ValueError, match="u:a> }"):
        facts_query("u:a> } #", True)
