"""Timelines made into files.

A *segment* is what may be joined without encoding its picture again: a MOV with H.264 that starts
afresh, its frames exactly on the canvas' grid, and as much 16-bit sound as goes with them.
"""

from __future__ import annotations

from pathlib import Path

from . import ffmpeg
from .canvas import SAMPLE_RATE, Canvas, Encoding
from .effects import NoFilter
from .facts import ClipFacts, VideoFacts
from .ffmpeg import Report
from .graph import Graph, graph, sound_graph
from .source import HD_LINES
from .timeline import Cut, Timeline

LOSSLESS, AAC = "lossless", "aac"
STEREO = ("-ar", str(SAMPLE_RATE), "-ac", "2")
SOUNDS = {
    LOSSLESS: ("-c:a", "pcm_s16le", *STEREO, "-f", "mov"),
    AAC: ("-c:a", "aac", "-b:a", "192k", *STEREO, "-movflags", "+faststart", "-f", "mp4"),
}
PLAIN = ("-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1")
PROFILES = ("Constrained Baseline", "Baseline", "Main", "High")
HIGHEST_LEVEL = 52
# BT.709, not in full range, into the pictures' parameter sets (ITU-T H.264, E.2.1).
CANVAS_TAGS = (
    "h264_metadata=colour_primaries=1:transfer_characteristics=1:matrix_coefficients=1"
    ":video_full_range_flag=0"
)
COLORS = {
    "color_primaries": ("", "bt709"),
    "color_transfer": ("", "bt709", "smpte170m"),
    "color_range": ("", "tv"),
}


def render(
    timeline: Timeline,
    out: Path,
    encoding: Encoding,
    *,
    audio: str = LOSSLESS,
    deadline: float,
    report: Report | None = None,
) -> None:
    """Make `out` of a timeline: a segment with `audio` LOSSLESS, a finished MP4 with AAC. An effect
    that has no filter sends the whole timeline through MoviePy, frame by frame.

    Raises:
        RenderFailed, RenderOutOfRoom, ClipUnreadable, NotInTime: as `ffmpeg.run`.
    """
    try:
        said, feed = graph(timeline), None
    except NoFilter:
        from .frames import drawn_pictures, fed_graph

        said, feed = fed_graph(timeline), drawn_pictures(timeline, deadline)
    ffmpeg.run(
        [*said.arguments(), *encoding.arguments(), *PLAIN, *SOUNDS[audio], f"file:{out}"],
        deadline=deadline,
        total_frames=timeline.duration_frames,
        report=report,
        feed=feed,
    )


def take_as_is(path: Path, facts: ClipFacts, canvas: Canvas, out: Path, *, deadline: float) -> None:
    """A segment of a clip that `matches`: its very picture, its sound decoded.

    Raises:
        RenderFailed, RenderOutOfRoom, ClipUnreadable, NotInTime: as `ffmpeg.run`.
    """
    timeline = Timeline([Cut(path, facts)], canvas)
    said, video = sound_graph(timeline), facts.video
    ffmpeg.run(
        [
            *_with_picture(said, f"0:{video.index}"),
            *("-c:v", "copy", "-bsf:v", _regular(video, canvas), "-tag:v", "avc1"),
            *("-video_track_timescale", str(canvas.timescale)),
            *(*PLAIN, *SOUNDS[LOSSLESS], f"file:{out}"),
        ],
        deadline=deadline,
        total_frames=timeline.duration_frames,
    )


def matches(facts: ClipFacts, canvas: Canvas) -> str | None:
    """Why a clip must be encoded to stand on this canvas, in a few words; None if it need not."""
    video = facts.video
    reasons = {
        f"codec {video.codec}": video.codec != "h264",
        f"profile {video.profile}": video.profile not in PROFILES or video.level > HIGHEST_LEVEL,
        f"pixel format {video.pix_fmt}": video.pix_fmt != "yuv420p",
        f"size {video.width}x{video.height}": (video.width, video.height)
        != (canvas.width, canvas.height),
        "pixels that are not square": video.sar != 1,
        "turned": video.rotation_deg != 0,
        "interlaced": video.interlaced,
        "variable frame rate": not video.constant_rate,
        f"frame rate {float(video.fps):.3f}": video.fps != canvas.fps,
        "colours": not _has_canvas_colors(video),
        "does not start with a keyframe": not video.clean_start,
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def said_colors(video: VideoFacts) -> list[str]:
    """The bitstream filters that write the colours of the canvas into a clip that `matches` and
    does not say all of its own."""
    said = video.color_primaries and video.color_transfer and video.color_space
    return [] if said else [CANVAS_TAGS]


def _has_canvas_colors(video: VideoFacts) -> bool:
    said = all(getattr(video, what) in taken for what, taken in COLORS.items())
    unsaid_but_hd = video.color_space == "" and min(video.width, video.height) > HD_LINES
    return said and (video.color_space == "bt709" or unsaid_but_hd)


def _regular(video: VideoFacts, canvas: Canvas) -> str:
    """The bitstream filters that put every frame exactly on the grid, from zero on."""
    start, frame = round(video.start_sec * canvas.timescale), canvas.frame_ticks
    on_grid = (
        f"setts=time_base=1/{canvas.timescale}:prescale=1:pts=round((PTS-({start}))/{frame})*{frame}"
        f":dts=(N-{video.reorder_depth})*{frame}:duration={frame}"
    )
    return ",".join([on_grid, *said_colors(video)])


def _with_picture(said: Graph, stream: str) -> list[str]:
    return [*Graph(said.inputs, said.filter_complex, ("-map", stream, *said.maps)).arguments()]
