"""What a transition does not touch of a clip that fits is copied."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from photoai.errors import RenderFailed
from photoai.services.video import ClipLimits, MergeSettings, plan_merge, probe
from photoai.services.video.arrivals import Clip
from photoai.services.video.excerpt import take_excerpt
from photoai.services.video.preparing import Preparing
from photoai.services.video.render import matches
from photoai.services.video.segments import Segments
from tests.support.clips import Clips, beeps, pictures, samples, times

from .making import SMALL, joined, soon, verify

pytestmark = pytest.mark.slow

HELD_BACK = ("-c:v", "libx264", "-bf", "3", "-g", "25", "-pix_fmt", "yuv420p")
OPEN = (*HELD_BACK, "-x264-params", "open-gop=1:keyint=25:scenecut=0")


def clip(clips: Clips, suffix: str = "mp4", beep_at: float = 1.4) -> Path:
    return clips.make("testsrc2", sec=4, suffix=suffix, video=HELD_BACK, beep_at=beep_at)


@pytest.mark.parametrize("suffix", ["mp4", "mov", "mkv", "ts"])
@pytest.mark.parametrize(("start", "end"), [(25, 75), (0, 50), (75, 100)])
def test_an_excerpt_is_exactly_its_frames_and_their_sound(
    clips: Clips, tmp_path: Path, suffix: str, start: int, end: int
) -> None:
    path, out = clip(clips, suffix), tmp_path / "excerpt.mov"
    facts = probe(path, ClipLimits())
    assert facts.video.fresh_frames == (0, 25, 50, 75)
    take_excerpt(path, facts, SMALL, out, start=start, end=end, deadline=soon())
    assert times(out) == [at / SMALL.fps for at in range(end - start)]
    assert np.array_equal(pictures(out), pictures(path)[start:end])
    assert len(samples(out)) == SMALL.samples_in(end - start)
    beep = 1.4 - start / 25
    assert beeps(out) == ([pytest.approx(beep, abs=0.01)] if 0 <= beep < (end - start) / 25 else [])
    assert [path.name for path in tmp_path.iterdir()] == ["excerpt.mov"]


def test_a_frame_after_which_earlier_ones_are_shown_is_not_fresh(clips: Clips) -> None:
    path = clips.make("testsrc2", sec=4, video=OPEN)
    assert probe(path, ClipLimits()).video.fresh_frames == (0,)


def test_a_clip_that_is_not_what_it_was_found_to_be_is_refused(
    clips: Clips, tmp_path: Path
) -> None:
    facts = probe(clip(clips), ClipLimits())
    torn = tmp_path / "torn.mp4"
    torn.write_bytes(clip(clips).read_bytes()[:2000])
    with pytest.raises(RenderFailed):
        take_excerpt(torn, facts, SMALL, tmp_path / "o.mov", start=25, end=75, deadline=soon())
    assert [path.name for path in tmp_path.iterdir()] == ["torn.mp4"]


def test_a_transition_leaves_the_rest_of_both_clips_as_they_are(
    clips: Clips, tmp_path: Path
) -> None:
    paths = [clip(clips, "mp4"), clip(clips, "mkv", beep_at=2.4)]
    facts = [probe(path, ClipLimits()) for path in paths]
    assert [matches(each, SMALL) for each in facts] == [None, None]
    settings = MergeSettings(quality="high", transition="crossfade", transition_sec=0.6)
    plan = plan_merge(facts, settings, SMALL)
    assert (plan.mode, plan.frames, plan.encoded_frames) == ("mixed", 185, 35)
    here = {
        at: Clip(path, f"sha-{at}", found)
        for at, (path, found) in enumerate(zip(paths, facts, strict=True))
    }
    cache = Segments(tmp_path / "segments", 10**9)
    preparing = Preparing(cache, tmp_path, settings, soon(), lambda frames: None)
    made = [preparing.segment(piece, SMALL, here) for piece in plan.pieces]
    out = joined(made, SMALL, tmp_path / "out.mp4")
    verify(out, canvas=SMALL, frames=185, joints=[75, 85, 100, 110], quick=False)
    shown = pictures(out)
    assert np.array_equal(shown[:75], pictures(paths[0])[:75])
    assert np.array_equal(shown[110:], pictures(paths[1])[25:])
    assert beeps(out) == [pytest.approx(at, abs=0.02) for at in (1.4, 85 / 25 + 2.4)]
    assert preparing.work.encoded_frames == 35
