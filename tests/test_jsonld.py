"""Compact JSON-LD: what is written reads back as it was, in the engine and in a library of others."""

from __future__ import annotations

import json

import pyoxigraph as ox
import pytest
from pyld import jsonld as other

from kg import vocab
from kg.build import Dataset
from kg.errors import NotAcceptable
from kg.jsonld import CONTEXT, Context, stream, write

ROOT = "https://example.org/root"
PREFIXES = """
    @prefix conn: <https://w3id.org/ecoconn/ontology#> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
    @prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix e: <https://example.org/> .
    @prefix xsd: <http://www.w3.org/2001/XMLSchema#> . @prefix schema: <https://schema.org/> .
"""
ONTOLOGY = """
    <https://w3id.org/ecoconn/graph/ontology> {
        conn:status a owl:ObjectProperty .
        conn:aim a owl:DatatypeProperty ; schema:rangeIncludes rdf:langString .
        conn:number a owl:DatatypeProperty ; schema:rangeIncludes xsd:integer .
        conn:on a owl:DatatypeProperty ; schema:rangeIncludes xsd:date .
        conn:when a owl:DatatypeProperty ; schema:rangeIncludes xsd:date, xsd:gYear .
        conn:id a owl:DatatypeProperty .
    }
"""
ODD = {
    "nothing but a link to it": "e:g { e:a e:p e:root }",
    "a class and a link": 'e:g { e:root a conn:Effort ; conn:status e:active } e:g2 { e:active e:p "x" }',
    "texts in languages": 'e:g { e:root conn:aim "one"@en, "two"@en, "deux"@fr-CA }',
    "other things where texts are due": 'e:g { e:root conn:aim "x"@en, "plain", 1, e:a ; e:p "y" }',
    "a text where a link is due": 'e:g { e:root conn:status e:a, "said", "gesagt"@de, 5, true }',
    "numbers in all lexical forms": "e:g { e:root conn:number 0, 01, -1, +1, -0, 1.0, 1.0E0, "
    "999999999999999, 99999999999999999999999 }",
    "truth values in all lexical forms": 'e:g { e:root e:p true, false, "1"^^xsd:boolean, "TRUE" }',
    "dates": 'e:g { e:root conn:on "2020-01-01"^^xsd:date, "2020", 2020, "2020"^^xsd:gYear ; conn:when '
    '"2020"^^xsd:gYear, "2020-01-01"^^xsd:date }',
    "a name that is a keyword": 'e:g { e:root conn:id "x" ; e:type e:a ; e:value "v" ; e:says "s" }',
    "a type that is none": 'e:g { e:root a "text", 1 ; e:p e:a }',
    "a thing of a class that is the root": "e:g { e:a a e:root . e:root a e:root }",
    "said without a graph": 'e:root e:p "x" . e:a e:p e:root . e:b e:p "y" . e:g { e:b e:p "z" }',
    "without a name": 'e:g { _:a e:p e:root . e:root e:p _:a . _:a e:q "x" }',
    "schemes that look like names": "e:g { <status:x> <aim:p> <urn:x> . e:root conn:status <status:y> }",
    "local names that are none": 'e:g { e:root <https://example.org/9> 1 ; <https://example.org/a%20b> "c" }',
    "marks": r'e:g { e:root e:p "<script>\u0000\u2028 \"é\\", "@id", "_:b", "" }',
    "lists": "e:g { e:root e:p (1 2) . e:a rdf:first e:root }",
}


def quads_of(text: str) -> list[ox.Quad]:
    return list(ox.parse(PREFIXES + text, ox.RdfFormat.TRIG))


def canonical(quads: list[ox.Quad]) -> set[ox.Quad]:
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.UNSTABLE)
    return set(dataset)


