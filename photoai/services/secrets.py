"""Digests, signatures and encryption under the server's secret key."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from itsdangerous import BadSignature, URLSafeSerializer

BLOCK_BYTES, HIGHEST = 16, 2**63


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

    def veil(self, purpose: str, number: int) -> str:
        """A row's number as 32 hex digits that tell nothing of it and cannot be guessed; the same
        for the same number, and others for each purpose."""
        return self._block(purpose).encryptor().update(number.to_bytes(BLOCK_BYTES)).hex()

    def unveil(self, purpose: str, veiled: str) -> int | None:
        """The number behind the digits; None when they are none of ours."""
        try:
            block = bytes.fromhex(veiled)
        except ValueError:
            return None
        if len(block) != BLOCK_BYTES:
            return None
        number = int.from_bytes(self._block(purpose).decryptor().update(block))
        return number if number < HIGHEST else None

    def seal(self, purpose: str, text: str) -> str:
        """`text` encrypted and signed (Fernet), under a key of its own for each purpose."""
        return self._fernet(purpose).encrypt(text.encode()).decode()

    def unseal(self, purpose: str, sealed: str) -> str | None:
        """What was sealed; None when it was damaged or sealed under another key."""
        try:
            return self._fernet(purpose).decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None

    def _block(self, purpose: str) -> Cipher[modes.ECB]:
        """AES of a single block (FIPS 197), half of which is zeros in all that is ours."""
        key = hmac.new(self._key, f"veil {purpose}\0".encode(), hashlib.sha256).digest()
        return Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - there is no second block

    def _signed(self, purpose: str) -> URLSafeSerializer:
        key = self.key_for(f"expiring {purpose}")
        return URLSafeSerializer(key, signer_kwargs={"digest_method": hashlib.sha256})

    def _fernet(self, purpose: str) -> Fernet:
        key = hmac.new(self._key, f"seal {purpose}\0".encode(), hashlib.sha256).digest()
        return Fernet(base64.urlsafe_b64encode(key))


def same(one: str, other: str) -> bool:
    """Compare in constant time, whatever characters the stranger sent."""
    return hmac.compare_digest(one.encode(), other.encode("utf-8", "surrogatepass"))
