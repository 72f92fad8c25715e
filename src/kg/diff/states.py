"""A state of the dataset: what a release, an RDF file, a content folder or a git revision holds.

A revision is built in a temporary folder by the present program, from ``ontology/``, ``data/`` and
``shapes/`` as git has them; the working folder is only read.
"""

import io
import os
import subprocess
import tarfile
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kg.build import build
from kg.content import MARK, find_content
from kg.errors import ContentError, KgError

GIT = "git:"
# The file of a folder that holds its dataset whole: of a release, and of ``kg build``.
_DATASETS = ("connectivity-kg.nq", "dataset.nq")
_FOLDERS = ("ontology", "data", "shapes")

Progress = Callable[[str], None]


@dataclass(frozen=True)
class State:
    """A dataset under the name that it was asked for by; ``digest`` is that of ``kg.build``."""

    name: str
    quads: tuple[ox.Quad, ...]
    digest: str

    @property
    def merged(self) -> bool:
        """Whether it has lost its graphs, and so its citations, as a Turtle file has."""
        return bool(self.quads) and all(isinstance(quad.graph_name, ox.DefaultGraph) for quad in self.quads)


def open_state(name: str, here: Path, progress: Progress | None = None) -> State:
    """Return the state of a name: a folder or file, ``git:REV``, or REV where no such file is.

    ``here`` is the folder whose revisions are meant. ContentError for a folder without a dataset or content
    that cannot be built; KgError when git or the revision is missing.
    """
    tell = progress or (lambda _: None)
    tell(f"reading {name}")
    path = Path(name)
    if name.startswith(GIT):
        return _at(name, _commit(name, name.removeprefix(GIT), here), here, tell)
    if path.is_dir():
        return _folder(name, path, tell)
    if path.exists():
        return _built(name, path, tell)
    try:
        commit = _commit(name, name, here)
    except KgError as error:
        raise KgError(
            "There is no such file or folder, and no git revision of that name.",
            place=name,
            remedy=error.remedy,
        ) from None
    return _at(name, commit, here, tell)


def _folder(name: str, path: Path, tell: Progress) -> State:
    if (path / MARK).is_file():
        return _built(name, path, tell)
    for file in _DATASETS:
        if (path / file).is_file():
            return _built(name, path / file, tell)
    raise ContentError(
        f"The folder holds neither a release nor {MARK.as_posix()}.",
        place=name,
        remedy=f"A release holds {_DATASETS[0]}, a content folder ontology/, data/ and shapes/.",
    )


def _built(name: str, path: Path, tell: Progress) -> State:
    dataset = build(find_content(str(path)), tell)
    return State(name, _named(dataset.quads), dataset.digest)


def _named(quads: tuple[ox.Quad, ...]) -> tuple[ox.Quad, ...]:
    """Give blank nodes, which foreign files may have, names that two readings share (RDFC-1.0)."""
    if not any(isinstance(term, ox.BlankNode) for quad in quads for term in (quad.subject, quad.object)):
        return quads
    dataset = ox.Dataset(quads)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return tuple(sorted(dataset, key=str))


# ---- git
# ------------------------------------------------------------------------------------------------


def _commit(name: str, revision: str, here: Path) -> str:
    """The commit that a revision means; KgError when git or the revision is missing."""
    if not revision or revision.startswith("-"):
        raise KgError("That is no name of a revision.", place=name, remedy="As in git:HEAD~1.")
    if not here.is_dir():
        raise KgError("The content in use is no folder, so it has no revisions.", place=name)
    return _git(name, here, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}").decode().strip()


def _at(name: str, commit: str, here: Path, tell: Progress) -> State:
    """Build the content of a commit."""
    top = _git(name, here, "ls-tree", "--name-only", commit).decode().splitlines()
    present = [folder for folder in _FOLDERS if folder in top]
    if _FOLDERS[0] not in present:
        raise ContentError(
            f"At this revision the folder holds no {MARK.as_posix()}.",
            place=name,
            remedy="Run the command in the folder that holds ontology/, data/ and shapes/.",
        )
    archive = _git(name, here, "archive", "--format=tar", commit, *present)
    with tempfile.TemporaryDirectory(prefix="kg-revision-") as folder:
        try:
            with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
                tar.extractall(folder, filter="data")
        except tarfile.TarError as error:  # a link that leads out of the folder
            raise ContentError(f"The revision cannot be unpacked: {error}.", place=name) from error
        try:
            return _built(name, Path(folder), tell)
        except ContentError as error:
            # The temporary folder means nothing to anyone: the place is told by revision.
            place = (error.place or "").replace(folder, "").lstrip("/")
            raise ContentError(
                error.message.replace(f"{folder}/", ""),
                place=f"{name}: {place}" if place else name,
                remedy=error.remedy,
            ) from error


def _git(name: str, here: Path, *arguments: str) -> bytes:
    """What a git command answers; KgError when it fails or git is not there."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=here,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise KgError(
            "Revisions are read with git, which is not installed.",
            place=name,
            remedy="Install git, or name a folder or file.",
        ) from None
    if done.returncode == 0:
        return done.stdout
    said = done.stderr.decode(errors="replace").strip().partition("\n")[0].removeprefix("fatal: ")
    if said.startswith("not a git repository"):
        raise KgError("The working folder is in no git repository.", place=name)
    if not said:  # rev-parse --quiet
        raise KgError(
            "Git knows no such revision.",
            place=name,
            remedy="'git log' and 'git tag' name the ones there are.",
        )
    raise KgError(f"Git says: {said}.", place=name)
