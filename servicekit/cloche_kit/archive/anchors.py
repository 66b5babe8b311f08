"""Signed heads against the chain: is this still the archive that was signed, and does it still reach that far?"""

from collections.abc import Sequence
from contextlib import aclosing

import msgspec

from cloche_kit.archive.findings import Finding, Report
from cloche_kit.archive.heads import SignedHead, decode_signed, head_key
from cloche_kit.archive.index import Manifest, SegmentRef, manifest_key
from cloche_kit.archive.segment import folder
from cloche_kit.archive.signing import Verifier
from cloche_kit.objects import Objects

KEPT = "the head that was kept"


class Anchors:
    """Every head that is known of one archive, and what the chain has at its place."""

    def __init__(self, stream: str, epoch: str, trusted: Sequence[Verifier]) -> None:
        self._place = (stream, epoch)
        self._trusted = trusted
        self._heads: list[tuple[str, SignedHead]] = []
        self._findings: list[Finding] = []
        self._wanted: set[int] = set()
        self._at: dict[int, tuple[str, int]] = {0: ("", 0)}
        self._count = 0

    def add_kept(self, kept: Sequence[SignedHead]) -> None:
        """Those that were kept elsewhere."""
        for signed in kept:
            self._add(KEPT, signed)

    def add_newest(self, manifest: Manifest) -> None:
        """The one in the manifest."""
        if manifest.signed is not None:
            self._add(manifest.key, manifest.signed)

    async def add_history(self, objects: Objects) -> None:
        """Those in the store. Before the manifest is read: it is always as new as they are. `ObjectsUnavailable`."""
        async with aclosing(objects.list(f"{folder(*self._place)}heads/")) as all_:
            async for info in all_:
                if (found := await objects.get(info.key)) is None:
                    continue
                try:
                    signed = decode_signed(found[1])
                except msgspec.DecodeError as error:
                    self._findings.append(Finding("corrupt", info.key, f"no head: {error}"))
                    continue
                if info.key != head_key(*self._place, signed.head.archived):
                    detail = f"it is the head at {signed.head.archived}"
                    self._findings.append(Finding("misplaced", info.key, detail))
                self._add(info.key, signed)

    def _add(self, key: str, signed: SignedHead) -> None:
        self._heads.append((key, signed))
        self._wanted.add(signed.head.archived)

    def passed(self, ref: SegmentRef) -> None:
        """The walk has come past a segment."""
        self._count += 1
        if ref.last in self._wanted:
            self._at[ref.last] = (ref.digest, self._count)

    def judge(self, report: Report) -> None:
        """Compare every head with what the walk has seen; nothing is said where it could not see."""
        report.findings += self._findings
        blind = any("/pages/" in finding.key for finding in report.findings)
        for key, signed in self._heads:
            finding = self._verdict(key, signed, report.archived, blind=blind)
            if finding is not None:
                report.findings.append(finding)
            elif self._trusted and signed.head.archived >= report.signed_up_to:
                report.signed_by = signed.key
                report.signed_up_to = signed.head.archived
        if self._trusted and not self._heads and report.archived:
            detail = "a key is trusted, but there is no signed head"
            key = manifest_key(*self._place)
            report.findings.append(Finding("unsigned", key, detail))

    def _verdict(
        self, key: str, signed: SignedHead, archived: int, *, blind: bool
    ) -> Finding | None:
        head = signed.head
        if self._trusted and not any(one.accepts(signed) for one in self._trusted):
            detail = f"not signed by a key that is trusted; it names key {signed.key}"
            return Finding("forged", key, detail, head.archived)
        if (head.stream, head.epoch) != self._place:
            return Finding("foreign", key, f"it is a head of {head.stream}-{head.epoch}")
        if head.archived > archived:
            when = f"{head.time:%Y-%m-%dT%H:%M:%SZ}"
            detail = f"{head.archived} was signed at {when}, the archive ends at {archived}"
            return Finding("truncated", key, detail, archived + 1)
        seen = self._at.get(head.archived)
        # Where pages cannot be read nobody has counted, or even come past.
        if seen == (head.digest, head.segments) or (
            blind and (seen is None or seen[0] == head.digest)
        ):
            return None
        there = f"{seen[0]} as segment {seen[1]}" if seen else "no end of a segment"
        detail = f"at {head.archived} {head.digest} was signed as segment {head.segments}, there is {there}"
        return Finding("rewritten", key, detail, head.archived)
