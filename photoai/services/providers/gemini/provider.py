"""A photo to Gemini and back: which images in which order, which words, what it costs."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from photoai.errors import ProviderBadRequest, ProviderNotConfigured, ProviderTimeout
from photoai.services.catalogue import ModelEntry, ProviderEntry
from photoai.services.photos import Picture
from photoai.services.providers.models import chosen, cost_of_tokens, nearest
from photoai.services.providers.port import Answer, Ask, Means, checked_key
from photoai.services.providers.quota import Quota
from photoai.services.providers.videos import VideoMind
from photoai.services.providers.words import references, told

from .refusals import PACIFIC, error_without_image, seconds_to_reset
from .videos import GeminiVideos
from .wire import Image, Reply, Uploaded, Wire, load

PROVIDER = "gemini"
IMAGE_SIZE = "1K"
RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9")
# A request may have 20 MB; base64 makes four bytes of three, and words and braces need some room.
MOST_INLINE_BYTES = 14_000_000
# A file lives 48 h; an hour before that nobody begins a call with it.
SPARE_SEC = 3600.0


class GeminiProvider:
    """Gemini's image models through the developer API."""

    def __init__(self, means: Means) -> None:
        self.address = means.config.gemini_base_url
        self._choices = means.choices
        self._key_of = means.key_of
        self._entry: ProviderEntry = means.catalogue.providers[PROVIDER]
        self._wire = Wire(means.config.gemini_base_url, means.config.web_connections)
        self._quota = Quota(self._entry.quotas)
        self._files = _Files(self._wire)
        self._videos = self._watching(means)
        if means.config.gemini_api_key:  # keys that were typed in are not readable yet
            load()

    @property
    def videos(self) -> VideoMind | None:
        """See `Watching.videos`."""
        return self._videos

    def configured(self) -> bool:
        return bool(self._key_of(PROVIDER))

    def finish(self, ask: Ask) -> Answer:
        """See `Provider.finish`."""
        key = self._key()
        model = chosen(self._entry, self._choices, ask.settings.get("model"))
        price = self._choices.prices(PROVIDER).get(model.id, {}).get(IMAGE_SIZE)
        today = datetime.now(PACIFIC).date().isoformat()
        self._quota.take(key, model.id, today=today, seconds_to_reset=seconds_to_reset())
        reply = self._asked(key, model, ask)
        self._quota.used(reply.usage.get("total", 0), key, model.id)
        if reply.image is None:
            error = error_without_image(reply.finish, reply.block, reply.text)
            error.cost = _cost_of_tokens(model, reply.usage) or 0.0
            raise error
        return Answer(
            image=reply.image,
            model=model.id,
            model_version=reply.model_version,
            usage=reply.usage,
            cost=_cost(model, reply.usage) if price is None else price,
            request_id=reply.request_id,
        )

    def ping(self, deadline: float) -> None:
        """See `Pinged.ping`."""
        self._wire.check(self._key(), chosen(self._entry, self._choices).id, deadline)

    def _watching(self, means: Means) -> GeminiVideos | None:
        if self._entry.video is None:
            return None
        return GeminiVideos(
            self._wire,
            self._entry.video,
            lambda: means.key_of(PROVIDER),
            means.config.gemini_video_model,
            means.config.gemini_video_fallback_model,
        )

    def _key(self) -> str:
        return checked_key(self._key_of(PROVIDER))

    def _asked(self, key: str, model: ModelEntry, ask: Ask) -> Reply:
        own = references(ask)
        try:
            return self._generate(key, model, ask, own)
        except (ProviderNotConfigured, ProviderBadRequest):
            # A file that Google has forgotten is answered like a wrong key or a wrong request.
            if not self._files.forget(key, own):
                raise
            return self._generate(key, model, ask, own)

    def _generate(self, key: str, model: ModelEntry, ask: Ask, own: Sequence[Picture]) -> Reply:
        images = [self._guest(key, ask)]
        images += [self._files.image(key, each, ask.deadline) for each in own]
        return self._wire.generate(
            key,
            model.id,
            images,
            told(ask),
            aspect_ratio=nearest_ratio(ask.output.width, ask.output.height),
            image_size=IMAGE_SIZE,
            thinking_level=model.thinking_level,
            deadline=ask.deadline,
        )

    def _guest(self, key: str, ask: Ask) -> Image:
        if len(ask.photo.data) > MOST_INLINE_BYTES:
            file = self._wire.upload(key, ask.photo.data, ask.photo.mime, ask.deadline)
            return Image(ask.photo.mime, uri=file.uri)
        return Image(ask.photo.mime, ask.photo.data)


class _Files:
    """The slots' own images at Google, sent once and named from then on."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._known: dict[tuple[str, str], Uploaded] = {}
        self._locks: defaultdict[tuple[str, str], threading.Lock] = defaultdict(threading.Lock)

    def image(self, key: str, picture: Picture, deadline: float) -> Image:
        """Raises ProviderError."""
        name = _name(key, picture)
        # Three hundred guests of one slot need one upload.
        if not self._locks[name].acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise ProviderTimeout(vendor="another call still uploads the slot's image")
        try:
            known = self._known.get(name)
            if known is None or known.expires - SPARE_SEC < time.time():
                known = self._wire.upload(key, picture.data, picture.mime, deadline)
                self._known[name] = known
        finally:
            self._locks[name].release()
        return Image(picture.mime, uri=known.uri)

    def forget(self, key: str, pictures: Sequence[Picture]) -> bool:
        """Whether any of them was known; it will be sent again."""
        gone = [self._known.pop(_name(key, picture), None) for picture in pictures]
        return any(gone)


def nearest_ratio(width: int, height: int) -> str:
    """The supported aspect ratio that is nearest to the picture's."""
    return nearest(RATIOS, width, height)


def _cost(model: ModelEntry, usage: Mapping[str, int]) -> float | None:
    """In USD: what the tokens cost where all their prices are known, else an image's price."""
    found = _cost_of_tokens(model, usage)
    return model.price_per_image.get(IMAGE_SIZE) if found is None else found


def _cost_of_tokens(model: ModelEntry, usage: Mapping[str, int]) -> float | None:
    thought = usage.get("text", 0) + usage.get("thoughts", 0)
    counted = {"input": usage.get("input", 0), "image": usage.get("image", 0), "text": thought}
    return cost_of_tokens(model, counted)


def _name(key: str, picture: Picture) -> tuple[str, str]:
    return key, hashlib.sha256(picture.data).hexdigest()
