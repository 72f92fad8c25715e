"""Dates as exact as they are, and the chart of them."""

from __future__ import annotations

from datetime import date

import pytest

from kg.web.moments import MOST, Lane, Point, chart, moment


def point(text: str, role: str = "", standing: str = "other") -> Point:
    found = moment(text)
    assert found is not None
    return Point(found, "adopted", standing, role)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "first", "last", "words"),
    [
        ("2024", "2024-01-01", "2024-12-31", "2024"),
        ("2024-02", "2024-02-01", "2024-02-29", "February 2024"),
        ("2023-02", "2023-02-01", "2023-02-28", "February 2023"),
        ("2024-02-12", "2024-02-12", "2024-02-12", "12 February 2024"),
        ("2024-02-12Z", "2024-02-12", "2024-02-12", "12 February 2024"),
        ("2024-02+05:30", "2024-02-01", "2024-02-29", "February 2024"),
        ("2024-05:00", "2024-01-01", "2024-12-31", "2024"),
    ],
)
def test_a_date_spans_what_it_leaves_open(text: str, first: str, last: str, words: str) -> None:
    found = moment(text)
    assert found is not None
    assert (found.first.isoformat(), found.last.isoformat(), found.words) == (first, last, words)
    assert found.is_day == (first == last)


@pytest.mark.parametrize("text", ["", "soon", "2024-13", "2024-02-30", "-0044", "0000", "12024", "2024-2"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert moment(text) is None


def test_days_are_points_and_the_rest_spans() -> None:
    lane = Lane("BBNJ", "/x", (point("2020-01-01"), point("2021", "force"), point("2022-01-01", "force")))
    found = chart([lane])
    assert found is not None
    day, year, force = found.rows[0].signs
    assert [(sign.shape, sign.width > 0) for sign in (day, year, force)] == [
        ("day", False),
        ("span", True),
        ("force", False),
    ]
    assert year.x + year.width == pytest.approx(force.x, abs=2)
    assert day.title == "adopted: 1 January 2020"
    assert [year for _, year in found.ticks] == [2020, 2021, 2022, 2023]


def test_a_course_runs_from_the_earliest_start_to_the_latest_end() -> None:
    points = (point("2020-03", "from"), point("2020-01-01", "from"), point("2022", "to"))
    found = chart([Lane("a", "/a", points)])
    assert found is not None
    course = found.rows[0].course
    assert course is not None
    assert course[0] == found.rows[0].signs[1].x
    for alone in (points[:2], points[2:]):
        half = chart([Lane("a", "/a", alone)])
        assert half is not None and half.rows[0].course is None


def test_what_is_stated_lies_on_top_and_the_earliest_lane_is_the_first() -> None:
    late = Lane("late", "/l", (point("2020", standing="stated"), point("2020", standing="since")))
    found = chart(
        [late, Lane("x" * 60, "/x", (point("1971-02-02"),)), Lane("empty", "/e", ())], date(2024, 2, 29)
    )
    assert found is not None
    assert [row.href for row in found.rows] == ["/x", "/l"]
    assert [sign.standing for sign in found.rows[1].signs] == ["since", "stated"]
    assert found.rows[0].label == "x" * 43 + "…" and found.rows[0].name == "x" * 60
    assert found.line is not None and found.line > found.rows[1].signs[0].x
    earlier = chart([Lane("a", "/a", (point("2010"),))], date(2024, 2, 29))
    assert earlier is not None and earlier.line is None, "it lies beyond the last year"


def test_the_ends_of_the_calendar_and_of_the_chart() -> None:
    assert chart([]) is None
    found = chart([Lane(str(n), "/", (point("0001"), point("9999"))) for n in range(MOST + 5)])
    assert found is not None
    assert len(found.rows) == MOST
    assert len(found.ticks) < 120
