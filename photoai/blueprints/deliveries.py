"""Webhooks of ended jobs: what was sent and how that went, sending again, the secret."""

from __future__ import annotations

from typing import Any

from photoai.models import Job
from photoai.schemas.deliveries import DeliveryListSchema, DeliverySchema, WebhookSecretSchema
from photoai.services.webhooks import Delivery

from .bodies import Blueprint
from .context import services
from .guard import caller, signed_in

blp = Blueprint("deliveries", __name__, url_prefix="/api", description="Webhooks of ended jobs.")


@blp.get("/tasks/<task_id>/deliveries")
@signed_in
@blp.response(200, DeliveryListSchema)
def deliveries(task_id: str) -> dict[str, Any]:
    """What has been told of a job's ends, the oldest first, with every try."""
    found = services().webhooks.of_job(_job(task_id))
    return {"data": found, "meta": {"total": len(found)}}


@blp.post("/tasks/<task_id>/deliveries/<delivery_id>/redeliver")
@signed_in
@blp.response(202, DeliverySchema)
def redeliver(task_id: str, delivery_id: str) -> Delivery:
    """Send it again now, under the same id."""
    return services().webhooks.send_again(_job(task_id), delivery_id)


@blp.get("/webhook_secret")
@signed_in
@blp.response(200, WebhookSecretSchema)
def secret() -> dict[str, str]:
    """What the signatures of the caller's webhooks are made with."""
    return {"secret": services().webhooks.secret(caller())}


def _job(task_id: str) -> Job:
    return services().jobs.get(caller(), task_id)
