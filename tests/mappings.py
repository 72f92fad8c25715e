"""Mapping files to test with."""

from __future__ import annotations

from sample import Mini

META = """\
#curie_map:
#  place: https://w3id.org/ecoconn/id/place/
#  wd: http://www.wikidata.org/entity/
#mapping_set_id: https://w3id.org/ecoconn/graph/links#wikidata
#mapping_set_title: Wikidata
#mapping_set_description: Things that are items there.
#license: https://creativecommons.org/licenses/by/4.0/
"""
COLUMNS = [
    "subject_id",
    "subject_label",
    "predicate_id",
    "object_id",
    "object_label",
    "object_type",
    "mapping_justification",
    "mapping_date",
    "confidence",
    "see_also",
    "comment",
]
ROW = {
    "subject_id": "place:alps",
    "subject_label": "Alps",
    "predicate_id": "skos:exactMatch",
    "object_id": "wd:Q1286",
    "object_label": "Alps",
    "object_type": "",
    "mapping_justification": "semapv:ManualMappingCuration",
    "mapping_date": "2026-11-26",
    "confidence": "0.95",
    "see_also": "https://example.org/evidence|http://example.org/more",
    "comment": "The number stands beside the name.",
}
COLUMNS = list(ROW)
LITERAL = {
    "predicate_id": "dcterms:identifier",
    "object_id": "",
    "object_label": "TRE-000001",
    "object_type": "rdfs literal",
}
FILE = "data/links/wikidata.sssom.tsv"
FIRST = META.count("\n") + 2
"""The line of the first row."""

SCHEMES = """
    <https://w3id.org/ecoconn/ontology/scheme/wikidata> a <http://rdfs.org/ns/void#Dataset> ;
        rdfs:label "Wikidata"@en ;
        <http://rdfs.org/ns/void#uriRegexPattern> "^http://www\\\\.wikidata\\\\.org/entity/Q[1-9][0-9]*$" .
    <https://w3id.org/ecoconn/ontology/scheme/ecolex> a rdfs:Datatype ; rdfs:label "ECOLEX"@en ;
        sh:pattern "^TRE-[0-9]{6}$" .
"""


def mapping_file(*rows: dict[str, str], meta: str = META) -> str:
    """A file with these rows, each a change to ROW."""
    table = [COLUMNS, *([{**ROW, **row}[name] for name in COLUMNS] for row in rows)]
    return meta + "".join("\t".join(cells) + "\n" for cells in table)


def with_links(mini: Mini, *rows: dict[str, str]) -> None:
    """Put the schemes and a file with these rows into a content."""
    mini.turtle("ontology/schemes.ttl", SCHEMES)
    mini.write(FILE, mapping_file(*rows))
