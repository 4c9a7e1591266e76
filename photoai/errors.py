"""The tree of ways photoai says no.

A class is a kind of refusal: its docstring is the message a person reads, its `code` is what a
program reads, and its place in the tree decides the HTTP status (`blueprints/errors.py` holds the
one table). Nothing here knows HTTP.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class PhotoaiError(Exception):
    """Something went wrong inside the server."""

    code = "internal_error"

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

    @classmethod
    def explain(cls) -> str:
        """The class's own sentence, on one line."""
        return " ".join((cls.__doc__ or "").split())


# The kinds, one for each answer the outside world can get.


class Malformed(PhotoaiError):
    """The request could not be read."""

    code = "malformed"


class Unauthorized(PhotoaiError):
    """Sign in or send a token first."""

    code = "unauthorized"


class Forbidden(PhotoaiError):
    """This is not yours to do."""

    code = "forbidden"


class NotFound(PhotoaiError):
    """There is nothing here, or it is not yours."""

    code = "not_found"


class MethodNotAllowed(PhotoaiError):
    """This address does not take that method."""

    code = "method_not_allowed"


class TooSlow(PhotoaiError):
    """The request took too long to arrive."""

    code = "request_timeout"


class Conflict(PhotoaiError):
    """The request does not fit the present state."""

    code = "conflict"


class Gone(PhotoaiError):
    """It was here once and has expired."""

    code = "gone"


class TooLarge(PhotoaiError):
    """The request is larger than allowed."""

    code = "too_large"


class UnsupportedType(PhotoaiError):
    """This type of content is not taken here."""

    code = "unsupported_type"


class Invalid(PhotoaiError):
    """The request is well-formed, but its values are not valid."""

    code = "invalid"


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

    code = "unavailable"


class NotInTime(PhotoaiError):
    """The work did not end in time."""

    code = "not_in_time"


# Starting up.


class ConfigError(PhotoaiError):
    """The configuration cannot work."""

    code = "config_error"


# Accounts.


class BadCredentials(Unauthorized):
    """The user name or the password is wrong."""

    code = "bad_credentials"


class TokenExpired(Unauthorized):
    """The session has expired: sign in again."""

    code = "token_expired"


class TokenRevoked(Unauthorized):
    """This session was ended: sign in again."""

    code = "token_revoked"


class CsrfFailed(Unauthorized):
    """The request lacks the session's CSRF token."""

    code = "csrf_failed"


class OperatorsOnly(Forbidden):
    """Only an operator may do this."""

    code = "operators_only"


class TooManyLogins(TooMany):
    """Too many attempts to sign in: wait before the next one."""

    code = "too_many_logins"


# Ingest and uploads.


class WrongIngestPassword(Unauthorized):
    """The ingest password is missing or wrong."""

    code = "wrong_ingest_password"


class TooManyWrongPasswords(TooMany):
    """Too many uploads with a wrong password: wait before the next one."""

    code = "too_many_wrong_passwords"


class UploadMalformed(Malformed):
    """The multipart form could not be read."""

    code = "upload_malformed"


class UploadIncomplete(Malformed):
    """The upload ended before it was complete."""

    code = "upload_incomplete"


class UploadTooSlow(TooSlow):
    """The upload did not arrive in time."""

    code = "upload_too_slow"


class UploadTooLarge(TooLarge):
    """The upload is larger than allowed."""

    code = "upload_too_large"


class NotMultipart(UnsupportedType):
    """The photo must come as multipart/form-data."""

    code = "not_multipart"


class FileMissing(Invalid):
    """The form holds no file."""

    code = "file_missing"


class TooManyFiles(Invalid):
    """The form holds more than one file."""

    code = "too_many_files"


class FileEmpty(Invalid):
    """The file is empty."""

    code = "file_empty"


# Photos.


