"""All of a clip that may be copied is decoded once."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import pytest

from photoai.errors import ClipUnreadable, JobCancelled, NotInTime
from photoai.services.video import ClipFacts, ClipLimits, is_doubtful, probe
from photoai.services.video.canvas import ASPECTS
from photoai.services.video.looking import Look, examine
from photoai.services.video.whole import check_whole
from tests.support.clips import AAC, Clips

from .making import facts, soon

pytestmark = pytest.mark.slow

H264 = ("-c:v", "libx264", "-preset", "fast", "-pix_fmt", "yuv420p")
HD = {"size": "1920x1080", "fps": "25"}


def check(path: Path) -> None:
    check_whole(path, probe(path, ClipLimits()), lambda: None)


def look(**wishes: Any) -> Look:
    return Look(**{"limits": ClipLimits(), "aspects": ASPECTS, "deadline": soon(), **wishes})


def detailed(clips: Clips) -> Path:
    return clips.make("testsrc2", sec=2, video=H264)


@pytest.mark.parametrize(
    "wishes",
    [
        {"video": (*H264, "-bf", "3", "-g", "10")},
        {"video": (*H264, "-x264-params", "open-gop=1:keyint=12:scenecut=0")},
        {"video": (*H264, "-x264-params", "intra-refresh=1:keyint=10")},
        {"video": (*H264, "-x264-params", "slices=4")},
        {"suffix": "mkv", "sound": ("-c:a", "libopus")},
        {"suffix": "ts"},
        {"suffix": "mov", "beep_at": None},
    ],
    ids=repr,
)
def test_what_is_whole_passes(clips: Clips, wishes: dict[str, Any]) -> None:
    check(clips.make("testsrc2", sec=2, **wishes))


@pytest.mark.parametrize("seed", range(12))
def test_damage_anywhere_among_the_pictures_is_found(clips: Clips, seed: int) -> None:
    """So much of it that no decoder can take it for pictures."""
    data, chance = bytearray(detailed(clips).read_bytes()), random.Random(seed)
    noise = chance.randbytes(3000)
    with av.open(str(detailed(clips))) as clip:
        ends = [packet.pos + packet.size for packet in clip.demux(video=0) if packet.size]
    at = chance.randrange(data.index(b"mdat") + 4, max(ends) - len(noise))
    data[at : at + len(noise)] = noise
    with pytest.raises(ClipUnreadable):
        check(clips.posing(f"noise-{seed}", bytes(data)))


def test_damage_in_the_sound_is_found(clips: Clips) -> None:
    data = bytearray(clips.make("testsrc2", sec=1, sound=AAC).read_bytes())
    with av.open(str(clips.make("testsrc2", sec=1, sound=AAC))) as clip:
        places = [(packet.pos, packet.size) for packet in clip.demux(audio=0) if packet.size]
    for at, size in places[10:20]:
        data[at : at + size] = b"\xff" * size
    with pytest.raises(ClipUnreadable):
        check(clips.posing("torn-sound", bytes(data)))


def test_what_nobody_can_see_is_no_damage(clips: Clips) -> None:
    """A note in the stream that says it is longer than it is: a strict decoder would complain."""
    data = bytearray(detailed(clips).read_bytes())
    note = data.index(b"\x06\x05", data.index(b"mdat"))  # ITU-T H.264, 7.3.2.3: unregistered data
    assert data[note + 2 : note + 4] == b"\xff\xff"
    size_at = next(at for at in range(note + 2, len(data)) if data[at] != 0xFF)
    data[size_at] = 0xFE
    check(clips.posing("long-note", bytes(data)))


def test_only_what_may_be_copied_is_decoded(clips: Clips) -> None:
    fits = facts(2.0)
    assert is_doubtful(fits, ["16:9"])
    assert not is_doubtful(fits, ["9:16", "1:1"])
    assert not is_doubtful(replace(fits, decodes=True), ASPECTS)
    assert not is_doubtful(facts(2.0, codec="hevc"), ASPECTS)
    small = clips.make("testsrc2")
    assert not look().into(small, None, lambda: None).decodes


@pytest.mark.slow
def test_a_look_is_remembered_unless_an_earlier_version_wrote_it(
    clips: Clips, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Path] = []
    monkeypatch.setattr(
        "photoai.services.video.looking.check_whole", lambda path, *_: decoded.append(path)
    )
    path = clips.make("red", sec=0.4, **HD)
    found = look().into(path, None, lambda: None).as_json()
    assert found["decodes"]
    assert decoded == [path]
    assert look().into(path, found, lambda: None) == ClipFacts.from_json(found)
    assert decoded == [path], "not a second time"
    del found["decodes"]
    assert look().into(path, found, lambda: None).decodes
    assert decoded == [path, path]


@pytest.mark.slow
def test_who_does_not_want_it_any_more_ends_it(clips: Clips) -> None:
    def enough() -> None:
        raise JobCancelled

    path = clips.make("red", sec=0.4, **HD)
    with pytest.raises(JobCancelled):
        look().into(path, None, enough)
    with pytest.raises(NotInTime):
        look(deadline=time.monotonic()).into(path, None, lambda: None)


@pytest.mark.slow
@pytest.mark.parametrize(("merged_max_bytes", "decodes"), [(20_000_000, True), (1000, False)])
def test_an_upload_that_merging_takes_is_decoded(
    clips: Clips, merged_max_bytes: int, decodes: bool
) -> None:
    path = clips.make("red", sec=0.4, **HD)
    params = {
        "path": str(path), "limits": vars(ClipLimits()), "merged_max_bytes": merged_max_bytes,
    }  # fmt: skip
    assert examine(params, Path(), print)["decodes"] is decodes


@pytest.mark.slow
def test_an_upload_does_not_wait_for_long(clips: Clips, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photoai.services.video.looking.UPLOAD_WAITS_SEC", 0.0)
    path = clips.make("red", sec=0.4, **HD)
    params = {"path": str(path), "limits": vars(ClipLimits()), "merged_max_bytes": 20_000_000}
    assert examine(params, Path(), print)["decodes"] is False
