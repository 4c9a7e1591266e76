"""What a merge costs the process that answers everybody: nothing, for it is made in another."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cliphost import ClipHost
from tests.support.clips import Clips
from tests.support.merging import Merger
from tests.support.server import Server

MEGABYTE = 1_000_000


@pytest.mark.slow
def test_the_web_process_needs_no_more_memory_while_a_video_is_merged(
    merger: Merger, merging_server: Server, host: ClipHost, clips: Clips, tmp_path: Path
) -> None:
    sizes = ("1280x720", "640x360", "1080x1920")
    paths = [clips.make("testsrc2", sec=3.0, size=size) for size in sizes]
    pid = merging_server.worker.pid
    merging_server.forget_peak()
    before = merging_server.peak_bytes()
    task = merger.merged(*(host.put(f"memory-{path.name}", path) for path in paths))
    merger.download(task, tmp_path / "video.mp4")
    grown = merging_server.peak_bytes() - before
    assert merging_server.worker.pid == pid
    assert (task["mode"], task["result"]["width"]) == ("encode", 1920)
    assert grown < 10 * MEGABYTE
