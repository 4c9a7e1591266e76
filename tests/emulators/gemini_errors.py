"""Google's error shape: `{"error": {code, message, status, details[]}}`, and its own words."""

from __future__ import annotations

from tests.emulators.gemini_http import Reply, in_json

RPC = "type.googleapis.com/google.rpc."
SERVICE = "generativelanguage.googleapis.com"
RETRY_AFTER_SEC = 2.5
RETRY_IN_TEXT_SEC = 1.4
DAILY_RETRY_AFTER_SEC = 45.837906927
STATUSES = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
QUOTA = (
    "You exceeded your current quota, please check your plan and billing details. For more "
    "information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits."
)
KEY_NOT_VALID = "API key not valid. Please pass a valid API key."
TROUBLESHOOTING = "https://developers.generativeai.google/guide/troubleshooting"


class ApiError(Exception):
    """An answer that is no success; `details` are dicts with an `@type`."""

    def __init__(
        self, code: int, message: str, *details: dict[str, object], status: str = ""
    ) -> None:
        super().__init__(message)
        self._code = code
        self._error: dict[str, object] = {
            "code": code,
            "message": message,
            "status": status or STATUSES[code],
        }
        if details:
            self._error["details"] = list(details)

    def reply(self) -> Reply:
        return in_json({"error": self._error}, self._code)


def invalid(message: str, *violations: dict[str, str]) -> ApiError:
    """400; a violation is `{field, description}`."""
    if not violations:
        return ApiError(400, message)
    return ApiError(
        400, message, {"@type": RPC + "BadRequest", "fieldViolations": list(violations)}
    )


def unusable_image() -> ApiError:
    return invalid(f"Unable to process input image. Please retry or report in {TROUBLESHOOTING}")


def no_key() -> ApiError:
    return ApiError(
        403,
        "Method doesn't allow unregistered callers (callers without established identity). "
        "Please use API Key or other form of API consumer identity to call this API.",
    )


def wrong_key() -> ApiError:
    """A 400, not a 401: only the reason tells it from a bad request."""
    return ApiError(
        400,
        KEY_NOT_VALID,
        _reason("API_KEY_INVALID"),
        {"@type": RPC + "LocalizedMessage", "locale": "en-US", "message": KEY_NOT_VALID},
    )


def forbidden_key() -> ApiError:
    return ApiError(
        403,
        "Permission denied: Consumer 'api_key:forbidden' has been suspended.",
        _reason("CONSUMER_SUSPENDED"),
    )


def _reason(reason: str) -> dict[str, object]:
    return {
        "@type": RPC + "ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": SERVICE},
    }


def unknown_model(model: str) -> ApiError:
    return ApiError(
        404,
        f"models/{model} is not found for API version v1beta, or is not supported for "
        "generateContent. Call ListModels to see the list of available models and their "
        "supported methods.",
    )


def retired_model(model: str) -> ApiError:
    """Some are told to be gone by a 400."""
    return ApiError(
        400,
        f"The model {model} has been retired and is no longer available.",
        status="FAILED_PRECONDITION",
    )


def file_exists(name: str) -> ApiError:
    return ApiError(409, f"Resource {name} already exists.")


def no_such_file(name: str) -> ApiError:
    """For unknown, foreign and expired files alike."""
    return ApiError(
        403, f"You do not have permission to access the File {name} or it may not exist."
    )


def file_not_active(name: str) -> ApiError:
    return ApiError(
        400,
        f"The File {name} is not in an ACTIVE state and usage is not allowed.",
        status="FAILED_PRECONDITION",
    )


def internal() -> ApiError:
    return ApiError(
        500, f"An internal error has occurred. Please retry or report in {TROUBLESHOOTING}"
    )


def overloaded() -> ApiError:
    return ApiError(503, "The model is overloaded. Please try again later.")


def deadline() -> ApiError:
    return ApiError(504, "The request timed out. Please try again.")


def quota(model: str) -> ApiError:
    return _quota(model, "GenerateRequestsPerMinutePerProjectPerModel", "10", RETRY_AFTER_SEC)


def daily_quota(model: str) -> ApiError:
    """As the real one it says when to retry, though that will not help."""
    return _quota(model, "GenerateRequestsPerDayPerProjectPerModel", "250", DAILY_RETRY_AFTER_SEC)


def quota_in_text_only() -> ApiError:
    return ApiError(429, f"{QUOTA}\nPlease retry in {RETRY_IN_TEXT_SEC}s.")


def _quota(model: str, quota_id: str, limit: str, retry_after_sec: float) -> ApiError:
    violation = {
        "quotaMetric": f"{SERVICE}/generate_content_paid_tier_requests",
        "quotaId": quota_id,
        "quotaDimensions": {"location": "global", "model": model},
        "quotaValue": limit,
    }
    help_link = {
        "description": "Learn more about Gemini API quotas",
        "url": "https://ai.google.dev",
    }
    return ApiError(
        429,
        f"{QUOTA}\n* Quota exceeded for metric: {violation['quotaMetric']}, limit: {limit}\n"
        f"Please retry in {retry_after_sec}s.",
        {"@type": RPC + "QuotaFailure", "violations": [violation]},
        {"@type": RPC + "Help", "links": [help_link]},
        {"@type": RPC + "RetryInfo", "retryDelay": f"{retry_after_sec}s"},
    )
