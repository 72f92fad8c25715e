"""``kg fmt``: Turtle files rewritten in canonical form, each whole or not at all."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from kg.content import Content
from kg.directives import read
from kg.errors import ContentError
from kg.export import write_file
from kg.turtle import format_turtle


def turtle_files(paths: Iterable[Path], content: Content) -> Iterator[Path]:
    """Yield the files that paths mean: a folder is searched; no path at all means the whole content.

    ContentError for a path that is neither a folder nor named *.ttl.
    """
    paths = tuple(paths)
    if not paths and content.root:
        names = sorted(file.name for file in (*content.files, *content.shapes()))
        root = Path() if content.root == Path.cwd() else content.root
        yield from (root / name for name in names)
    for path in paths:
        if path.is_dir():
            for found in sorted(path.rglob("*.ttl")):
                # What is hidden, such as a virtual environment, is not content.
                hidden = any(part.startswith(".") for part in found.relative_to(path).parts)
                if found.is_file() and not hidden:
                    yield found
        elif path.suffix != ".ttl":
            raise ContentError("The name of the file does not end in .ttl.", place=str(path))
        else:
            yield path


def format_file(path: Path, prefixes: Mapping[str, str], content: Content, *, write: bool) -> bool:
    """Format one file, and return whether that changes it; ContentError when it cannot be formatted.

    Below data/ and ontology/ of the content a file may hold no anonymous node; elsewhere it may.
    """
    text = read(path, str(path))
    strict = content.root is not None and any(
        path.resolve().is_relative_to((content.root / top).resolve()) for top in ("data", "ontology")
    )
    wanted = format_turtle(text, prefixes, source=str(path), allow_anonymous=not strict).encode()
    # Compared as bytes: a byte-order mark is lost in the text.
    if wanted == path.read_bytes():
        return False
    if write:
        write_file(path.resolve(), [wanted])
    return True
