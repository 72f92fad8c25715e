"""The files that the content is offered as: the dataset in every RDF format, and the extracts.

What they weigh is known only when they are made, which takes seconds and much memory: ``weigh`` has it done
in a process of its own, ``python -m kg.offer CONTENT``, which writes it as JSON.
"""

import json
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from kg import errand
from kg.build import Dataset, build
from kg.catalog import FILE
from kg.content import Content, find_content
from kg.errors import KgError, Timeout
from kg.export import export
from kg.extracts import EXTRACTS, Extract
from kg.extracts.view import View
from kg.media import RDF_FORMATS, Format

_log = logging.getLogger("kg.offer")

_TELLS = {
    "nq": "every statement in its graph, as canonical lines",
    "trig": "every statement in its graph, to be read by people too",
    "jsonld": "every statement in its graph, as JSON with short names",
    "ttl": "all statements merged, without their graphs",
    "nt": "all statements merged, as lines",
    "rdf": "all statements merged, as XML",
}


@dataclass(frozen=True)
class File:
    """A file that is on offer: what it is, and what makes it of the dataset."""

    label: str
    content_type: str
    tells: str
    make: Callable[[Dataset], bytes]


@dataclass(frozen=True)
class Weight:
    """What a file weighs: its bytes, and their SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


def _whole(row: Format) -> File:
    return File(
        row.label, row.content_type, _TELLS[row.extension], lambda dataset: b"".join(export(dataset, row))
    )


def _part(item: Extract) -> File:
    return File(item.label, item.media_type, item.tells, lambda dataset: item.make(View(dataset.quads)))


FILES: Mapping[str, File] = {
    **{f"{FILE}.{row.extension}": _whole(row) for row in RDF_FORMATS},
    **{item.file: _part(item) for item in EXTRACTS},
}


_LARGEST = 30_000_000
"""Bytes of an RDF file; of a larger one it would take minutes and gigabytes to make all files."""
_SECONDS = 120.0
_MEMORY = 1_000_000_000
"""What it may take to make them, in seconds, and in bytes on top of what any process has."""


async def weigh(content: Content) -> dict[str, Weight]:
    """Return what each file weighs; a file that the dataset cannot be written as is left out.

    All are where there is too much to make them within bounds; the log says when that has shown only then.
    """
    if content.kind == "file" and content.root and _size(content.root) > _LARGEST:
        return {}
    name = "none" if content.root is None else str(content.root)
    try:
        text = await errand.outcome("kg.offer", name, _SECONDS, "The making of all files", "")
        return {name: Weight(size, digest) for name, (size, digest) in json.loads(text).items()}
    except (Timeout, ValueError):
        _log.warning("there is too much in %s to say how large its files are", content.origin)
        return {}


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # whoever reads it will tell


def main() -> None:
    """Make all files of the content that the command names; end with the process that asked."""
    errand.settle(_MEMORY)
    dataset = build(find_content(sys.argv[1]))
    found = {}
    for name, file in FILES.items():
        try:
            data = file.make(dataset)
        except KgError:
            continue
        found[name] = (len(data), sha256(data).hexdigest())
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
