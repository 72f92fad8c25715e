"""Query files: SPARQL with directives in leading comments, as questions (with accepted answers) and lints.

A directive is a line ``#+ key: value`` before the query. Questions take ``summary``, ``tags`` (``[a, b]``)
and ``order`` (``any`` or ``kept``); lints take ``rule``, ``remedy`` and ``severity`` (``violation`` or
``warning``).
"""

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kg import vocab
from kg.errors import ContentError, RequestError
from kg.origins import ANYWHERE, Origins
from kg.sparql import Operation
from kg.turtle import decode

_DIRECTIVE = re.compile(r"#\+\s*([A-Za-z]+)\s*:\s*(.*)")
QUESTION_NAME = re.compile(r"[0-9]{2,}-[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True)
class Answer:
    """The accepted answer of a question: the header and the rows of its CSV file."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Question:
    """A competency question; ``text`` is the whole file, ``query`` the file without directives.

    One that asks other endpoints (``services``, as origins) has no accepted answer: they change as they like.
    """

    name: str
    path: Path
    file: str
    summary: str
    tags: tuple[str, ...]
    order: str
    text: str
    kind: str
    answer_path: Path
    services: tuple[str, ...] = ()

    @property
    def number(self) -> str:
        """The number before the first hyphen, with its zeros."""
        return self.name.partition("-")[0]

    @property
    def query(self) -> str:
        """The query as published."""
        return _published(self.text)

    def answer(self) -> Answer:
        """Read the accepted answer; ContentError names file and line when it is not a table."""
        return read_answer(read(self.answer_path, self.answer_file), self.answer_file)

    @property
    def answer_file(self) -> str:
        """The name of the answer's file, relative to the root of the content."""
        return self.file.removesuffix(".rq") + ".csv"


@dataclass(frozen=True)
class Lint:
    """A rule as a SELECT of faults: ``?thing``, and optionally ``?graph`` and ``?detail``."""

    name: str
    file: str
    rule: str
    remedy: str
    severity: str
    text: str


def read(path: Path, source: str) -> str:
    """Return the text of a file; ContentError when it cannot be read or is not UTF-8."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ContentError(f"The file cannot be read: {error.strerror or error}.", place=source) from error
    return decode(data, source)


def read_question(path: Path, source: str, *, federated: bool = False) -> Question:
    """Read a question file, or a ``federated`` one; ContentError names the place of what is faulty."""
    text = read(path, source).replace("\r\n", "\n")  # the digest must not depend on a checkout's line ends
    given = _directives(text, source, {"summary": None, "tags": "[]", "order": "any"})
    tags = re.fullmatch(r"\[(.*)\]", given["tags"])
    if not tags:
        raise ContentError(
            f"The tags are not a list: {given['tags']}.", place=source, remedy="Write '#+ tags: [one, two]'."
        )
    _one_of("order", given["order"], ("any", "kept"), source)
    operation = _parsed(text, source, ANYWHERE if federated else None)
    kind = operation.kind
    asked = {item.address.origin for item in operation.services if item.address}
    if federated and not asked:
        raise ContentError(
            "The query asks no other endpoint.", place=source, remedy="Move it to ontology/questions."
        )
    if kind == "describe":
        raise ContentError(
            "A question is a SELECT, ASK or CONSTRUCT, not a DESCRIBE, whose answer no standard defines.",
            place=source,
            remedy="Say with CONSTRUCT what is wanted.",
        )
    return Question(
        name=path.stem,
        path=path,
        file=source,
        summary=given["summary"],
        tags=tuple(tag.strip() for tag in tags.group(1).split(",") if tag.strip()),
        order=given["order"],
        text=text,
        kind=kind,
        answer_path=path.with_suffix(".csv"),
        services=tuple(sorted(asked)),
    )


def read_lint(path: Path, source: str) -> Lint:
    """Read a lint file; ContentError names the place of a faulty directive or query."""
    text = read(path, source).replace("\r\n", "\n")  # the digest must not depend on a checkout's line ends
    given = _directives(text, source, {"rule": None, "remedy": None, "severity": "violation"})
    _one_of("severity", given["severity"], ("violation", "warning"), source)
    if _parsed(text, source).kind != "select":
        raise ContentError(
            "A lint is a SELECT of faults.",
            place=source,
            remedy="Select ?thing, and ?graph and ?detail if known.",
        )
    return Lint(path.stem, source, given["rule"], given["remedy"], given["severity"], text)


def read_answer(text: str, source: str) -> Answer:
    """Read a CSV table (RFC 4180) with a header; ContentError when it is empty, ragged or wrongly quoted."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows = []
    try:
        for row in reader:
            rows.append(tuple(row))
            if len(row) != len(rows[0]):
                raise ContentError(
                    f"The row has {len(row)} fields; the header has {len(rows[0])}.",
                    place=f"{source}:{reader.line_num}",
                    line=reader.line_num,
                    remedy='Put a field that holds a comma between quotation marks ("…").',
                )
    except csv.Error as error:
        raise ContentError(
            f"The table cannot be read: {error}.", place=f"{source}:{reader.line_num}", line=reader.line_num
        ) from error
    if not rows:
        raise ContentError(
            "The accepted answer is empty.", place=source, remedy="Its first line names the columns."
        )
    return Answer(rows[0], tuple(rows[1:]))


def _directives(text: str, source: str, known: Mapping[str, str | None]) -> dict[str, str]:
    """Values of the directives, defaults filled in; one whose default is None must be given."""
    given: dict[str, str] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            break
        if not stripped.startswith("#+"):
            continue
        place = f"{source}:{number}"
        found = _DIRECTIVE.fullmatch(stripped)
        key = found.group(1) if found else ""
        if not found or key not in known:
            expected = ", ".join(f"'#+ {name}: …'" for name in known)
            raise ContentError(
                f"The directive is not one of {expected}: {stripped}", place=place, line=number
            )
        if key in given:
            raise ContentError(f"The directive '{key}' is given twice.", place=place, line=number)
        given[key] = found.group(2)
    for key, default in known.items():
        if not given.setdefault(key, default or ""):
            raise ContentError(
                f"The directive '{key}' is missing.",
                place=source,
                remedy=f"Begin the file with '#+ {key}: …'.",
            )
    return given


def _one_of(key: str, value: str, allowed: tuple[str, ...], source: str) -> None:
    if value not in allowed:
        raise ContentError(
            f"The directive '{key}' is {value!r}; it is one of {', '.join(allowed)}.", place=source
        )


def _parsed(text: str, source: str, origins: Origins | None = None) -> Operation:
    try:
        return Operation.parse(text, origins=origins)
    except RequestError as error:
        position = "".join(f":{number}" for number in (error.line, error.column) if number)
        raise ContentError(
            error.message,
            place=source + position,
            line=error.line,
            column=error.column,
            remedy=error.remedy,
        ) from error


def _published(text: str) -> str:
    lines = [
        line for line in text.split("\n") if not line.lstrip().startswith("#+") and line != vocab.LICENCE_LINE
    ]
    return "\n".join(lines).strip() + "\n"
