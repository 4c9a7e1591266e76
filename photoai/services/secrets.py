"""Digests, signatures and encryption under the server's secret key."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from itsdangerous import BadSignature, URLSafeSerializer


class Secrets:
    """Everything that depends on the secret key; the key itself never leaves."""

    def __init__(self, secret_key: str) -> None:
        self._key = hashlib.sha256(secret_key.encode()).digest()

    def digest(self, purpose: str, text: str) -> str:
        """HMAC-SHA256 (RFC 2104) of `text`, in hex; `purpose` keeps uses apart."""
        return hmac.new(self._key, f"{purpose}\0{text}".encode(), hashlib.sha256).hexdigest()

    def key_for(self, purpose: str) -> str:
        """A key of its own for another library's signatures."""
        return self.digest(f"key {purpose}", "")

    def link_token(self, purpose: str, subject: str) -> str:
        """An unguessable token that stands for `subject` in a link."""
        return self.digest(f"link {purpose}", subject)[:43]

    def opens(self, purpose: str, subject: str, token: str) -> bool:
        """Whether `token` is the one made for `subject`, compared in constant time."""
        return same(self.link_token(purpose, subject), token)

    def expiring_token(self, purpose: str, subject: str, expires_at: datetime) -> str:
        """A token that stands for `subject` in a link until then, to the second."""
        return str(self._signed(purpose).dumps([subject, int(expires_at.timestamp())]))

    def expiry(self, purpose: str, subject: str, token: str) -> datetime | None:
        """Until when `token` stands for `subject`, maybe long ago; None when it never did."""
        try:
            meant, until = self._signed(purpose).loads(token)
        except BadSignature:
            return None
        return datetime.fromtimestamp(until, UTC) if meant == subject else None

    def hidden_token(self, purpose: str, subject: bytes) -> str:
        """An unguessable token that hides `subject` and can be opened again without being stored:
        AES-SIV (RFC 5297), 128 bits of it against guesses; equal subjects have equal tokens."""
        sealed = self._siv(purpose).encrypt(subject, None)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def hidden_subject(self, purpose: str, token: str) -> bytes | None:
        """What is hidden in `token`; None when we never made it."""
        try:
            sealed = base64.urlsafe_b64decode(token.encode("ascii") + b"==")
            subject = self._siv(purpose).decrypt(sealed, None)
        except (UnicodeEncodeError, binascii.Error, ValueError, InvalidTag):
            return None
        # Base64 reads several texts as the same bytes: one link has one address.
        return subject if self.hidden_token(purpose, subject) == token else None

    def seal(self, purpose: str, text: str) -> str:
        """`text` encrypted and signed (Fernet), under a key of its own for each purpose."""
        return self._fernet(purpose).encrypt(text.encode()).decode()

    def unseal(self, purpose: str, sealed: str) -> str | None:
        """What was sealed; None when it was damaged or sealed under another key."""
        try:
            return self._fernet(purpose).decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    def _signed(self, purpose: str) -> URLSafeSerializer:
        key = self.key_for(f"expiring {purpose}")
        return URLSafeSerializer(key, signer_kwargs={"digest_method": hashlib.sha256})

    def _siv(self, purpose: str) -> AESSIV:
        return AESSIV(hmac.new(self._key, f"hide {purpose}\0".encode(), hashlib.sha512).digest())

    def _fernet(self, purpose: str) -> Fernet:
        key = hmac.new(self._key, f"seal {purpose}\0".encode(), hashlib.sha256).digest()
        return Fernet(base64.urlsafe_b64encode(key))


def same(one: str, other: str) -> bool:
    """Compare in constant time, whatever characters the stranger sent."""
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogatepass"))
