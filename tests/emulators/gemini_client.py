"""Plain HTTP requests to the emulator, as the real SDK would send them, and wrong ones too."""

from __future__ import annotations

import base64
from typing import Any

import requests

from tests.emulators.gemini import KEY, GeminiEmulator
from tests.support import photos

MODEL = "gemini-nano-banana-2.1"
PHOTO = photos.jpeg(300, 200)
Json = dict[str, Any]


def inline(data: bytes = PHOTO, mime: str = "image/jpeg") -> Json:
    """A part with the image inside."""
    return {"inlineData": {"mimeType": mime, "data": base64.b64encode(data).decode()}}


def body(prompt: str = "", *images: Json, config: Json | None = None) -> Json:
    """A request: the images (none: the guest's photo) before the prompt."""
    parts = [*(images or (inline(),)), {"text": prompt or "make it nice"}]
    plain = {"responseModalities": ["IMAGE"], "imageConfig": {"imageSize": "1K"}}
    return {"contents": [{"role": "user", "parts": parts}], "generationConfig": config or plain}


def ask(
    gemini: GeminiEmulator, json: object, model: str = MODEL, key: str = KEY, **options: Any
) -> requests.Response:
    return requests.post(
        f"{gemini.url}/v1beta/models/{model}:generateContent",
        json=json,
        headers={"x-goog-api-key": key} if key else {},
        timeout=10,
        **options,
    )


def error(answer: requests.Response) -> Json:
    said: Json = answer.json()["error"]
    assert said["code"] == answer.status_code
    return said


def upload(gemini: GeminiEmulator, data: bytes = PHOTO) -> Json:
    """The whole file in one piece; the resource that came back."""
    answer = send(begin(gemini, len(data)), data, 0, "upload, finalize")
    assert answer.headers["x-goog-upload-status"] == "final"
    file: Json = answer.json()["file"]
    return file


def begin(gemini: GeminiEmulator, size_bytes: int, key: str = KEY) -> str:
    answer = requests.post(
        f"{gemini.url}/upload/v1beta/files",
        json={"file": {"display_name": "reference"}},
        headers={
            "x-goog-api-key": key,
            "X-Goog-Upload-Protocol": "resumable",
            "X-Goog-Upload-Command": "start",
            "X-Goog-Upload-Header-Content-Length": str(size_bytes),
            "X-Goog-Upload-Header-Content-Type": "image/jpeg",
        },
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return answer.headers["x-goog-upload-url"]


def send(url: str, data: bytes, offset: int, command: str = "upload") -> requests.Response:
    """One piece of an upload."""
    headers = {"X-Goog-Upload-Command": command, "X-Goog-Upload-Offset": str(offset)}
    return requests.post(url, data=data, headers=headers, timeout=10)


def file_at(gemini: GeminiEmulator, name: str, method: str = "GET", key: str = KEY) -> Any:
    url = f"{gemini.url}/v1beta/{name}"
    return requests.request(method, url, headers={"x-goog-api-key": key}, timeout=10)


def by_uri(file: Json) -> Json:
    return {"fileData": {"mimeType": "image/jpeg", "fileUri": file["uri"]}}
