"""Videos in a terminal: a real one as far as the program can tell."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from photoai.config import ROOT
from photoai.services.ascii import STYLES, Artist, Cells, Grid, Look
from photoai.services.ascii.playing.playing import fitting
from photoai.services.ascii.playing.screen import Screen
from photoai.services.ascii.playing.terminal import ENTER, LEAVE

pytestmark = pytest.mark.slow

CLIP = ROOT / "docs" / "sample" / "clip-1.mp4"
COMMAND = (sys.executable, "-m", "photoai", "ascii")
COLUMNS, ROWS = 80, 30
SOON_SEC = 30.0
TOKEN = re.compile(r"\x1b\[(\??[\d;]*)([A-Za-z])|(.)", re.S)


@dataclass
class Shown:
    """What a terminal would show: characters and their colours."""

    rows: list[list[str]]
    colors: list[list[tuple[int, ...]]]

    @classmethod
    def empty(cls, columns: int, rows: int) -> Shown:
        return cls([[" "] * columns for _ in range(rows)], [[()] * columns for _ in range(rows)])

    def take(self, sent: str) -> None:
        row = column = 0
        color: tuple[int, ...] = ()
        for numbers, command, character in TOKEN.findall(sent):
            if command == "H":
                row, column = (int(each) - 1 for each in numbers.split(";"))
            elif command == "m" and numbers.startswith("38;2;"):
                color = tuple(map(int, numbers.split(";")[2:]))
            elif character:
                self.rows[row][column], self.colors[row][column] = character, color
                column += 1

    def text(self) -> str:
        return "".join("".join(row) + "\n" for row in self.rows)


def frames(look: Look, grid: Grid, count: int) -> tuple[Artist, list[Cells]]:
    artist = Artist(look, grid)
    chance = np.random.default_rng(1)
    still = chance.integers(0, 256, artist.sample.size_bytes)
    seen = (still + chance.normal(0, 12, still.shape) for _ in range(count))
    return artist, [artist.cells(np.clip(each, 0, 255).astype(np.uint8)) for each in seen]


@pytest.mark.parametrize("color", ["mono", "random", "true"])
def test_a_screen_shows_each_frame_whole(color: str) -> None:
    artist, cells = frames(Look(color=color), Grid(30, 8, 240, 128), 6)
    screen, shown = Screen(artist.charset, artist.grid, None), Shown.empty(30, 8)
    for each in cells:
        shown.take(screen.update(each))
        assert shown.text() == artist.text(each)


def test_a_screen_shows_colours_nearly_as_they_are() -> None:
    artist, cells = frames(Look(color="true"), Grid(30, 8, 240, 128), 6)
    screen, shown = Screen(artist.charset, artist.grid, None), Shown.empty(30, 8)
    for each in cells:
        shown.take(screen.update(each))
        assert each.colors is not None
        for place in zip(*np.nonzero(each.glyphs), strict=True):
            apart = np.array(shown.colors[place[0]][place[1]]) - each.colors[place].astype(int)
            assert np.abs(apart).max() <= 16


def test_what_has_not_changed_is_not_sent_again() -> None:
    artist, cells = frames(Look(), Grid(60, 20, 480, 320), 2)
    screen = Screen(artist.charset, artist.grid, None)
    first = screen.update(cells[0])
    assert screen.update(cells[0]) == ""
    one = cells[0].glyphs.copy()
    one[7, 9] ^= 1
    second = screen.update(Cells(one, cells[0].ink))
    assert "\x1b[8;10H" in second
    assert len(second) < len(first) / 10


@pytest.mark.parametrize("size", [(80, 24), (200, 60), (20, 60), (7, 3), (1, 1), (500, 20)])
@pytest.mark.parametrize("shape", [(1280, 720), (720, 1280), (100, 2000), (2000, 100)])
def test_what_is_played_fits_the_terminal(size: tuple[int, int], shape: tuple[int, int]) -> None:
    grid = fitting(*shape, size)
    assert grid.columns <= size[0]
    assert grid.rows <= size[1]
    larger = Grid.of(*shape, grid.columns + 1)
    assert larger.columns > size[0] or larger.rows > size[1] or grid.columns == size[0]


@dataclass
class Session:
    """The command in a terminal of its own."""

    process: subprocess.Popen[bytes]
    terminal: int
    sent: bytes = b""

    @classmethod
    def begun(cls, *arguments: str) -> Session:
        ours, theirs = pty.openpty()
        _resize(ours, COLUMNS, ROWS)
        process = subprocess.Popen(
            [*COMMAND, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )  # fmt: skip
        os.close(theirs)
        return cls(process, ours)

    def read_until(self, enough: Callable[[bytes], object]) -> None:
        late = time.monotonic() + SOON_SEC
        while not enough(self.sent):
            assert time.monotonic() < late, self.sent[-300:]
            if not self._piece():
                break

    def ended(self) -> int:
        """Its exit code, everything it sent having been read."""
        self.read_until(lambda sent: False)
        code = self.process.wait(SOON_SEC)
        os.close(self.terminal)
        return code

    def _piece(self) -> bytes:
        piece = b""
        with contextlib.suppress(OSError):  # nobody has the other end any more
            piece = os.read(self.terminal, 1 << 16)
        self.sent += piece
        return piece


def _resize(terminal: int, columns: int, rows: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def frames_in(sent: bytes) -> int:
    return sent.count(b"\x1b[?2026h")


@pytest.mark.slow
def test_a_video_plays_at_its_own_pace() -> None:
    session = Session.begun(str(CLIP))
    session.read_until(frames_in)
    began = time.monotonic()
    assert session.ended() == 0
    assert 1.5 < time.monotonic() - began < 4
    assert session.sent.startswith(ENTER)
    assert session.sent.endswith(LEAVE)
    shown = Shown.empty(COLUMNS, ROWS)
    shown.take(session.sent.decode().removesuffix(LEAVE.decode()))
    assert shown.text().strip()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_whatever_ends_it_the_terminal_is_as_before(number: signal.Signals, code: int) -> None:
    session = Session.begun(str(CLIP), "--loop", "--color", "true")
    session.read_until(lambda sent: frames_in(sent) > 2)
    session.process.send_signal(number)
    assert session.ended() == code
    assert session.sent.endswith(LEAVE)


@pytest.mark.slow
def test_ctrl_c_ends_it_and_does_not_show() -> None:
    session = Session.begun(str(CLIP), "--loop")
    session.read_until(lambda sent: frames_in(sent) > 2)
    os.write(session.terminal, b"\x03")
    assert session.ended() == 130
    assert session.sent.endswith(LEAVE)
    assert b"^C" not in session.sent


@pytest.mark.slow
def test_ctrl_z_lends_the_terminal_to_others() -> None:
    session = Session.begun(str(CLIP), "--loop")
    session.read_until(lambda sent: frames_in(sent) > 2)
    session.process.send_signal(signal.SIGTSTP)
    session.read_until(lambda sent: sent.endswith(LEAVE))
    _, status = os.waitpid(session.process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status)
    before = len(session.sent)
    session.process.send_signal(signal.SIGCONT)
    session.read_until(lambda sent: frames_in(sent[before:]) > 2)
    assert session.sent[before:].startswith(ENTER)
    session.process.terminate()
    assert session.ended() == 143


@pytest.mark.slow
def test_a_terminal_of_another_size_is_filled_anew() -> None:
    session = Session.begun(str(CLIP), "--loop")
    session.read_until(frames_in)
    _resize(session.terminal, 40, 10)
    before = len(session.sent)
    session.read_until(lambda sent: sent.count(b"\x1b[2J", before))
    after = session.sent.rindex(b"\x1b[2J")
    session.read_until(lambda sent: frames_in(sent[after:]) > 2)
    places = re.findall(rb"\x1b\[(\d+);(\d+)H", session.sent[after:])
    assert max(int(row) for row, _ in places) <= 10
    assert max(int(column) for _, column in places) <= 40
    session.process.terminate()
    assert session.ended() == 143


@pytest.mark.slow
def test_a_pipe_gets_all_frames_as_text() -> None:
    ran = subprocess.run([*COMMAND, CLIP, "--width", "40"], capture_output=True, check=True)
    frames = ran.stdout.decode().split("\n\n")[:-1]
    assert len(frames) == 50
    rows = {len(frame.split("\n")) for frame in frames}
    assert rows == {11}
    assert set("".join(frames)) <= {*STYLES["normal"], "\n"}


@pytest.mark.slow
def test_a_reader_that_has_enough_is_no_fault() -> None:
    command = f"{' '.join(COMMAND)} {CLIP} --loop | head -n 3"
    ran = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], capture_output=True, check=False
    )
    assert (ran.returncode, ran.stderr, ran.stdout.count(b"\n")) == (0, b"", 3)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["missing.mp4"], b"cannot be read"),
        ([str(ROOT / "docs" / "sample" / "guest.jpg")], b"is not a video"),
        ([str(CLIP), "--width", "9"], b"--width"),
        ([str(CLIP), "--text-color", "green"], b"--text-color"),
        ([str(CLIP), "--charset", "#"], b"2 to 256 characters"),
        ([str(CLIP), "--fps", "1000"], b"--fps"),
        ([str(CLIP), "--style", "baroque"], b"--style"),
    ],
)
def test_what_cannot_be_played_is_said(arguments: list[str], said: bytes) -> None:
    ran = subprocess.run([*COMMAND, *arguments], capture_output=True, check=False)
    assert ran.returncode in {1, 2}
    assert said in ran.stderr
    assert not ran.stdout
