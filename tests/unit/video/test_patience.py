"""How long a merge waits for its clips."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from photoai.errors import FetchTooSlow
from photoai.services.video import ClipLimits, MergeSettings, merging
from tests.support.cliphost import ClipHost
from tests.support.misbehaving import drips


class Silence:
    def __call__(self, fraction: float, stage: str, eta_sec: float | None = None) -> None:
        """Nobody listens."""

    def tell(self, facts: Mapping[str, Any]) -> None:
        """Nobody listens."""


def test_a_host_that_drips_is_given_up_long_before_the_merge_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "patience_sec", lambda limits: 0.5)
    began = time.monotonic()
    with ClipHost() as host:
        params = {
            "sources": [{"url": host.answer("drips.mp4", drips)}],
            "settings": MergeSettings().as_json(),
            "segments": str(tmp_path / "segments"),
            "segments_max_bytes": 1_000_000,
            "allowed_hosts": ["127.0.0.1"],
            "clip_max_bytes": 20_000_000,
            "max_pixels": 40_000_000,
            "max_duration_sec": 1800,
            "deadline": began + 600,
        }
        with pytest.raises(FetchTooSlow) as late:
            merging.plan(params, tmp_path, Silence())
    assert late.value.details["clip_index"] == 0
    assert time.monotonic() - began < 10


def test_larger_clips_are_waited_for_longer() -> None:
    small, large = (ClipLimits(max_bytes=megabytes * 1_000_000) for megabytes in (20, 500))
    assert merging.patience_sec(small) == 130
    assert merging.patience_sec(large) == 2530
