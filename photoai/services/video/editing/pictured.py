"""One picture of a video, upright, in square pixels and ordinary light."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from photoai.errors import RenderFailed
from photoai.services.video import ffmpeg
from photoai.services.video.canvas import Canvas
from photoai.services.video.effects import Whole
from photoai.services.video.facts import ClipFacts
from photoai.services.video.source import input_of, matrix_of, picture
from photoai.services.video.timeline import Cut

FORMATS = {"jpeg": ("JPEG", {"quality": 90}), "png": ("PNG", {}), "webp": ("WEBP", {"quality": 85})}
TO_RGB = "scale=flags=bicubic+accurate_rnd+full_chroma_int:in_color_matrix=bt709,format=rgb24"


def picture_at(
    path: Path, facts: ClipFacts, at_sec: float, canvas: Canvas, *, deadline: float
) -> Image.Image:
    """The picture that is shown at this moment.

    Raises:
        RenderFailed, ClipUnreadable, NotInTime: as `ffmpeg.pictures`.
    """
    frame = int(at_sec * canvas.fps + 1e-6)
    last = canvas.frames_in(facts.duration_sec) - 1
    cut = Cut(path, facts, start_sec=canvas.seconds(min(frame, last)), fit=Whole())
    shown = f"{picture(cut, canvas, f'0:{facts.video.index}', 'shown')};[shown]{TO_RGB}[rgb]"
    arguments = [
        *("-copyts", *input_of(cut), "-filter_complex", shown, "-map", "[rgb]"),
        *("-frames:v", "1", "-f", "rawvideo", "-fps_mode", "passthrough", "pipe:1"),
    ]
    size = (canvas.width, canvas.height)
    pieces = ffmpeg.pictures(arguments, 3 * size[0] * size[1], deadline=deadline)
    pixels = next(pieces, None)
    pieces.close()
    if pixels is None:
        raise RenderFailed
    return Image.frombytes("RGB", size, pixels)


def is_plain(facts: ClipFacts) -> bool:
    """Whether its keyframes need no more than to be brought to red, green and blue by BT.709, and
    are all shown."""
    video = facts.video
    upright = video.rotation_deg == 0 and video.sar == 1 and video.clean_start
    return upright and not video.is_hdr and matrix_of(video) == "bt709"
