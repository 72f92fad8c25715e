"""The form of Turtle files: canonical, and with the licence on the first line."""

from collections.abc import Iterable, Iterator, Mapping

from kg import vocab
from kg.errors import ContentError
from kg.layout import ContentFile
from kg.turtle import format_turtle
from kg.validate.report import Finding, from_error


def check_form(files: Iterable[ContentFile], prefixes: Mapping[str, str]) -> Iterator[Finding]:
    """Yield a finding for every file that parses but is not written as ``kg fmt`` would write it."""
    for file in files:
        text = file.read()
        if not text.startswith(vocab.LICENCE_LINE):
            yield Finding(
                file=file.name,
                line=1,
                rule="licence",
                message="The file does not begin with its licence.",
                remedy=f"Make '{vocab.LICENCE_LINE}' its first line.",
            )
        try:
            anonymous = file.graph == vocab.SHAPES
            wanted = format_turtle(text, prefixes, source=file.name, allow_anonymous=anonymous)
        except ContentError as error:
            yield from_error(error, "canonical form")
            continue
        # Compared as bytes: a byte-order mark is lost in the text.
        if wanted.encode() != file.path.read_bytes():
            yield Finding(
                file=file.name,
                line=_first_difference(text, wanted),
                rule="canonical form",
                message="The file is not in canonical form from this line on.",
                remedy=f"Run 'kg fmt {file.name}'.",
            )


def _first_difference(text: str, wanted: str) -> int:
    pairs = zip(text.split("\n"), wanted.split("\n"), strict=False)
    same = next((number for number, (left, right) in enumerate(pairs) if left != right), None)
    return (min(text.count("\n"), wanted.count("\n")) if same is None else same) + 1
