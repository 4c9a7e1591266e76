"""The effects as MoviePy's own objects: numpy arrays of RGB, one picture at a time.

Loaded only when a timeline cannot be said as a filter graph, and by the tests that hold both ways
to the same pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from moviepy import VideoClip
from moviepy.Effect import Effect
from PIL import Image, ImageColor, ImageFilter

from photoai.services.video.canvas import Canvas

from .fits import Box
from .overlays import KB, KG, KR, ChromaKey, Overlay

Pixels: TypeAlias = npt.NDArray[Any]


class Padded(Effect):
    """`Pad`."""

    def __init__(self, box: Box, canvas: Canvas, color: str) -> None:
        self.box = box
        self.ground = Image.new("RGB", (canvas.width, canvas.height), ImageColor.getrgb(color))

    def apply(self, clip: VideoClip) -> VideoClip:
        return clip.image_transform(self._drawn)

    def _drawn(self, picture: Pixels) -> Pixels:
        image = self.ground.copy()
        image.paste(_scaled(picture, self.box.width, self.box.height), (self.box.x, self.box.y))
        return np.asarray(image)


class Cropped(Effect):
    """`Crop`."""

    def __init__(self, part: Box, canvas: Canvas) -> None:
        self.part = part
        self.canvas = canvas

    def apply(self, clip: VideoClip) -> VideoClip:
        return clip.image_transform(self._drawn)

    def _drawn(self, picture: Pixels) -> Pixels:
        part = _part(picture, self.part)
        return np.asarray(_scaled(part, self.canvas.width, self.canvas.height))


class Blurred(Effect):
    """`Blur`."""

    def __init__(
        self, box: Box, part: Box, canvas: Canvas, small: tuple[int, int], sigma: float
    ) -> None:
        self.box = box
        self.part = part
        self.canvas = canvas
        self.small = small
        self.blur = ImageFilter.GaussianBlur(sigma)

    def apply(self, clip: VideoClip) -> VideoClip:
        return clip.image_transform(self._drawn)

    def _drawn(self, picture: Pixels) -> Pixels:
        far = _scaled(_part(picture, self.part), *self.small).filter(self.blur)
        size = (self.canvas.width, self.canvas.height)
        image = far.resize(size, Image.Resampling.BICUBIC)
        image.paste(_scaled(picture, self.box.width, self.box.height), (self.box.x, self.box.y))
        return np.asarray(image)


class Blend(Effect):
    """`Transition`: applied to a clip, it gives `before` and then that clip, the two sharing
    `frames` frames from `start_frame` on."""

    def __init__(
        self, before: VideoClip, kind: str, fps: Fraction, start_frame: int, frames: int
    ) -> None:
        self.before = before
        self.mixed = MIXERS[kind]
        self.fps = fps
        self.start_frame = start_frame
        self.frames = frames

    def apply(self, clip: VideoClip) -> VideoClip:
        start_sec = float(self.start_frame / self.fps)

        def drawn(time_sec: float) -> Pixels:
            shared = int(time_sec * self.fps) - self.start_frame
            if shared < 0:
                return self.before.get_frame(time_sec)
            after = clip.get_frame(time_sec - start_sec)
            if shared >= self.frames:
                return after
            return self.mixed(self.before.get_frame(time_sec), after, shared, self.frames)

        return VideoClip(drawn, duration=start_sec + clip.duration).with_fps(float(self.fps))


class Laid(Effect):
    """`Overlay`."""

    def __init__(self, overlay: Overlay, pictures: Callable[[int], Pixels]) -> None:
        self.overlay = overlay
        self.pictures = pictures

    def apply(self, clip: VideoClip) -> VideoClip:
        def drawn(time_sec: float) -> Pixels:
            below = clip.get_frame(time_sec)
            at = int(time_sec * clip.fps)
            if not self.overlay.start <= at < self.overlay.end:
                return below
            picture = self.pictures(at - self.overlay.start if self.overlay.moves else 0)
            return _laid(below, self._keyed(picture), self.overlay.box)

        return VideoClip(drawn, duration=clip.duration).with_fps(clip.fps)

    def _keyed(self, picture: Pixels) -> Pixels:
        """With its alpha in parts of one, all of it as far as the opacity allows."""
        over = picture.astype(np.float32)
        seen = over[..., 3] / 255
        if self.overlay.key is not None:
            seen = _unlike(over[..., :3], self.overlay.key)
        over[..., 3] = seen * self.overlay.opacity
        return over


def _laid(below: Pixels, over: Pixels, box: Box) -> Pixels:
    """Its last channel is how much of `over` is seen."""
    height, width = below.shape[:2]
    left, top = max(0, box.x), max(0, box.y)
    right, bottom = min(width, box.x + box.width), min(height, box.y + box.height)
    if right <= left or bottom <= top:
        return below
    part = over[top - box.y : bottom - box.y, left - box.x : right - box.x]
    seen = part[..., 3:]
    made = below.copy()
    under = below[top:bottom, left:right].astype(np.float32)
    made[top:bottom, left:right] = np.rint(under * (1 - seen) + part[..., :3] * seen)
    return made


def _unlike(picture: Pixels, key: ChromaKey) -> Pixels:
    """How far each pixel and its eight neighbours are from the key's colour, as ffmpeg's
    `chromakey` counts it."""
    luma = picture @ np.array([KR, KG, KB], np.float32)
    blue = 128 + 224 / 255 * (picture[..., 2] - luma) / (2 * (1 - KB))
    red = 128 + 224 / 255 * (picture[..., 0] - luma) / (2 * (1 - KR))
    far = np.sqrt(((blue - key.yuv[1]) ** 2 + (red - key.yuv[2]) ** 2) / (2 * 255**2))
    around = np.pad(far, 1, mode="edge")
    rows, columns = far.shape
    near = [around[y : y + rows, x : x + columns] for y in range(3) for x in range(3)]
    mean = np.mean(near, axis=0)
    if key.blend <= 0.0001:
        return (mean > key.similarity).astype(np.float32)
    return np.clip((mean - key.similarity) / key.blend, 0, 1).astype(np.float32)


def _scaled(picture: Pixels, width: int, height: int) -> Image.Image:
    return Image.fromarray(picture).resize((width, height), Image.Resampling.BICUBIC)


def _part(picture: Pixels, box: Box) -> Pixels:
    return picture[box.y : box.y + box.height, box.x : box.x + box.width]


# How two pictures are mixed in frame `at` of `frames`.

Mixer: TypeAlias = Callable[[Pixels, Pixels, int, int], Pixels]


def _crossfade(before: Pixels, after: Pixels, at: int, frames: int) -> Pixels:
    left = 1 - at / frames
    mixed = before.astype(np.float32) * left + after.astype(np.float32) * (1 - left)
    return np.rint(mixed).astype(np.uint8)


def _through_black(before: Pixels, after: Pixels, at: int, frames: int) -> Pixels:
    half = frames // 2
    if at < half:
        return _dimmed(before, 1 - at / half)
    return _dimmed(after, (at - half) / (frames - half))


def _dimmed(picture: Pixels, light: float) -> Pixels:
    return np.rint(picture.astype(np.float32) * light).astype(np.uint8)


def _slide(axis: int, forwards: bool) -> Mixer:
    """Both pictures move along `axis`; forwards is to the right or down."""

    def mixed(before: Pixels, after: Pixels, at: int, frames: int) -> Pixels:
        size = before.shape[axis]
        moved = size - int((1 - at / frames) * size)
        pair = [after, before] if forwards else [before, after]
        start = size - moved if forwards else moved
        both = np.concatenate(pair, axis=axis)
        return np.take(both, np.arange(start, start + size), axis=axis)

    return mixed


def _wipe(rightwards: bool) -> Mixer:
    def mixed(before: Pixels, after: Pixels, at: int, frames: int) -> Pixels:
        width, done = before.shape[1], at / frames
        border = int(width * (done if rightwards else 1 - done)) + 1
        one, other = (after, before) if rightwards else (before, after)
        return np.concatenate([one[:, :border], other[:, border:]], axis=1)

    return mixed


MIXERS: dict[str, Mixer] = {
    "fade": _through_black,
    "crossfade": _crossfade,
    "slide-left": _slide(1, forwards=False),
    "slide-right": _slide(1, forwards=True),
    "slide-up": _slide(0, forwards=False),
    "slide-down": _slide(0, forwards=True),
    "wipe-left": _wipe(rightwards=False),
    "wipe-right": _wipe(rightwards=True),
}
