"""Answers of `images/edits`: the bodies of ImagesResponse, well-behaved or not.

The prompt says which, in words: `delay=1.5 say=half`.

| word | answer |
|---|---|
| `delay=SECONDS` | whatever it is, later |
| `say=photo` | the default: the first image with its greens inverted, as `output_format` says |
| `say=png`, `say=webp` | the same in that type, whatever was asked for |
| `say=free` | the same without `usage` |
| `say=link` | a link in place of the image |
| `say=empty`, `say=null`, `say=list` | no images, `null` for them, a body that is a list |
| `say=half` | base64 that breaks off |
| `say=short` | sound base64 of half an image |
| `say=deep` | JSON that is nested a hundred thousand times |
| `say=text`, `say=html` | 200 with words, 502 with a page |
| `say=blocked`, `say=policy` | 400: refused by moderation, either code |
| `say=image` | 400: the image cannot be used |
| `say=gone`, `say=retired` | the model is gone by a 404, by a 400 |
| `say=limit`, `say=reset`, `say=hint` | 429 with `Retry-After`, with resets, with words alone |
| `say=daily` | 429 of the day's requests |
| `say=quota`, `say=spend`, `say=bill` | nobody has paid: 429 by two codes, 400 by a third |
| `say=500`, `say=503` | that error |
| `storm=N` | 503 N times for this photo and prompt, then as the other words say |
| `say=moved` | a redirect |
| `say=drip` | a valid body, 8 bytes every 0.2 s |
| `say=cut` | the connection closes in the middle of the body |
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent

from tests.emulators import openai_errors as errors
from tests.emulators.gemini_answers import cut_off, dripping
from tests.emulators.gemini_http import JSON, Reply, in_json, whole
from tests.emulators.gemini_images import painted
from tests.emulators.openai_form import Ask

# Of a square, an upright and a wide image (the guide's table for GPT Image 1.5).
TOKENS_OUT = {"low": (272, 408, 400), "medium": (1056, 1584, 1568), "high": (4160, 6240, 6208)}
TOKENS_IN, TOKENS_IN_HIGH = 323, 4483
PAGE = b"<html><head><title>502 Bad Gateway</title></head><center>cloudflare</center></html>"
ERRORS: dict[str, Callable[[str], errors.ApiError]] = {
    "blocked": lambda model: errors.blocked(),
    "policy": lambda model: errors.against_policy(),
    "image": lambda model: errors.unusable_image(1),
    "gone": errors.unknown_model,
    "retired": errors.retired_model,
    "limit": lambda model: errors.limit(),
    "reset": lambda model: errors.limit_in_headers(),
    "hint": lambda model: errors.limit_in_text_only(),
    "daily": lambda model: errors.daily_limit(),
    "quota": lambda model: errors.unpaid(),
    "spend": lambda model: errors.unpaid("project_spend_limit_exceeded"),
    "bill": lambda model: errors.unpaid("billing_hard_limit_reached", 400),
    "500": lambda model: errors.internal(),
    "503": lambda model: errors.overloaded(),
}


@dataclass(frozen=True)
class Answering:
    ask: Ask

    def reply(self) -> Reply:
        """Raises an `ApiError` where one is asked for."""
        say = self.ask.wishes.get("say", "photo")
        if say in ERRORS:
            raise ERRORS[say](self.ask.model)
        if say not in SAYS:
            raise errors.invalid(f"This emulator knows no say={say}.")
        return SAYS[say](self)

    def picture(self, kind: str = "") -> bytes:
        """Made in a thread, so that other requests are not held up."""
        image: bytes | None = gevent.get_hub().threadpool.apply(self._painted, (kind,))
        if image is None:
            raise errors.unusable_image(1)
        return image

    def _painted(self, kind: str) -> bytes | None:
        """None for a photo that cannot be read: gevent would print whatever is raised here."""
        try:
            return painted(self.ask.images[0].data, self.ask.size, kind or self.ask.kind)
        except OSError:
            return None

    def body(self, *data: dict[str, str]) -> dict[str, Any]:
        width, height = self.ask.size
        return {
            "created": int(time.time()),
            "background": "opaque",
            "data": list(data),
            "output_format": self.ask.kind,
            "quality": self.ask.quality,
            "size": f"{width}x{height}",
            "usage": self._usage(),
        }

    def _usage(self) -> dict[str, Any]:
        width, height = self.ask.size
        is_close = self.ask.fields.get("input_fidelity") == "high"
        text_in = len(self.ask.fields["prompt"].split())
        images_in = (TOKENS_IN_HIGH if is_close else TOKENS_IN) * len(self.ask.images)
        shape = 0 if width == height else 1 if width < height else 2
        out = TOKENS_OUT.get(self.ask.quality, TOKENS_OUT["high"])[shape]
        return {
            "input_tokens": text_in + images_in,
            "input_tokens_details": {"image_tokens": images_in, "text_tokens": text_in},
            "output_tokens": out,
            "output_tokens_details": {"image_tokens": out, "text_tokens": 0},
            "total_tokens": text_in + images_in + out,
        }


def in_base64(data: bytes) -> dict[str, str]:
    return {"b64_json": base64.b64encode(data).decode()}


def photo(answering: Answering, kind: str = "") -> Reply:
    return in_json(answering.body(in_base64(answering.picture(kind))))


def free(answering: Answering) -> Reply:
    body = answering.body(in_base64(answering.picture()))
    return in_json({name: value for name, value in body.items() if name != "usage"})


def half(answering: Answering) -> Reply:
    text = in_base64(answering.picture())["b64_json"]
    return in_json(answering.body({"b64_json": text[: len(text) // 8 * 4 + 1]}))


def short(answering: Answering) -> Reply:
    data = answering.picture()
    return in_json(answering.body(in_base64(data[: len(data) // 2])))


def _valid(answering: Answering) -> bytes:
    return json.dumps(answering.body(in_base64(answering.picture()))).encode()


def drip(answering: Answering) -> Reply:
    return Reply(dripping(_valid(answering)), headers={"Content-Type": JSON})


SAYS: dict[str, Callable[[Answering], Reply]] = {
    "photo": photo,
    "png": lambda answering: photo(answering, "png"),
    "webp": lambda answering: photo(answering, "webp"),
    "free": free,
    "link": lambda answering: in_json(answering.body({"url": "https://example.com/image.png"})),
    "empty": lambda answering: in_json(answering.body()),
    "null": lambda answering: in_json(answering.body() | {"data": None, "usage": None}),
    "list": lambda answering: in_json([answering.body()]),
    "half": half,
    "short": short,
    "deep": lambda answering: whole(b"[" * 100_000, JSON),
    "text": lambda answering: whole(b"I would rather tell you a story.", "text/plain"),
    "html": lambda answering: whole(PAGE, "text/html", 502),
    "moved": lambda answering: whole(b"", "text/plain", 302, Location="http://127.0.0.1:1/"),
    "drip": drip,
    "cut": lambda answering: cut_off(_valid(answering)),
}
