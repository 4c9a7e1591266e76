"""Somebody who watches a video as text, as a browser's page or a program does."""

from __future__ import annotations

import base64
import json
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from .closing import Closing
from .server import Client, Server
from .waiting import wait_until

PATH = "/api/v1/ws/convert"
HEAD = struct.Struct("<BBHHHIIIBBBB")


class Spectator(Closing):
    """Listens in a thread of its own until the conversation ends or is closed. Without a client it
    says nothing of itself."""

    def __init__(
        self, server: Server, client: Client | None = None, path: str = PATH, **headers: str
    ) -> None:
        own = {name.replace("_", "-"): value for name, value in headers.items()}
        if client is not None:
            own["Authorization"] = str(client.headers["Authorization"])
        own.setdefault("Accept-Language", "en")
        url = f"ws://127.0.0.1:{server.port}{path}"
        self._connected = connect(url, additional_headers=own, max_size=None)
        self._wire = self._connected.__enter__()
        self.headers = self._wire.response.headers if self._wire.response else None
        self.heard: list[tuple[float, Any]] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def start(self, video: Path | str | None = None, **fields: Any) -> Spectator:
        """Of a file that is sent along, or of one's own by its id."""
        if isinstance(video, Path):
            fields["file_base64"] = base64.b64encode(video.read_bytes()).decode()
        elif video is not None:
            fields["file_id"] = video
        return self.say("start", **fields)

    def say(self, action: str, **fields: Any) -> Spectator:
        self._wire.send(json.dumps({"action": action, **fields}))
        return self

    def say_raw(self, message: str | bytes) -> Spectator:
        self._wire.send(message)
        return self

    @property
    def ended(self) -> bool:
        return not self._thread.is_alive()

    @property
    def code(self) -> int | None:
        """How the conversation was closed."""
        return self._wire.close_code

    def frames(self) -> list[dict[str, Any]]:
        return [said for _, said in tuple(self.heard) if "frame_number" in said]

    def numbers(self) -> list[int]:
        return [said["frame_number"] for said in self.frames()]

    def moments(self) -> list[tuple[float, int]]:
        """When which frame has come, by the monotonic clock."""
        heard = tuple(self.heard)
        return [(at, said["frame_number"]) for at, said in heard if "frame_number" in said]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [said for _, said in tuple(self.heard) if said.get("event") == kind]

    def errors(self) -> list[str]:
        return [said["error"]["code"] for said in self.events("error")]

    def wait_until(self, look: Callable[[], Any], what: str = "", sec: float = 30) -> Spectator:
        wait_until(lambda: look() or self.ended, sec, f"{what}; heard {self.heard[-1:]}")
        assert look(), f"{what}; heard {self.heard[-2:]}, closed with {self.code}"
        return self

    def wait_for_frame(self, number: int = 0) -> Spectator:
        """Until this one, or one after it, has come."""
        return self.wait_until(lambda: (self.numbers() or [-1])[-1] >= number, f"frame {number}")

    def wait_for_end(self, sec: float = 60) -> Spectator:
        wait_until(lambda: self.ended, sec, f"the end; heard {self.heard[-1:]}")
        return self

    def close(self) -> None:
        self._connected.__exit__(None, None, None)
        self._thread.join(10)

    @contextmanager
    def flooding(self, frames: bytes) -> Iterator[None]:
        """Meanwhile these are sent again and again, as fast as they are taken."""
        over = threading.Event()

        def pour() -> None:
            with suppress(OSError):
                while not over.is_set():
                    self._wire.socket.sendall(frames)

        threading.Thread(target=pour, daemon=True).start()
        try:
            yield
        finally:
            over.set()

    def vanish(self) -> None:
        """Gone without a word."""
        self._wire.socket.close()

    def _listen(self) -> None:
        canvas = Canvas()
        try:
            for message in self._wire:
                at = time.monotonic()
                said = json.loads(message) if isinstance(message, str) else canvas.draw(message)
                self.heard.append((at, said))
        except (ConnectionClosed, OSError):
            return


class Canvas:
    """What a page draws of pictures in bytes."""

    def __init__(self) -> None:
        self._glyphs = bytearray()
        self._colors = bytearray()

    def draw(self, message: bytes) -> dict[str, Any]:
        kind, has_colors, columns, rows, _, number, at_ms, count, *ink, _ = HEAD.unpack_from(
            message
        )
        cells, rest = columns * rows, memoryview(message)[HEAD.size :]
        if kind == 1:
            places = list(range(cells))
            self._glyphs, self._colors = bytearray(cells), bytearray(cells * 3)
        else:
            bits, rest = rest[: (cells + 7) // 8], rest[(cells + 7) // 8 :]
            places = [at for at in range(cells) if bits[at // 8] >> 7 - at % 8 & 1]
        assert len(places) == count
        assert len(rest) == count * (4 if has_colors else 1)
        for nth, place in enumerate(places):
            self._glyphs[place] = rest[nth]
            if has_colors:
                color = rest[count + nth * 3 : count + nth * 3 + 3]
                self._colors[place * 3 : place * 3 + 3] = color
        return {
            "frame_number": number,
            "timestamp": at_ms / 1000,
            "kind": kind,
            "columns": columns,
            "rows": rows,
            "ink": tuple(ink),
            "glyphs": bytes(self._glyphs),
            "colors": bytes(self._colors) if has_colors else None,
            "bytes": len(message),
        }
