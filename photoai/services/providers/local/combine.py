"""`combine_images`: background, guest and overlay as one picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from PIL import Image

from photoai.errors import ProviderBadRequest
from photoai.services.faces import find_faces, left_to_right
from photoai.services.photos import fit
from photoai.services.providers.port import Ask

from .asks import check_time, image_named, number
from .canvas import Pixels, Sheet, bounded, cut_and_scaled, lay_over, opened, sheet_of
from .cloning import feathered, lit_like
from .colour import Gains, light_of, relit, small
from .overlays import lay_overlay
from .swap import GUEST, MOST_FACES, SCENE, SOURCE_SIDE_PX, faces_or_refusal, swap_all

MODES = ("alpha", "seamless", "face_swap")
FEATHER = {"alpha": 0.06, "seamless": 0.13}  # of the guest's shorter side
HOLD = 0.9
CUT_OUT_LIGHT = 0.25
BELIEVABLE = Gains(0.8, 1.25)


@dataclass(frozen=True)
class Plan:
    """The operation's settings."""

    mode: str
    scale: float
    landmarks: bool

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Plan:
        mode = settings.get("blend_mode", "seamless")
        if mode not in MODES:
            raise ProviderBadRequest(f"The setting 'blend_mode' must be one of {', '.join(MODES)}.")
        alignment = settings.get("alignment", {})
        if not isinstance(alignment, Mapping):
            raise ProviderBadRequest("The setting 'alignment' must be an object.")
        scale = number(alignment, "scale", 1, 0.1, 4)
        return cls(mode, scale, bool(alignment.get("face_landmarks", True)))


@dataclass(frozen=True)
class Place:
    """A rectangle on the canvas, in pixels; it may reach beyond it."""

    left: float
    top: float
    width: float
    height: float


def combine_images(ask: Ask) -> tuple[Sheet, dict[str, Any]]:
    """Blend the guest onto `images["base"]` and put `images["overlay"]` on top.

    The base fills the canvas. `settings["blend_mode"]` says what happens to the guest:

    * `alpha`: the photo lies in the middle of the base, its edges fade out;
    * `seamless` (default): as well, over a wider edge, and its light is drawn to the base's there;
    * `face_swap`: the people in the base get the guests' faces, paired from left to right; the
      largest ones take part when the numbers differ.

    A photo with transparency (a cut-out) keeps its own outline in the first two modes; in
    `seamless` its light moves a quarter of the way to the base's. `alignment.scale` is the guest's
    size: 1 spans the canvas, and a larger one zooms in on the face (`alignment.face_landmarks`) or
    the middle. In `face_swap` it is the size of the face against the one it replaces, and
    `face_landmarks` tells whether heads are turned to fit.

    For where an overlay goes see `overlays.lay_overlay`.

    Raises:
        ProviderBadRequest: the base or the overlay is missing or unreadable, or a setting is wrong.
        ProviderRefused: `face_swap` found no face in the guest's photo or in the base.
        ProviderTimeout: the deadline has passed.
    """
    plan = Plan.of(ask.settings)
    overlay = image_named(ask, "overlay")
    width, height = ask.output.width, ask.output.height
    canvas = sheet_of(fit(opened(image_named(ask, "base")).convert("RGB"), width, height)).rgb
    check_time(ask)
    facts = _add_faces(ask, canvas, plan) if plan.mode == "face_swap" else {}
    if plan.mode != "face_swap":
        _add_guest(ask, canvas, plan)
    check_time(ask)
    laid = lay_overlay(canvas, opened(overlay), opaque_too=plan.mode != "face_swap")
    return Sheet(canvas), {"blend_mode": plan.mode, "overlay": laid, **facts}


