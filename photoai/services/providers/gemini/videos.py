"""A video to Gemini and back: how it travels, which model is asked, what it costs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from photoai.errors import (
    ProviderBadAnswer,
    ProviderBadRequest,
    ProviderError,
    ProviderModelGone,
    ProviderNotConfigured,
    ProviderRefused,
)
from photoai.services.catalogue import ModelEntry, VideoEntry
from photoai.services.providers.port import checked_key
from photoai.services.providers.videos import Check, Footage, Question, Sent, Told, go_on

from .refusals import GONE, ODD_ENDS, PACIFIC, REFUSALS
from .watching import NO_SUCH_FILE, Heard, VideoWire
from .wire import Wire

BROKEN_OFF = "MAX_TOKENS"
BYTES_PER_MB = 1_000_000


class GeminiVideos:
    """Gemini's models that watch videos, through the developer API. `first` and `second` are the
    models an administrator chose, "" where that is left to the catalogue; models it does not know
    are asked, too, but have no price."""

    def __init__(
        self, wire: Wire, entry: VideoEntry, key_of: Callable[[], str], first: str, second: str
    ) -> None:
        self._wire = VideoWire(wire)
        self._entry = entry
        self._key_of = key_of
        self._first = first
        self._second = second

    def configured(self) -> bool:
        """See `VideoMind.configured`."""
        return bool(self._key_of())

    def video_models(self) -> list[str]:
        """See `VideoMind.video_models`; what is retired comes last, and only when nothing else is
        left."""
        known = self._entry.models
        default = next(model.id for model in known.values() if model.default)
        others = [self._second] if self._second else [each for each in known if each != default]
        wanted = list(dict.fromkeys([self._first or default, *others]))
        today = datetime.now(PACIFIC).date()
        living = [id_ for id_ in wanted if id_ not in known or not known[id_].is_retired(today)]
        return living or wanted

    def send(self, footage: Footage, name: str, deadline: float, check: Check = go_on) -> Sent:
        """See `VideoMind.send`."""
        key = checked_key(self._key_of())
        mime = self._entry.mime_names.get(footage.mime, footage.mime)
        if self._goes_along(footage):
            return Sent(mime, path=footage.path)
        named = replace(footage, mime=mime)
        return Sent(mime, self._wire.upload(key, named, name, deadline, check))

    def ask(self, question: Question, check: Check = go_on) -> Told:
        """See `VideoMind.ask`."""
        key = checked_key(self._key_of())
        name = question.model or self.video_models()[0]
        model = self._entry.models.get(name)
        level = model.thinking_level if model else None
        try:
            heard = self._wire.ask(key, replace(question, model=name), level, check)
        except (ProviderBadRequest, ProviderNotConfigured) as error:
            raise _told_apart(error) from None
        told = Told(
            text=heard.text,
            finish=heard.finish,
            model=name,
            model_version=heard.model_version,
            usage=heard.usage,
            cost=cost_of(model, heard.usage),
            request_id=heard.request_id,
        )
        if wrong := _error_in(heard):
            wrong.cost, wrong.usage, wrong.model = told.cost or 0.0, dict(told.usage), name
            raise wrong
        return told

    def _goes_along(self, footage: Footage) -> bool:
        entry = self._entry
        is_small = footage.size_bytes <= entry.max_inline_mb * BYTES_PER_MB
        return is_small and footage.duration_sec <= entry.max_inline_sec

    def remove(self, name: str, deadline: float, check: Check = go_on) -> None:
        """See `VideoMind.remove`."""
        self._wire.delete(checked_key(self._key_of()), name, deadline, check)


def cost_of(model: ModelEntry | None, usage: Mapping[str, int]) -> float | None:
    """In USD: thoughts are text, sound has a price of its own where the catalogue says so; None
    when a price is missing."""
    prices = model.token_prices(datetime.now(PACIFIC).date()) if model else {}
    if not {"input", "text"} <= prices.keys() or not usage:
        return None
    audio = usage.get("audio", 0)
    return (
        (usage.get("input", 0) - audio) * prices["input"]
        + audio * prices.get("audio", prices["input"])
        + (usage.get("text", 0) + usage.get("thoughts", 0)) * prices["text"]
    ) / 1_000_000


def _error_in(heard: Heard) -> ProviderError | None:
    vendor = f"finish {heard.finish or '-'}, block {heard.block or '-'}: {heard.text}"[:500]
    if heard.block or heard.finish in REFUSALS:
        return ProviderRefused(vendor=vendor)
    if heard.text.strip() or heard.finish == BROKEN_OFF:
        return None
    return ProviderBadAnswer(vendor=vendor, most_tries=2 if heard.finish in ODD_ENDS else None)


def _told_apart(error: ProviderError) -> ProviderError:
    """A model that is gone, and a file that is, answered like a wrong request or a wrong key."""
    if NO_SUCH_FILE.search(error.vendor) and not GONE.search(error.vendor):
        return ProviderBadRequest(vendor=error.vendor)
    return ProviderModelGone(vendor=error.vendor) if GONE.search(error.vendor) else error
