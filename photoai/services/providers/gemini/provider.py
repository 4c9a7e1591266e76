"""A photo to Gemini and back: which images in which order, which words, what it costs."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from photoai.errors import ProviderBadRequest, ProviderNotConfigured, ProviderTimeout
from photoai.services.catalogue import ModelEntry, ProviderEntry
from photoai.services.photos import Picture
from photoai.services.providers.port import Answer, Ask, Means, checked_key
from photoai.services.providers.quota import Quota
from photoai.services.providers.videos import VideoMind

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
# The guest's photo comes first, then the slot's own images in this order.
ORDER = ("reference", "base", "overlay")
WORDS = {
    "style_transfer": (
        "Redraw the first image, a photo of guests, in the style of the second image. Keep the"
        " people, their faces and poses and the composition of the photo. Strength of the style:"
        " {percent} %."
    ),
    "combine_images": (
        "The first image is a photo of guests, the second a scene, the third an overlay. Put the"
        " guests into the scene with fitting light and scale, keep their faces as they are, then"
        " lay the overlay on top of everything."
    ),
    "change_image": "",
}


class GeminiProvider:
    """Gemini's image models through the developer API."""

    def __init__(self, means: Means) -> None:
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
        model = self._model(ask.settings.get("model"))
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
        self._wire.check(self._key(), self._model().id, deadline)

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

    def _model(self, wanted: object = None) -> ModelEntry:
        models = self._entry.models
        name = str(wanted or self._choices.default_model(PROVIDER) or "")
        if not name:
            return next(model for model in models.values() if model.default)
        if name not in models:
            raise ProviderBadRequest(vendor=f"the catalogue has no model {name}")
        return models[name]

    def _asked(self, key: str, model: ModelEntry, ask: Ask) -> Reply:
        references = [ask.images[name] for name in ORDER if name in ask.images]
        try:
            return self._generate(key, model, ask, references)
        except (ProviderNotConfigured, ProviderBadRequest):
            # A file that Google has forgotten is answered like a wrong key or a wrong request.
            if not self._files.forget(key, references):
                raise
            return self._generate(key, model, ask, references)

    def _generate(self, key: str, model: ModelEntry, ask: Ask, references: list[Picture]) -> Reply:
        images = [self._guest(key, ask)]
        images += [self._files.image(key, each, ask.deadline) for each in references]
        return self._wire.generate(
            key,
            model.id,
            images,
            _words(ask),
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

    def forget(self, key: str, pictures: list[Picture]) -> bool:
        """Whether any of them was known; it will be sent again."""
        gone = [self._known.pop(_name(key, picture), None) for picture in pictures]
        return any(gone)


def nearest_ratio(width: int, height: int) -> str:
    """The supported aspect ratio that is nearest to the picture's, by the factor between them."""

    def factor(ratio: str) -> float:
        across, down = map(int, ratio.split(":"))
        return max(width * down / (height * across), height * across / (width * down))

    return min(RATIOS, key=factor)


def _words(ask: Ask) -> str:
    strength = ask.settings.get("style_strength", 0.65)
    told = WORDS.get(ask.operation, "").format(percent=round(100 * strength))
    return "\n\n".join(part for part in (told, ask.prompt.strip()) if part)


def _cost(model: ModelEntry, usage: Mapping[str, int]) -> float | None:
    """In USD: what the tokens cost where all their prices are known, else an image's price."""
    found = _cost_of_tokens(model, usage)
    return model.price_per_image.get(IMAGE_SIZE) if found is None else found


def _cost_of_tokens(model: ModelEntry, usage: Mapping[str, int]) -> float | None:
    priced = {**usage, "text": usage.get("text", 0) + usage.get("thoughts", 0)}
    kinds = [kind for kind in ("input", "image", "text") if priced.get(kind)]
    prices = model.price_per_million_tokens
    if kinds and all(kind in prices for kind in kinds):
        return sum(priced[kind] * prices[kind] for kind in kinds) / 1_000_000
    return None


def _name(key: str, picture: Picture) -> tuple[str, str]:
    return key, hashlib.sha256(picture.data).hexdigest()
