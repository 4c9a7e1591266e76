"""A request that was taken, and its result."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass, field, replace
from typing import Any

from tests.emulators.turbotext_ask import Ask
from tests.emulators.turbotext_net import Photo

FIRST_ID = 1001
STRENGTH = 40
ELSEWHERE = {"foreign": "http://example.invalid/x.jpg", "private": "http://127.0.0.1:9/x.jpg"}
FAILURES = {"face": "face_not_detected", "error": "internal"}


@dataclass
class Job:
    """`base` is the address the client used, without a slash at its end."""

    id: int
    ask: Ask
    base: str
    photo: Photo
    is_strangers: bool = False
    polls: int = 0
    created: float = field(default_factory=time.monotonic)

    @property
    def say(self) -> str:
        return self.ask.words.say

    @property
    def kind(self) -> str:
        return "PNG" if self.say == "png" else "JPEG"

    @property
    def is_ready(self) -> bool:
        """For whoever polls now."""
        words = self.ask.words
        is_worked = time.monotonic() >= self.created + words.delay_sec
        return is_worked and self.polls > words.reconnects

    def told(self, **more: object) -> bytes:
        """The body of the result; `more` stands beside `success`."""
        text = json.dumps(self._result() | more, separators=(",", ":"))
        if self.say == "stray":
            end = text.find("]") if "]" in text else len(text) - 1
            text = f"{text[:end]}]{text[end:]}"
        return text.encode()

    def _result(self) -> dict[str, Any]:
        if self.say in FAILURES:
            return {"success": False, "error": FAILURES[self.say]}
        images = [] if self.say in {"text", "forbidden"} else [self._image()]
        if self.ask.method == "mix_images":
            return {"success": True, **self._mixed(images)}
        # The vendor's own example, the one with the stray bracket, has nothing but the image.
        forbidden = {} if self.say == "stray" else {"forbidden_content": self.say == "forbidden"}
        return {"success": True, "data": {"image": images, **forbidden}}

    def _mixed(self, images: list[str]) -> dict[str, Any]:
        width, height = self.photo.size
        data = {
            "prompt": self.ask.params.get("content", ""),
            "width": width,
            "height": height,
            "seed": self.id,
            "strength": STRENGTH,
        }
        if self.say == "forbidden":
            data["forbidden_content"] = True
        return {**({"uploaded_image": images[0]} if images else {}), "data": data}

    def _image(self) -> str:
        """Where the picture is."""
        if self.say in ELSEWHERE:
            return ELSEWHERE[self.say]
        path = f"/pictures/{self.id}.{'png' if self.say == 'png' else 'jpg'}"
        usual = "absolute" if self.ask.method == "mix_images" else "relative"
        address = self.say if self.say in {"absolute", "relative"} else usual
        return self.base + path if address == "absolute" else path


class Jobs:
    """Every job, for as long as the emulator runs."""

    def __init__(self) -> None:
        self._ids = itertools.count(FIRST_ID)
        self._jobs: dict[int, Job] = {}

    def begin(self, ask: Ask, base: str, photo: Photo) -> Job:
        return self._kept(Job(next(self._ids), ask, base, photo))

    def stranger(self, job: Job) -> Job:
        """The same request by somebody else, with another picture."""
        return self._kept(replace(job, id=next(self._ids), is_strangers=True))

    def find(self, number: str) -> Job | None:
        return self._jobs.get(int(number)) if number.isdecimal() else None

    def _kept(self, job: Job) -> Job:
        self._jobs[job.id] = job
        return job
