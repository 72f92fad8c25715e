"""What a row of an answer shows of the solutions that it stands for, read from the words around a pattern.

A row of SELECT stands for all solutions that give its values, a row of groups for all solutions of its group
(SPARQL 1.1 sections 11.2 and 18.2.4): what rows are told apart by is what SELECT, or GROUP BY, names.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.patterns import Unread, closing, spelled
from kg.syntax import Token

_AGGREGATES = {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT"}
_AFTER_GROUPS = ("HAVING", "ORDER", "LIMIT", "OFFSET", "VALUES")


@dataclass(frozen=True)
class Projection:
    """The columns that tell rows apart, by name; none when one row stands for all solutions.

    ``text`` makes them after SELECT. ``plain`` are those that are variables of the pattern.
    """

    names: tuple[str, ...]
    text: str
    plain: tuple[str, ...]
    is_grouped: bool


@dataclass(frozen=True)
class _Item:
    """A variable, or an expression with its name, which is empty where it has none."""

    name: str
    text: str
    is_plain: bool


def read_projection(head: Sequence[Token], modifiers: Sequence[Token], columns: Sequence[str]) -> Projection:
    """Read the words before a pattern (from SELECT on) and after it; ``columns`` are those of the answer.

    Unread when the rows do not show what they are grouped by.
    """
    shown = _selected(head, columns)
    groups = _groups(modifiers)
    is_grouped = groups is not None or any(
        token.word in _AGGREGATES for tokens in (head, modifiers) for token in tokens
    )
    items = shown
    if is_grouped:
        items = groups or []
        plain = {item.name for item in shown if item.is_plain}
        for item in items:
            if item.name not in plain:
                raise Unread(f"Its rows are grouped by {item.text[:60]}, and do not show it.")
    items = list({item.name: item for item in items}.values())
    return Projection(
        tuple(item.name for item in items),
        " ".join(item.text for item in items),
        tuple(item.name for item in items if item.is_plain),
        is_grouped,
    )


def _selected(head: Sequence[Token], columns: Sequence[str]) -> list[_Item]:
    at = 1
    while at < len(head) and head[at].word in ("DISTINCT", "REDUCED"):
        at += 1
    if at < len(head) and head[at].text == "*":
        return [_Item(name, f"?{name}", is_plain=True) for name in columns]
    return list(_items(head[at:], ("FROM",)))


def _groups(modifiers: Sequence[Token]) -> list[_Item] | None:
    for at, token in enumerate(modifiers):
        if token.word == "GROUP":
            return list(_items(modifiers[at + 2 :], _AFTER_GROUPS))
    return None


def _items(tokens: Sequence[Token], ends: Sequence[str]) -> Iterator[_Item]:
    at = 0
    while at < len(tokens) and tokens[at].word not in ends:
        begin = at
        if tokens[at].kind == "var":
            yield _Item(tokens[at].text[1:], f"?{tokens[at].text[1:]}", is_plain=True)
        else:
            while at < len(tokens) and tokens[at].text != "(":
                at += 1  # the name of a function
            if at == len(tokens):
                return
            at = closing(tokens, at)
            named = tokens[at - 2].word == "AS" and tokens[at - 1].kind == "var"
            name = tokens[at - 1].text[1:] if named else ""
            yield _Item(name, spelled(tokens[begin : at + 1]), is_plain=False)
        at += 1
