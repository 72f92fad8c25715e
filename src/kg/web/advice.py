"""Names in a query that nothing in the graph has, and the ones that were probably meant.

An empty answer is often a slip in a name: engines find nothing, and rightly say no more.
"""

import re
from dataclasses import dataclass

from kg.errors import Timeout, Unavailable
from kg.sparql import Operation, is_iri, read_prologue, write_iri
from kg.syntax import Token, significant
from kg.web.absent import MOST, absent, meant
from kg.web.html import shorten
from kg.web.site import Site

_LONG = 20_000
"""Characters of a query that is looked at."""


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
    found = []
    for iri in (await absent(site, list(named)))[:3]:
        near = await meant(site, iri)
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
    return dict(list(found.items())[:MOST])


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
