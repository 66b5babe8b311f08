"""`cloche archive verify` and `head`: is it still what was written, and what is to be kept elsewhere to know that."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cloche_kit.archive.findings import Report
from cloche_kit.archive.heads import Head, SignedHead, decode_signed
from cloche_kit.archive.signing import Verifier
from cloche_kit.archive.verify import verify as verified

from cloche_storage.commands.store import FOUND, Refused, opened, run, say, write_line


def verify(
    *,
    epoch: str | None = None,
    anchor: list[Path] | None = None,
    public_key: list[Path] | None = None,
    json: bool = False,
) -> int:
    """Check every segment, line, digest and page; 1 if anything speaks against the archive.

    Parameters
    ----------
    epoch:
        The archive of this stream; without it the newest.
    anchor:
        A head that was kept elsewhere (cloche archive head): shows what was cut off or made anew since.
    public_key:
        Ed25519 public key (PEM) that heads are to be signed with; without it that of the system on this machine.
    json:
        The report as one JSON object.
    """

    async def check() -> int:
        anchors = [_anchor(path) for path in anchor or ()]
        keys = [Verifier.read(path) for path in public_key or ()]
        async with opened(epoch) as archive:
            trusted = keys or [Verifier.read(path) for path in archive.store.trusted]
            reader = archive.reader
            report = await verified(
                archive.objects,
                stream=reader.stream,
                epoch=archive.epoch,
                anchors=anchors,
                trusted=trusted,
            )
        if json:
            write_line(msgspec.json.encode(report))
        else:
            _show(report, trusted=bool(trusted))
        return 0 if report.sound else FOUND

    return run(check())


def head(*, epoch: str | None = None) -> int:
    """Write the newest head that was signed, as one JSON object. Keep it where whoever writes the store cannot.

    Parameters
    ----------
    epoch:
        The archive of this stream; without it the newest.
    """

    async def write() -> int:
        async with opened(epoch) as archive:
            manifest = await archive.manifest()
        signed = manifest.signed
        if signed is None:
            say(
                "no key signs this archive: the head is not signed, and only worth what its keeper is"
            )
            now = Head(
                stream=manifest.stream,
                epoch=manifest.epoch,
                archived=manifest.archived,
                segments=manifest.segments,
                digest=manifest.head,
                time=datetime.now(UTC),
            )
            signed = SignedHead(now, "", b"")
        write_line(msgspec.json.encode(signed))
        return 0

    return run(write())


def _anchor(path: Path) -> SignedHead:
    try:
        return decode_signed(path.read_bytes())
    except (OSError, msgspec.DecodeError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or error
        raise Refused(f"--anchor {path}: no head: {reason}") from error


def _show(report: Report, *, trusted: bool) -> None:
    for finding in report.findings:
        kind = f"({finding.kind})" if finding.harmless else finding.kind
        at = f" [from {finding.sequence}]" if finding.sequence else ""
        say(f"{kind:<13} {finding.key}: {finding.detail}{at}")
    wrong = sum(not finding.harmless for finding in report.findings)
    told = f"{report.segments:,} segments, {report.events:,} events, {report.stored_bytes:,} bytes"
    sys.stdout.write(f"checked {told} of {report.stream}-{report.epoch} up to {report.archived}\n")
    if report.forgotten:
        sys.stdout.write(
            f"{report.forgotten:,} events were forgotten: only their digests are left\n"
        )
    if report.signed_by:
        sys.stdout.write(f"signed by key {report.signed_by} up to {report.signed_up_to}\n")
    else:
        sys.stdout.write(
            f"{'unsigned' if trusted else 'no key was given: signatures were not checked'}\n"
        )
    sys.stdout.write(
        "sound\n" if not wrong else f"{wrong} found: the archive is not what was written\n"
    )
