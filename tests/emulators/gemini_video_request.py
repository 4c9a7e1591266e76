"""The body of `generateContent` for a video, judged more strictly than the real server judges it:
the video first, a schema for the answer, the measured facts in the words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.emulators.gemini_errors import invalid, unknown_model
from tests.emulators.gemini_fields import known
from tests.emulators.gemini_request import LIMIT_BYTES, Blob, as_json, bytes_of, parts_of

VIDEO_MODELS = ("gemini-3.8-flash", "gemini-3.7-flash", "gemini-3.1-pro-preview")
# Of those in the documentation the ones we send.
VIDEO_TYPES = ("video/mp4", "video/mov", "video/webm")
FACTS = re.compile(r"```json\n(.*?)\n```", re.DOTALL)
# JSON Schema's words that `responseJsonSchema` knows, from its reference.
KEYWORDS = {
    "$id", "$defs", "$ref", "$anchor", "type", "format", "title", "description", "enum", "items",
    "prefixItems", "minItems", "maxItems", "minimum", "maximum", "anyOf", "oneOf", "properties",
    "additionalProperties", "required", "propertyOrdering",
}  # fmt: skip


@dataclass(frozen=True)
class VideoAsk:
    """A valid request: who is asked, all words of ours, the facts among them."""

    model: str
    words: str
    facts: dict[str, Any]


def parse_video(model: str, body: bytes, opened: Callable[[str], Blob]) -> VideoAsk:
    """Raises an `ApiError`; `opened` gives the file under a uri."""
    if model not in VIDEO_MODELS:
        raise unknown_model(model)
    if len(body) > LIMIT_BYTES:
        raise invalid(f"Request payload size exceeds the limit: {LIMIT_BYTES} bytes.")
    request = known(as_json(body))
    parts = [part for _, part in parts_of(request)]
    _check_turns(request["contents"])
    _check_video(parts, opened)
    _check_answer(request.get("generationConfig", {}))
    told = request.get("systemInstruction", {}).get("parts", [{}])[0].get("text")
    if not told:
        raise invalid("This emulator wants a system instruction beside a video.")
    words = " ".join(str(part["text"]) for part in parts if "text" in part)
    return VideoAsk(model, words, _facts(words))


def _check_turns(contents: list[dict[str, Any]]) -> None:
    roles = [content.get("role", "user") for content in contents]
    expected = ["user", "model"] * len(roles)
    if roles != expected[: len(roles)] or roles[-1] != "user":
        raise invalid("Please ensure that multiturn requests alternate between user and model.")


def _check_video(parts: list[dict[str, Any]], opened: Callable[[str], Blob]) -> None:
    videos = [number for number, part in enumerate(parts) if "text" not in part]
    if videos != [0]:
        raise invalid("This emulator wants one video, before all words.")
    if "fileData" in parts[0]:
        told = parts[0]["fileData"]
        file = opened(str(told.get("fileUri", "")))
        if told.get("mimeType") != file.mime:
            raise invalid(f"The file is a {file.mime}, not a {told.get('mimeType')}.")
    else:
        told = parts[0]["inlineData"]
        data = bytes_of("contents[0].parts[0].inline_data.data", told.get("data", ""))
        file = Blob(str(told.get("mimeType", "")), data)
    if file.mime not in VIDEO_TYPES:
        raise invalid(f"Unsupported MIME type: {file.mime}")
    if not file.data:
        raise invalid("Request contains an invalid argument.")


def _check_answer(config: dict[str, Any]) -> None:
    if config.get("responseMimeType") != "application/json":
        raise invalid("This emulator wants response_mime_type application/json.")
    schema = config.get("responseJsonSchema")
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise invalid("This emulator wants a response_json_schema of an object.")
    if unknown := set(_keywords(schema)) - KEYWORDS:
        raise invalid(f"Invalid schema: unknown keywords {sorted(unknown)}.")


def _keywords(schema: dict[str, Any]) -> Iterator[str]:
    yield from schema
    for inner in schema.get("properties", {}).values():
        yield from _keywords(inner)
    if "items" in schema:
        yield from _keywords(schema["items"])


def _facts(words: str) -> dict[str, Any]:
    found = FACTS.search(words)
    facts: dict[str, Any] = json.loads(found[1]) if found else {}
    if missing := {"duration_sec", "shots", "target_language", "scripts"} - facts.keys():
        raise invalid(f"This emulator wants the measured facts: {sorted(missing)} missing.")
    return facts
