"""The example provider's server. What it does is written in the prompt: `delay=5 say=503`.

`delay` is in seconds; `say` is `photo` (the default: the photo comes back), `text`, `half` (half
of the photo), `refuse`, or a status.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from typing import Any

import gevent
from gevent.pywsgi import WSGIServer

from tests.support.server import free_port
from tests.support.waiting import wait_until


def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    photo = environ["wsgi.input"].read()
    wishes = dict(word.split("=", 1) for word in environ.get("HTTP_X_PROMPT", "").split())
    gevent.sleep(float(wishes.get("delay", "0")))
    say = wishes.get("say", "photo")
    status = {"refuse": "451 Refused", "photo": "200 OK", "text": "200 OK", "half": "200 OK"}
    start_response(status.get(say, f"{say} As asked"), [("Content-Type", "image/jpeg")])
    if say == "photo":
        return [photo]
    return [photo[: len(photo) // 2]] if say == "half" else [b"I would rather tell you a story."]


class PromptServer(WSGIServer):
    """Without Nagle's delay, which would be measured as the provider's."""

    def handle(self, client: Any, address: Any) -> None:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().handle(client, address)


class ExampleEmulator:
    """The server above in a process of its own; a context manager."""

    def __init__(self) -> None:
        self._port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> ExampleEmulator:
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__, str(self._port)], stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        wait_until(self._process.stdout.readline, 20, "the emulator listens")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def main() -> None:
    server = PromptServer(("127.0.0.1", int(sys.argv[1])), answer, log=None, backlog=2048)
    server.start()
    print("listening", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
