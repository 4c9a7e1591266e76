"""A provider's picture in the guest's shape: exactly the size, nothing stretched, nobody cut."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from photoai.services.photos import (
    BLUR,
    CROP,
    JPEG,
    PAD,
    PNG,
    Output,
    PhotoLimits,
    finish,
    inspect,
    must_be_searched,
)
from photoai.services.photos.fitting import Head, best_offset, fitted, heads_in
from tests.support import photos

LIMITS = PhotoLimits(20_000_000)
GREY = (90, 90, 100)
RATIOS = ((1, 1), (2, 3), (3, 2), (3, 4), (4, 3), (4, 5), (5, 4), (9, 16), (16, 9), (21, 9))


def wanted(width: int, height: int, fit: str = CROP, border: str = BLUR) -> Output:
    return Output(PNG, 92, width, height, fit, border)


def portrait(side: int = 512) -> Image.Image:
    return Image.open(io.BytesIO(photos.guest())).convert("RGB").resize((side, side))


def scene(size: tuple[int, int], *corners: tuple[int, int], side: int = 400) -> Image.Image:
    """The sample portrait on grey, with its upper left corner at each of these."""
    image = Image.new("RGB", size, GREY)
    for corner in corners:
        image.paste(portrait(side), corner)
    return image


def dials(width: int, height: int) -> Image.Image:
    """A picture whose red tells x and whose green tells y, from 0 to 255."""
    red = np.tile(np.linspace(0, 255, width), (height, 1))
    green = np.tile(np.linspace(0, 255, height)[:, None], (1, width))
    return Image.fromarray(np.dstack([red, green, red * 0]).round().astype(np.uint8))


def head(begin: float, end: float, room: float = 0) -> Head:
    return Head((begin, end), (begin - room, end + room), end - begin)


@pytest.mark.parametrize("fit", [CROP, PAD])
@pytest.mark.parametrize("ratio", RATIOS)
def test_every_ratio_becomes_exactly_the_size_and_is_not_stretched(
    ratio: tuple[int, int], fit: str
) -> None:
    answer = dials(20 * ratio[0], 20 * ratio[1])
    made = np.asarray(fitted(answer, wanted(150, 100, fit, "#0000ff")).image).astype(int)
    assert made.shape == (100, 150, 3)
    inside = made[..., 2] < 128
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    part = made[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    high, wide = part.shape[:2]
    # A pixel of the photo is as many of the answer's wide as it is high.
    across = np.ptp(part[high // 2, :, 0]) / 255 * answer.width / wide
    down = np.ptp(part[:, wide // 2, 1]) / 255 * answer.height / high
    assert across == pytest.approx(down, rel=0.08)


@settings(max_examples=40, deadline=None)
@given(
    length=st.integers(50, 5000),
    share=st.floats(0.05, 0.98),
    ends=st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=6),
    room=st.floats(0, 50),
)
def test_faces_are_whole_where_they_fit(
    length: int, share: float, ends: list[tuple[float, float]], room: float
) -> None:
    window = share * length
    sides = [(length * min(pair), length * max(pair)) for pair in ends]
    heads = [head(*side, room) for side in sides if side[1] - side[0] > 1]
    usual = (length - window) / 2
    begin = best_offset(length, window, heads, usual)
    assert -1e-6 <= begin <= length - window + 1e-6
    faces = [each.face for each in heads]
    if faces and max(end for _, end in faces) - min(start for start, _ in faces) <= window:
        assert all(begin - 0.01 <= start for start, _ in faces)
        assert all(end <= begin + window + 0.01 for _, end in faces)
    if not heads:
        assert begin == usual


def test_the_middle_is_kept_unless_somebody_would_be_cut() -> None:
    assert best_offset(100, 50, [head(40, 60)], 25) == 25
    assert best_offset(100, 50, [head(10, 30)], 25) == 10
    assert best_offset(100, 50, [head(10, 30, room=5)], 25) == 5
    assert best_offset(100, 50, [head(80, 100)], 25) == 50


def test_where_not_everybody_fits_the_larger_faces_stay() -> None:
    assert best_offset(100, 30, [head(0, 10), head(70, 90)], 35) == 60
    assert best_offset(100, 30, [head(0, 20), head(80, 90)], 35) == 0


def test_a_face_at_the_side_stays_in_a_narrower_photo() -> None:
    wide = scene((1200, 400), (800, 0))
    made, notes = fitted(wide, wanted(400, 400))
    (found,) = heads_in(made, across=True)
    assert 0 < found.face[0] < found.face[1] < 400
    assert notes["faces"] == 1
    assert "faces_cut" not in notes
    assert notes["cropped"] == pytest.approx(2 / 3, abs=0.001)


@pytest.mark.slow
def test_a_face_at_the_top_stays_in_a_flatter_photo() -> None:
    made, notes = fitted(scene((400, 1200), (0, 0)), wanted(400, 400))
    assert len(heads_in(made, across=False)) == 1
    assert notes["faces"] == 1


@pytest.mark.slow
@pytest.mark.parametrize("ratio", RATIOS)
def test_two_guests_stay_whole_in_every_ratio(ratio: tuple[int, int]) -> None:
    """Their faces are 340 pixels from cheek to cheek and 70 high, in the upper left of 1024."""
    pair = scene((1024, 1024), (20, 20), (300, 20))
    made, notes = fitted(pair, wanted(900, round(900 * ratio[1] / ratio[0])))
    assert "faces_cut" not in notes
    assert len(heads_in(made, across=True)) == 2


@pytest.mark.slow
def test_it_is_said_who_could_not_be_kept() -> None:
    apart = scene((1500, 400), (0, 0), (1100, 0))
    assert fitted(apart, wanted(400, 400)).notes["faces_cut"] == 1


def test_without_faces_the_side_with_something_on_it_stays() -> None:
    picture = Image.new("RGB", (900, 300), GREY)
    picture.paste(photos.picture(200, 300, seed=3).resize((20, 30)).resize((200, 300), 0), (690, 0))
    made = np.asarray(fitted(picture, wanted(300, 300)).image).astype(int)
    assert (np.abs(made - GREY).max(axis=2) > 20).mean() > 0.6
    flat = fitted(Image.new("RGB", (900, 300), GREY), wanted(300, 300))
    assert flat.notes == {"cropped": 0.667, "faces": 0}


def test_the_rim_may_go_without_a_look() -> None:
    for fit in (CROP, PAD):
        assert fitted(dials(1184, 864), wanted(640, 480, fit)).notes == {}
        assert fitted(dials(1344, 768), wanted(640, 360, fit)).notes == {}


def test_a_border_shows_all_of_the_picture() -> None:
    answer = Image.new("RGB", (200, 200), "white")
    made, notes = fitted(answer, wanted(300, 200, PAD, "#ff0000"))
    levels = np.asarray(made)
    assert notes == {"padded": 0.333}
    assert (levels[:, 50:250] == 255).all()
    assert (levels[:, :50] == (255, 0, 0)).all()
    assert (levels[:, 250:] == (255, 0, 0)).all()


@pytest.mark.slow
def test_a_blurred_border_has_the_pictures_colours_and_none_of_its_edges() -> None:
    made = np.asarray(fitted(scene((512, 512), (100, 100)), wanted(1024, 512, PAD)).image)
    border = made[:, :240].astype(int)
    assert np.abs(np.diff(border, axis=0)).max() < 12
    assert border.mean() > 30


def test_what_lets_light_through_keeps_doing_so() -> None:
    cut_out = Image.new("RGBA", (200, 200), (10, 200, 10, 0))
    cut_out.paste((200, 10, 10, 255), (50, 50, 150, 150))
    cropped = fitted(cut_out, wanted(200, 100)).image
    padded = fitted(cut_out, wanted(400, 200, PAD)).image
    assert cropped.getpixel((1, 1))[3] == padded.getpixel((1, 1))[3] == 0
    assert padded.getpixel((200, 100)) == (200, 10, 10, 255)


@pytest.mark.parametrize(
    ("size", "fit", "enlarged"),
    [
        ((60, 40), CROP, 2),
        ((120, 80), CROP, None),
        ((240, 160), CROP, None),
        ((60, 40), PAD, 2),
        ((40, 40), PAD, 2),
        ((300, 80), PAD, None),
    ],
)
def test_pixels_that_were_made_up_are_told(
    size: tuple[int, int], fit: str, enlarged: float | None
) -> None:
    notes = fitted(dials(*size), wanted(120, 80, fit)).notes
    assert notes.get("enlarged") == enlarged


def test_only_a_picture_that_is_cut_has_to_be_searched() -> None:
    square, same = photos.jpeg(512, 512), photos.jpeg(600, 400)
    assert must_be_searched(square, wanted(1200, 800), LIMITS)
    assert not must_be_searched(square, wanted(1200, 800, PAD), LIMITS)
    assert not must_be_searched(same, wanted(1200, 800), LIMITS)


@pytest.mark.parametrize("size", [(640, 480), (320, 240)])
def test_the_booths_density_is_in_the_answer(size: tuple[int, int]) -> None:
    guest = photos.encoded(photos.picture(*size), "JPEG", dpi=(300, 300))
    assert inspect(io.BytesIO(guest), LIMITS).dpi == 300
    for mime in (JPEG, PNG):
        output = Output(mime, 90, *size, dpi=300)
        for answer in (photos.jpeg(), photos.jpeg()[:2] + photos.jpeg()[20:]):
            made = photos.opened(finish(answer, output, LIMITS))
            assert made.info["dpi"] == pytest.approx((300, 300), abs=0.1)
            assert made.size == size


@pytest.mark.parametrize("dpi", [(0, 0), (300, 150), (99_999, 99_999)])
def test_a_density_that_makes_no_sense_is_none(dpi: tuple[float, float]) -> None:
    guest = photos.encoded(photos.picture(), "PNG", dpi=dpi)
    assert inspect(io.BytesIO(guest), LIMITS).dpi is None
