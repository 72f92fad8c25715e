"""The pattern of a query: what its WHERE clause asks for, as a tree that can be written again.

The grammar is that of SPARQL 1.1 section 19.8, read from tokens, and only as far as statements need: triples
and the groups around them are taken apart, while filters, values and the like stay as they are written. What
this does not read is ``Unread``, never guessed at; whether a query is right is for the engine to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from kg.syntax import Token

_NODES = ("iri", "pname", "var", "number")
_SHUT = {"(": ")", "{": "}", "[": "]"}


class Unread(Exception):  # noqa: N818 - told as a reason, not as an error
    """The pattern of a query is of a kind that is not taken apart here; the text says which."""


@dataclass(frozen=True)
class Path:
    """A property path (section 9.1): ``kind`` is an operator of ``/ | ^ * + ? !`` or empty for one property.

    ``text`` writes it; ``parts`` are the paths that the operator stands with.
    """

    kind: str
    text: str
    parts: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Statement:
    """A triple pattern; blank nodes have become variables."""

    subject: str
    path: Path
    value: str

    @property
    def text(self) -> str:
        """The pattern as it stands in a query."""
        return f"{self.subject} {self.path.text} {self.value} ."


@dataclass(frozen=True)
class Verbatim:
    """What is written again as it is: ``kind`` is its keyword."""

    kind: str
    text: str


@dataclass
class Group:
    """What stands between two braces; ``elements`` in their order."""

    elements: list[Statement | Verbatim | Branch] = field(default_factory=list)


@dataclass(frozen=True)
class Branch:
    """Groups in a group: ``kind`` is UNION (one group or several), OPTIONAL, or GRAPH with its ``name``."""

    kind: str
    groups: tuple[Group, ...]
    name: str = ""


def spelled(tokens: Sequence[Token]) -> str:
    """Write tokens again, with one space where anything stood between them."""
    parts: list[str] = []
    end = -1
    for token in tokens:
        parts.append(token.text if token.start == end or not parts else f" {token.text}")
        end = token.start + len(token.text)
    return "".join(parts)


def closing(tokens: Sequence[Token], start: int) -> int:
    """The index of the bracket that closes the one at ``start``; Unread."""
    depth = 0
    opened, shut = tokens[start].text, _SHUT[tokens[start].text]
    for index in range(start, len(tokens)):
        if tokens[index].kind == "punct":
            depth += (tokens[index].text == opened) - (tokens[index].text == shut)
            if not depth:
                return index
    raise Unread("It has a bracket that is not closed.")


def read_group(tokens: Sequence[Token], own: str) -> Group:
    """Read a group, braces included; ``own`` begins the names of variables for blank nodes. Unread."""
    reader = _Reader(tokens, own)
    try:
        group = reader.group()
    except RecursionError:
        raise Unread("Its brackets are nested too deep.") from None
    if reader.at < len(tokens):
        raise Unread("It goes on after its pattern.")
    return group


class _Reader:
    """Reads tokens from left to right, each once."""

    def __init__(self, tokens: Sequence[Token], own: str) -> None:
        self.tokens = tokens
        self.own = own
        self.at = 0
        self.blank = 0

    # ---- tokens

    def text(self) -> str:
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def word(self) -> str:
        return self.tokens[self.at].word if self.at < len(self.tokens) else ""

    def next(self) -> Token:
        if self.at >= len(self.tokens):
            raise Unread("It ends too early.")
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, *texts: str) -> bool:
        """Step over the next token if it is one of these."""
        found = self.at < len(self.tokens) and self.tokens[self.at].kind == "punct" and self.text() in texts
        self.at += found
        return found

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise Unread(f"It has no {text} where one belongs.")

    def bracket(self) -> str:
        """Step over a bracket and all in it; return it as written."""
        start = self.at
        if self.text() not in _SHUT:
            raise Unread("It has no bracket where one belongs.")
        self.at = closing(self.tokens, start) + 1
        return spelled(self.tokens[start : self.at])

    # ---- groups

    def group(self) -> Group:
        self.expect("{")
        if self.word() == "SELECT":
            self.at -= 1
            return Group([Verbatim("SELECT", self.bracket())])
        group = Group()
        while not self.take("}"):
            self.element(group)
        return group

    def element(self, group: Group) -> None:
        word = self.word()
        if self.take("."):
            return
        if self.text() == "{":
            groups = [self.group()]
            while self.word() == "UNION":
                self.next()
                groups.append(self.group())
            group.elements.append(Branch("UNION", tuple(groups)))
        elif word == "OPTIONAL":
            self.next()
            group.elements.append(Branch("OPTIONAL", (self.group(),)))
        elif word == "GRAPH":
            self.next()
            name = self.node()
            group.elements.append(Branch("GRAPH", (self.group(),), name))
        elif word in ("FILTER", "BIND", "VALUES", "MINUS"):
            group.elements.append(Verbatim(*self.clause()))
        elif word in ("SERVICE", "LATERAL"):
            raise Unread(f"{word} is not traced.")
        else:
            self.triples(group)

    def clause(self) -> tuple[str, str]:
        """Read one of the clauses that stay as they are: its kind and text."""
        start = self.at
        kind = self.next().word
        if kind == "VALUES":
            if self.text() == "(":
                self.bracket()
            else:
                self.next()
        elif kind == "FILTER":
            if self.word() == "NOT":
                self.next()
                kind = "NOT EXISTS"
            elif self.word() == "EXISTS":
                kind = "EXISTS"
            if self.text() != "(":
                self.next()  # EXISTS, or the name of a function
        self.bracket()
        tokens = self.tokens[start : self.at]
        if kind in ("FILTER", "BIND") and any(token.word == "EXISTS" for token in tokens):
            kind = "EXISTS"
        return kind, spelled(tokens)

    # ---- triples (productions 75 to 107)

    def triples(self, group: Group) -> None:
        nested = self.text() in ("[", "(")
        subject = self.node(group)
        if not (nested and self.text() in (".", "}")):
            self.properties(group, subject)
        if self.text() != "}" and self.at < len(self.tokens):
            self.take(".")

    def properties(self, group: Group, subject: str) -> None:
        while True:
            path = self.path()
            while True:
                group.elements.append(Statement(subject, path, self.node(group)))
                if not self.take(","):
                    break
            if not self.take(";"):
                return
            while self.take(";"):
                pass
            if self.text() in (".", "}", "]", ""):
                return

    def fresh(self) -> str:
        self.blank += 1
        return f"?{self.own}b{self.blank}"

    def node(self, group: Group | None = None) -> str:
        """Read a term; statements that stand within it go into the group."""
        token = self.next()
        if token.kind in _NODES or token.word in ("TRUE", "FALSE"):
            return token.text
        if token.kind == "bnode":
            return f"?{self.own}_" + re.sub(r"\W", lambda found: f"_{ord(found[0]):x}_", token.text[2:])
        if token.kind == "string":
            return token.text + self.qualifier()
        if group is not None and token.text == "[":
            blank = self.fresh()
            if not self.take("]"):
                self.properties(group, blank)
                self.expect("]")
            return blank
        if group is not None and token.text == "(":
            return self.collection(group)
        raise Unread(f"{token.text[:20]} is not traced in this place.")

    def qualifier(self) -> str:
        if self.at < len(self.tokens) and self.tokens[self.at].kind == "lang":
            return self.next().text
        if self.take("^^"):
            return "^^" + self.next().text
        return ""

    def collection(self, group: Group) -> str:
        items = []
        while not self.take(")"):
            items.append(self.node(group))
        nil = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>"
        first, rest = (Path("", nil.replace("nil", name)) for name in ("first", "rest"))
        cells = [self.fresh() for _ in items] + [nil]
        for cell, item, following in zip(cells, items, cells[1:], strict=False):
            group.elements += [Statement(cell, first, item), Statement(cell, rest, following)]
        return cells[0]

    # ---- paths (productions 88 to 96)

    def path(self) -> Path:
        if self.tokens[self.at : self.at + 1] and self.tokens[self.at].kind == "var":
            return Path("", self.next().text)
        return self.joined("|", lambda: self.joined("/", self.step))

    def joined(self, sign: str, read: Callable[[], Path]) -> Path:
        parts = [read()]
        while self.take(sign):
            parts.append(read())
        if len(parts) == 1:
            return parts[0]
        return Path(sign, "(" + sign.join(part.text for part in parts) + ")", tuple(parts))

    def step(self) -> Path:
        if self.take("^"):
            part = self.step()
            return Path("^", f"(^{part.text})", (part,))
        path = self.primary()
        for sign in ("*", "+", "?"):
            if self.take(sign):
                return Path(sign, f"({path.text}{sign})", (path,))
        return path

    def primary(self) -> Path:
        if self.take("("):
            path = self.joined("|", lambda: self.joined("/", self.step))
            self.expect(")")
            return path
        if self.take("!"):
            written = self.bracket() if self.text() == "(" else self.next().text
            return Path("!", f"(!{written})")
        token = self.next()
        if token.kind in ("iri", "pname") or token.text == "a":
            return Path("", token.text)
        raise Unread(f"{token.text[:20]} is not traced in this place.")
