"""What a path means, and what is said of files that are in the wrong place or say something else than it."""

from __future__ import annotations

import pytest

from kg import vocab
from sample import PASSAGE, Mini


def told(mini: Mini) -> list[str]:
    problems = list(mini.content.problems)
    mini.content.parsed(problems)
    return [str(problem) for problem in problems]


def test_every_file_has_its_graph_and_thing(mini: Mini) -> None:
    mini.turtle("data/editorial/judgements.ttl", "place:alps rdfs:comment 'High.'@en .")
    mini.turtle("data/reference/codes.ttl", "place:alps dcterms:identifier 'A' .")
    mini.write("data/links/wikidata.sssom.tsv", "subject_id\tobject_id\n")
    found = {file.name: (file.graph, file.thing) for file in mini.content.files}
    assert found == {
        "data/editorial/judgements.ttl": (vocab.EDITORIAL, None),
        "data/reference/codes.ttl": (vocab.REFERENCE, None),
        "data/register/document/report.ttl": (vocab.REGISTER, vocab.ID + "document/report"),
        "data/register/initiative/green-way.ttl": (vocab.REGISTER, vocab.ID + "initiative/green-way"),
        "data/register/passage/report/01.ttl": (vocab.REGISTER, PASSAGE + "01"),
        "data/register/passage/report/02.ttl": (vocab.REGISTER, PASSAGE + "02"),
        "data/register/place/alps.ttl": (vocab.REGISTER, vocab.ID + "place/alps"),
        "data/sources/report/01-text.ttl": (PASSAGE + "01", PASSAGE + "01"),
        "data/sources/report/02-text.ttl": (PASSAGE + "02", PASSAGE + "02"),
        "data/sources/report/document.ttl": (vocab.ID + "document/report", vocab.ID + "document/report"),
        "ontology/concepts/all.ttl": (vocab.ONTOLOGY_GRAPH, None),
        "ontology/connectivity.ttl": (vocab.ONTOLOGY_GRAPH, None),
        "ontology/prefixes.ttl": (vocab.ONTOLOGY_GRAPH, None),
    }
    assert [file.name for file in mini.content.shapes()] == ["shapes/place.ttl"]
    assert told(mini) == []


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [
        ("data/notes.txt", "data/notes.txt", "no place in the content"),
        ("ontology/concepts/deeper/x.ttl", "ontology/concepts/deeper/x.ttl", "no place"),
        ("shapes/x.rq", "shapes/x.rq", "no place"),
        (
            "data/sources/report/text.ttl",
            "data/sources/report/text.ttl",
            "not that of a passage. Call it NN-slug.ttl",
        ),
        ("data/sources/report/3-Text.ttl", "data/sources/report/3-Text.ttl", "not that of a passage"),
        (
            "data/register/planet/mars.ttl",
            "data/register/planet/mars.ttl",
            "no kind of thing called 'planet'",
        ),
        ("data/register/place/The_Alps.ttl", "data/register/place/The_Alps.ttl", "names no thing"),
        ("data/register/passage/report/x.ttl", "data/register/passage/report/x.ttl", "names no thing"),
        ("ontology/questions/02-alone.rq", "ontology/questions/02-alone.rq", "accepted answer is missing"),
        ("ontology/questions/02-alone.csv", "ontology/questions/02-alone.csv", "query is missing"),
        ("ontology/questions/where.rq", "ontology/questions/where.rq", "not that of a question"),
    ],
)
def test_files_that_have_no_place(mini: Mini, name: str, place: str, words: str) -> None:
    mini.write(name, "a\n")
    problems = [problem for problem in mini.content.problems if words in str(problem)]
    assert [problem.place for problem in problems] == [place]


def test_missing_folders_and_documents(mini: Mini) -> None:
    (mini.root / "data/sources/report/document.ttl").unlink()
    (mini.root / "shapes/place.ttl").unlink()
    (mini.root / "shapes/lint/name-ends.rq").unlink()
    (mini.root / "shapes/lint").rmdir()
    (mini.root / "shapes").rmdir()
    assert [problem.place for problem in mini.content.problems] == ["data/sources/report/", "shapes/"]
    assert "document.ttl" in mini.content.problems[0].message
    assert "missing" in mini.content.problems[1].message


def test_hidden_files_and_read_mes_are_passed_over(mini: Mini) -> None:
    mini.write("data/.DS_Store", b"\x00")
    mini.write("data/.cache/x", b"\x00")
    mini.write("data/README.md", "About the data.\n")
    assert told(mini) == []


def test_a_position_can_be_taken_once(mini: Mini) -> None:
    text = (mini.root / "data/sources/report/01-text.ttl").read_text(encoding="utf-8")
    mini.write("data/sources/report/01-twin.ttl", text)
    assert told(mini) == [
        "data/sources/report/01-twin.ttl: The position is taken: data/sources/report/01-text.ttl is the same "
        "passage. Give each passage of a document a number of its own."
    ]


def test_a_card_speaks_of_the_thing_its_path_names(mini: Mini) -> None:
    mini.turtle("data/register/place/alps.ttl", "place:alp a conn:Place . place:alps a conn:Place .")
    mini.write("data/register/place/empty.ttl", "# SPDX-License-Identifier: CC-BY-4.0\n")
    first, second = told(mini)
    assert first.startswith("data/register/place/alps.ttl: The path says that the card is about <")
    assert f"speaks of <{vocab.ID}place/alp>" in first
    assert "data/register/place/empty.ttl" in second and "speaks of nothing" in second


def test_a_passage_has_its_position_and_document(mini: Mini) -> None:
    mini.turtle(
        "data/sources/report/03-text.ttl",
        f"<{PASSAGE}03> a conn:Passage ; conn:position 4 ; dcterms:isPartOf document:other .",
    )
    mini.turtle("data/sources/report/04-text.ttl", f"<{PASSAGE}05> a conn:Passage .")
    mini.turtle("data/sources/report/document.ttl", "document:other a conn:Document .")
    whole = "\n".join(told(mini))
    assert "03-text.ttl: The file is number 03; its conn:position is 4. State 'conn:position 3' once" in whole
    assert "03-text.ttl: The passage does not say that it is part of document:report" in whole
    assert f"04-text.ttl: The path says that the file holds <{PASSAGE}04>; it has no such passage" in whole
    assert f"document.ttl: The path says that the file holds <{vocab.ID}document/report>" in whole


def test_an_unreadable_file_is_named(mini: Mini) -> None:
    (mini.root / "data/register/place/gone.ttl").symlink_to(mini.root / "nowhere.ttl")
    (mini.root / "data/register/place/folder.ttl").mkdir()
    assert told(mini) == ["data/register/place/gone.ttl: The file cannot be read: No such file or directory."]