class PhotoTypeNotTaken(UnsupportedType):
    """The file is not a photo of a type that is taken here (JPEG, PNG, WebP, HEIC)."""

    code = "photo_type_not_taken"


class PhotoTooLarge(TooLarge):
    """The photo has more bytes than allowed."""

    code = "photo_too_large"


class PhotoTooManyPixels(TooLarge):
    """The photo has more pixels than allowed."""

    code = "photo_too_many_pixels"


class PhotoAnimated(Invalid):
    """The file holds more than one picture; one photo is expected."""

    code = "photo_animated"


class PhotoDamaged(Invalid):
    """The photo is damaged or cut off."""

    code = "photo_damaged"


# Slots and the catalogue.


class SlotUnknown(NotFound):
    """There is no such slot."""

    code = "slot_unknown"


class SlotNotConfigured(Conflict):
    """This slot has no provider and operation yet."""

    code = "slot_not_configured"


class SlotChanged(Conflict):
    """Somebody else saved this slot first: load it again."""

    code = "slot_changed"


class SettingsInvalid(Invalid):
    """The slot's settings do not fit the operation."""

    code = "settings_invalid"


# Media.


class MediaUnknown(NotFound):
    """There is no such media object."""

    code = "media_unknown"


class MediaExpired(Gone):
    """This media object has expired."""

    code = "media_expired"


# Jobs.


class JobUnknown(NotFound):
    """There is no such job."""

    code = "job_unknown"


class JobNotFinished(Conflict):
    """The job has not ended yet."""

    code = "job_not_finished"


class JobNotRetryable(Conflict):
    """Only a failed or cancelled job can be tried again."""

    code = "job_not_retryable"


class JobAlreadyEnded(Conflict):
    """The job has already ended."""

    code = "job_already_ended"


class JobCancelled(Conflict):
    """The job was cancelled."""

    code = "cancelled"


class JobExpired(Unavailable):
    """The job waited too long and was given up."""

    code = "job_expired"


class JobPoison(PhotoaiError):
    """The job brought its process down again and again and was given up."""

    code = "poison"


class InputGone(Gone):
    """The original of this job has been deleted."""

    code = "input_gone"


class ResultGone(Gone):
    """The result of this job has been deleted."""

    code = "result_gone"


class QueueFull(Unavailable):
    """The queue is full: try again in a moment."""

    code = "queue_full"


class YourQueueFull(TooMany):
    """You have too many jobs waiting: let some of them end first."""

    code = "your_queue_full"


class ShuttingDown(Unavailable):
    """The server is restarting; the job goes on and its result stays available."""

    code = "shutting_down"


class StorageFull(Unavailable):
    """The server has no room left to store the photo."""

    code = "storage_full"


class ChildFailed(PhotoaiError):
    """The process that worked on this job failed."""

    code = "child_failed"


# Providers: what the one retry loop is told (design/providers.md, "The port").


class ProviderRefused(ProviderError):
    """The AI provider refused to work on this photo."""

    code = "provider_refused"


class ProviderBadRequest(ProviderError):
    """The AI provider did not understand the request."""

    code = "provider_bad_request"


class ProviderNotConfigured(ProviderError):
    """The AI provider has no valid key."""

    code = "provider_not_configured"


class ProviderQuota(ProviderError):
    """The AI provider's quota is used up."""

    code = "provider_quota"
    retryable = True

    def __init__(self, message: str | None = None, *, daily: bool = False, **facts: Any) -> None:
        super().__init__(message, **facts)
        self.daily = daily
        self.retryable = not daily


class ProviderOverloaded(ProviderError):
    """The AI provider is overloaded or cannot be reached."""

    code = "provider_overloaded"
    retryable = True


class ProviderBadAnswer(ProviderError):
    """The AI provider answered without a usable image."""

    code = "provider_bad_answer"
    retryable = True


class ProviderTimeout(NotInTime, ProviderError):
    """The photo was not ready in time."""

    code = "provider_timeout"


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
