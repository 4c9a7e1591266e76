"""Running ffmpeg: progress, and an end to whatever it does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from photoai.errors import ClipUnreadable, NotInTime, RenderFailed, RenderOutOfRoom
from photoai.services.video import ffmpeg
from tests.support.family import encoders
from tests.support.waiting import outlast, wait_until

MAKE = ["-f", "lavfi", "-i", "testsrc2=s=320x180:d=3", "-c:v", "libx264", "-preset", "ultrafast"]


def soon(sec: float = 30) -> float:
    return time.monotonic() + sec


@pytest.fixture
def fake(tmp_path: Path):
    """A program in ffmpeg's place: a few lines of Python."""

    def make(code: str) -> str:
        path = tmp_path / "ffmpeg"
        path.write_text(f"#!{sys.executable}\nimport os, sys, time, signal\n{code}\n")
        path.chmod(0o755)
        return str(path)

    return make


def test_it_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[float, float | None]] = []
    out = tmp_path / "out.mp4"
    tell = lambda part, eta: told.append((part, eta))  # noqa: E731
    ffmpeg.run([*MAKE, str(out)], deadline=soon(), total_sec=3, report=tell)
    assert out.stat().st_size > 1000
    assert told[-1][0] == pytest.approx(1, abs=0.05)
    assert [part for part, _ in told] == sorted(part for part, _ in told)


def test_its_words_are_for_the_log_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(RenderFailed) as failed:
        ffmpeg.run(["-i", f"{tmp_path}/missing.mp4", "-f", "null", "-"], deadline=soon())
    assert "No such file" in caplog.text
    assert str(tmp_path) not in caplog.text
    assert failed.value.message == RenderFailed.explain()


def test_a_hanging_one_is_stopped(fake) -> None:
    hanging = fake(
        "print('frame=1', flush=True)\nwhile True:\n  print('frame=1', flush=True); time.sleep(.05)"
    )
    with pytest.raises(RenderFailed) as failed:
        ffmpeg.run([], deadline=soon(), stall_sec=0.5, program=hanging)
    assert failed.value.details == {"silent_sec": 0.5}


def test_a_slow_one_is_stopped_at_its_deadline(fake) -> None:
    slow = fake("n = 0\nwhile True:\n  n += 1; print(f'frame={n}', flush=True); time.sleep(.05)")
    started = time.monotonic()
    with pytest.raises(NotInTime):
        ffmpeg.run([], deadline=soon(0.7), program=slow)
    assert time.monotonic() - started < 5


def test_one_that_prints_rubbish_does_no_harm(fake) -> None:
    noisy = fake(
        "junk = os.urandom(1 << 20)\n"
        "for _ in range(20):\n  os.write(1, junk); os.write(2, junk.replace(b'\\n', b''))\n"
        "os.write(1, b'\\nout_time_us=N/A\\nout_time_us=500000\\nframe=\\n')"
    )
    told: list[float] = []
    ffmpeg.run(
        [], deadline=soon(), total_sec=1, report=lambda part, _: told.append(part), program=noisy
    )
    assert told == [0.5]


def test_one_that_crashes_is_noticed(fake) -> None:
    with pytest.raises(RenderFailed):
        ffmpeg.run([], deadline=soon(), program=fake("os.kill(os.getpid(), signal.SIGSEGV)"))
    with pytest.raises(ClipUnreadable):
        ffmpeg.run([], deadline=soon(), program=fake("sys.exit(69)"))
    full = fake("print('x.mp4: No space left on device', file=sys.stderr); sys.exit(1)")
    with pytest.raises(RenderOutOfRoom):
        ffmpeg.run([], deadline=soon(), program=full)


def test_it_cannot_write_more_than_it_may(tmp_path: Path) -> None:
    with pytest.raises(RenderFailed) as failed:
        ffmpeg.run([*MAKE, str(tmp_path / "o.mp4")], deadline=soon(), max_output_bytes=5000)
    assert failed.value.details == {"max_output_bytes": 5000}


@pytest.mark.slow
def test_it_dies_with_whoever_started_it(tmp_path: Path, fake) -> None:
    program = fake(f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\nsignal.pause()")
    code = (
        "import sys, time; from photoai.services.video import ffmpeg;"
        f"ffmpeg.run([], deadline=time.monotonic() + 60, program={program!r})"
    )
    parent = subprocess.Popen([sys.executable, "-c", code])
    pid = int(
        wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(), 20)
    )
    assert os.getpgid(pid) == os.getpgid(parent.pid)
    parent.kill()
    parent.wait()
    wait_until(lambda: not psutil.pid_exists(pid), 5)


