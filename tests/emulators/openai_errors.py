"""OpenAI's error shape: `{"error": {message, type, param, code}}`, and its own words."""

from __future__ import annotations

from tests.emulators.gemini_http import Reply, in_json

RETRY_AFTER_SEC, RESET_SEC, HINT_SEC, DAILY_SEC = 2, 1.2, 1.4, 1728
BAD, LIMIT, UNPAID, SERVER, DRAWING = (
    "invalid_request_error", "rate_limit_error", "insufficient_quota", "server_error",
    "image_generation_user_error",
)  # fmt: skip


class ApiError(Exception):
    """An answer that is no success; `headers` go with it, `_` for `-`."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = BAD,
        code: str | None = None,
        param: str | None = None,
        **headers: str,
    ) -> None:
        super().__init__(message)
        self._status, self._headers = status, headers
        self._error = {"message": message, "type": kind, "param": param, "code": code}

    def reply(self) -> Reply:
        return in_json({"error": self._error}, self._status, **self._headers)


def invalid(message: str, param: str | None = None, code: str = "invalid_value") -> ApiError:
    return ApiError(400, message, param=param, code=code)


def missing(param: str) -> ApiError:
    return invalid(f"Missing required parameter: '{param}'.", param, "missing_required_parameter")


def unknown_parameter(param: str) -> ApiError:
    return invalid(f"Unknown parameter: '{param}'.", param, "unknown_parameter")


def unusable_image(number: int) -> ApiError:
    said = f"Invalid image file or mode for image {number}, please check your image file."
    return ApiError(400, said, kind=DRAWING, code="invalid_image_file")


def no_fidelity(model: str) -> ApiError:
    said = f"The model '{model}' does not support the 'input_fidelity' parameter."
    return ApiError(
        400, said, kind=DRAWING, param="input_fidelity", code="invalid_input_fidelity_model"
    )


def no_key() -> ApiError:
    return ApiError(401, "You didn't provide an API key. Provide it in an Authorization header.")


def wrong_key(key: str) -> ApiError:
    """The real one hides the middle of the key; one that does not is worse."""
    said = f"Incorrect API key provided: {key}. You can find your API key in your account."
    return ApiError(401, said, code="invalid_api_key")


def forbidden_key() -> ApiError:
    return ApiError(403, "Your organization must be verified to use this model.")


def unknown_model(model: str) -> ApiError:
    said = f"The model '{model}' does not exist or you do not have access to it."
    return ApiError(404, said, code="model_not_found")


def retired_model(model: str) -> ApiError:
    """Some are told to be gone by a 400."""
    return invalid(f"The model '{model}' has been deprecated.", "model")


def blocked() -> ApiError:
    said = "Your request was rejected by the safety system. safety_violations=[sexual]."
    return ApiError(400, said, kind=DRAWING, code="moderation_blocked")


def against_policy() -> ApiError:
    said = "Your request was rejected as a result of our safety system."
    return ApiError(400, said, code="content_policy_violation")


def limit() -> ApiError:
    return _limit("on images per min", retry_after=str(RETRY_AFTER_SEC))


def limit_in_headers() -> ApiError:
    """Only the images are used up; the tokens' reset is longer and of no matter."""
    return _limit(
        "on images per min",
        x_ratelimit_remaining_images="0",
        x_ratelimit_reset_images=f"{RESET_SEC}s",
        x_ratelimit_remaining_tokens="90000",
        x_ratelimit_reset_tokens="6m0s",
    )


def limit_in_text_only() -> ApiError:
    return _limit(f"on images per min. Please try again in {HINT_SEC}s")


def daily_limit() -> ApiError:
    said = "on requests per day (RPD): Limit 500, Used 500, Requested 1"
    return _limit(said, x_ratelimit_remaining_requests="0", x_ratelimit_reset_requests="28m48s")


def _limit(where: str, **headers: str) -> ApiError:
    said = f"Rate limit reached for this model in organization org-1 {where}."
    return ApiError(429, said, kind=LIMIT, code="rate_limit_exceeded", **headers)


def unpaid(code: str = UNPAID, status: int = 429) -> ApiError:
    said = "You exceeded your current quota, please check your plan and billing details."
    return ApiError(status, said, kind=UNPAID if status == 429 else BAD, code=code)


def internal() -> ApiError:
    said = "The server had an error while processing your request. Sorry about that!"
    return ApiError(500, said, kind=SERVER)


def overloaded() -> ApiError:
    said = "The engine is currently overloaded, please try again later."
    return ApiError(503, said, kind=SERVER, code="server_is_overloaded")
