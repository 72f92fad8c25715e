"""Whether the ontology is findable, accessible, interoperable and reusable, as the FOOPS! scanner asks.

Its 24 tests (https://foops.linkeddata.es) in our own words, by their names, on the ontology as it is served
under this server's address. What only the outer world can grant is listed at the end and not tested: an entry
in a registry (FIND2, FIND3, FIND3_BIS), a DOI (one of six details of OM3), the redirect at w3id.org itself.
"""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pyoxigraph as ox
import pytest
from fastapi.testclient import TestClient

from kg import vocab

OWL = "http://www.w3.org/2002/07/owl#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
FOAF = "http://xmlns.com/foaf/0.1/"
VANN = "http://purl.org/vocab/vann/"
BIBO = "http://purl.org/ontology/bibo/"
HERE = "/" + vocab.ONTOLOGY.removeprefix(vocab.BASE)
TYPES = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
    "application/ld+json": ox.RdfFormat.JSON_LD,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
}


@pytest.fixture(scope="module")
def triples(full: TestClient) -> list[ox.Triple]:
    """What a client gets that follows the IRI of the ontology and wants RDF."""
    data = full.get(HERE, headers={"Accept": "text/turtle"}).content
    return [quad.triple for quad in ox.parse(data, ox.RdfFormat.TURTLE)]


@pytest.fixture(scope="module")
def said(triples: list[ox.Triple]) -> dict[str, list[str]]:
    """What the ontology says of itself, by property."""
    found: dict[str, list[str]] = {}
    for triple in triples:
        if triple.subject == ox.NamedNode(vocab.ONTOLOGY):
            found.setdefault(triple.predicate.value, []).append(value(triple.object))
    return found


@pytest.fixture(scope="module")
def terms(triples: list[ox.Triple]) -> dict[str, set[str]]:
    """Our own classes and properties, with what is said of each, as properties."""
    kinds = {OWL + name for name in ("Class", "ObjectProperty", "DatatypeProperty")}
    ours = {
        value(triple.subject)
        for triple in triples
        if triple.predicate.value == vocab.RDF_TYPE and value(triple.object) in kinds
    }
    found: dict[str, set[str]] = {iri: set() for iri in ours if iri.startswith(vocab.CONN)}
    for triple in triples:
        if isinstance(triple.object, ox.Literal) and triple.object.value:
            found.get(value(triple.subject), set()).add(triple.predicate.value)
    return found


def value(term: object) -> str:
    assert isinstance(term, ox.NamedNode | ox.Literal)
    return term.value


# ---- findable


def test_purl1_uri2_the_identifier_is_persistent_and_is_the_one_inside(triples: list[ox.Triple]) -> None:
    ontologies = {
        value(triple.subject)
        for triple in triples
        if triple.predicate.value == vocab.RDF_TYPE and value(triple.object) == OWL + "Ontology"
    }
    assert vocab.ONTOLOGY in ontologies and vocab.ONTOLOGY.startswith("https://w3id.org/")
    assert {iri for iri in ontologies if not iri.startswith(vocab.ONTOLOGY + "/")} == {vocab.ONTOLOGY}


def test_ver1_ver2_the_version_has_an_identifier_of_its_own_that_answers(
    full: TestClient, said: dict[str, list[str]]
) -> None:
    (version,) = said[OWL + "versionIRI"]
    assert version != vocab.ONTOLOGY
    assert version == f"{vocab.ONTOLOGY}/{said[vocab.OWL_VERSION_INFO][0]}"
    path = "/" + version.removeprefix(vocab.BASE)
    page = full.get(path, headers={"Accept": "text/html"})
    assert page.status_code == 200 and "Connectivity ontology, version" in page.text
    data = list(ox.parse(full.get(path, headers={"Accept": "text/turtle"}).content, ox.RdfFormat.TURTLE))
    assert any(quad.subject == ox.NamedNode(version) for quad in data)


def test_om1_the_least_that_must_be_said(said: dict[str, list[str]]) -> None:
    for name in ("title", "description", "license", "creator", "created"):
        assert said[vocab.DCTERMS + name], name
    assert said[VANN + "preferredNamespaceUri"] == [vocab.CONN]


