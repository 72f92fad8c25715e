"""Mapping files: what is read of them, what is refused and where, and the triples that they become."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import vocab
from kg.sssom import Link, MappingSet, linksets, mapping_quads, read_mappings
from mappings import COLUMNS, FILE, FIRST, LITERAL, META, mapping_file

ROOT = Path(__file__).resolve().parent.parent
SKOS = "http://www.w3.org/2004/02/skos/core#"


def read(text: str, file: str = FILE) -> MappingSet:
    found, problems = read_mappings(text, file)
    assert not problems
    assert found
    return found


def test_a_file() -> None:
    found = read(mapping_file({}))
    assert (found.slug, found.title, found.description) == (
        "wikidata",
        "Wikidata",
        "Things that are items there.",
    )
    assert (found.scheme, found.iri) == (vocab.SCHEME + "wikidata", vocab.LINKS + "#wikidata")
    assert found.links == (
        Link(
            FIRST,
            vocab.ID + "place/alps",
            "Alps",
            SKOS + "exactMatch",
            ox.NamedNode("http://www.wikidata.org/entity/Q1286"),
            "Alps",
            "https://w3id.org/semapv/vocab/ManualMappingCuration",
            "2026-11-26",
            "0.95",
            ("https://example.org/evidence", "http://example.org/more"),
            "The number stands beside the name.",
        ),
    )


def test_an_identifier_that_is_no_iri_has_the_scheme_as_its_datatype() -> None:
    text = mapping_file(LITERAL, meta=META.replace("links#wikidata", "links#ecolex"))
    (link,) = read(text, "data/links/ecolex.sssom.tsv").links
    assert link.object == ox.Literal("TRE-000001", datatype=ox.NamedNode(vocab.SCHEME + "ecolex"))
    assert link.predicate == vocab.DCTERMS_IDENTIFIER


@pytest.mark.parametrize("given", ["wd:Q1", "http://www.wikidata.org/entity/Q1"])
def test_iris_may_be_written_whole(given: str) -> None:
    (link,) = read(mapping_file({"object_id": given})).links
    assert link.object.value == "http://www.wikidata.org/entity/Q1"


FAULTS: dict[str, tuple[dict[str, str], str]] = {
    "an empty cell": ({"subject_label": " "}, "subject_label is empty"),
    "a predicate for something else": ({"predicate_id": "owl:sameAs"}, "owl:sameAs is not for mappings"),
    "an identifier as a match": ({**LITERAL, "predicate_id": "skos:exactMatch"}, "are mixed"),
    "an IRI as an identifier": ({"predicate_id": "dcterms:identifier"}, "are mixed"),
    "both": ({**LITERAL, "object_id": "wd:Q1"}, "are mixed"),
    "neither": ({"object_id": ""}, "are mixed"),
    "no date": ({"mapping_date": "November"}, "November is no day"),
    "no number": ({"confidence": "high"}, "high is no number from 0 to 1"),
    "too sure": ({"confidence": "1.5"}, r"1\.5 is no number"),
    "a free justification": ({"mapping_justification": "because"}, "because is not of the vocabulary"),
    "no evidence": ({"see_also": "seen somewhere"}, "seen somewhere is no address"),
    "an unknown prefix": ({"object_id": "who:Q1"}, "'who:Q1' is not declared"),
    "no prefix": ({"subject_id": "alps"}, "'alps' is not declared"),
    "no IRI": ({"object_id": "wd:Q 1"}, "is no IRI"),
}


@pytest.mark.parametrize(("change", "sentence"), FAULTS.values(), ids=FAULTS.keys())
def test_a_faulty_row_is_told_with_its_line_and_the_others_are_read(
    change: dict[str, str], sentence: str
) -> None:
    found, (problem,) = read_mappings(mapping_file({}, change, {"object_id": "wd:Q7"}), FILE)
    assert found and [link.line for link in found.links] == [FIRST, FIRST + 2]
    assert problem.place == f"{FILE}:{FIRST + 1}"
    with pytest.raises(type(problem), match=sentence):
        raise problem
    assert problem.remedy


TABLES: dict[str, tuple[str, int, str]] = {
    "a column less": (META + "\t".join(COLUMNS[1:]) + "\n", FIRST - 1, "lacks subject_id"),
    "an unknown column": (META + "\t".join([*COLUMNS, "opinion"]) + "\n", FIRST - 1, "has opinion"),
    "a column twice": (META + "\t".join([*COLUMNS, "comment"]) + "\n", FIRST - 1, "has a name twice"),
    "a cell less": (mapping_file() + "place:alps\tAlps\n", FIRST, "has 2 cells, the header 11"),
    "no table": (META, FIRST - 1, "lacks subject_id"),
    "an open quotation": (mapping_file({"subject_id": '"place:alps'}), FIRST, "cannot be read"),
}


@pytest.mark.parametrize(("text", "line", "sentence"), TABLES.values(), ids=TABLES.keys())
def test_a_faulty_table_is_told_with_its_line(text: str, line: int, sentence: str) -> None:
    found, (problem,) = read_mappings(text, FILE)
    assert found and not found.links
    assert problem.place == f"{FILE}:{line}"
    assert sentence in problem.message


METADATA: dict[str, tuple[str, str]] = {
    "none": ("", "has no metadata"),
    "no YAML": ("#curie_map: [\n", "are not YAML"),
    "another set": (META.replace("#wikidata\n", "#ror\n"), "links#ror"),
    "no licence": (META.replace("#license:", "#licence:"), "lack license"),
    "no map": (META.replace("#  place:", "#  - place:").replace("#  wd:", "#  - wd:"), "is no map"),
}


@pytest.mark.parametrize(("meta", "sentence"), METADATA.values(), ids=METADATA.keys())
def test_faulty_metadata_are_told(meta: str, sentence: str) -> None:
    found, (problem,) = read_mappings(mapping_file({}, meta=meta), FILE)
    assert found is None
    assert sentence in problem.message
    assert (problem.place, problem.line, bool(problem.remedy)) == (FILE, 1, True)


def test_mappings_become_triples_with_a_record_each() -> None:
    group = read(mapping_file({}))
    names = {vocab.ID + "place/alps": "Alps", group.scheme: "Wikidata"}
    quads = list(mapping_quads([group], names))
    assert {quad.graph_name.value for quad in quads} == {vocab.LINKS}  # type: ignore[union-attr]
    theirs = "http://www.wikidata.org/entity/Q1286"
    assert [quad.object.value for quad in quads if str(quad.subject) == f"<{vocab.ID}place/alps>"] == [theirs]  # type: ignore[union-attr]
    (record,) = {str(quad.subject) for quad in quads if str(quad.object) == f"<{vocab.SSSOM}Mapping>"}
    said = {quad.predicate.value: quad.object for quad in quads if str(quad.subject) == record}
    assert said[vocab.RDFS_LABEL] == ox.Literal("Alps: exact match Alps (Wikidata)", language="en")
    assert said["http://www.w3.org/2002/07/owl#annotatedTarget"] == ox.NamedNode(theirs)
    assert str(said[vocab.SSSOM + "confidence"]) == f'"0.95"^^<{vocab.XSD}decimal>'
    assert said[vocab.DCTERMS_IS_PART_OF] == ox.NamedNode(group.iri)
    assert sum(quad.predicate.value == vocab.RDFS + "seeAlso" for quad in quads) == 2


def test_links_are_counted_by_predicate_and_identifiers_are_none() -> None:
    rows = ({}, {"object_id": "wd:Q2"}, {"object_id": "wd:Q3", "predicate_id": "skos:closeMatch"}, LITERAL)
    group = read(mapping_file(*rows))
    assert [(kind, number) for _, kind, number in linksets([group])] == [
        (SKOS + "closeMatch", 1),
        (SKOS + "exactMatch", 2),
    ]


@pytest.mark.parametrize(
    "path", sorted((ROOT / "data" / "links").glob("*.sssom.tsv")), ids=lambda path: path.name
)
def test_our_files_are_valid_sssom_for_others(path: Path) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries that it loads
        from sssom.constants import SchemaValidationType
        from sssom.parsers import parse_sssom_table
        from sssom.validators import validate

        table = parse_sssom_table(path)
        kinds = [SchemaValidationType.JsonSchema, SchemaValidationType.PrefixMapCompleteness]
        for report in validate(table, validation_types=kinds, fail_on_error=True).values():
            assert not report.results
    ours = read(path.read_text("utf-8"), f"data/links/{path.name}")
    assert len(table.df) == len(ours.links) > 0
