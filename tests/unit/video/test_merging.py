"""A merge in its child: what cannot be done the short way is done the long way."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from photoai.errors import RenderFailed, ResultWrong
from photoai.services.video import ClipFacts, MergeSettings, merging
from photoai.services.video.verify import measured
from tests.support.clips import Clips, colors

pytestmark = pytest.mark.slow

numbers = itertools.count()
HD = {"size": "1920x1080", "fps": "25"}


class Silence:
    def __call__(self, fraction: float, stage: str, eta_sec: float | None = None) -> None: ...

    def tell(self, facts: Mapping[str, Any]) -> None: ...


def merged(paths: list[Path], folder: Path, mode: str = "copy") -> Path:
    work = folder / f"work-{next(numbers)}"
    work.mkdir()
    params = {
        "sources": [{"path": str(path), "sha256": path.stem} for path in paths],
        "settings": MergeSettings(quality="low").as_json(),
        "segments": str(folder / "segments"),
        "segments_max_bytes": 10**9,
        "allowed_hosts": [],
        "clip_max_bytes": 20_000_000,
        "max_pixels": 40_000_000,
        "max_duration_sec": 1800,
        "deadline": time.monotonic() + 60,
    }
    made = merging.merge(params, work, Silence())
    assert made["facts"]["mode"] == mode
    return work / str(made["video"])


def test_clips_that_fit_need_no_segments(clips: Clips, tmp_path: Path) -> None:
    parts = [clips.make(color, sec=0.4, **HD) for color in ("red", "lime")]
    assert colors(merged(parts, tmp_path)) == ["red", "lime"]
    assert not list((tmp_path / "segments").iterdir())


def test_what_cannot_be_written_packet_by_packet_is_joined(
    clips: Clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RenderFailed

    monkeypatch.setattr(merging, "put_together", refuse)
    parts = [clips.make(color, sec=0.4, **HD) for color in ("red", "lime")]
    assert colors(merged(parts, tmp_path)) == ["red", "lime"]


def test_what_came_out_wrong_is_made_again_the_long_way(
    clips: Clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[Path] = []

    def distrust(video: Path, **about: Any) -> ClipFacts:
        judged.append(video)
        if len(judged) == 1:
            raise ResultWrong
        return measured(video, **about)

    monkeypatch.setattr(merging, "measured", distrust)
    parts = [clips.make(color, sec=0.4, **HD) for color in ("red", "lime")]
    assert colors(merged(parts, tmp_path)) == ["red", "lime"]
    assert len(judged) == 2


def cut_off(segment: Path) -> None:
    segment.write_bytes(segment.read_bytes()[: segment.stat().st_size // 3])


def hollow(segment: Path) -> None:
    """Its index is whole, and nothing it leads to."""
    data = segment.read_bytes()
    start, end = data.index(b"mdat") + 4, data.rindex(b"moov") - 4
    segment.write_bytes(data[:start] + bytes(end - start) + data[end:])


@pytest.mark.parametrize("spoil", [cut_off, hollow])
def test_a_segment_that_was_damaged_is_made_anew(
    clips: Clips, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    parts = [clips.make(color, sec=0.4) for color in ("red", "lime")]
    merged(parts, tmp_path, "encode")
    segments = sorted((tmp_path / "segments").glob("*.mov"))
    sizes = [segment.stat().st_size for segment in segments]
    spoil(segments[0])
    assert colors(merged(parts, tmp_path, "encode")) == ["red", "lime"]
    assert len(segments) == 2
    assert [segment.stat().st_size for segment in segments] == pytest.approx(sizes, rel=0.01)


def test_what_new_segments_cannot_mend_is_not_tried_for_ever(
    clips: Clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged: list[Path] = []

    def distrust(video: Path, **about: Any) -> ClipFacts:
        judged.append(video)
        raise ResultWrong

    parts = [clips.make(color, sec=0.4) for color in ("red", "lime")]
    merged(parts, tmp_path, "encode")
    monkeypatch.setattr(merging, "measured", distrust)
    for tries in (2, 3):  # from the cache and anew, and then with nothing that could be old
        with pytest.raises(ResultWrong):
            merged(parts, tmp_path, "encode")
        assert len(judged) == tries
        for segment in (tmp_path / "segments").iterdir():
            segment.unlink()
