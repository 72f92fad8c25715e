"""Names in a query that nothing in the graph has, and the ones that were probably meant.

An empty answer is often a slip in a name: engines find nothing, and rightly say no more.
"""

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from kg.errors import Busy, ResultTooLarge, Timeout, Unavailable
from kg.search.index import ALTERNATIVE, LABEL
from kg.search.ranking import find
from kg.sparql import Operation, is_iri, read_prologue, write_iri
from kg.syntax import Token, significant
from kg.web.absent import MOST, absent, meant
from kg.web.html import shorten
from kg.web.lookup import index_of
from kg.web.site import Site

_LONG = 20_000
"""Characters of a query that is looked at."""
_PLAIN = re.compile(r"[^\"'\\\r\n]{3,200}")
_LIKELY = 40.0
"""How good a hit of a search is whose name was meant: all words are there, but for slips of the pen."""


@dataclass(frozen=True)
class Advice:
    """A name as written in the query, and what was meant: name, label, the query with it; or nothing.

    ``what`` begins the sentence that says what is wrong with it.
    """

    written: str
    meant: str = ""
    label: str = ""
    query: str = ""
    what: str = "Nothing in the graph is called"


async def advice(site: Site, operation: Operation) -> list[Advice]:
    """Look for names that are nowhere in the graph, in the order of the query; at most three are told.

    Nothing is told where looking takes too long, as in a very large graph.
    """
    if len(operation.source) > _LONG:
        return []
    try:
        return await _looked_up(site, operation)
    except (Busy, ResultTooLarge, Timeout, Unavailable):
        return []


def unbound(operation: Operation) -> list[Advice]:
    """Tell which variables that SELECT gives stand nowhere else in the query."""
    if operation.kind != "select" or len(operation.source) > _LONG:
        return []
    tokens = significant(operation.source)
    times = Counter(token.text for token in tokens if token.kind == "var")
    begin = next(place for place, token in enumerate(tokens) if token.word == "SELECT")
    found = []
    for before, token in pairwise(tokens[begin:]):
        if token.text == "{":
            break
        if token.kind == "var" and times[token.text] == 1 and before.word != "AS":
            near = get_close_matches(token.text, [name for name in times if name != token.text], n=1)
            fixed = _replaced(operation.source, token, near[0]) if near else ""
            what = "Nothing in the query gives a value to"
            found.append(Advice(token.text, near[0] if near else "", "", fixed, what))
    return found[:3]


async def _looked_up(site: Site, operation: Operation) -> list[Advice]:
    named = _names(operation)
    found = []
    for iri in (await absent(site, list(named)))[:3]:
        near = await meant(site, iri)
        label = (await site.labels([near])).get(near, "") if near else ""
        found.append(_told(site, operation.source, named[iri], near, label))
    return found or unbound(operation) or await _texts(site, operation)


async def _texts(site: Site, operation: Operation) -> list[Advice]:
    """Tell which texts are no name of anything, but much like one, or one in another language or in none."""
    tokens = [*significant(operation.source), Token("", "", 0)]
    found = []
    for before, token, after in zip(tokens, tokens[1:], tokens[2:], strict=False):
        text = token.text[1:-1]
        if token.kind != "string" or not _PLAIN.fullmatch(text) or after.text == "^^":
            continue
        if before.kind not in ("pname", "iri") and before.text not in ("=", "a"):
            continue
        tag = after.text[1:].lower() if after.kind == "lang" else ""
        index = await index_of(site)
        hit = next(iter((await asyncio.to_thread(find, index, text, limit=1)).hits), None)
        if hit is None or hit.field not in (LABEL, ALTERNATIVE) or hit.score < _LIKELY:
            continue
        if (text, tag) in {(name.text, name.language) for name in hit.thing.names}:
            continue
        is_bare = before.text == "=" and not tag
        if is_bare and text in {name.text for name in hit.thing.names}:
            continue
        name = f'"{hit.text}"' + (f"@{hit.language}" if hit.language and not is_bare else "")
        end = after.start + len(after.text) if tag else token.start + len(token.text)
        written = operation.source[token.start : end]
        fixed = operation.source[: token.start] + name + operation.source[end:]
        if _PLAIN.fullmatch(hit.text):
            found.append(Advice(written, name, "", fixed))
    return found[:3]


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
    shown = shorten(near, site.prefixes)
    if shown == token.text:  # the prefix is to blame
        shown = write_iri(near)
    return Advice(token.text, shown, label, _replaced(query, token, text))


def _replaced(query: str, token: Token, text: str) -> str:
    return query[: token.start] + text + query[token.start + len(token.text) :]
