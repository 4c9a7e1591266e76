"""The Gemini developer API's server, as far as photos and videos need it: `generateContent` and
files.

It judges requests as strictly as the real one. Asked for photos it misbehaves as the prompt says:
the words are in `gemini_answers`; asked about videos, as `PUT /_video` says, see `gemini_videos`.
`GET /_seen` tells what was asked, `DELETE /_seen` forgets it and every count of `storm` and
`forget`. `/_files` is in `gemini_files`.
"""

from __future__ import annotations

import hashlib
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import gevent
import requests

from tests.emulators import gemini_errors as errors
from tests.emulators.example import PromptServer
from tests.emulators.gemini_answers import Answering
from tests.emulators.gemini_files import Files
from tests.emulators.gemini_http import Call, Reply, in_json
from tests.emulators.gemini_request import MODELS, Ask, Blob, parse
from tests.emulators.gemini_seen import Seen, Watched
from tests.emulators.gemini_video_request import VIDEO_MODELS
from tests.emulators.gemini_videos import Videos
from tests.emulators.mood import STALL_SEC, Mood, let
from tests.emulators.process import EmulatorProcess

KEY = "gemini-key-for-tests"
# Of another project: it sees no file of the first one's.
OTHER_KEY = "gemini-other-key-for-tests"
FORBIDDEN_KEY = "forbidden"
VIDEO_QUESTION = f"/({'|'.join(map(re.escape, VIDEO_MODELS))}):generateContent$"
Action = Callable[..., Reply]


class Gemini:
    """The WSGI application; everything it knows is in memory."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._files = Files()
        self._videos = Videos(self._files.opened)
        self._turns: Counter[tuple[str, str]] = Counter()
        self._mood = Mood()
        self._ours: dict[str, Callable[[Call], Reply]] = {
            "GET /_seen": lambda call: in_json(self._seen.shown()),
            "DELETE /_seen": self._forget_requests,
            "GET /_files": lambda call: self._files.listed(),
            "PUT /_files": self._files.set_habits,
            "DELETE /_files": lambda call: self._files.clear(),
            "PUT /_mood": self._mood.set,
            "DELETE /_mood": self._mood.clear,
            "PUT /_video": self._videos.set_mood,
            "DELETE /_video": self._videos.cheer_up,
        }
        self._theirs: dict[str, Action] = {
            r"POST /v1beta/models/([^/:]+):generateContent": self._generate,
            r"GET /v1beta/models/([^/:]+)": _model,
            r"POST /upload/v1beta/files": self._files.begin,
            r"GET /v1beta/files/([^/]+)": self._files.show,
            r"DELETE /v1beta/files/([^/]+)": self._files.delete,
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        arrived = time.monotonic()
        call = Call.read(environ)
        if ours := self._ours.get(f"{call.method} {call.path}"):
            reply = ours(call)
            start_response(reply.line, list(reply.headers.items()))
            return reply.body
        record = self._seen.begin(call, arrived)
        reply = self._reply(call)
        record.status = reply.status
        start_response(reply.line, list(reply.headers.items()))
        return Watched(reply.body, record)

    def _reply(self, call: Call) -> Reply:
        try:
            if "upload_id" in call.query:
                return self._files.carry_on(call)
            action, arguments = self._found(call)
            _check(call.key)
            if self._videos.is_revoked:
                raise errors.forbidden_key()
            return action(call, *arguments)
        except errors.ApiError as error:
            return error.reply()

    def _found(self, call: Call) -> tuple[Action, tuple[str, ...]]:
        for pattern, action in self._theirs.items():
            if found := re.fullmatch(pattern, f"{call.method} {call.path}"):
                return action, found.groups()
        raise errors.ApiError(404, f"Not found: {call.method} {call.path}")

    def _generate(self, call: Call, model: str) -> Reply:
        if model in VIDEO_MODELS:
            return self._videos.answer(call, model)
        ask = parse(model, call.body)
        ask = replace(ask, prompt=self._mood.before(ask.prompt))
        gevent.sleep(float(ask.wishes.get("delay", "0")))
        turn = self._turn(ask)
        if turn <= int(ask.wishes.get("stall", "0")):
            gevent.sleep(STALL_SEC)
        if turn <= int(ask.wishes.get("storm", "0")):
            raise errors.overloaded()
        if ask.wishes.get("say") == "forget" and turn == 1:
            self._forget_files(ask)
        images = [self._opened(call.key, image) for image in ask.images]
        return Answering(ask, images[0].data if images else b"").reply()

    def _turn(self, ask: Ask) -> int:
        """The how-manieth request this is with the same photo and the same prompt."""
        photo = next((image.data for image in ask.images if isinstance(image, Blob)), b"")
        job = (hashlib.sha256(photo).hexdigest(), ask.prompt)
        self._turns[job] += 1
        return self._turns[job]

    def _opened(self, key: str, image: Any) -> Blob:
        return image if isinstance(image, Blob) else self._files.opened(key, image.uri)

    def _forget_files(self, ask: Ask) -> None:
        for image in ask.images:
            if not isinstance(image, Blob):
                self._files.forget(image.uri)

    def _forget_requests(self, call: Call) -> Reply:
        self._seen.records.clear()
        self._turns.clear()
        return in_json({})


def _model(call: Call, name: str) -> Reply:
    """The model's description, as far as anybody asks for it; it costs nothing."""
    if name not in {*MODELS, *VIDEO_MODELS}:
        raise errors.unknown_model(name)
    return in_json(
        {
            "name": f"models/{name}",
            "version": "001",
            "displayName": name,
            "inputTokenLimit": 65536,
            "outputTokenLimit": 32768,
            "supportedGenerationMethods": ["generateContent", "countTokens"],
        }
    )


