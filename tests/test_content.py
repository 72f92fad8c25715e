"""Where the content is found, what is read from it, and how faults of several files are told together."""

from __future__ import annotations

import re
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import vocab
from kg.content import Content, find_content, labels, prefix_table
from kg.errors import ContentError
from kg.origins import ANYWHERE
from kg.sparql import Operation
from kg.store.embedded import EmbeddedStore
from sample import LICENCE, PASSAGE, PREFIXES, Mini

ROOT = Path(__file__).resolve().parent.parent


def test_the_working_folder_comes_first(mini: Mini, tmp_path: Path) -> None:
    content = find_content(cwd=mini.root)
    assert (content.root, content.origin, content.kind) == (mini.root, "the working folder", "folder")
    elsewhere = find_content(cwd=tmp_path)
    assert elsewhere.origin in ("the packaged copy", "the checkout")
    assert elsewhere.root is not None and (elsewhere.root / "ontology" / "connectivity.ttl").is_file()


def test_a_setting_names_a_folder_a_file_or_nothing(mini: Mini, tmp_path: Path) -> None:
    assert find_content(str(mini.root), cwd=ROOT).root == mini.root
    nothing = find_content("none")
    assert (nothing.kind, nothing.quads(), nothing.files, nothing.questions()) == ("none", (), (), ())
    with pytest.raises(ContentError, match=r"holds no ontology/connectivity\.ttl"):
        find_content(str(tmp_path))
    with pytest.raises(ContentError, match="no such file or folder"):
        find_content(str(tmp_path / "gone"))


@pytest.mark.parametrize(
    ("name", "text", "size"),
    [
        ("a.ttl", "<http://a.example/> a <http://b.example/> ; <http://c.example/> [] .", 2),
        ("a.nq", "<http://a.example/> <http://b.example/> <http://c.example/> <http://g.example/> .", 1),
        ("a.trig", "<http://g.example/> { <http://a.example/> a <http://b.example/> }", 1),
        ("a.jsonld", '[{"@id": "http://a.example/", "@type": ["http://b.example/"]}]', 1),
    ],
)
def test_an_rdf_file_is_taken_as_it_is(tmp_path: Path, name: str, text: str, size: int) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    content = find_content(str(tmp_path / name))
    assert content.kind == "file"
    assert len(content.quads()) == size
    assert content.prefixes() == {}


def test_an_rdf_file_that_does_not_parse_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.nt").write_text("<http://a.example/> nonsense .\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"a\.nt:1:21: The file is not N-Triples"):
        find_content(str(tmp_path / "a.nt")).quads()
    (tmp_path / "a.xlsx").write_bytes(b"PK")
    with pytest.raises(ContentError, match=r"'\.xlsx' is not that of an RDF file"):
        find_content(str(tmp_path / "a.xlsx")).quads()
    (tmp_path / "b.nt").write_bytes(b"\xff")
    with pytest.raises(ContentError, match="not UTF-8"):
        find_content(str(tmp_path / "b.nt")).quads()


def test_quads_stand_in_the_graph_of_their_file(mini: Mini) -> None:
    quads = set(mini.content.quads())
    way = ox.NamedNode(vocab.ID + "initiative/green-way")
    place = ox.NamedNode(vocab.ID + "place/alps")
    operates = ox.NamedNode(vocab.CONN + "operatesIn")
    graphs = {quad.graph_name for quad in quads if quad.triple == ox.Triple(way, operates, place)}
    assert graphs == {ox.NamedNode(PASSAGE + "01"), ox.NamedNode(PASSAGE + "02")}


def test_the_prefix_table(mini: Mini) -> None:
    assert mini.content.prefixes() == PREFIXES
    mini.turtle(
        "ontology/prefixes.ttl",
        '<http://x.example/1> sh:prefix "a" ; sh:namespace "http://a.example/" . '
        '<http://x.example/2> sh:prefix "a" ; sh:namespace "http://b.example/" .',
    )
    with pytest.raises(
        ContentError, match=r"^ontology/prefixes\.ttl: The prefix 'a:' does not have exactly one"
    ):
        mini.content.prefixes()
    assert prefix_table([]) == {}


