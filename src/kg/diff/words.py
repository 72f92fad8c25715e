"""A difference in words: as text, as Markdown, and as JSON with the words and all that they leave out."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby

from kg.diff.compare import NAMING, Change, Cited, Difference, Tally
from kg.diff.states import State
from kg.diff.view import Source, Thing, Value

LINES, NAMES, LETTERS = 25, 12, 120
"""Lines of a section, names in a line, and letters of a value, before the rest is only counted."""

_UNUSUAL = {"taxon": "taxa", "person": "people"}
_MARKS = re.compile(r"([\\`*_\[\]<>#|])")


@dataclass(frozen=True)
class Section:
    """A heading and its lines; ``more`` lines are left out."""

    heading: str
    lines: tuple[str, ...]
    more: int = 0


def sections(difference: Difference, whole: bool = False) -> tuple[Section, ...]:
    """Return the words, section by section; ``whole`` leaves nothing out."""
    teller = _Teller(whole)
    found = [
        (heading, list(lines))
        for heading, lines in (
            ("Added", teller.things(difference.added)),
            ("Removed", teller.things(difference.removed)),
            ("Retired", teller.retired(difference)),
            ("Renamed", teller.renamed(difference)),
            ("What holds now", teller.current(difference.current)),
            ("What is stated", teller.changes(item for item in difference.values if not _is_name(item))),
            ("Who says so", teller.cited(difference.cited)),
            ("Names", teller.changes(item for item in difference.values if _is_name(item))),
            ("Sources", teller.sources(difference)),
            ("Mappings and judgements", teller.records(difference)),
        )
    ]
    return tuple(
        Section(heading, tuple(lines), 0)
        if whole or len(lines) <= LINES
        else Section(heading, tuple(lines[:LINES]), len(lines) - LINES)
        for heading, lines in found
        if lines
    )


def summary(difference: Difference) -> str:
    """Say in a sentence how much differs."""
    plus, minus = difference.statements
    names = f"{difference.before.name} and {difference.after.name}"
    if difference.equal:
        return f"{names} are equal."
    return (
        f"From {difference.before.name} to {difference.after.name}: "
        f"{_count(plus, 'statement')} added, {minus:,} removed."
    )


def notes(difference: Difference) -> list[str]:
    """Say what was not compared, and what is counted only."""
    found = []
    if difference.merged:
        found.append("One of the two holds no graphs, so who says what could not be compared.")
    if difference.machinery:
        parts = ", ".join(f"{name} +{a:,} −{r:,}" for name, (a, r) in difference.machinery.items())  # noqa: RUF001
        found.append(f"Statements that the build makes, not told above: {parts}.")
    return found


def to_text(difference: Difference, whole: bool = False) -> str:
    """Tell a difference to a person at a terminal."""
    lines = [summary(difference)]
    for section in sections(difference, whole):
        lines += ["", section.heading, *(f"  {line}" for line in section.lines)]
        if section.more:
            lines.append(f"  and {section.more:,} more (--all tells them)")
    if told := notes(difference):
        lines += ["", *told]
    return "\n".join(lines) + "\n"


def to_markdown(difference: Difference, title: str) -> str:
    """Write a change note in Markdown."""
    lines = [f"# {_mark(title)}", "", _mark(summary(difference))]
    for section in sections(difference):
        lines += ["", f"## {section.heading}", "", *(f"- {_mark(line)}" for line in section.lines)]
        if section.more:
            lines.append(f"- and {section.more:,} more: changes.json holds them all")
    for note in notes(difference):
        lines += ["", _mark(note)]
    return "\n".join(lines) + "\n"


def to_json(difference: Difference) -> str:
    """Write all of a difference for programs, in the order of the words.

    ``before`` and ``after`` name the states; ``statements`` and ``machinery`` are numbers; ``things``,
    ``retired``, ``renamed``, ``current``, ``values``, ``cited`` and ``sources`` hold every item with IRIs and
    labels; ``mappings`` are numbers by set; ``words`` are the bounded lines under their headings.
    """
    plus, minus = difference.statements
    document = {
        "before": _state(difference.before),
        "after": _state(difference.after),
        "equal": difference.equal,
        "citations_compared": not difference.merged,
        "summary": summary(difference),
        "statements": {"added": plus, "removed": minus},
        "machinery": {name: {"added": a, "removed": r} for name, (a, r) in difference.machinery.items()},
        "things": {
            name: {"by_class": _by_class(things), "all": [asdict(thing) for thing in things]}
            for name, things in (("added", difference.added), ("removed", difference.removed))
        },
        "retired": [asdict(item) for item in difference.retired],
        "renamed": [asdict(item) for item in difference.renamed],
        "current": [asdict(item) for item in difference.current],
        "values": [asdict(item) for item in difference.values],
        "cited": [asdict(item) for item in difference.cited],
        "sources": {
            "added": [asdict(item) for item in difference.sources_added],
            "removed": [asdict(item) for item in difference.sources_removed],
        },
        "mappings": asdict(difference.mappings),
        "judgements": {name: sum(part.values()) for name, part in asdict(difference.judgements).items()},
        "words": [asdict(section) for section in sections(difference)],
        "notes": notes(difference),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


class _Teller:
    """Makes the lines, whole or bounded."""

    def __init__(self, whole: bool) -> None:
        self._whole = whole

    def things(self, things: Sequence[Thing]) -> Iterator[str]:
        for label, group in groupby(things, key=lambda thing: thing.kind_label):
            names = [thing.label for thing in group]
            yield f"{_count(len(names), _kind(label))}: {self._names(names, '; ')}"

    def retired(self, difference: Difference) -> Iterator[str]:
        for item in difference.retired:
            instead = " and ".join(value.label for value in item.replaced_by)
            yield f"{_named(item.thing)}" + (f", replaced by {instead}" if instead else "")

    def renamed(self, difference: Difference) -> Iterator[str]:
        for item in difference.renamed:
            whose = f" [{item.language}] ({item.thing.label})" if item.language not in ("", "en") else ""
            yield f"{_kind(item.thing.kind_label)} “{item.before}” is now “{item.after}”{whose}"

    def current(self, changes: Iterable[Change]) -> Iterator[str]:
        for item in changes:
            head, because = f"{item.thing.label}: {item.property.label}", _because(item.sources)
            if item.before == item.after:
                yield f"{head} is still {self._values(item.after)}{because}"
            elif not item.before:
                yield f"{head} is {self._values(item.after)}{because}"
            elif not item.after:
                yield f"{head} is not known any more, was {self._values(item.before)}{_said(item.sources)}"
            else:
                was, now = self._values(item.before), self._values(item.after)
                yield f"{head} changed from {was} to {now}{because}"

    def changes(self, changes: Iterable[Change]) -> Iterator[str]:
        for item in changes:
            what, others = item.property.label, _others(item)
            if not item.before:
                yield f"{item.thing.label}: now {what} {self._values(item.after)}{_because(others)}"
            elif not item.after:
                yield f"{item.thing.label}: no longer {what} {self._values(item.before)}{_said(others)}"
            else:
                was, now = self._values(item.before), self._values(item.after)
                yield f"{item.thing.label}: {what} changed from {was} to {now}{_because(others)}"

    def cited(self, cited: Iterable[Cited]) -> Iterator[str]:
        for item in cited:
            parts = []
            if item.added:
                parts.append(f"now also {self._names([_titled(source) for source in item.added], ', ')}")
            if item.removed:
                parts.append(f"no longer {self._names([_titled(source) for source in item.removed], ', ')}")
            yield (
                f"{item.thing.label}: {item.property.label} {self._values([item.value])} — {'; '.join(parts)}"
            )

    def sources(self, difference: Difference) -> Iterator[str]:
        for what, sources in (("added", difference.sources_added), ("removed", difference.sources_removed)):
            for source in sources:
                yield f"{what}: {source.label}" + (f" (as of {source.as_of})" if source.as_of else "")

    def records(self, difference: Difference) -> Iterator[str]:
        for what, tally in (("mapping", difference.mappings), ("judgement", difference.judgements)):
            if told := _tallied(tally):
                yield f"{what}s: {told}"

    def _names(self, names: Sequence[str], separator: str) -> str:
        if self._whole or len(names) <= NAMES:
            return separator.join(names)
        return separator.join([*names[:NAMES], f"and {len(names) - NAMES:,} more"])

    def _values(self, values: Sequence[Value]) -> str:
        return self._names([self._value(value) for value in values], ", ")

    def _value(self, value: Value) -> str:
        text = " ".join(value.label.split())
        if not self._whole and len(text) > LETTERS:
            text = text[: LETTERS - 1].rstrip() + "…"
        if value.language:
            return f"“{text}”" if value.language == "en" else f"“{text}” [{value.language}]"
        return text


def _is_name(change: Change) -> bool:
    return change.property.value in NAMING


def _others(change: Change) -> list[Source]:
    """The sources of a change, but not the thing itself: what a passage says of itself needs no reason."""
    return [source for source in change.sources if source.iri != change.thing.iri]


def _because(sources: Sequence[Source]) -> str:
    """Who makes the new statement: sources are reasons, graphs of the editors only places."""
    others = [source for source in sources if not source.own]
    if others:
        verb = "says so" if len(others) == 1 else "say so"
        return f", because {' and '.join(_titled(source) for source in others)} {verb}"
    return f" ({', '.join(source.label for source in sources)})" if sources else ""


def _said(sources: Sequence[Source]) -> str:
    if not sources:
        return ""
    if all(source.own for source in sources):
        return f" ({', '.join(source.label for source in sources)})"
    return f", as {' and '.join(_titled(source) for source in sources)} said"


def _titled(source: Source) -> str:
    if source.own:
        return source.label
    return f"“{source.label}”" + (f" (as of {source.as_of})" if source.as_of else "")


def _named(thing: Thing) -> str:
    return f"{thing.label} ({_kind(thing.kind_label)})"


def _tallied(tally: Tally) -> str:
    parts = []
    for what, counts in (("added", tally.added), ("removed", tally.removed), ("changed", tally.changed)):
        if counts:
            groups = ", ".join(f"{name} {number:,}" for name, number in counts.items() if name)
            parts.append(f"{sum(counts.values()):,} {what}" + (f" ({groups})" if groups else ""))
    return ", ".join(parts)


def _by_class(things: Iterable[Thing]) -> dict[str, int]:
    return dict(sorted(Counter(thing.kind_label or "thing" for thing in things).items()))


def _state(state: State) -> Mapping[str, object]:
    return {"name": state.name, "digest": state.digest, "statements": len(state.quads)}


def _kind(label: str) -> str:
    """The name of a class inside a sentence; abbreviations keep their capitals."""
    if not label:
        return "thing without a class"
    return label[0].lower() + label[1:] if label[1:2].islower() else label


def _count(number: int, what: str) -> str:
    """A number with its noun, whose first word that is followed by a preposition takes the plural."""
    if number == 1:
        return f"1 {what}"
    found = re.match(r"(.*?)( of | without .*| for .*|$)", what)
    head, tail = (found[1], what[found.end(1) :]) if found else (what, "")
    *before, noun = head.split(" ")
    return f"{number:,} {' '.join([*before, _plural(noun)])}{tail}"


def _plural(noun: str) -> str:
    if noun in _UNUSUAL:
        return _UNUSUAL[noun]
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def _mark(text: str) -> str:
    return _MARKS.sub(r"\\\1", text)
