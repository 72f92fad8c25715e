"""A picture of a network as shapes, lines and names, for a template to write as SVG.

What stands for a kind is a shape and a colour; the widths of lines tell how many sources say so. All looks
are attributes, so that the file is the same picture without a style sheet.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from math import cos, pi, sin, sqrt

from kg.arrangement import Arrangement, Side, named, sides
from kg.ties import Tie, Ties

_NARROW = frozenset("Ifijlrt .,-'")
_LONG = 30
_FEW = 40
"""Chosen things that are named even where that is over other things."""


@dataclass(frozen=True)
class Mark:
    """How a kind looks: the outline of its shape around the origin, 1 high and wide, and its colour."""

    corners: tuple[tuple[float, float], ...]
    colour: str

    def path(self, size: float) -> str:
        """The shape as path data; without corners it is a disc."""
        if not self.corners:
            half = f"a{size:.1f} {size:.1f} 0 1 0"
            return f"M{-size:.1f} 0{half} {2 * size:.1f} 0{half} {-2 * size:.1f} 0Z"
        return "M" + "L".join(f"{x * size:.1f} {y * size:.1f}" for x, y in self.corners) + "Z"


def _polygon(corners: int, turn: float = 0.0, inner: float = 0.0) -> tuple[tuple[float, float], ...]:
    """A regular polygon with a corner on top, or a star with ``inner`` as the radius between its points."""
    count = corners * 2 if inner else corners
    radii = [inner * 1.25 if inner and number % 2 else 1.15 for number in range(count)]
    angles = [2 * pi * number / count - pi / 2 + turn for number in range(count)]
    return tuple(
        (radius * cos(angle), radius * sin(angle)) for radius, angle in zip(radii, angles, strict=True)
    )


# Colours that can be told apart with most kinds of colour vision (after Okabe and Ito).
_GREEN, _BLUE, _ORANGE, _SKY = "#009e73", "#0072b2", "#e69f00", "#56b4e9"
_PINK, _RED, _YELLOW, _GREY = "#cc79a7", "#d55e00", "#f0e442", "#999999"
_MARKS = {
    "Initiative": Mark((), _GREEN),
    "Instrument": Mark(_polygon(4, pi / 4), _BLUE),
    "Organization": Mark(_polygon(3), _ORANGE),
    "Resolution": Mark(_polygon(4), _PINK),
    "Decision": Mark(_polygon(4), _RED),
    "Provision": Mark(_polygon(3, pi), _PINK),
    "Target": Mark(_polygon(5, inner=0.45), _YELLOW),
    "Output": Mark(_polygon(6), _SKY),
    "Meeting": Mark(_polygon(5), _RED),
    "Engagement": Mark(_polygon(4, inner=0.35), _GREEN),
    "SiteNetwork": Mark(_polygon(6, pi / 6), _GREEN),
    "Place": Mark(_polygon(3, pi), _SKY),
    "Taxon": Mark(_polygon(5), _GREEN),
    "Document": Mark(_polygon(4, pi / 4), _GREY),
    "Person": Mark((), _ORANGE),
    "Membership": Mark(_polygon(4, inner=0.35), _ORANGE),
}
_OTHER = Mark((), _GREY)


def mark(kind: str) -> Mark:
    """How things of a class are shown."""
    return _MARKS.get(kind.rpartition("#")[2].rpartition("/")[2], _OTHER)


@dataclass(frozen=True)
class Node:
    """A thing: where it is, its shape, its name (shortened where it is shown), and what it leads to."""

    iri: str
    x: float
    y: float
    size: float
    path: str
    colour: str
    name: str
    shown: str
    is_named: bool
    side: Side
    told: str
    href: str
    is_chosen: bool


@dataclass(frozen=True)
class Line:
    """What ties two things, by their numbers among the nodes; ``told`` says it in words."""

    start: int
    end: int
    points: tuple[float, float, float, float]
    width: float
    told: str


@dataclass(frozen=True)
class Picture:
    """All of it, with the kinds that occur, as name, shape, colour and place in the legend."""

    width: float
    height: float
    nodes: tuple[Node, ...]
    lines: tuple[Line, ...]
    legend: tuple[tuple[str, str, str, float, float], ...]
    title: str


def draw(
    ties: Ties,
    shown: Collection[Tie],
    arrangement: Arrangement,
    chosen: Collection[str],
    *,
    title: str,
    name: Callable[[str], str],
    href: Callable[[str], str],
) -> Picture:
    """Draw the things that have a place, and these ties between them; ``chosen`` are shown larger.

    One or two that are chosen have their whole names, whatever room there is.
    """
    places = arrangement.places
    order = sorted(places, key=lambda one: (one not in chosen, -ties.degree(one), one))
    names = {one: name(one) for one in order}
    whole = chosen if len(chosen) <= 2 else ()
    short = {one: text if one in whole else shortened(text) for one, text in names.items()}
    sizes = {one: 11.0 if one in chosen else 5.0 + min(4.0, sqrt(ties.degree(one)) * 0.7) for one in order}
    readable = named(arrangement, short, sizes, order, chosen if len(chosen) <= _FEW else ())
    nodes = tuple(
        Node(
            one,
            *places[one],
            sizes[one],
            mark(ties.kinds[one]).path(sizes[one]),
            mark(ties.kinds[one]).colour,
            names[one],
            short[one],
            one in readable or one in whole,
            readable.get(one, sides(sizes[one])[0]),
            f"{names[one]}, {name(ties.kinds[one])}, tied to {ties.degree(one)}",
            href(one),
            one in chosen,
        )
        for one in order
    )
    legend, bottom = _legend({ties.kinds[one] for one in order}, name, arrangement)
    lines = tuple(_lines(shown, {one: number for number, one in enumerate(order)}, places, names, name))
    return Picture(arrangement.width, bottom, nodes, lines, legend, title)


def shortened(text: str) -> str:
    """A long name without its middle: its end tells it from others. Whole words where that can be."""
    if len(text) <= _LONG:
        return text
    head, tail = text[: _LONG - 12].rpartition(" ")[0], text[-11:].partition(" ")[2]
    return f"{head.rstrip(' ,:;(')} … {tail}" if head and tail else f"{text[: _LONG - 1].rstrip()}…"


def _lines(
    shown: Collection[Tie],
    numbers: Mapping[str, int],
    places: Mapping[str, tuple[float, float]],
    names: Mapping[str, str],
    name: Callable[[str], str],
) -> list[Line]:
    pairs: dict[tuple[str, str], list[Tie]] = {}
    for tie in shown:
        pairs.setdefault((min(tie.start, tie.end), max(tie.start, tie.end)), []).append(tie)
    found = []
    for (one, other), ties in pairs.items():
        sources = len({source for tie in ties for source in tie.sources})
        told = "; ".join(f"{names[tie.start]} → {name(tie.relation)} → {names[tie.end]}" for tie in ties)
        width = min(1.0 + 0.8 * max(0, sources - 1), 5.0)
        found.append(Line(numbers[one], numbers[other], (*places[one], *places[other]), width, told))
    return found


def _legend(
    kinds: Collection[str], name: Callable[[str], str], arrangement: Arrangement
) -> tuple[tuple[tuple[str, str, str, float, float], ...], float]:
    """The legend below the picture, in rows, and where it ends."""
    found, x, y = [], 16.0, arrangement.height + 14
    for kind in sorted(kinds, key=lambda kind: (name(kind).casefold(), kind)):
        text = name(kind)
        wide = 40 + sum(4.5 if letter in _NARROW else 8.5 for letter in text)
        if x + wide > arrangement.width:
            x, y = 16.0, y + 24
        found.append((text, mark(kind).path(6.0), mark(kind).colour, x, y))
        x += wide
    return tuple(found), y + 20
