"""What a syntax error of an engine means: a sentence with the right place and what to do.

Parsers that try keywords letter by letter report places a few characters late, so the text is laid out with
one token a line and parsed once more: the line of the error then is the number of the token.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from kg.errors import QueryError
from kg.syntax import FORMS, Token, engine_form, place, quoted, significant

_CLOSERS = {"{": "}", "(": ")", "[": "]"}
_POSITION = re.compile(r"error at (\d+):(\d+)(?:: expected )?(.*)", re.DOTALL)
_CLASS = re.compile(r"\[(?:'(?:\\.|[^'])*'|[^\[\]'])*\]", re.DOTALL)
_BAD_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\(?![tbnrf\"'\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})")
_PADDING = " " * 40

_KEYWORDS = re.findall(
    r"\w+",
    """
    SELECT DISTINCT REDUCED CONSTRUCT DESCRIBE FROM NAMED WHERE OPTIONAL GRAPH UNION MINUS FILTER BIND VALUES
    UNDEF EXISTS GROUP HAVING ORDER LIMIT OFFSET COUNT SAMPLE GROUP_CONCAT SEPARATOR LANGMATCHES DATATYPE
    BOUND CONCAT STRLEN UCASE LCASE CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER YEAR COALESCE REGEX SUBSTR
    REPLACE
    """,
)
_AGGREGATES = ("COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT")

_TERMS = ("var", "iri", "pname", "string", "number", "lang")
_PRINTED_QUOTES = "“”„‟\u2018\u2019\u201a«»"
_STRAIGHT = 'Texts stand in straight quotes, as "elephant"'

_SENTENCES = {
    "variable that is unbound": (
        "SELECT uses a variable that is neither grouped by nor aggregated",
        "Add it to GROUP BY, or wrap it in an aggregate such as SAMPLE(…)",
    ),
    "SELECT * is not authorized with GROUP BY": (
        "SELECT * cannot stand with GROUP BY",
        "Name the variables and aggregates to return",
    ),
    "The SELECT overrides an existing variable using an expression": (
        "SELECT gives a value to a variable that already has one",
        "Choose another name after AS",
    ),
    "Duplicated variable name in SELECT": (
        "SELECT names the same variable twice",
        "Name each variable once",
    ),
    "The VALUES clause rows": (
        "A row of VALUES has not as many values as there are variables",
        "Write UNDEF where a row has no value",
    ),
    "language tag parsing failed": (
        "The language tag is not well formed",
        "Write it like @en or @pt-BR",
    ),
}


def explain(
    source: str,
    message: str,
    parse_again: Callable[[str], str | None],
    prefixes: Mapping[str, str] | None = None,
) -> QueryError:
    """Translate an engine's syntax error.

    ``message`` is the engine's own, ``parse_again`` gives the message for another text, or None when that
    text parses. The place is the token the parser could not get past, or what that token suffers from.
    ``prefixes`` are those that a query may have forgotten to declare.
    """
    tokens = significant(source)
    laid_out, lines = _one_a_line(tokens)
    again = _POSITION.search(parse_again(laid_out) or "")
    first = _POSITION.search(message)
    if again:
        number, column, expected = int(again.group(1)), int(again.group(2)), again.group(3)
        index = lines[number - 1] if number <= len(lines) else len(tokens)
        # Further right the parser was inside a keyword it tried, and what it lists are the longest keywords.
        listed = _list_expected(expected) if column == 1 else ""
    else:
        index, listed, expected = 0, "", first.group(3) if first else ""
        if first:
            index = _token_at(source, tokens, int(first.group(1)), int(first.group(2)))
    case = _Case(source, tokens, index, expected, listed, prefixes or {})
    index, what, remedy = _judge(case)
    offset = tokens[index].start if index < len(tokens) else len(source.rstrip())
    line, column = place(source, offset)
    return QueryError(
        f"{what} (line {line}, column {column}).",
        remedy=f"{remedy}." if remedy else None,
        line=line,
        column=column,
    )


def _one_a_line(tokens: Sequence[Token]) -> tuple[str, list[int]]:
    """Lay the tokens out one a line; return the text and, for each of its lines, the index of the token."""
    text, lines = [], []
    for index, token in enumerate(tokens):
        form = engine_form(token)
        lines += [index] * form.count("\n")
        follower = tokens[index + 1] if index + 1 < len(tokens) else None
        if follower and follower.start == token.start + len(token.text) and _sticks(token, follower):
            text.append(form)
        else:
            text.append(f"{form}{_PADDING}\n")
            lines.append(index)
    return "".join(text), lines


def _sticks(token: Token, follower: Token) -> bool:
    """Whether two tokens must stay together: a string and its tag, odd characters, what engines insist on."""
    return (
        follower.kind == "lang"
        or "odd" in (token.kind, follower.kind)
        or (token.word in ("BNODE", "COALESCE", "CONCAT") and follower.text == "(")
    )


def _token_at(source: str, tokens: Sequence[Token], line: int, column: int) -> int:
    before = [at for at, token in enumerate(tokens) if place(source, token.start) <= (line, column)]
    return before[-1] if before else 0


@dataclass(frozen=True)
class _Case:
    """A fault: where the parser stopped, what it says it expected, and the part of that to show people."""

    source: str
    tokens: Sequence[Token]
    index: int
    expected: str
    listed: str
    prefixes: Mapping[str, str]


def _judge(case: _Case) -> tuple[int, str, str]:
    """Say which token is to blame, what is wrong and what to do about it."""
    tokens, index, expected = case.tokens, case.index, case.expected
    odd = next((at for at, token in enumerate(tokens) if token.kind in ("odd", "open")), len(tokens))
    if odd <= index + 1 and odd < len(tokens):
        if tokens[odd].kind == "open":
            return odd, "A string begins here and does not end", f"Close it with {tokens[odd].text[0]}"
        is_quote = tokens[odd].text in _PRINTED_QUOTES
        return odd, f"Unexpected {quoted(tokens[odd].text)}", _STRAIGHT if is_quote else ""
    for engine_words, (what, remedy) in _SENTENCES.items():
        if engine_words in expected:
            return _select_at(tokens, index) if "SELECT" in what else index, what, remedy
    token = tokens[index] if index < len(tokens) else None
    if "Prefix not found" in expected and token and token.kind == "pname":
        prefix = token.text.partition(":")[0][:60]
        return index, f"The prefix “{prefix}:” is not declared", _declaration(prefix, case)
    if token and token.kind == "iri" and ":" not in token.text:
        return index, f"{quoted(token.text)} is a relative IRI, and there is no BASE", "Write the IRI in full"
    if "IRI parsing failed" in expected:
        begin = next((at for at in range(index, -1, -1) if tokens[at].text[0] == "<"), index)
        return begin, "An IRI is not well formed", "An IRI in full looks like <https://example.org/thing>"
    at = _unclosed(tokens[:index])
    opened = None if at is None else tokens[at]
    if opened and (token is None or (token.text in _CLOSERS.values() and token.text != _closer(opened))):
        line, column = place(case.source, opened.start)
        what = "The query ends too early" if token is None else f"Unexpected {quoted(token.text)}"
        return index, what, f"Close the “{opened.text}” that opens at line {line}, column {column}"
    if token is None:
        return index, "The query ends too early", case.listed
    if opened is None and token.word in FORMS:
        return index, "A second query begins here", "Send one query in a request"
    if opened is None and token.text in _CLOSERS.values():
        return index, f"Unexpected {quoted(token.text)}", "It closes a bracket that is not open"
    inside = tokens[at or 0 : index]
    return index, f"Unexpected {quoted(token.text)}", _advice(token, inside) or case.listed


def _declaration(prefix: str, case: _Case) -> str:
    """Say how to declare a prefix, or which one was meant: of those that are declared, or known."""
    declared = [
        item.text.removesuffix(":")
        for before, item in zip(case.tokens, case.tokens[1:], strict=False)
        if before.word == "PREFIX"
    ]
    near = get_close_matches(prefix, [*declared, *case.prefixes], n=1, cutoff=0.75)
    if near and prefix not in case.prefixes:
        return f"Perhaps {near[0]}: is meant"
    return f"Add PREFIX {prefix}: <{case.prefixes.get(prefix, '…')}> at the top"


def _advice(token: Token, inside: Sequence[Token]) -> str:
    """Guess what was meant by a token, from what stands before it in its brackets."""
    in_select = any(item.word == "SELECT" for item in inside) and not any(item.text == "{" for item in inside)
    if in_select and token.word in _AGGREGATES:
        return f"Write ({token.word}(…) AS ?name)"
    if in_select and token.text == ",":
        return "The variables of SELECT stand side by side, without commas"
    if token.kind == "string" and _BAD_ESCAPE.search(token.text):
        return "The string has a backslash that escapes nothing; write it twice"
    if token.kind == "bnode":
        return "The label of a blank node can be used in one group only"
    if token.word and token.word not in _KEYWORDS:
        near = get_close_matches(token.word, _KEYWORDS, n=1, cutoff=0.75)
        return f"Perhaps {near[0]} is meant" if near else "Names are written ?variable or prefix:name"
    before = inside[-1] if inside else None
    if before and before.word in ("ORDER", "GROUP"):
        return f"Write {before.word} BY"
    if before and before.word == "FILTER":
        return "The condition of FILTER stands in brackets"
    if before and before.text == token.text == "=":
        return "What is equal is told by one ="
    if before and inside[0].text == "{" and token.kind in _TERMS[:4] and before.kind in _TERMS:
        return "Perhaps a . is missing before it, or a ; if it goes on with the same subject"
    if token.text == "}" and any(item.word == "BIND" for item in inside):
        return "If the group looks complete: BIND cannot set a variable that is already in use before it"
    if token.text == "}" and inside and inside[-1].kind in ("var", "iri", "pname"):
        return "A triple pattern has three parts: subject, predicate, object"
    return ""


def _select_at(tokens: Sequence[Token], index: int) -> int:
    """The SELECT that a fault found at its end speaks of."""
    selects = [at for at, token in enumerate(tokens[:index]) if token.word == "SELECT"]
    if not selects:
        return index
    return selects[0] if index == len(tokens) else selects[-1]


def _closer(opened: Token) -> str | None:
    return _CLOSERS.get(opened.text[0])


def _unclosed(tokens: Sequence[Token]) -> int | None:
    """The index of the innermost bracket that is still open after these tokens."""
    stack: list[int] = []
    for at, token in enumerate(tokens):
        if token.kind != "punct":
            continue
        if token.text[0] in _CLOSERS or token.text == "<<(":
            stack.append(at)
        elif token.text[-1] in _CLOSERS.values() and stack:
            stack.pop()
    return stack[-1] if stack else None


def _list_expected(expected: str) -> str:
    """Name up to ten things the parser would have taken; its character classes mean nothing to people."""
    pieces = _CLASS.sub("", expected.removeprefix("one of "))
    names = re.findall(r'"(?:\\.|[^"])*"|[A-Za-z_0-9]{2,}', pieces)
    shown = [f"“{name[1:-1]}”" if name.startswith('"') else name for name in names if name != "unreported"]
    return f"Possible here: {', '.join(shown)}" if 0 < len(shown) <= 10 else ""
