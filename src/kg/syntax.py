"""The text of a query as tokens, with their places.

This is a lexer (the terminals of SPARQL 1.1 section 19.8), not a grammar; engines parse. ``engine_form`` is
what they get of a token: comments are blanked, and ``#`` and ``'`` inside IRIs are written as ``\\u``
escapes (section 19.2), so that no engine can take for code what was a comment, an IRI or a string here.
Lines stay lines.
"""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")

# Terminals of SPARQL 1.1 section 19.8.
_BASE = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f"
    "\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_INNER = _BASE + r"_0-9\-" + "\u00b7\u0300-\u036f\u203f-\u2040"
_NAME = _BASE + "_0-9\u00b7\u0300-\u036f\u203f-\u2040"
_ESCAPED = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_IRI = r"<(?:[^\x00-\x20<>\"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>"
_SPACE = r"[\x20\t\r\n]"
_SIGN = rf"""
      (?P<comment>\#[^\r\n]*)
    | (?P<string>'''(?:'{{0,2}}(?:[^'\\]|\\.))*'''|\"\"\"(?:\"{{0,2}}(?:[^\"\\]|\\.))*\"\"\"
        |'(?:[^'\\\r\n]|\\.)*'|"(?:[^"\\\r\n]|\\.)*")
    | (?P<open>["'](?:[^\\\r\n]|\\.)*)
    | (?P<iri>{_IRI})
    | (?P<var>[?$][{_BASE}_0-9][{_NAME}]*)
    | (?P<bnode>_:[{_BASE}_0-9](?:[{_INNER}.]*[{_INNER}])?)
    | (?P<pname>(?:[{_BASE}][{_INNER}.]{{0,201}}+(?<!\.))?:
        (?:(?:[{_BASE}_0-9:]|{_ESCAPED})(?:(?:[{_INNER}.:]|{_ESCAPED})*(?:[{_INNER}:]|{_ESCAPED}))?)?)
    | (?P<lang>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
    | (?P<number>[+-]?(?:[0-9]+\.[0-9]*[eE][+-]?[0-9]+|\.?[0-9]+[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+))
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<punct><(?={_IRI})|<<\(|\)>>|<<|>>|\{{\||\|\}}|\^\^|&&|\|\||!=|<=|>=|[{{}}()\[\].;,*/+\-!=<>^|?~])
    | (?P<odd>.)
"""
_TOKEN = re.compile(rf"(?P<space>{_SPACE}+)|{_SIGN}", re.VERBOSE | re.DOTALL)
# Finds no other tokens, only sooner: white space is passed over, and a word that cannot be the beginning of a
# prefixed name is known by what follows it.
_SOON = re.compile(
    rf"{_SPACE}*(?:(?P<plain>[A-Za-z_][A-Za-z0-9_]*)(?={_SPACE}|[(){{}}<?$\"*=])|{_SIGN}|(?P<end>\Z))",
    re.VERBOSE | re.DOTALL,
)
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_COMMENT = re.compile(r"#[^\r\n]*")
_LINE_END = re.compile(r"\r\n|\n|\r")


class Token(NamedTuple):
    """A piece of the text: its kind (a group of the lexer's pattern), its characters, and where it starts."""

    kind: str
    text: str
    start: int

    @property
    def word(self) -> str:
        """The keyword in capitals; empty for what is no bare word."""
        return self.text.upper() if self.kind == "word" else ""


_make = tuple.__new__
"""Makes a token of a tuple without a call in Python for each."""


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1; a column is one character."""
    line, begin = 1, 0
    for found in _LINE_END.finditer(text, 0, offset):
        line, begin = line + 1, found.end()
    return line, offset - begin + 1


def tokens(text: str) -> Iterator[Token]:
    """Cut the text into tokens, white space and comments among them; together they are the text."""
    for found in _TOKEN.finditer(text):
        yield _make(Token, (found.lastgroup, found.group(), found.start()))


def signs(text: str) -> Iterator[Token]:
    """Cut the text into the tokens that a grammar sees: neither white space nor comments."""
    for found in _SOON.finditer(text):
        kind = found.lastgroup or ""
        if kind not in ("comment", "end"):
            yield _make(Token, ("word" if kind == "plain" else kind, found[kind], found.start(kind)))


def significant(text: str) -> list[Token]:
    """Return the tokens that a grammar sees."""
    return list(signs(text))


def _character(found: re.Match[str]) -> str:
    code = int(found.group(1) or found.group(2), 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else found.group()


def decode(text: str) -> str:
    """Replace the codepoint escapes of SPARQL 1.1 section 19.2 by their characters."""
    return _CODEPOINT.sub(_character, text)


def quoted(text: str, limit: int = 60) -> str:
    """Quote a piece of the query, cut to a length that is safe to echo."""
    line = "".join(char if char.isprintable() else "\ufffd" for char in " ".join(text.split()))
    return f"“{line[:limit]}…”" if len(line) > limit else f"“{line}”"


def engine_form(token: Token) -> str:
    """Return the token as an engine gets it."""
    if token.kind == "comment":
        return " " * len(token.text)
    if token.kind == "iri":
        return token.text.replace("#", "\\u0023").replace("'", "\\u0027")
    return token.text


def for_engine(text: str, found: Sequence[Token] | None = None) -> str:
    """Return the text as an engine gets it; ``found`` are its significant tokens, if they are known."""
    if "#" not in text and "'" not in text:
        return text
    parts, end = [], 0
    for token in found if found is not None else signs(text):
        between, end = text[end : token.start], token.start + len(token.text)
        parts.append(_COMMENT.sub(_blank, between) if "#" in between else between)
        parts.append(engine_form(token))
    between = text[end:]
    parts.append(_COMMENT.sub(_blank, between) if "#" in between else between)
    return "".join(parts)


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])
