"""Sizes, languages and names as people write them."""

import pytest
from cloche.commands.quantities import BadWord, language_of, name_of, size


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("128MiB", 128 << 20),
        ("64k", 64_000),
        ("1.5 GiB", 3 << 29),
        ("1000000", 1_000_000),
        ("2gb", 2 * 10**9),
    ],
)
def test_a_size_is_read(text: str, expected: int) -> None:
    assert size(text) == expected


@pytest.mark.parametrize("text", ["", "much", "12 parsecs", "-1", "MiB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(BadWord, match="is no size"):
        size(text)


@pytest.mark.parametrize(
    ("path", "code", "expected"),
    [
        ("a.py", "#!/bin/sh", "python"),
        ("a.SH", "", "bash"),
        ("-", "#!/usr/bin/env python3\n", "python"),
        ("tool", "#!/bin/sh\n", "bash"),
        ("tool", "#!/usr/bin/env bash\n", "bash"),
        ("-", "print(1)", "python"),
    ],
)
def test_the_language_is_known_by_suffix_then_first_line(
    path: str, code: str, expected: str
) -> None:
    assert language_of(path, code) == expected


def test_a_language_that_does_not_run_here_is_refused() -> None:
    with pytest.raises(BadWord, match="--language"):
        language_of("tool", "#!/usr/bin/env ruby\n")


def test_only_a_name_that_the_api_takes_is_given() -> None:
    assert name_of("a/b.py") == "b.py"
    assert name_of("-") is None
    assert name_of("ä.py") is None
    assert name_of("x" * 200) is None
