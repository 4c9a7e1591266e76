"""Late pick-up: a guest's own way to a photo, by a link that lives as long as its result."""

from __future__ import annotations

from photoai.errors import JobUnknown
from photoai.errors.pickups import PickupUnknown
from photoai.models import Job
from photoai.services.jobs import Jobs
from photoai.services.pickup_links import PickupLinks


class Pickups:
    def __init__(self, links: PickupLinks, jobs: Jobs) -> None:
        self.links = links
        self._jobs = jobs

    def job(self, token: str) -> Job:
        """The photo's job. Raises PickupUnknown, also while its account is off"""
        public_id = self.links.public_id(token)
        if public_id is None:
            raise PickupUnknown
        try:
            return self._jobs.behind_link(public_id)
        except JobUnknown:
            raise PickupUnknown from None
