"""A picture in the picture, a watermark, somebody before a green wall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from photoai.errors import ClipTooManyPixels, ClipUnreadable, RenderFailed
from photoai.services.video import ffmpeg
from photoai.services.video.canvas import Canvas
from photoai.services.video.captions import FontBook
from photoai.services.video.effects import ChromaKey, Overlay
from photoai.services.video.effects.material import Material, even
from photoai.services.video.effects.overlays import placed, scaled
from photoai.services.video.holding import can_be_snipped
from photoai.services.video.plan import ENCODE
from photoai.services.video.source import on_grid, opening
from photoai.services.video.timeline import Cut

from .film import Film, Picture, Use, weight_of
from .inputs import IMAGE, VIDEO, Input, naming_the_input
from .sheet import Sheet
from .snipping import snip
from .trim import Range, frames_between

REASON, NOTHING_HEARD = "something is laid over it", "laid over; its sound is not used"
# The only decoders of these that know of transparency.
WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
WEBP = "image/webp"
MOST_PIXELS = 40_000_000  # of what is laid over, as large as it is wished


@dataclass(frozen=True)
class VideoOverlay:
    """`scale` is a part of the base's width; without one the other picture has its own size."""

    x: int | None = None
    y: int | None = None
    anchor: str = "top-left"
    scale: float | None = None
    opacity: float = 1.0
    start_sec: float = 0.0
    end_sec: float | None = None
    loop: bool = False
    chroma_key: ChromaKey | None = None

    @classmethod
    def from_json(cls, config: Mapping[str, Any], fonts: FontBook) -> VideoOverlay:
        key = config.get("chroma_key")
        return cls(**{**config, "chroma_key": key and ChromaKey(**key)})

    def upon(self, film: Film, added: Sequence[Input], seat: int) -> Film:
        """Raises EditFileUnfit, EditEndsTooSoon, EditStartsTooLate, ClipTooManyPixels"""
        seen = frames_between(film, self.start_sec, self.end_sec)
        with naming_the_input(added[0]) as given:
            given.check_kind(VIDEO, IMAGE)
            self.size(film.canvas, own_size(given))
        laid = Overlaid(film.picture, (seat, given.index), given, self, seen)
        used = Use(given.index, ENCODE, NOTHING_HEARD, film.canvas.seconds(seen.frames))
        return film.drawn(laid, REASON).using(used)

    def size(self, canvas: Canvas, own: tuple[int, int]) -> tuple[int, int]:
        """How large the other picture is seen. Raises ClipTooManyPixels."""
        width, height = own
        if self.scale is not None:
            wide = even(self.scale * canvas.width)
            width, height = wide, even(wide * height / width)
        if width * height > MOST_PIXELS:
            about = {"width": width, "height": height, "max_pixels": MOST_PIXELS}
            raise ClipTooManyPixels(details=about)
        return width, height

    def overlay(self, canvas: Canvas, own: tuple[int, int], seen: Range, moves: bool) -> Overlay:
        box = placed(
            self.anchor, self.x, self.y, self.size(canvas, own), (canvas.width, canvas.height)
        )
        return Overlay(box, seen.start, seen.end, self.opacity, self.chroma_key, moves)


def own_size(given: Input) -> tuple[int, int]:
    """In square pixels, upright as far as that is known."""
    if given.kind == VIDEO:
        return given.clip.display_size
    return given.facts["width"], given.facts["height"]


