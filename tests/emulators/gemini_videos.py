"""Videos at the emulated Gemini: what is asked about them, and what it answers, in order.

`PUT /_video` with `{"says": ["503", "good"], "delay": 1.5, "gone": ["gemini-3.8-flash"], "busy":
[]}` says what the calls from now on hear, one word each, the last for ever; models that are `gone`
answer 404, those that are `busy` 503, whatever the words. `DELETE /_video` makes all well again.

| word | answer |
|---|---|
| `good` | made from the facts in the prompt: five keys, segments within the duration |
| `fenced`, `prose` | the same within a fence, within prose and a fence |
| `truncated` | the same, broken off by MAX_TOKENS |
| `thoughts` | MAX_TOKENS without a word |
| `empty` | STOP without a word |
| `other_schema` | JSON of another shape |
| `four_keys` | all well but for a key that is missing |
| `wrong_times` | segments that overlap and go on after the end, a shot that is not there |
| `hostile` | a transcript of tags, Markdown and orders |
| `refused`, `blocked` | SAFETY, `promptFeedback.blockReason` |
| `quota`, `quota_daily` | 429 |
| `500`, `503` | that error |
| `revoked` | 403 for this call and every later one, until all is well again |
| `gone`, `retired` | 404, 400 for the model of this call |
| `drip`, `cut` | a good answer, 8 bytes every 0.2 s; half of one |
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gevent

from tests.emulators import gemini_errors as errors
from tests.emulators.gemini_answers import candidate, cut_off, dripping
from tests.emulators.gemini_http import JSON, Call, Reply, in_json
from tests.emulators.gemini_video_answers import (
    Facts,
    good,
    hostile,
    in_prose,
    wrong_times,
)
from tests.emulators.gemini_video_request import VideoAsk, parse_video

VIDEO_TOKENS_PER_SEC, AUDIO_TOKENS_PER_SEC, THOUGHTS = 258, 32, 210
ERRORS: dict[str, Callable[[str], errors.ApiError]] = {
    "quota": errors.quota,
    "quota_daily": errors.daily_quota,
    "500": lambda model: errors.internal(),
    "503": lambda model: errors.overloaded(),
    "gone": errors.unknown_model,
    "retired": errors.retired_model,
}


@dataclass(frozen=True)
class Mood:
    """What is said from now on."""

    says: tuple[str, ...] = ("good",)
    delay: float = 0.0
    gone: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()


class Videos:
    """Answers to questions about videos."""

    def __init__(self, opened: Callable[[str, str], Any]) -> None:
        self._opened = opened  # what a file's uri names, for a key
        self._mood = Mood()
        self._asked = 0
        self.is_revoked = False

    def set_mood(self, call: Call) -> Reply:
        wished = json.loads(call.body)
        self._mood = Mood(
            says=tuple(wished.get("says") or ("good",)),
            delay=float(wished.get("delay", 0)),
            gone=tuple(wished.get("gone", ())),
            busy=tuple(wished.get("busy", ())),
        )
        self._asked, self.is_revoked = 0, False
        return in_json({})

    def cheer_up(self, call: Call) -> Reply:
        self._mood, self._asked, self.is_revoked = Mood(), 0, False
        return in_json({})

    def answer(self, call: Call, model: str) -> Reply:
        """Raises an `ApiError` for requests that are wrong, and where one is asked for."""
        mood = self._mood
        if model in mood.gone:
            raise errors.unknown_model(model)
        ask = parse_video(model, call.body, lambda uri: self._opened(call.key, uri))
        if model in mood.busy:
            raise errors.overloaded()
        word = mood.says[min(self._asked, len(mood.says) - 1)]
        self._asked += 1
        gevent.sleep(mood.delay)
        if word == "revoked":
            self.is_revoked = True
        if self.is_revoked:
            raise errors.forbidden_key()
        if word in ERRORS:
            raise ERRORS[word](model)
        return _said(word, ask)


def _said(word: str, ask: VideoAsk) -> Reply:
    facts = ask.facts
    if word == "blocked":
        return in_json(_body(ask, promptFeedback={"blockReason": "PROHIBITED_CONTENT"}))
    if word == "refused":
        return in_json(_body(ask, candidate(finish="SAFETY")))
    if word in {"empty", "thoughts"}:
        finish = "STOP" if word == "empty" else "MAX_TOKENS"
        return in_json(_body(ask, candidate(finish=finish)))
    text = WORDS[word](facts)
    if word == "truncated":
        return in_json(_body(ask, candidate({"text": text}, finish="MAX_TOKENS")))
    thought = {"text": "**Watching the video**", "thought": True}
    half = len(text) // 2  # models answer in several parts
    parts = (thought, {"text": text[:half]}, {"text": text[half:]})
    body = _body(ask, candidate(*parts))
    if word == "drip":
        return Reply(dripping(json.dumps(body).encode()), headers={"Content-Type": JSON})
    return cut_off(json.dumps(body).encode()) if word == "cut" else in_json(body)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)


def _four_keys(facts: Facts) -> str:
    answer = good(facts)
    return _json({**answer, "keys": answer["keys"][:4]})


def _truncated(facts: Facts) -> str:
    text = _json(good(facts))
    return text[: len(text) * 3 // 5]


WORDS: dict[str, Callable[[Facts], str]] = {
    "good": lambda facts: _json(good(facts)),
    "fenced": lambda facts: f"```json\n{_json(good(facts))}\n```",
    "prose": lambda facts: in_prose(_json(good(facts))),
    "truncated": _truncated,
    "other_schema": lambda facts: _json({"summary": "A video.", "tags": ["video", "short"]}),
    "four_keys": _four_keys,
    "wrong_times": lambda facts: _json(wrong_times(facts)),
    "hostile": lambda facts: _json(hostile(facts)),
    "drip": lambda facts: _json(good(facts)),
    "cut": lambda facts: _json(good(facts)),
}


def _body(ask: VideoAsk, *candidates: dict[str, Any], **more: object) -> dict[str, Any]:
    """The JSON around the candidates; sound costs tokens of its own."""
    seconds = float(ask.facts["duration_sec"])
    text_in = len(ask.words.split())
    video = round(VIDEO_TOKENS_PER_SEC * seconds)
    audio = round(AUDIO_TOKENS_PER_SEC * seconds) if ask.facts.get("has_sound") else 0
    parts = [part for each in candidates for part in each["content"].get("parts", [])]
    said = sum(len(part["text"].split()) for part in parts if not part.get("thought"))
    total = text_in + video + audio + said + THOUGHTS
    answer = {"candidates": list(candidates)} if candidates else {}
    return answer | {
        "usageMetadata": {
            "promptTokenCount": text_in + video + audio,
            "candidatesTokenCount": said,
            "thoughtsTokenCount": THOUGHTS,
            "totalTokenCount": total,
            "promptTokensDetails": [
                {"modality": name, "tokenCount": count}
                for name, count in (("TEXT", text_in), ("VIDEO", video), ("AUDIO", audio))
                if count
            ],
        },
        "modelVersion": f"{ask.model}-001",
        "responseId": secrets.token_urlsafe(16),
        **more,
    }
