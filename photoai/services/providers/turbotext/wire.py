"""TurboText's protocol: forms out, JSON back (https://www.turbotext.ru/api_ai)."""

from __future__ import annotations

import io
import time
from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from photoai.errors import (
    FetchFailed,
    FetchRefused,
    FetchTooLarge,
    FetchTooSlow,
    PhotoaiError,
    ProviderBadAnswer,
    ProviderBadRequest,
    ProviderError,
    ProviderNotConfigured,
    ProviderOverloaded,
    ProviderQuota,
    ProviderTimeout,
)
from photoai.services.fetch import NOT_ARRIVED, Fetcher, Form

from . import answers

ANSWER_MAX_BYTES, IMAGE_MAX_BYTES = 1_000_000, 50_000_000
CREATE_WITHIN_SEC, POLL_WITHIN_SEC = 30.0, 10.0
# Other statuses may come from somebody who stands before a server that took it.
NOT_TAKEN = {429, 503}
DOWNLOAD_TRIES, DOWNLOAD_PAUSE_SEC = 3, 1.0


class AnswerLost(Exception):
    """The request may have been taken; what was answered is not known."""


class Wire:
    """Talks to `base_url`; images are taken from its host and from `image_hosts` alone.

    Raises:
        ConfigError: one of them is not a host.
    """

    def __init__(self, base_url: str, image_hosts: Collection[str]) -> None:
        host = urlsplit(base_url).hostname or ""
        # Whoever sets up the server may have it lead to their own network.
        self._fetcher = Fetcher([host])
        self._base_url = base_url.rstrip("/")
        self._image_hosts = {*image_hosts, host}

    def create(self, key: str, method: str, fields: Mapping[str, str], deadline: float) -> str:
        """Ask for work; what the vendor calls it.

        Raises:
            ProviderError: it was not taken.
            AnswerLost
        """
        deadline = min(deadline, time.monotonic() + CREATE_WITHIN_SEC)
        try:
            answer = self._ask(key, method, {"do": "create_queue", **fields}, deadline)
        except (FetchFailed, FetchTooSlow, FetchTooLarge, FetchRefused) as error:
            raise _trouble_of_create(error) from error
        answers.check(answer)
        taken = answers.request_id(answer)
        if taken is None:
            raise ProviderBadAnswer(vendor="a request without an id", most_tries=1)
        return taken

    def result(
        self, key: str, method: str, request_id: str, deadline: float
    ) -> answers.Answer | None:
        """The answer, or None as long as there is none.

        Raises:
            ProviderError: as it is now; only what `retryable` is worth asking again.
        """
        fields = {"do": "get_result", "queueid": request_id}
        try:
            answer = self._ask(
                key, method, fields, min(deadline, time.monotonic() + POLL_WITHIN_SEC)
            )
        except (FetchFailed, FetchTooSlow, FetchTooLarge, FetchRefused) as error:
            raise _trouble(error) from error
        return None if answers.is_pending(answer) or answers.is_limit(answer) else answer

    def image(self, answer: answers.Answer, deadline: float) -> bytes:
        """The finished image.

        Raises:
            ProviderBadAnswer: there is none at the vendor's, or it cannot be had.
            ProviderTimeout
        """
        url = answers.image_url(answer, self._base_url)
        for left in reversed(range(DOWNLOAD_TRIES)):
            into = io.BytesIO()
            try:
                self._fetcher.fetch(
                    url, into, max_bytes=IMAGE_MAX_BYTES, deadline=deadline, hosts=self._image_hosts
                )
            except FetchTooSlow as error:
                raise ProviderTimeout(vendor="the image did not arrive in time") from error
            except FetchFailed as error:
                if not left or time.monotonic() + DOWNLOAD_PAUSE_SEC > deadline:
                    raise _no_image(error) from error
                time.sleep(DOWNLOAD_PAUSE_SEC)
            except (FetchRefused, FetchTooLarge) as error:
                raise _no_image(error) from error
            else:
                break
        return into.getvalue()

    def _ask(
        self, key: str, method: str, fields: Mapping[str, str], deadline: float
    ) -> answers.Answer:
        form = Form(fields, {"Authorization": f"Bearer {key}"})
        url = f"{self._base_url}/{method}"
        body = self._fetcher.post(url, form, max_bytes=ANSWER_MAX_BYTES, deadline=deadline)
        return answers.read(body)


def _trouble_of_create(error: PhotoaiError) -> Exception:
    reason, status = error.details.get("reason"), error.details.get("status")
    if isinstance(error, FetchRefused) or reason in NOT_ARRIVED:
        return _trouble(error)  # asking again makes no second bill
    if status in NOT_TAKEN or 400 <= (status or 0) < 500:
        return _trouble(error)
    return AnswerLost(str(reason))


def _trouble(error: PhotoaiError) -> ProviderError:
    reason, status = str(error.details.get("reason")), error.details.get("status", 0)
    said = f"{reason} {status or ''}".strip()
    if status in {401, 403}:
        return ProviderNotConfigured(vendor=said)
    if status == 429:
        return ProviderQuota(vendor=said)
    if isinstance(error, FetchRefused) or 300 <= status < 500:
        return ProviderBadRequest(vendor=said)
    return ProviderOverloaded(vendor=said, unreached=reason in NOT_ARRIVED)


def _no_image(error: PhotoaiError) -> ProviderBadAnswer:
    return ProviderBadAnswer(vendor=f"image: {error.details}", most_tries=1)
