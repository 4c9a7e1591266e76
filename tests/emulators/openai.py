"""OpenAI's API, as far as photos need it: `POST /v1/images/edits` and `GET /v1/models/{model}`.

It judges forms as strictly as the real one and misbehaves as the prompt says: the words are in
`openai_answers`. `GET /_seen` tells what was asked, `DELETE /_seen` forgets it and every count of
`storm` and `stall`.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import gevent
import requests

from tests.emulators import openai_errors as errors
from tests.emulators.example import PromptServer
from tests.emulators.gemini_http import Call, Reply, in_json
from tests.emulators.mood import STALL_SEC, Mood, let
from tests.emulators.openai_answers import Answering
from tests.emulators.openai_form import MODELS, Ask, opened, parse
from tests.emulators.process import EmulatorProcess

KEY = "sk-openai-key-for-tests"
FORBIDDEN_KEY = "sk-forbidden"
ORGANIZATION = "organization-1"
Seen = list[dict[str, Any]]


class Openai:
    """The WSGI application; everything it knows is in memory."""

    def __init__(self) -> None:
        self._seen: Seen = []
        self._turns: Counter[str] = Counter()
        self._mood = Mood()
        self._routes: dict[str, Callable[..., Reply]] = {
            r"POST /v1/images/edits": self._edit,
            r"GET /v1/models/([^/]+)": _model,
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        call = Call.read(environ)
        reply = self._ours(call) or self._theirs(call)
        start_response(reply.line, list(reply.headers.items()))
        return reply.body

    def _ours(self, call: Call) -> Reply | None:
        if call.path == "/_mood":
            return self._mood.set(call) if call.method == "PUT" else self._mood.clear(call)
        if call.path != "/_seen":
            return None
        if call.method == "DELETE":
            self._seen.clear()
            self._turns.clear()
        return in_json(self._seen)

    def _theirs(self, call: Call) -> Reply:
        record: dict[str, Any] = {
            "method": call.method, "path": call.path, "headers": call.headers,
            "arrived": time.monotonic(), "fields": {}, "images": [], "status": None,
        }  # fmt: skip
        self._seen.append(record)
        try:
            reply = self._reply(call, record)
        except errors.ApiError as error:
            reply = error.reply()
        record["status"] = reply.status
        reply.headers["x-request-id"] = f"req_{secrets.token_hex(16)}"
        reply.headers["openai-organization"] = ORGANIZATION
        return reply

    def _reply(self, call: Call, record: dict[str, Any]) -> Reply:
        _check(call.headers.get("authorization", "").removeprefix("Bearer "))
        for pattern, action in self._routes.items():
            if found := re.fullmatch(pattern, f"{call.method} {call.path}"):
                return action(call, record, *found.groups())
        raise errors.ApiError(404, f"Invalid URL ({call.method} {call.path})")

    def _edit(self, call: Call, record: dict[str, Any]) -> Reply:
        fields, files = opened(call)
        record["fields"] = fields
        record["images"] = [
            {
                "name": name,
                "filename": image.filename,
                "mime": image.mime,
                "sha256": hashlib.sha256(image.data).hexdigest(),
            }
            for name, image in files
        ]
        ask = parse(fields, files)
        prompt = self._mood.before(fields["prompt"])
        ask = replace(ask, fields={**fields, "prompt": prompt})
        gevent.sleep(float(ask.wishes.get("delay", "0")))
        turn = self._turn(ask)
        if turn <= int(ask.wishes.get("stall", "0")):
            gevent.sleep(STALL_SEC)
        if turn <= int(ask.wishes.get("storm", "0")):
            raise errors.overloaded()
        return Answering(ask).reply()

    def _turn(self, ask: Ask) -> int:
        """The how-manieth request this is with the same photo and the same prompt."""
        job = hashlib.sha256(ask.images[0].data + ask.fields["prompt"].encode()).hexdigest()
        self._turns[job] += 1
        return self._turns[job]


def _model(call: Call, record: dict[str, Any], name: str) -> Reply:
    if name not in MODELS:
        raise errors.unknown_model(name)
    return in_json({"id": name, "object": "model", "created": 1, "owned_by": "system"})


def _check(key: str) -> None:
    if not key:
        raise errors.no_key()
    if key == FORBIDDEN_KEY:
        raise errors.forbidden_key()
    if key != KEY:
        raise errors.wrong_key(key)


class OpenaiEmulator(EmulatorProcess):
    """The server above in a process of its own."""

    module = "tests.emulators.openai"

    @property
    def base_url(self) -> str:
        """What OPENAI_BASE_URL has to be."""
        return f"{self.url}/v1"

    def seen(self) -> Seen:
        """Every request since the last `clear`: its fields, and its images by their hashes."""
        records: Seen = requests.get(f"{self.url}/_seen", timeout=10).json()
        return records

    def let(self, words: str) -> None:
        """What every edit hears from now on, see `mood`."""
        let(self.url, words)

    def clear(self) -> None:
        for what in ("_seen", "_mood"):
            requests.delete(f"{self.url}/{what}", timeout=10).raise_for_status()


def main() -> None:
    server = PromptServer(("127.0.0.1", int(sys.argv[1])), Openai(), log=None, backlog=2048)
    server.start()
    print("listening", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
