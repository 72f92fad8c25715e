"""A SPARQL query as it arrives: its kind, its dataset, and whether it may be asked.

``Operation.parse`` looks at the tokens of ``syntax.py``, never at a grammar: what is no query, an update, NUL
and what ``guards.py`` refuses end here; all other faults are the engine's to find.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from typing import Literal
from urllib.parse import urljoin

from kg import guards
from kg.clauses import Service, find_services
from kg.errors import Forbidden, QueryError
from kg.origins import Origins
from kg.syntax import Token, decode, for_engine, place, quoted

Kind = Literal["select", "ask", "construct", "describe"]

UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
_FORMS: dict[str, Kind] = {
    "SELECT": "select",
    "ASK": "ask",
    "CONSTRUCT": "construct",
    "DESCRIBE": "describe",
}
# One pattern around a subject that is named, whose other terms are variables, or one of them a property that
# is named, and nothing that could make the engine read on without a row to show for it. No LIMIT: two engines
# give rows in two orders, and whoever reads page after page without ORDER BY is to meet one of them only.
_NAME = "(?:iri|pname)"
_POINTED = re.compile(
    rf"SELECT (?:\*|var(?: var)*) (?:WHERE )?\{{ {_NAME} (?:var|{_NAME}|A) var (?:\. )?\}}"
    rf"|DESCRIBE {_NAME}"
)
_VOLATILE = {"NOW", "RAND", "UUID", "STRUUID", "BNODE"}
_SHAPED = 2000
_FROM = re.compile(r"from|\\u", re.IGNORECASE)
_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[^\x00-\x20<>\"{}|^`\\]*")


@dataclass(frozen=True)
class Operation:
    """One read-only query, ready for a store.

    ``text`` goes to the engine, ``source`` is what was sent. The graphs are those of the protocol's
    parameters or, without these, of the FROM clauses; when both are empty the query has no dataset of its
    own. ``prefixes`` are those that the query declares, as pairs; ``base`` resolves relative IRIs where the
    query has no BASE. ``volatile`` queries may answer otherwise each time. Queries of one ``shape`` differ in
    names and values only. One that ``is_pointed`` asks what is said of one thing, and its work is bounded by
    the answer. ``services`` are the outer SERVICE clauses, and ``plain`` is the text with plain
    groups in their place.
    """

    text: str
    kind: Kind
    default_graph: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    source: str = ""
    prefixes: tuple[tuple[str, str], ...] = ()
    base: str | None = None
    volatile: bool = False
    shape: str = ""
    is_pointed: bool = False
    services: tuple[Service, ...] = ()
    plain: str = ""

    @classmethod
    def parse(
        cls,
        text: str,
        default_graph: Sequence[str] = (),
        named_graphs: Sequence[str] = (),
        base: str | None = None,
        origins: Origins | None = None,
    ) -> "Operation":
        """Judge the text as far as it can be judged without a grammar; QueryError or Forbidden.

        SERVICE may name what belongs to the ``origins``; without them it may not be used.
        """
        refuse_nul(text, "query")
        tokens = guards.read(text)
        if not tokens:
            raise QueryError("The query is empty.", remedy="Send a SELECT, ASK, CONSTRUCT or DESCRIBE query.")
        guards.check(text, tokens, federated=origins is not None)
        prologue, head = read_prologue(tokens, base)
        kind = _kind(text, tokens, head)
        refuse_relative((*default_graph, *named_graphs), "default-graph-uri and named-graph-uri")
        if not default_graph and not named_graphs and _FROM.search(text):
            default_graph, named_graphs = _dataset(tokens[head:], prologue)
        prefixes = tuple(item for item in prologue.prefixes.items() if is_iri(item[1]))
        services: tuple[Service, ...] = ()
        plain = ""
        if origins is not None:
            services, plain = find_services(text, tokens, origins, prologue.resolve, dict(prefixes))
        volatile = bool(services) or any(token.kind == "word" and token.word in _VOLATILE for token in tokens)
        defaults, named = tuple(default_graph), tuple(named_graphs)
        words = _words(tokens[head:]) if len(tokens) <= _SHAPED else ""
        is_pointed = not (defaults or named) and _is_pointed(tokens[head:], words)
        return cls(
            for_engine(text, tokens),
            kind,
            defaults,
            named,
            text,
            prefixes,
            base,
            volatile,
            sha256(words.encode()).hexdigest() if words else "",
            is_pointed,
            services,
            plain,
        )


def _words(tokens: Sequence[Token]) -> str:
    """The keywords and signs of a query, with kinds in the place of names and values."""
    return " ".join(token.word or (token.text if token.kind == "punct" else token.kind) for token in tokens)


def _is_pointed(tokens: Sequence[Token], words: str) -> bool:
    if not _POINTED.fullmatch(words):
        return False
    start = next((index for index, token in enumerate(tokens) if token.text == "{"), 0)
    variables = [token.text[1:] for token in tokens[start:] if token.kind == "var"]
    return len(variables) == len(set(variables))


def is_iri(text: str) -> bool:
    """Whether the text may stand between angle brackets in a query as an absolute IRI."""
    return _ABSOLUTE.fullmatch(text) is not None


def write_iri(iri: str) -> str:
    """Write an IRI into a query of our own, the one way there is; ValueError when it is none."""
    if not is_iri(iri):
        raise ValueError(iri)
    return f"<{iri}>"


def refuse_nul(text: str, what: str) -> None:
    """Refuse a text with a NUL character, which no grammar allows and some libraries end at."""
    if "\x00" in text:
        line, column = place(text, text.index("\x00"))
        raise QueryError(
            f"The {what} holds a NUL character at line {line}, column {column}.", line=line, column=column
        )


def refuse_relative(graphs: Sequence[str], parameters: str) -> None:
    """Refuse names of graphs that are no absolute IRIs."""
    for graph in graphs:
        if not is_iri(graph):
            raise QueryError(
                f"{quoted(graph)} is not the IRI of a graph.", remedy=f"Give {parameters} as absolute IRIs."
            )


@dataclass(frozen=True)
class Prologue:
    """What BASE and PREFIX declare."""

    base: str | None
    prefixes: dict[str, str]

    def resolve(self, token: Token) -> str | None:
        """The IRI that a token of the query stands for; None when it stands for none."""
        if token.kind == "iri":
            iri = decode(token.text[1:-1])
            if is_iri(iri) or self.base is None:
                return iri
            # urljoin drops a fragment that is empty, which is how most namespaces end.
            return urljoin(self.base, iri).removesuffix("#") + ("#" if iri.endswith("#") else "")
        prefix, colon, local = token.text.partition(":")
        if token.kind == "pname" and colon and prefix in self.prefixes:
            return self.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)
        return None


def read_prologue(tokens: Sequence[Token], base: str | None = None) -> tuple[Prologue, int]:
    """Read BASE, PREFIX and VERSION; return what they declare and the index of the first token after them."""
    prologue = Prologue(base, {})
    index = 0
    while index < len(tokens):
        word, rest = tokens[index].word, tokens[index + 1 : index + 3]
        if word == "BASE" and rest and rest[0].kind == "iri":
            prologue = Prologue(prologue.resolve(rest[0]), prologue.prefixes)
            index += 2
        elif word == "PREFIX" and len(rest) == 2 and rest[0].text.endswith(":") and rest[1].kind == "iri":
            prologue.prefixes[rest[0].text[:-1]] = prologue.resolve(rest[1]) or ""
            index += 3
        elif word == "VERSION" and rest and rest[0].kind == "string":
            index += 2
        else:
            break
    return prologue, index


def _kind(text: str, tokens: Sequence[Token], head: int) -> Kind:
    if head == len(tokens):
        line, column = place(text, len(text.rstrip()))
        raise QueryError(
            f"The query ends after its prefixes (line {line}, column {column}).",
            remedy="Go on with SELECT, ASK, CONSTRUCT or DESCRIBE.",
            line=line,
            column=column,
        )
    token = tokens[head]
    if token.word in UPDATES:
        raise Forbidden(
            f"{token.word} is an update, and this address only reads.",
            remedy="Send a SELECT, ASK, CONSTRUCT or DESCRIBE query here, and updates to /update.",
        )
    if token.word in _FORMS:
        return _FORMS[token.word]
    line, column = place(text, token.start)
    if token.word in ("PREFIX", "BASE"):
        message = f"The {token.word} declaration at line {line}, column {column} is not complete."
        remedy = "Write it as PREFIX name: <IRI>" if token.word == "PREFIX" else "Write it as BASE <IRI>"
    else:
        message = f"Unexpected {quoted(token.text)} at line {line}, column {column}."
        near = get_close_matches(token.word, (*_FORMS, "PREFIX", "BASE"), n=1, cutoff=0.75)
        remedy = (
            f"Perhaps {near[0]} is meant"
            if near
            else "A query begins with SELECT, ASK, CONSTRUCT or DESCRIBE, after its PREFIX lines"
        )
    raise QueryError(message, remedy=f"{remedy}.", line=line, column=column)


def _dataset(tokens: Sequence[Token], prologue: Prologue) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Collect the FROM clauses; nothing when one cannot be read, for then the engine finds the fault."""
    found: dict[bool, list[str]] = {False: [], True: []}
    depth = 0
    for index, token in enumerate(tokens):
        depth += (token.text == "{") - (token.text == "}")
        if depth or token.word not in ("FROM", "FROMNAMED"):
            continue
        named = token.word == "FROMNAMED" or (index + 1 < len(tokens) and tokens[index + 1].word == "NAMED")
        at = index + 1 + (named and token.word == "FROM")
        graph = prologue.resolve(tokens[at]) if at < len(tokens) else None
        if graph is None or not is_iri(graph):
            return (), ()
        found[named].append(graph)
    return tuple(dict.fromkeys(found[False])), tuple(dict.fromkeys(found[True]))
