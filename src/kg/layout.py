"""What the path of a file means: its named graph, the IRI that it speaks of, and which files go together.

Every Turtle file under ``ontology/`` and ``data/`` belongs to one named graph; the path of a card, passage or
document says its IRI. Faults come as ContentErrors with their place, to be shown all at once.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from kg import vocab
from kg.directives import QUESTION_NAME, read, read_answer
from kg.errors import ContentError

_SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_NUMBER = r"[0-9]{2,}"


@dataclass(frozen=True)
class ContentFile:
    """One Turtle file: its name relative to the root, its graph, and the thing its path names."""

    path: Path
    name: str
    graph: str
    thing: str | None = None

    def read(self) -> str:
        """Return the text; ContentError when it cannot be read or is not UTF-8."""
        return read(self.path, self.name)


# What a path means: pattern of the path, graph, thing. {0}, {1} … are the groups of the pattern.
_PLACES: tuple[tuple[re.Pattern[str], str, str | None], ...] = tuple(
    (re.compile(pattern), graph, thing)
    for pattern, graph, thing in (
        (r"ontology/(?:concepts/)?[^/]+\.ttl", vocab.ONTOLOGY_GRAPH, None),
        (
            rf"data/register/passage/({_SLUG})/({_NUMBER})\.ttl",
            vocab.REGISTER,
            vocab.ID + "passage/{0}/{1}",
        ),
        (rf"data/register/((?!passage/)[^/]+)/({_SLUG})\.ttl", vocab.REGISTER, vocab.ID + "{0}/{1}"),
        (r"data/editorial/[^/]+\.ttl", vocab.EDITORIAL, None),
        (r"data/reference/[^/]+\.ttl", vocab.REFERENCE, None),
        (rf"data/sources/({_SLUG})/document\.ttl", vocab.ID + "document/{0}", vocab.ID + "document/{0}"),
        (
            rf"data/sources/({_SLUG})/({_NUMBER})-{_SLUG}\.ttl",
            vocab.ID + "passage/{0}/{1}",
            vocab.ID + "passage/{0}/{1}",
        ),
        (r"shapes/[^/]+\.ttl", vocab.SHAPES, None),
    )
)
# Files that are content but no Turtle, or stand beside it.
_BESIDE = re.compile(
    r"ontology/questions/[^/]+\.(?:rq|csv)|(?:ontology/federated|shapes/lint)/[^/]+\.rq"
    r"|data/links/[^/]+\.sssom\.tsv|.*README\.md"
)


def scan(root: Path) -> tuple[tuple[ContentFile, ...], tuple[ContentError, ...]]:
    """Classify every file below the root's three folders."""
    problems: list[ContentError] = []
    files: list[ContentFile] = []
    names = []
    folders = set()
    for top in ("data", "ontology", "shapes"):
        if not (root / top).is_dir():
            problems.append(
                ContentError(
                    "The folder is missing.",
                    place=f"{top}/",
                    remedy="A content folder has ontology/, data/ and shapes/.",
                )
            )
            continue
        for name, is_folder in _walk(root, top, problems):
            if is_folder:
                folders.add(name)
            else:
                names.append(name)
    present = set(names)
    for name in names:
        file = _classify(root, name)
        if isinstance(file, ContentFile):
            files.append(file)
        elif file is not None:
            problems.append(file)
    problems += _companions(root, present, folders)
    problems += _repeated(files)
    return tuple(sorted(files, key=lambda item: item.name)), tuple(
        sorted(problems, key=lambda item: item.place or "")
    )


def _walk(root: Path, top: str, problems: list[ContentError]) -> Iterator[tuple[str, bool]]:
    """Names below a folder, and whether each is a folder; hidden ones are passed over."""

    def unreadable(error: OSError) -> None:
        place = Path(error.filename).relative_to(root).as_posix()
        problems.append(ContentError(f"The folder cannot be read: {error.strerror}.", place=f"{place}/"))

    for folder, subfolders, names in os.walk(root / top, onerror=unreadable):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        base = Path(folder).relative_to(root).as_posix()
        yield base, True
        for name in sorted(names):
            if not name.startswith("."):
                yield f"{base}/{name}", False


def _classify(root: Path, name: str) -> ContentFile | ContentError | None:
    """What the file is; a ContentError when it cannot be there; None when it is content but no Turtle."""
    for pattern, graph, thing in _PLACES:
        found = pattern.fullmatch(name)
        if found:
            kind = found.group(1) if name.startswith("data/register/") else "passage"
            if (
                graph == vocab.REGISTER
                and not name.startswith("data/register/passage/")
                and kind not in vocab.KINDS
            ):
                return ContentError(
                    f"There is no kind of thing called '{kind}'.",
                    place=name,
                    remedy=f"The kinds are {', '.join(vocab.KINDS)}.",
                )
            groups = found.groups()
            return ContentFile(
                root / name, name, graph.format(*groups), thing.format(*groups) if thing else None
            )
    if _BESIDE.fullmatch(name):
        return None
    if re.fullmatch(r"data/sources/[^/]+/[^/]+\.ttl", name):
        return ContentError(
            "The name of the file is not that of a passage.",
            place=name,
            remedy="Call it NN-slug.ttl: the position in two digits, then words in lower case with hyphens.",
        )
    if re.fullmatch(r"data/register/.+\.ttl", name):
        return ContentError(
            "The path of the card names no thing.",
            place=name,
            remedy="A card is data/register/<kind>/<slug>.ttl, or data/register/passage/<document>/<NN>.ttl; "
            "a slug is lower-case words joined by hyphens.",
        )
    return ContentError(
        "The file has no place in the content.",
        place=name,
        remedy="Remove it, or move it to where it belongs.",
    )


