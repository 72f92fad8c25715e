"""The text of source documents, which is not in the repository: cut into passages, compared by digest.

The digest of a passage is the SHA-256, in lower-case hexadecimal, of its UTF-8 text: the paragraph with its
printed number and without its section heading, runs of white space made one space, trimmed, and nothing else
changed. A summary is its paragraphs without the word "Summary:", up to the line of the document's title; a
passage that is a bare heading is its heading.

Where a passage begins is found by what the graph says of it (printed number, section heading, position), not
by anything written here about one document. In extracted text a heading may directly follow a paragraph, a
line may begin with a stray space or form feed after a page break, and a blank line may follow a paragraph's
first line.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kg import vocab
from kg.directives import read
from kg.errors import ContentError
from kg.layout import ContentFile


@dataclass(frozen=True)
class Locator:
    """Where a passage stands: its position, and as printed its number and section heading, if any."""

    position: int
    number: str | None = None
    heading: str | None = None

    @property
    def kind(self) -> str:
        """``paragraph``, ``heading`` (nothing but one) or ``summary``."""
        if self.number is not None:
            return "paragraph"
        return "heading" if self.heading is not None else "summary"


def digest(text: str) -> str:
    """Return the digest of a passage's text, white space collapsed."""
    return hashlib.sha256(_collapse(text).encode()).hexdigest()


def passages(text: str, locators: Iterable[Locator], title: str = "") -> dict[int, str]:
    """Cut a document's text into its passages, white space collapsed; one that is not found is left out.

    Passages come in the order of their positions. A paragraph ends where the next passage begins, or the
    heading above it; ``title``, the document's title in any case, ends the summary.
    """
    lines = [_collapse(line) for line in text.split("\n")]
    ordered = sorted(locators, key=lambda item: item.position)
    spans: list[
        tuple[Locator, int, int]
    ] = []  # first line of the heading or passage, first line of the passage
    start = 0
    for locator in ordered:
        span = _find(lines, start, locator)
        if span:
            spans.append((locator, *span))
            start = span[1] + 1
    found = {}
    for index, (locator, _, begin) in enumerate(spans):
        end = spans[index + 1][1] if index + 1 < len(spans) else len(lines)
        if locator.kind == "heading":
            found[locator.position] = _collapse(locator.heading or "")
            continue
        if locator.kind == "summary":
            end = next((n for n in range(begin, end) if title and _same(lines[n], title)), end)
        body = _collapse(" ".join(lines[begin:end]))
        found[locator.position] = re.sub(r"^Summary: ?", "", body) if locator.kind == "summary" else body
    return found


@dataclass(frozen=True)
class Passage:
    """A passage of the content: its file and IRI, the digests it states, and its text, if that was found."""

    document: str
    file: ContentFile
    stated: tuple[str, ...]
    text: str | None

    @property
    def is_verified(self) -> bool:
        """Whether the text is the one that was curated."""
        return self.text is not None and self.stated == (digest(self.text),)


def read_passages(
    parsed: Mapping[ContentFile, Sequence[ox.Triple]], folder: Path
) -> Iterator[Passage | ContentError]:
    """Yield every passage with its text in ``folder``/<document>.txt, or the error of a document's file.

    ContentError is raised when the folder is missing.
    """
    if not folder.is_dir():
        raise ContentError(
            "There is no such folder.", place=str(folder), remedy="Name the folder that holds <document>.txt."
        )
    documents: dict[str, list[tuple[ContentFile, dict[str, list[str]]]]] = {}
    titles: dict[str, str] = {}
    for file, triples in parsed.items():
        kind, _, rest = (file.thing or "").removeprefix(vocab.ID).partition("/")
        if file.graph != file.thing:
            continue
        own = _own(file, triples)
        if kind == "passage":
            documents.setdefault(rest.partition("/")[0], []).append((file, own))
        else:
            titles[rest] = next(iter(own.get(vocab.DCTERMS_TITLE, ())), "")
    for document, files in sorted(documents.items()):
        path = folder / f"{document}.txt"
        try:
            text = read(path, str(path))
        except ContentError as error:
            yield error
            continue
        texts = passages(text, (_locator(file, own) for file, own in files), titles.get(document, ""))
        for file, own in files:
            stated = tuple(own.get(vocab.TEXT_DIGEST, ()))
            yield Passage(document, file, stated, texts.get(_locator(file, own).position))


def _own(file: ContentFile, triples: Iterable[ox.Triple]) -> dict[str, list[str]]:
    """Literals that a source states of itself, by property."""
    found: dict[str, list[str]] = {}
    for item in triples:
        about_itself = isinstance(item.subject, ox.NamedNode) and item.subject.value == file.thing
        if about_itself and isinstance(item.object, ox.Literal):
            found.setdefault(item.predicate.value, []).append(item.object.value)
    return found


def _locator(file: ContentFile, own: Mapping[str, Sequence[str]]) -> Locator:
    """Where a passage stands: its number in the path, which conn:position repeats, and what is printed."""

    def first(predicate: str) -> str | None:
        return next(iter(own.get(predicate, ())), None)

    number = (file.thing or "").rpartition("/")[2]
    return Locator(int(number), first(vocab.PRINTED_NUMBER), first(vocab.SECTION_HEADING))


def _find(lines: Sequence[str], start: int, locator: Locator) -> tuple[int, int] | None:
    """Lines where the passage with its heading, and the passage itself, begin; None when it is not there."""
    if locator.kind == "summary":
        return start, start
    if locator.kind == "heading":
        return next(
            ((n, n) for n in range(start, len(lines)) if _heading_at(lines, n, locator.heading)), None
        )
    marks = [n for n in range(start, len(lines)) if lines[n].startswith(f"{locator.number}. ")]
    # A line of running text may begin with the same number: the one below the heading is meant.
    for mark in marks:
        above = _heading_above(lines, start, mark, locator.heading)
        if above is not None:
            return above, mark
    # No heading is printed between two paragraphs of a section; there a paragraph follows a blank line.
    for mark in marks:
        if mark == 0 or not lines[mark - 1]:
            return mark, mark
    return (marks[0], marks[0]) if marks else None


def _heading_above(lines: Sequence[str], start: int, mark: int, heading: str | None) -> int | None:
    """Where the heading just above a line begins; blank lines may stand between."""
    if heading is None:
        return None
    end = mark
    while end > start and not lines[end - 1]:
        end -= 1
    return next((n for n in range(end - 1, start - 1, -1) if _same(" ".join(lines[n:end]), heading)), None)


def _heading_at(lines: Sequence[str], n: int, heading: str | None) -> bool:
    """Whether a heading, on one or more lines, begins at a line."""
    wanted = _collapse(heading or "")
    joined = ""
    for line in lines[n:]:
        joined = f"{joined} {line}" if joined else line
        if not line or not wanted.startswith(joined):
            return False
        if joined == wanted:
            return True
    return False


def _same(left: str, right: str) -> bool:
    return _collapse(left).casefold() == _collapse(right).casefold()


def _collapse(text: str) -> str:
    return " ".join(text.split())
