"""Sound laid over videos: the finished MP4s, decoded and measured."""

from __future__ import annotations

import hashlib
import shutil
import time
import wave
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from photoai.errors import EditFileWithoutSound, SoundBeyondEnd
from photoai.services.video import ClipLimits, probe
from photoai.services.video.editing import edit
from photoai.services.video.sound import mix as mixing
from tests.support.clips import FAST, ffmpeg

from .hearing import RATE, drums, heard, later_by, pink, talk
from .meter import loudness, rms, true_peak

pytestmark = pytest.mark.slow

SEC, FPS = 8, 25
SPEECH = talk(SEC, -20, [(1.0, 2.5), (5.0, 6.5)])
CONFIG = {
    "mode": "mix", "volume": 1.0, "base_volume": 1.0, "offset_sec": 0.0, "loop": False,
    "fade_in_sec": 0.0, "fade_out_sec": 0.0, "ducking": False, "loudness": None,
}  # fmt: skip


@dataclass
class Told:
    stages: list[str] = field(default_factory=list)
    facts: list[Mapping[str, Any]] = field(default_factory=list)

    def __call__(self, fraction: float, stage: str, eta_sec: float | None = None) -> None:
        self.stages.append(stage)

    def tell(self, facts: Mapping[str, Any]) -> None:
        self.facts.append(facts)


@pytest.fixture
def bench(tmp_path: Path):
    return Bench(tmp_path)


@dataclass
class Bench:
    """Videos, sounds, and what an edit makes of them."""

    folder: Path
    told: Told = field(default_factory=Told)

    def wav(self, sound: np.ndarray) -> Path:
        path = self.folder / f"{hashlib.sha256(sound.tobytes()).hexdigest()[:8]}.wav"
        with wave.open(str(path), "wb") as file:
            file.setparams((sound.shape[1], 2, RATE, 0, "NONE", ""))
            file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
        return path

    def video(
        self,
        sound: np.ndarray | None,
        *,
        sec: float = SEC,
        suffix: str = "mp4",
        coding: tuple[str, ...] = FAST,
        sounding: tuple[str, ...] = ("-c:a", "aac", "-b:a", "192k"),
    ) -> Path:
        path = self.folder / f"video.{suffix}"
        inputs = ["-f", "lavfi", "-i", f"testsrc2=s=320x180:r={FPS}:d={sec}"]
        if sound is not None:
            inputs += ["-i", self.wav(sound)]
        ffmpeg(*inputs, *coding, *(sounding if sound is not None else ()), path)
        return path

    def laid(self, video: Path, sound: Path, **config: Any) -> tuple[np.ndarray, dict[str, Any]]:
        """What is heard of the result, and its facts."""
        out = self.folder / "out"
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir()
        operation = {
            "type": "audio_overlay",
            "inputs": [0, 1],
            "config": {**CONFIG, **config},
        }
        made = edit(
            {
                "operations": [operation],
                "inputs": [self._given(video), self._given(sound)],
                "fonts": [],
                "quality": "low",
                "deadline": time.monotonic() + 120,
                "max_duration_sec": 3600,
                "max_pixels": 40_000_000,
                "clip_max_bytes": 1 << 30,
                "segments": str(self.folder / "segments"),
                "segments_max_bytes": 1 << 30,
            },
            out,
            self.told,
        )
        path = out / made["file"]
        return sound_of(path), {**made["facts"], "path": path}

    def _given(self, path: Path) -> dict[str, Any]:
        is_video = path.suffix in (".mp4", ".mkv", ".webm")
        if is_video:
            kind, mime = "video", "video/mp4"
            facts: Mapping[str, Any] = probe(path, ClipLimits(max_bytes=1 << 30)).as_json()
        else:
            kind, mime = "audio", {".wav": "audio/wav", ".mp3": "audio/mpeg"}[path.suffix]
            with av.open(str(path)) as file:
                audio = {"channels": file.streams.audio[0].codec_context.channels}
            facts = {"duration_sec": len(sound_of(path)) / RATE, "audio": audio}
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        given = {"path": str(path), "kind": kind, "mime": mime, "sha256": digest}
        return {**given, "facts": facts, "name": path.name}


