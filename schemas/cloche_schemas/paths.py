"""Relative paths of files that go into a sandbox or come out of one, and what makes them unfit."""

import unicodedata

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
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        return "is not Unicode text"
    parts = path.split("/")
    flaws = {
        "is empty": not path,
        f"is longer than {MOST_BYTES} bytes": size > MOST_BYTES,
        "is absolute": path.startswith("/"),
        "contains a backslash": "\\" in path,
        "contains a control character": any(unicodedata.category(c) in _UNSEEN for c in path),
        f"has more than {MOST_PARTS} parts": len(parts) > MOST_PARTS,
        "has a part that is empty, . or ..": any(part in {"", ".", ".."} for part in parts),
        f"has a part longer than {MOST_PART_BYTES} bytes": any(
            len(part.encode()) > MOST_PART_BYTES for part in parts
        ),
    }
    return next((words for words, found in flaws.items() if found), None)


def key(path: str) -> str:
    """What two paths share that some file system would take for the same."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
