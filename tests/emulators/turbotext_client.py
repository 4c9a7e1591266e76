"""A client of the emulator over plain HTTP: its own pictures and webhook, requests good and bad."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urljoin

import requests

from tests.emulators.gemini_images import greens_inverted
from tests.emulators.turbotext import KEY, TurbotextEmulator
from tests.support import photos
from tests.support.waiting import wait_until

Json = dict[str, Any]
PHOTO = photos.jpeg(300, 200)
NO_RESULT = {"action": "reconnect"}
CHANGE = "generate_image2image"
# The parameters of each method that are links; the first one is the guest's photo.
IMAGES = {
    "mix_images": ("url_image_target", "url"),
    CHANGE: ("url",),
    "deepfake_photo": ("url", "url_image_target"),
    "replace_object": ("url",),
}


class Home(ThreadingHTTPServer):
    """Shows pictures under its address and keeps what comes to `/hook`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.hook = f"{self.url}/hook"
        self.pages = {
            "/guest.jpg": PHOTO,
            "/style.jpg": photos.jpeg(80, 80, seed=1),
            "/turned.jpg": photos.rotated_jpeg(6, 64, 40),
            "/no.jpg": b"<html>There is no picture here.</html>",
        }
        self.asked: list[str] = []
        self.brought: list[bytes] = []
        self.hook_status = 200

    def __enter__(self) -> Home:
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def clear(self) -> None:
        self.asked.clear()
        self.brought.clear()
        self.hook_status = 200


class Visit(BaseHTTPRequestHandler):
    server: Home

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        page = self.server.pages.get(self.path)
        self._answer(404 if page is None else 200, page or b"")

    def do_POST(self) -> None:
        self.server.brought.append(self.rfile.read(int(self.headers["Content-Length"])))
        self._answer(self.server.hook_status, b"")

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: pytest shows what matters."""


class Vendor:
    """The emulator as seen from a home."""

    def __init__(self, emulator: TurbotextEmulator, home: Home) -> None:
        self.emulator, self.home = emulator, home

    def clear(self) -> None:
        """For the next test; what was taken before may still be brought."""
        self.emulator.clear()
        self.home.clear()

    def send(
        self, method: str, fields: Json, *, headers: Json | None = None, stream: bool = False
    ) -> requests.Response:
        return requests.post(
            f"{self.emulator.url}/api_ai/{method}",
            data=fields,
            headers={"Authorization": f"Bearer {KEY}"} | (headers or {}),
            timeout=10,
            stream=stream,
        )

    def fields(self, method: str, words: str = "delay=0", **more: str) -> Json:
        """A valid create."""
        pictures = ("/guest.jpg", "/style.jpg")
        own = {"face_restore": "True"} if method == "deepfake_photo" else {"content": words}
        links = {
            name: self.home.url + path for name, path in zip(IMAGES[method], pictures, strict=False)
        }
        return {"do": "create_queue", **links, **own, **more}

    def create(
        self, words: str = "delay=0", method: str = CHANGE, **more: str
    ) -> requests.Response:
        return self.send(method, self.fields(method, words, **more))

    def taken(self, *create: str, **more: str) -> int:
        answer = self.create(*create, **more).json()
        assert answer["success"] is True, answer
        return int(answer["asyncid" if "webhook" in more else "queueid"])

    def poll(
        self, number: object, method: str = CHANGE, *, stream: bool = False
    ) -> requests.Response:
        return self.send(method, {"do": "get_result", "queueid": number}, stream=stream)

    def result(self, number: int, method: str = CHANGE) -> Json:
        """As soon as there is one."""

        def asked() -> Json | None:
            answer: Json = self.poll(number, method).json()
            return None if answer == NO_RESULT else answer

        found = wait_until(asked)
        assert found is not None
        return found

    def image(self, answer: Json, *, stream: bool = False) -> requests.Response:
        """What a result leads to."""
        address = answer.get("uploaded_image") or answer["data"]["image"][0]
        url = urljoin(self.emulator.url, address)
        return requests.get(url, timeout=10, stream=stream)

    def deliveries(self, count: int) -> list[Json]:
        """The records of what was brought, once it is that many."""
        wait_until(lambda: len(self.seen["hooks"]) >= count)
        hooks: list[Json] = self.seen["hooks"]
        assert len(hooks) == count
        return hooks

    def brought(self, at: int) -> Json:
        """What came to the webhook."""
        found: Json = json.loads(self.home.brought[at])
        return found

    @property
    def seen(self) -> Json:
        return self.emulator.seen()


def is_the_guests(data: bytes) -> bool:
    """Whether it is the guest's photo, changed as it should be."""
    image, original = photos.opened(data), photos.opened(PHOTO)
    assert photos.difference(image, original) > 20
    return photos.difference(image, greens_inverted(original)) < 4