def test_it_is_fed_and_read_in_whole_pictures(tmp_path: Path) -> None:
    size, out = 64 * 36 * 3, tmp_path / "out.mkv"
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "64x36", "-r", "10", "-i", "pipe:0"]
    feed = (bytes([shade]) * size for shade in (0, 128, 255))
    ffmpeg.run([*raw, "-c:v", "ffv1", "-pix_fmt", "gbrp", str(out)], deadline=soon(), feed=feed)
    told = ["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"]
    back = list(ffmpeg.pictures([*ffmpeg.ours(out, "matroska"), *told], size, deadline=soon()))
    assert [(len(picture), picture[0]) for picture in back] == [(size, 0), (size, 128), (size, 255)]


def test_a_failing_feed_stops_it() -> None:
    def feed():
        yield b"\0" * (64 * 36 * 3)
        raise ClipUnreadable

    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "64x36", "-i", "pipe:0"]
    with pytest.raises(ClipUnreadable):
        ffmpeg.run([*raw, "-f", "null", "-"], deadline=soon(), feed=feed())


def test_pictures_left_unread_leave_nothing_running() -> None:
    told = ["-f", "lavfi", "-i", "testsrc2=s=320x180", "-f", "rawvideo", "pipe:1"]
    reading = ffmpeg.pictures(told, 1000, deadline=soon())
    assert len(next(reading)) == 1000
    reading.close()
    assert not encoders(psutil.Process())


@pytest.mark.slow
def test_a_reader_that_takes_its_time_is_no_hang(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ffmpeg, "STALL_SEC", 3.0)
    told = ["-f", "lavfi", "-i", "testsrc2=s=320x180:d=1", "-pix_fmt", "rgb24"]
    raw = ["-f", "rawvideo", "pipe:1"]
    reading = ffmpeg.pictures([*told, *raw], 320 * 180 * 3, deadline=soon())
    next(reading)
    outlast(3.2)
    assert sum(1 for _ in reading) == 24


def test_a_script_is_never_followed(tmp_path: Path) -> None:
    secret, script = tmp_path / "secret.mp4", tmp_path / "clip.mp4"
    ffmpeg.run([*MAKE, str(secret)], deadline=soon())
    script.write_text(f"ffconcat version 1.0\nfile {secret}\n")
    with pytest.raises(RenderFailed):
        ffmpeg.run([*ffmpeg.strangers(script, "mp4"), "-f", "null", "-"], deadline=soon())


def test_the_binary_says_what_it_is() -> None:
    assert ffmpeg.ffmpeg_version()[-1].isdigit()
    assert ffmpeg.has_filter("scale")
    assert not ffmpeg.has_filter("scal")


@pytest.mark.slow
def test_the_front_door_is_light() -> None:
    heavy = ("av", "numpy", "moviepy", "PIL", "imageio_ffmpeg", "cv2")
    code = (
        "import sys; import photoai.services; known = set(sys.modules);"
        "import photoai.services.video;"
        f"print([name for name in {heavy} if name in set(sys.modules) - known])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_whoever_listens_is_told_of_every_run(tmp_path: Path, fake) -> None:
    told: list[ffmpeg.Run] = []
    with ffmpeg.telling_of_runs(told.append):
        ffmpeg.run([*MAKE, str(tmp_path / "o.mp4")], deadline=soon(), operation="mux")
        with pytest.raises(RenderFailed):
            ffmpeg.run(["-i", f"{tmp_path}/missing.mp4", "-f", "null", "-"], deadline=soon())
        with pytest.raises(RenderFailed):
            ffmpeg.run([], deadline=soon(), stall_sec=0.3, program=fake("time.sleep(60)"))
    ffmpeg.run([*MAKE, str(tmp_path / "o.mp4")], deadline=soon())
    assert [run.operation for run in told] == ["mux", "render", "render"]
    assert [run.exit_code == 0 for run in told] == [True, False, False]
    assert "No such file" in told[1].words
    assert str(tmp_path) not in told[1].words
    assert told[2].duration_sec >= 0.3


def test_a_chatty_one_says_more_than_errors(tmp_path: Path) -> None:
    arguments = [*MAKE, str(tmp_path / "o.mp4")]
    assert ffmpeg.run(arguments, deadline=soon()) == []
    said = ffmpeg.run(arguments, deadline=soon(), loglevel=ffmpeg.CHATTY)
    assert any("libx264" in line for line in said)
