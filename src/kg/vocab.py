"""Names of our own that the code relies on, as plain strings: terms, kinds of things, graphs and places.

Every term that this module gives for the ontology is defined there; a test compares the two. Terms of
other vocabularies that Python needs stand below ours. Nothing here is read from a file, so that every other
module may import it without a cost.
"""

from typing import Final

BASE: Final = "https://w3id.org/ecoconn/"
ID: Final = BASE + "id/"
GRAPH: Final = BASE + "graph/"
ONTOLOGY: Final = BASE + "ontology"
CONN: Final = ONTOLOGY + "#"
PREFIXES: Final = BASE + "ontology/prefixes"
SCHEME: Final = BASE + "ontology/scheme/"

# Kinds of things: the segment after ID in the IRI of a thing, and the folder of its card in data/register.
KINDS: Final = (
    "decision",
    "document",
    "engagement",
    "initiative",
    "instrument",
    "meeting",
    "membership",
    "network",
    "organisation",
    "output",
    "passage",
    "person",
    "place",
    "provision",
    "resolution",
    "target",
    "taxon",
)

# Named graphs that are neither a passage nor a document.
REGISTER: Final = GRAPH + "register"
EDITORIAL: Final = GRAPH + "editorial"
REFERENCE: Final = GRAPH + "reference"
LINKS: Final = GRAPH + "links"
ONTOLOGY_GRAPH: Final = GRAPH + "ontology"
DERIVED: Final = GRAPH + "derived"
VOID: Final = GRAPH + "void"
EXAMPLES: Final = GRAPH + "examples"
MACHINERY: Final = (REGISTER, DERIVED, ONTOLOGY_GRAPH, VOID, EXAMPLES)
"""Graphs that cite nobody: what they say is identity, or follows from what others say."""
# Holds the shapes while lints run; never served.
SHAPES: Final = GRAPH + "shapes"
# The served dataset as a whole, described in graph void.
DATASET: Final = VOID + "#dataset"

# Classes and properties of the ontology.
DOCUMENT_CLASS: Final = CONN + "Document"
PASSAGE_CLASS: Final = CONN + "Passage"
CURRENT_STATEMENT: Final = CONN + "CurrentStatement"
TIME_BOUND: Final = CONN + "TimeBoundProperty"
CURRENT_VALUE_OF: Final = CONN + "currentValueOf"
STATED_AS_OF: Final = CONN + "statedAsOf"
SOURCE_KIND: Final = CONN + "sourceKind"
RANK: Final = CONN + "rank"
POSITION: Final = CONN + "position"
PRINTED_NUMBER: Final = CONN + "printedNumber"
SECTION_HEADING: Final = CONN + "sectionHeading"
TEXT_DIGEST: Final = CONN + "textDigest"

# Terms of other vocabularies.
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDF_TYPE: Final = RDF + "type"
RDF_FIRST: Final = RDF + "first"
RDF_REST: Final = RDF + "rest"
RDF_NIL: Final = RDF + "nil"
RDF_SUBJECT: Final = RDF + "subject"
RDF_PREDICATE: Final = RDF + "predicate"
RDF_OBJECT: Final = RDF + "object"
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
RDFS_LABEL: Final = RDFS + "label"
RDFS_COMMENT: Final = RDFS + "comment"
RDFS_SUBCLASS_OF: Final = RDFS + "subClassOf"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"
XSD_STRING: Final = XSD + "string"
XSD_INTEGER: Final = XSD + "integer"
XSD_BOOLEAN: Final = XSD + "boolean"
GEO: Final = "http://www.opengis.net/ont/geosparql#"
GEO_AS_WKT: Final = GEO + "asWKT"
GEO_AS: Final = (GEO_AS_WKT, GEO + "asGeoJSON")
GEO_GEOMETRIES: Final = (GEO + "hasDefaultGeometry", GEO + "hasGeometry")
OWL_VERSION_INFO: Final = "http://www.w3.org/2002/07/owl#versionInfo"
SKOS_PREF_LABEL: Final = "http://www.w3.org/2004/02/skos/core#prefLabel"
DCTERMS: Final = "http://purl.org/dc/terms/"
DCTERMS_TITLE: Final = DCTERMS + "title"
DCTERMS_DESCRIPTION: Final = DCTERMS + "description"
DCTERMS_IDENTIFIER: Final = DCTERMS + "identifier"
DCTERMS_IS_PART_OF: Final = DCTERMS + "isPartOf"
DCTERMS_LICENSE: Final = DCTERMS + "license"
DCAT_DATASET: Final = "http://www.w3.org/ns/dcat#Dataset"
DCAT_VERSION: Final = "http://www.w3.org/ns/dcat#version"
PROV_DERIVED_FROM: Final = "http://www.w3.org/ns/prov#wasDerivedFrom"
SCHEMA_KEYWORDS: Final = "https://schema.org/keywords"
SD_GRAPH: Final = "http://www.w3.org/ns/sparql-service-description#Graph"
SH: Final = "http://www.w3.org/ns/shacl#"
SSSOM: Final = "https://w3id.org/sssom/"
VOID_NS: Final = "http://rdfs.org/ns/void#"

CC_BY: Final = "https://creativecommons.org/licenses/by/4.0/"
LICENCE_LINE: Final = "# SPDX-License-Identifier: CC-BY-4.0"
