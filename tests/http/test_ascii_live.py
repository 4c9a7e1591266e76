"""Videos watched as text over a real server: what is shown, when, and what viewers may wish."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.clips import Clips
from tests.support.server import Client, Server
from tests.support.spectator import Spectator
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

FPS, WIDTH = 25, 40
Watch = Callable[..., Spectator]


@pytest.fixture(scope="module")
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    with make_server(LIVE_HEARTBEAT_SEC="1") as running:
        yield running


@pytest.fixture(scope="module")
def serg(house: Server) -> Iterator[Client]:
    with house.session("serg") as client:
        yield client


@pytest.fixture
def watch(house: Server, serg: Client) -> Iterator[Watch]:
    opened: list[Spectator] = []

    def begin(video: Path | str, **fields: Any) -> Spectator:
        opened.append(Spectator(house, serg))
        return opened[-1].start(video, **{"width": WIDTH, **fields})

    yield begin
    for spectator in opened:
        spectator.close()


@pytest.fixture(scope="module")
def short(clips: Clips) -> Path:
    """2 s of a moving picture, 50 frames."""
    return clips.make("testsrc2", sec=2.0)


@pytest.fixture(scope="module")
def long(clips: Clips) -> Path:
    return clips.make("testsrc2", sec=60.0, beep_at=None)


def test_the_start_message_of_the_original_shows_every_frame(
    house: Server, serg: Client, short: Path
) -> None:
    with Spectator(house, serg) as spectator:
        spectator.start(short, width=120, style="normal").wait_for_end()
    *frames, last = [said for _, said in spectator.heard]
    assert len(frames) > 40  # a busy machine may skip some
    assert spectator.numbers() == sorted(set(spectator.numbers()))
    assert all(set(frame) == {"frame_number", "ascii_text", "timestamp"} for frame in frames)
    assert all(frame["timestamp"] == round(frame["frame_number"] / FPS, 3) for frame in frames)
    rows = [frame["ascii_text"].splitlines() for frame in frames]
    assert {len(row) for each in rows for row in each} == {120}
    assert {len(each) for each in rows} == {34}  # 320 x 180 in cells twice as high as wide
    assert last == {"event": "end", "frames": 50}
    assert spectator.code == 1000


def test_frames_come_when_the_clock_says(watch: Watch, short: Path) -> None:
    moments = watch(short).wait_for_end().moments()
    assert len(moments) > 40  # a busy machine may skip some
    begin = min(at - number / FPS for at, number in moments)
    late_sec = sorted(at - number / FPS - begin for at, number in moments)
    assert late_sec[len(late_sec) // 2] < 0.1
    assert moments[-1][0] - moments[0][0] > 1.5


def test_who_takes_them_as_fast_as_they_come_gets_all_of_them_sooner(
    watch: Watch, long: Path
) -> None:
    spectator = watch(long, pace="max").wait_for_end()
    assert spectator.numbers() == list(range(60 * FPS))
    (began, _), *_, (ended, _) = spectator.moments()
    assert ended - began < 30


def test_a_rate_may_be_wished_for(watch: Watch, short: Path) -> None:
    spectator = watch(short, fps=10, pace="max").wait_for_end()
    assert [frame["timestamp"] for frame in spectator.frames()] == [n / 10 for n in range(20)]
    assert spectator.events("end") == [{"event": "end", "frames": 20}]


def test_a_start_may_be_anywhere(watch: Watch, short: Path) -> None:
    spectator = watch(short, start_sec=1.2, pace="max").wait_for_end()
    assert spectator.numbers() == list(range(30, 50))


def test_a_start_after_the_end_is_the_end(watch: Watch, short: Path) -> None:
    spectator = watch(short, start_sec=100).wait_for_end()
    assert [said for _, said in spectator.heard] == [{"event": "end", "frames": 50}]


def test_who_watches_is_counted(house: Server, serg: Client, long: Path) -> None:
    def counted() -> str:
        lines = requests.get(f"{house.url}/metrics", timeout=5).text.splitlines()
        return next(line for line in lines if line.startswith("photoai_viewers "))

    with Spectator(house, serg) as spectator:
        spectator.start(long, width=WIDTH).wait_for_frame(1)
        wait_until(lambda: counted() == "photoai_viewers 1.0", what="one viewer")
    wait_until(lambda: counted() == "photoai_viewers 0.0", what="no viewers")


def test_what_is_paused_stands_still_until_it_goes_on(watch: Watch, long: Path) -> None:
    spectator = watch(long).wait_for_frame(5)
    spectator.say("pause").say("nonsense").wait_until(spectator.errors, "an answer after the pause")
    paused_at = spectator.numbers()[-1]
    spectator.say("pause").say("nonsense")
    spectator.wait_until(lambda: len(spectator.errors()) == 2, "another answer")
    assert spectator.numbers()[-1] == paused_at
    spectator.say("resume").wait_for_frame(paused_at + 10)
    after = [number for number in spectator.numbers() if number > paused_at]
    assert after[0] == paused_at + 1


def test_a_seek_leads_there_and_back(watch: Watch, long: Path) -> None:
    spectator = watch(long).wait_for_frame(3)
    spectator.say("seek", to_sec=40).wait_for_frame(40 * FPS + 3)
    spectator.say("seek", to_sec=0.4)
    spectator.wait_until(lambda: spectator.numbers()[-1] < 40 * FPS, "the begin once more")
    numbers = spectator.numbers()
    assert 40 * FPS in numbers
    turn = numbers.index(next(n for n in reversed(numbers) if n >= 40 * FPS))
    assert 40 * FPS in numbers[: turn + 1]
    assert 10 in numbers


def test_a_seek_while_paused_shows_that_frame(watch: Watch, long: Path) -> None:
    spectator = watch(long).wait_for_frame(2).say("pause").say("seek", to_sec=30)
    spectator.wait_until(lambda: spectator.numbers()[-1] == 30 * FPS, "the frame at 30 s")
    spectator.say("seek", to_sec=12)
    spectator.wait_until(lambda: spectator.numbers()[-1] == 12 * FPS, "the frame at 12 s")


def test_settings_act_at_once_and_are_kept(watch: Watch, long: Path) -> None:
    spectator = watch(long, events=True).wait_for_frame(2)
    spectator.say("settings", width=80)
    spectator.wait_until(lambda: len(spectator.events("ready")) == 2, "what is seen now")
    spectator.say("settings", style="blocks", brightness=1.5)
    spectator.wait_until(lambda: len(spectator.events("ready")) == 3, "what is seen then")
    first, second, third = spectator.events("ready")
    assert (first["columns"], second["columns"], third["columns"]) == (WIDTH, 80, 80)
    assert third["settings"]["style"] == "blocks"
    assert third["settings"]["brightness"] == 1.5
    assert third["charset"] != first["charset"]
    at = spectator.numbers()[-1]
    spectator.wait_for_frame(at + 2)
    rows = spectator.frames()[-1]["ascii_text"].splitlines()
    assert {len(row) for row in rows} == {80}
    assert set("".join(rows)) <= set(third["charset"])


def test_settings_while_paused_show_the_same_frame_anew(watch: Watch, long: Path) -> None:
    spectator = watch(long).wait_for_frame(4).say("pause").say("nonsense")
    spectator.wait_until(spectator.errors, "an answer after the pause")
    number = spectator.numbers()[-1]
    spectator.say("settings", style="inverted")
    spectator.wait_until(lambda: spectator.numbers().count(number) == 2, "the frame once more")
    before, after = [each for each in spectator.frames() if each["frame_number"] == number]
    assert before["ascii_text"] != after["ascii_text"]
    spectator.say("seek", to_sec=2).say("settings", style="dots").say("settings", style="normal")
    spectator.wait_until(lambda: spectator.numbers()[-1] != number, "the frame that was sought")
    spectator.say("nonsense").wait_until(lambda: len(spectator.errors()) == 2, "all was heard")
    assert set(spectator.numbers()[spectator.numbers().index(number) :]) == {number, 50}


def test_who_stops_is_told_the_end(watch: Watch, long: Path) -> None:
    spectator = watch(long).wait_for_frame(2).say("stop").wait_for_end()
    assert spectator.heard[-1][1] == {"event": "end", "frames": 60 * FPS}
    assert spectator.code == 1000
    assert len(spectator.frames()) < 60 * FPS


@pytest.mark.parametrize("color", ["mono", "true"])
def test_bytes_for_a_canvas_say_the_same_as_the_text(watch: Watch, short: Path, color: str) -> None:
    in_bytes = watch(short, format="binary", pace="max", color=color).wait_for_end()
    as_text = watch(short, pace="max", color=color).wait_for_end()
    (ready,) = in_bytes.events("ready")
    assert (ready["columns"], ready["frames"], ready["fps"]) == (WIDTH, 50, FPS)
    assert in_bytes.numbers() == list(range(50)), in_bytes.heard
    assert as_text.numbers() == list(range(50)), as_text.heard
    for drawn, written in zip(in_bytes.frames(), as_text.frames(), strict=True):
        text = "".join(ready["charset"][glyph] for glyph in drawn["glyphs"])
        assert text == written["ascii_text"].replace("\n", "")
        assert drawn["timestamp"] == written["timestamp"]
        assert (drawn["colors"] is not None) == (color == "true")
    assert in_bytes.frames()[0]["kind"] == 1
    assert any(frame["kind"] == 2 for frame in in_bytes.frames())


def test_everything_answers_under_the_mount_prefix(
    house: Server, serg: Client, short: Path
) -> None:
    with Spectator(house, serg, "/scotch/api/v1/ws/convert") as spectator:
        spectator.start(short, pace="max").wait_for_end()
    assert len(spectator.frames()) == 50


def test_an_animated_picture_is_a_video_too(watch: Watch, clips: Clips) -> None:
    gif = clips.make(
        "testsrc2", sec=1.0, beep_at=None, video=(), filters="fps=10", suffix="gif", fps="10"
    )
    spectator = watch(gif, pace="max").wait_for_end()
    assert spectator.numbers() == list(range(10))


def test_lines_of_json_are_the_same_frames(
    house: Server, serg: Client, watch: Watch, short: Path
) -> None:
    spoken = watch(short, pace="max", style="dots").wait_for_end()
    with short.open("rb") as file:
        answer = serg.post(
            "/api/v1/convert/stream",
            files={"file": file},
            data={"width": str(WIDTH), "style": "dots"},
        )
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == [said for _, said in spoken.heard]


def test_lines_of_json_may_be_of_a_file_that_is_kept(serg: Client, short: Path) -> None:
    with short.open("rb") as file:
        kept = serg.post("/api/v1/files", files={"file": file}).json()
    wish = {"file_id": kept["id"], "width": WIDTH, "start_sec": 1.0}
    answer = serg.post("/api/v1/convert/stream", json=wish)
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line.get("frame_number") for line in lines[:-1]] == list(range(25, 50))
    assert lines[-1] == {"event": "end", "frames": 50}
