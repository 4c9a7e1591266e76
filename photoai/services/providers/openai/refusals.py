"""What OpenAI's errors mean (https://developers.openai.com/api/docs/guides/error-codes)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from photoai.errors import (
    ProviderBadRequest,
    ProviderError,
    ProviderModelGone,
    ProviderNotConfigured,
    ProviderOverloaded,
    ProviderQuota,
    ProviderRefused,
)
from photoai.services.fetch import Reply
from photoai.services.providers import reasons
from photoai.services.providers.reasons import Reason, explained

REFUSALS: Mapping[str, Reason] = {
    "moderation_blocked": reasons.MODERATED,
    "content_policy_violation": reasons.FORBIDDEN,
}
# Nobody has paid: waiting mends nothing. The type is the same for all of them.
UNPAID = {
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_not_active",
    "credit_balance_exhausted",
    "organization_spend_limit_exceeded",
    "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
}
# Until one call looks whether somebody has paid; a refusal costs nothing.
PAID_PERHAPS_SEC = 300.0
LONGEST_WAIT_SEC = 120.0
GONE = re.compile(r"\b(retired|deprecated|shut down|does not exist|no longer)\b", re.IGNORECASE)
PER_DAY = re.compile(r"\bper day\b|\b[RTI]PD\b")
# `120ms`, `1.5s`, `6m0s`.
PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|h|m|s))+")
HINT = re.compile(rf"try again in ({DURATION.pattern})", re.IGNORECASE)
SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
REMAINING, RESET = "x-ratelimit-remaining-", "x-ratelimit-reset-"


def error_of(reply: Reply) -> ProviderError:
    """A refusal of the API (`{"error": {message, type, param, code}}`) as ours."""
    error = _error_in(reply.content)
    code, kind, message = (str(error.get(name) or "") for name in ("code", "type", "message"))
    vendor = f"{reply.status} {code or kind}: {message}"[:500]
    if {code, kind} & UNPAID:
        return ProviderQuota(daily=True, retry_after=PAID_PERHAPS_SEC, vendor=vendor)
    if reply.status == 429:
        return _quota(reply.headers, message, vendor)
    for name in (code, kind):
        if name in REFUSALS:
            return ProviderRefused(**explained(name, REFUSALS[name]), vendor=vendor)
    if reply.status in {401, 403}:
        return ProviderNotConfigured(vendor=vendor)
    if reply.status in {408, 409} or reply.status >= 500:
        return ProviderOverloaded(vendor=vendor, retry_after=_bounded(_told_sec(reply.headers)))
    if code == "model_not_found" or (error.get("param") == "model" and GONE.search(message)):
        return ProviderModelGone(vendor=vendor)
    return ProviderBadRequest(vendor=vendor)


def _quota(headers: Mapping[str, str], message: str, vendor: str) -> ProviderQuota:
    wait_sec = _told_sec(headers)
    if wait_sec is None:
        wait_sec = _reset_sec(headers)
    if wait_sec is None and (hint := HINT.search(message)):
        wait_sec = _seconds(hint[1])
    if PER_DAY.search(message):
        return ProviderQuota(daily=True, retry_after=wait_sec, vendor=vendor)
    return ProviderQuota(retry_after=_bounded(wait_sec), vendor=vendor)


def _told_sec(headers: Mapping[str, str]) -> float | None:
    """What the server says itself; a date is not what this one sends."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait_sec = float(headers[name]) * scale
        except (KeyError, ValueError):
            continue
        if math.isfinite(wait_sec):
            return max(0.0, wait_sec)
    return None


def _reset_sec(headers: Mapping[str, str]) -> float | None:
    """Until what is used up is there again; the longest where nothing says which it is."""
    resets = {
        name.removeprefix(RESET): _seconds(value)
        for name, value in headers.items()
        if name.startswith(RESET) and DURATION.fullmatch(value)
    }
    used_up = [sec for kind, sec in resets.items() if headers.get(REMAINING + kind) == "0"]
    return max(used_up or resets.values(), default=None)


def _seconds(duration: str) -> float:
    return sum(float(number) * SECONDS[unit] for number, unit in PART.findall(duration.lower()))


def _bounded(seconds: float | None) -> float | None:
    return None if seconds is None else min(seconds, LONGEST_WAIT_SEC)


def _error_in(content: bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {"message": content[:200].decode("utf-8", "replace")}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {"message": str(error or "")}
