"""Pages on the wire: packed, without telling by their size what is secret in them."""

from __future__ import annotations

import base64
import gzip
import secrets

from flask import Response, request

WORTH_PACKING_BYTES = 1000
FAST = 5


def pack(response: Response) -> None:
    """Compress what the visitor takes compressed."""
    if "gzip" not in request.accept_encodings or response.headers.get("Content-Encoding"):
        return
    content = response.get_data()
    if len(content) >= WORTH_PACKING_BYTES:
        response.set_data(gzip.compress(content, FAST, mtime=0))
        response.headers["Content-Encoding"] = "gzip"


def masked(token: str) -> str:
    """The token in a form that is another one on every page: from the sizes of compressed pages a
    token that stays the same can be guessed, letter by letter (BREACH, CVE-2013-3587)."""
    plain = token.encode()
    mask = secrets.token_bytes(len(plain))
    return base64.urlsafe_b64encode(mask + _mixed(mask, plain)).decode()


def unmasked(given: str) -> str:
    """The token behind a masked one; whatever is none, as it is."""
    try:
        both = base64.urlsafe_b64decode(given.encode("ascii"))
        half = len(both) // 2
        return _mixed(both[:half], both[half:]).decode("ascii")
    except ValueError:  # no base64, no text
        return given.encode("ascii", "replace").decode()


def _mixed(mask: bytes, plain: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(mask, plain, strict=False))
