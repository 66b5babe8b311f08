"""Heads of the chain: how far an archive has come and what its last digest is, signed so that it can be kept elsewhere.

What is signed is the head's JSON behind `CONTEXT`, so a signature made for something else never fits.
"""

from datetime import datetime

import msgspec
from msgspec import Struct

from cloche_kit.archive.segment import folder

CONTEXT = b"cloche archive head v1\n"


class Head(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The chain up to the segment that ends at `archived`. `digest`: of that segment, empty if there is none.

    `time`: when it was signed. A field added later needs a default, or older signatures no longer fit.
    """

    stream: str
    epoch: str
    archived: int
    segments: int
    digest: str
    time: datetime

    @property
    def statement(self) -> bytes:
        """The bytes that are signed."""
        return CONTEXT + msgspec.json.encode(self)


class SignedHead(Struct, frozen=True):
    """`key`: id of the public key (signing.py); `signature`: Ed25519 over the head's statement."""

    head: Head
    key: str
    signature: bytes


_signed = msgspec.json.Decoder(SignedHead)


def decode_signed(data: bytes) -> SignedHead:
    """msgspec.DecodeError if it is none."""
    return _signed.decode(data)


def head_key(stream: str, epoch: str, archived: int) -> str:
    """Where a signed head is kept, if a history of them is wanted."""
    return f"{folder(stream, epoch)}heads/{archived:020}.json"
