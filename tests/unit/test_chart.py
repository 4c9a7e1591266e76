"""The chart of days: where its bars and lines stand."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest

from photoai.blueprints.pages.chart import HEIGHT, chart_of, step_for
from photoai.services.statistics import Bucket, Tally


def days(*tallies: Tally) -> list[Bucket]:
    first = date(2024, 4, 1)
    moments = [first + timedelta(days=index) for index in range(len(tallies))]
    return [Bucket(day, day, tally) for day, tally in zip(moments, tallies, strict=True)]


def test_errors_stand_on_what_was_processed_up_to_the_requests() -> None:
    (bar,) = chart_of(days(Tally(requests=8, errors=2))).bars
    assert bar.good_height == 3 * bar.bad_height
    assert bar.good_y + bar.good_height == HEIGHT
    assert bar.bad_y + bar.bad_height == pytest.approx(bar.good_y)
    assert bar.bad_y == 0, "eight requests are as high as the chart"


def test_bars_stand_beside_each_other_within_the_width() -> None:
    bars = chart_of(days(*[Tally(requests=1)] * 30)).bars
    assert bars[0].left > 0
    assert bars[-1].left + bars[-1].width < 100
    assert all(a.left + a.width < b.left for a, b in pairwise(bars))


@pytest.mark.parametrize("count", [1, 7, 14, 30, 90])
def test_at_most_seven_days_are_named_today_always(count: int) -> None:
    bars = chart_of(days(*[Tally()] * count)).bars
    assert 1 <= sum(bar.has_label for bar in bars) <= 7
    assert bars[-1].has_label


@pytest.mark.parametrize(
    ("most", "step"),
    [(0, 1), (1, 1), (4, 1), (5, 2), (9, 5), (80, 20), (81, 50), (1_000_000, 500_000)],
)
def test_lines_stand_at_round_numbers(most: int, step: int) -> None:
    assert step_for(most) == step
    lines = chart_of(days(Tally(requests=most))).lines
    assert lines[0].requests == 0
    assert lines[-1].requests >= most
    assert 2 <= len(lines) <= 5


def test_days_without_requests_keep_their_places() -> None:
    chart = chart_of(days(Tally(), Tally()))
    assert [bar.good_height + bar.bad_height for bar in chart.bars] == [0, 0]
    assert [line.requests for line in chart.lines] == [0, 1]
