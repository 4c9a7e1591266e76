"""The grid keeps the shape of what is shown."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from photoai.services.ascii import CELL_RATIO, Grid

SIDES = st.integers(1, 8192)
COLUMNS = st.integers(10, 240)
RATIOS = st.fractions(Fraction(1, 3), 3, max_denominator=100)


@given(SIDES, SIDES, COLUMNS, RATIOS)
def test_rows_are_within_a_cell_of_the_exact_number(
    width: int, height: int, columns: int, sar: Fraction
) -> None:
    grid = Grid.of(width, height, columns, sar)
    exact = columns * height / (max(1, round(width * sar)) * CELL_RATIO)
    assert grid.columns == columns
    assert grid.rows >= 1
    assert abs(grid.rows - exact) < 1


@given(SIDES, SIDES, COLUMNS)
def test_pictures_have_the_size_of_what_is_shown_made_even(
    width: int, height: int, columns: int
) -> None:
    grid = Grid.of(width, height, columns)
    assert (grid.out_width, grid.out_height) == tuple(max(2, side & ~1) for side in (width, height))


def test_a_usual_one() -> None:
    assert Grid.of(1280, 720, 120) == Grid(120, 34, 1280, 720)


def test_pixels_that_are_not_square_count_as_they_are_shown() -> None:
    assert Grid.of(720, 576, 100, Fraction(16, 15)) == Grid.of(768, 576, 100)
