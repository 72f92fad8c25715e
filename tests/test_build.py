"""The served dataset: complete, without blank nodes, the same on every run, with its digest."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import vocab
from kg.build import build
from kg.content import find_content
from kg.errors import ContentError
from sample import Mini, value

ROOT = Path(__file__).resolve().parent.parent


def test_stated_quads_stay_as_they_are(mini: Mini) -> None:
    dataset = build(mini.content)
    stated = set(mini.content.quads())
    assert stated <= set(dataset.quads)
    added = {value(quad.graph_name) for quad in set(dataset.quads) - stated}
    assert added == {vocab.DERIVED, vocab.VOID, vocab.EXAMPLES}
    assert not [quad for quad in dataset.quads if quad.graph_name == ox.DefaultGraph()]


def test_the_bytes_are_sorted_canonical_nquads(mini: Mini) -> None:
    mini.turtle(
        "data/editorial/odd.ttl", r'place:alps rdfs:comment "\u0000\t\n\r\"\\é\u0085\u007F"@en , "01" .'
    )
    dataset = build(mini.content)
    data = dataset.nquads()
    lines = [f"{line}\n" for line in data.decode().split("\n")[:-1]]
    assert lines == sorted(set(lines))
    assert set(ox.parse(data, ox.RdfFormat.N_QUADS)) == set(dataset.quads)
    engine = ox.serialize(dataset.quads, format=ox.RdfFormat.N_QUADS)
    assert engine == data, "the engine's writer is that of canonical N-Quads"


def test_the_digest_is_that_of_the_canonical_form_without_graph_void(mini: Mini) -> None:
    dataset = build(mini.content)
    rest = ox.Dataset(quad for quad in dataset.quads if quad.graph_name != ox.NamedNode(vocab.VOID))
    rest.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = sorted(f"{quad} .\n" for quad in rest)
    assert dataset.digest == hashlib.sha256("".join(lines).encode()).hexdigest()


def test_the_digest_depends_on_statements_only(mini: Mini, tmp_path: Path) -> None:
    before = build(mini.content)
    copy = tmp_path / "elsewhere"
    shutil.copytree(mini.root, copy)
    path = copy / "data/register/place/alps.ttl"
    path.write_text(
        "# Another comment.\n" + path.read_text(encoding="utf-8").replace("    ", "\t"), encoding="utf-8"
    )
    after = build(find_content(str(copy)))
    assert (after.digest, after.nquads()) == (before.digest, before.nquads())
    mini.passage(2, "")
    assert build(mini.content).digest != before.digest


def test_faults_of_all_kinds_stop_the_build(mini: Mini) -> None:
    mini.write("data/register/place/alps.ttl", "nonsense")
    mini.write("data/stray.txt", "")
    mini.write("ontology/questions/01-where.rq", "SELECT")
    with pytest.raises(ContentError) as raised:
        build(mini.content)
    told = str(raised.value)
    assert "The content has 3 faults" in told
    assert "data/register/place/alps.ttl:1:1" in told
    assert "data/stray.txt" in told
    assert "ontology/questions/01-where.rq" in told


def test_the_steps_are_told(mini: Mini) -> None:
    steps: list[str] = []
    build(mini.content, steps.append)
    assert steps == ["reading 11 files", "deriving classes and current values"]


def test_a_foreign_file_gets_nothing_added(tmp_path: Path) -> None:
    path = tmp_path / "a.nq"
    text = "<http://a.example/> <http://b.example/> _:x .\n<http://a.example/> <http://b.example/> _:y .\n"
    path.write_text(text, encoding="utf-8")
    dataset = build(find_content(str(path)))
    assert len(dataset.quads) == 2
    assert dataset.digest == hashlib.sha256(text.encode()).hexdigest()
    nothing = build(find_content("none"))
    assert (nothing.quads, nothing.nquads()) == ((), b"")


def test_the_real_dataset_has_no_blank_node_and_the_same_digest_in_another_process() -> None:
    dataset = build(find_content(str(ROOT)))
    terms = {term for quad in dataset.quads for term in (quad.subject, quad.object, quad.graph_name)}
    assert not [term for term in terms if isinstance(term, ox.BlankNode | ox.Triple)]
    code = (
        "from kg.build import build; from kg.content import find_content; "
        f"print(build(find_content({str(ROOT)!r})).digest)"
    )
    again = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "7", "LC_ALL": "C"},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert again.stdout.strip() == dataset.digest
