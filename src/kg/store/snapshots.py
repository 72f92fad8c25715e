"""Copies of what is stored: a file that a store in memory comes back from, and folders that share files.

The file is a line of JSON with the names of all graphs, since an empty graph has no statement to tell of it,
and then N-Quads.
"""

import json
import os
import shutil
from pathlib import Path
from typing import IO, BinaryIO

from kg.media import NQUADS
from kg.store.embedded import EmbeddedStore

_SCATTERED = 120
"""Files of data; more make reading slow, so they are put together."""
_DATA = ".sst"


def write(file: IO[bytes], nquads: bytes) -> None:
    """Write statements that are N-Quads already, in graphs that are not empty."""
    file.write(json.dumps({"graphs": []}).encode() + b"\n")
    file.write(nquads)
    file.flush()


def save(store: EmbeddedStore, file: BinaryIO) -> None:
    """Write all that is stored."""
    file.write(json.dumps({"graphs": store.names()}).encode() + b"\n")
    store.dataset(NQUADS, file)
    file.flush()


def restore(store: EmbeddedStore, file: BinaryIO) -> None:
    """Load what ``save`` wrote into an empty store; StoreError when it cannot be read."""
    file.seek(0)
    head = json.loads(file.readline())
    for name in head["graphs"]:
        store.create(name)
    store.bulk_load(file, NQUADS)
    store.merge()


def clone(source: Path, target: Path) -> None:
    """Copy a folder that nothing writes to: files of data never change and are shared by hard links.

    Where a file system has no hard links, they are copied.
    """
    target.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        if path.is_dir():
            clone(path, target / path.name)
        elif path.suffix == _DATA:
            try:
                os.link(path, target / path.name)
            except OSError:
                shutil.copyfile(path, target / path.name)
        elif path.name != "LOCK" and not path.name.startswith("LOG"):
            shutil.copyfile(path, target / path.name)


def is_scattered(folder: Path) -> bool:
    """Whether the data lie in so many files that reading suffers."""
    return sum(path.suffix == _DATA for path in folder.iterdir()) > _SCATTERED


def sync(folder: Path) -> None:
    """Return when everything in a folder is on the disk, so that it outlives the machine's power."""
    for path in folder.rglob("*"):
        sync_one(path)
    sync_one(folder)
    sync_one(folder.parent)


def sync_one(path: Path) -> None:
    """Return when one file, or the names in one folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
