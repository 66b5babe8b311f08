"""What comes back from a sandbox's folder: artifacts of a program, products of a compiler. Names checked, no links."""

import hashlib
from collections.abc import Awaitable, Callable

from cloche_schemas import paths
from cloche_schemas.values import Artifact, Limits, SkippedArtifact

from cloche_executor.sandbox import File
from cloche_executor.tar_stream import BLOCK, Damaged, Member, TarReader

# Every skipped name is in an event: more of them are only counted.
MOST_SKIPPED = 100
_SHOWN = 200
# The name of what nobody has seen, because the tar was cut before it.
UNSEEN = "whatever came after"

Write = Callable[[bytes], Awaitable[None]]


def tar_bytes(files: int, content: int) -> int:
    """How many bytes of a tar are read at most where so many files with so much content are wanted."""
    return content + (files + MOST_SKIPPED) * 4 * BLOCK + (1 << 20)


class Artifacts:
    """Takes the tar of the output folder, writes the files' bytes one after another, and lists them."""

    def __init__(self, limits: Limits, write: Write) -> None:
        self._limits = limits
        self._write = write
        self._reader = TarReader()
        self._files: list[Artifact] = []
        self._skipped: list[SkippedArtifact] = []
        self._unlisted = 0
        self._size = 0
        self._current: tuple[str, int] | None = None
        self._digest = hashlib.sha256()
        self._left = 0
        self._begun = False
        self._over = False

    async def take(self, data: bytes) -> None:
        """More of the tar. What follows damage is ignored: it is the program's own doing."""
        if self._over:
            return
        self._begun = True
        try:
            found = self._reader.feed(data)
        except Damaged:
            self._over = True
            return
        for item in found:
            if isinstance(item, Member):
                self._open(item)
            elif self._current is not None:
                self._digest.update(item)
                self._size += len(item)
                self._left -= len(item)
                await self._write(item)
            self._close_whole()

    def result(self) -> tuple[tuple[Artifact, ...], tuple[SkippedArtifact, ...]]:
        """After the last byte: what is there whole, and what was left out."""
        if self._current is not None:
            # Cut in the middle: the bytes are recorded, but there is no such file.
            self._skip(self._current[0], "incomplete")
            self._current = None
        skipped = self._skipped
        if self._begun and not self._reader.ended:
            skipped = [*skipped, SkippedArtifact(name=UNSEEN, reason="incomplete")]
        if self._unlisted:
            skipped = [*skipped, SkippedArtifact(name=f"{self._unlisted} more", reason="too_many")]
        return tuple(self._files), tuple(skipped)

    def _open(self, member: Member) -> None:
        name = _relative(member.name)
        if member.kind == "folder":
            return
        if member.kind != "file":
            self._skip(name, member.kind)
        elif paths.flaw(name) is not None:
            self._skip(name, "bad_name")
        elif len(self._files) >= self._limits.artifact_files:
            self._skip(name, "too_many")
        elif self._size + member.size > self._limits.artifact_bytes:
            self._skip(name, "too_large")
        else:
            self._current, self._left = (name, self._size), member.size
            self._digest = hashlib.sha256()

    def _close_whole(self) -> None:
        if self._current is None or self._left:
            return
        name, offset = self._current
        digest = self._digest.hexdigest()
        size = self._size - offset
        self._files.append(Artifact(name=name, size=size, sha256=digest, offset=offset))
        self._current = None

    def _skip(self, name: str, reason: str) -> None:
        if len(self._skipped) >= MOST_SKIPPED:
            self._unlisted += 1
            return
        shown = name.encode("utf-8", "replace").decode()[:_SHOWN]
        self._skipped.append(SkippedArtifact(name=shown, reason=reason))


class Products:
    """Takes the tar of the build folder into memory, as files for the sandboxes that run the program."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._reader = TarReader()
        self._files: list[File] = []
        self._member: Member | None = None
        self._content = bytearray()
        self._size = 0
        self.flaw: str | None = None

    async def take(self, data: bytes) -> None:
        if self.flaw is not None:
            return
        self._size += len(data)
        if self._size > self._most:
            self.flaw = f"what the compiler made has more than {self._most} bytes"
            return
        try:
            for item in self._reader.feed(data):
                if isinstance(item, Member):
                    self._member, self._content = item, bytearray()
                else:
                    self._content += item
                self._keep()
        except Damaged as error:
            self.flaw = f"what the compiler made cannot be read: {error}"

    def files(self) -> tuple[File, ...]:
        """What was made; empty if nothing was, or `flaw` says why not."""
        return () if self.flaw is not None else tuple(self._files)

    def _keep(self) -> None:
        member = self._member
        if member is None or member.kind != "file" or len(self._content) < member.size:
            return
        self._member = None
        name = _relative(member.name)
        if paths.flaw(name) is None:
            content = bytes(self._content)
            file = File(name=name, content=content, executable=member.executable, folder="build")
            self._files.append(file)


def _relative(name: str) -> str:
    return name.removeprefix("./")
