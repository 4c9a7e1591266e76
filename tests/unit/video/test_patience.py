"""How long a merge waits for its clips."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from photoai.errors import FetchFailed, FetchTooSlow, NotInTime
from photoai.services.video import ClipLimits, MergeSettings, merging
from tests.support.cliphost import ClipHost, Visit
from tests.support.clips import Clips
from tests.support.misbehaving import drips, refuses
from tests.support.waiting import wait_until


class Silence:
    def __call__(self, fraction: float, stage: str, eta_sec: float | None = None) -> None:
        """Nobody listens."""

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Nobody listens."""


def order(sources: list[dict[str, str]], folder: Path, deadline: float) -> dict[str, Any]:
    return {
        "sources": sources,
        "settings": MergeSettings().as_json(),
        "segments": str(folder / "segments"),
        "segments_max_bytes": 1_000_000,
        "allowed_hosts": ["127.0.0.1"],
        "clip_max_bytes": 20_000_000,
        "max_pixels": 40_000_000,
        "max_duration_sec": 1800,
        "deadline": deadline,
    }


def test_a_host_that_drips_is_given_up_long_before_the_merge_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "patience_sec", lambda limits: 0.5)
    began = time.monotonic()
    with ClipHost() as host:
        sources = [{"url": host.answer("drips.mp4", drips)}]
        with pytest.raises(FetchTooSlow) as late:
            merging.plan(order(sources, tmp_path, began + 600), tmp_path, Silence())
    assert late.value.details["clip_index"] == 0
    assert time.monotonic() - began < 10


@pytest.mark.slow
def test_out_of_time_it_is_the_clip_that_has_not_come_that_is_named(
    clips: Clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    def late(self: object, piece: object, *about: object) -> None:
        tried.append(piece)
        raise NotInTime

    monkeypatch.setattr(merging.Preparing, "segment", late)
    here = {"path": str(clips.make("red")), "sha256": "red"}
    with ClipHost() as host:
        sources = [here, {"url": host.answer("drips.mp4", drips)}]
        with pytest.raises(FetchTooSlow) as error:
            merging.merge(order(sources, tmp_path, time.monotonic() + 3), tmp_path, Silence())
    assert error.value.details["clip_index"] == 1
    assert tried, "the one that is here was prepared meanwhile"


@pytest.mark.slow
def test_a_clip_that_cannot_be_had_is_told_of_while_another_is_prepared(
    clips: Clips, tmp_path: Path
) -> None:
    """And not when that is done, which may take minutes."""
    tmp_path.joinpath("segments").mkdir()
    here = {"path": str(clips.make("red", sec=60)), "sha256": "red"}
    segments = tmp_path / "segments"

    def gone(visit: Visit) -> None:
        wait_until(lambda: any(segments.glob("*.part*")), 20, "the other clip is being prepared")
        refuses(404)(visit)

    with ClipHost() as host:
        sources = [here, {"url": host.answer("gone.mp4", gone)}]
        wanted = order(sources, tmp_path, time.monotonic() + 600) | {"segments_max_bytes": 1 << 30}
        with pytest.raises(FetchFailed) as error:
            merging.merge(wanted, tmp_path, Silence())
    assert error.value.details["clip_index"] == 1
    assert list(segments.glob("*.mov")) == [], "nothing was prepared to its end"
    assert list(segments.glob("*.part*")) == []


@pytest.mark.slow
def test_larger_clips_are_waited_for_longer() -> None:
    small, large = (ClipLimits(max_bytes=megabytes * 1_000_000) for megabytes in (20, 500))
    assert merging.patience_sec(small) == 130
    assert merging.patience_sec(large) == 2530