def sound_of(path: Path) -> np.ndarray:
    """`(samples, 2)` at 48 kHz."""
    stereo = f"[0:a]aresample={RATE},aformat=channel_layouts=stereo[o]"
    return heard(["-i", str(path)], stereo, "o")


def packets(path: Path) -> list[str]:
    """Digests of the picture's packets."""
    with av.open(str(path)) as file:
        return [
            hashlib.sha256(bytes(packet)).hexdigest()
            for packet in file.demux(video=0)
            if packet.size
        ]


def test_the_picture_is_copied_and_the_sound_as_long_as_it(bench: Bench) -> None:
    video, music = bench.video(SPEECH), bench.wav(pink(3, -8))
    out, facts = bench.laid(video, music, volume=0.5)
    assert packets(facts["path"]) == packets(video)
    assert (facts["video"], facts["audio"]) == ("copy", "encode")
    assert facts["duration_sec"] == pytest.approx(SEC, abs=0.001)
    assert len(out) == pytest.approx(SEC * RATE, abs=1024)
    assert rms(out[5 * RATE :]) == pytest.approx(rms(SPEECH[5 * RATE :]), abs=0.5)


def test_it_begins_at_its_millisecond(bench: Bench) -> None:
    video, music = bench.video(None), bench.wav(pink(3, -8))
    out, _ = bench.laid(video, music, offset_sec=1.2345)
    assert abs(later_by(out, pink(3, -8)) - round(1.2345 * RATE)) <= 48
    assert rms(out[:RATE]) < -80


@pytest.mark.slow
def test_the_bases_own_sound_stays_where_it_was(bench: Bench) -> None:
    video = bench.video(SPEECH)
    before = sound_of(video)
    out, _ = bench.laid(video, bench.wav(np.zeros((RATE, 2))))
    assert abs(later_by(out, before)) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("target_lufs", [-14.0, -23.0])
@pytest.mark.parametrize("ducking", [False, True])
def test_the_result_is_as_loud_as_wished(bench: Bench, target_lufs: float, ducking: bool) -> None:
    video, music = bench.video(SPEECH), bench.wav(pink(3, -14))
    told = {"loop": True, "ducking": ducking, "loudness": target_lufs}
    out, facts = bench.laid(video, music, **told)
    assert loudness(out) == pytest.approx(target_lufs, abs=0.5)
    assert true_peak(out) <= -0.9
    assert facts["loudness"][0]["target_lufs"] == target_lufs
    assert "measuring" in bench.told.stages


@pytest.mark.slow
def test_where_peaks_are_in_the_way_it_is_as_loud_all_the_same(bench: Bench) -> None:
    out, facts = bench.laid(bench.video(None), bench.wav(drums(SEC)), loudness=-16)
    assert facts["loudness"][0]["how"] == "limited"
    assert loudness(out) == pytest.approx(-16, abs=0.5)
    assert true_peak(out) <= -0.9


@pytest.mark.slow
def test_silence_is_left_silent(bench: Bench) -> None:
    silence = np.zeros((SEC * RATE, 2))
    out, facts = bench.laid(bench.video(silence), bench.wav(silence[:RATE]), loudness=-14)
    assert facts["loudness"][0]["how"] == "silence"
    assert rms(out) < -90


@pytest.mark.slow
def test_the_music_gives_way_to_speech(bench: Bench) -> None:
    """A tone above the voice's partials is the music: what is left of it can be told apart."""
    time_sec = np.arange(SEC * RATE) / RATE
    tone = np.repeat(0.2 * np.sin(2 * np.pi * 9000 * time_sec)[:, None], 2, axis=1)
    out, _ = bench.laid(bench.video(SPEECH), bench.wav(tone), ducking=True)

    def level(start: float, end: float) -> float:
        part = out[round(start * RATE) : round(end * RATE), 0]
        turn = np.exp(-2j * np.pi * 9000 * np.arange(len(part)) / RATE)
        return float(20 * np.log10(2 * abs((part * turn).mean()) / 0.2))

    assert level(1.2, 2.4) < -6
    assert level(5.2, 6.4) < -6
    for start, end in ((0.2, 0.9), (3.5, 4.9), (7.5, 7.9)):
        assert abs(level(start, end)) < 0.5