@dataclass(frozen=True)
class Overlaid:
    """`of` with another picture over it in the frames `seen`."""

    of: Picture
    seat: tuple[int, ...]
    given: Input
    wish: VideoOverlay
    seen: Range

    @property
    def weight(self) -> int:
        own = weight_of(self.given.clip) if self.given.kind == VIDEO else int(self.given.moves)
        return self.of.weight + own

    def draw(self, sheet: Sheet, canvas: Canvas) -> str:
        below = self.of.draw(sheet, canvas)
        if self.given.kind == VIDEO or self.given.moves:
            overlay = self.wish.overlay(canvas, own_size(self.given), self.seen, moves=True)
            over = replace(self, given=self._endless(sheet))._moving(sheet, canvas, overlay)
        else:
            overlay, over = self._still(sheet, canvas)
        return sheet.chain("v", [below, over], overlay.filters())

    def _endless(self, sheet: Sheet) -> Input:
        """What ffmpeg can read from the beginning again, where that is wanted: of a transport
        stream it finds no beginning, so that its packets are put into an MP4."""
        given = self.given
        if not (self.wish.loop and given.kind == VIDEO and given.clip.container == "mpegts"):
            return given
        if not can_be_snipped(clip := given.clip):
            return given
        path = sheet.path("o", ".mp4")
        try:
            snip(given.path, clip, path, start_sec=0.0, end_sec=None)
        except (ClipUnreadable, RenderFailed):
            return given
        video = replace(clip.video, index=0, start_sec=0.0)
        return replace(
            given, path=path, facts=replace(clip, container="mp4", video=video).as_json()
        )

    def _moving(self, sheet: Sheet, canvas: Canvas, overlay: Overlay) -> str:
        """On the canvas' grid, from the frame on at which it is first seen."""
        filters, material, stream = self._opening(canvas)
        box = overlay.box
        sized = scaled(material, box.width, box.height)
        pace = [on_grid(canvas)] if self.given.kind == IMAGE or not self._is_faster(canvas) else []
        shown = f"trim=end_frame={overlay.end - overlay.start},setpts=PTS+{overlay.start}"
        number = sheet.input(self.seat, lambda: self._input(sheet))
        chain = [*filters, *sized, *overlay.alpha_filters(), *pace, shown]
        return sheet.chain("o", [f"{number}:{stream}"], ",".join(chain))

    def _still(self, sheet: Sheet, canvas: Canvas) -> tuple[Overlay, str]:
        """Decoded and brought to its size before ffmpeg sees it, once."""
        from .stills import still

        pixels = sheet.path("o", ".rgba")
        with naming_the_input(self.given):
            width, height = still(
                self.given.path, self.given.mime, pixels, lambda own: self.wish.size(canvas, own)
            )
        overlay = self.wish.overlay(canvas, (width, height), self.seen, moves=False)
        raw = ("-pixel_format", "rgba", "-video_size", f"{width}x{height}", "-framerate", "1")
        number = sheet.input(self.seat, lambda: ffmpeg.ours(pixels, "rawvideo", *raw))
        filters = [*scaled(Material(width, height), width, height), *overlay.alpha_filters()]
        return overlay, sheet.chain("o", [f"{number}:v"], ",".join(filters))

    def _opening(self, canvas: Canvas) -> tuple[list[str], Material, str]:
        if self.given.kind == VIDEO:
            clip = self.given.clip
            filters, material = opening(Cut(self.given.path, clip), canvas)
            return filters, material, str(clip.video.index)
        return ["setpts=PTS-STARTPTS"], Material(*own_size(self.given)), "v"

    def _is_faster(self, canvas: Canvas) -> bool:
        return self.given.clip.video.fps > canvas.fps

    def _input(self, sheet: Sheet) -> list[str]:
        given, options = self.given, ["-reinit_filter", "0"]
        if self.wish.loop and given.mime == WEBP:  # its demuxer cannot go back to the beginning
            endless = sheet.path("o", ".webp")
            endless.write_bytes(without_end(given.path.read_bytes()))
            return replace(given, path=endless).opened(*options, "-ignore_loop", "0")
        if self.wish.loop:
            options += ["-stream_loop", "-1"]
        if given.kind == VIDEO and given.clip.video.codec in WITH_ALPHA:
            options += ["-c:v", WITH_ALPHA[given.clip.video.codec]]
        return given.opened(*options)


def without_end(webp: bytes) -> bytes:
    """The same moving picture, to be repeated for ever: a loop count of zero (WebP Container
    Specification, "Animation")."""
    head, name, rest = webp.partition(b"ANIM")
    return head + name + rest[:8] + b"\0\0" + rest[10:] if name else webp
