"""`face_swap`: one face in the place of others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from photoai.errors import ProviderRefused
from photoai.services.faces import Face, find_faces
from photoai.services.providers.port import Ask
from photoai.services.providers.reasons import NO_FACE as NO_GUESTS_FACE

from .asks import check_time, image_named
from .canvas import Mask, Pixels, Sheet, bounded, guest_sheet, lay_over, opened, sheet_of
from .cloning import ellipse, lit_like
from .colour import Gains, light_of, relit, small

MOST_FACES = 8
# Whole sentences, because they are translated.
GUEST, SOURCE, SCENE = "guest", "source", "scene"
NO_FACE = {
    GUEST: "No face was found in the guest's photo.",
    SOURCE: "No face was found in the picture with the face to use.",
    SCENE: "No face was found in the background picture.",
}
SOURCE_SIDE_PX = 3000
HALF_AXES = np.array([0.9, 1.22])  # of the face's oval, in eye distances
HOLD = 0.6
SKIN = Gains(0.75, 1.3)
EDGE = 1.35  # how far around the oval the work reaches


def face_swap(ask: Ask) -> tuple[Sheet, dict[str, Any]]:
    """Give every face in the guest's photo (the 8 largest) the face of another picture.

    The face comes from `images["face"]`, else from `images["reference"]`; where that picture shows
    several, the largest counts.

    Raises:
        ProviderBadRequest: both images are missing, or one cannot be read.
        ProviderRefused: one of the two pictures shows no face.
        ProviderTimeout: the deadline has passed.
    """
    source = bounded(sheet_of(opened(image_named(ask, "face", "reference"))).rgb, SOURCE_SIDE_PX)
    face = faces_or_refusal(source, SOURCE, 1)[0]
    check_time(ask)
    guest = guest_sheet(ask.photo, ask.output)
    check_time(ask)
    guests = faces_or_refusal(guest.rgb, GUEST, MOST_FACES)
    swap_all(ask, guest.rgb, source, ((face, each) for each in guests))
    return guest, {"faces": len(guests)}


def faces_or_refusal(rgb: Pixels, where: str, most: int, landmarks: bool = True) -> list[Face]:
    """The faces of a picture, largest first.

    Raises:
        ProviderRefused: there are none; `where` says which picture it is (`NO_FACE`).
    """
    faces = find_faces(rgb, most, landmarks)
    if not faces:
        advice = {"advice": [NO_GUESTS_FACE.advice]} if where == GUEST else {}
        raise ProviderRefused(NO_FACE[where], details={"reason": "no_face"} | advice)
    return faces


def swap_all(
    ask: Ask,
    target: Pixels,
    source: Pixels,
    pairs: Iterable[tuple[Face, Face]],
    scale: float = 1,
) -> None:
    """For each (face in `source`, face in `target`) put the first over the second, in place."""
    for used, replaced in pairs:
        check_time(ask)
        _swap(target, source, used, replaced, scale)


def _swap(target: Pixels, source: Pixels, used: Face, replaced: Face, scale: float) -> None:
    axes = HALF_AXES * replaced.eye_distance * scale
    left, top, right, bottom = _around(target, replaced, axes)
    if right - left < 2 or bottom - top < 2:
        return
    region = target[top:bottom, left:right]
    corner = np.array([left, top])
    matrix = _similarity(used, replaced, scale)
    matrix[:, 2] -= corner
    face, covered = _warped(source, matrix, region.shape)
    mask = ellipse(region.shape, replaced.middle - corner, axes, replaced.degrees)
    inner = ellipse(region.shape, replaced.middle - corner, axes * 0.75, replaced.degrees)
    face = _same_skin(face, region, cv2.min(inner, covered))
    mask = cv2.min(mask, covered)
    lay_over(region, lit_like(region, face, mask, HOLD), mask)


def _around(target: Pixels, face: Face, axes: Pixels) -> tuple[int, int, int, int]:
    """The part of the picture that a swap touches: left, top, right, bottom."""
    reach = float(axes.max()) * EDGE
    height, width = target.shape[:2]
    left, top = np.clip(np.floor(face.middle - reach), 0, [width, height]).astype(int)
    right, bottom = np.clip(np.ceil(face.middle + reach), 0, [width, height]).astype(int)
    return int(left), int(top), int(right), int(bottom)


def _similarity(used: Face, replaced: Face, scale: float) -> Pixels:
    """The 2 × 3 matrix that turns, scales and moves one face onto the other."""
    size = scale * replaced.eye_distance / max(used.eye_distance, 1e-6)
    turn = np.radians(replaced.degrees - used.degrees)
    cos, sin = size * np.cos(turn), size * np.sin(turn)
    rotation = np.array([[cos, -sin], [sin, cos]])
    return np.column_stack([rotation, replaced.middle - rotation @ used.middle])


def _warped(source: Pixels, matrix: Pixels, shape: tuple[int, ...]) -> tuple[Pixels, Mask]:
    """The source on the region's canvas, and where it covers it."""
    size = float(np.hypot(*matrix[:, 0]))
    if size < 0.5:  # far down: average first, or the warp would skip pixels
        smaller = bounded(source, max(1, round(max(source.shape[:2]) * size * 1.5)))
        matrix = matrix.copy()
        matrix[:, :2] *= source.shape[1] / smaller.shape[1]
        source = smaller
    height, width = shape[:2]
    method, border = cv2.INTER_CUBIC, cv2.BORDER_REPLICATE
    face = cv2.warpAffine(source, matrix, (width, height), flags=method, borderMode=border)
    whole = np.full(source.shape[:2], 255, np.uint8)
    return face, cv2.warpAffine(whole, matrix, (width, height))


def _same_skin(face: Pixels, region: Pixels, inner: Mask) -> Pixels:
    where = small(inner)
    return relit(face, light_of(small(face), where), light_of(small(region), where), 0.9, SKIN)
