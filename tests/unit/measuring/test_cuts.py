"""Which changes are from one shot to another."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from photoai.services.measuring.shots import changes, pace, spans
from tests.unit.measuring.films import (
    BLACK,
    WHITE,
    Film,
    brighter,
    captioned,
    fade,
    glances,
    lit,
    scene,
    whip,
)

pytestmark = pytest.mark.slow

FRAMES = 2  # by which a cut may be wrong


def some(first: Any, *others: Any) -> list[Any]:
    """The others only when there is time."""
    return [first, *(pytest.param(other, marks=pytest.mark.slow) for other in others)]


SEEDS = some(*range(5))


def cuts_of(*films: Film, **wishes: Any) -> list[float]:
    """In pictures."""
    return [change.at for change in changes(glances(*films, **wishes))]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("speed", some(0.1, 0.0, 0.5))
def test_scenes_that_follow_each_other(seed: int, speed: float) -> None:
    films = [scene(seed + 10 * at, frames, speed) for at, frames in enumerate((40, 25, 60, 8, 30))]
    assert cuts_of(*films) == pytest.approx([40, 65, 125, 133], abs=0.5)


def test_a_word_left_out() -> None:
    before, after = scene(1, 40), scene(1, 80)[40:]
    moved = [np.roll(picture, 2, axis=2) for picture in after]
    assert cuts_of(before, moved) == pytest.approx([40], abs=0.5)


@pytest.mark.parametrize("blended", [1, 2])
def test_pictures_blended_by_another_rate(blended: int) -> None:
    film = fade(scene(1, 40), scene(2, 40), blended)
    assert cuts_of(film) == pytest.approx([40 - blended / 2], abs=1)


def test_every_picture_twice() -> None:
    film = [picture for at in (1, 2, 3) for picture in scene(at, 20) for _ in range(2)]
    assert cuts_of(film) == pytest.approx([40, 80], abs=0.5)


@pytest.mark.parametrize("frames", [15, *some(60, 4, 6, 10, 24, 30, 45)])
@pytest.mark.parametrize("speed", some(0.05, 0.0))
def test_a_fade_is_one_cut_in_its_middle(frames: int, speed: float) -> None:
    film = fade(scene(3, 100, speed), scene(4, 100, speed), frames)
    assert cuts_of(film) == pytest.approx([100 - frames / 2], abs=FRAMES)


def test_fades_that_follow_each_other() -> None:
    film = fade(fade(scene(1, 60), scene(2, 80), 20), scene(3, 60), 20)
    assert cuts_of(film) == pytest.approx([50, 110], abs=FRAMES)


@pytest.mark.parametrize("between", some(5, 0, 20))
@pytest.mark.parametrize("nothing", [-1.0, 1.0], ids=["black", "white"])
def test_a_fade_through_nothing_is_one_cut(between: int, nothing: float) -> None:
    down = np.linspace(0, nothing, 17)[1:]
    film = [
        *scene(1, 50),
        *lit(scene(1, 66)[50:], down),
        *[BLACK if nothing < 0 else WHITE] * between,
        *lit(scene(2, 16), down[::-1]),
        *scene(2, 66)[16:],
    ]
    assert cuts_of(film) == pytest.approx([66 + between / 2], abs=FRAMES)


def test_fades_at_both_ends_are_none() -> None:
    dark = -np.linspace(0, 1, 20)
    film = scene(1, 120)
    assert not cuts_of(lit(film[:20], dark[::-1]), film[20:100], lit(film[100:], dark))


def test_black_for_a_while_is_a_shot() -> None:
    assert cuts_of(scene(1, 40), [BLACK] * 45, scene(2, 40)) == pytest.approx([40, 85], abs=0.5)


@pytest.mark.parametrize("lights", some(np.linspace(1, 0, 12)[:-1], [1.0], [0.9] * 3, [1.0] * 5))
def test_a_flash_is_none(lights: list[float]) -> None:
    film = scene(1, 120, 0.1)
    assert not cuts_of(lit(film, [*[0.0] * 50, *lights, *[0.0] * (70 - len(lights))]))


def test_a_flash_over_a_cut_is_one() -> None:
    assert cuts_of(scene(1, 40), [WHITE] * 3, scene(2, 40)) == pytest.approx([41.5], abs=FRAMES)


@pytest.mark.parametrize("frames", some(9, 6, 14))
def test_a_whip_pan_is_none(frames: int) -> None:
    film = [*scene(1, 40, 0.0), *whip(1, frames), *[whip(1, frames)[-1]] * 40]
    assert not cuts_of(film)


@pytest.mark.parametrize("dark", some(4, 1, 2, 6))
def test_a_strobe_light_is_none(dark: int) -> None:
    lights = ([0.0] * dark + [-0.95] * dark) * 60
    assert not cuts_of(lit(scene(1, 120, 0.1), lights[:120]))


@pytest.mark.parametrize("speed", [0.1, *some(0.6, 0.02, 0.3, 1.0)])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_camera_that_moves_cuts_nothing(seed: int, speed: float) -> None:
    assert not cuts_of(scene(seed, 120, speed))


def test_noise_cuts_nothing() -> None:
    assert not cuts_of(scene(1, 100, 0.0, noise=60))


def test_light_switched_on_is_none() -> None:
    film = brighter(scene(2, 120), 0.4)
    rising = [brighter([picture], 1 + at / 20)[0] for at, picture in enumerate(film[60:80])]
    assert not cuts_of(film[:60], brighter(film[60:], 2.2))
    assert not cuts_of(film[:60], rising, brighter(film[80:], 2.0))


def test_captions_cut_nothing() -> None:
    assert not cuts_of(captioned(scene(1, 120), 12))


def test_colours_without_any_shapes() -> None:
    fields = [(76, 85, 255), (150, 44, 21), (29, 255, 107), (226, 0, 149)]
    films = [
        [np.broadcast_to(np.array(field, float)[:, None, None], (3, 48, 26))] * 30
        for field in fields
    ]
    assert cuts_of(*films) == [30, 60, 90]
    assert cuts_of(fade(films[0], films[1], 15)) == pytest.approx([22.5], abs=FRAMES)


@pytest.mark.parametrize("frames", [1, 2, 5, 6])
def test_very_little_film(frames: int) -> None:
    assert not cuts_of(scene(1, frames))


def test_the_weakest_cuts_are_left_out_where_there_are_too_many_shots() -> None:
    films = [scene(1, 30), scene(2, 30), brighter(scene(2, 60)[30:], 0.5), scene(3, 30)]
    films[2] = [np.roll(picture, 3, axis=2) for picture in scene(2, 60)[30:]]
    found = changes(glances(*films))
    assert [change.at for change in found] == [30, 60, 90]
    shots = spans(found, 30.0, 4.0, most=3)
    assert [(shot.start_sec, shot.end_sec) for shot in shots] == [(0, 1), (1, 3), (3, 4)]
    assert [(shot.start_sec, shot.end_sec) for shot in spans(found, 30.0, 4.0, most=1)] == [(0, 4)]


def test_pace() -> None:
    assert pace([1.0, 3.0], 6.0) == {
        "shots_per_minute": 30, "mean_shot_sec": 2, "median_shot_sec": 2, "longest_shot_sec": 3,
        "first_cut_sec": 1,
    }  # fmt: skip
    assert pace([], 6.0)["first_cut_sec"] is None
