"""Makes a release.

It is made in a folder beside its place, whose name begins with a full stop, and takes its place by one
rename: what was interrupted is no release. While one is made, the folder of all releases is locked. Files and
folder are read-only; every file but ``SHA256SUMS`` itself has its checksum there.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from kg import catalog, media
from kg.build import build
from kg.content import Content
from kg.diff import State, compare, open_state, to_json, to_markdown
from kg.errors import ContentError, KgError
from kg.export import export, manifest
from kg.extracts import EXTRACTS
from kg.extracts.view import View
from kg.release.reading import CHANGES, CHANGES_JSON, MANIFEST, SUMS, Released, order, read_release, releases
from kg.store.snapshots import sync_one
from kg.validate import check

_REPORT, _REPORT_JSON = "check.ttl", "check.json"
_TYPES = {".md": "text/markdown", ".json": "application/json"}
_PART = ".part"

Progress = Callable[[str], None]


def release(
    content: Content, version: str, folder: Path, issued: str, progress: Progress | None = None
) -> Released:
    """Make ``folder/version`` of a content folder and return it; ``issued`` is YYYY-MM-DD.

    KgError for a version that is none or is there, and when files cannot be written; ContentError for content
    that violates a rule. Nothing is left of what does not succeed.
    """
    tell = progress or (lambda _: None)
    key = order(version)
    if key is None:
        raise KgError(
            f"{version[:100]!r} is no semantic version.", remedy="Use three numbers, as 1.2.0 or 1.2.0-rc.1."
        )
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", issued) or not _is_day(issued):
        raise KgError(f"{issued[:100]!r} is no date.", remedy="Use the form 2027-01-31.")
    with _locked(folder):
        if (folder / version).exists():
            raise KgError(
                "There is such a release, and a release never changes.",
                place=str(folder / version),
                remedy="Take the next version.",
            )
        earlier = [name for name in releases(folder) if (order(name) or key) < key]
        about = catalog.Release(version, issued, earlier[0] if earlier else None)
        with _part(folder, version) as part:
            for name, chunks in _files(content, about, folder, tell):
                tell(f"writing {name}")
                _write(part / name, chunks)
            _finish(part, folder / version)
    found = read_release(folder, version)
    assert found is not None
    return found


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _files(
    content: Content, about: catalog.Release, folder: Path, tell: Progress
) -> Iterator[tuple[str, Iterable[bytes]]]:
    """Yield the files of a release; the manifest and the checksums come last."""
    tell("checking the content")
    report = check(content, progress=tell)
    if not report.conforms:
        raise ContentError(
            f"The content is not released: {report.verdict()}.", remedy="'kg check' tells what is wrong."
        )
    dataset = build(content, tell, about)
    texts: dict[str, Iterable[bytes]] = {
        f"{catalog.FILE}.{row.extension}": export(dataset, row) for row in media.RDF_FORMATS
    }
    view = View(dataset.quads)
    texts |= {item.file: [item.make(view)] for item in EXTRACTS}
    texts[_REPORT_JSON] = [report.to_json().encode()]
    texts[_REPORT] = [report.to_turtle(content.prefixes()).encode()]
    if about.previous:
        tell(f"comparing with {about.previous}")
        before = open_state(str(folder / about.previous), folder, tell)
        found = compare(
            State(about.previous, before.quads, before.digest),
            State(about.version, dataset.quads, dataset.digest),
        )
        title = f"{catalog.TITLE}: changes from {about.previous} to {about.version}"
        texts[CHANGES] = [to_markdown(found, title).encode()]
        texts[CHANGES_JSON] = [to_json(found).encode()]
    sums: dict[str, dict[str, object]] = {}
    for name, chunks in texts.items():
        data = b"".join(chunks)
        digest = hashlib.sha256(data).hexdigest()
        sums[name] = {"bytes": len(data), "sha256": digest, "media_type": _media_type(name)}
        yield name, [data]
    told: Mapping[str, object] = {
        **manifest(dataset, {}),
        "release": about.version,
        "issued": about.issued,
        "previous": about.previous,
        "files": sums,
    }
    text = (json.dumps(told, indent=2) + "\n").encode()
    yield MANIFEST, [text]
    lines = [(str(row["sha256"]), name) for name, row in sums.items()]
    lines.append((hashlib.sha256(text).hexdigest(), MANIFEST))
    yield SUMS, [f"{digest}  {name}\n".encode() for digest, name in sorted(lines, key=lambda line: line[1])]


def _media_type(name: str) -> str:
    made = next((item for item in EXTRACTS if item.file == name), None)
    if made:
        return made.media_type.partition(";")[0]
    suffix = Path(name).suffix
    row = None if suffix in _TYPES else media.by_extension(suffix)
    return row.media_type if row else _TYPES[suffix]


# ---- the folder
# ------------------------------------------------------------------------------------------------


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder of all releases, made if need be; KgError when another process does."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise KgError(f"The folder cannot be used: {error.strerror}.", place=str(folder)) from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise KgError("Another release is being made there.", place=str(folder)) from None
        yield
    finally:
        os.close(handle)


@contextmanager
def _part(folder: Path, version: str) -> Iterator[Path]:
    """A folder to make a release in, gone afterwards unless it was renamed; what others left goes too."""
    for left in folder.glob(f".*{_PART}"):
        _remove(left)  # the lock says that nobody works in it
    try:
        part = Path(tempfile.mkdtemp(dir=folder, prefix=f".{version}.", suffix=_PART))
    except OSError as error:
        raise KgError(f"The folder cannot be written to: {error.strerror}.", place=str(folder)) from error
    try:
        yield part
    except OSError as error:
        raise KgError(f"The release cannot be written: {error.strerror}.", place=str(folder)) from error
    finally:
        _remove(part)


def _remove(part: Path) -> None:
    if part.is_dir() and not part.is_symlink():
        part.chmod(stat.S_IRWXU)
        shutil.rmtree(part, ignore_errors=True)


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    with path.open("xb") as file:
        for chunk in chunks:
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    path.chmod(0o444)


def _finish(part: Path, target: Path) -> None:
    """Give the finished folder its name; on the disk when this returns."""
    part.chmod(0o555)
    sync_one(part)
    part.rename(target)
    sync_one(target.parent)
