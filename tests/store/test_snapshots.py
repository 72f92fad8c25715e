"""Copies of what is stored: files that bring all of it back, and folders that share what never changes."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from asking import descriptors

from kg.errors import StoreError
from kg.media import CSV, NQUADS
from kg.settings import DefaultGraph
from kg.sparql import Operation
from kg.store import snapshots
from kg.store.embedded import EmbeddedStore
from kg.updates import Update

DATA = b"""\
<u:alps> <u:label> "Alps\\n\\"\\u00e4\\U0001f98e\\""@en <u:g1> .
<u:alps> <u:label> "Alps"@en <u:g1> .
<u:alps> <u:in> <u:europe> <u:g2> .
<u:alps> <u:says> <<( <u:a> <u:p> "b"@ar--rtl )>> <u:g2> .
<u:world> <u:label> "World" .
"""
MODES: tuple[DefaultGraph, ...] = ("union", "plain")

each_mode = pytest.mark.parametrize("mode", MODES)


def opened(mode: DefaultGraph, data: bytes = DATA) -> EmbeddedStore:
    store = EmbeddedStore(default_graph=mode)
    store.load(data, NQUADS)
    return store


def stored(store: EmbeddedStore) -> list[str]:
    return sorted(str(quad) for quad in store.stored())


def count(store: EmbeddedStore) -> bytes:
    return b"".join(store.query(Operation.parse("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"), CSV)).split()[1]


# ---- files


@each_mode
def test_a_file_brings_everything_back(mode: DefaultGraph) -> None:
    store, file = opened(mode), io.BytesIO()
    store.create("u:empty")
    snapshots.save(store, file)
    for other in MODES:
        again = EmbeddedStore(default_graph=other)
        snapshots.restore(again, file)
        assert stored(again) == stored(store)
        assert again.names() == ["u:empty", "u:g1", "u:g2"]
        assert count(again) == (b"5" if other == "union" else b"1")


def test_blank_nodes_stay_the_same_among_each_other() -> None:
    data = b'_:a <u:knows> _:b <u:g1> .\n_:b <u:name> "b" <u:g2> .\n_:a <u:name> "a" .\n'
    store, file = opened("union", data), io.BytesIO()
    snapshots.save(store, file)
    again = EmbeddedStore()
    snapshots.restore(again, file)
    update = (
        "INSERT { <u:found> <u:is> ?n , ?m } WHERE { ?a <u:name> ?n "
        "GRAPH <u:g1> { ?a <u:knows> ?b } GRAPH <u:g2> { ?b <u:name> ?m } }"
    )
    again.update(Update.parse(update))
    assert {quad for quad in stored(again) if "found" in quad} == {
        '<u:found> <u:is> "a"',
        '<u:found> <u:is> "b"',
    }


def test_statements_that_are_there_already_make_a_file() -> None:
    file = io.BytesIO()
    snapshots.write(file, DATA)
    store = EmbeddedStore()
    snapshots.restore(store, file)
    assert stored(store) == stored(opened("union"))


@pytest.mark.parametrize("data", [b"", DATA], ids=["nothing", "something"])
def test_a_file_begins_with_a_line_that_names_the_graphs(data: bytes) -> None:
    store, file = opened("plain", data), io.BytesIO()
    store.create("u:empty")
    snapshots.save(store, file)
    head, rest = file.getvalue().split(b"\n", 1)
    assert json.loads(head) == {"graphs": ["u:empty", *(["u:g1", "u:g2"] if data else [])]}
    assert rest.count(b"\n") == data.count(b"\n")
    again = EmbeddedStore()
    snapshots.restore(again, file)
    assert again.names() == store.names()


def test_a_file_that_cannot_be_read_is_told() -> None:
    with pytest.raises(StoreError, match=r"^The data cannot be read as N-Quads: "):
        snapshots.restore(EmbeddedStore(), io.BytesIO(b'{"graphs": []}\n<u:a> nonsense'))


# ---- folders

Folder = Callable[[], Path]


def in_folder(folder: Path, mode: DefaultGraph = "union") -> EmbeddedStore:
    return EmbeddedStore(default_graph=mode, folder=folder)


def made(folder: Path) -> list[str]:
    """Make a store in the folder, and return what is in it."""
    store = in_folder(folder)
    store.load(DATA, NQUADS)
    store.create("u:empty")
    store.flush()
    found = stored(store)
    store.close()
    return found


def test_a_clone_holds_the_same_and_changes_alone(quick_folder: Folder) -> None:
    source, target = quick_folder(), quick_folder()
    expected = made(source)
    files = {path: path.read_bytes() for path in sorted(source.rglob("*")) if path.is_file()}
    snapshots.clone(source, target)
    store = in_folder(target)
    assert stored(store) == expected
    assert store.names() == ["u:empty", "u:g1", "u:g2"]
    store.update(Update.parse("DROP ALL ; INSERT DATA { <u:new> <u:p> 1 }"))
    store.flush()
    store.optimize()
    store.close()
    assert {path: path.read_bytes() for path in sorted(source.rglob("*")) if path.is_file()} == files
    store = EmbeddedStore(folder=source, writable=False)
    assert stored(store) == expected
    store.close()
    again = EmbeddedStore(folder=target, writable=False)
    assert [quad.partition(" ")[0] for quad in stored(again)] == ["<u:new>"]
    again.close()


def test_a_clone_shares_files_of_data_and_outlives_its_source(quick_folder: Folder) -> None:
    source, target = quick_folder(), quick_folder()
    expected = made(source)
    snapshots.clone(source, target)
    shared = [path for path in target.rglob("*.sst") if path.stat().st_nlink == 2]
    assert shared
    assert shared == list(target.rglob("*.sst"))
    assert all(
        path.stat().st_nlink == 1 for path in target.rglob("*") if path.is_file() and path.suffix != ".sst"
    )
    assert not {path.name for path in target.rglob("LO*")}, "neither lock nor log"
    for path in sorted(source.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    store = in_folder(target)
    assert stored(store) == expected
    store.close()


def test_a_clone_is_a_copy_where_there_are_no_hard_links(
    quick_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("not here")

    source, target = quick_folder(), quick_folder()
    expected = made(source)
    monkeypatch.setattr(os, "link", refuse)
    snapshots.clone(source, target)
    assert all(path.stat().st_nlink == 1 for path in target.rglob("*.sst"))
    store = in_folder(target)
    assert stored(store) == expected
    store.close()


def test_a_clone_goes_where_nothing_is(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "target").mkdir()
    with pytest.raises(FileExistsError):
        snapshots.clone(tmp_path / "source", tmp_path / "target")


def test_a_folder_of_many_files_of_data_is_scattered(tmp_path: Path) -> None:
    for number in range(120):
        (tmp_path / f"{number}.sst").touch()
    (tmp_path / "MANIFEST").touch()
    assert not snapshots.is_scattered(tmp_path)
    (tmp_path / "120.sst").touch()
    assert snapshots.is_scattered(tmp_path)


def test_everything_in_a_folder_is_brought_to_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c").write_text("x")
    synced: list[str] = []

    def note(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))

    before = descriptors()
    monkeypatch.setattr(os, "fsync", note)
    snapshots.sync(tmp_path / "a")
    expected = [tmp_path / "a" / "b", tmp_path / "a" / "b" / "c", tmp_path / "a", tmp_path]
    assert sorted(synced) == sorted(str(path) for path in expected)
    assert descriptors() <= before
