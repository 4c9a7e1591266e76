"""A client of conversions to ASCII, as their users write them."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import requests

from .editing import Editor
from .server import Client, Server
from .waiting import wait_until

V1 = "/api/v1"
VIDEO, BATCH, STATUS, DOWNLOAD = (
    f"{V1}/{each}" for each in ("convert/video", "convert/batch", "status", "download")
)
ENDED = {"completed", "failed"}
DONE_WITHIN_SEC = 90


class Converter(Editor):
    """One account's client, signed in by its key; or nobody's."""

    @classmethod
    def nobody(cls, server: Server) -> Converter:
        return cls(server.url)

    def convert(
        self, file: Path | tuple[str, bytes] | None = None, headers: Any = None, **fields: Any
    ) -> requests.Response:
        """The answer to an order; a file may be given as its name and its bytes."""
        return post_form(self, VIDEO, {"file": file} if file else {}, fields, headers)

    def convert_all(
        self, *files: Path | tuple[str, bytes], headers: Any = None, **fields: Any
    ) -> requests.Response:
        return post_form(self, BATCH, [("files", each) for each in files], fields, headers)

    def accepted_conversion(
        self, file: Path | tuple[str, bytes] | None = None, **fields: Any
    ) -> str:
        answer = self.convert(file, **fields)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    def conversion(self, job_id: str) -> dict[str, Any]:
        answer = self.get(f"{STATUS}/{job_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ended_conversion(self, job_id: str, within_sec: float = DONE_WITHIN_SEC) -> dict[str, Any]:
        last: dict[str, Any] = {}

        def has_ended() -> bool:
            last.update(self.conversion(job_id))
            return last["status"] in ENDED

        wait_until(has_ended, within_sec, f"{job_id} has ended")
        return last

    def converted(self, file: Path | None = None, **fields: Any) -> dict[str, Any]:
        """A completed conversion."""
        found = self.ended_conversion(self.accepted_conversion(file, **fields))
        assert found["status"] == "completed", found
        return found

    def saved(self, path: str, folder: Path) -> Path:
        """What lies behind a path of an answer."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        file = folder / path.rpartition("/")[2]
        file.write_bytes(answer.content)
        return file


def post_form(
    client: Client, path: str, files: Any, fields: dict[str, Any], headers: Any = None
) -> requests.Response:
    """A form, also one without a file."""
    with ExitStack() as opened:
        parts: list[tuple[str, Any]] = []
        for name, file in files.items() if isinstance(files, dict) else files:
            if isinstance(file, Path):
                parts.append((name, (file.name, opened.enter_context(file.open("rb")))))
            else:
                parts.append((name, file))
        parts += [(name, (None, str(value))) for name, value in fields.items()]
        parts = parts or [("nothing", (None, ""))]
        return client.post(path, files=parts, headers=headers)
