"""Every preset does what it says, by measurement."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from photoai.errors import ProviderBadRequest
from photoai.services.photos import JPEG
from photoai.services.providers.local.presets import PRESETS

from .pictures import answer, finished, guest, levels, plain

PHOTO = guest().resize((300, 300))
BEFORE = levels(PHOTO)


def changed(wish: str, photo=PHOTO, **facts) -> np.ndarray:
    return finished("change_image", photo, prompt=wish, **facts)


def saturation(pixels: np.ndarray) -> float:
    return float((pixels.max(axis=2) - pixels.min(axis=2)).mean())


def detail(pixels: np.ndarray) -> float:
    """The mean step between neighbouring pixels."""
    return float(np.abs(np.diff(pixels.mean(axis=2), axis=1)).mean())


def warmth(pixels: np.ndarray) -> float:
    return float((pixels[..., 0] - pixels[..., 2]).mean())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_deterministic_keeps_the_size_and_is_named(name):
    photo = guest().resize((121, 77))
    first, second = (answer("change_image", photo, prompt=name, mime=JPEG) for _ in range(2))
    assert first.image == second.image
    assert first.notes == {"presets": [name], "unknown_wish": False}


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("size", [(1, 1), (1, 200), (301, 2), (3, 3)])
def test_a_preset_takes_the_smallest_pictures(name, size):
    assert changed(name, size=size).shape[:2] == (size[1], size[0])


def test_black_and_white_has_no_colour():
    assert saturation(changed("black and white")) == 0


def test_sepia_is_grey_on_warm_paper():
    red, green, blue = changed("sepia").reshape(-1, 3).mean(axis=0)
    assert red > green * 1.05 > blue * 1.2


def test_vivid_has_more_colour():
    assert saturation(changed("vivid")) > saturation(BEFORE) * 1.1


def test_warm_moves_to_red_and_cool_to_blue():
    assert warmth(changed("warm")) > warmth(BEFORE) + 8
    assert warmth(changed("cool")) < warmth(BEFORE) - 8


def test_brighten_and_darken_move_the_middle_and_keep_black_and_white():
    assert changed("brighten").mean() > BEFORE.mean() + 8
    assert changed("darken").mean() < BEFORE.mean() - 8
    for tone in (0, 255):
        flat = plain((tone, tone, tone))
        assert np.all(changed("brighten", flat) == tone)
        assert np.all(changed("darken", flat) == tone)


def test_contrast_spreads_the_tones():
    assert changed("contrast").std() > BEFORE.std() * 1.05


def test_a_vignette_darkens_the_corners_and_not_the_middle():
    after = changed("vignette", plain((200, 200, 200), 201, 101))
    assert after[50, 100, 0] == 200
    assert after[0, 0, 0] < 100
    assert after[0, 0, 0] == after[-1, -1, 0]


def test_soft_skin_smooths_skin_and_leaves_other_colours():
    noise = np.random.default_rng(1).normal(0, 4, (160, 160, 1))
    for colour, calmed in (((205, 150, 125), True), ((60, 90, 200), False)):
        skin = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
        after = changed("soft skin", Image.fromarray(skin))
        assert (detail(after) < 0.6 * detail(skin)) is calmed


def test_sharpen_and_clarity_show_more_detail():
    assert detail(changed("sharpen")) > detail(BEFORE) * 1.2
    assert detail(changed("clarity")) > detail(BEFORE) * 1.1


def test_posterise_leaves_few_tones():
    lightness = changed("posterise").mean(axis=2)
    counts, _ = np.histogram(lightness, bins=256, range=(0, 256))
    assert np.sort(counts)[-40:].sum() > 0.7 * counts.sum()


def test_a_pencil_sketch_is_grey_and_mostly_bright_with_dark_lines():
    after = changed("pencil sketch")
    assert saturation(after) == 0
    assert np.median(after) > 170
    assert np.percentile(after, 2) < 90


def test_oil_paint_calms_areas_and_keeps_edges():
    half = np.zeros((120, 120, 3), np.uint8)
    half[:, 60:] = 220
    noisy = np.clip(half + np.random.default_rng(2).normal(20, 8, half.shape), 0, 255)
    after = changed("oil paint", Image.fromarray(noisy.astype(np.uint8)))
    assert after[20:100, 10:50].std() < 0.6 * noisy[20:100, 10:50].std()
    assert after[:, 66:].mean() - after[:, :54].mean() > 180


def test_a_comic_draws_dark_lines_around_calm_areas():
    disc = plain((220, 180, 150), 200, 200)
    disc.paste((120, 110, 200), (60, 60, 140, 140))
    after = changed("comic", disc).mean(axis=2)
    assert after[58:62, 80:120].min() < 60
    assert after[90:110, 90:110].std() < 2


def test_vintage_lifts_black_dims_white_and_fades_colour():
    assert changed("vintage", plain((0, 0, 0))).min() > 15
    assert changed("vintage", plain((255, 255, 255))).max() < 250
    assert saturation(changed("vintage")) < saturation(BEFORE)


def test_auto_opens_a_dark_flat_photo_and_leaves_a_good_one_nearly_alone():
    dull = PHOTO.point(lambda level: 30 + level * 0.4)
    assert changed("auto", dull).std() > levels(dull).std() * 1.1
    assert np.abs(changed("auto") - BEFORE).mean() < 12


def test_several_presets_are_applied_in_the_order_named():
    both = answer("change_image", PHOTO, prompt="Сепия, виньетка")
    assert both.notes["presets"] == ["sepia", "vignette"]
    assert np.any(changed("sepia, pencil sketch") != changed("pencil sketch, sepia"))


def test_an_unknown_wish_gets_auto_and_says_so():
    found = answer("change_image", PHOTO, prompt="turn me into a dragon")
    assert found.notes == {"presets": ["auto"], "unknown_wish": True}
    assert found.image == answer("change_image", PHOTO, prompt="auto").image


def test_no_wish_at_all_is_not_an_unknown_wish():
    found = answer("change_image", PHOTO)
    assert found.notes == {"presets": ["auto"], "unknown_wish": False}


def test_the_preset_setting_comes_before_the_prompt():
    found = answer("change_image", PHOTO, prompt="comic", preset="sepia")
    assert found.notes["presets"] == ["sepia"]


def test_strength_mixes_the_result_with_the_photo():
    whole = changed("sepia")
    assert np.all(changed("sepia", strength=0) == BEFORE)
    assert np.abs(changed("sepia", strength=0.5) - (whole + BEFORE) / 2).max() <= 1


@pytest.mark.parametrize("settings", [{"preset": 7}, {"strength": "much"}, {"strength": True}])
def test_a_setting_of_another_type_is_a_bad_request(settings):
    with pytest.raises(ProviderBadRequest, match=next(iter(settings))):
        answer("change_image", PHOTO, prompt="sepia", **settings)
