"""The google-genai SDK, and nobody else imports it: calls with a deadline, answers as plain values,
errors as ours.

The SDK bounds each read, not the call, so its sockets look at the call's deadline themselves. Its
own retries stay off: `services/providers/tries.py` has the one loop.
"""

from __future__ import annotations

import contextlib
import io
import json
import ssl
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import certifi

from photoai.errors import ProviderBadAnswer, ProviderOverloaded, ProviderTimeout
from photoai.services.providers.videos import Check, go_on

from .refusals import error_of
from .sockets import bounded, transport

API_VERSION = "v1beta"
POLL_SEC = 0.25


def load() -> None:
    """Load the SDK now: it takes half a second, which the first guest should not wait for."""
    import google.genai  # noqa: F401

    # Words that are newer than the SDK are no news for the log.
    warnings.filterwarnings("ignore", message=".* is not a valid ", module=r"google\.genai")


@dataclass(frozen=True)
class Image:
    """An image to send: its bytes, or the address the Files API gave it."""

    mime: str
    data: bytes = b""
    uri: str = ""


@dataclass(frozen=True)
class Uploaded:
    """A file at Google: `expires` is a `time.time()` value."""

    uri: str
    expires: float


@dataclass(frozen=True)
class Reply:
    """What a model answered. `image` is its last one that is no thought, None when there is none;
    `finish` and `block` are Google's own words, empty when it said none; `usage` counts tokens."""

    image: bytes | None
    finish: str
    block: str
    text: str
    usage: Mapping[str, int]
    model_version: str
    request_id: str


class Wire:
    """One client for each key, kept: a client that is closed takes calls with it."""

    def __init__(self, base_url: str, connections: int) -> None:
        self._base_url = base_url
        self._connections = connections
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def generate(
        self,
        key: str,
        model: str,
        images: Sequence[Image],
        text: str,
        *,
        aspect_ratio: str,
        image_size: str,
        thinking_level: str | None,
        deadline: float,
    ) -> Reply:
        """Ask for one image: the images first, the text last.

        Raises:
            ProviderError: one of its subclasses.
        """
        from google.genai import types

        parts = [*map(_part, images), types.Part.from_text(text=text)]
        thinking = (
            types.ThinkingConfig(thinking_level=types.ThinkingLevel(thinking_level.upper()))
            if thinking_level
            else None
        )
        with self.call(key, deadline) as (client, options):
            answer = client.models.generate_content(
                model=model,
                contents=types.Content(role="user", parts=parts),
                config=types.GenerateContentConfig(
                    response_modalities=["IMAGE"],
                    image_config=types.ImageConfig(
                        aspect_ratio=aspect_ratio, image_size=image_size
                    ),
                    thinking_config=thinking,
                    automatic_continuation=False,  # each would be billed
                    http_options=options(),
                ),
            )
            return _reply(answer)

    def upload(self, key: str, data: bytes, mime: str, deadline: float) -> Uploaded:
        """Put a file into the Files API and wait until it can be used.

        Raises:
            ProviderError: one of its subclasses.
        """
        from google.genai import types

        with self.call(key, deadline) as (client, options):
            config = types.UploadFileConfig(mime_type=mime, http_options=options())
            file = client.files.upload(file=io.BytesIO(data), config=config)
            while file.state == types.FileState.PROCESSING:
                if time.monotonic() + POLL_SEC > deadline:
                    raise ProviderTimeout(vendor="the file is still processed")
                time.sleep(POLL_SEC)
                file = client.files.get(
                    name=file.name, config=types.GetFileConfig(http_options=options())
                )
        if file.state != types.FileState.ACTIVE or not file.uri:
            raise ProviderBadAnswer(vendor=f"file {file.state}: {file.error}")
        expires = file.expiration_time or datetime.now(UTC)
        return Uploaded(file.uri, expires.timestamp())

    def check(self, key: str, model: str, deadline: float) -> None:
        """Whether the key may use the model; costs nothing.

        Raises:
            ProviderError: one of its subclasses.
        """
        from google.genai import types

        with self.call(key, deadline) as (client, options):
            config = types.GetModelConfig(http_options=options())
            client.models.get(model=model, config=config)

    @contextlib.contextmanager
    def call(
        self, key: str, deadline: float, check: Check = go_on
    ) -> Iterator[tuple[Any, Callable[[], Any]]]:
        """The client and what makes a request's options (the SDK writes into them); whatever goes
        wrong inside becomes ours. `check` ends the call by raising what is none of the SDK's."""
        import httpx2
        from google.genai import errors, types

        def options() -> Any:
            if (seconds := deadline - time.monotonic()) <= 0:
                raise ProviderTimeout
            return types.HttpOptions(timeout=max(1, round(seconds * 1000)))

        try:
            with bounded(deadline, check):
                yield self._client(key), options
        except errors.APIError as error:
            body = error.details if isinstance(error.details, dict) else {}
            ours = error_of(error.code or 0, body)
            ours.vendor = ours.vendor.replace(key, "KEY")  # Google names the one it suspended
            raise ours from None
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise ProviderOverloaded(vendor=repr(error), unreached=True) from None
        except httpx2.TimeoutException as error:
            raise ProviderTimeout(vendor=repr(error)) from None
        except httpx2.TransportError as error:
            raise ProviderOverloaded(vendor=repr(error)) from None
        except (
            json.JSONDecodeError,
            errors.UnknownApiResponseError,
            ValueError,
            KeyError,
        ) as error:
            raise ProviderBadAnswer(vendor=f"{type(error).__name__}: {error}"[:500]) from None

    def _client(self, key: str) -> Any:
        with self._lock:
            if key not in self._clients:
                self._clients[key] = _client(key, self._base_url, self._connections)
            return self._clients[key]


