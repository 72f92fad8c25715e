"""Names in a query that nothing in the graph has, and the ones that were probably meant.

An empty answer is often a slip in a name: engines find nothing, and rightly say no more.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from kg.errors import Timeout, Unavailable
from kg.media import JSON
from kg.sparql import Operation, is_iri, read_prologue, write_iri
from kg.store import Terms
from kg.syntax import Token, significant
from kg.web.html import shorten
from kg.web.site import Row, Site

_MOST_NAMES, _MOST_CANDIDATES = 30, 5000
_LONG = 20_000
"""Characters of a query that is looked at."""
_SECONDS = 2.0
"""What one look into the graph may take: the answer waits for it."""


@dataclass(frozen=True)
class Advice:
    """A name as written in the query, and what was meant: name, label, the query with it; or nothing."""

    written: str
    meant: str = ""
    label: str = ""
    query: str = ""


async def advice(site: Site, operation: Operation) -> list[Advice]:
    """Look for names that are nowhere in the graph, in the order of the query; at most three are told.

    Nothing is told where looking takes too long, as in a very large graph.
    """
    if len(operation.source) > _LONG:
        return []
    try:
        return await _looked_up(site, operation)
    except (Timeout, Unavailable):
        return []


async def _looked_up(site: Site, operation: Operation) -> list[Advice]:
    named = _names(operation)
    strange = [iri for iri in named if iri not in await _known(site, named)] if named else []
    found = []
    for iri in strange[:3]:
        near = await _near(site, iri)
        label = (await site.labels([near])).get(near, "") if near else ""
        found.append(_told(site, operation.source, named[iri], near, label))
    return found


def _names(operation: Operation) -> dict[str, Token]:
    """The IRIs of a query, each with the token that stands for it first."""
    tokens = significant(operation.source)
    prologue, head = read_prologue(tokens, operation.base)
    found: dict[str, Token] = {}
    for before, token in zip([None, *tokens[head:]], tokens[head:], strict=False):
        iri = prologue.resolve(token)
        if iri and is_iri(iri) and not (before and before.text == "^^"):
            found.setdefault(iri, token)
    return dict(list(found.items())[:_MOST_NAMES])


async def _known(site: Site, named: Mapping[str, Token]) -> set[str]:
    values = f"VALUES ?t {{ {' '.join(map(write_iri, named))} }}"
    places = ["?t ?p ?o", "?s ?t ?o", "?s ?p ?t"]
    anywhere = [f"{values} FILTER EXISTS {site.anywhere(place)}" for place in places]
    anywhere.append(f"{values} FILTER EXISTS {{ GRAPH ?t {{ ?s ?p ?o }} }}")
    rows = await _rows(site, f"SELECT DISTINCT ?t WHERE {{ {{ {' } UNION { '.join(anywhere)} }} }}")
    return {row["t"]["value"] for row in rows}


async def _near(site: Site, iri: str) -> str:
    """The IRI of the same namespace that is most like one; empty when none is."""
    namespace = iri[: max(iri.rfind("/"), iri.rfind("#")) + 1]
    if not namespace or namespace == iri:
        return ""
    rows = await _rows(
        site,
        f"SELECT DISTINCT ?t WHERE {{ {site.anywhere('?t ?p ?o')} "
        f'FILTER(ISIRI(?t) && STRSTARTS(STR(?t), "{namespace}")) }} LIMIT {_MOST_CANDIDATES}',
    )
    others = {row["t"]["value"][len(namespace) :]: row["t"]["value"] for row in rows}
    lower = {name.lower(): name for name in others}
    close = get_close_matches(iri[len(namespace) :].lower(), lower, n=1, cutoff=0.75)
    return others[lower[close[0]]] if close else ""


async def _rows(site: Site, query: str) -> list[Row]:
    answer = json.loads(await site.answer(Operation.parse(query), JSON, Terms(seconds=_SECONDS)))
    found: list[Row] = answer["results"]["bindings"]
    return found


def _told(site: Site, query: str, token: Token, near: str, label: str) -> Advice:
    if not near:
        return Advice(token.text)
    prologue, _ = read_prologue(significant(query))
    prefixes = prologue.prefixes if token.kind == "pname" else {}
    text = shorten(near, prefixes)
    if not re.fullmatch(r"[\w-]*:[\w-]*\w", text):
        text = write_iri(near)
    end = token.start + len(token.text)
    shown = shorten(near, site.prefixes)
    return Advice(token.text, shown, label, query[: token.start] + text + query[end:])
