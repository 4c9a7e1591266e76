"""The process behind one video: what it is asked for by its wire it decodes, draws and answers."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from photoai.errors import PhotoaiError
from photoai.errors.viewing import VideoTooManyLooks
from photoai.services.ascii import Grid, Look, Sample
from photoai.services.ascii.converting import Source, VideoHead, frames
from photoai.services.video import ClipLimits

from . import wire
from .easel import Drawing, Easel
from .forms import as_bytes, as_json
from .reel import Reel

REELS = 8  # sizes and rates of one video at once
LOOK_AGAIN_SEC = 0.25  # a decoder may have been taken for another place

log = logging.getLogger(__name__)

Order = Mapping[str, Any]
Key = tuple[int, int, str, Fraction]


def project(params: Mapping[str, Any], folder: Path, voice: object) -> dict[str, Any]:
    """Answer until the other end of the wire is closed. `params` are `wire`, its name, `input`, a
    video as an upload (`path`, `kind`, `mime`, `facts`), `limits`, those of a clip, and
    `deadline`, a `time.monotonic()` value.

    Raises:
        PhotoaiError: it is none that can be shown.
    """
    with (
        wire.called(params["wire"]) as line,
        # Held open: its name may go meanwhile, and what it names.
        Path(params["input"]["path"]).open("rb") as held,
    ):
        opened = f"/proc/{os.getpid()}/fd/{held.fileno()}"
        limits = ClipLimits(**params["limits"])
        source = Source.from_json({**params["input"], "path": opened}, limits)
        Projector(line, source, params["deadline"]).run()
    return {}


@dataclass(frozen=True)
class Screening:
    easel: Easel
    reel: Reel
    key: Key
    fps: Fraction


class Projector:
    """Nothing decodes longer than until `deadline`."""

    def __init__(self, line: socket.socket, source: Source, deadline: float) -> None:
        self._line = line
        self._source = source
        self._deadline = deadline
        self._changed = threading.Condition()
        self._new: list[Order] = []
        self._is_over = False
        self._screenings: dict[int, Screening] = {}
        self._reels: dict[Key, Reel] = {}

    def run(self) -> None:
        threading.Thread(target=self._listen, name="orders", daemon=True).start()
        waiting: list[Order] = []
        with suppress(BrokenPipeError, ConnectionResetError):
            while not self._is_over:
                waiting = [order for order in self._next(waiting) if not self._obeyed(order)]
        for reel in self._reels.values():
            reel.close()

    def _listen(self) -> None:
        for order in wire.orders(self._line):
            with self._changed:
                self._new.append(order)
                self._changed.notify_all()
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def _next(self, waiting: list[Order]) -> list[Order]:
        """All orders, as soon as one is new or can be answered by now."""
        patience = LOOK_AGAIN_SEC if waiting else None
        with self._changed:
            self._changed.wait_for(
                lambda: self._new or self._is_over or any(map(self._can_answer, waiting)), patience
            )
            orders, self._new = waiting + self._new, []
        return orders

    def _can_answer(self, order: Order) -> bool:
        screening = self._screenings.get(order["screen"])
        return screening is None or screening.reel.knows(order["frame"])

    def _obeyed(self, order: Order) -> bool:
        """Whether nothing is left to do."""
        works: dict[str, Callable[[Order], bool]] = {
            "open": self._open, "draw": self._draw, "close": self._close,
        }  # fmt: skip
        try:
            return works[order["do"]](order)
        except PhotoaiError as raised:
            error = raised
        except (BrokenPipeError, ConnectionResetError):
            raise
        except Exception:  # others look at it in another way
            log.exception("order_failed")
            error = PhotoaiError()
        about = {"code": error.code, "message": error.message, "details": error.details}
        wire.answer(self._line, {"id": order["id"], "error": about})
        return True

    def _open(self, order: Order) -> bool:
        look = Look.from_json(order["look"])
        head = self._source.head(Fraction(order["fps"]) if order["fps"] else None)
        easel = Easel(look, Grid.of(head.width, head.height, look.width))
        sample = easel.sample
        key = (sample.width, sample.height, sample.pixel_format, head.fps)
        reel = self._reels.get(key) or self._reel(key, head, sample)
        self._screenings[order["screen"]] = Screening(easel, reel, key, head.fps)
        seen = {
            "columns": easel.grid.columns,
            "rows": easel.grid.rows,
            "charset": easel.charset,
            "fps": str(head.fps),
            "frames": reel.frames,
            "duration_sec": round(head.duration_sec, 3),
            "width": head.width,
            "height": head.height,
        }
        wire.answer(self._line, {"id": order["id"], "seen": seen})
        return True

    def _draw(self, order: Order) -> bool:
        screening, number = self._screenings.get(order["screen"]), order["frame"]
        if screening is None or number >= screening.reel.frames:
            end = screening.reel.frames if screening else 0
            wire.answer(self._line, {"id": order["id"], "end": end})
            return True
        drawing = screening.easel.drawn(number)
        if drawing is not None:
            screening.reel.see_to(number)
        elif (picture := screening.reel.look(number)) is not None:
            drawing = screening.easel.draw(number, picture)
        else:
            return False
        payload, told = self._written(screening, drawing, order), {"drawing": drawing.id}
        wire.answer(self._line, {"id": order["id"], **told}, payload)
        return True

    def _written(self, screening: Screening, drawing: Drawing, order: Order) -> bytes:
        easel, at_sec = screening.easel, float(drawing.number / screening.fps)
        if order["form"] == "binary":
            return as_bytes(drawing, at_sec, easel.kept(order["before"]))
        return as_json(drawing, easel.text(drawing), at_sec)

    def _close(self, order: Order) -> bool:
        gone = self._screenings.pop(order["screen"], None)
        if gone and all(each.key != gone.key for each in self._screenings.values()):
            self._reels.pop(gone.key).close()
        return True

    def _reel(self, key: Key, head: VideoHead, sample: Sample) -> Reel:
        if len(self._reels) >= REELS:
            raise VideoTooManyLooks

        def decode(number: int) -> Generator[bytes, None, None]:
            start_sec = float(number / head.fps)
            return frames(
                self._source,
                sample,
                fps=head.fps,
                start_sec=start_sec,
                deadline=self._deadline,
                threads=1,  # many may be watched at once, and none need be faster than its clock
            )

        reel = Reel(decode, sample.size_bytes, head.frames, float(head.fps), self._changed)
        self._reels[key] = reel
        return reel
