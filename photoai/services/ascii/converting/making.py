"""A conversion from its file to what was wished, in a job's child process."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from photoai.errors import (
    ConversionTooLarge,
    ConversionTooManyFrames,
    RenderOutOfRoom,
    StorageFull,
)
from photoai.services.ascii import Grid, Look
from photoai.services.storage import disk_with_room
from photoai.services.video import Canvas, ClipLimits
from photoai.services.video.pixels import Encoder, Gif, Mp4, check_mp4, rate_text, write_palette

from .drawing import Drawing
from .frames import Source, frames
from .keeping import Keeping, save_poster
from .packing import PICTURE, TEXT
from .progress import CHECKING, PREPARING, Progress, Voice
from .room import Room

MP4, GIF, POSTER, PALETTE = "video.mp4", "video.gif", "poster.jpg", "palette.rgba"
KINDS = (TEXT, PICTURE)
POSTER_AT = 0.1  # of the whole: the first frame is often black
LONGEST_SIDE_PX, MOST_PIXELS = 4096, 4096 * 2304
ANY_BYTES = 1 << 50
NOTHING = memoryview(b"")


def convert(params: Mapping[str, Any], folder: Path, voice: Voice) -> dict[str, Any]:
    """What was wished of a video: the names of the files in `folder`, and facts about them.

    Raises:
        PhotoaiError: why there is nothing.
    """
    voice(0.0, PREPARING)
    with room_to_work():
        return Converting(params, folder, voice).run()


@contextmanager
def room_to_work() -> Iterator[None]:
    """Raises RenderOutOfRoom when something inside finds the disk full."""
    try:
        with disk_with_room():
            yield
    except StorageFull as error:
        raise RenderOutOfRoom from error


@dataclass(frozen=True)
class Wishes:
    """Which files are to be made."""

    mp4: bool
    gif: bool
    frames: tuple[str, ...]

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Wishes:
        kinds = tuple(kind for kind in KINDS if params[f"save_{kind}"])
        return cls(bool(params["save_mp4"]), bool(params["save_gif"]), kinds)

    @property
    def is_video(self) -> bool:
        return self.mp4 or self.gif


class Converting:
    """One attempt at a conversion."""

    def __init__(self, params: Mapping[str, Any], folder: Path, voice: Voice) -> None:
        self._folder = folder
        self._voice = voice
        self._deadline: float = params["deadline"]
        self._max_bytes: int = params["max_output_bytes"]
        self._wishes = Wishes.of(params)
        limits = ClipLimits(ANY_BYTES, params["max_pixels"], params["max_duration_sec"])
        self._source = Source.from_json(params["input"], limits)
        self._fps = None if params["fps"] is None else Fraction(params["fps"])
        self._head = self._source.head(self._fps)
        self._check_frames(params["max_frames"])
        look = Look.from_json(params["look"])
        self._grid = Grid.of(*playable(self._head.width, self._head.height), look.width)
        self._drawing = Drawing(look, self._grid)
        self._crf: int = params["crf"]
        self._keeping = Keeping(self._wishes.frames, folder)
        self._room = Room(self._max_bytes, self._head.frames)
        self._progress = Progress(voice, self._head.frames)
        self._left_out: dict[str, dict[str, Any]] = {}

    def run(self) -> dict[str, Any]:
        with self._keeping.until_done(), closing(self._drawn()) as drawn:
            if self._wishes.is_video:
                self._encoder().encode(
                    drawn, deadline=self._deadline, max_output_bytes=self._max_bytes
                )
            else:
                deque(drawn, maxlen=0)
        self._voice(1.0, CHECKING)
        if self._wishes.mp4:
            check_mp4(self._folder / MP4, self._canvas, self._head.frames, heard=self._source.facts)
        return self._made()

    @property
    def _canvas(self) -> Canvas:
        return Canvas(self._grid.out_width, self._grid.out_height, self._head.fps)

    def _check_frames(self, most: int) -> None:
        if self._head.frames > most:
            about = {"frames": self._head.frames, "max_frames": most}
            raise ConversionTooManyFrames(details=about)

    def _encoder(self) -> Encoder:
        mp4 = Mp4(self._folder / MP4, self._crf) if self._wishes.mp4 else None
        gif = self._gif() if self._wishes.gif else None
        return Encoder(self._canvas, mp4, gif, (self._source.path, self._source.facts))

    def _gif(self) -> Gif:
        palette = None
        if colors := self._drawing.palette:
            palette = self._folder / PALETTE
            write_palette(palette, colors)
        return Gif.of(self._folder / GIF, self._canvas, palette)

    def _drawn(self) -> Generator[memoryview, None, None]:
        """Every frame, drawn for the encoder, once all else that was wished of it is kept."""
        poster_at = int(POSTER_AT * self._head.frames)
        with closing(self._pictures()) as pictures:
            for number, picture in enumerate(pictures):
                self._drawing.see(picture)
                self._keeping.keep(self._drawing)
                if number == poster_at:
                    save_poster(self._drawing.rgb(), self._folder / POSTER)
                if self._progress.done(number + 1):
                    self._check_room(number + 1)
                yield self._drawing.yuv() if self._wishes.is_video else NOTHING

    def _pictures(self) -> Generator[bytes, None, None]:
        sample = self._drawing.artist.sample
        return frames(self._source, sample, fps=self._fps, deadline=self._deadline)

    def _check_room(self, done: int) -> None:
        """The largest kind of frames is left out when there is too little room, unless nothing else
        was wished.

        Raises:
            ConversionTooLarge: there is nothing to leave out.
        """
        sizes = self._keeping.sizes
        videos = sum(size_of(self._folder / name) for name in (MP4, GIF))
        wrong = self._room.what_is_wrong(sum(sizes.values()) + videos, done)
        if wrong is None:
            return
        if not sizes or (len(sizes) == 1 and not self._wishes.is_video):
            raise ConversionTooLarge(details=wrong)
        largest = max(sizes, key=sizes.__getitem__)
        self._keeping.leave_out(largest)
        self._left_out[largest] = wrong

    def _made(self) -> dict[str, Any]:
        head, grid = self._head, self._grid
        videos = {
            "mp4": MP4 if self._wishes.mp4 else None,
            "gif": GIF if self._wishes.gif else None,
        }
        packs = {
            kind: kept.pack.path.name if (kept := self._keeping.kept.get(kind)) else None
            for kind in KINDS
        }
        return {
            "frames": head.frames,
            "fps": rate_text(head.fps),
            "duration_sec": round(float(head.frames / head.fps), 3),
            "width": grid.out_width,
            "height": grid.out_height,
            "columns": grid.columns,
            "rows": grid.rows,
            "has_sound": self._wishes.mp4 and head.has_sound,
            "files": {**videos, **packs, "poster": POSTER},
            "left_out": self._left_out,
        }


def playable(width: int, height: int) -> tuple[int, int]:
    """A size of the same shape that players of H.264 play: up to 4K."""
    shrink = min(1.0, LONGEST_SIDE_PX / max(width, height), (MOST_PIXELS / width / height) ** 0.5)
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def size_of(path: Path) -> int:
    """Of a file that may not be there yet."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
