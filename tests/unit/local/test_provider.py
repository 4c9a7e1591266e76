"""The provider as the ladder sees it."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from photoai.errors import (
    ProviderBadRequest,
    ProviderError,
    ProviderTimeout,
)
from photoai.services.photos import JPEG, PNG, WEBP, Picture
from photoai.services.providers.local import LocalProvider

from .pictures import BLUE, GREEN, RED, answer, ask, guest, plain, shown

OPERATIONS = ("style_transfer", "combine_images", "face_swap", "change_image")
IMAGES = {
    "reference": plain(BLUE),
    "base": plain(GREEN),
    "overlay": plain((0, 0, 0, 90)),
    "face": plain(RED),
}


def test_it_needs_no_key():
    assert LocalProvider().configured()


def test_it_costs_nothing_and_says_what_it_is():
    found = answer("change_image", plain(RED), prompt="sepia")
    assert (found.cost, found.model, dict(found.usage)) == (0.0, "local-1", {})


@pytest.mark.slow
def test_opencv_is_loaded_by_the_first_job_only():
    code = (
        "import sys; from photoai.services.providers.local import LocalProvider;"
        "LocalProvider().configured(); sys.exit('cv2' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_unknown_operation_is_a_bad_request():
    with pytest.raises(ProviderBadRequest, match="object_replace"):
        answer("object_replace", plain(RED))


@pytest.mark.parametrize(
    ("operation", "missing"),
    [
        ("style_transfer", "reference"),
        ("combine_images", "base"),
        ("combine_images", "overlay"),
        ("face_swap", "face"),
    ],
)
def test_a_missing_image_is_named(operation, missing):
    images = {name: image for name, image in IMAGES.items() if name != missing}
    images = {} if operation == "face_swap" else images
    with pytest.raises(ProviderBadRequest, match=f"'{missing}'.* is missing"):
        answer(operation, plain(RED), images=images)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_deadline_that_has_passed_ends_the_work(operation):
    with pytest.raises(ProviderTimeout):
        answer(operation, plain(RED), images=IMAGES, seconds=0)


@pytest.mark.slow
def test_a_deadline_that_passes_during_the_work_ends_it():
    photo = guest().resize((1600, 1600))
    with pytest.raises(ProviderTimeout):
        answer("change_image", photo, prompt="oil, comic, soft skin, pencil", seconds=0.3)


def test_a_photo_that_cannot_be_read_is_a_bad_request():
    broken = dataclasses.replace(
        ask("change_image", plain(RED)), photo=Picture(b"\xff\xd8\xff\xe0 no", JPEG, 9, 9)
    )
    with pytest.raises(ProviderBadRequest):
        LocalProvider().finish(broken)


@pytest.mark.parametrize("operation", ["style_transfer", "combine_images", "change_image"])
@pytest.mark.parametrize(("mime", "format_name"), [(JPEG, "JPEG"), (PNG, "PNG"), (WEBP, "WEBP")])
def test_the_answer_comes_as_the_booth_wants_it(operation, mime, format_name):
    image = shown(answer(operation, plain(RED), images=IMAGES, mime=mime, size=(77, 41)))
    assert (image.format, image.size) == (format_name, (77, 41))


def test_transparency_survives_where_the_file_can_hold_it():
    cut_out = plain((200, 30, 30, 100))
    assert shown(answer("change_image", cut_out, prompt="warm")).getpixel((5, 5))[3] == 100
    assert shown(answer("change_image", cut_out, prompt="warm", mime=JPEG)).mode == "RGB"


@pytest.mark.slow
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    operation=st.sampled_from(OPERATIONS),
    photo=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    other=st.tuples(st.integers(1, 300), st.integers(1, 40)),
    size=st.tuples(st.integers(1, 90), st.integers(1, 90)),
    opacity=st.sampled_from([0, 1, 128, 255]),
    strength=st.floats(0, 1) | st.sampled_from([None, "much", -5, float("nan"), float("inf")]),
    mode=st.sampled_from(["alpha", "seamless", "face_swap", "glue"]),
    scale=st.floats(0.1, 4),
    prompt=st.sampled_from(["", "пони", "soft skin, oil, comic", "pencil posterise", "hdr auto"]),
)
def test_only_provider_errors_leave(
    operation, photo, other, size, opacity, strength, mode, scale, prompt
):
    images = {name: plain((90, 120, 40, opacity), *other) for name in IMAGES}
    given_settings = {
        "style_strength": strength,
        "strength": strength,
        "blend_mode": mode,
        "alignment": {"scale": scale},
    }
    question = ask(
        operation, plain((200, 90, 30, opacity), *photo), prompt=prompt, size=size, images=images
    )
    try:
        found = LocalProvider().finish(dataclasses.replace(question, settings=given_settings))
    except ProviderError:
        return
    assert shown(found).size == size