def _client(key: str, base_url: str, connections: int) -> Any:
    load()
    from google import genai
    from google.genai import types

    # The system's store would be asked through truststore, which does not fit gevent.
    tls = ssl.create_default_context(cafile=certifi.where())
    return genai.Client(
        api_key=key,
        vertexai=False,
        http_options=types.HttpOptions(
            base_url=base_url,
            api_version=API_VERSION,
            client_args={
                "transport": transport(tls, connections),
                "verify": tls,
                "event_hooks": {"response": [_refuse_a_failed_piece]},
            },
        ),
    )


def _refuse_a_failed_piece(response: Any) -> None:
    """The SDK would send a piece of a file again, up to three times, and sleep in between."""
    from google.genai import errors

    if "upload" not in response.request.headers.get("x-goog-upload-command", ""):
        return
    if not response.headers.get("x-goog-upload-status") or response.status_code >= 400:
        response.read()
        errors.APIError.raise_for_response(response)
        raise ValueError(f"a piece was answered by {response.status_code} without a status")


def _part(image: Image) -> Any:
    from google.genai import types

    if image.uri:
        return types.Part.from_uri(file_uri=image.uri, mime_type=image.mime)
    return types.Part.from_bytes(data=image.data, mime_type=image.mime)


def _reply(answer: Any) -> Reply:
    candidate = answer.candidates[0] if answer.candidates else None
    content = candidate.content if candidate else None
    parts = (content.parts if content else None) or []
    feedback = answer.prompt_feedback
    return Reply(
        image=_last_image(parts),
        finish=word(candidate.finish_reason if candidate else None),
        block=word(feedback.block_reason if feedback else None),
        text=" ".join(part.text for part in parts if part.text)[:500],
        usage=_usage(answer.usage_metadata),
        model_version=answer.model_version or "",
        request_id=answer.response_id or "",
    )


def _last_image(parts: Iterable[Any]) -> bytes | None:
    """Models that think send drafts before the picture itself."""
    images = [
        part.inline_data.data
        for part in parts
        if part.inline_data and part.inline_data.data and not part.thought
    ]
    return images[-1] if images else None


def word(value: Any) -> str:
    """Google's own word, also one that the SDK does not know."""
    return str(getattr(value, "value", value) or "")


def _usage(counted: Any) -> dict[str, int]:
    """Tokens by kind: what was sent, the image, other words of the answer, thoughts."""
    if counted is None:
        return {}
    details = counted.candidates_tokens_details or []
    image = sum(each.token_count or 0 for each in details if word(each.modality) == "IMAGE")
    answered = counted.candidates_token_count or 0
    return {
        "input": counted.prompt_token_count or 0,
        "image": image or answered,
        "text": answered - image if image else 0,
        "thoughts": counted.thoughts_token_count or 0,
        "total": counted.total_token_count or 0,
    }
