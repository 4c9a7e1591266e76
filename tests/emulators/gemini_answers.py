"""Answers of `generateContent`: the bodies of GenerateContentResponse, well-behaved or not.

The prompt says which, in words: `delay=1.5 say=thought`.

| word | answer |
|---|---|
| `delay=SECONDS` | whatever it is, later |
| `say=photo` | the default: the first image with its greens inverted, as PNG |
| `say=jpeg`, `say=webp`, `say=png` | the same in that type |
| `say=thought` | two interim images with `thought`, then the final one with a signature |
| `say=thought_only` | the interim images alone |
| `say=text` | STOP with text alone |
| `say=empty` | no candidates |
| `block=REASON` | `promptFeedback.blockReason`, no candidates |
| `finish=REASON` | that finish reason without content |
| `say=unknown_finish` | a finish reason no SDK knows |
| `say=half` | base64 that breaks off |
| `say=wrong_mime` | a JPEG called `image/png` |
| `large=MEGAPIXELS` | a bigger image, with any of the types above |
| `say=quota`, `say=quota_daily`, `say=quota_text` | 429 with details per minute, per day, none |
| `say=500`, `say=503`, `say=504` | that error |
| `stall=N` | the first N answers for this photo and prompt come 6 s later |
| `storm=N` | 503 N times for this photo and prompt, then as the other words say |
| `say=html` | 502 with a page of HTML |
| `say=drip` | a valid body, 8 bytes every 0.2 s |
| `say=cut` | the connection closes in the middle of the body |
| `say=forget` | 403 for the files asked about, once for this photo and prompt |
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gevent

from tests.emulators import gemini_errors as errors
from tests.emulators.gemini_http import JSON, Reply, in_json, whole
from tests.emulators.gemini_images import of_megapixels, painted, pixels
from tests.emulators.gemini_request import Ask

DRIP_BYTES = 8
DRIP_EVERY_SEC = 0.2
TOKENS_PER_IMAGE_IN = 258
TOKENS_PER_IMAGE_OUT = {"512": 747, "1K": 1120, "2K": 1680, "4K": 2000}
TOKENS_PER_THOUGHT = 640
UNKNOWN_FINISH = "IMAGE_FROM_THE_FUTURE"
STORY = "I would rather tell you a story about your photo."
PAGE = b"<!DOCTYPE html><html><title>Error 502 (Server Error)!!1</title><p>That's an error.</html>"
ERRORS: dict[str, Callable[[str], errors.ApiError]] = {
    "quota": errors.quota,
    "quota_daily": errors.daily_quota,
    "quota_text": lambda model: errors.quota_in_text_only(),
    "500": lambda model: errors.internal(),
    "503": lambda model: errors.overloaded(),
    "504": lambda model: errors.deadline(),
}


@dataclass(frozen=True)
class Answering:
    """One request with the guest's photo at hand (none: empty)."""

    ask: Ask
    photo: bytes

    def reply(self) -> Reply:
        """Raises an `ApiError` where one is asked for."""
        say = self._say()
        if say in ERRORS:
            raise ERRORS[say](self.ask.model)
        if say not in SAYS:
            raise errors.invalid(f"This emulator knows no say={say}.")
        return SAYS[say](self)

    def _say(self) -> str:
        for word in ("block", "finish"):
            if word in self.ask.wishes:
                return word
        say = self.ask.wishes.get("say", "photo")
        return "text" if "IMAGE" not in self.ask.modalities and say == "photo" else say

    def picture(self, kind: str = "png", size: tuple[int, int] | None = None) -> bytes:
        """Made in a thread, so that other requests are not held up."""
        image: bytes | None = gevent.get_hub().threadpool.apply(self._painted, (kind, size))
        if image is None:
            raise errors.unusable_image()
        return image

    def _painted(self, kind: str, size: tuple[int, int] | None) -> bytes | None:
        """None for a photo that cannot be read: gevent would print whatever is raised here."""
        try:
            full = pixels(self.photo, self.ask.ratio, self.ask.size)
            if megapixels := self.ask.wishes.get("large"):
                full = of_megapixels(full, float(megapixels))
            return painted(self.photo, size or full, kind)
        except OSError:
            return None

    def body(self, *candidates: dict[str, Any], **more: object) -> dict[str, Any]:
        """The JSON around the candidates, each `{content, finishReason, index}`."""
        parts = [part for each in candidates for part in each["content"].get("parts", [])]
        answer = {"candidates": list(candidates)} if candidates else {}
        return answer | {
            "usageMetadata": self._usage(parts),
            "modelVersion": self.ask.model,
            "responseId": secrets.token_urlsafe(16),
            **more,
        }

    def _usage(self, parts: list[dict[str, Any]]) -> dict[str, Any]:
        text_in = len(self.ask.prompt.split())
        images_in = TOKENS_PER_IMAGE_IN * len(self.ask.images)
        finals = [part for part in parts if not part.get("thought")]
        images_out = sum("inlineData" in part for part in finals)
        out = images_out * TOKENS_PER_IMAGE_OUT[self.ask.size]
        text_out = sum(len(part.get("text", "").split()) for part in finals)
        thoughts = TOKENS_PER_THOUGHT * (len(parts) - len(finals))
        return {
            "promptTokenCount": text_in + images_in,
            "candidatesTokenCount": out + text_out,
            "thoughtsTokenCount": thoughts,
            "totalTokenCount": text_in + images_in + out + text_out + thoughts,
            "promptTokensDetails": _by_modality(TEXT=text_in, IMAGE=images_in),
            "candidatesTokensDetails": _by_modality(TEXT=text_out, IMAGE=out),
        }


