"""A tiny provider behind the port: all that adding one takes is this class and a line in the
table. It sends the photo to a server of its own (`tests/emulators/example.py`)."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from urllib.parse import quote

import urllib3

from photoai.config import ROOT
from photoai.errors import ProviderOverloaded, ProviderRefused, ProviderTimeout
from photoai.services.providers import Answer, Ask, Means

CONNECTIONS, PIECE_BYTES = 2000, 65536


class ExampleProvider:
    def __init__(self, means: Means) -> None:
        self._url = os.environ["EXAMPLE_URL"]
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, retries=False)

    def configured(self) -> bool:
        return True

    def finish(self, ask: Ask) -> Answer:
        if ask.seconds_left <= 0:
            raise ProviderTimeout
        if "die=1" in ask.prompt:
            os.kill(os.getpid(), signal.SIGKILL)
        try:
            answer = self._pool.request(
                "POST",
                self._url,
                body=ask.photo.data,
                headers={"X-Prompt": quote(ask.prompt, safe=" =")},
                timeout=ask.seconds_left,
                preload_content=False,
            )
            image = self._received(answer, ask)
        except urllib3.exceptions.NewConnectionError:
            raise ProviderOverloaded from None
        except urllib3.exceptions.TimeoutError:
            raise ProviderTimeout from None
        except urllib3.exceptions.HTTPError:
            raise ProviderOverloaded from None
        if answer.status == 451:
            raise ProviderRefused
        if answer.status != 200:
            raise ProviderOverloaded(vendor=str(answer.status))
        return Answer(image=image, model="example-1", cost=0.01)

    def _received(self, answer: urllib3.BaseHTTPResponse, ask: Ask) -> bytes:
        """The whole body; each read is bounded by the pool's time-out, all of them by this."""
        body = bytearray()
        while piece := answer.read1(PIECE_BYTES):
            body += piece
            if ask.seconds_left <= 0:
                answer.close()
                raise ProviderTimeout
        answer.release_conn()
        return bytes(body)


def catalogue(folder: Path, **ingest: object) -> Path:
    """The project's catalogue with the example provider in it."""
    known = json.loads((ROOT / "configs" / "providers.json").read_text())
    limits = {
        "max_parallel_jobs": 4,
        "timeout_sec": 48,
        "allowed_mime": ["image/jpeg"],
        "max_file_size_mb": 20,
        "max_tries": 2,
        "bad_answer_wait_sec": 0.1,
        **ingest,
    }
    known["providers"].append(
        {
            "id": "example",
            "title": "Example",
            "ingest": limits,
            "operations": ["change_image", "style_transfer"],
        }
    )
    path = folder / "providers.json"
    path.write_text(json.dumps(known))
    return path
