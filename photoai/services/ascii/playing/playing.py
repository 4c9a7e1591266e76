"""A video opened, decoded, drawn and shown in time."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from fractions import Fraction
from itertools import count
from pathlib import Path

import numpy as np

from photoai.errors import ConfigError
from photoai.services.ascii import CELL_RATIO, Artist, Cells, Grid, Look
from photoai.services.ascii.converting import Source, frames
from photoai.services.ascii.look import WIDTHS, rgb_of

from .screen import Screen
from .terminal import Size, Terminal, Told, stoppable

GIF = (b"GIF87a", b"GIF89a")
LONGEST_SEC = 7 * 86400.0
SELDOM_SEC = 0.25  # so often something is shown, however late it is


def play(path: Path, look: Look, fps: Fraction | None, *, loop: bool, widest: int | None) -> int:
    """On the terminal that standard output is, at the video's pace, as wide as it is or `widest`;
    elsewhere as text, an empty line after each frame, as fast as it is read. Returns the exit code.

    Raises:
        PhotoaiError: it cannot be played.
    """
    widest = widest or (WIDTHS[1] if sys.stdout.isatty() else Look.width)
    player = Player(source_of(path), look, fps, widest)
    times = count() if loop else range(1)
    try:
        with stoppable():
            if sys.stdout.isatty():
                with Terminal(sys.stdout.fileno()) as terminal:
                    for _ in times:
                        player.show(terminal)
            else:
                for _ in times:
                    player.write()
    except Told as told:
        return told.exit_code
    except BrokenPipeError:
        # The last flush, at the interpreter's end, must find something open.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def source_of(path: Path) -> Source:
    """Raises PhotoaiError: it is no video and no GIF."""
    try:
        with path.open("rb") as file:
            is_gif = file.read(len(GIF[0])) in GIF
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
    kind, mime = ("image", "image/gif") if is_gif else ("video", "")
    return Source.from_json({"path": path, "kind": kind, "mime": mime, "facts": None})


def fitting(width_px: int, height_px: int, size: Size) -> Grid:
    """The largest grid of a picture that is no larger than `size`, in columns and rows."""
    widest = int((size[1] + 1) * CELL_RATIO * width_px / height_px)
    for columns in range(max(1, min(size[0], widest)), 0, -1):
        grid = Grid.of(width_px, height_px, columns)
        if grid.rows <= size[1]:
            return grid
    return replace(grid, rows=size[1])


class Player:
    def __init__(self, source: Source, look: Look, fps: Fraction | None, widest: int) -> None:
        self._source, self._look, self._fps, self._widest = source, look, fps, widest
        self._head = source.head(fps)

    def write(self) -> None:
        """All of it, as text."""
        artist = Artist(self._look, self._grid((self._widest, sys.maxsize)))
        with closing(self._cells(artist, 0.0)) as drawn:
            for _, cells in drawn:
                sys.stdout.write(f"{artist.text(cells)}\n")
        sys.stdout.flush()

    def show(self, terminal: Terminal) -> None:
        """Once, begun anew where it is whenever the terminal changes."""
        position: float | None = 0.0
        while position is not None:
            position = self._show_from(position, terminal)

    def _show_from(self, start_sec: float, terminal: Terminal) -> float | None:
        """Where it was left, in seconds; None at its end."""
        view = terminal.view()
        grid = self._grid(view[:2])
        artist = Artist(self._look, grid)
        ground = None if self._look.transparent else rgb_of(self._look.bg_color)
        left, top = (view[0] - grid.columns) // 2, (view[1] - grid.rows) // 2
        screen = Screen(artist.charset, grid, ground, max(0, left), max(0, top))
        terminal.clear()
        begun = shown = None
        with closing(self._cells(artist, start_sec)) as drawn:
            for number, cells in drawn:
                now = time.monotonic()
                begun = now if begun is None else begun
                ahead_sec = float(number / self._head.fps)
                if terminal.view() != view:
                    return start_sec + ahead_sec
                wait_sec = begun + ahead_sec - now
                late = -wait_sec > 1 / self._head.fps
                if late and shown is not None and now - shown < SELDOM_SEC:
                    continue
                if wait_sec > 0:
                    time.sleep(wait_sec)
                terminal.write(screen.update(cells))
                shown = time.monotonic()
        return None

    def _cells(self, artist: Artist, start_sec: float) -> Generator[tuple[int, Cells], None, None]:
        deadline = time.monotonic() + LONGEST_SEC
        reading = frames(
            self._source, artist.sample, fps=self._fps, start_sec=start_sec, deadline=deadline
        )
        with closing(reading) as pictures:
            for number, picture in enumerate(pictures):
                yield number, artist.cells(np.frombuffer(picture, np.uint8))

    def _grid(self, size: Size) -> Grid:
        columns = min(size[0], self._widest)
        return fitting(self._head.width, self._head.height, (columns, size[1]))
