"""From frame to frame: steadiness, dithering, colours."""

from __future__ import annotations

import colorsys
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from photoai.services.ascii import STYLES, Artist, Grid, Look
from photoai.services.ascii.artist import wandering
from photoai.services.ascii.dither import diffused

from .portrait import portrait, scaled

GRID = Grid(40, 20, 320, 320)
FRAMES = 12
NOISE = 4.0


def noisy(look: Look) -> list[npt.NDArray[np.uint8]]:
    """A still picture through a cheap camera."""
    sample = Artist(look, GRID).sample
    still = scaled(portrait(), sample).astype(float)
    noise = np.random.default_rng(5)
    seen = (still + noise.normal(0, NOISE, still.shape) for _ in range(FRAMES))
    return [np.clip(frame, 0, 255).astype(np.uint8) for frame in seen]


def flicker(look: Look) -> int:
    """How many cells take another character, over all frames."""
    artist = Artist(look, GRID)
    glyphs = [artist.cells(frame).glyphs for frame in noisy(look)]
    return sum(int((a != b).sum()) for a, b in pairwise(glyphs))


@pytest.mark.slow
@pytest.mark.parametrize("dither", ["none", "ordered", "diffusion"])
@pytest.mark.parametrize("style", STYLES)
def test_steadiness_takes_flicker_away(style: str, dither: str) -> None:
    counts = [flicker(Look(style=style, dither=dither, steadiness=each)) for each in (0, 0.5, 1)]
    assert counts[0] > counts[1] >= counts[2]
    assert counts[1] < counts[0] * 0.75


def test_shapes_are_steadied_as_tones_are() -> None:
    assert flicker(Look()) < flicker(Look(steadiness=0)) / 2
    assert flicker(Look(shapes=True)) < flicker(Look(shapes=True, steadiness=0)) / 2


@pytest.mark.parametrize("style", STYLES)
def test_what_is_forgotten_steadies_nothing(style: str) -> None:
    look = Look(style=style)
    artist = Artist(look, GRID)
    first, second = noisy(look)[:2]
    artist.cells(first)
    artist.forget()
    assert (artist.cells(second).glyphs == Artist(look, GRID).cells(second).glyphs).all()


@pytest.mark.parametrize("dither", ["none", "ordered", "diffusion"])
def test_steady_cells_follow_a_change(dither: str) -> None:
    look = Look(steadiness=1.0, dither=dither)
    artist = Artist(look, GRID)
    for tone, glyph in ((0, 0), (255, 9), (0, 0)):
        frame = np.full((GRID.rows, GRID.columns), tone, np.uint8)
        assert (artist.cells(frame).glyphs == glyph).all()


@given(arrays(np.uint8, (24, 24), elements=st.integers(16, 239)), st.integers(2, 32))
def test_diffusion_keeps_the_mean(tones: npt.NDArray[np.uint8], count: int) -> None:
    drawn = diffused(tones, count) * 255.0 / (count - 1)
    assert abs(drawn.mean() - tones.mean()) < 12


@pytest.mark.parametrize("tone", range(16, 256, 48))
@pytest.mark.parametrize("dither", ["ordered", "diffusion"])
def test_dithering_shows_tones_between_characters(dither: str, tone: int) -> None:
    frame = np.full((GRID.rows, GRID.columns), tone, np.uint8)
    artist = Artist(Look(style="gradient", dither=dither), GRID)
    shown = artist.cells(frame).glyphs * 255.0 / (len(artist.charset) - 1)
    assert abs(shown.mean() - tone) < 4


@pytest.mark.parametrize("style", STYLES)
def test_true_colours_are_those_of_the_cells(style: str) -> None:
    look = Look(color="true", style=style)
    artist = Artist(look, GRID)
    assert artist.sample.pixel_format == "rgb24"
    frame = np.zeros((artist.sample.height, artist.sample.width, 3), np.uint8)
    frame[:, : artist.sample.width // 2] = (200, 100, 50)
    colors = artist.cells(frame).colors
    assert colors is not None
    assert colors.shape == (GRID.rows, GRID.columns, 3)
    left = colors[:, : GRID.columns // 2].astype(float)
    assert np.allclose(left[..., 0] / left[..., 1], 2, atol=0.05)
    assert np.allclose(left[..., 1] / left[..., 2], 2, atol=0.05)
    assert left[..., 0].min() >= 200  # never darker than the picture
    assert not colors[:, GRID.columns // 2 :].any()


def test_frames_come_in_any_shape_of_the_same_bytes() -> None:
    look = Look(color="true", style="braille")
    artist = Artist(look, GRID)
    frame = scaled(portrait(), artist.sample)
    flat = Artist(look, GRID).cells(np.frombuffer(frame.tobytes(), np.uint8))
    assert (flat.glyphs == artist.cells(frame).glyphs).all()


def test_random_colours_are_the_same_for_the_same_seed() -> None:
    assert [wandering(7, each) for each in range(50)] == [wandering(7, each) for each in range(50)]
    assert wandering(7, 0) != wandering(8, 0)


@given(st.integers(0, 1 << 32), st.integers(0, 100_000))
def test_random_colours_wander_without_flashing(seed: int, number: int) -> None:
    hues = [colorsys.rgb_to_hls(*(part / 255 for part in wandering(seed, each)))[0]
            for each in (number, number + 1)]  # fmt: skip
    apart = abs((hues[1] - hues[0] + 0.5) % 1 - 0.5)
    assert apart <= 0.5 / 24 + 0.01


def test_each_frame_has_its_random_colour() -> None:
    artist = Artist(Look(color="random"), GRID)
    frame = np.zeros((GRID.rows, GRID.columns), np.uint8)
    inks = [artist.cells(frame).ink for _ in range(100)]
    assert len(set(inks)) > 60
    assert artist.cells(frame).colors is None
