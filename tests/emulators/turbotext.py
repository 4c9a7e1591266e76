"""TurboText's server, as far as images need it: requests, results, webhooks and pictures.

It judges requests strictly, downloads what it is given and misbehaves as the prompt says: the words
are in `turbotext_ask`. `PUT /_habits` with `{"words": "say=face"}` tells them for every create that
follows, `DELETE /_habits` forgets them. `GET /_seen` tells what was asked and brought,
`DELETE /_seen` forgets it and every count of `503=N`; requests that were taken live on.
"""

from __future__ import annotations

import errno
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import gevent
import requests

from tests.emulators.example import PromptServer
from tests.emulators.gemini_http import JSON, Call, Reply, in_json, whole
from tests.emulators.process import EmulatorProcess
from tests.emulators.turbotext_ask import METHODS, Ask, Refused, Words, parse
from tests.emulators.turbotext_hooks import Hooks, Seen
from tests.emulators.turbotext_jobs import Job, Jobs
from tests.emulators.turbotext_net import Network, Photo, guests, strangers

KEY = "turbotext-key-for-tests"
FORM = "application/x-www-form-urlencoded"
RECONNECT = b'{"action":"reconnect"}'
HTML_POLLS = 3
BIG_BYTES, PIECE_BYTES = 60_000_000, 64 * 1024
DRIP_EVERY_SEC = 0.2


class Turbotext:
    """The WSGI application; everything it knows is in memory."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._jobs = Jobs()
        self._network = Network()
        self._hooks = Hooks(self._jobs, self._network)
        self._habits = ""
        self._turns: Counter[tuple[str, str]] = Counter()
        self._routes: dict[str, Callable[..., Reply]] = {
            r"POST /api_ai/([^/]+)": self._api,
            r"GET /pictures/(\d+)\.(?:jpg|png)": self._picture,
            r"GET /_seen": lambda call: in_json(self._seen.shown()),
            r"DELETE /_seen": self._forget,
            r"PUT /_habits": self._take_on,
            r"DELETE /_habits": self._give_up,
        }

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        call = Call.read(environ)
        try:
            reply = self._reply(call)
        except Refused as refused:
            reply = refused.reply()
        start_response(reply.line, list(reply.headers.items()))
        return reply.body

    def _reply(self, call: Call) -> Reply:
        for pattern, action in self._routes.items():
            if found := re.fullmatch(pattern, f"{call.method} {call.path}"):
                return action(call, *found.groups())
        raise Refused("not_found", 404)

    def _api(self, call: Call, method: str) -> Reply:
        if call.headers.get("authorization") != f"Bearer {KEY}":
            raise Refused("AUTH", 401)
        if method not in METHODS:
            raise Refused("unknown_method", 404)
        if _content_type(call).partition(";")[0].strip().lower() != FORM:
            raise Refused("content_type", 400)
        params = _form(call.body)
        match params.pop("do", None):
            case "create_queue":
                return self._create(call, method, params)
            case "get_result":
                return self._result(method, params)
        raise Refused("params_error")

    def _create(self, call: Call, method: str, params: dict[str, str]) -> Reply:
        record = self._seen.created(method, params, _content_type(call))
        words = Words(f"{self._habits} {params.get('content', '')}")
        self._turns[method, words.text] += 1
        if self._turns[method, words.text] <= words.storms:
            return _page("Service Unavailable", 503)
        ask = parse(method, params, words)
        if words.say == "limit":
            raise Refused("LIMIT")
        if words.say == "html":
            return _page("We are back soon")
        job = self._jobs.begin(ask, call.base, self._photo(ask))
        record["id"] = job.id
        self._hooks.begin(job, self._seen)
        return _taken(job)

    def _photo(self, ask: Ask) -> Photo:
        """The guest's; the other image is downloaded as well."""
        photos = [self._network.download(url) for url in ask.urls]
        if photos[0] is None or None in photos:
            raise Refused("url_error")
        return photos[0]

    def _result(self, method: str, params: dict[str, str]) -> Reply:
        if params.keys() != {"queueid"}:
            raise Refused("params_error")
        job = self._jobs.find(params["queueid"])
        if job is None or job.ask.method != method:
            raise Refused("queueid_error")
        self._seen.polled(job)
        job.polls += 1
        if job.say == "result_html" and job.polls <= HTML_POLLS:
            return _page("We are back soon")
        body = job.told() if job.is_ready else RECONNECT
        if job.say == "drip":
            return Reply(_dripping(body), headers={"Content-Type": JSON})
        return whole(body, JSON)

    def _picture(self, call: Call, number: str) -> Reply:
        job = self._jobs.find(number)
        if job is None or job.say == "gone":
            raise Refused("not_found", 404)
        paint = strangers if job.is_strangers else guests
        data = self._network.painted(job.photo, job.kind, paint)
        mime = f"image/{job.kind.lower()}"
        if job.say == "big":
            return Reply(_padded(data), headers={"Content-Type": mime})
        return whole(data, mime)

    def _forget(self, call: Call) -> Reply:
        self._seen = Seen()
        self._turns.clear()
        return in_json({})

    def _take_on(self, call: Call) -> Reply:
        self._habits = Words(str(json.loads(call.body)["words"])).text
        return in_json({})

    def _give_up(self, call: Call) -> Reply:
        self._habits = ""
        return in_json({})


def _content_type(call: Call) -> str:
    return call.headers.get("content-type", "")


def _form(body: bytes) -> dict[str, str]:
    """Raises `Refused` for a parameter that comes twice and for what is no form."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise Refused("params_error") from None
    if len(dict(pairs)) != len(pairs):
        raise Refused("params_error")
    return dict(pairs)


def _taken(job: Job) -> Reply:
    """The create's answer; raises `ConnectionResetError`, at which the server hangs up."""
    if job.say == "lost":
        raise ConnectionResetError(errno.ECONNRESET, "as the words say")
    if job.say == "502":
        return _page("Bad Gateway", 502)
    return in_json({"success": True, "asyncid" if job.ask.webhook else "queueid": job.id})


def _page(title: str, status: int = 200) -> Reply:
    page = f"<!DOCTYPE html><html><title>{title}</title><h1>{title}</h1></html>"
    return whole(page.encode(), "text/html; charset=UTF-8", status)


def _dripping(body: bytes) -> Iterator[bytes]:
    for at in range(len(body)):
        yield body[at : at + 1]
        gevent.sleep(DRIP_EVERY_SEC)


def _padded(data: bytes) -> Iterator[bytes]:
    yield data
    for at in range(len(data), BIG_BYTES, PIECE_BYTES):
        yield bytes(min(PIECE_BYTES, BIG_BYTES - at))
        gevent.sleep(0)


class TurbotextEmulator(EmulatorProcess):
    """The server above in a process of its own."""

    module = "tests.emulators.turbotext"

    def seen(self) -> dict[str, Any]:
        """Since the last `clear`: `turbotext_hooks.Seen`; ids that are keys are texts."""
        seen: dict[str, Any] = requests.get(f"{self.url}/_seen", timeout=10).json()
        return seen

    def let(self, words: str) -> None:
        """Words for every create from now on."""
        answer = requests.put(f"{self.url}/_habits", json={"words": words}, timeout=10)
        assert answer.json() == {}, answer.text

    def clear(self) -> None:
        """Forget requests, counts and habits."""
        for what in ("_seen", "_habits"):
            requests.delete(f"{self.url}/{what}", timeout=10).raise_for_status()


def main() -> None:
    server = PromptServer(("127.0.0.1", int(sys.argv[1])), Turbotext(), log=None, backlog=2048)
    server.start()
    print("listening", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
