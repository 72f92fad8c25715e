"""The SERVICE clauses of a query (SPARQL 1.1 Federated Query section 2): whom they ask, and what.

They are found among the tokens. A clause becomes a query of its own, which is what the other server gets: the
pattern as it was written, with the prefixes that occur in it. Clauses within it are for that server to carry
out, and are held against the same list of origins.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kg.errors import Forbidden, QueryError
from kg.guards import SERVICES, decoded, exceeded, services
from kg.origins import Address, Origins, read_address
from kg.syntax import Token, engine_form, place, quoted, tokens

Resolve = Callable[[Token], str | None]

_ABSOLUTE = re.compile(r"<[A-Za-z][A-Za-z0-9+.\-]*:")
_UNFIT = re.compile(r"[\x00-\x20<>\"{}|^`]")


@dataclass(frozen=True)
class Solutions:
    """What another server has answered: the bytes, and whether they are JSON or XML."""

    body: bytes
    format: str


@dataclass(frozen=True)
class Service:
    """One clause, from ``start`` to ``end`` in the text; the server at ``address`` is asked ``query``.

    A ``silent`` one that fails has one solution that binds nothing; one without an ``address`` fails, since
    it is not on the list. ``variables`` are those to bind, known once an engine has read the query, and
    ``found`` is what the server has answered.
    """

    start: int
    end: int
    address: Address | None
    silent: bool
    query: str
    variables: tuple[str, ...] = ()
    found: Solutions | None = field(default=None, repr=False)


def find_services(
    text: str,
    found: Sequence[Token],
    origins: Origins,
    resolve: Resolve,
    prefixes: Mapping[str, str],
) -> tuple[tuple[Service, ...], str]:
    """Find the outer clauses of a query, and write it with plain groups in the place of all its clauses.

    Places are those in the text as an engine gets it (``syntax.for_engine``), which the other text shares.

    Forbidden for an address that is not on the list, unless the clause is silent, and for what cannot be
    followed: a variable in the place of an address, SERVICE written with escapes or run together with other
    words. QueryError for a clause without an end, QueryLimit for too many.
    """
    places = list(services(found))
    if "\\" in text:
        outside = any(token.kind == "odd" for token in found)
        read = list(services(decoded(text)))
        if len(read) != len(places) or (read and outside):
            raise Forbidden(
                "SERVICE stands in a query with escapes outside of strings and IRIs.",
                remedy="Write the query in plain letters.",
            )
    if not places:
        return (), ""
    clauses = [_read(text, found, index, origins, resolve) for index in places]
    if len(clauses) > SERVICES.most:
        raise exceeded(SERVICES, text, found[places[SERVICES.most]])
    for index, token in enumerate(found):
        if token.word == "LATERAL" and not any(item.open < index < item.end for item in clauses):
            raise Forbidden(
                "SERVICE and LATERAL do not go together in one query here.",
                remedy="Leave LATERAL out: what a service answers does not depend on other patterns.",
            )
    words = {item.start for clause in clauses for item in found[clause.begin : clause.open]}
    plain, places_of = _groups(text, words)
    outer: list[Service] = []
    last = 0
    for clause in clauses:
        if clause.begin < last:
            continue
        last = clause.end
        inner = [item for item in clauses if clause.open < item.begin < clause.end]
        outer.append(
            Service(
                places_of[found[clause.begin].start],
                places_of[found[clause.end].start] + 1,
                clause.address,
                clause.silent,
                _query(text, found, clause, inner, resolve, prefixes),
            )
        )
    return tuple(outer), plain


def _groups(text: str, words: Collection[int]) -> tuple[str, dict[int, int]]:
    """The text for an engine, with blanks for the tokens that start at ``words``; where each token is now."""
    parts: list[str] = []
    places_of: dict[int, int] = {}
    length = 0
    for token in tokens(text):
        written = engine_form(token)
        places_of[token.start] = length
        length += len(written)
        parts.append(" " * len(written) if token.start in words else written)
    return "".join(parts), places_of


@dataclass(frozen=True)
class _Clause:
    """A clause by the indexes of its tokens: the word, the opening and the closing bracket."""

    begin: int
    open: int
    end: int
    address: Address | None
    silent: bool


def _read(text: str, found: Sequence[Token], index: int, origins: Origins, resolve: Resolve) -> _Clause:
    silent = index + 1 < len(found) and found[index + 1].word == "SILENT"
    at = index + 1 + silent
    name = found[at] if at < len(found) else found[-1]
    line, column = place(text, found[index].start)
    where = f"at line {line}, column {column}"
    if name.kind == "var":
        raise Forbidden(
            f"SERVICE {quoted(name.text)} {where} asks an address that only the answer would tell.",
            remedy="Name the address of the service, and ask several in several SERVICE clauses.",
        )
    if found[index].word != "SERVICE" or at + 1 >= len(found) or found[at + 1].text != "{":
        raise Forbidden(
            f"The SERVICE {where} is not written so that its address can be checked.",
            remedy="Write it as SERVICE <address> { … }, with spaces between the words.",
        )
    iri = resolve(name)
    if iri is None:
        raise QueryError(f"{quoted(name.text)} {where} is no address.", line=line, column=column)
    try:
        address: Address | None = read_address(iri)
        why = "its origin is not on the list of this server (KG_SERVICE_ALLOW)"
    except ValueError as error:
        address, why = None, str(error)
    if address is None or not origins.holds(address):
        if not silent:
            raise Forbidden(
                f"The service {quoted(iri, 200)} {where} is not asked: {why}.",
                remedy="Ask that endpoint yourself, or one that is on the list.",
            )
        address = None
    return _Clause(index, at + 1, _closing(text, found, at + 1), address, silent)


def _closing(text: str, found: Sequence[Token], at: int) -> int:
    """The index of the bracket that closes the one there."""
    depth = 0
    for index in range(at, len(found)):
        if found[index].kind == "punct":
            depth += (found[index].text[0] == "{") - (found[index].text[-1] == "}")
            if not depth:
                return index
    line, column = place(text, found[at].start)
    raise QueryError(f"The bracket at line {line}, column {column} is not closed.", line=line, column=column)


def _query(
    text: str,
    found: Sequence[Token],
    clause: _Clause,
    inner: Sequence[_Clause],
    resolve: Resolve,
    prefixes: Mapping[str, str],
) -> str:
    """The pattern of a clause as a query; clauses in it that must fail are put as failed."""
    failed = {found[item.begin].start: item for item in inner if item.address is None}
    first, last = found[clause.open].start, found[clause.end].start + 1
    parts: list[str] = []
    used: set[str] = set()
    skip = 0
    for token in tokens(text[first:last]):
        start = first + token.start
        if start < skip:
            continue
        if start in failed:
            item = failed[start]
            skip = found[item.end].start + 1
            parts.append(unbound(_variables(found[item.open : item.end])))
        elif token.kind == "iri":
            iri = token.text[1:-1] if _ABSOLUTE.match(token.text) else resolve(token) or ""
            parts.append(token.text if _UNFIT.search(iri) else f"<{iri}>")
        else:
            used |= {token.text.partition(":")[0]} if token.kind == "pname" else set()
            parts.append(" " if token.kind == "comment" else token.text)
    declared = [f"PREFIX {name}: <{prefixes[name]}>\n" for name in sorted(used) if name in prefixes]
    return "".join([*declared, "SELECT * WHERE ", *parts])


def _variables(found: Sequence[Token]) -> Iterator[str]:
    yield from dict.fromkeys(token.text[1:] for token in found if token.kind == "var")


def unbound(variables: Iterator[str] | Sequence[str]) -> str:
    """A pattern with one solution, which binds none of the variables."""
    names = list(variables)
    if not names:
        return "{}"
    heads, cells = " ".join(f"?{name}" for name in names), " ".join(["UNDEF"] * len(names))
    return f"{{ VALUES ({heads}) {{ ({cells}) }} }}"
