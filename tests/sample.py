"""A small content folder to test with, so that the real content may change."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pyoxigraph as ox

from kg.content import Content, find_content
from kg.turtle import format_turtle

LICENCE = "# SPDX-License-Identifier: CC-BY-4.0\n"

PREFIXES = {
    "conn": "https://w3id.org/ecoconn/ontology#",
    "dcterms": "http://purl.org/dc/terms/",
    "document": "https://w3id.org/ecoconn/id/document/",
    "initiative": "https://w3id.org/ecoconn/id/initiative/",
    "instrument": "https://w3id.org/ecoconn/id/instrument/",
    "kind": "https://w3id.org/ecoconn/id/concept/source-kind/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "place": "https://w3id.org/ecoconn/id/place/",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "sh": "http://www.w3.org/ns/shacl#",
    "shape": "https://w3id.org/ecoconn/ontology/shapes/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "status": "https://w3id.org/ecoconn/id/concept/status/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
PASSAGE = "https://w3id.org/ecoconn/id/passage/report/"
DIGEST = "0" * 64

ONTOLOGY = """
    <https://w3id.org/ecoconn/ontology> a owl:Ontology ; owl:versionInfo "9.9.9" ; rdfs:label "Terms"@en .
    conn:Initiative a owl:Class ; rdfs:label "Initiative"@en ; rdfs:subClassOf conn:Effort .
    conn:Effort a owl:Class ; rdfs:label "Effort"@en ; rdfs:subClassOf prov:Activity .
    conn:Instrument a owl:Class ; rdfs:label "Instrument"@en .
    conn:Place a owl:Class ; rdfs:label "Place"@en .
    conn:Document a owl:Class ; rdfs:label "Document"@en .
    conn:Passage a owl:Class ; rdfs:label "Passage"@en .
    conn:CurrentStatement a owl:Class ; rdfs:label "Current statement"@en ; rdfs:subClassOf rdf:Statement .
    conn:TimeBoundProperty a owl:Class ; rdfs:label "Time-bound property"@en .
    conn:status a owl:ObjectProperty, conn:TimeBoundProperty ; rdfs:label "status"@en .
    conn:partyCount a owl:DatatypeProperty, conn:TimeBoundProperty ; rdfs:label "number of parties"@en .
    conn:currentStatus a owl:ObjectProperty ; rdfs:label "current status"@en ;
        conn:currentValueOf conn:status .
    conn:currentPartyCount a owl:DatatypeProperty ; rdfs:label "current number of parties"@en ;
        conn:currentValueOf conn:partyCount .
    conn:operatesIn a owl:ObjectProperty ; rdfs:label "operates in"@en .
"""

CONCEPTS = """
    status:active a skos:Concept ; skos:prefLabel "active"@en .
    status:ended a skos:Concept ; skos:prefLabel "ended"@en .
    kind:depositary a skos:Concept ; skos:prefLabel "depositary"@en ; conn:rank 1 .
    kind:press a skos:Concept ; skos:prefLabel "press"@en ; conn:rank 5 .
    kind:unranked a skos:Concept ; skos:prefLabel "unranked"@en .
"""

SHAPES = """
    shape:PlaceShape a sh:NodeShape ; rdfs:label "Place"@en ; sh:targetClass conn:Place ;
        sh:property shape:PlaceShape-prefLabel .
    shape:PlaceShape-prefLabel a sh:PropertyShape ; sh:path skos:prefLabel ; sh:name "name"@en ;
        sh:datatype rdf:langString ; sh:minCount 1 ;
        sh:message "A place needs a name with a language tag: add skos:prefLabel \\"…\\"@en."@en .
    shape:EffortShape a sh:NodeShape ; rdfs:label "Effort"@en ; sh:targetClass conn:Effort ;
        sh:property shape:EffortShape-operatesIn .
    shape:EffortShape-operatesIn a sh:PropertyShape ; sh:path conn:operatesIn ; sh:name "operates in"@en ;
        sh:class conn:Place ; sh:message "Only a place can be where an effort operates: write its card."@en .
