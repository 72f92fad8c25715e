"""The scripts of the pages as they were bundled: what is there, and whether of the sources at hand.

``hatch_build.py`` makes the bundle when the package is built. It loads this file by its path, before anything
is installed: nothing but the standard library is imported here.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).parent / "web" / "static" / "ui"
SOURCES = Path(__file__).parents[2] / "ui"
"""Where the bundle lies, and where its sources are in a checkout."""

MANIFEST = "manifest.json"
LICENCES = "licences.txt"

MODES = ("auto", "require", "skip")
"""What ``KG_UI`` may say: go without a bundle if need be, never go without, always go without."""


@dataclass(frozen=True)
class Bundle:
    """A bundle that is whole.

    ``entries`` has the file of each script by its name (``editor``), ``files`` the bytes of each file, and
    ``packages`` the third-party packages in it, with version and licence. ``data`` has the file of each set
    of data by its name (``world``).
    """

    fingerprint: str
    entries: Mapping[str, str]
    files: Mapping[str, bytes]
    packages: tuple[str, ...]
    data: Mapping[str, str] = field(default_factory=dict)


def read_bundle(folder: Path = FOLDER) -> Bundle | None:
    """Read the bundle in a folder; None when there is none, or a part of it is missing."""
    try:
        told = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        entries = {str(name): str(file) for name, file in told["entries"].items()}
        data = {str(name): str(file) for name, file in told.get("data", {}).items()}
        names = [*entries.values(), *data.values(), LICENCES]
        if any(Path(name).name != name for name in names):
            return None
        files = {name: (folder / name).read_bytes() for name in names}
        return Bundle(str(told["fingerprint"]), entries, files, tuple(map(str, told["packages"])), data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def fingerprint(sources: Path = SOURCES) -> str | None:
    """What tells these sources from others: a hash of all that goes into the bundle; None without sources."""
    if not (sources / "package.json").is_file():
        return None
    found = sha256()
    for path in _sources(sources):
        data = path.read_bytes()
        found.update(f"{path.relative_to(sources).as_posix()} {len(data)}\n".encode())
        found.update(data)
    return found.hexdigest()[:16]


def _sources(folder: Path) -> Iterator[Path]:
    for name in (".npmrc", "build.mjs", "package-lock.json", "package.json"):
        if (folder / name).is_file():
            yield folder / name
    yield from sorted(path for path in (folder / "src").rglob("*") if path.is_file())
