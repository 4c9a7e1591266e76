"""One picture of a finished video."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from photoai.errors import RenderFailed

from .effects.material import even
from .probe import opened

QUALITY = 88  # of Pillow's, 1 to 95
# With this module, not with the first poster: a child started ahead has it loaded.
Image.preinit()


def poster(path: Path, out_jpeg: Path, *, at_sec: float, max_side_px: int) -> None:
    """Write the picture of the last keyframe before `at_sec` of an MP4 on a canvas of ours
    (upright, square pixels, BT.709), no side over `max_side_px`, as a JPEG. No other picture is
    decoded.

    Raises:
        RenderFailed: it does not decode.
    """
    import av
    from av.video.reformatter import Colorspace, Interpolation

    try:
        with opened(path, "mp4") as video:
            stream = video.streams.video[0]
            video.seek(int(at_sec / (stream.time_base or 1)), stream=stream)
            packet = next(packet for packet in video.demux(stream) if packet.is_keyframe)
            picture = [*packet.decode(), *stream.codec_context.decode(None)][0]
            shrink = min(1.0, max_side_px / max(picture.width, picture.height))
            image = picture.to_image(
                width=even(picture.width * shrink),
                height=even(picture.height * shrink),
                src_colorspace=Colorspace.ITU709,
                interpolation=Interpolation.BICUBIC,
            )
    except (av.error.FFmpegError, StopIteration, IndexError) as error:
        raise RenderFailed from error
    image.save(out_jpeg, "JPEG", quality=QUALITY)
