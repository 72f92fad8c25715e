"""What is exported: the same bytes each time, the dataset exactly or its merge, a whole file or none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg.build import Dataset, build
from kg.content import find_content
from kg.errors import KgError
from kg.export import UNION_NOTICE, export, manifest, write_file
from kg.media import CSV, RDF_FORMATS, by_name
from sample import Mini, value

ROOT = Path(__file__).resolve().parent.parent
ODD = r"""
    place:alps rdfs:comment "  <&>'\"]]>\t\n\r\\ é 😀 \u0085\u2028"@en , "" , "01"^^xsd:integer , 01 , 1.50 ,
        "x"^^<http://t.example/a?b=1&c=2> , "2024-02"^^xsd:gYearMonth , "<b>"@de-at ;
        <http://odd.example/1é> <http://o.example/?a=1&b='2'#é> ;
        <http://odd.example/a.b-c_d> "d" .
"""


def data(dataset: Dataset, name: str) -> bytes:
    return b"".join(export(dataset, by_name(name)))


def read(data: bytes, name: str) -> list[ox.Quad]:
    kind = ox.RdfFormat.from_media_type(by_name(name).media_type)
    return list(ox.parse(data, kind))


@pytest.fixture
def odd(mini: Mini) -> Dataset:
    mini.turtle("data/editorial/odd.ttl", ODD.replace("<http://odd.example/1é>", "<http://odd.example/1e>"))
    return build(mini.content)


@pytest.mark.parametrize("name", ["nq", "trig", "jsonld"])
def test_formats_with_graphs_give_the_dataset_back(odd: Dataset, name: str) -> None:
    quads = read(data(odd, name), name)
    assert set(quads) == set(odd.quads)
    assert len(quads) == len(odd.quads)


@pytest.mark.parametrize("name", ["ttl", "nt", "rdf"])
def test_formats_without_graphs_give_each_statement_once(odd: Dataset, name: str) -> None:
    quads = read(data(odd, name), name)
    union = {quad.triple for quad in odd.quads}
    assert {quad.triple for quad in quads} == union
    assert len(quads) == len(union) < len(odd.quads)
    assert {quad.graph_name for quad in quads} == {ox.DefaultGraph()}


def test_a_merge_says_that_it_has_no_citations(odd: Dataset) -> None:
    assert data(odd, "ttl").decode().startswith(f"# {UNION_NOTICE}\n@prefix ")
    assert f"<!-- {UNION_NOTICE} -->" in data(odd, "rdf").decode()
    assert "without citations" in UNION_NOTICE and "--" not in UNION_NOTICE


@pytest.mark.parametrize("name", [row.name for row in RDF_FORMATS])
def test_the_real_dataset_round_trips_with_the_same_bytes(name: str, whole_dataset: Dataset) -> None:
    first, second = whole_dataset, build(find_content(str(ROOT)))
    assert data(first, name) == data(second, name)
    quads = read(data(first, name), name)
    if by_name(name).named_graphs:
        assert set(quads) == set(first.quads)
    else:
        assert {quad.triple for quad in quads} == {quad.triple for quad in first.quads}


def test_jsonld_has_the_graphs_in_order_and_short_names(odd: Dataset) -> None:
    sources = json.loads(data(odd, "jsonld"))["sources"]
    assert [item["id"] for item in sources] == sorted(item["id"] for item in sources)
    (graph,) = [item for item in sources if item["id"].endswith("/graph/editorial")]
    (thing,) = graph["says"]
    assert thing["id"].endswith("/place/alps") and len(thing["comment"]) == 7


def test_trig_has_one_block_a_graph_with_our_prefixes(odd: Dataset) -> None:
    text = data(odd, "trig").decode()
    graphs = re.findall(r"^<(.*)> \{$", text, re.MULTILINE)
    assert graphs == sorted({value(quad.graph_name) for quad in odd.quads})
    assert "\nplace:alps\n    a conn:Place ;\n" in text
    assert text.count("@prefix conn:") == 1


def test_rdfxml_invents_prefixes_where_the_table_has_none(odd: Dataset) -> None:
    text = data(odd, "rdf").decode()
    assert 'xmlns:conn="https://w3id.org/ecoconn/ontology#"' in text
    assert re.search('xmlns:ns[0-9]+="http://odd.example/"', text)
    assert re.search('xmlns:ns[0-9]+="http://odd.example/1"', text)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            r'place:alps rdfs:comment "\u0001" .',
            "control character in <http://www.w3.org/2000/01/rdf-schema#comment>",
        ),
        ("place:alps <http://odd.example/1> 1 .", "does not end in a name"),
    ],
)
def test_what_rdfxml_cannot_hold_is_refused(mini: Mini, body: str, words: str) -> None:
    mini.turtle("data/editorial/odd.ttl", body)
    dataset = build(mini.content)
    with pytest.raises(KgError, match=words):
        data(dataset, "rdf")
    assert set(read(data(dataset, "trig"), "trig")) == set(dataset.quads)


@pytest.mark.parametrize("name", [row.name for row in RDF_FORMATS])
def test_a_foreign_file_with_blank_nodes_is_exported_too(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(
        "<http://a.example/p> <http://a.example/p> _:x . _:x <http://a.example/q> _:x .", encoding="utf-8"
    )
    assert len(read(data(build(find_content(str(path))), name), name)) == 2


@pytest.mark.parametrize("name", [row.name for row in RDF_FORMATS])
def test_nothing_is_exported_as_a_file_that_parses(name: str) -> None:
    assert read(data(build(find_content("none")), name), name) == []


def test_a_format_of_answers_is_refused(odd: Dataset) -> None:
    with pytest.raises(KgError, match="CSV is not a format for RDF"):
        list(export(odd, CSV))


def test_the_manifest(odd: Dataset) -> None:
    found = manifest(odd, {"dataset.nq": odd.nquads()})
    assert found["digest"] == odd.digest
    assert found["statements"] == len(odd.quads)
    assert isinstance(found["graphs"], dict) and sum(found["graphs"].values()) == len(odd.quads)
    assert isinstance(found["files"], dict) and found["files"]["dataset.nq"]["bytes"] == len(odd.nquads())


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out.nq"
    assert write_file(path, [b"one", b"two"]) == 6
    assert path.read_bytes() == b"onetwo"
    assert path.stat().st_mode & 0o444 == 0o444

    def breaks() -> Iterator[bytes]:
        yield b"half"
        raise KgError("No more.")

    with pytest.raises(KgError, match="No more"):
        write_file(path, breaks())
    assert path.read_bytes() == b"onetwo"
    assert [item.name for item in tmp_path.iterdir()] == ["out.nq"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(KgError, match=r"gone/out\.nq: The file cannot be written: No such file or directory"):
        write_file(tmp_path / "gone" / "out.nq", [b""])
    with pytest.raises(KgError, match="cannot be written: Is a directory"):
        write_file(tmp_path, [b""])
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_followed_and_a_device_is_not_replaced(tmp_path: Path) -> None:
    real, link = tmp_path / "real.nq", tmp_path / "link.nq"
    real.write_bytes(b"old")
    real.chmod(0o600)
    link.symlink_to(real)
    assert write_file(link, [b"new"]) == 3
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert real.stat().st_mode & 0o777 == 0o600
    assert write_file(Path("/dev/null"), [b"x", b"y"]) == 2
    assert Path("/dev/null").is_char_device()
