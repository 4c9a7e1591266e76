"""How a clip is read: from its file to pictures and sound on the canvas' clock.

Times are the file's own (`-copyts`); the first picture of a cut is moved to zero, and the sound
with it, so that they stay together whatever the file's tracks begin with.
"""

from __future__ import annotations

from . import ffmpeg
from .canvas import SAMPLE_RATE, Canvas, rate_text
from .effects import Material
from .facts import VideoFacts
from .sound import stereo
from .timeline import Cut

ROOM_SEC = 1.0  # before a keyframe that must be met
SEEK_FROM_SEC = 5.0  # a cut that begins later is sought for, with this much room before it
HD_LINES = 576  # above it, pictures that do not say their matrix are BT.709
MATRICES = {
    "bt709": "bt709",
    "smpte170m": "smpte170m",
    "bt470bg": "bt601",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
    "bt2020c": "bt2020",
}
CANVAS_COLORS = "setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709"


def input_of(cut: Cut) -> list[str]:
    """The cut's file as an input of ffmpeg; needs `-copyts`.

    The filters are not built anew when a stream changes its size or its colours halfway: they
    would start counting again.
    """
    options = ["-reinit_filter", "0"]
    if (sought_sec := _sought(cut)) > 0:
        start_sec = cut.facts.video.start_sec + sought_sec
        options += ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", f"{start_sec:.6f}"]
    return ffmpeg.strangers(cut.path, cut.facts.container, *options)


def _sought(cut: Cut) -> float:
    """From where on a cut's file is read: from the keyframe before; 0 is all of it. In a transport
    stream ffmpeg finds a place, not a keyframe, so that one has to be known."""
    if cut.start_sec <= SEEK_FROM_SEC:
        return 0.0
    begins_sec, video = cut.start_sec - SEEK_FROM_SEC, cut.facts.video
    if cut.facts.container != "mpegts":
        return begins_sec
    fresh = video.fresh_until(int((cut.start_sec - video.longest_sec) * video.fps))
    return float(fresh / video.fps) - ROOM_SEC if fresh else 0.0


def opening(cut: Cut, canvas: Canvas) -> tuple[list[str], Material]:
    """The filters up to where the picture is ordinary light, and what it is then."""
    video = cut.facts.video
    filters = [f"setpts=PTS-({_zero_sec(cut):.6f})/TB"]
    if cut.start_sec:
        filters.append(f"trim=start=-{video.longest_sec:.6f}")
    if video.interlaced:
        filters.append("bwdif=mode=send_frame")
    if video.fps > canvas.fps:  # fewer pictures first, then work on them
        filters.append(on_grid(canvas))
    width, height = video.turned_size
    sar = 1 / video.sar if video.rotation_deg % 180 else video.sar
    if not video.is_hdr:
        return filters, Material(width, height, sar, matrix_of(video))
    return [*filters, *tone_mapped(video, video.turned_size)], Material(width, height, sar)


def on_grid(canvas: Canvas) -> str:
    """Every frame at its place of the canvas' clock, from zero on."""
    return f"fps={rate_text(canvas.fps)}:start_time=0:round=near"


def exactly(frames: int) -> str:
    """So many frames: what is missing repeats the last one."""
    return f"tpad=stop=-1:stop_mode=clone,trim=end_frame={frames}"


def picture(cut: Cut, canvas: Canvas, stream: str, name: str) -> str:
    """The filter graph from the input's `stream` to `[name]`, exactly as long as the cut.

    Raises:
        NoFilter: one of the cut's effects has none.
    """
    filters, material = opening(cut, canvas)
    filters.append(cut.fit.filters(material, canvas, name))
    if cut.facts.video.fps <= canvas.fps:
        filters.append(on_grid(canvas))
    filters += [effect.filters() for effect in cut.effects]
    filters += [exactly(cut.frames(canvas)), "format=yuv420p", "setsar=1", CANVAS_COLORS]
    return f"[{stream}]{','.join(filters)}[{name}]"


def sound(cut: Cut, canvas: Canvas, index: int, name: str) -> str:
    """The filter graph from input `index` to `[name]`: 48 kHz, stereo, exactly as long as the
    cut's pictures; silence where there is none."""
    samples = canvas.samples_in(cut.frames(canvas))
    even = f"apad=whole_len={samples},atrim=end_sample={samples}[{name}]"
    if cut.facts.audio is None:
        return f"anullsrc=r={SAMPLE_RATE}:cl=stereo,aformat=sample_fmts=s16,{even}"
    return (
        f"[{index}:{cut.facts.audio.index}]asetpts=PTS-({_zero_sec(cut):.6f})/TB,atrim=start=0,"
        f"aresample={SAMPLE_RATE}:async=1:min_hard_comp=0.03:first_pts=0,"
        f"{stereo(cut.facts.audio.channels, 's16')},{even}"
    )


def matrix_of(video: VideoFacts) -> str:
    """Its colour matrix; what is not said is guessed from the size, as players do."""
    guess = "bt709" if min(video.width, video.height) > HD_LINES else "bt601"
    return MATRICES.get(video.color_space, guess)


def _zero_sec(cut: Cut) -> float:
    return cut.facts.video.start_sec + cut.start_sec


def tone_mapped(video: VideoFacts, size: tuple[int, int]) -> list[str]:
    """HDR of this size to ordinary light. Without zimg only the colour matrix is changed: dull, but
    right."""
    width, height = size
    if not ffmpeg.has_filter("zscale"):
        return [Material(width, height, matrix="bt2020").scaled(width, height)]
    said = f"tin={video.color_transfer}:pin=bt2020:min=bt2020nc:rin={video.color_range or 'tv'}"
    return [
        f"zscale={said}:t=linear:npl=100",
        "format=gbrpf32le",
        "zscale=p=bt709",
        "tonemap=hable:desat=0",
        "zscale=t=bt709:m=bt709:r=tv",
        "format=yuv420p",
    ]
