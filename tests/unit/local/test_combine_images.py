"""Background, guest and overlay."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from photoai.errors import ProviderBadRequest, ProviderRefused

from .pictures import BLUE, GREEN, RED, answer, finished, guest, levels, plain, shown, somebody_else

CLEAR = plain((0, 0, 0, 0), 60, 40)


def frame(width: int = 120, height: int = 80) -> Image.Image:
    """Green all around, clear inside."""
    image = plain((0, 0, 0, 0), width, height)
    ImageDraw.Draw(image).rectangle((0, 0, width - 1, height - 1), outline=(*GREEN, 255), width=8)
    return image


def combined(photo=None, base=None, overlay=CLEAR, size=None, **settings) -> np.ndarray:
    photo = plain(RED, 240, 160) if photo is None else photo
    base = plain(BLUE, 240, 160) if base is None else base
    images = {"base": base, "overlay": overlay}
    return finished("combine_images", photo, images=images, size=size, **settings)


def is_colour(pixel: np.ndarray, colour: tuple[int, ...], tolerance: float = 12) -> bool:
    return bool(np.abs(pixel - colour).max() <= tolerance)


@pytest.mark.parametrize("mode", ["alpha", "seamless"])
@pytest.mark.parametrize("scale", [0.4, 1])
def test_the_base_shows_at_the_borders_and_the_guest_in_the_middle(mode, scale):
    after = combined(blend_mode=mode, alignment={"scale": scale})
    assert all(is_colour(after[y, x], BLUE) for x in (0, -1) for y in (0, -1))
    assert is_colour(after[80, 120], RED, 40)


def test_alpha_keeps_the_guest_s_own_light():
    assert is_colour(combined(blend_mode="alpha")[80, 120], RED, 1)


def test_seamless_draws_the_light_to_the_base_s_at_the_edge_and_keeps_it_in_the_middle():
    alpha, seamless = combined(blend_mode="alpha"), combined(blend_mode="seamless")
    near_edge = np.s_[60:100, 30:40]
    assert np.abs(seamless[near_edge] - BLUE).mean() < np.abs(alpha[near_edge] - BLUE).mean()
    assert np.abs(seamless[80, 120] - RED).max() < 30


def test_no_seam_shows_anywhere():
    steps = np.abs(np.diff(combined(), axis=0)).max(), np.abs(np.diff(combined(), axis=1)).max()
    assert max(steps) < 24


def test_seamless_is_the_default():
    assert np.array_equal(combined(), combined(blend_mode="seamless"))


def test_scale_is_the_guest_s_share_of_the_canvas():
    widths = []
    for scale in (0.25, 0.5, 0.75):
        after = combined(blend_mode="alpha", alignment={"scale": scale})
        widths.append(int((after[80, :, 0] > 110).sum()))
    assert widths == pytest.approx([240 * 0.25, 240 * 0.5, 240 * 0.75], rel=0.1)


@pytest.mark.slow
def test_a_scale_above_1_zooms_in_on_the_face():
    face = guest().crop((170, 50, 290, 170)).resize((200, 200))
    close = combined(guest(), size=(200, 200), blend_mode="alpha", alignment={"scale": 4})
    middle = combined(
        guest(),
        size=(200, 200),
        blend_mode="alpha",
        alignment={"scale": 4, "face_landmarks": False},
    )
    assert np.abs(close - levels(face)).mean() < np.abs(middle - levels(face)).mean()


def test_a_cut_out_keeps_its_outline():
    cut_out = plain((0, 0, 0, 0), 240, 160)
    cut_out.paste((*RED, 255), (60, 40, 180, 160))
    for mode in ("alpha", "seamless"):
        after = combined(cut_out, blend_mode=mode)
        assert is_colour(after[20, 120], BLUE, 0)
        assert is_colour(after[150, 120], RED, 60)
        assert is_colour(after[100, 50], BLUE, 0)


def test_a_frame_lies_on_top_and_covers_the_canvas():
    after = combined(overlay=frame())
    assert all(is_colour(after[y, x], GREEN, 2) for x in (0, -1) for y in (0, -1))
    assert is_colour(after[80, 120], RED, 40)


def test_half_transparent_colours_mix():
    after = combined(overlay=plain((*GREEN, 128), 60, 40), blend_mode="alpha")
    assert is_colour(after[80, 120], tuple(np.add(RED, GREEN) / 2), 2)


def test_an_overlay_of_another_shape_keeps_it_at_the_bottom():
    after = combined(overlay=plain((*GREEN, 254), 240, 20))
    assert is_colour(after[-1, 120], GREEN, 3)
    assert is_colour(after[-19, 120], GREEN, 3)
    assert not is_colour(after[-25, 120], GREEN, 60)


def test_an_opaque_overlay_becomes_a_small_picture_in_the_lower_right():
    found = answer(
        "combine_images",
        plain(RED, 240, 160),
        images={"base": plain(BLUE), "overlay": plain(GREEN)},
    )
    after = levels(shown(found))
    assert found.notes["overlay"] == "sticker"
    assert is_colour(after[140, 220], GREEN, 0)
    assert is_colour(after[80, 120], RED, 40)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1, 1), (1, 301), (333, 1), (2, 2), (97, 13)])
@pytest.mark.parametrize("mode", ["alpha", "seamless"])
@pytest.mark.parametrize("scale", [0.1, 4])
def test_odd_sizes_are_no_trouble(size, mode, scale):
    for photo in (plain(RED, 1, 1), plain((*RED, 9), 700, 3), plain(RED, 2, 500)):
        after = combined(
            photo, plain(BLUE, 1, 90), frame(), size, blend_mode=mode, alignment={"scale": scale}
        )
        assert after.shape[:2] == (size[1], size[0])


@pytest.mark.slow
def test_face_swap_puts_the_guest_s_face_on_the_person_in_the_base():
    template = somebody_else()
    found = answer(
        "combine_images",
        guest(),
        images={"base": template, "overlay": CLEAR},
        size=template.size,
        blend_mode="face_swap",
    )
    touched = np.abs(levels(shown(found)) - levels(template)).max(axis=2) > 8
    assert found.notes["faces"] == 1
    assert touched.any()
    assert touched.mean() < 0.12


@pytest.mark.slow
def test_face_swap_leaves_an_opaque_overlay_out():
    template = somebody_else()
    found = answer(
        "combine_images",
        guest(),
        images={"base": template, "overlay": plain(GREEN)},
        blend_mode="face_swap",
    )
    assert found.notes["overlay"] == "left out"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("photo", "base", "where"),
    [(plain(RED), guest(), "guest's photo"), (guest(), plain(BLUE), "background picture")],
)
def test_face_swap_says_which_picture_shows_no_face(photo, base, where):
    with pytest.raises(ProviderRefused, match=f"No face was found in the {where}"):
        combined(photo, base, blend_mode="face_swap")


@pytest.mark.parametrize(
    "settings",
    [{"blend_mode": "glue"}, {"alignment": "left"}, {"alignment": {"scale": "big"}}],
)
def test_a_wrong_setting_is_a_bad_request(settings):
    with pytest.raises(ProviderBadRequest):
        combined(**settings)
