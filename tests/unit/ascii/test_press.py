"""Pictures of cells."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photoai.services.ascii import STYLES, Cells, Grid, Look, Press
from photoai.services.ascii.atlas import CellStrips, WordStrips, strips_of
from photoai.services.ascii.font import coverage

from .portrait import drawn

pytestmark = pytest.mark.slow

BT709 = np.array(
    ((0.2126, 0.7152, 0.0722), (-0.114572, -0.385428, 0.5), (0.5, -0.454153, -0.045847))
)
LIMITED = np.array((219, 224, 224)) / 255


def planes(packed: memoryview, grid: Grid) -> tuple[npt.NDArray[np.int16], ...]:
    width, height = grid.out_width, grid.out_height
    whole = np.frombuffer(packed, np.uint8).astype(np.int16)
    assert whole.size == width * height * 3 // 2
    y, u, v = np.split(whole, (width * height, width * height * 5 // 4))
    half = (height // 2, width // 2)
    return y.reshape(height, width), u.reshape(half), v.reshape(half)


def converted(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """To Y, U and V of BT.709 in limited range, each of all pixels."""
    full: npt.NDArray[np.float64] = rgb @ BT709.T * LIMITED + np.array((16, 128, 128))
    return full


def some_cells(look: Look, grid: Grid, seed: int = 3) -> Cells:
    chance = np.random.default_rng(seed)
    shape = (grid.rows, grid.columns)
    glyphs = chance.integers(0, len(look.characters), shape).astype(np.uint8)
    colors = chance.integers(0, 256, (*shape, 3)).astype(np.uint8) if look.color == "true" else None
    return Cells(glyphs, (10, 200, 90), colors)


LOOKS = [
    Look(),
    Look(style="braille", bg_color="#203040"),
    Look(color="true"),
    Look(color="true", style="blocks", bg_color="#f0e0d0"),
]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.style} {look.color}")
def test_yuv_is_the_same_picture_as_rgb(look: Look) -> None:
    grid = Grid(40, 12, 640, 384)  # cells of whole words: colours are not shared between them
    cells, press = some_cells(look, grid), Press(look, grid)
    y, u, v = planes(press.yuv(cells), grid)
    exact = converted(press.rgb(cells))
    halved = exact.reshape(grid.out_height // 2, 2, grid.out_width // 2, 2, 3).mean((1, 3))
    assert np.abs(y - exact[..., 0]).max() <= 1.5
    assert np.abs(u - halved[..., 1]).max() <= 2
    assert np.abs(v - halved[..., 2]).max() <= 2


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look.style} {look.color}")
def test_cells_of_odd_sizes_share_colours_fairly(look: Look) -> None:
    grid = Grid.of(638, 358, 37)
    cells, press = some_cells(look, grid), Press(look, grid)
    y, u, v = planes(press.yuv(cells), grid)
    exact = converted(press.rgb(cells))
    assert np.abs(y - exact[..., 0]).max() <= 1.5
    assert abs(u.mean() - exact[..., 1].mean()) < 1
    assert abs(v.mean() - exact[..., 2].mean()) < 1


SIZES = st.integers(1, 40).map(lambda half: half * 2)


@settings(deadline=None, max_examples=40)
@given(SIZES, SIZES, st.integers(1, 60), st.integers(1, 30), st.integers(0, 1 << 16))
def test_words_and_cells_draw_the_same(
    width: int, height: int, columns: int, rows: int, seed: int
) -> None:
    characters = STYLES["normal"] + STYLES["dots"][1:]
    whole = strips_of(characters, columns, rows, width, height)
    assert isinstance(whole, WordStrips)
    single = CellStrips(characters, whole.lefts, whole.tops)
    glyphs = np.random.default_rng(seed).integers(0, len(characters), columns).astype(np.uint8)
    table = np.arange(256, dtype=np.uint8)[::-1]
    for row in range(rows):
        assert (whole.strip(row, glyphs) == single.strip(row, glyphs)).all()
        tinted = whole.tinted(table).strip(row, glyphs)
        assert (tinted == single.tinted(table).strip(row, glyphs)).all()


def test_each_cell_is_its_glyph() -> None:
    look, grid = Look(text_color="#ffffff"), Grid(7, 3, 100, 90)
    cells = some_cells(look, grid)
    shares = Press(look, grid).shares(cells)
    lefts = [column * 100 // 7 for column in range(8)]
    for row in range(3):
        for column in range(7):
            left, right = lefts[column], lefts[column + 1]
            glyph = coverage(look.characters[cells.glyphs[row, column]], right - left, 30)
            assert (shares[row * 30 : (row + 1) * 30, left:right] == glyph).all()


def test_ink_is_as_opaque_as_it_covers() -> None:
    look, grid = Look(transparent=True), Grid(20, 6, 160, 96)
    cells, press = some_cells(look, grid), Press(look, grid)
    rgba = press.rgba(cells)
    assert (rgba[..., :3] == cells.ink).all()
    assert (rgba[..., 3] == press.shares(cells)).all()
    on_black = np.rint(rgba[..., :3] * (rgba[..., 3:] / 255))
    assert np.abs(on_black - press.rgb(cells)).max() <= 1


def test_ink_of_many_colours_is_transparent_too() -> None:
    look, grid = Look(transparent=True, color="true"), Grid(20, 6, 160, 96)
    cells, press = some_cells(look, grid), Press(look, grid)
    assert cells.colors is not None
    assert (press.rgba(cells)[8::16, 4::8, :3] == cells.colors).all()


def test_full_blocks_leave_no_seams() -> None:
    look = Look(style="gradient", text_color="#ffffff")
    grid = Grid.of(1000, 562, 77)
    full = Cells(np.full((grid.rows, grid.columns), 4, np.uint8), (255, 255, 255))
    assert (Press(look, grid).rgb(full) == 255).all()


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("color", ["mono", "random", "true"])
@pytest.mark.parametrize("size", [(2, 2), (3, 1), (318, 2), (2, 318), (321, 241)])
def test_any_size_is_drawn(style: str, color: str, size: tuple[int, int]) -> None:
    look = Look(width=64, style=style, color=color)
    grid = Grid.of(*size, look.width)
    cells, press = some_cells(look, grid), Press(look, grid)
    planes(press.yuv(cells), grid)
    assert press.rgb(cells).shape == (grid.out_height, grid.out_width, 3)
    assert press.rgba(cells).shape == (grid.out_height, grid.out_width, 4)


@pytest.mark.slow
@pytest.mark.parametrize("columns", [10, 240])
@pytest.mark.parametrize("style", ["normal", "braille"])
def test_the_largest_videos_are_drawn(style: str, columns: int) -> None:
    look = Look(width=columns, style=style)
    grid = Grid.of(7680, 4320, columns)
    cells, press = some_cells(look, grid), Press(look, grid)
    y, _, _ = planes(press.yuv(cells), grid)
    light = converted(np.array(cells.ink, np.uint8))[0]
    assert y.min() == 16
    assert abs(y.max() - light) <= 1


def test_a_portrait_is_as_light_as_its_characters() -> None:
    look = Look(width=60, text_color="#ffffff")
    artist, grid, cells = drawn(look, 480)
    share = np.mean([coverage(each, 8, 16).mean() for each in artist.text(cells) if each != "\n"])
    assert abs(Press(look, grid).rgb(cells).mean() - share) < 1
