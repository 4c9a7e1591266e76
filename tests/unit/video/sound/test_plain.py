"""Sound as bare samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from photoai.services.video.sound import plain_sound
from tests.support.clips import ffmpeg

from ..making import soon
from .hearing import RATE, Studio, heard, later_by, pink

GRAPH = f"[0:a]aresample={RATE},aformat=sample_fmts=s16:channel_layouts=stereo[all]"


def test_every_sample_is_kept_and_counted(studio: Studio, tmp_path: Path) -> None:
    sound = pink(0.777)
    told = {"longest_samples": 10 * RATE, "deadline": soon()}
    plain = plain_sound(studio.kept(sound), GRAPH, "all", tmp_path / "plain", **told)
    assert plain.samples == len(sound)
    again = heard(plain.input(), "[0:a]anull[o]", "o")
    assert np.abs(again - sound).max() < 2 / 32768


def test_no_more_than_could_be_heard(studio: Studio, tmp_path: Path) -> None:
    told = {"longest_samples": 1000, "deadline": soon()}
    plain = plain_sound(studio.kept(pink(2)), GRAPH, "all", tmp_path / "plain", **told)
    assert (plain.samples, plain.path.stat().st_size) == (1000, 4000)


@pytest.mark.parametrize(
    ("suffix", "options"),
    [("mp3", ("-ac", "1", "-ar", "44100")), ("m4a", ("-ac", "6")), ("flac", ("-ar", "44100"))],
)
def test_any_kind_becomes_stereo_at_48_khz(
    studio: Studio, tmp_path: Path, suffix: str, options: tuple[str, ...]
) -> None:
    sound, path = pink(2), tmp_path / f"sound.{suffix}"
    ffmpeg(*studio.kept(sound), *options, path)
    told = {"longest_samples": 10 * RATE, "deadline": soon()}
    plain = plain_sound(["-i", str(path)], GRAPH, "all", tmp_path / "plain", **told)
    again = heard(plain.input(), "[0:a]anull[o]", "o")
    assert plain.samples == pytest.approx(len(sound), abs=2500)
    assert abs(later_by(again, sound)) <= 1