def _companions(root: Path, present: set[str], folders: set[str]) -> Iterator[ContentError]:
    """Files that must come with another: question and answer, passages and their document."""
    for name in sorted(present):
        folder, _, file = name.rpartition("/")
        if folder != "ontology/questions":
            continue
        stem, _, ending = file.rpartition(".")
        other = {"rq": "csv", "csv": "rq"}.get(ending)
        if other and f"{folder}/{stem}.{other}" not in present:
            what = "accepted answer" if other == "csv" else "query"
            yield ContentError(f"The {what} is missing.", place=name, remedy=f"Add {folder}/{stem}.{other}.")
        if ending == "rq" and not QUESTION_NAME.fullmatch(stem):
            yield ContentError(
                "The name of the file is not that of a question.", place=name, remedy="Call it NN-slug.rq."
            )
        if ending == "csv":
            try:
                read_answer(read(root / name, name), name)
            except ContentError as error:
                yield error
    for folder in sorted(folders):
        if re.fullmatch(r"data/sources/[^/]+", folder) and f"{folder}/document.ttl" not in present:
            yield ContentError(
                "The folder of a document has no document.ttl.",
                place=f"{folder}/",
                remedy="Add it: title, date it speaks for, publisher, kind of source.",
            )


def _repeated(files: Iterable[ContentFile]) -> Iterator[ContentError]:
    """Two files for one passage."""
    first: dict[str, str] = {}
    for file in files:
        if file.graph != file.thing:
            continue
        other = first.setdefault(file.graph, file.name)
        if other != file.name:
            yield ContentError(
                f"The position is taken: {other} is the same passage.",
                place=file.name,
                remedy="Give each passage of a document a number of its own.",
            )


def structure(parsed: Mapping[ContentFile, Sequence[ox.Triple]]) -> Iterator[ContentError]:
    """Files whose statements do not fit their path."""
    for file, triples in parsed.items():
        if file.thing is None:
            continue
        subjects = sorted({_value(item.subject) for item in triples})
        kind = file.thing.removeprefix(vocab.ID).partition("/")[0]
        if file.graph == vocab.REGISTER:
            if subjects != [file.thing]:
                others = ", ".join(f"<{iri}>" for iri in subjects if iri != file.thing) or "nothing"
                yield ContentError(
                    f"The path says that the card is about <{file.thing}>; it speaks of {others}.",
                    place=file.name,
                    remedy="A card has one subject; correct its IRI, or move the file.",
                )
            continue
        wanted = vocab.PASSAGE_CLASS if kind == "passage" else vocab.DOCUMENT_CLASS
        own = [item for item in triples if _value(item.subject) == file.thing]
        if not any(_is(item, vocab.RDF_TYPE) and _value(item.object) == wanted for item in own):
            yield ContentError(
                f"The path says that the file holds <{file.thing}>; it has no such {kind}.",
                place=file.name,
                remedy=f"State '<{file.thing}> a conn:{wanted.rpartition('#')[2]}', or rename the file.",
            )
        elif kind == "passage":
            yield from _locators(file, own)


def _locators(file: ContentFile, own: Sequence[ox.Triple]) -> Iterator[ContentError]:
    """A passage's position is the number of its file, its document the folder."""
    document, _, number = (file.thing or "").removeprefix(vocab.ID + "passage/").partition("/")
    positions = [_value(item.object) for item in own if _is(item, vocab.POSITION)]
    if positions != [str(int(number))]:
        yield ContentError(
            f"The file is number {number}; its conn:position is {' and '.join(positions) or 'missing'}.",
            place=file.name,
            remedy=f"State 'conn:position {int(number)}' once, or rename the file.",
        )
    wholes = [_value(item.object) for item in own if _is(item, vocab.DCTERMS_IS_PART_OF)]
    if wholes != [vocab.ID + "document/" + document]:
        yield ContentError(
            f"The passage does not say that it is part of document:{document}, whose folder it is in.",
            place=file.name,
            remedy=f"State 'dcterms:isPartOf document:{document}' once.",
        )


def _is(triple: ox.Triple, predicate: str) -> bool:
    return triple.predicate.value == predicate


def _value(term: object) -> str:
    return term.value if isinstance(term, ox.Literal | ox.NamedNode) else ""
