"""A clip's pictures, upright, scaled in one step, at a constant rate."""

from __future__ import annotations

from collections.abc import Generator

from photoai.errors import ClipUnreadable
from photoai.services.video import ffmpeg
from photoai.services.video.facts import MOVING_DEMUXERS
from photoai.services.video.source import exactly, input_of, matrix_of, on_grid, tone_mapped
from photoai.services.video.timeline import Cut

from .film import Film, Sample

BYTES = {"gray": 1, "rgb24": 3}
FULL_RANGE = "out_range=pc"
# Without the rest an average over many pixels is up to 16 of 255 too dark, in some rows.
AVERAGED = "area+accurate_rnd+full_chroma_int+full_chroma_inp"
# Asked for grey, ffmpeg would not give the luma as it is.
AS = {"gray": ("format=yuv420p", "extractplanes=y"), "rgb24": ("format=rgb24",)}
MUCH_SMALLER = 2  # then nothing is left of single lines


def pictures(
    film: Film, sample: Sample, *, deadline: float, threads: int | None = None
) -> Generator[bytes, None, None]:
    """Exactly `film.frames` pictures of `height * width` pixels, row by row. What is missing in the
    file is the picture before. Closed early, it leaves nothing running. ffmpeg itself decides how
    many threads it takes unless it is told.

    Raises:
        ClipUnreadable: there is not one, or most of them do not decode.
        RenderFailed, NotInTime: as `ffmpeg.pictures`.
    """
    size_bytes = sample.width * sample.height * BYTES[sample.pixel_format]
    read = 0
    told = arguments(film, sample, threads)
    for picture in ffmpeg.pictures(told, size_bytes, deadline=deadline):
        read += 1
        yield picture
    if read == 0:
        raise ClipUnreadable


def arguments(film: Film, sample: Sample, threads: int | None = None) -> list[str]:
    """What ffmpeg is told."""
    few = ["-threads", str(threads)] if threads else []
    few_for_filters = ["-filter_complex_threads", str(threads)] if threads else []
    video = film.facts.video
    graph = f"[0:{video.index}]{','.join(_filters(film, sample))}[out]"
    return [
        *(*few_for_filters, "-copyts", *few, *_opened(film, sample)),
        *("-filter_complex", graph, "-map", "[out]"),
        *("-f", "rawvideo", "-fps_mode", "passthrough", "pipe:1"),
    ]


def _opened(film: Film, sample: Sample) -> list[str]:
    if film.facts.container in MOVING_DEMUXERS:  # each picture is painted over the one before
        return ffmpeg.strangers(film.path, film.facts.container, "-reinit_filter", "0")
    opened = input_of(Cut(film.path, film.facts, film.start_sec))
    # What that filter smoothes in pictures no other is made of is too fine to be seen then.
    return ["-skip_loop_filter", "noref", *opened] if _is_much_smaller(film, sample) else opened


def _filters(film: Film, sample: Sample) -> list[str]:
    video = film.facts.video
    filters = [f"setpts=PTS-({video.start_sec + film.start_sec:.6f})/TB"]
    if film.start_sec:
        filters.append(f"trim=start=-{video.longest_sec:.6f}")
    if video.interlaced and not _is_much_smaller(film, sample):
        filters.append("bwdif=mode=send_frame")
    # One picture for a moment, and none a second: it is seen nevertheless.
    grid = f"{on_grid(film.canvas)}:eof_action=pass"
    # Fewer pictures first, then work on them.
    scaled = _scaled(film, sample)
    filters += [grid, *scaled] if video.fps > film.rate else [*scaled, grid]
    return [*filters, exactly(film.frames)]


def _is_much_smaller(film: Film, sample: Sample) -> bool:
    return sample.height * MUCH_SMALLER <= film.facts.video.turned_size[1]


def _scaled(film: Film, sample: Sample) -> list[str]:
    video = film.facts.video
    size = f"scale={sample.width}:{sample.height}:flags={AVERAGED}"
    if not video.is_hdr:
        return [f"{size}:in_color_matrix={matrix_of(video)}:{FULL_RANGE}", *AS[sample.pixel_format]]
    # Its light is mapped when there is little of it left.
    mapped = tone_mapped(video, (sample.width, sample.height))
    few = [f"{size}:in_color_matrix=bt2020", "format=yuv444p10le", *mapped]
    return [*few, f"scale=in_color_matrix=bt709:{FULL_RANGE}", *AS[sample.pixel_format]]
