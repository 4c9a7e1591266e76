"""A photo to TurboText and back."""

from __future__ import annotations

import time

from photoai.db import Executor
from photoai.errors import (
    ProviderBadRequest,
    ProviderError,
    ProviderNotConfigured,
    ProviderRefused,
    ProviderTimeout,
)
from photoai.services.calls import Call
from photoai.services.providers.port import Answer, Ask, Means, checked_key

from . import answers, protocol
from .wire import AnswerLost, Wire

PROVIDER = "turbotext"
# Links live a little longer than the call, so that nobody's clock matters.
LINK_SPARE_SEC = 60.0
PING_METHOD, NO_REQUEST = "mix_images", "0"


class TurbotextProvider:
    """TurboText's image methods. Every request carries an address for its answer; it is asked for
    as well, because nothing promises that the delivery comes."""

    def __init__(self, means: Means) -> None:
        self.address = means.config.turbotext_base_url
        known = protocol.load(means.catalogue.providers[PROVIDER].protocol)
        self._methods: dict[str, protocol.Method] = known["methods"]
        self._poll_every_sec: float = known["poll_every_sec"]
        self._means = means
        self._base_url = means.config.public_base_url.rstrip("/")
        self._wire = Wire(means.config.turbotext_base_url, known["image_hosts"])

    def configured(self) -> bool:
        # Without an address of our own it could not fetch a single photo.
        return bool(self._base_url and self._means.key_of(PROVIDER))

    def ping(self, deadline: float) -> None:
        """Whether it answers and takes the key. Raises ProviderError."""
        try:
            answer = self._wire.result(self._key(), PING_METHOD, NO_REQUEST, deadline)
            if answer is not None:
                answers.check(answer)
        except ProviderBadRequest:
            return  # it knows no such request, but it read it

    def finish(self, ask: Ask) -> Answer:
        """See `Provider.finish`."""
        key, method = self._key(), self._methods.get(ask.operation)
        if method is None or not method.name:
            raise ProviderBadRequest(vendor=f"no method is known for {ask.operation}")
        call = self._means.calls.resumed(ask.job_id, PROVIDER) or self._made(key, method, ask)
        answer = self._awaited(key, method, call, ask.deadline)
        try:
            answers.check(answer)
        except ProviderRefused:
            call.not_taken()
            raise
        image = self._wire.image(answer, ask.deadline)
        return Answer(image, model=method.name, request_id=call.request_id or "")

    def ended(self, db: Executor, job_id: str) -> None:
        """See `Delivered.ended`."""
        self._means.calls.end(db, job_id)

    def delivered(self, token: str, body: bytes) -> None:
        """See `Delivered.delivered`."""
        self._means.calls.check_expected(PROVIDER, token)
        answer = answers.read(body)
        if answers.is_pending(answer):
            return
        self._means.calls.deliver(PROVIDER, token, answers.request_id(answer) or "", answer)

    def _made(self, key: str, method: protocol.Method, ask: Ask) -> Call:
        fields = method.fields(ask, self._links(method, ask))
        call = self._means.calls.begin(ask.job_id, PROVIDER)
        fields["webhook"] = f"{self._base_url}/api/webhooks/{PROVIDER}/{call.token}"
        try:
            call.accepted(self._wire.create(key, method.name, fields, ask.deadline))
        except ProviderError:
            call.not_taken()
            raise
        except AnswerLost:
            pass  # it may have been taken, and billed: only the delivery can tell
        return call

    def _links(self, method: protocol.Method, ask: Ask) -> dict[str, str]:
        pictures = {protocol.PHOTO: ask.photo, **ask.images}
        seconds = max(0.0, ask.seconds_left) + LINK_SPARE_SEC
        return {
            name: self._means.publish(ask.user_id, pictures[name], seconds)
            for name in method.images()
            if name in pictures
        }

    def _awaited(
        self, key: str, method: protocol.Method, call: Call, deadline: float
    ) -> answers.Answer:
        """The answer, delivered or asked for. Raises ProviderError."""
        while time.monotonic() < deadline:
            answer = call.delivered(min(deadline, time.monotonic() + self._poll_every_sec))
            if answer is None and call.request_id is not None:
                answer = self._asked_for(key, method, call.request_id, deadline)
            if answer is not None:
                return answer
        raise ProviderTimeout(vendor="no answer" if call.request_id else "the create got no answer")

    def _asked_for(
        self, key: str, method: protocol.Method, request_id: str, deadline: float
    ) -> answers.Answer | None:
        try:
            return self._wire.result(key, method.name, request_id, deadline)
        except ProviderError:
            return None  # this question went wrong; the work is ordered and may still be done

    def _key(self) -> str:
        if not self._base_url:
            raise ProviderNotConfigured(vendor="PUBLIC_BASE_URL is not set")
        return checked_key(self._means.key_of(PROVIDER))
