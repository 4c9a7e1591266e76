"""The address of a guest's page of a photo: what answers, pages and webhooks say of it."""

from __future__ import annotations

import uuid

from photoai.models import Job
from photoai.services.secrets import Secrets

PURPOSE = "pickup"
# What a link hides: a UUID, as all photos' ids are, in half its length; or an id as it is.
AS_UUID, AS_TEXT = b"u", b"t"


class PickupLinks:
    """A link hides its job's id, and nothing of it is stored: no photo waits for one more row to
    be written, and there is no list of links that anybody could take away."""

    def __init__(self, secrets: Secrets) -> None:
        self._secrets = secrets

    def token(self, public_id: str) -> str:
        """What stands for a photo's job in its guest's link, in 44 characters."""
        return self._secrets.hidden_token(PURPOSE, _packed(public_id))

    def public_id(self, token: str) -> str | None:
        """The job a token stands for, there or not; None when it was not made here. The database
        is not asked."""
        subject = self._secrets.hidden_subject(PURPOSE, token)
        return None if subject is None else _unpacked(subject)

    def url(self, public_id: str, base: str) -> str:
        """`base` is that of all absolute links, without a slash at its end."""
        return f"{base}/p/{self.token(public_id)}"

    def shown(self, job: Job, base: str) -> dict[str, str]:
        """What a job's JSON says of its guest's page; nothing when it has no guest."""
        return {"pickup_url": self.url(job.public_id, base)} if job.is_photo else {}


def _packed(public_id: str) -> bytes:
    try:
        known = uuid.UUID(public_id)
    except ValueError:
        return AS_TEXT + public_id.encode()
    return AS_UUID + known.bytes if str(known) == public_id else AS_TEXT + public_id.encode()


def _unpacked(subject: bytes) -> str:
    kind, rest = subject[:1], subject[1:]
    return str(uuid.UUID(bytes=rest)) if kind == AS_UUID else rest.decode()
