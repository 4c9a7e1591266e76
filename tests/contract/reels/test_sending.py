"""A video on its way to the provider and away from there, through the real SDK."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import certifi
import pytest

from photoai.config import ROOT
from photoai.errors import (
    JobCancelled,
    ProviderBadAnswer,
    ProviderNotConfigured,
    ProviderOverloaded,
    ProviderTimeout,
)
from photoai.services.providers import VideoMind
from tests.emulators.gemini import FORBIDDEN_KEY, OTHER_KEY, GeminiEmulator
from tests.support.reels import (
    LARGE,
    MB,
    NAME,
    Cancelling,
    analysed,
    footage,
    soon,
    watching,
)
from tests.support.reluctant import Reluctant, certificate_in

pytestmark = pytest.mark.slow
FOREVER = 1_000_000
SPARE_SEC = 0.8
NOBODY_THERE = "http://127.0.0.1:1"


def test_a_larger_one_is_sent_in_pieces_and_waited_for(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_files(polls=2)
    analysed(mind, footage(tmp_path, LARGE, "video/quicktime"))
    pieces = [each["size_bytes"] for each in emulator.seen() if "upload_id" in each["query"]]
    assert (len(pieces), sum(pieces)) == (3, LARGE)
    assert max(pieces) <= 8 * 1024 * 1024
    (asked,) = emulator.asked_about_videos()
    video = asked["json"]["contents"][0]["parts"][0]["fileData"]
    assert video["mime_type"] == "video/mov"
    assert video["file_uri"].endswith(f"/files/{NAME}")
    assert emulator.deleted() == 1


def test_a_longer_one_is_sent_however_small_it_is(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    analysed(mind, footage(tmp_path, sec=15.1))
    (asked,) = emulator.asked_about_videos()
    assert "fileData" in asked["json"]["contents"][0]["parts"][0]
    assert emulator.deleted() == 1


@pytest.mark.parametrize("key", ["", "wrong", FORBIDDEN_KEY])
def test_without_a_good_key_nothing_is_sent(
    key: str, emulator: GeminiEmulator, tmp_path: Path
) -> None:
    mind = watching(emulator, key=key)
    assert mind.configured() == bool(key)
    with pytest.raises(ProviderNotConfigured) as refused:
        mind.send(footage(tmp_path, LARGE), NAME, soon())
    assert not key or key not in f"{refused.value.vendor} {refused.value}"
    with pytest.raises(ProviderNotConfigured):
        mind.remove(NAME, soon())


def test_a_file_that_is_processed_for_ever_is_waited_for_until_the_deadline(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_files(polls=FOREVER)
    until = soon(1.5)
    with pytest.raises(ProviderTimeout) as late:
        mind.send(footage(tmp_path, LARGE), NAME, until)
    assert time.monotonic() < until + SPARE_SEC
    assert late.value.message == "The AI provider did not answer in time."
    assert len(emulator.files()) == 1
    mind.remove(NAME, soon())


def test_a_file_that_cannot_be_processed_is_tried_twice(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    emulator.let_files(ends="FAILED")
    with pytest.raises(ProviderBadAnswer):
        analysed(mind, footage(tmp_path, LARGE))
    assert emulator.deleted() == 2, "the first one, to be sent anew, and the last one"


def test_a_file_that_is_there_already_is_taken_or_replaced(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    video = footage(tmp_path, LARGE)
    first = mind.send(video, NAME, soon())
    assert mind.send(video, NAME, soon()) == first
    assert emulator.deleted() == 0
    mind.send(footage(tmp_path, LARGE + MB), NAME, soon())
    assert emulator.deleted() == 1
    (file,) = emulator.files()
    assert int(file["sizeBytes"]) == LARGE + MB
    mind.remove(NAME, soon())


def test_a_file_nobody_knows_is_removed_without_a_word(
    emulator: GeminiEmulator, mind: VideoMind, tmp_path: Path
) -> None:
    mind.remove("nobody-knows-it", soon())
    mind.send(footage(tmp_path, LARGE), NAME, soon())
    mind.remove(NAME, soon())
    mind.remove(NAME, soon())
    watching(emulator, key=OTHER_KEY).remove(NAME, soon())


def test_a_server_that_is_gone_counts_as_overloaded(
    emulator: GeminiEmulator, tmp_path: Path
) -> None:
    mind = watching(emulator, url=NOBODY_THERE)
    with pytest.raises(ProviderOverloaded):
        mind.send(footage(tmp_path, LARGE), NAME, soon(20))


@pytest.fixture(params=["http", "https"])
def certificate(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path | None:
    """The server's, which is trusted; None: it has none."""
    if request.param == "http":
        return None
    path = certificate_in(tmp_path)
    monkeypatch.setattr(certifi, "where", lambda: str(path))
    return path


