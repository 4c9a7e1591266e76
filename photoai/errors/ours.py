"""What goes wrong in our own house."""

from __future__ import annotations

from .kinds import (
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    Malformed,
    NotFound,
    PhotoaiError,
    TooLarge,
    TooMany,
    TooSlow,
    Unauthorized,
    Unavailable,
    UnsupportedType,
)

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


class AccountInactive(Forbidden):
    """This account is switched off."""


class RegistrationClosed(Forbidden):
    """New accounts cannot be opened here."""


class UsernameTaken(Conflict):
    """This user name is taken."""


class EmailTaken(Conflict):
    """This email belongs to an account already."""


class TooManyRegistrations(TooMany):
    """Too many new accounts from one address: wait before the next one."""


class RefreshTokenUsed(Unauthorized):
    """This refresh token was used before, so its session has been ended: sign in again."""


class WrongApiKey(Unauthorized):
    """There is no such API key."""


class KeyExpired(Unauthorized):
    """This API key has expired."""


class KeyRevoked(Unauthorized):
    """This API key was revoked."""


class TooManyWrongKeys(TooMany):
    """Too many requests with a wrong API key: wait before the next one."""


class TooManyKeys(Conflict):
    """This account has as many API keys as it may: revoke one first."""


class ApiKeyUnknown(NotFound):
    """You have no such API key."""


class KeyHasNoSession(Conflict):
    """An API key has no session to end: revoke the key instead."""


class PlanUsedUp(TooMany):
    """Your plan allows no more of these at the moment."""


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
    """The file must come as multipart/form-data."""


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


class RangeInvalid(Malformed):
    """There are no statistics of such a range of time."""


class StatisticsResetRunning(Conflict):
    """The statistics of this slot are being reset right now."""


# The settings of the installation, and whether it could work.


class IngestPasswordTaken(Invalid):
    """Another operator already uses this ingest password: choose a different one."""


class QueueAsleep(Unavailable):
    """Nobody works on the photos that wait."""


class StorageBroken(Unavailable):
    """Nothing can be written to the storage."""


class PublicUrlMissing(Unavailable):
    """PUBLIC_BASE_URL is not set: providers that fetch photos by link cannot reach this server."""


# Media.


class MediaUnknown(NotFound):
    """There is no such media object."""


class MediaExpired(Gone):
    """This media object has expired."""


# Live events.


class LastEventIdInvalid(Malformed):
    """The Last-Event-ID is none that was ever sent."""


class TooManyStreams(TooMany):
    """You listen in too many places at once: close one of them first."""


class NoRoomToListen(Unavailable):
    """Too many listen at once: ask for the job now and then instead."""


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


class IdempotencyKeyMalformed(Malformed):
    """An Idempotency-Key is 1 to 200 printable characters of ASCII."""


class IdempotencyKeyReused(Conflict):
    """This Idempotency-Key was used for another request before."""


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
    """The server has no room left to store the file."""


class StorageUnavailable(Unavailable):
    """The storage does not answer right now."""


class StorageDenied(StorageUnavailable):
    """The storage does not accept this server's keys or its bucket."""


# Webhooks.


class WebhookRefused(Invalid):
    """Webhooks cannot be sent to this address."""


class WebhookUnknown(NotFound):
    """This job has no such delivery."""


# Children.


class ChildFailed(PhotoaiError):
    """The process that worked on this job failed."""
