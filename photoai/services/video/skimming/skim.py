"""A video read once: small pictures of every moment to compare, larger ones of some to show, the
sound as a meter and as a voice detector want it.

The pictures are one run of ffmpeg and the sound another: whoever listens can be done long before
all is seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import ceil
from pathlib import Path

import numpy as np
import numpy.typing as npt

from photoai.errors import ClipUnreadable
from photoai.services.video import ffmpeg
from photoai.services.video.canvas import rate_text
from photoai.services.video.effects.material import even
from photoai.services.video.facts import AudioFacts, ClipFacts
from photoai.services.video.pixels import Film
from photoai.services.video.quoting import quoted
from photoai.services.video.sound import stereo
from photoai.services.video.source import matrix_of, tone_mapped

GLANCE_SIDE_PX, LEAST_SIDE_PX = 48, 8
FASTEST_FPS = 30  # at which it is looked at: nothing is found to less than two frames
# Down to so many times the size of a glance only some pixels are read, then all are averaged.
ROOM = 4
SHOW_SIDE_PX, SHOW_FPS = 320, 5
HEARD_RATE, METERED_RATE = 16000, 48000
AVERAGED, SAMPLED = "area+accurate_rnd", "fast_bilinear"
TURNS = {0: (), 90: ("transpose=clock",), 180: ("hflip", "vflip"), 270: ("transpose=cclock",)}
THREADS = 2
MOMENT_SEC = 0.4  # of EBU R 128
MISSING_SEC, MISSING_PART = 1.0, 0.1  # a file whose pictures end earlier than it says is damaged

Pictures = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Size:
    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


@dataclass(frozen=True)
class Skim:
    """A clip and the folder in which its parts are laid down: `pictures_path` has those to show,
    upright, as planes of YCbCr 4:2:0 in full range (JFIF), one every 1/SHOW_FPS s; `heard_path` the
    sound, one channel at 16 kHz, 16 bits; `metered_path` what the meter said of it.
    """

    path: Path
    facts: ClipFacts
    folder: Path

    @property
    def pictures_path(self) -> Path:
        return self.folder / "pictures.yuv"

    @property
    def heard_path(self) -> Path:
        return self.folder / "sound.s16"

    @property
    def metered_path(self) -> Path:
        return self.folder / "meter.txt"

    @cached_property
    def rate(self) -> Fraction:
        """At which it is looked at: the clip's own, or a whole part of it."""
        own = Film(self.path, self.facts).rate
        return own / ceil(own / FASTEST_FPS)

    @property
    def frames(self) -> int:
        return Film(self.path, self.facts, self.rate).frames

    @property
    def glance(self) -> Size:
        """Of the pictures that are compared, as they are stored."""
        return self._stored(shrunk(self.facts.display_size, GLANCE_SIDE_PX, LEAST_SIDE_PX))

    @property
    def show(self) -> Size:
        """Of those that are shown."""
        return shrunk(self.facts.display_size, SHOW_SIDE_PX, 2)

    def glances(self, deadline: float, seen: Callable[[int], None]) -> Pictures:
        """Every picture as full-range YCbCr of `(pictures, 3, height, width)`; those to show are in
        the folder then. `seen(pictures)` is told how many are here.

        Raises:
            ClipUnreadable: there is none, or most of them do not decode.
            RenderFailed, NotInTime: as `ffmpeg.pictures`.
        """
        size_bytes, all_bytes = 3 * self.glance.pixels, bytearray()
        arguments = [*self._opened(), *self._pictures()]
        for picture in ffmpeg.pictures(arguments, size_bytes, deadline=deadline):
            all_bytes += picture
            seen(len(all_bytes) // size_bytes)
        glances = np.frombuffer(all_bytes, np.uint8)
        self._check(len(glances) // size_bytes)
        return glances.reshape(-1, 3, self.glance.height, self.glance.width)

    def listen(self, sound: AudioFacts, deadline: float) -> None:
        """Afterwards the clip's sound is in the folder.

        Raises:
            RenderFailed, RenderOutOfRoom, ClipUnreadable, NotInTime: as `ffmpeg.run`.
        """
        heard = ("-map", "[heard]", "-f", "s16le", f"file:{self.heard_path}")
        graph = ("-filter_complex", self._sound_graph(sound))
        ffmpeg.run([*self._opened(), *graph, *heard], deadline=deadline, operation="listen")

    def close(self) -> None:
        """Nothing in the folder is needed any more."""
        for path in (self.pictures_path, self.heard_path, self.metered_path):
            path.unlink(missing_ok=True)

    def _opened(self) -> list[str]:
        # What the loop filter smoothes is too fine to be seen in what is left of a picture, and
        # between two pictures of which others are made little can happen. It is turned when it is
        # small.
        few = ("-skip_loop_filter", "all", "-skip_frame", "noref", "-threads", str(THREADS))
        options = ("-reinit_filter", "0", "-noautorotate", *few)
        return ["-copyts", *ffmpeg.strangers(self.path, self.facts.container, *options)]

    def _pictures(self) -> list[str]:
        raw = ("-f", "rawvideo", "-fps_mode", "passthrough")
        shown = ("-map", "[show]", *raw, f"file:{self.pictures_path}")
        return [
            "-filter_complex",
            self._picture_graph(),
            "-map",
            "[glance]",
            *raw,
            "pipe:1",
            *shown,
        ]

    def _picture_graph(self) -> str:
        video = self.facts.video
        start = f"[0:{video.index}]setpts=PTS-({video.start_sec:.6f})/TB,split[all][some]"
        shown = ceil(self.facts.duration_sec * SHOW_FPS)
        few = f"fps={SHOW_FPS}:start_time=0:round=up:eof_action=pass,trim=end_frame={max(1, shown)}"
        grid = f"fps={rate_text(self.rate)}:start_time=0:round=near,trim=end_frame={self.frames}"
        return ";".join(
            [
                start,
                f"[all]{','.join([*self._looked_at(), grid])}[glance]",
                f"[some]{','.join([few, *self._shown()])}[show]",
            ]
        )

    def _looked_at(self) -> list[str]:
        glance = self.glance
        averaged = f"scale={glance.width}:{glance.height}:flags={AVERAGED}:out_range=pc"
        return [*self._sampled(glance, ROOM), averaged, "format=yuv444p"]

    def _shown(self) -> list[str]:
        video, show = self.facts.video, self._stored(self.show)
        size = f"scale={show.width}:{show.height}:flags={AVERAGED}"
        jfif = "out_color_matrix=bt601:out_range=pc"
        if video.is_hdr:
            mapped = tone_mapped(video, (show.width, show.height))
            light = [f"{size}:in_color_matrix=bt2020", "format=yuv444p10le", *mapped]
            light.append(f"scale=in_color_matrix=bt709:{jfif}")
        else:
            light = [f"{size}:in_color_matrix={matrix_of(video)}:{jfif}"]
        return [*self._sampled(show, 2), *light, "format=yuv420p", *TURNS[video.rotation_deg]]

    def _sampled(self, size: Size, times: int) -> list[str]:
        """Brought near to the size quickly, where the picture is much larger."""
        near = Size(size.width * times, size.height * times)
        if near.pixels * 2 > self.facts.video.width * self.facts.video.height:
            return []
        return [f"scale={near.width}:{near.height}:flags={SAMPLED}"]

    def _sound_graph(self, sound: AudioFacts) -> str:
        """The sound from the first picture to the last, silence where it has none, and as long as
        the meter needs to say anything."""
        end_sec = f"{max(self.facts.duration_sec, MOMENT_SEC):.6f}"
        filters = [
            f"asetpts=PTS-({self.facts.video.start_sec:.6f})/TB",
            "atrim=start=0",
            f"aresample={METERED_RATE}:async=1:min_hard_comp=0.03:first_pts=0",
            stereo(sound.channels, "flt"),
            f"apad=whole_dur={end_sec}",
            f"atrim=end={end_sec}",
            "ebur128=peak=true:metadata=1:framelog=quiet",
            f"ametadata=mode=print:file={quoted(str(self.metered_path))}",
            f"aresample={HEARD_RATE}",
            "aformat=sample_fmts=s16:channel_layouts=mono",
        ]
        return f"[0:{sound.index}]{','.join(filters)}[heard]"

    def _stored(self, size: Size) -> Size:
        """An upright size as it is before it is turned."""
        return Size(size.height, size.width) if self.facts.video.rotation_deg % 180 else size

    def _check(self, pictures: int) -> None:
        missing = self.facts.duration_sec - float(pictures / self.rate)
        if not pictures or missing > max(MISSING_SEC, self.facts.duration_sec * MISSING_PART):
            about = {"sec": float(pictures / self.rate), "expected_sec": self.facts.duration_sec}
            raise ClipUnreadable(details={name: round(sec, 3) for name, sec in about.items()})


def shrunk(size: tuple[int, int], side_px: int, least_px: int) -> Size:
    """The same shape, no side over `side_px` nor under `least_px`, both even."""
    shrink = min(1.0, side_px / max(size))
    width, height = (max(least_px, even(length * shrink)) for length in size)
    return Size(width, height)
