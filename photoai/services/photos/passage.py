"""Photos on their way: the guest's to a provider, a provider's answer to the booth."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from typing import Any, BinaryIO, NamedTuple

from .fitting import fitted, must_be_cut
from .headers import examined, inspect
from .jpeg import stripped_jpeg, with_density
from .picture import JPEG, PNG, Output, PhotoFacts, PhotoLimits, Picture
from .pixels import check_pixels, decode, encode, shrink

# Sent to a provider this well, a photo loses nothing one could see.
SENDING_QUALITY = 95
# Where it must have fewer bytes, it loses resolution step by step.
SMALLER, LEAST_SIDE_PX = 0.8, 256


def accept(file: BinaryIO, limits: PhotoLimits) -> PhotoFacts:
    """What `inspect` says of a guest's photo, once every pixel of a plain JPEG is known to be
    there; of any other photo that shows when it is decoded.

    Raises:
        PhotoaiError: the photo is not taken, or is damaged.
    """
    with examined(file, limits) as (facts, image):
        if facts.plain:
            check_pixels(image)
        return facts


def prepare(
    data: bytes,
    limits: PhotoLimits,
    *,
    accepted: Collection[str],
    facts: PhotoFacts | None = None,
    max_side_px: int | None = None,
    max_bytes: int | None = None,
) -> Picture:
    """The photo as a provider may get it: upright, sRGB, no metadata, a type it accepts.

    A JPEG that is so already keeps its very pixels. `facts` are what `accept` said of these bytes;
    None makes it look itself.

    Raises:
        PhotoaiError: the photo is not taken, or is damaged.
    """
    facts = facts or accept(io.BytesIO(data), limits)
    too_large = max_side_px is not None and max(facts.width, facts.height) > max_side_px
    too_large |= max_bytes is not None and len(data) > max_bytes
    if facts.plain and JPEG in accepted and not too_large:
        return Picture(stripped_jpeg(data), JPEG, facts.width, facts.height)
    pixels = shrink(decode(data, limits, max_side_px), max_side_px)
    mime = PNG if pixels.mode == "RGBA" and PNG in accepted else JPEG
    sent = encode(pixels, mime, SENDING_QUALITY)
    while max_bytes is not None and len(sent) > max_bytes and max(pixels.size) > LEAST_SIDE_PX:
        pixels = shrink(pixels, round(max(pixels.size) * SMALLER))
        sent = encode(pixels, mime, SENDING_QUALITY)
    return Picture(sent, mime, *pixels.size)


def check(data: bytes, limits: PhotoLimits) -> None:
    """Whether the whole picture can be decoded.

    Raises:
        PhotoaiError: it is not taken, or is damaged.
    """
    with examined(io.BytesIO(data), limits) as (facts, image):
        if facts.mime == JPEG:
            check_pixels(image)
            stripped_jpeg(data)
            return
    decode(data, limits)


def thumbnail(data: bytes, limits: PhotoLimits, side_px: int, quality: int) -> bytes:
    """A small JPEG of a photo, to be looked at.

    Raises:
        PhotoaiError: it is not taken, or is damaged.
    """
    return encode(shrink(decode(data, limits, side_px), side_px), JPEG, quality)


class Finished(NamedTuple):
    """A photo as the booth gets it, and what was done to the answer (see `Fitted`)."""

    data: bytes
    notes: Mapping[str, Any]


def finish(data: bytes, output: Output, limits: PhotoLimits) -> bytes:
    """What `finish_with_notes` makes, alone."""
    return finish_with_notes(data, output, limits).data


def must_be_searched(data: bytes, output: Output, limits: PhotoLimits) -> bool:
    """Whether finishing an answer means to look for faces, which takes a while.

    Raises:
        PhotoaiError: the answer is not an image that is taken.
    """
    facts = inspect(io.BytesIO(data), limits)
    return must_be_cut(facts.width, facts.height, output)


def finish_with_notes(data: bytes, output: Output, limits: PhotoLimits) -> Finished:
    """A provider's answer as the booth must get it: exactly `output`, and complete.

    Raises:
        PhotoaiError: the answer is not an image that is taken, or is damaged.
    """
    wanted = (output.width, output.height)
    with examined(io.BytesIO(data), limits) as (facts, image):
        if facts.plain and output.mime == JPEG and (facts.width, facts.height) == wanted:
            check_pixels(image)
            return Finished(with_density(stripped_jpeg(data), output.dpi), {})
    made = fitted(decode(data, limits), output)
    return Finished(encode(made.image, output.mime, output.quality, output.dpi), made.notes)
