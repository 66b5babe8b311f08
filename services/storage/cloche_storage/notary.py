"""When the head of the chain is signed, and which signed heads are kept as a history."""

import math
import time
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
from cloche_kit.archive.heads import Head, SignedHead, head_key
from cloche_kit.archive.index import Manifest
from cloche_kit.archive.signing import Signer
from cloche_kit.objects import Objects, ObjectsUnavailable
from msgspec.structs import replace

from cloche_storage.placing import JSON


class Notary:
    """Signs at most once in `every` seconds, and keeps one of the signed heads in `keep_every` (0: none)."""

    def __init__(self, signer: Signer, *, every: float, keep_every: float) -> None:
        self._signer = signer
        self._every = every
        self._keep_every = keep_every
        self._signed_at = self._kept_at = -math.inf
        self._to_keep: SignedHead | None = None

    def sign(self, manifest: Manifest, *, at_once: bool) -> Manifest:
        """`manifest` with its head signed, if that is due or `at_once` and the one it has is older."""
        have, now = manifest.signed, time.monotonic()
        place = (manifest.archived, manifest.head)
        fresh = (
            have is not None
            and have.key == self._signer.verifier.id
            and (have.head.archived, have.head.digest) == place
        )
        if fresh or not manifest.archived:
            return manifest
        if not at_once and now < self._signed_at + self._every:
            return manifest
        self._signed_at = now
        head = Head(
            stream=manifest.stream,
            epoch=manifest.epoch,
            archived=manifest.archived,
            segments=manifest.segments,
            digest=manifest.head,
            time=datetime.now(UTC),
        )
        signed = self._signer.sign(head)
        if self._keep_every and now >= self._kept_at + self._keep_every:
            self._to_keep = signed
        return replace(manifest, signed=signed)

    async def keep(self, objects: Objects) -> None:
        """After the manifest was written: add to the history what is due. A store that is away is asked again later."""
        if (signed := self._to_keep) is None:
            return
        head = signed.head
        key = head_key(head.stream, head.epoch, head.archived)
        with suppress(ObjectsUnavailable):
            await objects.put(key, msgspec.json.encode(signed), content_type=JSON)
            self._kept_at, self._to_keep = time.monotonic(), None
