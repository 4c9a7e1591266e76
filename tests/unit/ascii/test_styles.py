"""Which characters stand for what."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from photoai.services.ascii import SHAPED, STYLES, Artist, Grid, Look
from photoai.services.ascii.font import master

from .golden import FOLDER, LOOKS, text_of

TONAL = [style for style in STYLES if style not in SHAPED]
GRID = Grid(32, 8, 128, 64)
RAMP = np.arange(256, dtype=np.uint8)
FRAMES = arrays(np.uint8, (GRID.rows, GRID.columns))


def text(look: Look, frame: npt.NDArray[np.uint8], grid: Grid = GRID) -> str:
    artist = Artist(look, grid)
    return artist.text(artist.cells(frame))


def spread(frame: npt.NDArray[np.uint8], look: Look, grid: Grid = GRID) -> npt.NDArray[np.uint8]:
    """Each cell's tone in all of its parts."""
    sample = Artist(look, grid).sample
    down, across = sample.height // grid.rows, sample.width // grid.columns
    return np.repeat(np.repeat(frame, down, 0), across, 1)


@pytest.mark.parametrize("name", LOOKS)
def test_a_portrait_looks_as_it_did(name: str) -> None:
    assert text_of(name) == (FOLDER / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("style", TONAL)
def test_every_character_of_a_style_is_used_on_a_ramp(style: str) -> None:
    rows = text(Look(style=style), RAMP.reshape(GRID.rows, -1))
    assert "".join(dict.fromkeys(rows.replace("\n", ""))) == STYLES[style]


@given(st.integers(2, 256))
def test_every_character_of_any_charset_is_used_on_a_ramp(count: int) -> None:
    charset = STYLES["braille"][:count]
    used = text(Look(charset=charset), RAMP.reshape(GRID.rows, -1))
    assert set(used) == {*charset, "\n"}


@pytest.mark.parametrize("style", TONAL)
def test_characters_grow_lighter(style: str) -> None:
    characters = STYLES["normal" if style == "inverted" else style]
    covered = [float(master(each).mean()) for each in characters]
    assert covered == sorted(set(covered))


@given(FRAMES)
def test_the_inverse_of_the_inverse_is_the_picture(frame: npt.NDArray[np.uint8]) -> None:
    turned = str.maketrans(STYLES["normal"], STYLES["inverted"])
    inverted = text(Look(style="inverted"), frame)
    assert inverted == text(Look(), frame).translate(turned)
    assert inverted.translate(turned) == text(Look(), frame)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("dither", ["none", "ordered", "diffusion"])
def test_black_is_empty_and_white_is_full(style: str, dither: str) -> None:
    look = Look(style=style, dither=dither)
    darkest, lightest = look.ramp[0], look.ramp[-1]
    for tone, character in ((0, darkest), (255, lightest)):
        frame = np.full((GRID.rows, GRID.columns), tone, np.uint8)
        assert set(text(look, spread(frame, look))) == {character, "\n"}


@pytest.mark.parametrize("style", STYLES)
def test_rows_have_as_many_characters_as_there_are_columns(style: str) -> None:
    for grid in (GRID, Grid(10, 1, 2, 2), Grid(77, 41, 1080, 1920)):
        look = Look(style=style)
        frame = spread(np.zeros((grid.rows, grid.columns), np.uint8), look, grid)
        lines = text(look, frame, grid).split("\n")
        assert [len(line) for line in lines] == [grid.columns] * grid.rows + [0]


@pytest.mark.parametrize("glyph", "▀▄▌▐▘▝▖▗▚▞▛▜▙▟█")
def test_a_block_is_known_by_its_shape(glyph: str) -> None:
    shape = master(glyph)[8::16, 8::16]
    assert text(Look(style="blocks"), shape, Grid(1, 1, 8, 16)) == f"{glyph}\n"


def test_a_dot_stands_where_the_picture_is_light() -> None:
    artist = Artist(Look(style="braille", dither="ordered", steadiness=0), Grid(1, 1, 8, 16))
    shapes = [np.ascontiguousarray(master(each)[16::32, 16::32]) for each in STYLES["braille"]]
    assert "".join(artist.text(artist.cells(each))[0] for each in shapes) == STYLES["braille"]


@pytest.mark.parametrize(
    ("slope", "stroke"), [((1, 0), "|"), ((0, 1), "-"), ((1, 1), "/"), ((1, -1), "\\")]
)
def test_contours_have_the_stroke_of_their_direction(slope: tuple[int, int], stroke: str) -> None:
    grid = Grid(16, 8, 128, 128)
    y, x = np.indices((32, 32)) - 15.5
    light = np.clip((x * slope[0] + y * slope[1]) * 40 + 128, 0, 255).astype(np.uint8)
    rows = text(Look(style="edges", charset=" ."), light, grid).split("\n")
    middle = rows[3][7:9] + rows[4][7:9]
    assert stroke in middle


@given(FRAMES)
def test_corrections_that_do_nothing_change_nothing(frame: npt.NDArray[np.uint8]) -> None:
    plain = Look(brightness=1.0, contrast=1.0, gamma=1.0, steadiness=0.0)
    assert text(plain, frame) == "".join(
        "".join(STYLES["normal"][int(tone) * 10 // 256] for tone in row) + "\n" for row in frame
    )


def test_inverted_shapes_are_those_of_the_negative() -> None:
    shapes = Look(shapes=True, steadiness=0)
    sample = Artist(shapes, GRID).sample
    strokes = np.random.default_rng(3).integers(0, 2, (sample.height, sample.width), np.uint8) * 255
    inverted = text(Look(style="inverted", shapes=True, steadiness=0), strokes)
    assert inverted == text(shapes, 255 - strokes) != text(shapes, strokes)
