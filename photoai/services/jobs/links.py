"""Where a job is found over HTTP: answers, live events and webhooks all say the same."""

from __future__ import annotations

from photoai.models import Job


def job_links(job: Job, base: str) -> dict[str, str]:
    """`base` is that of all absolute links, without a slash at its end."""
    own = f"{base}/api/tasks/{job.public_id}"
    return {"self": own, "events": f"{own}/events", "result": f"{own}/result", "cancel": own}
