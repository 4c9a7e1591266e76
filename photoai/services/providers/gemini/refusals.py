"""What Gemini's words mean: errors of its API, and reasons to answer without an image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from photoai.errors import (
    ProviderBadAnswer,
    ProviderBadRequest,
    ProviderError,
    ProviderNotConfigured,
    ProviderOverloaded,
    ProviderQuota,
    ProviderRefused,
)
from photoai.services.providers import reasons
from photoai.services.providers.reasons import Reason, explained

REFUSALS = {
    "SAFETY", "IMAGE_SAFETY", "PROHIBITED_CONTENT", "IMAGE_PROHIBITED_CONTENT", "BLOCKLIST", "SPII",
    "RECITATION", "IMAGE_RECITATION",
}  # fmt: skip
# Worth one more try, not five.
ODD_ENDS = {"IMAGE_OTHER", "OTHER", "MALFORMED_RESPONSE"}
# What it says at the end of an answer, or of a prompt it blocks.
REASONS: Mapping[str, Reason] = {
    "SAFETY": reasons.UNSAFE,
    "IMAGE_SAFETY": reasons.UNSAFE_IMAGE,
    "PROHIBITED_CONTENT": reasons.FORBIDDEN,
    "IMAGE_PROHIBITED_CONTENT": reasons.FORBIDDEN_IMAGE,
    "BLOCKLIST": reasons.BLOCKED_WORD,
    "SPII": reasons.PERSONAL,
    "RECITATION": reasons.KNOWN_WORK,
    "IMAGE_RECITATION": reasons.KNOWN_WORK,
    "LANGUAGE": reasons.LANGUAGE,
    "NO_IMAGE": reasons.WORDS_ONLY,
    "STOP": reasons.WORDS_ONLY,
    "MAX_TOKENS": reasons.CUT_OFF,
    "MALFORMED_RESPONSE": reasons.BROKEN,
    "MALFORMED_FUNCTION_CALL": reasons.BROKEN,
    "OTHER": reasons.UNSAID,
    "IMAGE_OTHER": reasons.UNSAID,
}
LONGEST_WAIT_SEC = 120.0
DURATION = re.compile(r"(\d+(?:\.\d+)?)s")
HINT = re.compile(r"retry in (\d+(?:\.\d+)?)\s*s", re.IGNORECASE)
# A model that is no longer there; other things are not found as well.
GONE = re.compile(
    r"^404 .*\bmodels?\b|\bmodel\b.*\b(retired|deprecated|discontinued|shut down|no longer)\b",
    re.IGNORECASE,
)
# Daily quotas begin anew at midnight there.
PACIFIC = ZoneInfo("America/Los_Angeles")


def error_of(status: int, body: Mapping[str, Any]) -> ProviderError:
    """An error of the API (google.rpc.Status in `error`) as ours."""
    error = body.get("error")
    facts = error if isinstance(error, dict) else body
    vendor = f"{status} {facts.get('status', '')}: {facts.get('message', '')}"[:500]
    details = [each for each in facts.get("details") or () if isinstance(each, dict)]
    if status == 429:
        return _quota(str(facts.get("message", "")), details, vendor)
    if status in {401, 403} or any(each.get("reason") == "API_KEY_INVALID" for each in details):
        return ProviderNotConfigured(vendor=vendor)
    if status == 408 or status >= 500:
        return ProviderOverloaded(vendor=vendor)
    return ProviderBadRequest(vendor=vendor)


def error_without_image(finish: str, block: str, text: str) -> ProviderError:
    """Why an answer holds no image; a reason nobody has heard of is no image either."""
    vendor = f"finish {finish or '-'}, block {block or '-'}: {text}"[:500]
    name = block or finish
    facts = explained(name, REASONS.get(name, reasons.UNSAID))
    if block or finish in REFUSALS:
        return ProviderRefused(**facts, vendor=vendor)
    return ProviderBadAnswer(**facts, vendor=vendor, most_tries=2 if finish in ODD_ENDS else None)


def _quota(message: str, details: list[dict[str, Any]], vendor: str) -> ProviderQuota:
    if any("PerDay" in quota_id for quota_id in _quota_ids(details)):
        return ProviderQuota(daily=True, retry_after=seconds_to_reset(), vendor=vendor)
    return ProviderQuota(retry_after=_retry_after(message, details), vendor=vendor)


def _quota_ids(details: list[dict[str, Any]]) -> Iterator[str]:
    for each in details:
        violations = each.get("violations") if _is(each, "QuotaFailure") else None
        for violation in violations or ():
            yield str(violation.get("quotaId", ""))


def _retry_after(message: str, details: list[dict[str, Any]]) -> float | None:
    """Seconds from RetryInfo, else from the message; at most two minutes."""
    told = [str(each.get("retryDelay", "")) for each in details if _is(each, "RetryInfo")]
    found = next(filter(None, map(DURATION.fullmatch, told)), None) or HINT.search(message)
    return min(float(found[1]), LONGEST_WAIT_SEC) if found else None


def _is(detail: Mapping[str, Any], name: str) -> bool:
    return str(detail.get("@type", "")).endswith(f"google.rpc.{name}")


def seconds_to_reset() -> float:
    """Until the next midnight in California."""
    now = datetime.now(PACIFIC)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1.0, midnight.timestamp() - now.timestamp())
