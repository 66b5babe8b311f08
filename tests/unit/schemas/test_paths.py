"""Which paths may name a file in a sandbox's folder."""

import pytest
from cloche_schemas.paths import MOST_BYTES, MOST_PART_BYTES, MOST_PARTS, flaw, key


@pytest.mark.parametrize(
    "path",
    [
        "main.py",
        "a/b/c.txt",
        ".hidden",
        "with space",
        "Zwölf.py",
        "-rf",
        "a..b",
        "x" * MOST_PART_BYTES,
    ],
)
def test_plain_relative_paths_are_fit(path: str) -> None:
    assert flaw(path) is None


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("", "empty"),
        ("..", ".."),
        ("../x", ".."),
        ("a/../b", ".."),
        ("a/./b", ".."),
        ("a//b", "empty"),
        ("a/", "empty"),
        ("/etc/passwd", "absolute"),
        ("a\\b", "backslash"),
        ("a\0b", "control"),
        ("a\nb", "control"),
        ("a\x1b[2Jb", "control"),
        ("a\u202eb", "control"),
        ("a\u2028b", "control"),
        ("\ud800", "Unicode"),
        ("x" * (MOST_PART_BYTES + 1), "part longer"),
        ("ü" * 128, "part longer"),
        ("/".join(["x" * 200] * 6), f"longer than {MOST_BYTES}"),
        ("/".join(["x"] * (MOST_PARTS + 1)), "parts"),
    ],
)
def test_whatever_leads_out_or_reads_otherwise_is_not(path: str, words: str) -> None:
    assert words in (flaw(path) or "")


def test_paths_that_some_file_system_takes_for_the_same_share_a_key() -> None:
    assert key("README") == key("readme")
    assert key("u\N{COMBINING DIAERESIS}") == key("Ü")
    assert key("a") != key("b")
