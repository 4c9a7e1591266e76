"""What an emulator of a vendor is like for everybody for a while: a prompt's own words win.

`PUT /_mood` with `{"words": "delay=40"}` says it, `DELETE /_mood` makes it well again.
"""

from __future__ import annotations

import json

import requests

from tests.emulators.gemini_http import Call, Reply, in_json

# What `stall` adds to the first answers of a photo.
STALL_SEC = 6.0


class Mood:
    def __init__(self) -> None:
        self._words = ""

    def set(self, call: Call) -> Reply:
        self._words = json.loads(call.body)["words"]
        return in_json({})

    def clear(self, call: Call) -> Reply:
        self._words = ""
        return in_json({})

    def before(self, prompt: str) -> str:
        """A prompt with the words that hold for all before its own."""
        return f"{self._words} {prompt}" if self._words else prompt


def let(url: str, words: str) -> None:
    """Tell the emulator at `url`; no words: it is well."""
    if words:
        answer = requests.put(f"{url}/_mood", json={"words": words}, timeout=10)
    else:
        answer = requests.delete(f"{url}/_mood", timeout=10)
    assert answer.json() == {}, answer.text
