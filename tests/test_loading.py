"""``kg load``: files into a store on disk, all of them or none, and content in the place of older content."""

import gzip
import json
from dataclasses import replace
from pathlib import Path

import pytest

from kg.build import build
from kg.errors import ContentError, SettingsError, StoreError
from kg.loading import load
from kg.settings import Settings
from kg.store.directory import Directory
from sample import Mini


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A store on disk that is not there yet."""
    return Settings(store=f"dir:{tmp_path / 'store'}")


def quiet(step: str) -> None:
    """Tell nobody."""


def stored(settings: Settings) -> set[str]:
    """All statements, as lines of N-Quads."""
    directory = Directory.open(Path(settings.store.removeprefix("dir:")), settings.default_graph)
    store = directory._open(directory.present, writable=False)
    try:
        return {f"{quad} ." for quad in store.stored()}
    finally:
        store.close()
        directory.close()


def file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


FILES = {
    "data.ttl": ("<u:a> <u:p> <u:b> .", {"<u:a> <u:p> <u:b> ."}),
    "data.nt": ("<u:a> <u:p> <u:b> .\n", {"<u:a> <u:p> <u:b> ."}),
    "data.nt.gz": ("<u:a> <u:p> <u:b> .\n", {"<u:a> <u:p> <u:b> ."}),
    "data.nq": ("<u:a> <u:p> <u:b> <u:g> .\n", {"<u:a> <u:p> <u:b> <u:g> ."}),
    "data.trig": ("<u:g> { <u:a> <u:p> <u:b> }", {"<u:a> <u:p> <u:b> <u:g> ."}),
    "data.jsonld": ('[{"@id": "u:a", "u:p": [{"@id": "u:b"}]}]', {"<u:a> <u:p> <u:b> ."}),
    "data.rdf": (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="u:a">'
        '<p xmlns="u:" rdf:resource="u:b"/></rdf:Description></rdf:RDF>',
        {"<u:a> <u:p> <u:b> ."},
    ),
}


@pytest.mark.parametrize(("name", "case"), FILES.items(), ids=FILES.keys())
def test_each_format_by_its_ending(
    settings: Settings, tmp_path: Path, name: str, case: tuple[str, set[str]]
) -> None:
    text, expected = case
    assert load(settings, [file(tmp_path, name, text)], quiet) == (0, 1)
    assert stored(settings) == expected


def test_files_are_added_to_what_is_there_and_to_a_graph(settings: Settings, tmp_path: Path) -> None:
    first, second = file(tmp_path, "a.ttl", "<u:a> <u:p> 1 ."), file(tmp_path, "b.ttl", "<u:b> <u:p> 'x' .")
    assert load(settings, [first], quiet) == (0, 1)
    assert load(settings, [first, second], quiet, graph="u:g") == (1, 3)
    integer = "http://www.w3.org/2001/XMLSchema#integer"
    one = f'<u:a> <u:p> "1"^^<{integer}>'
    assert stored(settings) == {f"{one} .", f"{one} <u:g> .", '<u:b> <u:p> "x" <u:g> .'}


def test_a_format_that_is_given_goes_before_the_ending(settings: Settings, tmp_path: Path) -> None:
    load(settings, [file(tmp_path, "data.txt", "<u:a> <u:p> <u:b> .")], quiet, format="ttl")
    assert stored(settings) == {"<u:a> <u:p> <u:b> ."}


def test_one_bad_file_and_nothing_is_loaded(settings: Settings, tmp_path: Path) -> None:
    good, bad = file(tmp_path, "a.ttl", "<u:a> <u:p> <u:b> ."), file(tmp_path, "b.ttl", "<u:a> <u:p>")
    load(settings, [good], quiet)
    with pytest.raises(StoreError, match="cannot be read as Turtle") as caught:
        load(settings, [file(tmp_path, "c.ttl", "<u:c> <u:p> <u:b> ."), bad], quiet)
    assert caught.value.place == str(bad)
    assert stored(settings) == {"<u:a> <u:p> <u:b> ."}


def test_a_packed_file_that_is_cut_is_told(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "cut.nt.gz"
    path.write_bytes(gzip.compress(b"<u:a> <u:p> <u:b> .\n" * 1000)[:-10])
    with pytest.raises(StoreError, match="cannot be read as N-Triples"):
        load(settings, [path], quiet)
    assert stored(settings) == set()


def test_content_takes_the_place_of_older_content_and_of_nothing_else(
    settings: Settings, tmp_path: Path, mini: Mini
) -> None:
    old = build(mini.content)
    load(settings, [], quiet, content=old)
    load(settings, [file(tmp_path, "own.nq", "<u:own> <u:p> <u:b> <u:own-graph> .\n")], quiet)
    newer = replace(old, quads=old.quads[:-1], digest="f" * 64)
    load(settings, [], quiet, content=newer)
    assert stored(settings) == {f"{quad} ." for quad in newer.quads} | {"<u:own> <u:p> <u:b> <u:own-graph> ."}
    facts = json.loads((tmp_path / "store" / "store.json").read_text("utf-8"))
    assert facts["content"] == "f" * 64


def test_progress_names_the_file_and_how_far_it_is(settings: Settings, tmp_path: Path) -> None:
    told: list[str] = []
    text = "".join(f"<u:{number}> <u:p> <u:b> .\n" for number in range(20_000))
    load(settings, [file(tmp_path, "many.nt", text)], told.append)
    parts = [step for step in told if step.startswith("loading many.nt, ")]
    assert parts[-1] == "loading many.nt, 100 %"
    assert len(parts) > 5
    assert told[-1] == "bringing the store to the disk"


def test_what_cannot_be_loaded_is_told(settings: Settings, tmp_path: Path) -> None:
    data = file(tmp_path, "data.nq", "<u:a> <u:p> <u:b> <u:g> .\n")
    with pytest.raises(ContentError, match="no such file"):
        load(settings, [tmp_path / "none.ttl"], quiet)
    with pytest.raises(ContentError, match="no RDF format"):
        load(settings, [file(tmp_path, "data.csv", "a,b")], quiet)
    with pytest.raises(ContentError, match="graphs of its own"):
        load(settings, [data], quiet, graph="u:g")
    with pytest.raises(ContentError, match="not the IRI of a graph"):
        load(settings, [data], quiet, graph="alps")
    with pytest.raises(SettingsError, match="The store is memory:"):
        load(Settings(), [data], quiet)
    assert not (tmp_path / "store").exists()


def test_a_store_in_use_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    directory = Directory.open(tmp_path / "store", "union")
    with pytest.raises(SettingsError, match="in use by another process"):
        load(settings, [file(tmp_path, "a.ttl", "<u:a> <u:p> <u:b> .")], quiet)
    directory.close()
