"""Dates as exact as they were stated, and a chart of them: a day is a point, a month or a year is a span."""

import re
from calendar import month_name, monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kg.derived import first_day

Standing = Literal["stated", "since", "other"]
"""Who gives a date: the document itself, a later source alone, or any other."""

# Without the hours of a time zone.
_PLAIN = re.compile(r"[0-9]{4}(-[0-9]{2}(?!:))*")

WIDTH = 1000
_LEFT, _RIGHT = 330, 980
_TOP, _ROW = 40, 24
_LEAST = 5
"""The width of a span that would be too narrow to be seen."""
_LABEL = 44
"""Characters of a label."""
MOST = 300
"""Rows of a chart."""


@dataclass(frozen=True, order=True)
class Moment:
    """A date as stated: its first and its last day, and its text; ``2024-02`` is a month, ``2024`` a year."""

    first: date
    last: date
    text: str

    @property
    def is_day(self) -> bool:
        """Whether it is exact to the day."""
        return self.first == self.last

    @property
    def words(self) -> str:
        """The date as one reads it: ``12 February 2024``."""
        parts = [str(self.first.year), month_name[self.first.month], str(self.first.day)]
        return " ".join(reversed(parts[: 3 if self.is_day else len(self.text.split("-"))]))


def moment(text: str) -> Moment | None:
    """Read an xsd:date, xsd:gYearMonth or xsd:gYear; None for what is none of these."""
    first, plain = first_day(text), _PLAIN.match(text)
    if first is None or plain is None:
        return None
    if len(plain[0]) == 4:
        return Moment(first, first.replace(month=12, day=31), plain[0])
    days = monthrange(first.year, first.month)[1]
    return Moment(first, first.replace(day=days) if len(plain[0]) == 7 else first, plain[0])


# ---- the chart
# -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    """A date in a row: what happened, who says so, and whether a course begins or ends there."""

    moment: Moment
    event: str
    standing: Standing
    role: Literal["from", "to", "force", ""] = ""


@dataclass(frozen=True)
class Lane:
    """A thing with its dates."""

    name: str
    href: str
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Sign:
    """A date as it is drawn: where, how wide (0: a day), in which shape, and what it says."""

    x: float
    width: float
    shape: str
    standing: Standing
    title: str


@dataclass(frozen=True)
class Row:
    """A lane as it is drawn; ``course`` is the line from its beginning to its end."""

    y: int
    label: str
    name: str
    href: str
    course: tuple[float, float] | None
    signs: tuple[Sign, ...]


@dataclass(frozen=True)
class Chart:
    """A picture of lanes over the years; ``line`` marks the day at which the document speaks."""

    width: int
    height: int
    ticks: tuple[tuple[float, int], ...]
    rows: tuple[Row, ...]
    line: float | None


def chart(lanes: Sequence[Lane], line: date | None = None) -> Chart | None:
    """Draw the first ``MOST`` lanes, those that begin first on top; None when there is no date."""
    order: Sequence[Standing] = ("other", "since", "stated")
    lanes = sorted((lane for lane in lanes if lane.points), key=lambda lane: (_begin(lane), lane.name))[:MOST]
    if not lanes:
        return None
    every = [point.moment for lane in lanes for point in lane.points]
    first, last = min(item.first for item in every).year, max(item.last for item in every).year
    step = next((step for step in (1, 2, 5, 10, 20, 50) if (last - first) / step <= 14), 100)
    start, end = first // step * step, (last // step + 1) * step
    scale = (_RIGHT - _LEFT) / (
        date(min(end, 9999), 1, 1).toordinal() - date(max(start, 1), 1, 1).toordinal()
    )

    def at(day: date) -> float:
        return round(_LEFT + (day.toordinal() - date(max(start, 1), 1, 1).toordinal()) * scale, 1)

    rows = []
    for number, lane in enumerate(lanes):
        begins = [at(point.moment.first) for point in lane.points if point.role == "from"]
        ends = [at(point.moment.last) for point in lane.points if point.role == "to"]
        course = (min(begins), max(ends)) if begins and ends and max(ends) > min(begins) else None
        signs = tuple(
            _sign(point, at(point.moment.first), at(point.moment.last))
            for point in sorted(lane.points, key=lambda point: order.index(point.standing))
        )
        label = lane.name if len(lane.name) <= _LABEL else lane.name[: _LABEL - 1].rstrip() + "…"
        rows.append(Row(_TOP + number * _ROW + _ROW // 2, label, lane.name, lane.href, course, signs))
    ticks = tuple((at(date(year, 1, 1)), year) for year in range(max(start, 1), min(end, 9999) + 1, step))
    inside = line is not None and start <= line.year < end
    return Chart(
        WIDTH, _TOP + len(rows) * _ROW + 8, ticks, tuple(rows), at(line) if line and inside else None
    )


def _begin(lane: Lane) -> date:
    return min(point.moment.first for point in lane.points)


def _sign(point: Point, west: float, east: float) -> Sign:
    shape = "span" if not point.moment.is_day else "force" if point.role == "force" else "day"
    width = max(_LEAST, round(east - west, 1)) if shape == "span" else 0
    return Sign(west, width, shape, point.standing, f"{point.event}: {point.moment.words}")
