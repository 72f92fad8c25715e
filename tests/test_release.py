"""Releases: whole or not there, never changed, the same bytes again, and checked by tools people have."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest

from kg import vocab
from kg.build import build
from kg.content import Content
from kg.errors import ContentError, KgError
from kg.extracts import EXTRACTS
from kg.media import RDF_FORMATS
from kg.release.making import release
from kg.release.reading import Released, order, read_release, releases
from sample import Mini, value

DAY = "2026-12-01"
DCAT = "http://www.w3.org/ns/dcat#"
OWL = "http://www.w3.org/2002/07/owl#"
HOME = "https://w3id.org/ecoconn/releases/"


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def sums_hold(folder: Path) -> None:
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    named = {line.partition(": ")[0] for line in done.stdout.splitlines()}
    assert named == {path.name for path in folder.iterdir()} - {"SHA256SUMS"}


def test_a_release_holds_everything(mini: Mini, tmp_path: Path) -> None:
    folder = tmp_path / "all" / "releases"
    told: list[str] = []
    made = release(mini.content, "1.0.0", folder, DAY, told.append)
    place = folder / "1.0.0"
    sums_hold(place)
    names = {f"connectivity-kg.{row.extension}" for row in RDF_FORMATS} | {item.file for item in EXTRACTS}
    assert {path.name for path in place.iterdir()} == names | {
        "check.json",
        "check.ttl",
        "manifest.json",
        "SHA256SUMS",
    }
    quads = set(ox.parse(path=place / "connectivity-kg.nq"))
    for row in RDF_FORMATS:
        found = set(ox.parse(path=place / f"connectivity-kg.{row.extension}"))
        if row.named_graphs:
            assert found == quads
        else:
            assert {quad.triple for quad in found} == {quad.triple for quad in quads}
    assert json.loads((place / "check.json").read_text())["conforms"] is True
    assert "sh:ValidationReport" in (place / "check.ttl").read_text()
    manifest = json.loads((place / "manifest.json").read_text())
    assert (manifest["release"], manifest["issued"], manifest["previous"]) == ("1.0.0", DAY, None)
    assert manifest["digest"] == made.digest == build(mini.content).digest
    assert manifest["statements"] == made.statements == len(quads)
    for name, about in manifest["files"].items():
        data = (place / name).read_bytes()
        assert about["bytes"] == len(data) and about["sha256"] == hashlib.sha256(data).hexdigest()
    assert manifest["files"]["connectivity-kg.trig"]["media_type"] == "application/trig"
    assert manifest["files"]["check.ttl"]["media_type"] == "text/turtle"
    assert told[0] == "checking the content" and "writing connectivity-kg.rdf" in told
    assert str(tmp_path).encode() not in b"".join(path.read_bytes() for path in place.iterdir())


def test_the_dataset_says_which_release_it_is(mini: Mini, tmp_path: Path) -> None:
    release(mini.content, "1.0.0", tmp_path, DAY)
    mini.card("place/harz", "conn:Place", "Harz")
    release(mini.content, "1.1.0", tmp_path, "2027-01-01")
    said: dict[tuple[str, str], set[str]] = {}
    for quad in ox.parse(path=tmp_path / "1.1.0" / "connectivity-kg.nq"):
        if value(quad.graph_name) == vocab.VOID:
            said.setdefault((value(quad.subject), quad.predicate.value), set()).add(value(quad.object))
    assert said[vocab.DATASET, OWL + "versionIRI"] == {f"{HOME}1.1.0/"}
    assert said[vocab.DATASET, OWL + "versionInfo"] == {"1.1.0"}
    assert said[vocab.DATASET, DCAT + "version"] == {"1.1.0"}
    assert said[vocab.DATASET, vocab.DCTERMS + "issued"] == {"2027-01-01"}
    assert said[vocab.DATASET, DCAT + "hasVersion"] == {f"{HOME}1.1.0/"}
    assert said[f"{HOME}1.1.0/", DCAT + "previousVersion"] == {f"{HOME}1.0.0/"}
    files = said[f"{HOME}1.1.0/", DCAT + "distribution"]
    assert files == {f"{HOME}1.1.0/connectivity-kg.{row.extension}" for row in RDF_FORMATS}
    assert all(said[file, DCAT + "downloadURL"] == {file} for file in files)


def test_a_release_tells_what_changed(mini: Mini, tmp_path: Path) -> None:
    release(mini.content, "1.0.0", tmp_path, DAY)
    release(mini.content, "2.0.0-rc.1", tmp_path, DAY)
    mini.card("document/news", "conn:Document", "News")
    mini.document("news", "2026-03", "depositary")
    mini.card("passage/news/01", "conn:Passage", "News, paragraph 1")
    mini.passage(1, "initiative:green-way conn:status status:ended .", "news")
    made = release(mini.content, "1.0.1", tmp_path, DAY)  # after a later version, and before it in order
    place = tmp_path / "1.0.1"
    sums_hold(place)
    assert made.previous == "1.0.0"
    note = (place / "changes.md").read_text(encoding="utf-8")
    assert note.startswith("# Connectivity KG: changes from 1.0.0 to 1.0.1\n")
    assert (
        "- Green Way: current status changed from active to ended, because “News, paragraph 1” "
        "(as of 2026-03) says so\n"
    ) in note
    told = json.loads((place / "changes.json").read_text(encoding="utf-8"))
    assert (told["before"]["name"], told["after"]["name"]) == ("1.0.0", "1.0.1")
    assert told["after"]["digest"] == made.digest
    same = json.loads((tmp_path / "2.0.0-rc.1" / "changes.json").read_text())
    assert not same["words"] and set(same["machinery"]) == {"void"}
    assert releases(tmp_path) == ["2.0.0-rc.1", "1.0.1", "1.0.0"]


def test_the_same_content_gives_the_same_bytes(mini: Mini, tmp_path: Path) -> None:
    for folder in ("one", "other"):
        release(mini.content, "1.0.0", tmp_path / folder, DAY)
        release(mini.content, "1.0.1", tmp_path / folder, DAY)
    for version in ("1.0.0", "1.0.1"):
        assert bytes_of(tmp_path / "one" / version) == bytes_of(tmp_path / "other" / version)


def test_a_release_never_changes(mini: Mini, tmp_path: Path) -> None:
    release(mini.content, "1.0.0", tmp_path, DAY)
    place = tmp_path / "1.0.0"
    before = bytes_of(place)
    for path in (place, *place.iterdir()):
        assert not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
    mini.card("place/harz", "conn:Place", "Harz")
    with pytest.raises(KgError, match="There is such a release, and a release never changes"):
        release(mini.content, "1.0.0", tmp_path, DAY)
    assert bytes_of(place) == before
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_what_stands_in_the_place_is_left_alone(mini: Mini, tmp_path: Path) -> None:
    (tmp_path / "1.0.0").mkdir()
    with pytest.raises(KgError, match="There is such a release"):
        release(mini.content, "1.0.0", tmp_path, DAY)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(KgError, match="The folder cannot be used"):
        release(mini.content, "1.0.0", tmp_path / "file", DAY)
    assert (tmp_path / "file").read_text() == "mine"


def test_content_with_faults_is_not_released(mini: Mini, tmp_path: Path) -> None:
    mini.card("place/harz", "conn:Place", "Harz.")
    with pytest.raises(ContentError, match=r"The content is not released: FAILED: 1 violation"):
        release(mini.content, "1.0.0", tmp_path / "releases", DAY)
    assert list((tmp_path / "releases").iterdir()) == []
    with pytest.raises(ContentError, match="Only a content folder can be checked"):
        release(Content("none", None, "no content"), "1.0.0", tmp_path / "releases", DAY)


@pytest.mark.parametrize(
    "version",
    ["1", "1.0", "v1.0.0", "01.0.0", "1.0.0-", "1.0.0-01", "1.0.0+5", "1.0.0/..", "../1.0.0", "", "1.0.0\n"],
)
def test_versions_that_are_none(mini: Mini, tmp_path: Path, version: str) -> None:
    with pytest.raises(KgError, match="is no semantic version"):
        release(mini.content, version, tmp_path / "releases", DAY)
    assert not (tmp_path / "releases").exists()
    assert read_release(tmp_path, version) is None


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "2026-1-1", ""])
def test_days_that_are_none(mini: Mini, tmp_path: Path, day: str) -> None:
    with pytest.raises(KgError, match="is no date"):
        release(mini.content, "1.0.0", tmp_path, day)


def test_versions_have_the_order_of_semantic_versioning() -> None:
    versions = [
        "0.9.0",
        "0.10.0",
        "1.0.0-1",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.10.0",
        "2.0.0",
    ]
    keys = [order(version) for version in versions]
    assert None not in keys and keys == sorted(key for key in keys if key)
    assert order("1.0.0-" + "9" * 100) is None


def test_a_kill_half_way_leaves_no_release(tmp_path: Path, whole_content: Content) -> None:
    """Of the project's own content, whose files are long enough to be caught between."""
    assert whole_content.root is not None
    root, folder = tmp_path / "content", tmp_path / "releases"
    for name in ("ontology", "data", "shapes"):
        shutil.copytree(whole_content.root / name, root / name)
    command = [sys.executable, "-m", "kg.cli", "release", "1.0.0", "--out", str(folder), "--date", DAY]
    environ = {name: text for name, text in os.environ.items() if not name.startswith("KG_")}
    with subprocess.Popen(command, cwd=root, env=environ, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "writing connectivity-kg.jsonld" in line:
                break
        process.send_signal(signal.SIGKILL)
        assert process.wait(30) == -signal.SIGKILL
    (part,) = folder.iterdir()
    assert part.name.startswith(".1.0.0.") and (part / "connectivity-kg.ttl").exists()
    assert not (part / "manifest.json").exists()
    assert releases(folder) == [] and read_release(folder, part.name) is None
    mini = Mini(tmp_path / "small")
    release(mini.content, "1.0.0", folder, DAY)
    assert [path.name for path in folder.iterdir()] == ["1.0.0"]
    sums_hold(folder / "1.0.0")


def test_an_interrupt_leaves_nothing(mini: Mini, tmp_path: Path) -> None:
    def tell(step: str) -> None:
        if step == "writing manifest.json":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        release(mini.content, "1.0.0", tmp_path / "releases", DAY, tell)
    assert list((tmp_path / "releases").iterdir()) == []


def test_a_full_disk_leaves_nothing(mini: Mini, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []

    def fsync(handle: int) -> None:
        written.append(handle)
        if len(written) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(KgError, match=r"The release cannot be written: No space left on device\."):
        release(mini.content, "1.0.0", tmp_path / "releases", DAY)
    assert list((tmp_path / "releases").iterdir()) == []


def test_two_are_not_made_at_once(mini: Mini, tmp_path: Path) -> None:
    left = tmp_path / ".1.0.0.x.part"
    left.mkdir()
    handle = os.open(tmp_path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        with pytest.raises(KgError, match="Another release is being made there"):
            release(mini.content, "1.0.0", tmp_path, DAY)
        assert left.exists(), "it belongs to the other"
    finally:
        os.close(handle)
    release(mini.content, "1.0.0", tmp_path, DAY)
    assert not left.exists()


def test_only_releases_are_listed_and_read(mini: Mini, tmp_path: Path) -> None:
    made = release(mini.content, "1.0.0", tmp_path, DAY)
    for name in (".1.1.0.x.part", "notes", "1.2.0"):
        (tmp_path / name).mkdir()
    shutil.copy(tmp_path / "1.0.0" / "manifest.json", tmp_path / "notes")
    assert releases(tmp_path) == ["1.0.0"]
    found = read_release(tmp_path, "1.0.0")
    assert isinstance(found, Released) and found == made
    assert {file.name for file in found.files} == set(bytes_of(tmp_path / "1.0.0"))
    assert found.file("SHA256SUMS") is not None and found.file("other") is None
    assert read_release(tmp_path, "1.2.0") is None and read_release(tmp_path, "9.9.9") is None
    with pytest.raises(KgError, match="The folder cannot be read"):
        releases(tmp_path / "gone")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": {"a": 1}}'])
def test_a_damaged_manifest_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / "1.0.0").mkdir()
    (tmp_path / "1.0.0" / "manifest.json").write_text(text)
    with pytest.raises(KgError, match="The release is damaged"):
        read_release(tmp_path, "1.0.0")


def test_names_in_a_manifest_lead_nowhere(mini: Mini, tmp_path: Path) -> None:
    release(mini.content, "1.0.0", tmp_path, DAY)
    path = tmp_path / "1.0.0" / "manifest.json"
    told = json.loads(path.read_text())
    told["files"]["../../secret"] = told["files"][".hidden"] = told["files"]["check.json"]
    path.chmod(0o644)
    path.write_text(json.dumps(told))
    found = read_release(tmp_path, "1.0.0")
    assert found is not None and found.file("../../secret") is None and found.file(".hidden") is None
