"""A photo to OpenAI and back: which images in which order, which words, what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from photoai.errors import ProviderBadAnswer
from photoai.services.catalogue import ModelEntry, ProviderEntry
from photoai.services.clock import utcnow
from photoai.services.providers.models import chosen, cost_of_tokens
from photoai.services.providers.port import Answer, Ask, Means, checked_key
from photoai.services.providers.quota import Quota
from photoai.services.providers.words import references, told

from . import protocol
from .protocol import QUALITY
from .wire import Drawn, Wire

PROVIDER = "openai"


class OpenaiProvider:
    """The GPT Image models, which draw a new image from those they are shown."""

    def __init__(self, means: Means) -> None:
        self.address = means.config.openai_base_url
        self._choices = means.choices
        self._key_of = means.key_of
        self._entry: ProviderEntry = means.catalogue.providers[PROVIDER]
        self._protocol = protocol.load(self._entry.protocol)
        self._wire = Wire(means.config.openai_base_url)
        self._quota = Quota(self._entry.quotas)

    def configured(self) -> bool:
        return bool(self._key_of(PROVIDER))

    def finish(self, ask: Ask) -> Answer:
        """See `Provider.finish`."""
        key = self._key()
        model = chosen(self._entry, self._choices, ask.settings.get("model"))
        size = self._protocol.size(ask.output.width, ask.output.height)
        form = self._protocol.form(model.id, ask.settings) | {"size": size, "prompt": told(ask)}
        self._take_place(key, model)
        drawn = self._wire.edit(key, [ask.photo, *references(ask)], form, ask.deadline)
        self._quota.used(drawn.usage.get("total", 0), key, model.id)
        cost = self._cost(model, form, drawn)
        if drawn.image is None:
            raise ProviderBadAnswer(vendor=drawn.said, cost=cost or 0.0)
        return Answer(
            image=drawn.image,
            model=model.id,
            usage=drawn.usage,
            cost=cost,
            request_id=drawn.request_id,
            notes={"size": size, QUALITY: form.get(QUALITY, "")},
        )

    def ping(self, deadline: float) -> None:
        """See `Pinged.ping`."""
        self._wire.check(self._key(), chosen(self._entry, self._choices).id, deadline)

    def _key(self) -> str:
        return checked_key(self._key_of(PROVIDER))

    def _take_place(self, key: str, model: ModelEntry) -> None:
        now = utcnow()
        today = now.date()
        midnight = datetime.combine(today + timedelta(days=1), time(), UTC)
        left_sec = (midnight - now).total_seconds()
        self._quota.take(key, model.id, today=today.isoformat(), seconds_to_reset=left_sec)

    def _cost(self, model: ModelEntry, form: Mapping[str, str], drawn: Drawn) -> float | None:
        """In USD: an operator's own price, else what the tokens cost, else the catalogue's price of
        an image, which is that of the usual quality."""
        own = self._choices.prices(PROVIDER).get(model.id, {}).get(form["size"])
        if own is not None:
            return own
        counted = {kind: tokens for kind, tokens in drawn.usage.items() if kind != "total"}
        found = cost_of_tokens(model, counted)
        if found is None and form.get(QUALITY) == self._protocol.fields.get(QUALITY):
            found = model.price_per_image.get(form["size"])
        return found