@pytest.mark.parametrize("bytes_per_sec", [0, 1_000_000])
def test_the_deadline_of_an_upload_holds_at_a_slow_server(
    bytes_per_sec: float, certificate: Path | None, emulator: GeminiEmulator, tmp_path: Path
) -> None:
    with Reluctant(bytes_per_sec, certificate) as server:
        mind, until = watching(emulator, url=server.url), soon(1.2)
        with pytest.raises(ProviderTimeout):
            mind.send(footage(tmp_path, LARGE), NAME, until)
        assert time.monotonic() < until + SPARE_SEC


@pytest.mark.parametrize("bytes_per_sec", [0, 1_000_000])
def test_an_upload_ends_when_the_job_is_cancelled(
    bytes_per_sec: float, certificate: Path | None, emulator: GeminiEmulator, tmp_path: Path
) -> None:
    with Reluctant(bytes_per_sec, certificate) as server:
        mind, began = watching(emulator, url=server.url), time.monotonic()
        with pytest.raises(JobCancelled):
            mind.send(footage(tmp_path, LARGE), NAME, soon(30), Cancelling(after_sec=0.5))
        assert time.monotonic() < began + 0.5 + 2 * SPARE_SEC


def test_what_is_sent_slowly_arrives_as_it_is(
    certificate: Path | None, emulator: GeminiEmulator, tmp_path: Path
) -> None:
    """A write that was checked in the middle goes on where it was, also within TLS."""
    video = footage(tmp_path, 4 * MB)
    video.path.write_bytes(random.Random(4711).randbytes(4 * MB))
    with Reluctant(1_000_000, certificate) as server:
        mind = watching(emulator, url=server.url)
        with pytest.raises(JobCancelled):
            mind.send(video, NAME, soon(30), Cancelling(after_sec=2.5))
    sent = bytes(server.received).partition(b"\r\n\r\n")[2]
    assert len(sent) > 400_000, "more than one write"
    assert sent == video.path.read_bytes()[: len(sent)]


SENDING = """
import resource, sys, time
from pathlib import Path
from photoai.services.providers import Footage
from tests.support.reels import watching


class At:
    url = sys.argv[1]


mind, path = watching(At), Path(sys.argv[2])
small, large = path.with_name("small"), path
mind.send(Footage(small, "video/mp4", small.stat().st_size, 1.0), "warm", time.monotonic() + 60)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
mind.send(Footage(large, "video/mp4", large.stat().st_size, 1.0), "large", time.monotonic() + 60)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
for name in ("warm", "large"):
    mind.remove(name, time.monotonic() + 10)
"""


def test_a_hundred_megabytes_are_never_in_memory_at_once(
    emulator: GeminiEmulator, tmp_path: Path
) -> None:
    small = footage(tmp_path, 9 * MB).path.rename(tmp_path / "small")
    large = footage(tmp_path, 100 * MB).path
    assert small.exists()
    done = subprocess.run(
        [sys.executable, "-c", SENDING, emulator.url, str(large)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    grown_kb = int(done.stdout)
    assert grown_kb < 24 * 1024, f"{grown_kb} kB for a file of 100 MB"
