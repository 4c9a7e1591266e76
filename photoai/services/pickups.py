"""Late pick-up: a guest's own way to a photo, by a link that lives as long as its result."""

from __future__ import annotations

import uuid

from photoai.errors import JobUnknown
from photoai.errors.pickups import PickupUnknown
from photoai.models import Job
from photoai.services.jobs import Jobs
from photoai.services.secrets import Secrets

PURPOSE = "pickup"
# What a link hides: a UUID, as all photos' ids are, in half its length; or an id as it is.
AS_UUID, AS_TEXT = b"u", b"t"


class Pickups:
    """A link hides its job's id, and nothing of it is stored: no photo waits for one more row to
    be written, and there is no list of links that anybody could take away."""

    def __init__(self, secrets: Secrets, jobs: Jobs) -> None:
        self._secrets = secrets
        self._jobs = jobs

    def token(self, public_id: str) -> str:
        """What stands for a photo's job in its guest's link, in 44 characters."""
        return self._secrets.hidden_token(PURPOSE, _packed(public_id))

    def is_ours(self, token: str) -> bool:
        """Whether it was made here; the database is not asked."""
        return self._secrets.hidden_subject(PURPOSE, token) is not None

    def job(self, token: str) -> Job:
        """The photo's job. Raises PickupUnknown, also while its account is off"""
        subject = self._secrets.hidden_subject(PURPOSE, token)
        if subject is None:
            raise PickupUnknown
        try:
            return self._jobs.behind_link(_unpacked(subject))
        except JobUnknown:
            raise PickupUnknown from None


def _packed(public_id: str) -> bytes:
    try:
        known = uuid.UUID(public_id)
    except ValueError:
        return AS_TEXT + public_id.encode()
    return AS_UUID + known.bytes if str(known) == public_id else AS_TEXT + public_id.encode()


def _unpacked(subject: bytes) -> str:
    kind, rest = subject[:1], subject[1:]
    return str(uuid.UUID(bytes=rest)) if kind == AS_UUID else rest.decode()