def _check(key: str) -> None:
    if not key:
        raise errors.no_key()
    if key == FORBIDDEN_KEY:
        raise errors.forbidden_key()
    if key not in {KEY, OTHER_KEY}:
        raise errors.wrong_key()


class GeminiEmulator(EmulatorProcess):
    """The server above in a process of its own."""

    module = "tests.emulators.gemini"

    def seen(self) -> list[dict[str, Any]]:
        """Every request since the last `clear`: the fields of `gemini_seen.Record`."""
        records: list[dict[str, Any]] = requests.get(f"{self.url}/_seen", timeout=10).json()
        return records

    def files(self) -> list[dict[str, Any]]:
        """Every file as the Files API shows it."""
        files: list[dict[str, Any]] = requests.get(f"{self.url}/_files", timeout=10).json()
        return files

    def let(self, words: str) -> None:
        """What requests for photos hear from now on, whatever else they ask for, see `mood`."""
        let(self.url, words)

    def let_files(self, **habits: float | str) -> None:
        """`polls`, `ends`, `life_sec` of files uploaded from now on, see `gemini_files.Habits`."""
        requests.put(f"{self.url}/_files", json=habits, timeout=10).raise_for_status()

    def let_videos(
        self,
        *says: str,
        delay: float = 0.0,
        gone: Sequence[str] = (),
        busy: Sequence[str] = (),
        answer: dict[str, Any] | None = None,
    ) -> None:
        """What questions about videos hear from now on, see `gemini_videos`."""
        mood = {
            "says": says, "delay": delay, "gone": list(gone), "busy": list(busy), "answer": answer,
        }  # fmt: skip
        requests.put(f"{self.url}/_video", json=mood, timeout=10).raise_for_status()

    def asked_about_videos(self) -> list[dict[str, Any]]:
        """Those of `seen` that asked about a video."""
        return [each for each in self.seen() if re.search(VIDEO_QUESTION, each["path"])]

    def deleted(self) -> int:
        """How many files were deleted since the last `clear`."""
        return sum(each["method"] == "DELETE" and each["status"] == 200 for each in self.seen())

    def clear(self) -> None:
        """Forget requests, counts, files and their habits, and be well again."""
        for what in ("_seen", "_files", "_video", "_mood"):
            requests.delete(f"{self.url}/{what}", timeout=10).raise_for_status()


def main() -> None:
    server = PromptServer(("127.0.0.1", int(sys.argv[1])), Gemini(), log=None, backlog=2048)
    server.start()
    print("listening", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
