"""OpenAI's API (https://developers.openai.com/api/reference): a form out, JSON back."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from urllib3.filepost import encode_multipart_formdata

from photoai.errors import (
    FetchFailed,
    FetchRefused,
    FetchTooLarge,
    FetchTooSlow,
    ProviderBadAnswer,
    ProviderBadRequest,
    ProviderOverloaded,
    ProviderTimeout,
)
from photoai.services.fetch import NOT_ARRIVED, Fetcher, Message, Question, Reply
from photoai.services.photos import Picture

from .refusals import error_of

ANSWER_MAX_BYTES = 50_000_000


@dataclass(frozen=True)
class Drawn:
    """What a model answered: the image, None when there is none that can be read; `usage` counts
    tokens by kind; `said` is for the log."""

    image: bytes | None
    usage: Mapping[str, int]
    said: str
    request_id: str


class Wire:
    """Talks to `base_url`, version included.

    Raises:
        ConfigError: it names no host.
    """

    def __init__(self, base_url: str) -> None:
        # Whoever sets up the server may have it lead to their own network.
        self._fetcher = Fetcher([urlsplit(base_url).hostname or ""])
        self._base_url = base_url.rstrip("/")

    def edit(
        self, key: str, images: Sequence[Picture], fields: Mapping[str, str], deadline: float
    ) -> Drawn:
        """Ask for one image made of others, the first of them leading.

        Raises:
            ProviderError: one of its subclasses.
        """
        texts = [(name, value.encode("utf-8", "replace")) for name, value in fields.items()]
        files = [("image[]", _file(number, each)) for number, each in enumerate(images, 1)]
        content, mime = encode_multipart_formdata([*texts, *files])
        question = Message(content, mime, _authorized(key)).question
        return _drawn(self._asked(key, "/images/edits", question, deadline))

    def check(self, key: str, model: str, deadline: float) -> None:
        """Whether the key may use the model; costs nothing.

        Raises:
            ProviderError: one of its subclasses.
        """
        question = Question(headers=_authorized(key))
        self._asked(key, f"/models/{quote(model, safe='')}", question, deadline)

    def _asked(self, key: str, path: str, question: Question, deadline: float) -> Reply:
        url = self._base_url + path
        try:
            reply = self._fetcher.exchange(
                url, question, max_bytes=ANSWER_MAX_BYTES, deadline=deadline
            )
        except FetchTooSlow:
            raise ProviderTimeout(vendor="no whole answer in time") from None
        except FetchTooLarge:
            raise ProviderBadAnswer(vendor="the answer is far too large") from None
        except FetchRefused as error:
            raise ProviderBadRequest(vendor=f"address: {error.details}") from None
        except FetchFailed as error:
            unreached = error.details.get("reason") in NOT_ARRIVED
            raise ProviderOverloaded(vendor=str(error.details), unreached=unreached) from None
        if reply.status != 200:
            refusal = error_of(reply)
            refusal.vendor = refusal.vendor.replace(key, "KEY")
            raise refusal
        return reply


def _authorized(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _file(number: int, picture: Picture) -> tuple[str, bytes, str]:
    return f"{number}.{picture.mime.removeprefix('image/')}", picture.data, picture.mime


def _drawn(reply: Reply) -> Drawn:
    request_id = reply.headers.get("x-request-id", "")
    try:
        body = json.loads(reply.content)
    except (ValueError, RecursionError):
        said = reply.content[:200].decode("utf-8", "replace")
        return Drawn(None, {}, f"no JSON: {said}", request_id)
    answer = body if isinstance(body, dict) else {}
    images = answer.get("data")
    first = images[0] if isinstance(images, list) and images else None
    image = _decoded(first.get("b64_json")) if isinstance(first, dict) else None
    said = "" if image else f"no image among {sorted(answer)}"
    return Drawn(image, _usage(answer.get("usage")), said[:500], request_id)


def _decoded(text: object) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        return None


def _usage(counted: object) -> dict[str, int]:
    """Tokens by kind: words and images that were sent, the image, words of the answer."""
    if not isinstance(counted, dict):
        return {}
    sent, answered = _count(counted, "input_tokens"), _count(counted, "output_tokens")
    images_in = _count(counted.get("input_tokens_details"), "image_tokens")
    text_out = _count(counted.get("output_tokens_details"), "text_tokens")
    return {
        "input": max(0, sent - images_in),
        "input_image": images_in,
        "image": max(0, answered - text_out),
        "text": text_out,
        "total": _count(counted, "total_tokens"),
    }


def _count(counted: Any, name: str) -> int:
    found = counted.get(name) if isinstance(counted, dict) else None
    return found if type(found) is int and found > 0 else 0
