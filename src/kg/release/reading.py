"""What releases there are in a folder, newest first, and what their manifests tell."""

import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path

from kg.errors import KgError

MANIFEST, SUMS = "manifest.json", "SHA256SUMS"
CHANGES, CHANGES_JSON = "changes.md", "changes.json"

# https://semver.org/#is-there-a-suggested-regular-expression-regex-to-check-a-semver-string, without build
# metadata: versions that differ in them only have no order.
_NUMBER = "0|[1-9][0-9]{0,9}"
_SEMANTIC = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})"
    r"(?:-((?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*))*))?"
)
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")

Order = tuple[int, int, int, bool, tuple[tuple[bool, int, str], ...]]


@dataclass(frozen=True)
class File:
    """A file of a release; ``sha256`` in lower-case hexadecimal."""

    name: str
    bytes: int
    sha256: str
    media_type: str


@dataclass(frozen=True)
class Released:
    """A release as its manifest tells it; ``issued`` is YYYY-MM-DD, ``digest`` that of the dataset."""

    version: str
    issued: str
    previous: str | None
    digest: str
    statements: int
    files: tuple[File, ...]

    def file(self, name: str) -> File | None:
        """Return the file of a name, if there is one."""
        return next((file for file in self.files if file.name == name), None)


def order(version: str) -> Order | None:
    """Return what orders a version (Semantic Versioning 2.0.0, section 11); None for what is none.

    Build metadata, as in 1.0.0+5, is not taken, and nothing longer than 100 characters.
    """
    found = _SEMANTIC.fullmatch(version) if len(version) <= 100 else None
    if not found:
        return None
    parts = (found[4] or "").split(".") if found[4] else []
    identifiers = tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)
    return int(found[1]), int(found[2]), int(found[3]), not parts, identifiers


def releases(folder: Path) -> list[str]:
    """Return the versions of the releases in a folder, newest first; KgError when it cannot be read."""
    try:
        names = [entry.name for entry in os.scandir(folder) if (folder / entry.name / MANIFEST).is_file()]
    except OSError as error:
        raise KgError(f"The folder cannot be read: {error.strerror}.", place=str(folder)) from error
    found = [(key, name) for name in names if (key := order(name)) is not None]
    return [name for _, name in sorted(found, reverse=True)]


def read_release(folder: Path, version: str) -> Released | None:
    """Return what is in a release; None when there is no such release. KgError for a broken manifest."""
    if order(version) is None:
        return None
    path = folder / version / MANIFEST
    try:
        text = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise KgError(f"The file cannot be read: {error.strerror}.", place=str(path)) from error
    try:
        told = json.loads(text)
        files = [
            File(name, int(about["bytes"]), str(about["sha256"]), str(about["media_type"]))
            for name, about in told["files"].items()
            if _FILE_NAME.fullmatch(name)
        ]
        files.append(File(MANIFEST, len(text), hashlib.sha256(text).hexdigest(), "application/json"))
        sums = (folder / version / SUMS).read_bytes()
        files.append(File(SUMS, len(sums), hashlib.sha256(sums).hexdigest(), "text/plain"))
        return Released(
            version,
            str(told["issued"]),
            told["previous"],
            str(told["digest"]),
            int(told["statements"]),
            tuple(files),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise KgError("The release is damaged: its manifest cannot be used.", place=str(path)) from error
