"""The folder of a store: what counts, what is waste, and what is refused before anything is touched."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from kg.errors import KgError, SettingsError, StoreError
from kg.media import CSV, NQUADS, NTRIPLES, TURTLE
from kg.settings import DefaultGraph
from kg.sparql import Operation
from kg.store import snapshots
from kg.store.directory import Directory, Source, is_filled
from kg.store.embedded import EmbeddedStore

DATA = b"""\
<u:alps> <u:label> "Alps"@en <u:g1> .
<u:alps> <u:label> "Alps"@en <u:g2> .
<u:alps> <u:in> <u:europe> <u:g2> .
<u:world> <u:label> "World" .
"""
EVERYTHING = sorted(DATA.decode().splitlines())

Folder = Callable[[], Path]


@contextmanager
def opened(path: Path, mode: DefaultGraph = "union") -> Iterator[Directory]:
    directory = Directory.open(path, mode)
    try:
        yield directory
    finally:
        directory.close()


def source(data: bytes = DATA, name: str = "data.nq") -> Source:
    return Source(name, lambda: io.BytesIO(data), NQUADS)


def stored(directory: Directory, mode: DefaultGraph = "union") -> list[str]:
    store = EmbeddedStore(default_graph=mode, folder=directory.present, writable=False)
    try:
        return sorted(f"{quad} ." for quad in store.stored())
    finally:
        store.close()


def count(directory: Directory, mode: DefaultGraph) -> str:
    store = EmbeddedStore(default_graph=mode, folder=directory.present, writable=False)
    try:
        query = Operation.parse("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
        return b"".join(store.query(query, CSV)).decode().split()[1]
    finally:
        store.close()


def generations(path: Path) -> list[str]:
    return sorted(item.name for item in (path / "generations").iterdir())


def facts(path: Path) -> dict[str, object]:
    found = json.loads((path / "store.json").read_text("utf-8"))
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def original(quick_folder: Folder) -> Path:
    """A folder with the data in it that no test uses itself."""
    path = quick_folder()
    with opened(path) as directory:
        directory.load([source()])
    return path


@pytest.fixture
def filled(original: Path, quick_folder: Folder) -> Path:
    """A folder with the data in it, and nobody who uses it."""
    return Path(shutil.copytree(original, quick_folder()))


# ---- opening


def test_a_folder_is_made_with_an_empty_store_in_it(quick_folder: Folder) -> None:
    path = quick_folder() / "deep" / "down"
    with opened(path) as directory:
        assert directory.is_empty()
        assert stored(directory) == []
        assert directory.content is None
        assert directory.content_graphs == []
        assert directory.present == path / "generations" / "1"
        name, _, number = directory.version.partition("-")
        assert (len(name), number) == (16, "1")
    assert sorted(item.name for item in path.iterdir()) == ["generations", "lock", "store.json"]
    assert facts(path) == {"format": 1, "store": name, "generation": 1, "default_graph": "union"}


def test_a_folder_is_taken_up_as_it_was_left(filled: Path) -> None:
    with opened(filled) as directory:
        version = directory.version
    for _ in range(2):
        with opened(filled) as directory:
            assert directory.version == version
            assert stored(directory) == EVERYTHING
            assert not directory.is_empty()
    assert generations(filled) == ["2"]


def test_two_stores_have_two_names(quick_folder: Folder) -> None:
    with opened(quick_folder()) as one, opened(quick_folder()) as other:
        assert one.version != other.version


def test_a_folder_that_holds_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(SettingsError, match="which holds something else than a store") as caught:
        Directory.open(tmp_path, "union")
    assert str(tmp_path) in caught.value.message
    assert [item.name for item in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file")
    with pytest.raises(SettingsError, match=r"^The folder .*store of KG_STORE cannot be used: "):
        Directory.open(tmp_path / "store", "union")
    with pytest.raises(SettingsError, match=r"^The folder .*deeper of KG_STORE cannot be used: "):
        Directory.open(tmp_path / "store" / "deeper", "union")
    assert (tmp_path / "store").read_text() == "a file"


def test_what_lies_beside_a_store_is_nobodys_concern(filled: Path) -> None:
    (filled / "README").write_text("my store")
    with opened(filled) as directory:
        assert stored(directory) == EVERYTHING
    assert (filled / "README").read_text() == "my store"


def test_a_folder_in_use_is_refused_until_it_is_let_go(filled: Path) -> None:
    for _ in range(2):
        with opened(filled) as directory:
            with pytest.raises(SettingsError, match="is in use by another process") as caught:
                Directory.open(filled, "plain")
            assert "/graphs" in str(caught.value)
            assert stored(directory) == EVERYTHING
            directory.close()
            directory.close()
    assert facts(filled)["default_graph"] == "union"


def test_a_folder_in_use_by_another_process_is_free_when_that_is_killed(filled: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from kg.store.directory import Directory; "
        "held = Directory.open(Path(sys.argv[1]), 'union'); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(filled)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == b"held\n"
        with pytest.raises(SettingsError, match="is in use by another process"):
            Directory.open(filled, "union")
        process.kill()
    with opened(filled) as directory:
        assert stored(directory) == EVERYTHING


# ---- broken ones

BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "store.json cannot be read"),
    "cut": (b'{"format": 1, "store"', "store.json cannot be read"),
    "not UTF-8": (b'{"format": 1, "store": "\xff"}', "store.json cannot be read"),
    "a list": (b"[]", "made by another version"),
    "null": (b"null", "made by another version"),
    "another format": (b'{"format": 2}', "made by another version"),
    "without a generation": (b'{"format": 1, "store": "x", "default_graph": "union"}', "broken"),
    "without a name": (b'{"format": 1, "generation": 2, "default_graph": "union"}', "broken"),
    "without a kind of default graph": (b'{"format": 1, "store": "x", "generation": 2}', "broken"),
    "a generation that is no number": (
        b'{"format": 1, "store": "x", "generation": "../..", "default_graph": "union"}',
        "broken",
    ),
    "a generation that is not there": (
        b'{"format": 1, "store": "x", "generation": 77, "default_graph": "union"}',
        "its data are missing",
    ),
}


@pytest.mark.parametrize(("pointer", "sentence"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_pointer_is_told_and_destroys_nothing(filled: Path, pointer: bytes, sentence: str) -> None:
    sound = (filled / "store.json").read_bytes()
    (filled / "store.json").write_bytes(pointer)
    for _ in range(2):
        with pytest.raises(StoreError, match=sentence) as caught:
            Directory.open(filled, "union")
        assert caught.value.place == str(filled)
    (filled / "store.json").write_bytes(sound)
    with opened(filled) as directory:
        assert stored(directory) == EVERYTHING


def test_a_lost_pointer_does_not_cost_the_data(filled: Path) -> None:
    sound = (filled / "store.json").read_bytes()
    (filled / "store.json").unlink()
    with pytest.raises(StoreError, match="broken"):
        Directory.open(filled, "union")
    (filled / "store.json").write_bytes(sound)
    with opened(filled) as directory:
        assert stored(directory) == EVERYTHING


def test_data_that_cannot_be_read_are_told(filled: Path) -> None:
    for path in (filled / "generations" / "2").rglob("*.sst"):
        path.unlink()
    with opened(filled) as directory, pytest.raises(StoreError, match="cannot be opened"):
        directory.is_empty()
    with pytest.raises(StoreError):
        Directory.open(filled, "plain")
    with opened(filled):
        pass


# ---- waste


def test_what_no_pointer_names_is_removed_at_opening(filled: Path) -> None:
    for name in ("1", "3", "99"):
        (filled / "generations" / name / "unnamed").mkdir(parents=True)
        (filled / "generations" / name / "000001.sst").write_bytes(b"x")
    (filled / "store.json.new").write_text('{"format": 1, "generation": 99')
    with opened(filled) as directory:
        assert generations(filled) == ["2"]
        assert stored(directory) == EVERYTHING


def test_a_first_opening_that_was_interrupted_is_begun_again(quick_folder: Folder) -> None:
    path = quick_folder()
    (path / "generations").mkdir(parents=True)
    (path / "lock").touch()
    (path / "store.json.new").write_text("{")
    with opened(path) as directory:
        assert directory.is_empty()


def test_strange_names_among_the_generations_do_no_harm(filled: Path) -> None:
    (filled / "generations" / ".DS_Store").write_text("x")
    (filled / "generations" / "lost+found").mkdir()
    with opened(filled) as directory:
        target = directory.next()
        snapshots.clone(directory.present, target)
        directory.advance(target)
        directory.sweep(())
        assert stored(directory) == EVERYTHING
        directory.load([source(b"<u:new> <u:p> <u:q> .\n")])
        assert len(stored(directory)) == 5


def test_generations_in_use_stay_until_they_are_not(filled: Path) -> None:
    with opened(filled) as directory:
        first = directory.present
        for _ in range(2):
            target = directory.next()
            snapshots.clone(directory.present, target)
            directory.advance(target)
            directory.sweep({first})
        assert generations(filled) == ["2", "4"]
        directory.sweep(())
        assert generations(filled) == ["4"]


def test_the_place_for_the_next_generation_is_empty(filled: Path) -> None:
    with opened(filled) as directory:
        for _ in range(2):
            target = directory.next()
            assert not target.exists()
            assert target.parent == directory.present.parent
            target.mkdir()
            (target / "000001.sst").write_bytes(b"half of it")


def test_a_place_that_was_given_out_is_not_given_out_again(filled: Path) -> None:
    with opened(filled) as directory:
        places = [directory.next() for _ in range(3)]
        assert len(set(places)) == 3, "whoever was told to write to one may still be writing"
        snapshots.clone(directory.present, places[2])
        directory.advance(places[2])
        assert directory.present == places[2]
        assert stored(directory) == EVERYTHING
        assert directory.next() not in places


def test_the_present_generation_is_never_discarded(filled: Path) -> None:
    with opened(filled) as directory:
        directory.discard(directory.present)
        directory.discard(filled / "generations" / "none")
        assert stored(directory) == EVERYTHING


# ---- advancing


def test_a_generation_counts_from_the_moment_that_the_pointer_names_it(filled: Path) -> None:
    with opened(filled) as directory:
        before = directory.version
        target = directory.next()
        snapshots.clone(directory.present, target)
        assert directory.version == before
        directory.advance(target, content="digest")
        assert directory.version != before
        assert directory.version.partition("-")[0] == before.partition("-")[0]
        assert directory.present == target
        assert facts(filled)["generation"] == int(target.name)
        assert directory.content == "digest"
    with opened(filled) as directory:
        assert directory.content == "digest"


def test_a_pointer_that_cannot_be_written_leaves_the_old_one(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    pointer = (filled / "store.json").read_bytes()
    with opened(filled) as directory:
        before = directory.version
        target = directory.next()
        snapshots.clone(directory.present, target)
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space left"):
                directory.advance(target)
        assert (directory.version, (filled / "store.json").read_bytes()) == (before, pointer)
        assert stored(directory) == EVERYTHING
        directory.advance(target)
        assert directory.version != before


# ---- loading


def test_loading_adds_to_what_is_there_and_counts(filled: Path) -> None:
    steps: list[str] = []
    with opened(filled) as directory:
        before = directory.version
        turtle = Source("more.ttl", lambda: io.BytesIO(b"<u:a> <u:p> <u:b> ."), TURTLE, "u:g1")
        assert directory.load([turtle, source(b"<u:c> <u:p> <u:d> .\n")], steps.append) == (4, 6)
        assert directory.version != before
        more = ["<u:a> <u:p> <u:b> <u:g1> .", "<u:c> <u:p> <u:d> ."]
        assert stored(directory) == sorted([*EVERYTHING, *more])
        assert count(directory, "union") == "5"
        assert steps
        assert len(generations(filled)) == 1


def test_loading_can_take_the_place_of_graphs(filled: Path) -> None:
    with opened(filled) as directory:
        new = source(b"<u:new> <u:p> <u:q> <u:g2> .\n")
        assert directory.load([new], drop=["u:g2", "u:none"]) == (4, 3)
        assert "<u:new> <u:p> <u:q> <u:g2> ." in stored(directory)
        assert "<u:alps> <u:in> <u:europe> <u:g2> ." not in stored(directory)
        assert count(directory, "union") == "3"


def test_content_is_remembered_with_its_graphs(quick_folder: Folder) -> None:
    path = quick_folder()
    with opened(path) as directory:
        directory.load([source()], content=("digest", ["u:g2", "u:g1"]))
        assert (directory.content, directory.content_graphs) == ("digest", ["u:g1", "u:g2"])
        directory.load([source(b"<u:a> <u:p> <u:b> .\n")])
    with opened(path) as directory:
        assert (directory.content, directory.content_graphs) == ("digest", ["u:g1", "u:g2"])


def test_loading_is_all_or_nothing_and_names_the_file(filled: Path) -> None:
    with opened(filled) as directory:
        before = directory.version
        bad = source(b"<u:a> <u:p> <u:b> .\n<u:a> nonsense", "bad.nq")
        with pytest.raises(StoreError, match=r"^bad\.nq: The data cannot be read as N-Quads: "):
            directory.load([source(b"<u:c> <u:p> <u:d> .\n"), bad], drop=["u:g1"])
        assert directory.version == before
        assert stored(directory) == EVERYTHING
        assert len(generations(filled)) == 1
        assert directory.load([]) == (4, 4)


def test_loading_that_is_interrupted_leaves_everything_as_it_was(filled: Path) -> None:
    def interrupt(step: str) -> None:
        raise KeyboardInterrupt

    with opened(filled) as directory:
        with pytest.raises(KeyboardInterrupt):
            directory.load([source(b"<u:c> <u:p> <u:d> .\n")], interrupt)
        assert stored(directory) == EVERYTHING
        assert len(generations(filled)) == 1


# ---- another kind of default graph


def test_the_kind_of_default_graph_can_change_between_two_runs(filled: Path) -> None:
    versions = []
    modes: tuple[DefaultGraph, ...] = ("plain", "union", "union", "plain", "union")
    for mode in modes:
        with opened(filled, mode) as directory:
            assert stored(directory, mode) == EVERYTHING
            assert count(directory, mode) == ("3" if mode == "union" else "1")
            assert facts(filled)["default_graph"] == mode
            assert len(generations(filled)) == 1
            versions.append(directory.version)
    assert versions[1] == versions[2]
    assert len(set(versions)) == 4


def test_a_change_of_kind_that_fails_leaves_the_store_as_it_was(
    filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(snapshots, "sync", refuse)
        with pytest.raises((KgError, OSError)):
            Directory.open(filled, "plain")
    with opened(filled) as directory:
        assert stored(directory) == EVERYTHING
        assert count(directory, "union") == "3"


def test_a_folder_is_filled_when_its_store_holds_something(tmp_path: Path) -> None:
    assert not is_filled(tmp_path / "nothing")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "store.json").write_text("no JSON", encoding="utf-8")
    assert not is_filled(tmp_path / "notes")
    path = tmp_path / "store"
    directory = Directory.open(path, "union")
    assert not is_filled(path)
    directory.load([Source("a", lambda: io.BytesIO(b"<u:a> <u:p> <u:b> .\n"), NTRIPLES)])
    assert is_filled(path)  # also while it is in use
    directory.close()
    assert is_filled(path)
