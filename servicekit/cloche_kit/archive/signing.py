"""Ed25519 over heads of the chain. Keys are PEM files: PKCS #8 without a password, and SubjectPublicKeyInfo.

Any other tool can make and read them: ``openssl genpkey -algorithm ed25519``, ``openssl pkey -pubout``. Where a service
is given secrets and no files, its key is derived from one (HKDF, RFC 5869).
"""

import hashlib
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from cloche_kit.archive.heads import Head, SignedHead

ID_DIGITS = 16
# Part of what a key is derived from: another one would be another key.
_DERIVED_FOR = b"cloche archive heads"
#: Characters of a secret that a key may be derived from.
SHORTEST_SECRET = 32


class BadKey(ValueError):  # noqa: N818
    """A file that should hold a key does not."""


class Verifier:
    """A public key. `id`: the first digits of the SHA-256 of its 32 bytes, in hex."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.id = hashlib.sha256(raw).hexdigest()[:ID_DIGITS]

    @classmethod
    def read(cls, path: Path) -> Self:
        """`BadKey` if it cannot be read or is no public key of this kind."""
        try:
            key = load_pem_public_key(path.read_bytes())
        except (OSError, ValueError, UnsupportedAlgorithm) as error:
            raise BadKey(f"{path}: not a public key: {_reason(error)}") from error
        if not isinstance(key, Ed25519PublicKey):
            raise BadKey(f"{path}: not an Ed25519 public key")
        return cls(key)

    def accepts(self, signed: SignedHead) -> bool:
        """The signature is this key's, and over this head."""
        try:
            self._key.verify(signed.signature, signed.head.statement)
        except InvalidSignature:
            return False
        return signed.key == self.id


class Signer:
    """A private key."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.verifier = Verifier(key.public_key())

    @classmethod
    def read(cls, path: Path) -> Self:
        """`BadKey` if it cannot be read or is no private key of this kind."""
        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise BadKey(f"{path}: not a private key: {_reason(error)}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise BadKey(f"{path}: not an Ed25519 private key")
        return cls(key)

    @classmethod
    def derived(cls, secret: str) -> Self:
        """The same secret gives the same key. `BadKey` if it has fewer than `SHORTEST_SECRET` characters."""
        if len(secret) < SHORTEST_SECRET:
            raise BadKey(f"a secret has at least {SHORTEST_SECRET} characters, not {len(secret)}")
        hkdf = HKDF(algorithm=SHA256(), length=32, salt=None, info=_DERIVED_FOR)
        return cls(Ed25519PrivateKey.from_private_bytes(hkdf.derive(secret.encode())))

    @property
    def public_pem(self) -> bytes:
        """Its public half, for who is to check what it signs."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, head: Head) -> SignedHead:
        return SignedHead(head, self.verifier.id, self._key.sign(head.statement))


def new_pair() -> tuple[bytes, bytes]:
    """A private key and its public key, as PEM."""
    key = Ed25519PrivateKey.generate()
    return (
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error).partition(".")[0]