def test_questions_and_lints(mini: Mini) -> None:
    (question,) = mini.content.questions()
    (lint,) = mini.content.lints()
    assert (question.name, question.file) == ("01-where", "ontology/questions/01-where.rq")
    assert (lint.name, lint.file) == ("name-ends", "shapes/lint/name-ends.rq")
    mini.write("shapes/lint/name-ends.rq", "SELECT ?thing {}")
    with pytest.raises(ContentError, match=r"shapes/lint/name-ends\.rq: The directive 'rule' is missing"):
        mini.content.lints()
    problems: list[ContentError] = []
    assert mini.content.lints(problems) == ()
    assert len(problems) == 1


def test_one_fault_is_raised_as_it_is(mini: Mini) -> None:
    mini.write("data/register/place/alps.ttl", LICENCE + "place:alps a conn:Place .\n")
    with pytest.raises(ContentError) as raised:
        mini.content.quads()
    assert raised.value.place == "data/register/place/alps.ttl:2:1"
    assert "The prefix 'place:' is not declared" in raised.value.message


def test_many_faults_are_told_at_once(mini: Mini) -> None:
    for number in range(7):
        mini.write(f"data/register/place/p{number}.ttl", "<x")
    with pytest.raises(ContentError) as raised:
        mini.content.quads()
    lines = str(raised.value).splitlines()
    assert lines[0] == "The content has 7 faults:"
    assert "data/register/place/p0.ttl:1:1" in lines[1]
    assert lines[6].strip() == "and 2 more."
    assert "kg check" in lines[-1]


def test_a_broken_prefix_table_is_told_once(mini: Mini) -> None:
    mini.write("ontology/prefixes.ttl", LICENCE + "nonsense")
    problems: list[ContentError] = []
    mini.content.parsed(problems)
    assert [problem.place for problem in problems] == ["ontology/prefixes.ttl:2:1"]


def test_labels_prefer_english_and_names_of_things() -> None:
    def quad(predicate: str, text: str, language: str) -> ox.Quad:
        thing = ox.NamedNode("http://a.example/")
        return ox.Quad(thing, ox.NamedNode(predicate), ox.Literal(text, language=language))

    quads = [
        quad(vocab.RDFS_LABEL, "b", "en"),
        quad(vocab.SKOS_PREF_LABEL, "z", "en"),
        quad(vocab.SKOS_PREF_LABEL, "a", "fr"),
    ]
    assert labels(quads) == {"http://a.example/": "z"}
    assert labels(quads[2:]) == {"http://a.example/": "a"}


def test_the_real_content_reads() -> None:
    content = find_content(str(ROOT))
    assert isinstance(content, Content)
    assert content.problems == ()
    assert len(content.quads()) > 3000
    assert len([file for file in content.files if file.graph.startswith(vocab.ID + "passage/")]) == 21
    assert len(content.questions()) >= 40
    assert content.lints() and content.shapes()


def test_the_federated_questions_use_identifiers_of_the_mappings(whole_content: Content) -> None:
    """They join on things that the graph itself links to, and an engine can read them."""
    linked = {link.object.value for group in whole_content.mappings() for link in group.links}
    questions = whole_content.federated()
    assert len(questions) == 3
    for question in questions:
        operation = Operation.parse(question.query, origins=ANYWHERE)
        assert EmbeddedStore().variables(operation) and question.services
        iris = re.findall(r"<(http://[^<>]+/[0-9]+)>", question.query)
        iris += [
            f"http://www.wikidata.org/entity/{name}" for name in re.findall(r"wd:(Q[0-9]+)", question.query)
        ]
        assert iris and set(iris) <= linked
