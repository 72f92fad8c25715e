"""States of all kinds: releases, builds, files, content folders, and revisions of a real git repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kg.build import build
from kg.diff.states import open_state
from kg.errors import ContentError, KgError
from sample import LICENCE, Mini


def git(folder: Path, *arguments: str) -> str:
    """Run git with nothing of the user's own settings."""
    own = {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
    }
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **own}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Mini:
    """The small content under git, with a first commit that is tagged and a second place on top of it."""
    mini = Mini(tmp_path / "repository")
    git(mini.root, "init", "-q")
    git(mini.root, "add", ".")
    git(mini.root, "commit", "-q", "-m", "First")
    git(mini.root, "tag", "v1")
    mini.card("place/harz", "conn:Place", "Harz")
    git(mini.root, "add", ".")
    git(mini.root, "commit", "-q", "-m", "Second")
    return mini


def test_revisions_are_built_as_they_were(repository: Mini, tmp_path: Path) -> None:
    first, second = build(Mini(tmp_path / "again").content), build(repository.content)
    assert first.quads != second.quads
    repository.card("place/jura", "conn:Place", "Jura")  # not committed
    for name, dataset in (("git:v1", first), ("v1", first), ("HEAD~1", first), ("git:HEAD", second)):
        state = open_state(name, repository.root)
        assert (state.name, state.quads, state.digest) == (name, dataset.quads, dataset.digest)
    assert open_state(str(repository.root), tmp_path).quads not in (first.quads, second.quads)
    assert git(repository.root, "status", "--porcelain") == "?? data/register/place/jura.ttl"


def test_a_content_below_the_top_of_a_repository(tmp_path: Path) -> None:
    mini = Mini(tmp_path / "top" / "below")
    git(mini.root.parent, "init", "-q")
    git(mini.root.parent, "add", ".")
    git(mini.root.parent, "commit", "-q", "-m", "First")
    assert open_state("git:HEAD", mini.root).quads == build(mini.content).quads
    with pytest.raises(ContentError, match=r"git:HEAD: At this revision the folder holds no ontology"):
        open_state("git:HEAD", mini.root.parent)


def test_a_file_goes_before_a_revision(
    repository: Mini, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Mini(tmp_path / "v1").card("place/jura", "conn:Place", "Jura")
    by_name, by_git = (open_state(name, repository.root) for name in ("v1", "git:v1"))
    assert by_name.digest != by_git.digest


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("git:nowhere", "git:nowhere: Git knows no such revision. 'git log' and 'git tag' name"),
        ("nowhere", "nowhere: There is no such file or folder, and no git revision of that name."),
        ("git:", "git:: That is no name of a revision."),
        ("git:--output=x", "git:--output=x: That is no name of a revision."),
        ("git:HEAD:data", "git:HEAD:data: Git"),
    ],
)
def test_revisions_that_are_not_there(repository: Mini, name: str, words: str) -> None:
    with pytest.raises(KgError) as caught:
        open_state(name, repository.root)
    assert str(caught.value).startswith(words)
    assert not (repository.root / "x").exists()


def test_without_repository_and_without_git(mini: Mini, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(mini.root.parent))
    with pytest.raises(KgError, match=r"git:HEAD: The working folder is in no git repository\."):
        open_state("git:HEAD", mini.root)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(KgError, match=r"Revisions are read with git, which is not installed\."):
        open_state("git:HEAD", mini.root)
    with pytest.raises(KgError, match=r"no git revision of that name\. Install git"):
        open_state("HEAD", mini.root)


def test_faults_of_a_revision_are_placed_in_it(repository: Mini) -> None:
    repository.write("data/register/place/harz.ttl", LICENCE + "nowhere:a a nowhere:b .")
    git(repository.root, "commit", "-q", "-a", "-m", "Broken")
    with pytest.raises(ContentError) as caught:
        open_state("git:HEAD", repository.root)
    assert str(caught.value).startswith("git:HEAD: data/register/place/harz.ttl:2:1: The prefix 'nowhere:'")
    repository.write("data/register/place/alps.ttl", LICENCE + "nowhere:a a nowhere:b .")
    git(repository.root, "commit", "-q", "-a", "-m", "More broken")
    with pytest.raises(ContentError) as caught:
        open_state("git:HEAD", repository.root)
    assert str(caught.value).startswith("git:HEAD: The content has 2 faults:")
    assert "kg-revision-" not in str(caught.value)


def test_links_that_lead_out_are_not_followed(repository: Mini, tmp_path: Path) -> None:
    secret = tmp_path / "secret.ttl"
    secret.write_text(LICENCE)
    (repository.root / "data" / "editorial").mkdir()
    (repository.root / "data" / "editorial" / "a.ttl").symlink_to(secret)
    git(repository.root, "add", ".")
    git(repository.root, "commit", "-q", "-m", "A link")
    with pytest.raises(ContentError, match="git:HEAD: The revision cannot be unpacked: "):
        open_state("git:HEAD", repository.root)


def test_folders(mini: Mini, tmp_path: Path) -> None:
    dataset = build(mini.content)
    for file in ("dataset.nq", "connectivity-kg.nq"):
        folder = tmp_path / file.partition(".")[0]
        folder.mkdir()
        (folder / file).write_bytes(dataset.nquads())
        assert open_state(str(folder), tmp_path).quads == dataset.quads
    with pytest.raises(ContentError, match="The folder holds neither a release nor ontology"):
        open_state(str(tmp_path), tmp_path)
    (tmp_path / "a.pdf").write_text("x")
    with pytest.raises(ContentError, match=r"The ending '\.pdf' is not that of an RDF file"):
        open_state(str(tmp_path / "a.pdf"), tmp_path)


def test_blank_nodes_are_the_same_on_every_reading(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.write_text("<a:x> <a:p> [ <a:q> [ <a:r> 1 ] ], [ <a:q> 2 ] .")
    assert set(open_state(str(path), tmp_path).quads) == set(open_state(str(path), tmp_path).quads)
