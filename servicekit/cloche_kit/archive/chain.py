"""The rules of the chain, held against one segment after the other. It does no I/O."""

from collections.abc import Sequence

from cloche_kit.archive.findings import Finding, Kind, Report
from cloche_kit.archive.index import Manifest, SegmentRef
from cloche_kit.archive.segment import Header, Opened


class Chain:
    """What is known of the chain at one place. Findings go into `report`."""

    def __init__(self, manifest: Manifest, report: Report) -> None:
        self._manifest = manifest
        self._report = report
        self._last = self._segments = self._events = 0
        # Digest of the segment before; None where that is not known.
        self._previous: str | None = ""
        # A segment that is not what the index says: which of the two is right, the next one tells.
        self._doubtful: tuple[SegmentRef, Opened] | None = None

    def follows(self, ref: SegmentRef, unindexed: Sequence[tuple[int, int]]) -> None:
        """That it begins where the one before ended. `unindexed`: ranges whose page cannot be read."""
        due = self._last + 1
        if (due, ref.first - 1) in unindexed:
            # A page that cannot be read lies between; that was said.
            self._settle(None)
            self._previous = None
        elif ref.first > due:
            self._add("gap", ref, f"{due} to {ref.first - 1} are in no segment", due)
        elif ref.first < due:
            self._add("overlap", ref, f"it begins at {ref.first}, the one before ends at {due - 1}")

    def check(self, ref: SegmentRef, opened: Opened) -> None:
        """A segment by itself, and whether it names the one before."""
        report, header = self._report, opened.header
        report.segments += 1
        report.events += len(opened.lines)
        report.forgotten += sum(bool(line.forgotten) for _, line in opened.lines)
        if header is None:
            if report.adopted + 1 < report.segments:
                self._add("unchained", ref, "it has no header, those before it have one")
            report.adopted += 1
            self._settle(None)
        elif not self._in_place(ref, header):
            self._settle(None)
            return
        else:
            self._settle(header.previous)
            # Those from before there was a chain name nobody.
            if self._previous is not None and header.previous != self._previous:
                expected = self._previous or "nothing"
                detail = f"it names {header.previous or 'nothing'} where {expected} is before it"
                self._add("broken-chain", ref, detail)
        self._lines(ref, opened)
        if opened.digest != ref.digest:
            self._doubtful = (ref, opened)

    def _in_place(self, ref: SegmentRef, header: Header) -> bool:
        manifest = self._manifest
        place = (manifest.stream, manifest.epoch, ref.first, ref.last)
        if (header.stream, header.epoch, header.first, header.last) != place:
            detail = f"it is {header.first} to {header.last} of {header.stream}-{header.epoch}"
            self._add("misplaced", ref, detail)
            return False
        said = (ref.events, ref.begins, ref.ends)
        if said != (header.events, header.begins, header.ends):
            self._add("index", ref, "the index has other events or times than its header")
        return True

    def _lines(self, ref: SegmentRef, opened: Opened) -> None:
        due = ref.first
        for _, line in opened.lines:
            if line.sequence != due:
                self._add("lines", ref, f"it holds {line.sequence} where {due} is due", due)
                return
            due += 1
        if due != ref.last + 1:
            self._add("lines", ref, f"it ends at {due - 1}, not at {ref.last}", due)

    def _settle(self, named: str | None) -> None:
        """Say what is wrong with the one before, now that it is known what the next one names."""
        if self._doubtful is None:
            return
        (ref, opened), self._doubtful = self._doubtful, None
        if named is not None and named == opened.digest != ref.digest:
            self._add("index", ref, f"the index says {ref.digest}, the chain {opened.digest}")
            self._previous = opened.digest
        else:
            self._add("edited", ref, f"its digest is {opened.digest}, not {ref.digest}")

    def passed(self, ref: SegmentRef) -> None:
        """Go on behind it."""
        self._last = max(self._last, ref.last)
        self._previous = ref.digest
        self._segments += 1
        self._events += ref.events

    def ends(self) -> None:
        """That the manifest says what was seen."""
        manifest, report = self._manifest, self._report
        self._settle(manifest.head)
        report.archived, report.head = manifest.archived, manifest.head
        if manifest.archived != self._last or manifest.head != (self._previous or ""):
            detail = (
                f"it ends at {manifest.archived} with {manifest.head or 'nothing'}, "
                f"the chain at {self._last} with {self._previous or 'nothing'}"
            )
            report.findings.append(Finding("index", manifest.key, detail, manifest.archived))
        if any("/pages/" in finding.key for finding in report.findings):
            return
        said, counted = (manifest.segments, manifest.events), (self._segments, self._events)
        if said != counted:
            detail = "it counts {} segments and {} events, there are {} and {}"
            detail = detail.format(*said, *counted)
            report.findings.append(Finding("counts", manifest.key, detail))

    def _add(self, kind: Kind, ref: SegmentRef, detail: str, sequence: int = 0) -> None:
        key = self._manifest.segment_key(ref)
        self._report.findings.append(Finding(kind, key, detail, sequence or ref.first))