def test_find1_there_is_a_preferred_prefix_and_the_data_use_it(
    full: TestClient, said: dict[str, list[str]]
) -> None:
    (prefix,) = said[VANN + "preferredNamespacePrefix"]
    assert f"@prefix {prefix}: <{vocab.CONN}> ." in full.get(f"{HERE}.ttl").text


# ---- accessible


def test_http1_uri1_the_identifier_answers_by_an_open_protocol(full: TestClient) -> None:
    assert vocab.ONTOLOGY.startswith("https://")
    answer = full.get(HERE)
    assert answer.status_code == 200 and vocab.ONTOLOGY in answer.text


@pytest.mark.parametrize("media_type", TYPES)
def test_cn1_rdf1_the_same_comes_in_every_format_of_rdf(
    full: TestClient, media_type: str, triples: list[ox.Triple]
) -> None:
    answer = full.get(HERE, headers={"Accept": f"{media_type}, text/html;q=0.5"})
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert {quad.triple for quad in ox.parse(answer.content, TYPES[media_type])} == set(triples)


def test_doc1_there_is_a_page_for_people(full: TestClient, terms: dict[str, set[str]]) -> None:
    answer = full.get(HERE, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    for iri in terms:
        assert f'id="{iri.removeprefix(vocab.CONN)}"' in answer.text


# ---- interoperable


def test_voc1_the_header_uses_the_words_of_others(said: dict[str, list[str]]) -> None:
    spaces = {re.sub(r"[^#/]+\Z", "", iri) for iri in said}
    assert {vocab.DCTERMS, VANN, OWL, FOAF} <= spaces
    assert vocab.CONN not in spaces


def test_voc2_it_builds_on_other_vocabularies(triples: list[ox.Triple]) -> None:
    above = {
        value(triple.object)
        for triple in triples
        if triple.predicate.value == vocab.RDFS_SUBCLASS_OF and value(triple.subject).startswith(vocab.CONN)
    }
    for space in ("http://www.w3.org/ns/prov#", FOAF, "http://data.europa.eu/eli/ontology#"):
        assert any(iri.startswith(space) for iri in above), space


# ---- reusable


def test_voc3_voc4_every_term_has_a_label_and_a_definition(terms: dict[str, set[str]]) -> None:
    assert len(terms) > 80
    assert not [iri for iri, found in terms.items() if vocab.RDFS_LABEL not in found]
    assert not [iri for iri, found in terms.items() if SKOS + "definition" not in found]


def test_om2_what_should_be_said(said: dict[str, list[str]]) -> None:
    version = said[vocab.OWL_VERSION_INFO][0]
    (citation,) = said[vocab.DCTERMS + "bibliographicCitation"]
    assert vocab.ONTOLOGY in citation and f"version {version}" in citation
    assert said[vocab.DCTERMS + "creator"] and said[vocab.DCTERMS + "created"]


def test_om3_details(full: TestClient, said: dict[str, list[str]]) -> None:
    assert said[BIBO + "status"] == [BIBO + "status/published"]
    for iri in (*said[vocab.DCTERMS + "source"], *said[vocab.DCTERMS + "publisher"]):
        assert full.get("/" + iri.removeprefix(vocab.BASE)).status_code == 200
    (logo,) = said[FOAF + "logo"]
    answer = full.get("/" + logo.removeprefix(vocab.BASE))
    assert answer.headers["content-type"] == "image/svg+xml"
    assert ET.fromstring(answer.content).tag == "{http://www.w3.org/2000/svg}svg"


def test_om4_the_licence_is_named_by_an_address(said: dict[str, list[str]]) -> None:
    assert said[vocab.DCTERMS + "license"] == [vocab.CC_BY]
    assert vocab.CC_BY.startswith("https://creativecommons.org/licenses/")


def test_om5_who_made_it_who_publishes_it_and_when(said: dict[str, list[str]]) -> None:
    assert said[vocab.DCTERMS + "creator"] == said[vocab.DCTERMS + "publisher"]
    for name in ("created", "issued"):
        (day,) = said[vocab.DCTERMS + name]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
