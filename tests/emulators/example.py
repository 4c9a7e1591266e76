"""The example provider's server. What it does is written in the prompt: `delay=5 say=503`.

`delay` is in seconds; `say` is `photo` (the default: the photo comes back), `text`, `half` (half
of the photo), `refuse`, or a status.
"""

from __future__ import annotations

import socket
import sys
from typing import Any
from urllib.parse import unquote

import gevent
from gevent.pywsgi import WSGIServer

from tests.emulators.process import EmulatorProcess


def answer(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    photo = environ["wsgi.input"].read()
    words = unquote(environ.get("HTTP_X_PROMPT", "")).split()
    wishes = dict(word.split("=", 1) for word in words if "=" in word)
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


class ExampleEmulator(EmulatorProcess):
    module = "tests.emulators.example"


def main() -> None:
    server = PromptServer(("127.0.0.1", int(sys.argv[1])), answer, log=None, backlog=2048)
    server.start()
    print("listening", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
