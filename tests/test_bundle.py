"""The bundle of the scripts: read whole or not at all, and told from that of other sources."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kg.bundle import LICENCES, MANIFEST, fingerprint, read_bundle


def lay(folder: Path, **more: object) -> Path:
    """Lay a bundle of one script."""
    folder.mkdir()
    told = {"fingerprint": "f", "entries": {"editor": "editor-A.js"}, "packages": ["p 1 (MIT)"], **more}
    (folder / MANIFEST).write_text(json.dumps(told))
    (folder / "editor-A.js").write_bytes(b"1")
    (folder / LICENCES).write_bytes(b"MIT")
    return folder


def test_a_bundle_is_read(tmp_path: Path) -> None:
    found = read_bundle(lay(tmp_path / "ui"))
    assert found is not None
    assert (found.fingerprint, found.entries, found.packages) == (
        "f",
        {"editor": "editor-A.js"},
        ("p 1 (MIT)",),
    )
    assert found.files == {"editor-A.js": b"1", LICENCES: b"MIT"}


def test_data_come_with_the_scripts(tmp_path: Path) -> None:
    folder = lay(tmp_path / "ui", data={"world": "world-A.json"})
    assert read_bundle(folder) is None, "a part is missing"
    (folder / "world-A.json").write_bytes(b"{}")
    found = read_bundle(folder)
    assert found is not None
    assert (found.data, found.files["world-A.json"]) == ({"world": "world-A.json"}, b"{}")
    for wrong in ({"world": "../world-A.json"}, ["world-A.json"]):
        told = json.loads((folder / MANIFEST).read_text())
        (folder / MANIFEST).write_text(json.dumps({**told, "data": wrong}))
        assert read_bundle(folder) is None


@pytest.mark.parametrize("missing", [MANIFEST, LICENCES, "editor-A.js"])
def test_a_bundle_with_a_part_missing_is_none(tmp_path: Path, missing: str) -> None:
    (lay(tmp_path / "ui") / missing).unlink()
    assert read_bundle(tmp_path / "ui") is None
    assert read_bundle(tmp_path / "nowhere") is None


@pytest.mark.parametrize("entries", [{"editor": "../editor-A.js"}, [], None, {"editor": "ui/editor-A.js"}])
def test_a_manifest_that_leads_elsewhere_is_none(tmp_path: Path, entries: object) -> None:
    assert read_bundle(lay(tmp_path / "ui", entries=entries)) is None


def test_sources_are_told_apart_by_name_and_content(tmp_path: Path) -> None:
    assert fingerprint(tmp_path) is None
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.js").write_text("1")
    (tmp_path / "node_modules").mkdir()
    seen = [fingerprint(tmp_path)]
    (tmp_path / "node_modules" / "x.js").write_text("not ours")
    assert fingerprint(tmp_path) == seen[0]
    (tmp_path / "src" / "a.js").write_text("2")
    seen.append(fingerprint(tmp_path))
    (tmp_path / "src" / "a.js").rename(tmp_path / "src" / "b.js")
    seen.append(fingerprint(tmp_path))
    assert len(set(seen)) == 3
