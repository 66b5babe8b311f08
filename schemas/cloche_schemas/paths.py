"""Relative paths of files that go into a sandbox or come out of one, and what makes them unfit."""

import unicodedata
from collections.abc import Iterator

MOST_BYTES = 1024
MOST_PART_BYTES = 255
MOST_PARTS = 16
# Control and format characters, lone surrogates, separators of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def flaw(path: str) -> str | None:
    """Why `path` may not name a file below a folder, or None if it may.

    Only plain relative paths: no way out of the folder, nothing that a terminal, a header or another system would
    read otherwise.
    """
    return next(_flaws(path), None)


def _flaws(path: str) -> Iterator[str]:
    # What is cheap to see comes first: a path out of a sandbox may be as long as a header, and there are thousands.
    if not path:
        yield "is empty"
    if len(path) > MOST_BYTES:
        yield f"is longer than {MOST_BYTES} bytes"
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        yield "is not Unicode text"
        return
    if size > MOST_BYTES:
        yield f"is longer than {MOST_BYTES} bytes"
    yield from _flaws_of_text(path)


def _flaws_of_text(path: str) -> Iterator[str]:
    if path.startswith("/"):
        yield "is absolute"
    if "\\" in path:
        yield "contains a backslash"
    if any(unicodedata.category(c) in _UNSEEN for c in path):
        yield "contains a control character"
    parts = path.split("/")
    if len(parts) > MOST_PARTS:
        yield f"has more than {MOST_PARTS} parts"
    if any(part in {"", ".", ".."} for part in parts):
        yield "has a part that is empty, . or .."
    if any(len(part.encode()) > MOST_PART_BYTES for part in parts):
        yield f"has a part longer than {MOST_PART_BYTES} bytes"


def key(path: str) -> str:
    """What two paths share that some file system would take for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
