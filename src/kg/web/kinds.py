"""Kinds of things, as pages call them, and which of them a page is asked to show (``?kind=``, any number)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kg import vocab
from kg.errors import QueryError

NAMES: Mapping[str, tuple[str, str]] = {
    "initiative": ("initiative", "initiatives"),
    "instrument": ("instrument", "instruments"),
    "plan": ("plan or strategy", "plans and strategies"),
    "act": ("resolution or decision", "resolutions and decisions"),
    "network": ("site network", "site networks"),
    "output": ("output", "outputs"),
    "engagement": ("engagement", "engagements"),
    "organisation": ("organisation", "organisations"),
    "meeting": ("meeting", "meetings"),
    "membership": ("membership", "memberships"),
    "person": ("person", "people"),
    "other": ("other thing", "other things"),
}
"""Name of one and of several, in the order of pages."""

_SAME = {"resolution": "act", "decision": "act"}


@dataclass(frozen=True)
class Choice:
    """A kind that a page could show: how many of it there are, and whether it was asked for."""

    name: str
    label: str
    things: int
    is_chosen: bool


def kind_of(iri: str) -> str:
    """The kind of a thing, by its address."""
    segment = iri.removeprefix(vocab.ID).partition("/")[0] if iri.startswith(vocab.ID) else ""
    kind = _SAME.get(segment, segment)
    return kind if kind in NAMES else "other"


def count_of(kinds: Sequence[str]) -> str:
    """Say how many things there are of these kinds: ``3 initiatives``, ``2 things``."""
    number = len(kinds)
    one, several = NAMES[kinds[0]] if len(set(kinds)) == 1 else ("thing", "things")
    return f"{number} {one if number == 1 else several}"


def count_things(things: Iterable[str]) -> str:
    """Say how many these things are, by the kinds that their addresses tell."""
    return count_of([kind_of(thing) for thing in things])


def chosen(values: Iterable[str]) -> tuple[str, ...]:
    """Read the kinds that are asked for, in order; none: the page decides. QueryError."""
    wanted = {value for value in values if value}
    for value in sorted(wanted - set(NAMES)):
        raise QueryError(f"There is no kind {value[:40]!r}.", remedy=f"Kinds are {', '.join(NAMES)}.")
    return tuple(name for name in NAMES if name in wanted)


def choices(kinds: Iterable[str], shown: Collection[str]) -> tuple[Choice, ...]:
    """What there is to choose from, given the kind of each thing and the kinds that are shown."""
    there = list(kinds)
    return tuple(
        Choice(name, several, there.count(name), name in shown)
        for name, (_, several) in NAMES.items()
        if name in there
    )
