"""What a running server holds, and how its pages ask the store.

Pages ask in SPARQL through the port like anyone else, never blocking the event loop; IRIs go into their
queries only after a check that they can be nothing but IRIs.
"""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kg import vocab
from kg.build import Dataset, build
from kg.conditions import Kind
from kg.content import Content
from kg.directives import Question
from kg.errors import RemoteError, ResultTooLarge
from kg.forms import Forms
from kg.jsonld import Context
from kg.media import JSON, Format
from kg.offer import Weight
from kg.origins import Origins
from kg.search.facets import Shelves
from kg.search.index import Index
from kg.settings import Settings
from kg.sparql import Operation, is_iri, write_iri
from kg.store import OWN, Capacity, Store, Terms, Whole
from kg.store.lanes import Budget, Lane, turnstile
from kg.store.vitals import Vitals
from kg.ties import Ties
from kg.validate.checker import Checker
from kg.validate.report import Report
from kg.web.cache import Cache, Latest
from kg.web.kept import Asking, Kept
from kg.web.proxies import Networks


class TooLong(ResultTooLarge):
    """An answer is there, and too long for a page: told as a note on it, or instead of it."""


Term = Mapping[str, Any]
"""A term of the SPARQL JSON results: ``type``, ``value`` and, for literals, ``xml:lang`` or ``datatype``."""
Row = Mapping[str, Term]

PAGE_BYTES = 4_000_000
"""Bytes of an answer that a page takes up."""

_CACHE = 64_000_000
"""Bytes of pages and other things made of the data that are kept."""

FRESH = 60.0
"""Seconds that pages are kept when the data may change behind our back."""

NAMING = (
    vocab.SKOS_PREF_LABEL,
    vocab.RDFS_LABEL,
    vocab.DCTERMS_TITLE,
    "http://xmlns.com/foaf/0.1/name",
)
"""Properties whose values are names of things, the best first."""


def rank_of(language: str, wanted: Sequence[str]) -> int:
    """How far down a list of languages one stands (lookup, RFC 4647 section 3.4); lower is better.

    After those that are wanted come English, a text without language, and all others.
    """
    ranges = [*wanted, "en", ""]
    for rank, item in enumerate(ranges):
        if language == item or (
            item and (language.startswith(f"{item}-") or (item.startswith(f"{language}-") and language))
        ):
            return 2 * rank + (language != item)
    return 2 * len(ranges)


def among(things: Iterable[str], properties: Iterable[str]) -> str:
    """What limits ?s and ?p of a pattern to things and properties, by IRI.

    Not VALUES for both: the engine joins the two first, and looks up every pair of them.
    """
    listed = " ".join(map(write_iri, things))
    return f"VALUES ?s {{ {listed} }} FILTER(?p IN ({', '.join(map(write_iri, properties))}))"


