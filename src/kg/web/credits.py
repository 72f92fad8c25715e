"""What each row of an answer rests on: marks for a table on a page, or two more columns of a file.

A row stands for all solutions that show its values, so that rows of the same values have the same sources.
Rows are traced as whole answers are (``evidence``): whatever is not traced is said, never guessed.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kg import vocab
from kg.errors import KgError, ResultTooLarge
from kg.media import JSON, Format
from kg.results import rewrite
from kg.sparql import Operation, is_iri
from kg.store import Terms
from kg.tracing import Rows
from kg.web.evidence import key_of, statements
from kg.web.passages import Passage, number_passages
from kg.web.site import Row, Site, Term, TooLong

MOST = 1_000
"""Rows that are traced."""
MARKS = 12
"""Sources of one row that a page marks; a file names all."""

_NAMELESS = "A row with a blank node is not traced: that has no name to ask for it by."


@dataclass(frozen=True)
class Credits:
    """For each row the passages behind it, in their order, None where it is not traced; and all of them.

    ``untold`` says in sentences what is not traced.
    """

    rows: tuple[tuple[Passage, ...] | None, ...]
    passages: tuple[Passage, ...]
    untold: tuple[str, ...]

    @property
    def is_cut(self) -> bool:
        """Whether a row has more passages than a page marks."""
        return any(row is not None and len(row) > MARKS for row in self.rows)


async def credits_of(
    site: Site,
    operation: Operation,
    columns: Sequence[str],
    rows: Sequence[Row],
    terms: Terms,
    languages: Sequence[str] = (),
) -> Credits:
    """Trace rows of the answer to a SELECT query, MOST at the most; a fault on the way is told, too."""
    named = [row for row in rows if not any(map(_is_nameless, row.values()))]
    wanted = Rows(tuple(columns), [key_of(row, columns) for row in named])
    try:
        traced, found = await statements(site, operation, terms, wanted)
    except KgError as error:
        return Credits((None,) * len(rows), (), (f"The rows are not traced. {error.detail}",))
    if traced.untold and not traced.queries:
        return Credits((None,) * len(rows), (), traced.untold)
    graphs = {
        key: {graph for one in said for graph in found.graphs[one] if is_iri(graph)} - set(vocab.MACHINERY)
        for key, said in found.of_rows.items()
    }
    keys = [None if any(map(_is_nameless, row.values())) else key_of(row, traced.keys) for row in rows]
    cited = {graph for key in keys if key is not None for graph in graphs.get(key, ())}
    numbered = await number_passages(site, sorted(cited), languages)
    credited = tuple(
        None
        if key is None
        else tuple(sorted((numbered[graph] for graph in graphs.get(key, ())), key=lambda item: item.number))
        for key in keys
    )
    untold = (*traced.untold, *[_NAMELESS] * (len(named) < len(rows)))
    return Credits(credited, tuple(sorted(numbered.values(), key=lambda item: item.number)), untold)


async def with_sources(
    site: Site, operation: Operation, format: Format, terms: Terms, languages: Sequence[str] = ()
) -> bytes:
    """Return the answer to a SELECT query with columns for the sources of each row: by name, and by IRI.

    A third says what is not traced, where there is such. ResultTooLarge when there are more than MOST rows.
    """
    own = Terms(terms.seconds, terms.client)
    remedy = "Ask for fewer with LIMIT and OFFSET, or without sources."
    try:
        answer = json.loads(await site.answer(operation, JSON, own))
    except TooLong:
        raise ResultTooLarge("The answer is too long to be given with its sources.", remedy=remedy) from None
    columns, rows = answer["head"]["vars"], answer["results"]["bindings"]
    if len(rows) > MOST:
        raise ResultTooLarge(
            f"The sources of {MOST:,} rows are given at once; there are {len(rows):,}.", remedy=remedy
        )
    found = await credits_of(site, operation, columns, rows, own, languages)
    more = {
        "sources": ["; ".join(passage.label for passage in row or ()) for row in found.rows],
        "passages": [" ".join(passage.iri for passage in row or ()) for row in found.rows],
    }
    if found.untold:
        more["notTraced"] = [" ".join(found.untold)] * len(rows)
    for wished, texts in more.items():
        name = wished
        while name in columns:
            name += "_"
        columns.append(name)
        for row, text in zip(rows, texts, strict=True):
            row[name] = {"type": "literal", "value": text}
    return await asyncio.to_thread(rewrite, json.dumps(answer).encode(), format)


def _is_nameless(term: Term) -> bool:
    if term["type"] == "triple":
        parts: Mapping[str, Term] = term["value"]
        return any(map(_is_nameless, parts.values()))
    return bool(term["type"] == "bnode")
