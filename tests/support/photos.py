"""Sample photos, made when they are needed."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from photoai.config import ROOT

GUEST = ROOT / "docs" / "sample" / "guest.jpg"
ORIENTATION = 0x0112


def guest() -> bytes:
    return Path(GUEST).read_bytes()


def picture(width: int = 640, height: int = 480, seed: int = 0) -> Image.Image:
    """Something with colours, gradients and texture."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (8, 8, 3), dtype=np.uint8)
    return Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC)


def jpeg(
    width: int = 640, height: int = 480, *, seed: int = 0, quality: int = 90, **options: object
) -> bytes:
    return encoded(picture(width, height, seed), "JPEG", quality=quality, **options)


def booth_jpeg(seed: int = 0) -> bytes:
    """About 52 kB, as booths send in their smallest setting."""
    noise = np.random.default_rng(seed).normal(0, 10, (480, 640, 3))
    pixels = np.asarray(picture(640, 480, seed)).astype(float) + noise
    return encoded(Image.fromarray(pixels.clip(0, 255).astype("uint8")), "JPEG", quality=77)


def big_jpeg(megapixels: float = 24) -> bytes:
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    image = picture(round(height * 1.5), height).filter(ImageFilter.SHARPEN)
    return encoded(image, "JPEG", quality=92)


def heavy_jpeg(megapixels: float = 24, grain: float = 8.0, seed: int = 0) -> bytes:
    """As a camera writes them at a dark party: its grain makes 8 MB of 24 megapixels."""
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    image = picture(round(height * 1.5), height, seed)
    noise = np.random.default_rng(seed).normal(0, grain, (height, image.width, 1))
    pixels = np.asarray(image).astype(np.float32) + noise.astype(np.float32)
    return encoded(Image.fromarray(pixels.clip(0, 255).astype("uint8")), "JPEG", quality=90)


def rotated_jpeg(orientation: int, width: int = 64, height: int = 40) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return jpeg(width, height, exif=exif.tobytes())


def png(width: int = 320, height: int = 240, mode: str = "RGB") -> bytes:
    return encoded(picture(width, height).convert(mode), "PNG")


def cmyk_jpeg() -> bytes:
    return encoded(picture().convert("CMYK"), "JPEG", quality=90)


def png16() -> bytes:
    """A grey gradient with 16 bits a pixel."""
    ramp = np.linspace(0, 65535, 256, dtype=np.uint16)
    return encoded(Image.fromarray(np.tile(ramp, (64, 1))), "PNG")


def animated_webp() -> bytes:
    frames = [picture(64, 64, seed) for seed in range(3)]
    return encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:])


def heic() -> bytes:
    import pillow_heif

    file = io.BytesIO()
    pillow_heif.from_pillow(picture()).save(file, quality=80)
    return file.getvalue()


@functools.cache
def bomb_png(width: int = 10_000, height: int = 6_000) -> bytes:
    """Small as a file, huge when decoded; made row by row."""
    packed = zlib.compressobj(9)
    row = b"\0" * (1 + width * 3)
    data = b"".join(packed.compress(row) for _ in range(height)) + packed.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def encoded(image: Image.Image, format_: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def difference(one: Image.Image, other: Image.Image) -> float:
    """Mean absolute difference, 0 to 255."""
    a, b = (np.asarray(image.convert("RGB")).astype(int) for image in (one, other))
    return float(abs(a - b).mean())
