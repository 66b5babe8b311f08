"""Wrapping secrets that have to be used again: AES-256-GCM under a key that is in no store, only in the settings."""

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_PURPOSE = b"cloche wraps signing keys v1"


class _WrappingKey:
    def __init__(self, secret: str) -> None:
        # One block of HKDF-SHA256 (RFC 5869) without a salt.
        extracted = hmac.new(bytes(32), secret.encode(), hashlib.sha256).digest()
        key = hmac.new(extracted, _PURPOSE + b"\x01", hashlib.sha256).digest()
        self.cipher = AESGCM(key)
        # Says which key it was and nothing of it.
        self.id = hmac.new(key, b"id", hashlib.sha256).hexdigest()[:8]


class Wrapper:
    """Wraps under the first of `secrets`, and unwraps what was wrapped under any of them.

    `context` is bound to what is wrapped: it opens for the same one alone.
    """

    def __init__(self, *secrets: str) -> None:
        keys = [_WrappingKey(secret) for secret in secrets]
        self._first = keys[0]
        self._keys = {key.id: key for key in reversed(keys)}

    def __repr__(self) -> str:
        return f"Wrapper({sorted(self._keys)})"

    def wrap(self, secret: bytes, context: str) -> str:
        """``<id of the key>.<nonce, ciphertext and tag in base64url>``"""
        nonce = os.urandom(_NONCE_BYTES)
        box = nonce + self._first.cipher.encrypt(nonce, secret, context.encode())
        return f"{self._first.id}.{base64.urlsafe_b64encode(box).decode().rstrip('=')}"

    def unwrap(self, text: str, context: str) -> bytes | None:
        """None if it was wrapped under another key, for another context, or was changed."""
        id_, _, rest = text.partition(".")
        key = self._keys.get(id_)
        if key is None:
            return None
        try:
            box = base64.urlsafe_b64decode(rest + "=" * (-len(rest) % 4))
            return key.cipher.decrypt(box[:_NONCE_BYTES], box[_NONCE_BYTES:], context.encode())
        except (InvalidTag, binascii.Error, ValueError):
            return None
