"""The tree of ways photoai says no.

A class is a kind of refusal: its docstring is the message a person reads, its `code` (its name in
snake case unless it says otherwise) is what a program reads, and its place in the tree decides the
HTTP status (`blueprints/errors.py` holds the one table). Nothing here knows HTTP.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any


class PhotoaiError(Exception):
    """Something went wrong inside the server."""

    code = "internal_error"

    def __init_subclass__(cls) -> None:
        if "code" not in vars(cls):
            cls.code = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    def __init__(
        self,
        message: str | None = None,
        *,
        details: dict[str, Any] | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = message or type(self).explain()
        self.details = details or {}
        self.retry_after = retry_after
        super().__init__(self.message)

    def line(self) -> str:
        """For a terminal: the sentence and its details on one line."""
        details = [json.dumps(self.details, ensure_ascii=False)] if self.details else []
        return " ".join(["photoai:", self.message, *details])

    @classmethod
    def explain(cls) -> str:
        """The class's own sentence, on one line."""
        return " ".join((cls.__doc__ or "").split())


# The kinds, one for each answer the outside world can get.


class Malformed(PhotoaiError):
    """The request could not be read."""


class Unauthorized(PhotoaiError):
    """Sign in or send a token first."""


class Forbidden(PhotoaiError):
    """This is not yours to do."""


class NotFound(PhotoaiError):
    """There is nothing here, or it is not yours."""


class MethodNotAllowed(PhotoaiError):
    """This address does not take that method."""


class TooSlow(PhotoaiError):
    """The request took too long to arrive."""

    code = "request_timeout"


class Conflict(PhotoaiError):
    """The request does not fit the present state."""


class Gone(PhotoaiError):
    """It was here once and has expired."""


class TooLarge(PhotoaiError):
    """The request is larger than allowed."""


class UnsupportedType(PhotoaiError):
    """This type of content is not taken here."""


class Invalid(PhotoaiError):
    """The request is well-formed, but its values are not valid."""


class TooMany(PhotoaiError):
    """Too many requests: wait a moment."""

    code = "too_many_requests"


class ProviderError(PhotoaiError):
    """The AI provider could not finish the photo."""

    code = "provider_failed"
    retryable = False

    def __init__(
        self,
        message: str | None = None,
        *,
        details: dict[str, Any] | None = None,
        retry_after: float | None = None,
        vendor: str = "",
    ) -> None:
        super().__init__(message, details=details, retry_after=retry_after)
        self.vendor = vendor  # the vendor's own words, for the log only


class Unavailable(PhotoaiError):
    """The server cannot take work right now."""


class NotInTime(PhotoaiError):
    """The work did not end in time."""


# Starting up.


class ConfigError(PhotoaiError):
    """The configuration cannot work."""


# Accounts.


class BadCredentials(Unauthorized):
    """The user name or the password is wrong."""


class TokenExpired(Unauthorized):
    """The session has expired: sign in again."""


class TokenRevoked(Unauthorized):
    """This session was ended: sign in again."""


class CsrfFailed(Unauthorized):
    """The request lacks the session's CSRF token."""


class OperatorsOnly(Forbidden):
    """Only an operator may do this."""


class TooManyLogins(TooMany):
    """Too many attempts to sign in: wait before the next one."""


# Ingest and uploads.


class WrongIngestPassword(Unauthorized):
    """The ingest password is missing or wrong."""


class TooManyWrongPasswords(TooMany):
    """Too many uploads with a wrong password: wait before the next one."""


class UploadMalformed(Malformed):
    """The multipart form could not be read."""


class UploadIncomplete(Malformed):
    """The upload ended before it was complete."""


class UploadTooSlow(TooSlow):
    """The upload did not arrive in time."""


class UploadTooLarge(TooLarge):
    """The upload is larger than allowed."""


class NotMultipart(UnsupportedType):
    """The photo must come as multipart/form-data."""


class FileMissing(Invalid):
    """The form holds no file."""


class TooManyFiles(Invalid):
    """The form holds more than one file."""


class FileEmpty(Invalid):
    """The file is empty."""


# Photos.


class PhotoTypeNotTaken(UnsupportedType):
    """The file is not a photo of a type that is taken here (JPEG, PNG, WebP, HEIC)."""


class PhotoTooLarge(TooLarge):
    """The photo has more bytes than allowed."""


class PhotoTooManyPixels(TooLarge):
    """The photo has more pixels than allowed."""


class PhotoTooManyScans(Invalid):
    """The JPEG has more scans than any camera writes."""


class PhotoAnimated(Invalid):
    """The file holds more than one picture; one photo is expected."""


class PhotoDamaged(Invalid):
    """The photo is damaged or cut off."""


# Slots and the catalogue.


class SlotUnknown(NotFound):
    """There is no such slot."""


class SlotNotConfigured(Conflict):
    """This slot has no provider and operation yet."""


class SlotChanged(Conflict):
    """Somebody else saved this slot first: load it again."""


class SettingsInvalid(Invalid):
    """The slot's settings do not fit the operation."""


# Media.


class MediaUnknown(NotFound):
    """There is no such media object."""


class MediaExpired(Gone):
    """This media object has expired."""


# Jobs.


class JobUnknown(NotFound):
    """There is no such job."""


class JobNotFinished(Conflict):
    """The job has not ended yet."""


class JobNotRetryable(Conflict):
    """Only a failed or cancelled job can be tried again."""


class JobAlreadyEnded(Conflict):
    """The job has already ended."""


class JobCancelled(Conflict):
    """The job was cancelled."""

    code = "cancelled"


class JobExpired(Unavailable):
    """The job waited too long and was given up."""


class JobPoison(PhotoaiError):
    """The job brought its process down again and again and was given up."""

    code = "poison"


class InputGone(Gone):
    """The original of this job has been deleted."""


class ResultGone(Gone):
    """The result of this job has been deleted."""


class QueueFull(Unavailable):
    """The queue is full: try again in a moment."""


class YourQueueFull(TooMany):
    """You have too many jobs waiting: let some of them end first."""


class ShuttingDown(Unavailable):
    """The server is restarting; the job goes on and its result stays available."""


class DatabaseBusy(Unavailable):
    """The database does not answer right now."""


class StorageFull(Unavailable):
    """The server has no room left to store the photo."""


class ChildFailed(PhotoaiError):
    """The process that worked on this job failed."""


# Providers: what the one retry loop is told (design/providers.md, "The port").


class ProviderRefused(ProviderError):
    """The AI provider refused to work on this photo."""


class ProviderBadRequest(ProviderError):
    """The AI provider did not understand the request."""


class ProviderNotConfigured(ProviderError):
    """The AI provider has no valid key."""


class ProviderQuota(ProviderError):
    """The AI provider's quota is used up."""

    retryable = True

    def __init__(self, message: str | None = None, *, daily: bool = False, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.daily = daily
        self.retryable = not daily


class ProviderOverloaded(ProviderError):
    """The AI provider is overloaded or cannot be reached."""

    retryable = True


class ProviderBadAnswer(ProviderError):
    """The AI provider answered without a usable image."""

    retryable = True


class ProviderTimeout(NotInTime, ProviderError):
    """The photo was not ready in time."""


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