def _add_faces(ask: Ask, canvas: Pixels, plan: Plan) -> dict[str, Any]:
    guest = bounded(sheet_of(opened(ask.photo)).rgb, SOURCE_SIDE_PX)
    guests = faces_or_refusal(guest, GUEST, MOST_FACES, plan.landmarks)
    check_time(ask)
    people = faces_or_refusal(canvas, SCENE, MOST_FACES, plan.landmarks)
    count = min(len(guests), len(people))
    pairs = zip(left_to_right(guests[:count]), left_to_right(people[:count]), strict=True)
    swap_all(ask, canvas, guest, pairs, plan.scale)
    return {"faces": count}


def _add_guest(ask: Ask, canvas: Pixels, plan: Plan) -> None:
    photo = opened(ask.photo)
    check_time(ask)
    place = _place(photo, canvas, plan)
    left, top = max(0, round(place.left)), max(0, round(place.top))
    height, width = canvas.shape[:2]
    right = max(left + 1, min(width, round(place.left + place.width)))
    bottom = max(top + 1, min(height, round(place.top + place.height)))
    region = canvas[top:bottom, left:right]
    guest = _visible(photo, place, (left, top, right, bottom))
    check_time(ask)
    if guest.alpha is None:
        _blend_photo(region, guest.rgb, plan.mode, place, (left, top))
    else:
        _blend_cut_out(region, guest, plan.mode)


def _place(photo: Image.Image, canvas: Pixels, plan: Plan) -> Place:
    """Where the guest goes: in the middle; when larger than the canvas, around the face."""
    height, width = canvas.shape[:2]
    factor = plan.scale * min(width / photo.width, height / photo.height)
    wide, high = max(1.0, photo.width * factor), max(1.0, photo.height * factor)
    focus = np.array([0.5, 0.5])
    if plan.scale > 1 and plan.landmarks:
        focus = _focus(photo)
    room = np.array([width - wide, height - high])
    # a face keeps its place in the frame while the photo grows around it
    left, top = np.where(room < 0, room * focus, room / 2)
    return Place(float(left), float(top), wide, high)


def _focus(photo: Image.Image) -> Pixels:
    """The largest face's middle as fractions of the photo, else the photo's own middle."""
    copy = photo.convert("RGB")
    copy.thumbnail((1000, 1000))
    faces = find_faces(sheet_of(copy).rgb, 1)
    return np.clip(faces[0].middle / copy.size, 0, 1) if faces else np.array([0.5, 0.5])


def _visible(photo: Image.Image, place: Place, seen: tuple[int, int, int, int]) -> Sheet:
    """The part of the photo that lands on the canvas: at scale 4 the whole would be 16 canvases."""
    left, top, right, bottom = seen
    across, down = photo.width / place.width, photo.height / place.height
    box = (
        min(max((left - place.left) * across, 0), photo.width - across),
        min(max((top - place.top) * down, 0), photo.height - down),
        min((right - place.left) * across, photo.width),
        min((bottom - place.top) * down, photo.height),
    )
    return sheet_of(cut_and_scaled(photo, box, right - left, bottom - top))


def _blend_photo(
    region: Pixels, guest: Pixels, mode: str, place: Place, corner: tuple[int, int]
) -> None:
    edge = FEATHER[mode] * min(place.width, place.height)
    mask = feathered(
        (round(place.width), round(place.height)),
        edge,
        (corner[0] - round(place.left), corner[1] - round(place.top)),
        region.shape,
    )
    lit = lit_like(region, guest, mask, HOLD) if mode == "seamless" else guest
    lay_over(region, lit, mask)


def _blend_cut_out(region: Pixels, guest: Sheet, mode: str) -> None:
    rgb, alpha = guest.rgb, guest.alpha
    assert alpha is not None
    if mode == "seamless":
        own, around = light_of(small(rgb), small(alpha)), light_of(small(region))
        rgb = relit(rgb, own, around, CUT_OUT_LIGHT, BELIEVABLE)
    # a hair's breadth of softness hides the stairs of a hard chroma key
    lay_over(region, rgb, cv2.GaussianBlur(alpha, (3, 3), 0))