def _by_modality(**counts: int) -> list[dict[str, object]]:
    return [{"modality": name, "tokenCount": count} for name, count in counts.items() if count]


def image_part(data: bytes, mime: str, **more: object) -> dict[str, Any]:
    """A part; `more` holds `thought` or `thoughtSignature`."""
    return {"inlineData": {"mimeType": mime, "data": base64.b64encode(data).decode()}, **more}


def candidate(*parts: dict[str, Any], finish: str = "STOP", **more: object) -> dict[str, Any]:
    """The finish reason stands beside the content, which is empty without parts."""
    content = {"parts": list(parts), "role": "model"} if parts else {}
    return {"content": content, "finishReason": finish, "index": 0, **more}


def photo(answering: Answering, kind: str = "png") -> Reply:
    part = image_part(answering.picture(kind), f"image/{kind}")
    return in_json(answering.body(candidate(part)))


def _thoughts(answering: Answering) -> list[dict[str, Any]]:
    said = {"text": "**Considering the light**", "thought": True}
    sketches = [answering.picture("png", size) for size in ((96, 96), (128, 128))]
    return [said, *(image_part(sketch, "image/png", thought=True) for sketch in sketches)]


def thought(answering: Answering) -> Reply:
    signature = base64.b64encode(b"signed by the emulator").decode()
    final = image_part(answering.picture(), "image/png", thoughtSignature=signature)
    return in_json(answering.body(candidate(*_thoughts(answering), final)))


def thought_only(answering: Answering) -> Reply:
    return in_json(answering.body(candidate(*_thoughts(answering))))


def text(answering: Answering) -> Reply:
    return in_json(answering.body(candidate({"text": STORY})))


def empty(answering: Answering) -> Reply:
    return in_json(answering.body())


def block(answering: Answering) -> Reply:
    feedback = {"blockReason": answering.ask.wishes["block"]}
    return in_json(answering.body(promptFeedback=feedback))


def finish(answering: Answering) -> Reply:
    reason = answering.ask.wishes["finish"]
    message = "Unable to show the generated image."
    return in_json(answering.body(candidate(finish=reason, finishMessage=message)))


def unknown_finish(answering: Answering) -> Reply:
    return in_json(answering.body(candidate(finish=UNKNOWN_FINISH)))


def half(answering: Answering) -> Reply:
    part = image_part(answering.picture(), "image/png")
    data = part["inlineData"]["data"]
    part["inlineData"]["data"] = data[: len(data) // 8 * 4 + 1]  # one character too many for base64
    return in_json(answering.body(candidate(part)))


def wrong_mime(answering: Answering) -> Reply:
    part = image_part(answering.picture("jpeg"), "image/png")
    return in_json(answering.body(candidate(part)))


def html(answering: Answering) -> Reply:
    return whole(PAGE, "text/html; charset=UTF-8", 502)


def _valid(answering: Answering) -> bytes:
    part = image_part(answering.picture(), "image/png")
    return json.dumps(answering.body(candidate(part))).encode()


def drip(answering: Answering) -> Reply:
    return Reply(dripping(_valid(answering)), headers={"Content-Type": JSON})


def dripping(body: bytes) -> Iterator[bytes]:
    """The body, a little at a time."""
    for at in range(0, len(body), DRIP_BYTES):
        yield body[at : at + DRIP_BYTES]
        gevent.sleep(DRIP_EVERY_SEC)


def cut(answering: Answering) -> Reply:
    return cut_off(_valid(answering))


def cut_off(body: bytes) -> Reply:
    """Half of the body; then the connection is gone."""
    headers = {"Content-Type": JSON, "Content-Length": str(len(body)), "Connection": "close"}
    return Reply([body[: len(body) // 2]], headers=headers)


SAYS: dict[str, Callable[[Answering], Reply]] = {
    "photo": photo,
    "png": photo,
    "jpeg": lambda answering: photo(answering, "jpeg"),
    "webp": lambda answering: photo(answering, "webp"),
    "forget": photo,
    "thought": thought,
    "thought_only": thought_only,
    "text": text,
    "empty": empty,
    "block": block,
    "finish": finish,
    "unknown_finish": unknown_finish,
    "half": half,
    "wrong_mime": wrong_mime,
    "html": html,
    "drip": drip,
    "cut": cut,
}
