"""The root of all errors, and the kinds: one for each answer the outside world can get."""

from __future__ import annotations

import json
import re
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


class RangeNotSatisfiable(PhotoaiError):
    """The file has no such part."""


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
        cost: float = 0.0,
    ) -> None:
        super().__init__(message, details=details, retry_after=retry_after)
        self.vendor = vendor  # the vendor's own words, for the log only
        self.cost = cost  # what was billed nevertheless, in USD
        self.usage: dict[str, int] = {}  # the tokens of it, by kind, where they were counted
        self.model = ""  # and who counted them


class Unavailable(PhotoaiError):
    """The server cannot take work right now."""


class NotInTime(PhotoaiError):
    """The work did not end in time."""
