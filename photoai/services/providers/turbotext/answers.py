"""What TurboText says: read leniently, because its own examples are not valid JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn
from urllib.parse import urljoin

from photoai.errors import (
    ProviderBadAnswer,
    ProviderBadRequest,
    ProviderError,
    ProviderNotConfigured,
    ProviderQuota,
    ProviderRefused,
)
from photoai.services.providers import reasons
from photoai.services.providers.reasons import Reason, explained

Answer = Mapping[str, Any]
OPENERS = {"}": "{", "]": "["}
MENDED_CHARS = 64_000
YES = (True, 1, "true", "True", "1")
# Words of its `error` texts, and what they mean. What is not known is taken for a bad answer.
MEANINGS: tuple[tuple[str, type[ProviderError]], ...] = (
    ("limit", ProviderQuota),
    ("balance", ProviderQuota),
    ("url_error", ProviderBadRequest),
    ("params_error", ProviderBadRequest),
    ("queueid_error", ProviderBadRequest),
    ("face_not_detected", ProviderRefused),
    ("forbidden", ProviderRefused),
    ("auth", ProviderNotConfigured),
    ("api_key", ProviderNotConfigured),
)
# And those of them that are about the photo.
FORBIDDEN_CONTENT = "forbidden_content"
REASONS: Mapping[str, Reason] = {
    "face_not_detected": reasons.NO_FACE,
    "forbidden": reasons.FORBIDDEN,
    FORBIDDEN_CONTENT: reasons.FORBIDDEN,
}


def read(body: bytes) -> Answer:
    """The object a body holds.

    Raises:
        ProviderBadAnswer: it holds none.
    """
    text = body.decode("utf-8-sig", "replace").strip()
    found = _object(text)
    if found is None and len(text) <= MENDED_CHARS:
        found = _object(_mended(text))
    if found is None:
        raise _bad(text)
    return found


def request_id(answer: Answer) -> str | None:
    """What it calls a request it has taken."""
    for name in ("asyncid", "queueid"):
        value = answer.get(name)
        if isinstance(value, int | str) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return None


def is_pending(answer: Answer) -> bool:
    return answer.get("action") == "reconnect"


def is_limit(answer: Answer) -> bool:
    """Whether it only says that it was asked too often."""
    return answer.get("success") not in YES and "limit" in _said(answer).lower()


def check(answer: Answer) -> None:
    """Raises ProviderError: the answer says that there will be no image, and why."""
    data = answer.get("data")
    inner = data if isinstance(data, dict) else {}
    if answer.get(FORBIDDEN_CONTENT) in YES or inner.get(FORBIDDEN_CONTENT) in YES:
        facts = explained(FORBIDDEN_CONTENT, REASONS[FORBIDDEN_CONTENT])
        raise ProviderRefused(**facts, vendor=FORBIDDEN_CONTENT)
    if answer.get("success") in YES:
        return
    said = _said(answer)
    for word, meaning in MEANINGS:
        if word in said.lower():
            facts = explained(word, REASONS[word]) if word in REASONS else {}
            raise meaning(**facts, vendor=said)
    raise _bad(said or json.dumps(answer, ensure_ascii=False))


def image_url(answer: Answer, base_url: str) -> str:
    """Where the finished image lies; a path is one of the vendor's site.

    Raises:
        ProviderBadAnswer: the answer names none.
    """
    data = answer.get("data")
    inner = data.get("image") if isinstance(data, dict) else None
    first = inner[0] if isinstance(inner, list) and inner else inner
    for found in (answer.get("uploaded_image"), first):
        if isinstance(found, str) and found.strip():
            try:
                return urljoin(base_url, found.strip())
            except ValueError:  # half an IPv6 address
                break
    raise _bad(json.dumps(answer, ensure_ascii=False))


def _said(answer: Answer) -> str:
    return str(answer.get("error") or answer.get("message") or "")[:300]


def _object(text: str) -> dict[str, Any] | None:
    """What the text holds, if a database can hold it too."""
    try:
        found = json.loads(text, parse_constant=_refuse)
        plain = json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and rb"\u0000" not in plain else None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _bad(said: str) -> ProviderBadAnswer:
    # Another try would be billed again, and what was made may still be there.
    return ProviderBadAnswer(vendor=said[:300], most_tries=1)


def _mended(text: str) -> str:
    """Without closing brackets that close nothing and commas before one that does."""
    kept: list[str] = []
    open_: list[str] = []
    quoted = escaped = False
    for character in text:
        if quoted:
            quoted = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            quoted = True
        elif character in "{[":
            open_.append(character)
        elif character in OPENERS:
            if not open_ or open_[-1] != OPENERS[character]:
                continue
            open_.pop()
            while kept and (kept[-1].isspace() or kept[-1] == ","):
                kept.pop()
        kept.append(character)
    return "".join(kept)
