"""Competency questions: each must answer exactly as accepted."""

from collections import Counter
from collections.abc import Iterable, Iterator

from kg import media
from kg.directives import Answer, Question, read_answer
from kg.errors import ContentError, KgError, RequestError
from kg.sparql import Operation
from kg.store.embedded import EmbeddedStore
from kg.validate.report import Finding, from_error

_SHOWN = 3


def served_store(nquads: bytes) -> EmbeddedStore:
    """Return a store that holds the dataset as the endpoint serves it by default."""
    store = EmbeddedStore()
    store.load(nquads, media.NQUADS)
    return store


def check_answers(questions: Iterable[Question], store: EmbeddedStore) -> Iterator[Finding]:
    """Yield a finding for every question that cannot be asked or answers otherwise than accepted."""
    for question in questions:
        try:
            accepted = question.answer()
        except ContentError:
            continue  # told with the structure
        try:
            found = ask(question, store)
        except ContentError as error:
            yield from_error(error, "accepted answer")
        except KgError as error:
            line = error.line if isinstance(error, RequestError) else None
            yield Finding(
                file=question.file,
                line=line,
                column=error.column if line else None,
                rule="query",
                message=error.message,
                remedy=error.remedy,
            )
        else:
            told = difference(found, accepted, kept=question.order == "kept")
            if told:
                yield Finding(
                    file=question.answer_file,
                    rule=f"accepted answer: {question.summary}",
                    message=told,
                    remedy="See in the source what is right; then correct graph, query or answer.",
                )


def ask(question: Question, store: EmbeddedStore) -> Answer:
    """Answer a question as a table, with columns subject, predicate and object for a CONSTRUCT."""
    operation = Operation.parse(question.text)
    if operation.kind == "construct":
        data = b"".join(store.query(operation, media.NTRIPLES)).decode()
        triples = [tuple(line.removesuffix(" .").split(" ", 2)) for line in data.splitlines()]
        return Answer(("subject", "predicate", "object"), tuple(triples))
    data = b"".join(store.query(operation, media.CSV)).decode()
    return read_answer(data, question.file)


def difference(found: Answer, accepted: Answer, *, kept: bool) -> str | None:
    """Say in words how an answer differs from the accepted one; None when it does not."""
    if found.header != accepted.header:
        return f"The columns are {_row(found.header)}; accepted are {_row(accepted.header)}."
    here, there = Counter(found.rows), Counter(accepted.rows)
    told = [
        *_some("Missing", list((there - here).elements())),
        *_some("Not accepted", list((here - there).elements())),
    ]
    if not told and kept and found.rows != accepted.rows:
        number = next(
            i for i, pair in enumerate(zip(found.rows, accepted.rows, strict=True)) if pair[0] != pair[1]
        )
        told.append(
            f"The rows come in another order, from row {number + 1} on: {_row(found.rows[number])}, "
            f"where {_row(accepted.rows[number])} is accepted."
        )
    return "\n".join(told) or None


def _some(what: str, rows: list[tuple[str, ...]]) -> Iterator[str]:
    if rows:
        shown = "".join(f"\n  {_row(row)}" for row in sorted(rows)[:_SHOWN])
        more = f"\n  and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        yield f"{what} ({len(rows)} row{'' if len(rows) == 1 else 's'}):{shown}{more}"


def _row(row: tuple[str, ...]) -> str:
    return " | ".join(row)
