"""What a webhook tells of a job is what its owner is told of it."""

from __future__ import annotations

from photoai.models import PHOTO, Job
from photoai.schemas.jobs import JobSchema
from photoai.services.clock import utcnow
from photoai.services.pickup_links import PickupLinks
from photoai.services.secrets import Secrets
from photoai.services.webhooks.message import facts


def test_no_field_of_a_job_is_missing() -> None:
    job = Job(
        public_id="a", kind=PHOTO, state="succeeded", progress=1.0, attempt=1, created=utcnow(),
        params={"sha256": "0" * 64}, result={},
    )  # fmt: skip
    told = facts(job, "https://photos.example", PickupLinks(Secrets("a key")))
    known = {field.data_key or name for name, field in JobSchema().fields.items()}
    assert told.keys() == known - {"queue_position"}, "only what waits has a place in the queue"
