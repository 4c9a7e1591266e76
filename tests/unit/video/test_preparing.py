"""What a segment is known by: everything that would make it another one, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from photoai.services.video import MergeSettings
from photoai.services.video.arrivals import Clip
from photoai.services.video.canvas import Canvas
from photoai.services.video.join import Segment
from photoai.services.video.plan import COPY, ENCODE, Piece, Stretch
from photoai.services.video.preparing import Preparing
from photoai.services.video.segments import Segments

from .making import facts, soon

HD = Canvas(1920, 1080, Fraction(30))
PLAIN = MergeSettings(background="#102030")
FADED = replace(PLAIN, transition="fade")
ENCODED = Piece((Stretch(0, 0, 60),), ENCODE)
COPIED = replace(ENCODED, action=COPY)
JOINT = Piece((Stretch(0, 30, 60), Stretch(1, 0, 30)), ENCODE)
CLIPS = {0: Clip(Path("one"), "a" * 64, facts(2.0)), 1: Clip(Path("two"), "b" * 64, facts(2.0))}


class Shelf(Segments):
    """A cache that has everything and remembers what it was asked for."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def take(self, key: str, *_: Any, **__: Any) -> bool:
        self.keys.append(key)
        return True


def key(
    piece: Piece = ENCODED,
    settings: MergeSettings = PLAIN,
    canvas: Canvas = HD,
    clips: dict[int, Clip] = CLIPS,
) -> str:
    """What the piece is looked for by."""
    shelf = Shelf()
    preparing = Preparing(shelf, Path(), settings, soon(), lambda frames: None)
    assert preparing.segment(piece, canvas, clips) == Segment(
        Path(f"{shelf.keys[0]}.mov"), piece.frames
    )
    return shelf.keys[0]


def part(start: int, end: int, action: str = ENCODE) -> Piece:
    return Piece((Stretch(0, start, end),), action)


@pytest.mark.parametrize(
    ("wishes", "plain"),
    [
        ({"settings": replace(PLAIN, quality="high")}, {}),
        ({"settings": replace(PLAIN, fit="crop")}, {}),
        ({"settings": replace(PLAIN, background="#102031")}, {}),
        ({"canvas": replace(HD, fps=Fraction(30000, 1001))}, {}),
        ({"canvas": replace(HD, fps=Fraction(30000, 1001)), "piece": COPIED}, {"piece": COPIED}),
        ({"canvas": replace(HD, width=1440)}, {}),
        ({"piece": part(1, 60)}, {}),
        ({"piece": part(0, 59)}, {}),
        ({"piece": part(0, 59, COPY)}, {"piece": COPIED}),
        ({"piece": COPIED}, {}),
        ({"clips": {0: CLIPS[1]}}, {}),
        ({"clips": {0: CLIPS[1]}, "piece": COPIED}, {"piece": COPIED}),
        (
            {"piece": JOINT, "settings": replace(FADED, transition="slide-left")},
            {"piece": JOINT, "settings": FADED},
        ),
        (
            {"piece": JOINT, "settings": FADED, "clips": {0: CLIPS[1], 1: CLIPS[0]}},
            {"piece": JOINT, "settings": FADED},
        ),
    ],
)
def test_what_makes_it_another_segment(wishes: dict[str, Any], plain: dict[str, Any]) -> None:
    assert key(**wishes) != key(**plain)


@pytest.mark.parametrize("piece", [ENCODED, COPIED, JOINT])
@pytest.mark.parametrize("what", ["ffmpeg_version", "RECIPE"])
def test_another_version_makes_another_segment(
    monkeypatch: pytest.MonkeyPatch, piece: Piece, what: str
) -> None:
    before = key(piece, FADED)
    other: Any = 10_000 if what == "RECIPE" else lambda: "n0.1"
    monkeypatch.setattr(f"photoai.services.video.preparing.{what}", other)
    assert key(piece, FADED) != before


@pytest.mark.parametrize(
    ("piece", "settings"),
    [
        (COPIED, replace(PLAIN, quality="ultra")),
        (COPIED, replace(PLAIN, fit="blur")),
        (COPIED, replace(PLAIN, background="#ffffff")),
        (COPIED, replace(FADED, transition_sec=2.0)),
        (ENCODED, replace(FADED, transition_sec=2.0)),
        (ENCODED, replace(PLAIN, background="#102030".upper())),
    ],
)
def test_what_makes_no_difference(piece: Piece, settings: MergeSettings) -> None:
    assert key(piece, settings) == key(piece)


def test_a_colour_that_fills_nothing_makes_no_difference() -> None:
    blurred = replace(PLAIN, fit="blur")
    assert key(settings=replace(blurred, background="#ffffff")) == key(settings=blurred)
