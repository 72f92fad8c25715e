"""The text of a query as tokens, with their places.

This is a lexer (the terminals of SPARQL 1.1 section 19.8), not a grammar; engines parse. ``engine_form`` is
what they get of a token: comments are blanked, and ``#`` and ``'`` inside IRIs are written as ``\\u``
escapes (section 19.2), so that no engine can take for code what was a comment, an IRI or a string here.
Lines stay lines.
"""

import re
from collections.abc import Iterator
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
_TOKEN = re.compile(
    rf"""
      (?P<space>[\x20\t\r\n]+)
    | (?P<comment>\#[^\r\n]*)
    | (?P<string>'''(?:'{{0,2}}(?:[^'\\]|\\.))*'''|\"\"\"(?:\"{{0,2}}(?:[^\"\\]|\\.))*\"\"\"
        |'(?:[^'\\\r\n]|\\.)*'|"(?:[^"\\\r\n]|\\.)*")
    | (?P<open>["'](?:[^\\\r\n]|\\.)*)
    | (?P<iri>{_IRI})
    | (?P<var>[?$][{_BASE}_0-9][{_NAME}]*)
    | (?P<bnode>_:[{_BASE}_0-9](?:[{_INNER}.]*[{_INNER}])?)
    | (?P<pname>(?:[{_BASE}](?:[{_INNER}.]{{0,200}}[{_INNER}])?)?:
        (?:(?:[{_BASE}_0-9:]|{_ESCAPED})(?:(?:[{_INNER}.:]|{_ESCAPED})*(?:[{_INNER}:]|{_ESCAPED}))?)?)
    | (?P<lang>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
    | (?P<number>[+-]?(?:[0-9]+\.[0-9]*[eE][+-]?[0-9]+|\.?[0-9]+[eE][+-]?[0-9]+|[0-9]*\.[0-9]+|[0-9]+))
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<punct><(?={_IRI})|<<\(|\)>>|<<|>>|\{{\||\|\}}|\^\^|&&|\|\||!=|<=|>=|[{{}}()\[\].;,*/+\-!=<>^|?~])
    | (?P<odd>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
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


def place(text: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset, both from 1; a column is one character."""
    line, begin = 1, 0
    for found in _LINE_END.finditer(text, 0, offset):
        line, begin = line + 1, found.end()
    return line, offset - begin + 1


def tokens(text: str) -> Iterator[Token]:
    """Cut the text into tokens, white space and comments among them; together they are the text."""
    for found in _TOKEN.finditer(text):
        yield Token(found.lastgroup or "odd", found.group(), found.start())


def significant(text: str) -> list[Token]:
    """Return the tokens that a grammar sees."""
    return [token for token in tokens(text) if token.kind not in ("space", "comment")]


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


def for_engine(text: str) -> str:
    """Return the text as an engine gets it."""
    if "#" not in text and "'" not in text:
        return text
    return "".join(engine_form(token) for token in tokens(text))
