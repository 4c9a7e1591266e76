"""A client of the analysis of videos, as its users write them."""

from __future__ import annotations

import itertools
import struct
from pathlib import Path
from typing import Any

import requests

from .conversion_client import post_form
from .editing import Editor
from .server import Server
from .waiting import wait_until

UPLOAD, STATUS, REELS = "/api/upload", "/api/status", "/api/reels"
ENDED = {"SUCCESS", "FAILURE"}
DONE_WITHIN_SEC = 60
# Larger than what goes along with a question: it is sent as a file.
NOISE = {"size": "640x360", "video": ("-c:v", "mpeg4", "-b:v", "12M", "-minrate", "12M",
                                      "-maxrate", "12M", "-bufsize", "6M")}  # fmt: skip

copies = itertools.count(1)


def unlike_any(path: Path, folder: Path) -> Path:
    """The same video with other bytes: at its end it has a box that means nothing (ISO/IEC
    14496-12, 8.1.2), and nobody has seen it before."""
    number = next(copies)
    copy = folder / f"{path.stem}-{number}{path.suffix}"
    copy.write_bytes(path.read_bytes() + struct.pack(">I4sQ", 16, b"free", number))
    return copy


class Scripter(Editor):
    """One account's client, signed in by its key; or nobody's."""

    @classmethod
    def nobody(cls, server: Server) -> Scripter:
        return cls(server.url)

    def post_video(
        self, file: Path | tuple[str, bytes] | None = None, headers: Any = None, **fields: Any
    ) -> requests.Response:
        """The answer to an order; a file may be given as its name and its bytes."""
        return post_form(self, UPLOAD, {"video": file} if file else {}, fields, headers)

    def accepted_reel(self, file: Path | None = None, **fields: Any) -> str:
        answer = self.post_video(file, **fields)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["task_id"])

    def reel(self, task_id: str) -> dict[str, Any]:
        answer = self.get(f"{STATUS}/{task_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def reel_ended(self, task_id: str, within_sec: float = DONE_WITHIN_SEC) -> dict[str, Any]:
        last: dict[str, Any] = {}

        def has_ended() -> bool:
            last.update(self.reel(task_id))
            return last["state"] in ENDED

        wait_until(has_ended, within_sec, f"{task_id} has ended")
        return last

    def analysed(self, file: Path | None = None, **fields: Any) -> dict[str, Any]:
        """The result of an analysis that succeeds."""
        found = self.reel_ended(self.accepted_reel(file, **fields))
        assert found["state"] == "SUCCESS", found
        result: dict[str, Any] = found["result"]
        return result