@pytest.mark.parametrize("text", ODD.values(), ids=ODD.keys())
def test_what_is_written_reads_back(text: str) -> None:
    quads = quads_of(text)
    context = Context.of([*quads_of(ONTOLOGY), *quads])
    for data in (write(quads, context, ROOT), write(quads, Context()), b"".join(stream(quads, context))):
        assert canonical(list(ox.parse(data, ox.RdfFormat.JSON_LD))) == canonical(quads)
        lines = other.to_rdf(json.loads(data), {"format": "application/n-quads"})
        lower = [str(quad).replace("@fr-CA", "@fr-ca") for quad in canonical(quads)]
        found = canonical(list(ox.parse(lines, ox.RdfFormat.N_QUADS)))
        assert sorted(str(quad).replace("@fr-CA", "@fr-ca") for quad in found) == sorted(lower)


def test_values_look_as_their_property_says() -> None:
    quads = quads_of(
        'e:g { e:root a conn:Effort ; conn:status e:active ; conn:aim "Link"@en, "Lier"@fr ; conn:number 7 ; '
        'conn:on "2020-01-01"^^xsd:date ; conn:when "2020"^^xsd:gYear . e:a conn:status e:root }'
    )
    document = json.loads(write(quads, Context.of([*quads_of(ONTOLOGY), *quads]), ROOT))
    assert document["id"] == ROOT
    assert document["sources"] == [
        {
            "id": "https://example.org/g",
            "says": [
                {
                    "id": ROOT,
                    "type": "Effort",
                    "aim": {"en": "Link", "fr": "Lier"},
                    "number": 7,
                    "on": "2020-01-01",
                    "status": "https://example.org/active",
                    "when": {"type": "gYear", "value": "2020"},
                    "@reverse": {"status": "https://example.org/a"},
                }
            ],
        }
    ]
    assert set(document["@context"]) == {
        *("@version", "id", "type", "value", "sources", "says"),
        *("Effort", "aim", "gYear", "number", "on", "status", "when"),
    }


def test_the_register_goes_first_and_then_who_speaks_of_the_thing() -> None:
    quads = quads_of(
        f"e:a {{ e:x e:p 1 }} e:z {{ e:root e:p 1 }} <{vocab.REGISTER}> {{ e:root e:p 1 }} "
        "e:b { e:root e:p 1 . e:a e:p 1 }"
    )
    sources = json.loads(write(quads, Context(), ROOT))["sources"]
    assert [item["id"].rpartition("/")[2] for item in sources] == ["register", "b", "z", "a"]
    assert [thing["id"].rpartition("/")[2] for thing in sources[1]["says"]] == ["root", "a"]


def test_our_names_go_before_those_of_others_and_keywords_before_both() -> None:
    quads = quads_of(ONTOLOGY + 'e:g { e:root <https://a.example/status> 1 ; conn:id "x" ; e:number 1 }')
    names = {iri: name.name for iri, name in Context.of(quads).names.items()}
    assert names[vocab.CONN + "status"] == "status"
    assert not {"https://a.example/status", "https://example.org/number", vocab.CONN + "id"} & set(names)


def test_every_class_and_property_of_ours_has_a_name(whole_dataset: Dataset) -> None:
    published = json.loads(Context.of(whole_dataset.quads).document())["@context"]
    own = {
        str(quad.subject)[1:-1]
        for quad in whole_dataset.quads
        if str(quad.subject).startswith(f"<{vocab.CONN}") and quad.predicate.value == vocab.RDF_TYPE
    }
    assert len(own) > 80
    for iri in own:
        defined = published[iri.removeprefix(vocab.CONN)]
        assert iri in (defined, defined["@id"] if isinstance(defined, dict) else "")
    assert published["fundedBy"]["@type"] == "@id" and published["prefLabel"]["@container"] == "@language"
    assert published["startDate"] == vocab.CONN + "startDate"
    assert CONTEXT == "https://w3id.org/ecoconn/ontology/context.jsonld"


def test_triple_terms_are_refused() -> None:
    for text in ("{ e:root e:p <<( e:a e:b e:c )>> }", "{ e:a e:p <<( e:a e:b e:root )>> }"):
        with pytest.raises(NotAcceptable, match="triple terms"):
            write(quads_of(text), Context(), ROOT)
