"""Films drawn picture by picture: scenes that move, joined in every way an editor knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from PIL import Image

from photoai.services.measuring.glances import Glances

WIDTH, HEIGHT, FINER = 26, 48, 4  # the size of a glance, and how much finer its scene is
Picture = np.ndarray  # (3, height, width), levels
Film = list[Picture]
BICUBIC = Image.Resampling.BICUBIC
BLACK, WHITE = (np.full((3, HEIGHT, WIDTH), 128.0) for _ in range(2))
BLACK[0], WHITE[0] = 3, 252


def glances(*films: Film, fps: float = 30.0) -> Glances:
    """Films one after the other."""
    pictures = np.stack([picture for film in films for picture in film])
    return Glances(pictures.round().clip(0, 255).astype(np.uint8), fps)


@lru_cache
def world(seed: int) -> Picture:
    """A large picture with coarse and fine shapes, in its own light and colours."""
    dice = np.random.default_rng(seed)
    size = 160 * FINER
    whole = np.zeros((3, size, size))
    for grain, weight in ((8, 0.6), (16, 1), (40, 2), (160, 3)):
        coarse = dice.normal(size=(3, size // grain, size // grain)).astype(np.float32)
        smooth = [Image.fromarray(plane).resize((size, size), BICUBIC) for plane in coarse]
        whole += weight * np.stack([np.asarray(plane) for plane in smooth])
    whole /= whole.std((1, 2), keepdims=True)
    light, contrast = dice.uniform(90, 160), dice.uniform(35, 55)
    colors = dice.uniform(108, 148, 2)
    scale = np.array([contrast, 9, 9])[:, None, None]
    return whole * scale + np.array([light, *colors])[:, None, None]


def seen(seed: int, x: float, y: float) -> Picture:
    """What a camera sees of a world; `x` and `y` are in pixels of the glance."""
    left, top = round(x * FINER), round(y * FINER)
    cut = world(seed)[:, top : top + HEIGHT * FINER, left : left + WIDTH * FINER]
    return cut.reshape(3, HEIGHT, FINER, WIDTH, FINER).mean((2, 4))


def scene(seed: int, frames: int, speed: float = 0.05, noise: float = 1.0) -> Film:
    """A camera that moves so many pixels of the glance from picture to picture, and what its sensor
    adds."""
    dice = np.random.default_rng(seed + 1000)
    return [
        seen(seed, 5 + speed * at, 10 + speed * at / 3)
        + dice.normal(scale=noise, size=(3, HEIGHT, WIDTH))
        for at in range(frames)
    ]


def whip(seed: int, frames: int, far: float = 100.0) -> Film:
    """A camera thrown aside: fast in the middle, every picture smeared."""
    way = far * (1 - np.cos(np.linspace(0, np.pi, frames + 1))) / 2
    return [
        np.mean([seen(seed, 5 + x, 10) for x in np.linspace(start, end, 12)], axis=0)
        for start, end in pairwise(way)
    ]


def fade(one: Film, other: Film, frames: int) -> Film:
    """The last pictures of one are mixed with the first of the other."""
    shares = (np.arange(frames) + 1) / (frames + 1)
    both = zip(shares, one[-frames:], other[:frames], strict=True)
    mixed = [start * (1 - share) + end * share for share, start, end in both]
    return [*one[:-frames], *mixed, *other[frames:]]


def lit(film: Film, lights: Sequence[float]) -> Film:
    """Every picture in its own light, 0 dark to 1 white."""
    return [
        picture * (1 - abs(light)) + (WHITE if light > 0 else BLACK) * abs(light)
        for picture, light in zip(film, lights, strict=True)
    ]


def brighter(film: Film, gain: float) -> Film:
    """The same with more light."""
    return [np.concatenate([picture[:1] * gain, picture[1:]]) for picture in film]


def captioned(film: Film, every: int) -> Film:
    """Words that change, in large letters over a fifth of the picture."""
    dice = np.random.default_rng(7)

    def drawn() -> Iterator[Picture]:
        for at, picture in enumerate(film):
            if at % every == 0:
                words = np.where(dice.random((10, WIDTH)) < 0.5, 250.0, 5.0)
            said = picture.copy()
            said[0, 30:40] = words
            yield said

    return list(drawn())
