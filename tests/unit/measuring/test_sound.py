"""How loud it is, when it is silent, when nobody speaks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from photoai.services.measuring.sound import Metered, metered
from photoai.services.measuring.speech import speech_free
from tests.unit.measuring.sounds import chords, noise, silence, spoken, written

pytestmark = pytest.mark.slow

LOUD, QUIET = -20.0, -120.7


def meter(*tenths: float) -> Metered:
    return Metered(tenths, -20.0, 1.0, -3.0)


def times(found: Sequence[dict[str, float]]) -> list[tuple[float, float]]:
    return [(part["start_sec"], part["end_sec"]) for part in found]


def test_what_the_meter_says(tmp_path: Path) -> None:
    said = tmp_path / "meter.txt"
    frame = "frame:{0} pts:0 pts_time:0\nlavfi.r128.M={1}\nlavfi.r128.S=-22\nlavfi.r128.I={2}\n"
    frame += "lavfi.r128.LRA=3.25\nlavfi.r128.true_peak={3}\n"
    moments = [-120.7, -120.7, "nan", -21.5, -19.5]
    said.write_text("".join(frame.format(at, m, -20.06, 0.5) for at, m in enumerate(moments)))
    found = metered(said)
    assert found == Metered((*[-21.5] * 4, -19.5), -20.06, 3.25, pytest.approx(-6.02, abs=0.01))
    assert found.loudness(0.5) == {
        "integrated_lufs": -20.1, "range_lu": 3.2, "true_peak_dbtp": -6.0, "every_sec": 0.5,
        "curve_lufs": [-19.5],
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "lavfi.r128.I=-70.000\nlavfi.r128.true_peak=0.000\n"])
def test_nothing_to_measure(tmp_path: Path, text: str) -> None:
    said = tmp_path / "meter.txt"
    said.write_text(text)
    found = metered(said)
    assert (found.integrated_lufs, found.range_lu, found.true_peak_dbtp) == (None, 0, None)
    assert times(found.silence(0.05)) == [(0, 0.05)]


def test_the_curve_has_the_loudest_moment_of_each_step_and_none_for_silence() -> None:
    found = meter(*[LOUD] * 9, -18.04, *[QUIET] * 10, *[LOUD] * 2).loudness(2.2)
    assert found["curve_lufs"] == [-20, -18, None, None, None]


def test_a_moment_is_heard_over_its_last_four_tenths() -> None:
    # Silent from 1.0 to 2.0: the first moment that hears nothing ends at 1.4.
    found = meter(*[LOUD] * 13, *[QUIET] * 7, *[LOUD] * 10).silence(3.0)
    assert times(found) == [(1.0, 2.0)]


def test_silence_at_the_ends_reaches_them() -> None:
    assert times(meter(*[QUIET] * 6, *[LOUD] * 9).silence(1.5)) == [(0, 0.6)]
    assert times(meter(*[LOUD] * 9, *[QUIET] * 6).silence(1.56)) == [(0.6, 1.56)]
    assert times(meter(*[QUIET] * 15).silence(1.57)) == [(0, 1.57)]


def test_a_voice_between_silences_is_found(tmp_path: Path) -> None:
    sound = written(tmp_path / "sound", silence(1.5), spoken(3), silence(1.5))
    (start, end), (again, last) = times(speech_free(sound, 6.0))
    assert (start, last) == (0, 6)
    assert end == pytest.approx(1.5, abs=0.25)
    assert again == pytest.approx(4.5, abs=0.25)


@pytest.mark.parametrize("pitch", [110.0, 190.0])
def test_a_voice_over_music_is_found(tmp_path: Path, pitch: float) -> None:
    music = chords(7) * 0.15
    voice = [silence(2), spoken(3, pitch=pitch), silence(2)]
    music[2 * 16000 : 5 * 16000] += voice[1]
    sound = written(tmp_path / "sound", music)
    (start, end), (again, last) = times(speech_free(sound, 7.0))
    assert (start, last) == (0, 7)
    assert end == pytest.approx(2, abs=0.3)
    assert again == pytest.approx(5, abs=0.3)


@pytest.mark.parametrize("sound", [chords, noise, silence])
def test_what_is_no_voice_is_none(tmp_path: Path, sound: object) -> None:
    heard = written(tmp_path / "sound", sound(5))  # type: ignore[operator]
    assert times(speech_free(heard, 5.0)) == [(0, 5)]


def test_a_pause_between_words_is_none(tmp_path: Path) -> None:
    sound = written(tmp_path / "sound", spoken(2), silence(0.25), spoken(2, seed=2))
    assert speech_free(sound, 4.25) == []


@pytest.mark.parametrize("sec", [0.0, 0.02, 0.2])
def test_very_little_sound(tmp_path: Path, sec: float) -> None:
    sound = written(tmp_path / "sound", silence(sec))
    assert times(speech_free(sound, max(sec, 0.04))) == [(0, max(sec, 0.04))]