"""

LINT = """\
#+ rule: A name does not end in a full stop.
#+ remedy: Take the full stop away.
SELECT ?thing ?graph ?detail WHERE {
  GRAPH ?graph { ?thing <http://www.w3.org/2004/02/skos/core#prefLabel> ?name }
  FILTER(STRENDS(?name, "."))
  BIND(CONCAT("The name is ", ?name) AS ?detail)
}
"""

QUESTION = """\
#+ summary: Which initiatives work where?
#+ tags: [initiative, place]
#+ order: any
PREFIX conn: <https://w3id.org/ecoconn/ontology#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
SELECT ?initiative ?place WHERE {
  ?i conn:operatesIn ?p ; skos:prefLabel ?initiative .
  ?p skos:prefLabel ?place .
}
"""


def value(term: object) -> str:
    """The IRI or text of a term."""
    assert isinstance(term, ox.NamedNode | ox.Literal)
    return term.value


class Mini:
    """A content folder: one document of two passages, an initiative and a place."""

    def __init__(self, root: Path) -> None:
        self.root = root
        declarations = "\n".join(
            f"<https://w3id.org/ecoconn/ontology/prefixes#{prefix}> a sh:PrefixDeclaration ; "
            f'rdfs:label "prefix {prefix}"@en ; sh:prefix "{prefix}" ; sh:namespace "{space}"^^xsd:anyURI .'
            for prefix, space in PREFIXES.items()
        )
        self.turtle("ontology/prefixes.ttl", declarations)
        self.turtle("ontology/connectivity.ttl", ONTOLOGY)
        self.turtle("ontology/concepts/all.ttl", CONCEPTS)
        self.card("document/report", "conn:Document", "Report")
        self.card("passage/report/01", "conn:Passage", "Report, paragraph 1")
        self.card("passage/report/02", "conn:Passage", "Report, paragraph 2")
        self.card("initiative/green-way", "conn:Initiative", "Green Way")
        self.card("place/alps", "conn:Place", "Alps")
        self.document("report", "2024-02")
        self.passage(1, "initiative:green-way conn:operatesIn place:alps ; conn:status status:active .")
        self.passage(2, "initiative:green-way conn:operatesIn place:alps .")
        self.turtle("shapes/place.ttl", SHAPES)
        self.write("shapes/lint/name-ends.rq", LINT)
        self.write("ontology/questions/01-where.rq", QUESTION)
        self.write("ontology/questions/01-where.csv", "initiative,place\nGreen Way,Alps\n")

    @property
    def content(self) -> Content:
        return find_content(str(self.root))

    def write(self, name: str, text: str | bytes) -> Path:
        """Write a file as it is."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def turtle(self, name: str, body: str) -> Path:
        """Write Turtle in canonical form, with every prefix of the table at hand."""
        head = "".join(f"@prefix {prefix}: <{space}> .\n" for prefix, space in PREFIXES.items())
        text = format_turtle(
            LICENCE + head + textwrap.dedent(body),
            PREFIXES,
            source=name,
            allow_anonymous=name.startswith("shapes/"),
        )
        return self.write(name, text)

    def card(self, thing: str, kind: str, label: str) -> Path:
        return self.turtle(
            f"data/register/{thing}.ttl",
            f'<https://w3id.org/ecoconn/id/{thing}> a {kind} ; skos:prefLabel "{label}"@en .',
        )

    def document(self, slug: str, date: str | None, kind: str = "press") -> Path:
        types = {4: "gYear", 7: "gYearMonth", 10: "date"}
        stated = f'; conn:statedAsOf "{date}"^^xsd:{types.get(len(date), "date")}' if date else ""
        return self.turtle(
            f"data/sources/{slug}/document.ttl",
            f'document:{slug} a conn:Document ; dcterms:title "The report"@en ; '
            f"conn:sourceKind kind:{kind} {stated} .",
        )

    def passage(self, number: int, body: str, document: str = "report") -> Path:
        iri = f"<https://w3id.org/ecoconn/id/passage/{document}/{number:02}>"
        return self.turtle(
            f"data/sources/{document}/{number:02}-text.ttl",
            f'{iri} a conn:Passage ; conn:position {number} ; conn:printedNumber "{number}" ;\n'
            f'conn:textDigest "{DIGEST}" ; dcterms:isPartOf document:{document} .\n{body}',
        )
