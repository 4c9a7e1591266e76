"""A provider's answer in another shape than the guest's photo: what making it fit takes."""

from __future__ import annotations

import io
import statistics
import time
from collections.abc import Callable, Iterator

from PIL import Image

from photoai.services.photos import CROP, JPEG, PAD, Output, PhotoLimits, finish_with_notes
from tests.support import photos

from .bench import Row

LIMITS = PhotoLimits(200_000_000)
TURNS = 5
PHOTO = (6000, 4000)  # 24 megapixels, as the guest's
ANSWERS = {"1 megapixel": 1024, "24 megapixels": 4900}


def print_fit() -> Iterator[Row]:
    """A square answer with a face, and one without, as 24 megapixels of 3:2; the baseline is the
    same answer in the photo's own shape."""
    for called, side in ANSWERS.items():
        face = photos.encoded(_portrait(side, side), "JPEG", quality=92)
        nobody = photos.jpeg(side, side)
        same = photos.encoded(_portrait(round(side * 1.22), round(side * 0.816)), "JPEG")
        usual = _ms(same, CROP)
        for what, answer, fit in (
            ("cut around a face", face, CROP),
            ("cut, nobody in it", nobody, CROP),
            ("with a blurred border", face, PAD),
        ):
            yield Row(
                "print_fit",
                f"{called}, {what}",
                _ms(answer, fit),
                "ms",
                f"{usual:.0f} ms in the photo's shape",
            )


def _portrait(width: int, height: int) -> Image.Image:
    return Image.open(io.BytesIO(photos.guest())).convert("RGB").resize((width, height))


def _ms(answer: bytes, fit: str) -> float:
    output = Output(JPEG, 92, *PHOTO, fit=fit)
    return statistics.median(
        _timed(lambda: finish_with_notes(answer, output, LIMITS)) for _ in range(TURNS)
    )


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
