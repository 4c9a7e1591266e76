"""Small true pictures, and asking the provider with them."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from photoai.services.photos import PNG, Output, Picture
from photoai.services.providers.local import LocalProvider
from photoai.services.providers.port import Answer, Ask

SAMPLE = Path(__file__).parents[3] / "docs" / "sample" / "guest.jpg"
RED, GREEN, BLUE = (200, 30, 30), (30, 180, 40), (20, 40, 200)


def guest() -> Image.Image:
    """A real portrait, 512 × 512, one face in the upper half, a little right of the middle."""
    return Image.open(SAMPLE).convert("RGB")


def somebody_else() -> Image.Image:
    """The same portrait mirrored, turned by 12 degrees, of another colour and size."""
    mirrored = guest().transpose(Image.Transpose.FLIP_LEFT_RIGHT).convert("HSV")
    hue, saturation, value = mirrored.split()
    hue = hue.point(lambda level: (level + 12) % 256)
    value = value.point(lambda level: level * 0.8)
    person = Image.merge("HSV", (hue, saturation, value)).convert("RGB")
    return person.rotate(12, Image.Resampling.BICUBIC, fillcolor=BLUE).resize((400, 400))


def plain(colour: tuple[int, ...], width: int = 96, height: int = 64) -> Image.Image:
    return Image.new("RGBA" if len(colour) == 4 else "RGB", (width, height), colour)


def picture(image: Image.Image) -> Picture:
    """Lossless, so that tests measure the work and not the file."""
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=1)
    return Picture(file.getvalue(), PNG, *image.size)


def ask(
    operation: str,
    photo: Image.Image,
    *,
    prompt: str = "",
    size: tuple[int, int] | None = None,
    mime: str = PNG,
    seconds: float = 60,
    images: dict[str, Image.Image] | None = None,
    **settings: Any,
) -> Ask:
    width, height = size or photo.size
    return Ask(
        job_id="j1",
        user_id=1,
        operation=operation,
        prompt=prompt,
        photo=picture(photo),
        images={name: picture(image) for name, image in (images or {}).items()},
        settings=settings,
        output=Output(mime, 92, width, height),
        deadline=time.monotonic() + seconds,
    )


def answer(operation: str, photo: Image.Image, **facts: Any) -> Answer:
    return LocalProvider().finish(ask(operation, photo, **facts))


def shown(found: Answer) -> Image.Image:
    image = Image.open(io.BytesIO(found.image))
    image.load()
    return image


def finished(operation: str, photo: Image.Image, **facts: Any) -> np.ndarray:
    """The answer's pixels, (height, width, 3), as floats."""
    return levels(shown(answer(operation, photo, **facts)))


def levels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"), np.float64)
