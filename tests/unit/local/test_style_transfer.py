"""Colour transfer from a reference."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from .pictures import answer, finished, guest, levels, plain, shown

PHOTO = guest().resize((200, 200))


def evening() -> Image.Image:
    """Warm, dim and of low contrast."""
    return PHOTO.point(
        [round(level * 0.55 + 40) for level in range(256)] * 2
        + [level // 3 for level in range(256)]
    )


def lab(image: Image.Image) -> np.ndarray:
    import cv2

    pixels = np.asarray(image.convert("RGB"))
    return cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).reshape(-1, 3).mean(axis=0)


def styled(strength: float, reference: Image.Image | None = None, photo=PHOTO) -> Image.Image:
    images = {"reference": reference or evening()}
    return shown(answer("style_transfer", photo, images=images, style_strength=strength))


@pytest.mark.parametrize("strength", [0.25, 0.5, 0.75, 1.0])
def test_lab_means_move_to_the_reference_in_proportion_to_strength(strength):
    own, wanted = lab(PHOTO), lab(evening())
    moved = lab(styled(strength))
    assert moved == pytest.approx(own + (wanted - own) * strength, abs=6)


def test_strength_0_leaves_the_picture():
    assert np.array_equal(levels(styled(0)), levels(PHOTO))


def test_the_default_strength_is_0_65():
    default = finished("style_transfer", PHOTO, images={"reference": evening()})
    assert np.array_equal(default, levels(styled(0.65)))


def test_a_flat_reference_does_not_flatten_the_guest():
    after = levels(styled(1, plain((40, 90, 160))))
    assert after.std(axis=(0, 1)).min() > 0.5 * levels(PHOTO).std(axis=(0, 1)).min()


def test_a_flat_photo_takes_the_colour_and_grows_no_noise():
    after = levels(styled(1, evening(), plain((128, 128, 128))))
    assert after.std(axis=(0, 1)).max() == 0


def test_what_is_transparent_in_the_reference_does_not_count():
    see_through = plain((255, 255, 255, 0), 100, 100)
    see_through.paste((180, 60, 40, 255), (0, 0, 50, 100))
    opaque = plain((180, 60, 40))
    assert lab(styled(1, see_through)) == pytest.approx(lab(styled(1, opaque)), abs=2)
