"""RDF files into a store on disk: ``kg load``."""

import gzip
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, cast

from kg.build import Dataset
from kg.errors import ContentError, SettingsError
from kg.media import NQUADS, RDF_FORMATS, Format, by_extension, by_name
from kg.settings import Settings
from kg.sparql import is_iri
from kg.store import REMOTE, split_address
from kg.store.directory import Directory, Source

Progress = Callable[[str], None]


def load(
    settings: Settings,
    files: Sequence[Path],
    tell: Progress,
    *,
    graph: str | None = None,
    format: str | None = None,
    content: Dataset | None = None,
) -> tuple[int, int]:
    """Load files, or a content in the place of the one before; the numbers of statements before and after.

    SettingsError, ContentError and StoreError say what stands in the way; then nothing has been loaded.
    """
    kind, path = split_address(settings.store)
    if kind == REMOTE:
        raise SettingsError(
            "The store is another server, which is not loaded from here.", remedy="Use kg push."
        )
    if kind != "dir":
        raise SettingsError(
            "The store is memory:, which nothing can be loaded into beforehand.",
            remedy="Give --store dir:PATH, or set KG_STORE; or name a file by KG_CONTENT for kg serve.",
        )
    if graph is not None and not is_iri(graph):
        raise ContentError(f"{graph[:100]!r} is not the IRI of a graph.", remedy="Give an absolute IRI.")
    sources = [_source(path, tell, graph, by_name(format) if format else None) for path in files]
    directory = Directory.open(path, settings.default_graph)
    try:
        if content is None:
            return directory.load(sources, tell)
        data = content.nquads()
        source = Source("the content", lambda: io.BytesIO(data), NQUADS)
        tell("taking up the content")
        return directory.load(
            [source], tell, drop=directory.content_graphs, content=(content.digest, content.graphs())
        )
    finally:
        directory.close()


def _source(path: Path, tell: Progress, graph: str | None, format: Format | None) -> Source:
    if not path.is_file():
        raise ContentError("There is no such file.", place=str(path))
    packed = path.suffix == ".gz"
    found = format or by_extension(Path(path.stem).suffix if packed else path.suffix)
    if found is None:
        names = ", ".join(row.extension for row in RDF_FORMATS)
        raise ContentError(
            "The ending of the file is that of no RDF format.",
            place=str(path),
            remedy=f"Name it with one of {names}, or give --format.",
        )
    if graph is not None and found.kind == "dataset":
        raise ContentError(
            f"{found.label} names graphs of its own, so --graph does not go with it.", place=str(path)
        )

    def opened() -> IO[bytes]:
        raw = _Counted(path, tell)
        return cast(IO[bytes], _Unpacked(raw) if packed else raw)

    return Source(str(path), opened, found, graph)


class _Unpacked(gzip.GzipFile):
    """A packed file, which is closed with it."""

    def __init__(self, raw: io.FileIO) -> None:
        super().__init__(fileobj=raw)
        self._raw = raw

    def close(self) -> None:
        super().close()
        self._raw.close()


class _Counted(io.FileIO):
    """A file that tells how much of it has been read."""

    def __init__(self, path: Path, tell: Progress) -> None:
        super().__init__(path)
        self._told = -1
        self._tell = tell
        self._name = path.name
        self._size = max(path.stat().st_size, 1)

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        part = self.tell() * 20 // self._size * 5
        if part != self._told:
            self._told = part
            self._tell(f"loading {self._name}, {part} %")
        return data or b""
