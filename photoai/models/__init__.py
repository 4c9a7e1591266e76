"""The tables: columns and facts only."""

from .accounts import RevokedToken, Role, User
from .calls import ProviderCall
from .jobs import Job, JobAttempt, JobState
from .media import MediaObject
from .settings import Setting
from .slots import LogStatus, ProcessingDay, ProcessingLog, Slot

__all__ = [
    "Job",
    "JobAttempt",
    "JobState",
    "LogStatus",
    "MediaObject",
    "ProcessingDay",
    "ProcessingLog",
    "ProviderCall",
    "RevokedToken",
    "Role",
    "Setting",
    "Slot",
    "User",
]
