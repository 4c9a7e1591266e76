"""The tree of ways photoai says no.

A class is a kind of refusal: its docstring is the message a person reads, its `code` (its name in
snake case unless it says otherwise) is what a program reads, and its place in the tree decides the
HTTP status (`blueprints/errors.py` holds the one table). Nothing here knows HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator

from .fetch import (
    FetchFailed,
    FetchRefused,
    FetchTooLarge,
    FetchTooSlow,
)
from .kinds import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
    NotInTime,
    PhotoaiError,
    ProviderError,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthorized,
    Unavailable,
    UnsupportedType,
)
from .ours import (
    BadCredentials,
    ChildFailed,
    ConfigError,
    CsrfFailed,
    DatabaseBusy,
    FileEmpty,
    FileMissing,
    InputGone,
    JobAlreadyEnded,
    JobCancelled,
    JobExpired,
    JobNotFinished,
    JobNotRetryable,
    JobPoison,
    JobUnknown,
    MediaExpired,
    MediaUnknown,
    NotMultipart,
    OperatorsOnly,
    PhotoAnimated,
    PhotoDamaged,
    PhotoTooLarge,
    PhotoTooManyPixels,
    PhotoTooManyScans,
    PhotoTypeNotTaken,
    QueueFull,
    RangeInvalid,
    ResultGone,
    SettingsInvalid,
    ShuttingDown,
    SlotChanged,
    SlotNotConfigured,
    SlotUnknown,
    StatisticsResetRunning,
    StorageFull,
    TokenExpired,
    TokenRevoked,
    TooManyFiles,
    TooManyLogins,
    TooManyWrongPasswords,
    UploadIncomplete,
    UploadMalformed,
    UploadTooLarge,
    UploadTooSlow,
    WrongIngestPassword,
    YourQueueFull,
)
from .providers import (
    ProviderBadAnswer,
    ProviderBadRequest,
    ProviderNotConfigured,
    ProviderOverloaded,
    ProviderQuota,
    ProviderRefused,
    ProviderTimeout,
)

__all__ = [
    "BadCredentials",
    "ChildFailed",
    "ConfigError",
    "Conflict",
    "CsrfFailed",
    "DatabaseBusy",
    "FetchFailed",
    "FetchRefused",
    "FetchTooLarge",
    "FetchTooSlow",
    "FileEmpty",
    "FileMissing",
    "Forbidden",
    "Gone",
    "InputGone",
    "Invalid",
    "JobAlreadyEnded",
    "JobCancelled",
    "JobExpired",
    "JobNotFinished",
    "JobNotRetryable",
    "JobPoison",
    "JobUnknown",
    "Malformed",
    "MediaExpired",
    "MediaUnknown",
    "MethodNotAllowed",
    "NotFound",
    "NotInTime",
    "NotMultipart",
    "OperatorsOnly",
    "PhotoAnimated",
    "PhotoDamaged",
    "PhotoTooLarge",
    "PhotoTooManyPixels",
    "PhotoTooManyScans",
    "PhotoTypeNotTaken",
    "PhotoaiError",
    "ProviderBadAnswer",
    "ProviderBadRequest",
    "ProviderError",
    "ProviderNotConfigured",
    "ProviderOverloaded",
    "ProviderQuota",
    "ProviderRefused",
    "ProviderTimeout",
    "QueueFull",
    "RangeInvalid",
    "ResultGone",
    "SettingsInvalid",
    "ShuttingDown",
    "SlotChanged",
    "SlotNotConfigured",
    "SlotUnknown",
    "StatisticsResetRunning",
    "StorageFull",
    "TokenExpired",
    "TokenRevoked",
    "TooLarge",
    "TooMany",
    "TooManyFiles",
    "TooManyLogins",
    "TooManyWrongPasswords",
    "TooSlow",
    "Unauthorized",
    "Unavailable",
    "UnsupportedType",
    "UploadIncomplete",
    "UploadMalformed",
    "UploadTooLarge",
    "UploadTooSlow",
    "WrongIngestPassword",
    "YourQueueFull",
    "error_named",
    "every_error",
]


def every_error(root: type[PhotoaiError] = PhotoaiError) -> Iterator[type[PhotoaiError]]:
    """The whole tree, parents first."""
    yield root
    for child in root.__subclasses__():
        yield from every_error(child)


def error_named(code: str | None, message: str | None = None) -> PhotoaiError:
    """The error a stored job failed with, by its code; unknown codes become the root."""
    for kind in every_error():
        if kind.code == code:
            return kind(message)
    return PhotoaiError(message)
