"""Fixtures of the torture: one server for each module, and a look at it after every attack."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from listening import Files, Trap, trap
from target import Post, Target


@pytest.fixture(scope="module")
def post(request: pytest.FixtureRequest) -> Iterator[Post]:
    """The server of a module: with small limits; a module may name other settings in ``ENVIRON``."""
    keeper = Post(getattr(request.module, "ENVIRON", {}))
    yield keeper
    keeper.close()


@pytest.fixture
def target(post: Post) -> Iterator[Target]:
    """A server to attack. After it the server answers right, is the same process, and has gone quiet."""
    yield from post.watched()


@pytest.fixture(scope="module")
def snare() -> Iterator[Trap]:
    """A listener on loopback."""
    with trap() as it:
        yield it


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """A secret and a pipe."""
    return Files(tmp_path_factory.mktemp("files"))


@pytest.fixture(autouse=True)
def untouched(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every attack nobody has come to the listener, and nobody holds the pipe."""
    yield
    if "snare" in request.fixturenames:
        time.sleep(0.02)
        snare: Trap = request.getfixturevalue("snare")
        caught, snare.caught = snare.caught, []
        assert not caught
    if "files" in request.fixturenames:
        files: Files = request.getfixturevalue("files")
        assert not files.pipe_has_reader()
