"""One face in the place of others, on a real portrait."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from photoai.errors import ProviderRefused
from photoai.services.faces import find_faces

from .pictures import BLUE, RED, answer, finished, guest, levels, plain, shown, somebody_else

pytestmark = pytest.mark.slow

FACE = np.s_[75:160, 185:265]  # rows and columns of the face in the sample portrait


def test_the_face_changes_and_the_rest_does_not():
    after = finished("face_swap", guest(), images={"face": somebody_else()})
    difference = np.abs(after - levels(guest())).max(axis=2)
    assert difference[FACE].mean() > 8
    difference[36:206, 150:296] = 0
    assert difference.max() == 0


def test_the_skin_keeps_the_guest_s_colour():
    after = finished("face_swap", guest(), images={"face": somebody_else()})
    skin, before = after[FACE].mean(axis=(0, 1)), levels(guest())[FACE].mean(axis=(0, 1))
    assert skin == pytest.approx(before, abs=12)


def test_a_face_put_in_its_own_place_changes_little():
    after = finished("face_swap", guest(), images={"face": guest()})
    assert np.abs(after - levels(guest()))[FACE].mean() < 3


def test_the_mouth_comes_from_the_other_face():
    """Mirrored back, the swapped face is nearer to the mirrored portrait than the guest is."""
    mirrored = guest().transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    after = finished("face_swap", guest(), images={"face": mirrored})[FACE].mean(axis=2)
    used = levels(mirrored)[75:160, 512 - 265 : 512 - 185].mean(axis=2)
    own = levels(guest())[FACE].mean(axis=2)
    alike = np.corrcoef(after.ravel(), used.ravel())[0, 1]
    assert alike > np.corrcoef(own.ravel(), used.ravel())[0, 1]


def test_every_guest_gets_the_face():
    group = plain((90, 90, 100), 1000, 520)
    group.paste(guest().resize((480, 480)), (10, 20))
    group.paste(somebody_else().resize((480, 480)), (510, 20))
    found = answer("face_swap", group, images={"face": guest()})
    touched = np.abs(levels(shown(found)) - levels(group)).max(axis=2) > 6
    assert found.notes == {"faces": 2}
    assert touched[:, :500].any()
    assert touched[:, 510:].any()


def test_the_face_comes_first_and_then_the_reference():
    by_reference = answer("face_swap", guest(), images={"reference": somebody_else()})
    both = {"face": somebody_else(), "reference": plain(RED)}
    assert answer("face_swap", guest(), images=both).image == by_reference.image


def test_the_larger_of_two_faces_is_used():
    pair = plain((90, 90, 100), 900, 520)
    pair.paste(guest().resize((512, 512)), (0, 0))
    pair.paste(somebody_else().resize((300, 300)), (560, 60))
    assert answer("face_swap", guest(), images={"face": pair}).notes == {"faces": 1}


@pytest.mark.parametrize(
    ("photo", "face", "where"),
    [
        (plain(BLUE, 300, 300), guest(), "the guest's photo"),
        (guest(), plain(BLUE, 300, 300), "the picture with the face to use"),
    ],
)
def test_a_picture_without_a_face_is_refused_by_name(photo, face, where):
    with pytest.raises(ProviderRefused, match=f"No face was found in {where}"):
        answer("face_swap", photo, images={"face": face})


@pytest.mark.parametrize("degrees", [-40, 0, 20])
def test_a_tilted_head_is_found_and_its_tilt_measured(degrees):
    tilted = guest().rotate(degrees, Image.Resampling.BICUBIC, fillcolor=BLUE)
    (face,) = find_faces(np.asarray(tilted), 1)
    assert face.degrees == pytest.approx(-degrees, abs=9)
    assert face.eye_distance == pytest.approx(41, abs=5)


def test_a_face_at_the_edge_of_the_photo_is_no_trouble():
    cropped = guest().crop((170, 60, 420, 310))
    assert finished("face_swap", cropped, images={"face": somebody_else()}).shape == (250, 250, 3)
