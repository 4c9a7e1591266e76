"""The grid keeps the shape of what is shown."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from photoai.services.ascii import CELL_RATIO, Grid
from photoai.services.ascii.grid import MOST_ROWS

SIDES = st.integers(1, 8192)
COLUMNS = st.integers(10, 240)
RATIOS = st.fractions(Fraction(1, 3), 3, max_denominator=100)


@given(SIDES, SIDES, COLUMNS, RATIOS)
def test_rows_are_within_a_cell_of_the_exact_number(
    width: int, height: int, columns: int, sar: Fraction
) -> None:
    grid = Grid.of(width, height, columns, sar)
    exact = columns * height / (max(1, round(width * sar)) * CELL_RATIO)
    if exact <= MOST_ROWS:
        assert grid.columns == columns
        assert abs(grid.rows - exact) < 1
    assert 1 <= grid.rows <= MOST_ROWS
    assert 1 <= grid.columns <= columns


@given(SIDES, SIDES, COLUMNS)
def test_pictures_have_the_size_of_what_is_shown_made_even(
    width: int, height: int, columns: int
) -> None:
    grid = Grid.of(width, height, columns)
    assert (grid.out_width, grid.out_height) == tuple(max(2, side & ~1) for side in (width, height))


def test_what_is_very_high_has_fewer_columns() -> None:
    assert Grid.of(100, 8000, 240) == Grid(25, 1000, 100, 8000)


def test_a_usual_one() -> None:
    assert Grid.of(1280, 720, 120) == Grid(120, 34, 1280, 720)


def test_pixels_that_are_not_square_count_as_they_are_shown() -> None:
    assert Grid.of(720, 576, 100, Fraction(16, 15)) == Grid.of(768, 576, 100)