@dataclass(frozen=True)
class Site:
    """Settings, an open store, and the words to speak of what is in it."""

    settings: Settings
    store: Store
    prefixes: Mapping[str, str]
    questions: tuple[Question, ...] = ()
    # Questions that ask other endpoints, too.
    federated: tuple[Question, ...] = ()
    budget: Budget = field(default_factory=lambda: Budget(0))
    # Long texts are read beside the event loop, one at a time: more would leave it too little time.
    reading: Lane = field(default_factory=turnstile)

    # Long lists of names are looked up beside the event loop, one list at a time.
    matching: Lane = field(default_factory=turnstile)

    # Answers of the protocols, by all that they depend on.
    given: Kept[tuple[str | bool | None, ...], Whole] = field(default_factory=lambda: Kept(_CACHE))
    # Questions that the store is working on, by what they ask on which terms.
    asking: dict[tuple[str | bool | float | None, ...], Asking] = field(default_factory=dict)
    # Networks are arranged beside the event loop, one at a time.
    drawing: Lane = field(default_factory=turnstile)

    cache: Cache = field(default_factory=lambda: Cache(_CACHE))
    index: Latest[Index] = field(default_factory=Latest)
    ties: Latest[Ties] = field(default_factory=Latest)
    shelves: Latest[Shelves] = field(default_factory=Latest)
    built: Latest[Dataset] = field(default_factory=Latest)
    forms: Forms = field(default_factory=Forms)
    # Proxies that are believed when they say whose request they pass on.
    trusted: Networks = ()

    # Texts of passages by IRI, where the operator has the documents and their digests are right.
    paragraphs: Mapping[str, str] = field(default_factory=dict)
    content: Content = field(default_factory=lambda: Content("none", None, "no content"))
    # Classes to choose from, with their properties.
    offers: Latest[Mapping[str, Kind]] = field(default_factory=Latest)
    names: Latest[Context] = field(default_factory=Latest)
    report: Latest[Report] = field(default_factory=Latest)
    weights: Latest[Mapping[str, Weight]] = field(default_factory=Latest)

    first_version: str | None = None
    """The version of the store at the start."""

    @property
    def origins(self) -> Origins | None:
        """Which endpoints a query may ask by SERVICE; None: it may not."""
        found: Origins | None = getattr(self.store, "origins", None)
        return found

    @cached_property
    def checker(self) -> Checker:
        """Who validates what others send; nothing is started before that."""
        return Checker(Capacity.of(self.settings), self.content)

    @property
    def validation_vitals(self) -> Vitals | None:
        """How the processes of validation are doing; None before there are any."""
        checker: Checker | None = self.__dict__.get("checker")
        return checker.vitals if checker else None

    async def close(self, *, store: bool = True) -> None:
        """End what works for this site, and the store unless it is another's."""
        await self.checker.close()
        if store:
            await self.store.close()

    async def keep(self, key: tuple[str, ...], make: Callable[[], Coroutine[Any, Any, bytes]]) -> bytes:
        """Return what was made of the present data, or make it."""
        return await self.cache.get(self.state(FRESH), key, make)

    def state(self, seconds: float) -> str:
        """Stands for the data that something was made of: their version.

        Where the store has none, data that were read within the same so many seconds count as the same.
        """
        return self.store.version or f"{time.monotonic() // seconds:.0f}"

    async def dataset(self) -> Dataset:
        """Return the dataset of the content, built once."""
        return await self.built.get("", lambda: asyncio.to_thread(build, self.content))

    async def context(self) -> Context:
        """Return the names that JSON-LD of the content uses, made once."""

        async def make() -> Context:
            dataset = await self.dataset()
            return await asyncio.to_thread(Context.of, dataset.quads)

        return await self.names.get("", make)

    async def answer(
        self, operation: Operation, format: Format, terms: Terms = OWN, most: int = PAGE_BYTES
    ) -> bytes:
        """Return the whole answer, for use in this process; TooLong when it has more than ``most`` bytes."""
        answer = await self.store.read(operation, format, terms)
        parts, size = [answer.first], len(answer.first)
        try:
            async with aclosing(answer.rest()) as rest:
                async for part in rest:
                    parts.append(part)
                    size += len(part)
                    if size > most:
                        break
        finally:
            await answer.close()
        if size > most:
            raise TooLong("There is more here than a page can show.", remedy="Ask at /sparql.")
        return b"".join(parts)

    async def rows(self, query: str) -> list[Row]:
        """Return the solutions of a SELECT query of our own; RemoteError when that is not what came."""
        try:
            answer = json.loads(await self.answer(Operation.parse(query), JSON))
            rows: list[Row] = answer["results"]["bindings"]
        except (ValueError, TypeError, KeyError) as error:
            raise RemoteError("The store sent something else than JSON results.") from error
        return rows

    def anywhere(self, pattern: str, graph: str = "anyGraph") -> str:
        """A group that matches the pattern in the dataset as a whole, whatever the unnamed graph holds.

        ``graph`` names a variable; two groups of one query that may match in two graphs need two.
        """
        if self.settings.default_graph == "union":
            return f"{{ {pattern} }}"
        return f"{{ {{ {pattern} }} UNION {{ GRAPH ?{graph} {{ {pattern} }} }} }}"

    def cited(self, pattern: str, given: str = "") -> str:
        """A group that matches the pattern anywhere, with ``?g`` the graph that says so, where one does.

        ``given`` is what binds variables first (VALUES): engines do not carry it into a group.
        """
        if self.settings.default_graph == "union":
            return f"{{ {given} {pattern} OPTIONAL {{ GRAPH ?g {{ {pattern} }} }} }}"
        return f"{{ {{ {given} {pattern} }} UNION {{ {given} GRAPH ?g {{ {pattern} }} }} }}"

    async def labels(self, iris: Iterable[str], languages: Sequence[str] = ()) -> dict[str, str]:
        """Return a name for each of the IRIs that has one: the preferred label, in a language that is wanted.

        The first of ``languages`` (tags in lower case) that there is, else English, else any.
        """
        wanted = [iri for iri in dict.fromkeys(iris) if is_iri(iri)]
        if not wanted:
            return {}
        rows = await self.rows(
            f"SELECT DISTINCT ?s ?p ?o WHERE {{ {among(wanted, NAMING)} {self.anywhere('?s ?p ?o')} }}"
        )
        found: dict[str, tuple[int, int, str]] = {}
        for row in rows:
            if row["o"]["type"] != "literal":
                continue
            language = row["o"].get("xml:lang", "").lower()
            rank = (NAMING.index(row["p"]["value"]), rank_of(language, languages), row["o"]["value"])
            thing = row["s"]["value"]
            found[thing] = min(rank, found.get(thing, rank))
        return {iri: rank[2] for iri, rank in found.items()}
