"""Finds the content and reads it: this module alone knows where ontology/, data/ and shapes/ lie.

A root holds ``ontology/connectivity.ttl``: the working folder, the packaged copy (``kg/_content``), or the
checkout of an editable install. Faults of the files are collected, so that ``kg check`` shows them all;
whoever needs the triples gets the first few as one ContentError.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

import pyoxigraph as ox

from kg import media, vocab
from kg.directives import Lint, Question, read, read_lint, read_question
from kg.errors import ContentError
from kg.layout import ContentFile, scan, structure
from kg.sssom import MappingSet, read_mappings
from kg.turtle import read_turtle

MARK = Path("ontology") / "connectivity.ttl"
_SHOWN = 5

T = TypeVar("T")


class Content:
    """The content at one root; ``kind`` is ``folder``, ``file`` (one RDF file, as it is) or ``none``."""

    def __init__(self, kind: str, root: Path | None, origin: str) -> None:
        """Keep where the content is; nothing is read yet."""
        self.kind = kind
        self.root = root
        self.origin = origin

    @property
    def files(self) -> tuple[ContentFile, ...]:
        """The Turtle files that are served, by name."""
        return tuple(item for item in self._scan[0] if item.graph != vocab.SHAPES)

    @property
    def problems(self) -> tuple[ContentError, ...]:
        """Faults of folders and file names, by place."""
        return self._scan[1]

    def shapes(self) -> tuple[ContentFile, ...]:
        """The Turtle files with shapes, by name."""
        return tuple(item for item in self._scan[0] if item.graph == vocab.SHAPES)

    def prefixes(self) -> dict[str, str]:
        """Return ``ontology/prefixes.ttl`` as prefix to namespace; ContentError where it is broken."""
        if self.kind != "folder" or self.root is None:
            return {}
        name = "ontology/prefixes.ttl"
        return prefix_table(read_turtle(read(self.root / name, name), {}, source=name), name)

    def triples(self, file: ContentFile, prefixes: Mapping[str, str]) -> tuple[ox.Triple, ...]:
        """Parse one file; ContentError names the place of what is wrong in it."""
        anonymous = file.graph == vocab.SHAPES
        return read_turtle(file.read(), prefixes, source=file.name, allow_anonymous=anonymous)

    def parsed(self, problems: list[ContentError]) -> dict[ContentFile, tuple[ox.Triple, ...]]:
        """Parse every served file, adding what is wrong to ``problems``; a file that fails is left out."""
        table = _attempt(self.prefixes, problems) or {}
        found = {}
        for file in self.files:
            triples = _attempt(lambda file=file: self.triples(file, table), problems)  # type: ignore[misc]
            if triples is not None:
                found[file] = triples
        problems += structure(found)
        problems[:] = {str(problem): problem for problem in problems}.values()
        return found

    def quads(self) -> tuple[ox.Quad, ...]:
        """Return all statements in their graphs; ContentError tells the first few faults of any kind."""
        if self.kind == "none" or self.root is None:
            return ()
        if self.kind == "file":
            return _file_quads(self.root)
        problems = list(self.problems)
        parsed = self.parsed(problems)
        refuse(problems)
        return tuple(in_graphs(parsed))

    def questions(self, problems: list[ContentError] | None = None) -> tuple[Question, ...]:
        """Return the questions by name; what is wrong goes to ``problems``, or is raised without it."""
        return self._queries("ontology/questions", read_question, problems)

    def federated(self, problems: list[ContentError] | None = None) -> tuple[Question, ...]:
        """Return the questions that ask other endpoints, too, as ``questions`` does."""
        return self._queries("ontology/federated", partial(read_question, federated=True), problems)

    def question(self, name: str) -> Question:
        """Return the question of a name, whole or without its number, or of a number; ContentError."""
        questions = self.questions()
        for question in questions:
            if name in (question.name, question.number, question.name.partition("-")[2]):
                return question
        near = get_close_matches(name, [question.name for question in questions], cutoff=0.4)
        raise ContentError(
            "There is no such file, and no question of that name.",
            place=name,
            remedy=f"Did you mean {' or '.join(near)}?" if near else "'kg query --list' names the questions.",
        )

    def mappings(self, problems: list[ContentError] | None = None) -> tuple[MappingSet, ...]:
        """Return the mappings by file; what is wrong goes to ``problems``, or is raised without it."""
        found = []
        faults: list[ContentError] = []
        if self.kind == "folder" and self.root is not None:
            for path in sorted((self.root / "data" / "links").glob("[!.]*.sssom.tsv")):
                name = f"data/links/{path.name}"
                text = _attempt(lambda path=path, name=name: read(path, name), faults)  # type: ignore[misc]
                if text is not None:
                    group, wrong = read_mappings(text, name)
                    faults += wrong
                    if group:
                        found.append(group)
        if problems is None:
            refuse(faults)
        else:
            problems += faults
        return tuple(found)

    def lints(self, problems: list[ContentError] | None = None) -> tuple[Lint, ...]:
        """Return the lints by name; what is wrong goes to ``problems``, or is raised without it."""
        return self._queries("shapes/lint", read_lint, problems)

    def _queries(
        self, folder: str, reader: Callable[[Path, str], T], problems: list[ContentError] | None
    ) -> tuple[T, ...]:
        found = []
        faults: list[ContentError] = []
        if self.kind == "folder" and self.root is not None:
            for path in sorted((self.root / folder).glob("[!.]*.rq")):
                item = _attempt(lambda path=path: reader(path, f"{folder}/{path.name}"), faults)  # type: ignore[misc]
                if item is not None:
                    found.append(item)
        if problems is None:
            refuse(faults)
        else:
            problems += faults
        return tuple(found)

    @cached_property
    def _scan(self) -> tuple[tuple[ContentFile, ...], tuple[ContentError, ...]]:
        if self.kind != "folder" or self.root is None:
            return (), ()
        return scan(self.root)


def find_content(setting: str | None = None, cwd: Path | None = None) -> Content:
    """Return the content that ``setting`` names: a folder, an RDF file or ``none``.

    Without a setting: the working folder where it holds ``ontology/connectivity.ttl``, else the packaged
    copy, else the checkout of an editable install. ContentError when there is nothing at the place.
    """
    if setting == "none":
        return Content("none", None, "no content")
    if setting:
        path = Path(setting)
        if path.is_dir():
            if not _holds_content(path):
                raise ContentError(
                    f"The folder holds no {MARK.as_posix()}.",
                    place=setting,
                    remedy="Name the folder that holds ontology/, data/ and shapes/.",
                )
            return Content("folder", path, f"the folder {setting}")
        if not path.exists():
            raise ContentError("There is no such file or folder.", place=setting)
        return Content("file", path, f"the file {setting}")
    cwd = cwd or Path.cwd()
    if _holds_content(cwd):
        return Content("folder", cwd, "the working folder")
    here = Path(__file__).resolve().parent
    for root, origin in ((here / "_content", "the packaged copy"), (here.parents[1], "the checkout")):
        if _holds_content(root):
            return Content("folder", root, origin)
    raise ContentError(
        "The content that came with the program is missing.",
        place=str(here / "_content"),
        remedy="Install it again.",
    )


def prefix_table(triples: Iterable[ox.Triple], place: str | None = None) -> dict[str, str]:
    """Return declared prefixes (SHACL section 5.2.1); ContentError when one has two namespaces or none."""
    space: dict[object, str] = {}
    names: list[tuple[object, str]] = []
    for item in triples:
        if isinstance(item.object, ox.Literal) and item.predicate.value == vocab.SH + "namespace":
            space[item.subject] = item.object.value
        elif isinstance(item.object, ox.Literal) and item.predicate.value == vocab.SH + "prefix":
            names.append((item.subject, item.object.value))
    table: dict[str, str] = {}
    for node, prefix in names:
        namespace = space.get(node, "")
        if not namespace or table.setdefault(prefix, namespace) != namespace:
            raise ContentError(
                f"The prefix '{prefix}:' does not have exactly one namespace.",
                place=place,
                remedy="Give it one sh:prefix and one sh:namespace, on one node.",
            )
    return table


def _holds_content(root: Path) -> bool:
    try:
        return (root / MARK).is_file()
    except OSError as error:
        raise ContentError(f"The folder cannot be read: {error.strerror}.", place=str(MARK.parent)) from error


def in_graphs(parsed: Mapping[ContentFile, Sequence[ox.Triple]]) -> Iterator[ox.Quad]:
    """Put the triples of each file into the graph of the file."""
    for file, triples in parsed.items():
        graph = ox.NamedNode(file.graph)
        for item in triples:
            yield ox.Quad(item.subject, item.predicate, item.object, graph)


def labels(quads: Iterable[ox.Quad]) -> dict[str, str]:
    """Return the English name of every thing, concept and term that has one, by IRI."""
    found: dict[str, list[tuple[bool, bool, str]]] = {}
    for quad in quads:
        predicate, value = quad.predicate.value, quad.object
        if predicate in (vocab.SKOS_PREF_LABEL, vocab.RDFS_LABEL) and isinstance(value, ox.Literal):
            rank = (value.language not in ("en", None), predicate != vocab.SKOS_PREF_LABEL, value.value)
            if isinstance(quad.subject, ox.NamedNode):
                found.setdefault(quad.subject.value, []).append(rank)
    return {iri: min(ranks)[2] for iri, ranks in found.items()}


def refuse(problems: Sequence[ContentError]) -> None:
    """Raise one ContentError that tells the first few problems, if there are any."""
    if not problems:
        return
    if len(problems) == 1:
        raise problems[0]
    shown = sorted(str(problem) for problem in problems)[:_SHOWN]
    if len(problems) > _SHOWN:
        shown.append(f"and {len(problems) - _SHOWN} more.")
    told = "\n  ".join([f"The content has {len(problems)} faults:", *shown])
    raise ContentError(f"{told}\n'kg check' lists them all.")


def _attempt(action: Callable[[], T], problems: list[ContentError]) -> T | None:
    try:
        return action()
    except ContentError as error:
        problems.append(error)
        return None


def _file_quads(path: Path) -> tuple[ox.Quad, ...]:
    """Read one RDF file of any format as it is, its own graphs included."""
    row = media.by_extension(path.suffix)
    if row is None:
        endings = ", ".join(sorted(f".{item.extension}" for item in media.RDF_FORMATS))
        raise ContentError(
            f"The ending '{path.suffix}' is not that of an RDF file.",
            place=str(path),
            remedy=f"Use one of {endings}.",
        )
    text = read(path, str(path))
    kind = ox.RdfFormat.from_media_type(row.media_type)
    try:
        return tuple(ox.parse(text, kind))
    except SyntaxError as error:
        position = f":{error.lineno}:{error.offset}" if error.lineno else ""
        raise ContentError(
            f"The file is not {row.label}: {error.msg}.",
            place=f"{path}{position}",
            line=error.lineno,
            column=error.offset,
        ) from error
