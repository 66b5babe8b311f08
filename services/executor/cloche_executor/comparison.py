"""Whether what a program writes is what was expected, but for white space at the ends of lines and of the text."""

import hashlib

_BLANK = b" \t\r\v\f"
# A run of white space whose end is not seen yet has to be kept; nobody expects one that is longer.
MOST_PENDING = 1 << 20


class Comparison:
    """Feed it stdout as it comes. Holds a digest and what may still turn out to be the end, never the text."""

    def __init__(self, expected: str) -> None:
        self._expected = _digest(expected.encode())
        self._seen = _Normal()

    def take(self, data: bytes) -> None:
        self._seen.take(data)

    @property
    def equal(self) -> bool:
        """After the last byte."""
        return not self._seen.endless and self._seen.digest() == self._expected


class _Normal:
    """The digest of a text without white space before line ends, and without empty lines at its end."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._newlines = 0
        self._blank = b""
        self.endless = False

    def take(self, data: bytes) -> None:
        first, *rest = data.split(b"\n")
        self._part(first)
        for line in rest:
            # What was blank before this line end does not count.
            self._blank = b""
            self._newlines += 1
            self._part(line)

    def digest(self) -> bytes:
        return self._hash.digest()

    def _part(self, part: bytes) -> None:
        stripped = part.rstrip(_BLANK)
        if stripped:
            self._hash.update(b"\n" * self._newlines + self._blank + stripped)
            self._newlines, self._blank = 0, part[len(stripped) :]
        else:
            self._blank += part
        if len(self._blank) + self._newlines > MOST_PENDING:
            self.endless = True
            self._newlines, self._blank = 0, b""


def _digest(text: bytes) -> bytes:
    normal = _Normal()
    normal.take(text)
    return normal.digest()
