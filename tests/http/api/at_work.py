"""The application at work, with one mind in place of every provider, and slots tried on photos."""

from __future__ import annotations

import dataclasses
import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from photoai.app import create_app, services_of
from photoai.config import Config
from photoai.errors import ProviderRefused, ProviderTimeout
from photoai.services.providers import Answer, Ask
from photoai.services.providers.reasons import BLOCKED_WORD, explained
from tests.support import photos
from tests.support.booth import BOUNDARY, Part, form
from tests.support.waiting import wait_until

from .common import CHANGE

SLOT = "/api/slots/slot-007/test"
SEPIA = {name: CHANGE[name] for name in ("provider_id", "operation_id", "settings_json")}


class Mind:
    """Does what the prompt says; `wait` takes until `go` is set."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asks: list[Ask] = []

    def configured(self) -> bool:
        return True

    def finish(self, ask: Ask) -> Answer:
        self.asks.append(ask)
        if "refuse" in ask.prompt:
            raise ProviderRefused
        if "forbidden" in ask.prompt:
            raise ProviderRefused(**explained("BLOCKLIST", BLOCKED_WORD))
        if "late" in ask.prompt:
            raise ProviderTimeout
        if "wait" in ask.prompt:
            assert self.go.wait(20)
        return Answer(image=ask.photo.data, model="mind-1", cost=0.5)


@contextmanager
def at_work(
    config: Config, prepared: Path, folder: Path, mind: Mind, **settings: Any
) -> Iterator[Flask]:
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    app = create_app(dataclasses.replace(config, **settings), {"local": lambda means: mind})  # type: ignore[arg-type]
    services = services_of(app)
    services.start()
    wait_until(lambda: services._queue.elected, 10, "it hands out jobs")
    try:
        yield app
    finally:
        mind.go.set()
        services.shut_down()


def run(
    client: FlaskClient,
    settings: Any = None,
    *,
    photo: bytes | None = photos.jpeg(),
    path: str = SLOT,
    file_field: str = "photo",
    more: tuple[Part, ...] = (),
    **headers: str,
) -> TestResponse:
    """Not by the client's own encoder, which writes empty parts wrongly."""
    parts = [*more, *([Part(file_field, photo, "guest.jpg")] if photo is not None else [])]
    if settings is not None:
        text = settings if isinstance(settings, str) else json.dumps(settings)
        parts.append(Part("settings", text.encode()))
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return client.post(path, data=form(parts), headers=headers, content_type=kind)


def with_prompt(prompt: str) -> dict[str, Any]:
    return SEPIA | {"settings_json": {"prompt": prompt}}


def code_of(answer: TestResponse) -> str:
    return str(answer.get_json()["error"]["code"])


def shown(client: FlaskClient, job: dict[str, Any]) -> dict[str, Any]:
    return dict(client.get(f"/api/tasks/{job['id']}").get_json())


def ended(client: FlaskClient, job: dict[str, Any]) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        seen = shown(client, job)
        return seen if seen["finished_at"] else None

    return wait_until(look, 20, "the job has ended") or {}
