"""Searching bytes as they come: the same lines as if all of them had been there at once."""

import re

import pytest
from cloche_gateway.searching import (
    EXCERPT_BYTES,
    LINE_BYTES,
    OVERLAP_BYTES,
    BadPattern,
    Search,
    finder,
)
from cloche_schemas.views import OutputMatch
from hypothesis import given
from hypothesis import strategies as st

TEXT = st.lists(st.sampled_from([b"a", b"b", b"ab", b"A", b"\n", b"\r\n", b"\xff", b"\xc3\xa4"]))
NEEDLE = st.text(alphabet="abA\u00e4", min_size=1, max_size=3)


def found(
    pieces: list[bytes], text: str, *, regex: bool = False, ignore_case: bool = False
) -> list[OutputMatch]:
    search = Search(finder(text, regex=regex, ignore_case=ignore_case))
    matches = [match for piece in pieces for match in search.feed(piece)]
    return matches + search.finish()


def places(matches: list[OutputMatch]) -> list[tuple[int, int]]:
    return [(match.line, match.offset) for match in matches]


def expected(data: bytes, pattern: re.Pattern[bytes]) -> list[tuple[int, int]]:
    result, offset = [], 0
    for number, line in enumerate(data.split(b"\n"), start=1):
        match = pattern.search(line)
        # What follows the last line feed is a line only if there is something.
        if match and (line or offset < len(data)):
            result.append((number, offset + match.start()))
        offset += len(line) + 1
    return result


@given(TEXT, NEEDLE, st.booleans())
def test_every_line_that_holds_a_text_is_found_once(
    parts: list[bytes], needle: str, ignore_case: bool
) -> None:
    data = b"".join(parts)
    flags = re.IGNORECASE if ignore_case else 0
    pattern = re.compile(re.escape(needle.encode()), flags)
    assert places(found([data], needle, ignore_case=ignore_case)) == expected(data, pattern)
    assert found(parts, needle, ignore_case=ignore_case) == found(
        [data], needle, ignore_case=ignore_case
    )


@given(TEXT, st.sampled_from(["^a", "b$", "^$", "a+b", "[^a]b", "a|b", "(a)(b)", "a.b", r"a\s*b"]))
def test_a_pattern_is_matched_by_lines(parts: list[bytes], text: str) -> None:
    data = b"".join(part for part in parts if part.isascii())
    pattern = re.compile(text.encode())
    lines = expected(data, pattern)
    assert places(found([data], text, regex=True)) == lines
    assert places(found([bytes([one]) for one in data], text, regex=True)) == lines


@pytest.mark.parametrize("cut", [1, 7, 100])
def test_where_a_search_has_come_to_is_where_it_goes_on(cut: int) -> None:
    data = b"".join(b"line %d\n" % n for n in range(100))
    find = finder("line", regex=False, ignore_case=False)
    first = Search(find)
    matches = first.feed(data[:cut])
    rest = Search(find, line=first.line, offset=first.offset, known=first.known)
    matches += rest.feed(data[first.offset :]) + rest.finish()
    assert [match.line for match in matches] == list(range(1, 101))


@pytest.mark.parametrize("at", [0, LINE_BYTES - 3, LINE_BYTES + 1, 2 * LINE_BYTES - 2, 3 << 20])
def test_a_line_without_end_is_searched_in_bounded_memory(at: int) -> None:
    data = bytearray(b"." * (4 << 20))
    data[at : at + 6] = b"needle"
    data += b"\nneedle\n"
    search = Search(finder("needle", regex=False, ignore_case=False))
    matches = []
    for start in range(0, len(data), 100_000):
        matches += search.feed(bytes(data[start : start + 100_000]))
        assert len(search._held) <= LINE_BYTES + OVERLAP_BYTES
    matches += search.finish()
    assert places(matches) == [(1, at), (2, (4 << 20) + 1)]


def test_a_long_line_that_was_found_is_not_found_again() -> None:
    data = b"needle" + b"." * (2 * LINE_BYTES) + b"needle\nneedle"
    pieces = [data[n : n + 65536] for n in range(0, len(data), 65536)]
    assert [match.line for match in found(pieces, "needle")] == [1, 2]


def test_an_excerpt_is_the_line_or_what_lies_around_the_match() -> None:
    [whole] = found([b"before\nthe needle\r\nafter"], "needle")
    assert (whole.text, whole.cut) == ("the needle", False)
    [long] = found([b"x" * 500 + b"needle" + b"y" * 500], "needle")
    assert long.cut
    assert len(long.text) == EXCERPT_BYTES
    assert "needle" in long.text
    [bytes_] = found([b"\xff needle"], "needle")
    assert bytes_.text == "\ufffd needle"


@pytest.mark.parametrize("text", ["", "a\nb", "a\0b"])
@pytest.mark.parametrize("regex", [True, False])
def test_what_no_line_holds_cannot_be_searched_for(text: str, regex: bool) -> None:
    with pytest.raises(BadPattern):
        finder(text, regex=regex, ignore_case=False)


@pytest.mark.parametrize(
    "text", ["(", "a{2000}", r"(a)\1", "(?=a)", "((a{500}){500}){500}", "[z-a]"]
)
def test_what_is_no_pattern_of_re2_is_refused(text: str) -> None:
    with pytest.raises(BadPattern, match="RE2"):
        finder(text, regex=True, ignore_case=False)


def test_a_pattern_that_ruins_others_takes_no_longer_than_the_text_is_long() -> None:
    # (a+)+$ takes a backtracking matcher 2^n steps.
    assert found([b"a" * 200_000 + b"!"], "(a+)+$", regex=True) == []
