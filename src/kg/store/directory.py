"""The folder of a store on disk: generations, and a pointer to the one that counts.

    PATH/store.json       which generation is the present one, what the store is called, how it was made
    PATH/lock             held by the one process that uses the store
    PATH/generations/N/   one state of the data; once pointed to, nothing in it changes any more

A generation counts from the moment that ``store.json`` names it: the file is written beside the old one,
brought to the disk, and takes its place in one step. What is not named after a crash is waste.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kg.errors import KgError, SettingsError, StoreError
from kg.media import Format
from kg.settings import DefaultGraph
from kg.store import snapshots
from kg.store.embedded import EmbeddedStore

_POINTER = "store.json"
_LOCK = "lock"
_GENERATIONS = "generations"
_FORMAT = 1


@dataclass(frozen=True)
class Source:
    """Something to load: a name for errors, how to open it, its format, and the graph for its triples."""

    name: str
    open: Callable[[], IO[bytes]]
    format: Format
    graph: str | None = None


def is_filled(path: Path) -> bool:
    """Whether there is a store with something in it; what is wrong with one is told when it is opened."""
    try:
        present = path / _GENERATIONS / str(_read(path)["generation"])
        store = EmbeddedStore(default_graph="plain", folder=present, writable=False)
        filled = not store.is_empty()
        store.close()
    except (KgError, OSError, KeyError, ValueError):
        return False
    return filled


class Directory:
    """An open folder of a store, held for this process alone."""

    def __init__(self, path: Path, lock: IO[bytes], facts: dict[str, Any]) -> None:
        """Take a folder whose lock is held."""
        self.path = path
        self._lock: IO[bytes] | None = lock
        self._facts = facts
        self._last = 0

    @classmethod
    def open(cls, path: Path, default_graph: DefaultGraph) -> "Directory":
        """Open the folder, or make it.

        SettingsError when it holds something else, cannot be used or is in use; StoreError when it is broken.
        """
        try:
            path.mkdir(parents=True, exist_ok=True)
            strange = {item.name for item in path.iterdir()} - {
                _POINTER,
                _LOCK,
                _GENERATIONS,
                f"{_POINTER}.new",
            }
            if strange and not (path / _POINTER).exists():
                raise SettingsError(
                    f"KG_STORE names the folder {path}, which holds something else than a store.",
                    remedy="Name a folder that is empty or not there, and bring data in with kg load.",
                )
            lock = (path / _LOCK).open("ab")
        except OSError as error:
            raise SettingsError(f"The folder {path} of KG_STORE cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            raise SettingsError(
                f"The store in {path} is in use by another process.",
                remedy="End the server that uses it, or send data to that server at /graphs.",
            ) from None
        try:
            directory = cls(path, lock, _read(path))
            with _told():
                directory._prepare(default_graph)
        except BaseException:
            lock.close()
            raise
        return directory

    @property
    def present(self) -> Path:
        """The folder of the present generation."""
        return self.path / _GENERATIONS / str(self._facts["generation"])

    @property
    def version(self) -> str:
        """Stands for the present state: a name made at random, and the number of the generation."""
        return f"{self._facts['store']}-{self._facts['generation']}"

    def state(self) -> tuple[Path, str]:
        """The folder of the present generation and its version, of one moment: another thread may advance."""
        facts = self._facts
        folder = self.path / _GENERATIONS / str(facts["generation"])
        return folder, f"{facts['store']}-{facts['generation']}"

    @property
    def content(self) -> str | None:
        """The digest of the content that the store began with, or took up last."""
        found = self._facts.get("content")
        return str(found) if found else None

    @property
    def content_graphs(self) -> list[str]:
        """The graphs that came with that content."""
        return list(self._facts.get("content_graphs", ()))

    def is_empty(self) -> bool:
        """Whether nothing is stored."""
        store = self._open(self.present, writable=False)
        try:
            return store.is_empty()
        finally:
            store.close()

    def next(self) -> Path:
        """A place for the next generation, where nothing ever was: whoever had one may still write there."""
        self._last = max(self._last, self._facts["generation"]) + 1
        found = self.path / _GENERATIONS / str(self._last)
        self.discard(found)
        return found

    def advance(self, target: Path, **facts: Any) -> None:
        """Make a generation that is complete on the disk the present one; OSError leaves the old one."""
        changed = {**self._facts, **facts, "generation": int(target.name)}
        _write(self.path, changed)
        self._facts = changed

    def discard(self, folder: Path) -> None:
        """Remove a generation, which must not be the present one."""
        if folder != self.present:
            shutil.rmtree(folder, ignore_errors=True)

    def sweep(self, used: Iterable[Path]) -> None:
        """Remove every generation but the present one and those in use."""
        kept = {self.present, *used}
        for folder in self._numbered():
            if folder not in kept and int(folder.name) <= self._facts["generation"]:
                shutil.rmtree(folder, ignore_errors=True)

    def load(
        self,
        files: Iterable[Source],
        tell: Callable[[str], None] = lambda step: None,
        *,
        drop: Iterable[str] = (),
        content: tuple[str, Sequence[str]] | None = None,
    ) -> tuple[int, int]:
        """Remove graphs, then add files, all of them or none; how many statements there were and are.

        ``content`` is the digest of a content and the names of its graphs, if that is what is loaded.
        StoreError names the file that cannot be read.
        """
        target = self.next()
        with _told():
            snapshots.clone(self.present, target)
        store = self._open(target, writable=True)
        try:
            store.unmerge()
            before = store.size()
            for name in drop:
                store.remove(name)
            for file in files:
                with file.open() as stream:
                    try:
                        store.bulk_load(stream, file.format, file.graph)
                    except StoreError as error:
                        error.place = file.name
                        raise
            after = store.size()
            with _told():
                tell("putting the graphs together")
                store.merge()
                tell("bringing the store to the disk")
                store.flush()
        except BaseException:
            store.close()
            self.discard(target)
            raise
        store.close()
        facts = {} if content is None else {"content": content[0], "content_graphs": sorted(content[1])}
        with _told():
            snapshots.sync(target)
            self.advance(target, **facts)
        self.sweep(())
        return before, after

    def close(self) -> None:
        """Let others use the folder."""
        if self._lock:
            self._lock.close()
            self._lock = None

    def _numbered(self) -> list[Path]:
        """All generations, the present one among them."""
        return [
            item for item in (self.path / _GENERATIONS).iterdir() if re.fullmatch("[0-9]{1,18}", item.name)
        ]

    def _prepare(self, default_graph: DefaultGraph) -> None:
        """Make the first generation; remove waste; make the merge, or take it away, as is wanted now."""
        generations = self.path / _GENERATIONS
        generations.mkdir(exist_ok=True)
        if not self._facts and any(self._numbered()):
            raise StoreError("The store in the folder is broken: store.json is gone.", place=str(self.path))
        if not self._facts:
            self._facts = {
                "format": _FORMAT,
                "store": secrets.token_hex(8),
                "generation": 0,
                "default_graph": default_graph,
            }
            target = self.next()
            store = self._open(target, writable=True)
            store.flush()
            store.close()
            snapshots.sync(target)
            self.advance(target)
        if not self.present.is_dir():
            raise StoreError("The store in the folder is broken: its data are missing.", place=str(self.path))
        for folder in self._numbered():
            self.discard(folder)
        if self._facts["default_graph"] != default_graph:
            self._turn(default_graph)

    def _turn(self, default_graph: DefaultGraph) -> None:
        target = self.next()
        snapshots.clone(self.present, target)
        old = self._open(target, writable=True)
        old.unmerge()
        old.flush()
        old.close()
        shutil.rmtree(target / "unnamed", ignore_errors=True)
        self._facts["default_graph"] = default_graph
        store = self._open(target, writable=True)
        store.merge()
        store.flush()
        store.close()
        snapshots.sync(target)
        self.advance(target)
        self.sweep(())

    def _open(self, folder: Path, *, writable: bool) -> EmbeddedStore:
        return EmbeddedStore(default_graph=self._facts["default_graph"], folder=folder, writable=writable)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the disk refuses into a StoreError."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"The folder of the store cannot be written: {error.strerror or error}.") from error


def _read(path: Path) -> dict[str, Any]:
    try:
        facts = json.loads((path / _POINTER).read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise StoreError(
            "The store in the folder is broken: store.json cannot be read.", place=str(path)
        ) from error
    if not isinstance(facts, dict) or facts.get("format") != _FORMAT:
        raise StoreError(
            "The store in the folder was made by another version of Connectivity KG.",
            place=str(path),
            remedy="Use that version, or a new folder.",
        )
    kinds = {"store": str, "generation": int, "default_graph": str}
    if not all(isinstance(facts.get(name), kind) for name, kind in kinds.items()):
        raise StoreError("The store in the folder is broken: store.json is not whole.", place=str(path))
    return facts


def _write(path: Path, facts: dict[str, Any]) -> None:
    new = path / f"{_POINTER}.new"
    with new.open("w", encoding="utf-8") as file:
        file.write(json.dumps(facts, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path / _POINTER)
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
