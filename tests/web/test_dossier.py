"""How the dossier of a thing is arranged: sections, sources, what was stated and what holds now."""

from __future__ import annotations

import asyncio

from kg import vocab
from kg.forms import Field, Forms
from kg.media import TRIG
from kg.settings import Settings
from kg.store.embedded import EmbeddedStore
from kg.store.threads import ThreadStore
from kg.web.dossier import Dossier, dossier
from kg.web.facts import about
from kg.web.site import Site

DATA = """
PREFIX conn: <https://w3id.org/ecoconn/ontology#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX graph: <https://w3id.org/ecoconn/graph/>
PREFIX initiative: <https://w3id.org/ecoconn/id/initiative/>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
graph:register {
  initiative:walk a conn:Initiative ; skos:prefLabel "Walk"@en , "Marche"@fr ;
    skos:altLabel "W"@en ; dcterms:description "A walk."@en , "Une marche."@fr .
}
<u:old> { initiative:walk conn:status <u:planned> ; conn:place <u:alps> .
  <u:old> conn:statedAsOf "2020"^^xsd:gYear ; dcterms:title "Old report"@en ;
    schema:url "https://example.org/old" . }
<u:new> { initiative:walk conn:status <u:active> .
  <u:new> conn:statedAsOf "2024-02"^^xsd:gYearMonth ; schema:url "javascript:alert(1)" . }
graph:derived { initiative:walk conn:currentStatus <u:active> ; a conn:Effort . }
graph:links { initiative:walk skos:exactMatch <http://www.wikidata.org/entity/Q1> . }
graph:ontology { conn:status rdfs:label "status"@en . <u:active> skos:prefLabel "active"@en , "actif"@fr .
  conn:Initiative rdfs:label "Initiative"@en . }
<u:other> { <u:b> <u:follows> initiative:walk . }
"""
FORMS = Forms(
    {
        vocab.CONN + "Initiative": {
            vocab.CONN + "status": Field(2, 1, "What it is", "state"),
            vocab.CONN + "place": Field(1, 1, "Where", "place"),
        }
    },
    frozenset({vocab.CONN + "status"}),
    {vocab.CONN + "status": vocab.CONN + "currentStatus"},
)


def made(*languages: str) -> Dossier:
    store = EmbeddedStore()
    store.load(DATA.encode(), TRIG)
    site = Site(Settings(), ThreadStore(store), {}, forms=FORMS)
    found = asyncio.run(about(site, vocab.ID + "initiative/walk"))
    return dossier(site, found, languages)


def test_the_head() -> None:
    view = made()
    assert (view.title, view.description, view.others) == ("Walk", "A walk.", (("W", "en"),))
    assert [kind.text for kind in view.kinds] == ["Initiative"], "what only follows is left out"


def test_in_the_language_of_the_reader() -> None:
    view = made("fr")
    assert (view.title, view.description) == ("Marche", "Une marche.")
    assert view.current[0].values[0].cell.text == "actif"


def test_sections_follow_the_shapes() -> None:
    assert [(section.name, [entry.name for entry in section.entries]) for section in made().sections] == [
        ("Where", ["place"]),
        ("What it is", ["state"]),
    ]


def test_stated_and_current_are_told_apart() -> None:
    view = made()
    (state,) = view.sections[1].entries
    assert [(value.cell.text, value.stated, value.is_current) for value in state.values] == [
        ("active", "2024-02", True),
        ("u:planned", "2020", False),
    ]
    (now,) = [entry.values[0] for entry in view.current]
    assert (now.cell.text, now.stated, now.notes) == ("active", "2024-02", state.values[0].notes)


def test_each_source_has_a_number_and_a_safe_link_to_the_original() -> None:
    view = made()
    marks = {value.cell.text: value.notes for entry in view.sections[1].entries for value in entry.values}
    notes = {note.number: note for note in view.notes}
    assert notes[marks["active"][0]].stated == "2024-02"
    assert notes[marks["active"][0]].address is None
    assert notes[marks["u:planned"][0]].label == "Old report"
    assert notes[marks["u:planned"][0]].address == "https://example.org/old"
    assert marks["u:planned"] == view.sections[0].entries[0].values[0].notes


def test_links_elsewhere_and_what_points_here_stand_apart() -> None:
    view = made()
    assert [value.cell.text for entry in view.links for value in entry.values] == [
        "http://www.wikidata.org/entity/Q1"
    ]
    assert [(entry.name, entry.values[0].cell.text) for entry in view.incoming] == [("u:follows", "u:b")]
