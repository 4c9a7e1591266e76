"""The tables: columns and facts only."""

from .accounts import ApiKey, RefreshToken, RevokedToken, Role, User
from .alerts import Alert, SummaryPlan
from .audit import AuditEntry
from .budgets import BoothEvent, Drill, Spending
from .calls import ProviderCall
from .conversions import ConversionBatch
from .files import FileKind, UserFile
from .galleries import GalleryLink
from .jobs import PHOTO, REHEARSAL, Job, JobAttempt, JobRetry, JobState, Permit
from .media import MediaObject
from .reels import KnownAnalysis, Reel, ReelCall, RemoteFile
from .rehearsals import RehearsalRow
from .settings import Setting
from .slots import LogStatus, ProcessingDay, ProcessingLog, Slot, SlotVersion
from .tasks import OperationLog
from .uploads import Upload, UploadPart
from .video import KnownClip, MergeResult
from .webhooks import DeliveryState, WebhookDelivery, WebhookTry

__all__ = [
    "PHOTO",
    "REHEARSAL",
    "Alert",
    "ApiKey",
    "AuditEntry",
    "BoothEvent",
    "ConversionBatch",
    "DeliveryState",
    "Drill",
    "FileKind",
    "GalleryLink",
    "Job",
    "JobAttempt",
    "JobRetry",
    "JobState",
    "KnownAnalysis",
    "KnownClip",
    "LogStatus",
    "MediaObject",
    "MergeResult",
    "OperationLog",
    "Permit",
    "ProcessingDay",
    "ProcessingLog",
    "ProviderCall",
    "Reel",
    "ReelCall",
    "RefreshToken",
    "RehearsalRow",
    "RemoteFile",
    "RevokedToken",
    "Role",
    "Setting",
    "Slot",
    "SlotVersion",
    "Spending",
    "SummaryPlan",
    "Upload",
    "UploadPart",
    "User",
    "UserFile",
    "WebhookDelivery",
    "WebhookTry",
]
