"""What verification can find. A finding is a value: verification goes on after it."""

from typing import Literal

from msgspec import Struct, field

Kind = Literal[
    "missing",  # an object that an index names is not there
    "corrupt",  # it is there, but not what its name says
    "misplaced",  # a segment of another place: its header names another stream or range
    "edited",  # its lines or its header are not those of its digest
    "lines",  # its lines are not its range, each sequence once and in order
    "gap",  # sequences that are in no segment
    "overlap",  # sequences that are in two
    "broken-chain",  # it does not name the digest of the segment before
    "unchained",  # it has no header, but is not from before there was a chain
    "index",  # page or manifest and the chain say different things
    "counts",  # the manifest's figures are not those of its segments
    "inserted",  # a segment that no index names, with lines that are not the archive's
    "rolled-back",  # the manifest is older than other objects of the archive
    "truncated",  # the archive ends before a head that was signed
    "rewritten",  # the chain is another than the one that was signed
    "forged",  # a signature that is not of the key that is trusted
    "foreign",  # a head of another archive
    "unsigned",  # a key is trusted, but the archive bears no signature
    "stray",  # left by a crash: repeats the archive, or lies right beyond its end
    "unknown",  # an object that is none of an archive's
]
#: Kinds that say nothing against the archive.
HARMLESS: frozenset[Kind] = frozenset({"stray", "unknown"})


class Finding(Struct, frozen=True):
    """`key`: the object it is about; `sequence`: the first one concerned, 0 where there is none."""

    kind: Kind
    key: str
    detail: str
    sequence: int = 0

    @property
    def harmless(self) -> bool:
        return self.kind in HARMLESS


class Report(Struct, kw_only=True):
    """What was checked, and what was found. `stored_bytes`: of the segments as they lie in the store.

    `forgotten`: lines of which only the digest is left. `adopted`: segments from before there was a chain. `signed_by`:
    id of the key whose signature was checked and fits, up to the sequence `signed_up_to`.
    """

    stream: str
    epoch: str
    archived: int = 0
    head: str = ""
    segments: int = 0
    adopted: int = 0
    events: int = 0
    forgotten: int = 0
    stored_bytes: int = 0
    signed_by: str = ""
    signed_up_to: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Nothing was found that speaks against the archive."""
        return all(finding.harmless for finding in self.findings)
