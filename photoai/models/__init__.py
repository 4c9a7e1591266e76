"""The tables: columns and facts only."""

from .accounts import RevokedToken, Role, User
from .calls import ProviderCall
from .jobs import Job, JobAttempt, JobState, Permit
from .media import MediaObject
from .settings import Setting
from .slots import LogStatus, ProcessingDay, ProcessingLog, Slot
from .webhooks import DeliveryState, WebhookDelivery, WebhookTry

__all__ = [
    "DeliveryState",
    "Job",
    "JobAttempt",
    "JobState",
    "LogStatus",
    "MediaObject",
    "Permit",
    "ProcessingDay",
    "ProcessingLog",
    "ProviderCall",
    "RevokedToken",
    "Role",
    "Setting",
    "Slot",
    "User",
    "WebhookDelivery",
    "WebhookTry",
]
