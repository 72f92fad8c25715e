"""Entries of BibTeX, with what TeX would take for a command escaped."""

import re
from collections.abc import Mapping

_TEX = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


def entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    """Return an entry; empty fields are left out. Outer braces of a value keep its capitals, and stay."""
    name = re.sub(r"[^A-Za-z0-9]+", "-", key).strip("-")
    lines = "".join(f"  {field} = {{{_value(text, field)}}},\n" for field, text in fields.items() if text)
    return f"@{kind}{{{name},\n{lines}}}\n"


def _value(text: str, field: str) -> str:
    if field == "url":
        return text
    if text.startswith("{") and text.endswith("}"):
        return "{" + _tex(text[1:-1]) + "}"
    return _tex(text)


def _tex(text: str) -> str:
    return re.sub(r"[\\~^#$%&_{}]", lambda found: _TEX.get(found[0], "\\" + found[0]), text)
