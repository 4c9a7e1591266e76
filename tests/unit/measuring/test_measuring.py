"""Videos measured as a child process does it."""

from __future__ import annotations

import json
import subprocess
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from photoai.errors import ClipUnreadable, NotInTime, RenderOutOfRoom
from photoai.services.jobs import Child
from photoai.services.jobs.child import start_child
from photoai.services.measuring import Facts, measure
from photoai.services.video import ClipLimits, probe
from tests.support.clips import AAC, FAST, Clips, color_of, ffmpeg

pytestmark = pytest.mark.slow
WORK = "photoai.services.measuring:measure"
STORED = ("-x264-params", "scenecut=0")


@dataclass(frozen=True)
class Found:
    facts: Facts
    folder: Path
    told: list[tuple[float, str, float | None]]

    def picture(self, name: str) -> Image.Image:
        with zipfile.ZipFile(self.folder / "shots.zip") as packed:
            return Image.open(BytesIO(packed.read(name)))

    def color(self, name: str) -> str:
        picture = self.picture(name).convert("RGB")
        return color_of(np.asarray(picture)[picture.height // 2, picture.width // 2])


class Measurer:
    """Measures videos; its folders lie in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, path: Path, **wishes: Any) -> Found:
        folder = self.folder / f"of {path.stem}, 'twice' [{len(list(self.folder.iterdir()))}]"
        folder.mkdir()
        told: list[tuple[float, str, float | None]] = []
        found = measure(order(path, **wishes), folder, lambda *said: told.append(said))
        assert found["pictures"] == "shots.zip"
        assert [file.name for file in folder.iterdir()] == ["shots.zip"]
        json.dumps(found, allow_nan=False)
        return Found(found["facts"], folder, told)


def order(path: Path, **wishes: Any) -> dict[str, Any]:
    said = {
        "path": str(path), "mime": "video/mp4", "sha256": "0" * 64, "name": path.name,
        "facts": probe(path, ClipLimits(1 << 30)).as_json(),
    }  # fmt: skip
    wishes = {"deadline": time.monotonic() + 60, "max_shots": 120, **wishes}
    return json.loads(json.dumps({"input": said, **wishes}))


@pytest.fixture
def measured(tmp_path: Path) -> Measurer:
    return Measurer(tmp_path)


def edited(
    path: Path,
    *sources: str,
    graph: str,
    sound: str | None = None,
    fps: int = 30,
    video: tuple[str, ...] = (*FAST, *STORED),
) -> Path:
    """Sources of ffmpeg's joined by a graph of filters to `[out]`."""
    inputs = [word for source in sources for word in ("-f", "lavfi", "-i", source)]
    heard = ["-f", "lavfi", "-i", sound] if sound else []
    maps = ["-map", "[out]", *(["-map", f"{len(sources)}:a"] if sound else [])]
    coding = (*video, *(AAC if sound else ()), "-shortest")
    ffmpeg(*inputs, *heard, "-filter_complex", graph, *maps, "-r", str(fps), *coding, path)
    return path


def sources(*names: str, sec: float = 2.0, size: str = "360x640") -> list[str]:
    known = {
        "test": f"testsrc2=s={size}:r=30:d={sec}",
        "fractal": f"mandelbrot=s={size}:r=30:maxiter=200,trim=duration={sec}",
        "gradients": f"gradients=s={size}:r=30:d={sec}:speed=0.02:seed=4:n=2:c0=navy:c1=gold",
        "life": f"life=s={size}:r=30:mold=10:ratio=0.3:seed=5,trim=duration={sec}",
        "noise": f"color=gray:s={size}:r=30:d={sec},noise=alls=60:allf=t",
    }
    return [known.get(name, f"color={name}:s={size}:r=30:d={sec}") for name in names]


def times(found: Any) -> list[tuple[float, float]]:
    return [(part["start_sec"], part["end_sec"]) for part in found]


def test_scenes_one_after_the_other(measured: Measurer, tmp_path: Path) -> None:
    films = sources("test", "fractal", "red", "blue", "gradients", "noise")
    joined = "".join(f"[{at}]format=yuv420p,setsar=1[{at}p];" for at in range(6))
    graph = joined + "".join(f"[{at}p]" for at in range(6)) + "concat=n=6[out]"
    path = edited(tmp_path / "scenes.mp4", *films, graph=graph, sound="sine=f=440:d=12")
    found = measured(path)
    facts = found.facts
    assert facts["cuts"] == pytest.approx([2, 4, 6, 8, 10], abs=2 / 30)
    assert [shot["index"] for shot in facts["shots"]] == [0, 1, 2, 3, 4, 5]
    assert times(facts["shots"])[0][0] == 0
    assert times(facts["shots"])[-1][1] == facts["duration_sec"] == 12
    assert facts["pace"]["shots_per_minute"] == pytest.approx(30)
    assert found.color("shot_002.jpg") == "red"
    assert found.color("shot_003.jpg") == "blue"
    red, blue = times(facts["still"])
    assert red == pytest.approx((4, 6), abs=0.1)
    assert blue == pytest.approx((6, 8), abs=0.1)
    assert (facts["width"], facts["height"], facts["fps"]) == (360, 640, 30)
    assert found.picture("shot_000.jpg").size == found.picture("first.jpg").size == (180, 320)
    assert facts["silence"] == []
    assert facts["loudness"]
    assert len(facts["loudness"]["curve_lufs"]) == 24
    assert found.told[0][:2] == (0.0, "measuring")
    assert found.told[-1][:2] == (1.0, "measuring")


@pytest.mark.parametrize(
    "said",
    [
        "scenecut=0:bframes=3:b-adapt=0:b-pyramid=none",
        "scenecut=0:bframes=2:b-adapt=0",
        "bframes=3:b-pyramid=normal",
    ],
)
def test_an_encoder_that_leaves_much_to_others(
    measured: Measurer, tmp_path: Path, said: str
) -> None:
    films = sources("test", "fractal", "gradients", "test", "life", sec=0.9)
    joined = "".join(f"[{at}]format=yuv420p,setsar=1[{at}p];" for at in range(5))
    graph = joined + "".join(f"[{at}p]" for at in range(5)) + "concat=n=5[out]"
    video = ("-c:v", "libx264", "-preset", "fast", "-pix_fmt", "yuv420p", "-x264-params", said)
    facts = measured(edited(tmp_path / "lazy.mp4", *films, graph=graph, video=video)).facts
    assert facts["cuts"] == pytest.approx([0.9, 1.8, 2.7, 3.6], abs=2.1 / 30)


@pytest.mark.parametrize("fade_sec", [0.2, 0.5, 1.0, 2.0])
def test_a_fade(measured: Measurer, tmp_path: Path, fade_sec: float) -> None:
    films = sources("test", "fractal", sec=4.0)
    graph = (
        "[0]format=yuv420p,setsar=1[a];[1]format=yuv420p,setsar=1[b];"
        f"[a][b]xfade=transition=fade:duration={fade_sec}:offset=2[out]"
    )
    facts = measured(edited(tmp_path / "fade.mp4", *films, graph=graph)).facts
    assert facts["cuts"] == pytest.approx([2 + fade_sec / 2], abs=2.5 / 30)
    assert not facts["has_sound"]
    assert facts["loudness"] is None
    assert times(facts["silence"]) == times(facts["speech_free"]) == [(0, facts["duration_sec"])]


def test_black_and_from_it(measured: Measurer, tmp_path: Path) -> None:
    films = sources("test", "fractal")
    graph = (
        "[0]fade=in:0:15,fade=out:45:15,format=yuv420p,setsar=1[a];"
        "[1]fade=in:0:15,format=yuv420p,setsar=1[b];[a][b]concat=n=2[out]"
    )
    facts = measured(edited(tmp_path / "dip.mp4", *films, graph=graph)).facts
    assert facts["cuts"] == pytest.approx([2], abs=2 / 30)
    assert all(part in facts["black"] or part for part in facts["black"])


def test_silence_and_loudness(measured: Measurer, tmp_path: Path) -> None:
    tone = "aevalsrc='0.1*sin(2*PI*1000*t)*gt(abs(t-3),1)':s=48000:d=6"
    path = edited(
        tmp_path / "tone.mp4", *sources("test", sec=6.0), graph="[0]null[out]", sound=tone
    )
    facts = measured(path).facts
    assert times(facts["silence"]) == [pytest.approx((2, 4), abs=0.11)]
    assert facts["loudness"]
    assert facts["loudness"]["integrated_lufs"] == pytest.approx(-20, abs=0.5)
    assert facts["loudness"]["true_peak_dbtp"] == pytest.approx(-20, abs=1.5)
    assert facts["loudness"]["curve_lufs"][5:7] == [None, None]
    assert facts["speech_free"] == [{"start_sec": 0.0, "end_sec": 6.0}]


def test_sound_that_nobody_hears(measured: Measurer, clips: Clips) -> None:
    facts = measured(clips.make("testsrc2", beep_at=9.0)).facts
    assert facts["has_sound"]
    assert facts["loudness"]
    assert facts["loudness"]["integrated_lufs"] is facts["loudness"]["true_peak_dbtp"] is None
    assert times(facts["silence"]) == [(0, 1)]


def test_a_picture_that_stands_still(measured: Measurer, clips: Clips) -> None:
    found = measured(clips.make("lime", sec=3.0))
    assert found.facts["cuts"] == []
    assert times(found.facts["still"]) == [(0, 3)]
    assert found.color("first.jpg") == found.color("shot_000.jpg") == "lime"


def test_one_black_frame(measured: Measurer, clips: Clips) -> None:
    facts = measured(clips.make("black", sec=0.04, beep_at=None)).facts
    assert times(facts["shots"]) == times(facts["black"]) == [(0, 0.04)]


def test_a_fifth_of_a_second(measured: Measurer, clips: Clips) -> None:
    facts = measured(clips.make("testsrc2", sec=0.2, beep_at=0.0)).facts
    assert times(facts["shots"]) == [(0, 0.2)]
    assert facts["cuts"] == facts["silence"] == []


def test_frames_that_come_when_they_like(measured: Measurer, clips: Clips) -> None:
    facts = measured(clips.unsteady("red")).facts
    assert facts["cuts"] == []
    assert facts["duration_sec"] == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_phone_held_another_way(measured: Measurer, tmp_path: Path, degrees: int) -> None:
    corner = "color=black:s=640x360:r=25:d=1,drawbox=0:0:320:180:red:fill"
    path = edited(tmp_path / "flat.mp4", corner, graph="[0]null[out]", fps=25)
    found = measured(Clips(tmp_path).turned(path, degrees))
    upright = {90: (180, 320), 180: (320, 180), 270: (180, 320)}
    picture = found.picture("first.jpg")
    assert picture.size == upright[degrees]
    out = tmp_path / "upright.png"
    ffmpeg("-i", tmp_path / f"flat-turned{degrees}.mp4", "-frames:v", "1", out)
    right = np.asarray(Image.open(out).convert("RGB").resize(picture.size), int)
    assert np.abs(np.asarray(picture.convert("RGB"), int) - right).mean() < 4


def test_light_of_another_kind(measured: Measurer, clips: Clips) -> None:
    picture = measured(clips.hdr_grey("smpte2084", 940)).picture("first.jpg").convert("RGB")
    assert np.asarray(picture).mean() > 200


def test_pixels_that_are_not_square(measured: Measurer, clips: Clips) -> None:
    found = measured(clips.make("testsrc2", size="320x320", filters="setsar=1/2"))
    assert (found.facts["width"], found.facts["height"]) == (160, 320)
    assert found.picture("first.jpg").size == (160, 320)


def test_a_file_cut_off_after_it_was_looked_at(measured: Measurer, tmp_path: Path) -> None:
    path = edited(tmp_path / "whole.mp4", *sources("test", sec=6.0), graph="[0]null[out]")
    said = order(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(ClipUnreadable):
        measure(said, tmp_path, lambda *_: None)


def test_a_file_that_ends_too_soon(measured: Measurer, clips: Clips) -> None:
    path = clips.cut_off()
    said = {**order(clips.make("testsrc2")), "max_shots": 120}
    said["input"] = {**said["input"], "path": str(path), "facts": {}}
    with pytest.raises(ClipUnreadable):
        measure(said, measured.folder, lambda *_: None)


def test_a_torn_file_is_measured_as_far_as_it_goes(measured: Measurer, clips: Clips) -> None:
    assert measured(clips.torn()).facts["duration_sec"] == pytest.approx(2, abs=0.1)


def test_time_that_is_up(clips: Clips, tmp_path: Path) -> None:
    with pytest.raises(NotInTime):
        measure(order(clips.make("testsrc2"), deadline=time.monotonic()), tmp_path, lambda *_: None)


def test_no_room_left(clips: Clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "shots.zip").symlink_to("/dev/full")
    with pytest.raises(RenderOutOfRoom):
        measure(order(clips.make("testsrc2")), tmp_path, lambda *_: None)


def test_three_minutes_in_a_child(tmp_path: Path) -> None:
    films = sources("test", "gradients", sec=90.0, size="1080x1920")
    graph = "[0]format=yuv420p,setsar=1[a];[1]format=yuv420p,setsar=1[b];[a][b]concat=n=2[out]"
    path = edited(tmp_path / "long.mp4", *films, graph=graph, sound="anoisesrc=d=180:a=0.1")
    folder = tmp_path / "work"
    folder.mkdir()
    begun: list[psutil.Process] = []
    held: list[float] = []

    def begin() -> subprocess.Popen[bytes]:
        process = start_child()
        begun.append(psutil.Process(process.pid))
        return process

    def listen(*_: object) -> None:
        (child,) = begun
        family = [child, *child.children(recursive=True)]
        held.append(sum(map(resident_mb, family)))

    found = Child(WORK, order(path), folder, start=begin).run(listen)
    assert found["facts"]["cuts"] == pytest.approx([90], abs=2 / 30)
    assert found["facts"]["duration_sec"] == pytest.approx(180, abs=0.1)
    assert max(held) < 300


def resident_mb(process: psutil.Process) -> float:
    """Nothing of one that has ended meanwhile."""
    with suppress(psutil.NoSuchProcess):
        return float(process.memory_info().rss / (1 << 20))
    return 0.0
