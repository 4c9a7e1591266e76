"""A tiny provider behind the port: all that adding one takes is this class and a line in the
table. It sends the photo to a server of its own (`tests/emulators/example.py`)."""

from __future__ import annotations

import json
import os
from pathlib import Path

import urllib3

from photoai.config import ROOT
from photoai.errors import ProviderOverloaded, ProviderRefused, ProviderTimeout
from photoai.services.providers import Answer, Ask, Means

CONNECTIONS = 2000


class ExampleProvider:
    def __init__(self, means: Means) -> None:
        self._url = os.environ["EXAMPLE_URL"]
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, retries=False)

    def configured(self) -> bool:
        return True

    def finish(self, ask: Ask) -> Answer:
        try:
            answer = self._pool.request(
                "POST",
                self._url,
                body=ask.photo.data,
                headers={"X-Prompt": ask.prompt},
                timeout=max(0.1, ask.seconds_left),
            )
        except urllib3.exceptions.TimeoutError:
            raise ProviderTimeout from None
        except urllib3.exceptions.HTTPError:
            raise ProviderOverloaded from None
        if answer.status == 451:
            raise ProviderRefused
        if answer.status != 200:
            raise ProviderOverloaded(vendor=str(answer.status))
        return Answer(image=answer.data, model="example-1", cost=0.01)


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
