"""Viewers that do not read, that vanish, that are many, and a server that ends while they watch."""

from __future__ import annotations

import base64
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest

from tests.support.clips import Clips
from tests.support.server import Client, Server
from tests.support.spectator import PATH, Spectator
from tests.support.waiting import paced, wait_until

pytestmark = pytest.mark.slow

MANY = 12


@pytest.fixture
def house(make_server: Callable[..., Server]) -> Iterator[Server]:
    with make_server(LIVE_HEARTBEAT_SEC="1") as running:
        yield running


@pytest.fixture
def serg(house: Server) -> Iterator[Client]:
    with house.session("serg") as client:
        yield client


@pytest.fixture
def video(serg: Client, clips: Clips) -> str:
    """The id of a minute of it."""
    with clips.make("testsrc2", sec=60.0, beep_at=None).open("rb") as file:
        return str(serg.post("/api/v1/files", files={"file": file}).json()["id"])


def decoders(server: Server) -> list[psutil.Process]:
    """What runs ffmpeg for somebody who watches."""
    found = []
    for process in server.worker.children(recursive=True):
        with suppress(psutil.Error):
            if "rawvideo" in process.cmdline():
                found.append(process)
    return found


def children(server: Server) -> int:
    return len(server.worker.children(recursive=True))


def files_of(server: Server) -> list[str]:
    """What the web process and its children have open that has no name any more."""
    found = []
    for process in [server.worker, *server.worker.children(recursive=True)]:
        folder = Path(f"/proc/{process.pid}/fd")
        for each in folder.iterdir() if folder.exists() else ():
            with suppress(OSError):
                if (target := str(each.readlink())).endswith("(deleted)") and "photoai" in target:
                    found.append(target)
    return found


def nothing_is_left(server: Server) -> bool:
    """But the children that wait for whatever comes next, one of each kind."""
    folders = [*server.folder.rglob("show-*"), *server.folder.rglob("view-*")]
    return not decoders(server) and children(server) <= 2 and not files_of(server) and not folders


def opened(server: Server, client: Client, **start: object) -> socket.socket:
    """A conversation on a bare socket that takes little at once."""
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.connect(("127.0.0.1", server.port))
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {PATH} HTTP/1.1", "Host: here", f"Authorization: {client.headers['Authorization']}",
        "Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ]  # fmt: skip
    wire.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += wire.recv(1)
    assert answer.startswith(b"HTTP/1.1 101"), answer
    said = json.dumps({"action": "start", **start}).encode()
    head = bytes([0x81, 0xFE, *len(said).to_bytes(2)])
    wire.sendall(head + bytes(4) + said)
    return wire


def viewers(server: Server) -> int:
    """How many the server last said there are."""
    left = [line for line in server.log.splitlines() if '"viewer_left"' in line]
    return int(json.loads(left[-1])["viewers"]) if left else -1


def test_all_who_watch_a_video_share_its_decoder(house: Server, serg: Client, video: str) -> None:
    with ExitStack() as stack:
        crowd = [stack.enter_context(Spectator(house, serg)) for _ in range(MANY)]
        for spectator in crowd:
            spectator.start(video, width=60)
        for spectator in crowd:
            spectator.wait_for_frame(10)
        assert len(decoders(house)) == 1
        crowd[0].say("settings", style="inverted", brightness=1.3)  # the same pictures will do
        crowd[0].wait_for_frame(crowd[0].numbers()[-1] + 5)
        assert len(decoders(house)) == 1
        crowd[1].say("settings", width=100)  # others are needed
        crowd[1].wait_for_frame(crowd[1].numbers()[-1] + 5)
        assert len(decoders(house)) == 2
    wait_until(lambda: nothing_is_left(house), 10, "all is gone with the last one")


def test_who_never_reads_is_let_go_and_holds_up_nobody(
    house: Server, serg: Client, video: str
) -> None:
    before = house.rss_bytes()
    with opened(house, serg, file_id=video, width=240, pace="max"), Spectator(house, serg) as other:
        other.start(video, width=40).wait_for_frame(20)
        wait_until(lambda: viewers(house) == 1, 40, "who does not read is let go")
        assert not other.ended
        other.wait_for_frame(other.numbers()[-1] + 10)
        assert house.rss_bytes() - before < 40e6
    wait_until(lambda: nothing_is_left(house), 10, "nothing is left")


def test_who_vanishes_is_missed_at_once(house: Server, serg: Client, video: str) -> None:
    with opened(house, serg, file_id=video, width=40) as wire:
        wait_until(lambda: decoders(house), 20, "something is shown")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wait_until(lambda: nothing_is_left(house), 10, "nothing is left")


def test_who_reads_slowly_sees_fewer_frames(
    make_server: Callable[..., Server], clips: Clips
) -> None:
    with make_server() as house, house.session("serg") as serg:  # this client answers no pings
        with clips.make("testsrc2", sec=60.0, beep_at=None).open("rb") as file:
            kept = serg.post("/api/v1/files", files={"file": file}).json()["id"]
        with opened(house, serg, file_id=kept, width=240, style="braille") as wire:
            line = paced(bytes(1_200_000), 100_000)
            assert sum(len(wire.recv(len(piece))) for piece in line) > 50_000
            assert viewers(house) == -1  # it is still there
        wait_until(lambda: nothing_is_left(house), 10, "nothing is left")


def test_a_restart_is_told_and_waits_for_nobody(house: Server, serg: Client, video: str) -> None:
    with Spectator(house, serg) as first, Spectator(house, serg) as paused:
        first.start(video, width=40).wait_for_frame(2)
        paused.start(video, width=40).wait_for_frame(2).say("pause")
        family = house.worker.children(recursive=True)
        house.terminate()
        began = time.monotonic()
        assert house.wait(20) == 0
        assert time.monotonic() - began < 10
        for spectator in (first, paused):
            spectator.wait_for_end(5)
            assert spectator.events("bye") == [{"event": "bye"}]
            assert spectator.code == 1012
    wait_until(lambda: not any(map(psutil.Process.is_running, family)), 10, "no child is left")


def test_a_killed_server_leaves_no_child(house: Server, serg: Client, video: str) -> None:
    with Spectator(house, serg) as spectator:
        spectator.start(video, width=40).wait_for_frame(2)
        worker = house.worker
        family = worker.children(recursive=True)
        assert any("rawvideo" in each.cmdline() for each in family)
        worker.kill()
        wait_until(lambda: not any(map(psutil.Process.is_running, family)), 10, "no child is left")
    folders = [*Path("/tmp").glob("photoai-view-*")]
    assert not [folder for folder in folders if folder.stat().st_ctime > worker_began(worker)]


def worker_began(worker: psutil.Process) -> float:
    return float(worker._create_time or 0.0)
