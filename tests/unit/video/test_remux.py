"""Clips that fit are put together packet by packet, and nobody can tell."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from photoai.services.video import AudioFacts, ClipFacts, ClipLimits, probe
from photoai.services.video.canvas import Canvas
from photoai.services.video.remux import Source, can_be_put_together, put_together
from tests.support.clips import Clips, beeps, colors, pictures, times

from .making import SMALL, facts, verify

pytestmark = pytest.mark.slow

REORDERED = ("-c:v", "libx264", "-preset", "medium", "-pix_fmt", "yuv420p")
STEREO = AudioFacts(1, "aac", "LC", 48000, 2, 0.0, 2.0)


def planes(path: Path) -> list[np.ndarray]:
    """Every frame as it is stored."""
    with av.open(str(path)) as clip:
        return [frame.to_ndarray() for frame in clip.decode(video=0)]


def together(paths: list[Path], out: Path, canvas: Canvas = SMALL) -> Path:
    sources = []
    for path in paths:
        found = probe(path, ClipLimits())
        sources.append(Source(path, found, found.video.frames))
    assert can_be_put_together([source.facts for source in sources])
    put_together(sources, out, canvas)
    return out


def test_pictures_and_sound_stay_together_at_every_joint(clips: Clips, tmp_path: Path) -> None:
    lengths = [1.0, 0.72, 1.48, 0.96, 1.2]
    names = ["red", "lime", "blue", "white", "yellow"]
    parts = [
        clips.make(name, sec=sec, beep_at=0.3) for name, sec in zip(names, lengths, strict=True)
    ]
    out = together(parts, tmp_path / "out.mp4")
    frames = [round(sec * 25) for sec in lengths]
    starts = [sum(frames[:at]) for at in range(5)]
    verify(out, canvas=SMALL, frames=sum(frames), joints=starts[1:], quick=False)
    assert colors(out) == names
    assert times(out) == [Fraction(frame, 25) for frame in range(sum(frames))]
    assert beeps(out) == pytest.approx([start / 25 + 0.3 for start in starts], abs=0.012)


def test_not_a_pixel_changes(clips: Clips, tmp_path: Path) -> None:
    clip = clips.make("testsrc2", sec=0.8)
    out = together([clip, clip], tmp_path / "out.mp4")
    assert np.array_equal(pictures(out), pictures(clip) * 2)


def test_a_clip_that_holds_nothing_back_stands_before_and_after_others(
    clips: Clips, tmp_path: Path
) -> None:
    """One frame needs no other, whatever the decoder is set up for."""
    one = clips.make("red", sec=0.04, beep_at=0.0, video=REORDERED)
    moving = clips.make("testsrc2", sec=0.8, video=REORDERED)
    depths = [probe(path, ClipLimits()).video.reorder_depth for path in (one, moving)]
    assert depths[0] == 0 < depths[1]
    out = together([one, moving, one, moving], tmp_path / "out.mp4")
    verify(out, canvas=SMALL, frames=42, joints=[1, 21, 22], quick=False)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("said", ["null", "setparams=colorspace=bt709"], ids=["nothing", "a part"])
def test_clips_that_do_not_say_their_colours_do_afterwards(
    clips: Clips, tmp_path: Path, said: str, suffix: str
) -> None:
    parts = [
        clips.make("testsrc2", size="1024x600", sec=sec, filters=said, suffix=suffix)
        for sec in (0.4, 0.8)
    ]
    canvas = Canvas(1024, 600, Fraction(25))
    out = together(parts, tmp_path / "out.mp4", canvas)
    facts = verify(out, canvas=canvas, frames=30, joints=[10], quick=False)
    video = facts.video
    assert (video.color_primaries, video.color_transfer, video.color_space) == ("bt709",) * 3
    before = [frame for part in parts for frame in planes(part)]
    assert all(map(np.array_equal, planes(out), before))


@pytest.mark.parametrize(
    "other",
    [
        replace(STEREO, codec="mp3"),
        replace(STEREO, profile="HE-AAC"),
        replace(STEREO, sample_rate=44100),
        replace(STEREO, channels=1),
        replace(STEREO, duration_sec=1.8),
        replace(STEREO, start_sec=0.2),
        None,
    ],
)
def test_sound_of_another_kind_is_not_put_together(other: AudioFacts | None) -> None:
    clip = replace(facts(2.0), audio=STEREO)
    assert can_be_put_together([clip, clip])
    assert not can_be_put_together([clip, replace(clip, audio=other)])


def test_other_parameter_sets_are_not_put_together() -> None:
    def clip(parameter_sets: str) -> ClipFacts:
        return replace(facts(2.0, parameter_sets=parameter_sets), audio=STEREO)

    assert can_be_put_together([clip("a"), clip("a")])
    assert not can_be_put_together([clip("a"), clip("b")])