@pytest.mark.slow
@pytest.mark.parametrize(
    ("channels", "suffix", "options"),
    [(1, "wav", ("-ar", "32000")), (6, "wav", ()), (2, "mp3", ("-ar", "44100"))],
    ids=["mono", "5.1", "mp3"],
)
def test_any_sound_will_do(
    bench: Bench, channels: int, suffix: str, options: tuple[str, ...]
) -> None:
    music, path = pink(3, -10)[:, [0, 0]], bench.folder / f"other.{suffix}"
    ffmpeg("-i", bench.wav(music), "-ac", str(channels), *options, path)
    out, _ = bench.laid(bench.video(None, sec=4), path, mode="replace", fade_in_sec=0.2)
    assert abs(later_by(out, music)) <= 48
    assert rms(out[RATE : 2 * RATE]) == pytest.approx(rms(music[RATE : 2 * RATE]), abs=0.4)


@pytest.mark.parametrize(
    ("layout", "spread", "softer_db"),
    [("mono", "c0=c0", 0), ("5.1", "FL=c0|FR=c1", 0), ("5.1", "FC=c0", 3)],
)
def test_a_videos_own_sound_is_as_loud_as_it_was(
    bench: Bench, layout: str, spread: str, softer_db: float
) -> None:
    """A middle channel is heard from both sides, from each with half its power."""
    music = pink(3, -20)[:, [0, 0]]
    video, spoken = bench.video(music, sec=3), bench.folder / "spoken.mp4"
    ffmpeg("-i", video, "-c:v", "copy", "-af", f"pan={layout}|{spread}", spoken)
    out, _ = bench.laid(spoken, bench.wav(np.zeros((RATE, 2))))
    heard_db = rms(out[RATE : 2 * RATE]) - rms(music[RATE : 2 * RATE])
    assert heard_db == pytest.approx(-softer_db, abs=0.5)


@pytest.mark.slow
def test_the_sound_of_a_video_will_do(bench: Bench) -> None:
    music = pink(3, -10)
    other = bench.video(music, sec=3).rename(bench.folder / "other.mp4")
    out, _ = bench.laid(bench.video(SPEECH), other, mode="replace", offset_sec=2)
    assert abs(later_by(out, music) - 2 * RATE) <= 48
    assert rms(out[:RATE]) < -60


@pytest.mark.slow
def test_a_loop_too_long_to_be_held_has_no_seams(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mixing, "HELD_SAMPLES", RATE)
    music = pink(2.3, -8)
    out, _ = bench.laid(bench.video(None), bench.wav(music), mode="replace", loop=True)
    wrong = out[: SEC * RATE] - np.tile(music, (4, 1))[: SEC * RATE]
    for start in range(0, SEC * RATE - len(music) // 2, len(music)):
        assert later_by(out[start : start + len(music)], music) == 0
        assert rms(wrong[max(0, start - 480) : start + 480]) < rms(wrong) + 3  # AAC's own error


def test_what_cannot_be_is_refused(bench: Bench) -> None:
    video, music = bench.video(None, sec=2), bench.wav(pink(1))
    with pytest.raises(SoundBeyondEnd) as refused:
        bench.laid(video, music, offset_sec=2)
    assert refused.value.details["offset_sec"] == 2
    silent = shutil.copy(video, bench.folder / "silent.mp4")
    with pytest.raises(EditFileWithoutSound) as refused_too:
        bench.laid(video, Path(silent))
    assert refused_too.value.details["input_index"] == 1
