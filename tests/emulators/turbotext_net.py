"""What the vendor does out in the network, and to pictures: in threads, so that nobody waits."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from gevent.threadpool import ThreadPool
from PIL import Image, ImageOps

from tests.emulators.gemini_images import greens_inverted

WITHIN_SEC = 5
THREADS = 32
NO_IMAGE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


@dataclass(frozen=True)
class Photo:
    """A picture as it was downloaded; `size` is width and height as seen, upright."""

    data: bytes
    size: tuple[int, int]


class Network:
    """A vendor's way out; one for each process."""

    def __init__(self) -> None:
        self._threads = ThreadPool(THREADS)

    def download(self, url: str) -> Photo | None:
        """None where there is no image to be had."""
        photo: Photo | None = self._threads.apply(_downloaded, (url,))
        return photo

    def post(self, url: str, body: bytes) -> int | None:
        """The status that came back, None without an answer."""
        status: int | None = self._threads.apply(_posted, (url, body))
        return status

    def painted(
        self, photo: Photo, kind: str, paint: Callable[[Image.Image], Image.Image]
    ) -> bytes:
        """`kind` is JPEG or PNG."""
        data: bytes = self._threads.apply(_painted, (photo, kind, paint))
        return data


# gevent would print whatever is raised in a thread.
def _downloaded(url: str) -> Photo | None:
    try:
        answer = _send("GET", url)
        return Photo(answer.content, _upright(answer.content).size) if answer.ok else None
    except (requests.RequestException, *NO_IMAGE):
        return None


def _posted(url: str, body: bytes) -> int | None:
    headers = {"Content-Type": "application/json"}
    try:
        return _send("POST", url, data=body, headers=headers, allow_redirects=False).status_code
    except (requests.RequestException, ValueError):
        return None


def _send(method: str, url: str, **options: Any) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.request(method, url, timeout=WITHIN_SEC, **options)


def _upright(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return ImageOps.exif_transpose(image).convert("RGB")


def _painted(photo: Photo, kind: str, paint: Callable[[Image.Image], Image.Image]) -> bytes:
    file = io.BytesIO()
    paint(_upright(photo.data)).save(file, kind)
    return file.getvalue()


def guests(image: Image.Image) -> Image.Image:
    """How the guest's photo comes back."""
    return greens_inverted(image)


def strangers(image: Image.Image) -> Image.Image:
    """What must never reach the guest."""
    return ImageOps.invert(image)
