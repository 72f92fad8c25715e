"""How the package is built: with the scripts of its pages, or without them and aloud."""

from __future__ import annotations

import importlib.util
import json
import shutil
import stat
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """hatch_build.py."""
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """As much of the project as a build needs, with a bundle that is fresh."""
    for folder in ("ui/src", "src/kg/web/static/ui", "ontology", "data", "shapes"):
        (tmp_path / folder).mkdir(parents=True)
    for name in (
        "pyproject.toml",
        "hatch_build.py",
        "README.md",
        "LICENSE",
        ".gitignore",
        "src/kg/bundle.py",
    ):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("package.json", "package-lock.json", ".npmrc", "build.mjs"):
        shutil.copy(ROOT / "ui" / name, tmp_path / "ui" / name)
    (tmp_path / "src/kg/__init__.py").touch()
    (tmp_path / "ui/src/editor.js").write_text("console.log(1)")
    return tmp_path


def lay_bundle(project: Path, hook: ModuleType) -> Path:
    folder = project / "src/kg/web/static/ui"
    sys.modules.pop("_kg_bundle", None)
    mark = hook._bundle(project).fingerprint(project / "ui")
    told = {"fingerprint": mark, "entries": {"editor": "editor-A.js"}, "packages": []}
    (folder / "manifest.json").write_text(json.dumps(told))
    (folder / "editor-A.js").write_text("1")
    (folder / "licences.txt").write_text("MIT")
    return folder


@pytest.fixture
def make(hook: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Run the hook in the project, with tools that are a shell script, and return what it warns of."""

    def run(mode: str, npm: str = "exit 1", node: str = "echo v20.1.0") -> list[str]:
        tools = project / "bin"
        tools.mkdir(exist_ok=True)
        for name, script in (("npm", npm), ("node", node)):
            (tools / name).write_text(f"#!/bin/sh\n{script}\n")
            (tools / name).chmod(stat.S_IRWXU)
        monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
        monkeypatch.setenv("KG_UI", mode)
        told: list[str] = []
        app = type("App", (), {"display_warning": staticmethod(told.append)})()
        bundling = hook.Bundling(str(project), {}, None, None, "", "wheel", app)
        bundling.initialize("standard", {})
        return told

    return run


def test_a_build_without_a_registry_goes_on_and_says_so(make: Callable[..., Any], project: Path) -> None:
    told = make("auto", npm="echo npm error network unreachable; exit 1")
    assert len(told) == 1
    assert "npm could not fetch what the scripts are made of (npm error network unreachable)" in told[0]
    assert "the query editor is a plain text field" in told[0]
    assert not (project / "src/kg/web/static/ui").exists()


def test_a_build_that_takes_too_long_is_ended(
    make: Callable[..., Any], hook: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hook, "SECONDS", 0.5)
    assert "within 0.5 seconds" in make("auto", npm="sleep 60 & sleep 60")[0]


def test_require_makes_the_build_fail(make: Callable[..., Any]) -> None:
    with pytest.raises(SystemExit, match="could not be bundled: npm could not fetch"):
        make("require")
    with pytest.raises(SystemExit, match="KG_UI is 'always'; it must be auto, require or skip"):
        make("always")


def test_skip_leaves_the_bundle_out(make: Callable[..., Any], hook: ModuleType, project: Path) -> None:
    folder = lay_bundle(project, hook)
    assert "KG_UI=skip" in make("skip")[0]
    assert not folder.exists()


def test_a_fresh_bundle_is_kept(make: Callable[..., Any], hook: ModuleType, project: Path) -> None:
    folder = lay_bundle(project, hook)
    assert make("require") == []
    assert (folder / "editor-A.js").read_text() == "1"


def test_a_stale_bundle_is_made_anew_or_dropped(
    make: Callable[..., Any], hook: ModuleType, project: Path
) -> None:
    folder = lay_bundle(project, hook)
    (project / "ui/src/editor.js").write_text("console.log(2)")
    node = 'case "$1" in --version) echo v20.1.0;; *) mkdir "$2"; echo "$3" > "$2/made";; esac'
    assert make("auto", npm="exit 0", node=node) == []
    assert len((folder / "made").read_text().strip()) == 16
    assert make("auto")
    assert not folder.exists()


def test_node_comes_as_a_wheel_only_where_there_is_none(
    make: Callable[..., Any], hook: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = hook.Bundling(str(project), {}, None, None, "", "wheel", None).dependencies
    make("auto")
    assert asked() == [], "there is a Node.js on the PATH"
    make("auto", node="echo v18.19.0")
    assert asked() == ([hook.NODE_WHEEL] if hook._has_wheel() else [])
    lay_bundle(project, hook) if (project / "src/kg/web/static/ui").exists() else None
    monkeypatch.setenv("KG_UI", "skip")
    assert asked() == []


def test_wheel_and_sdist_carry_the_bundle(
    hook: ModuleType, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_bundle(project, hook)
    monkeypatch.setenv("KG_UI", "require")
    (wheel,) = WheelBuilder(str(project)).build(directory=str(project / "out"), versions=["standard"])
    names = zipfile.ZipFile(wheel).namelist()
    assert {f"kg/web/static/ui/{name}" for name in ("manifest.json", "editor-A.js", "licences.txt")} <= set(
        names
    )
    assert not [name for name in names if name.startswith("ui/") or "node_modules" in name]
    (project / "ui/node_modules").mkdir()
    (project / "ui/node_modules/x.js").write_text("not ours")
    (source,) = SdistBuilder(str(project)).build(directory=str(project / "out"))
    shutil.unpack_archive(source, project / "unpacked", filter="data")
    (unpacked,) = (project / "unpacked").iterdir()
    assert (unpacked / "ui/src/editor.js").exists()
    assert (unpacked / "src/kg/web/static/ui/editor-A.js").exists()
    assert not (unpacked / "ui/node_modules").exists()
    assert hook._is_fresh(unpacked), "what is built of it needs no Node.js"


def test_nothing_of_others_is_committed_and_no_host_stands_in_the_lock_file() -> None:
    lock = (ROOT / "ui" / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    assert "://" not in lock.replace("https://opencollective.com", "").replace("https://github.com", "")
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert {"node_modules/", "src/kg/web/static/ui/"} <= set(ignored)
