"""Whether stdout is what was expected."""

import pytest
from cloche_executor import comparison
from cloche_executor.comparison import Comparison
from hypothesis import given
from hypothesis import strategies as st


def equal(expected: str, said: bytes, piece: int = 1 << 20) -> bool:
    compared = Comparison(expected)
    for at in range(0, len(said), piece):
        compared.take(said[at : at + piece])
    return compared.equal


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("42", b"42\n"),
        ("42\n", b"42"),
        ("a\nb\n", b"a  \r\nb\t\n\n\n"),
        ("", b""),
        ("", b" \n\n"),
        ("ü", "ü\n".encode()),
        ("a b", b"a b"),
    ],
)
def test_white_space_at_the_ends_of_lines_makes_no_difference(expected: str, said: bytes) -> None:
    assert equal(expected, said)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("42", b"43"),
        ("42", b""),
        ("a\nb", b"a\n\nb"),
        ("a", b" a"),
        ("a b", b"a  b"),
        ("a", b"a\nb"),
        ("", b"x"),
        ("\n a", b"a"),
    ],
)
def test_anything_else_does(expected: str, said: bytes) -> None:
    assert not equal(expected, said)


TEXT = st.text(st.sampled_from("ab \t\n"), max_size=40)


@given(TEXT, TEXT, st.integers(1, 5))
def test_it_is_what_comparing_whole_texts_gives(expected: str, said: str, piece: int) -> None:
    def normal(text: str) -> str:
        return "\n".join(line.rstrip() for line in text.split("\n")).rstrip("\n")

    assert equal(expected, said.encode(), piece) == (normal(expected) == normal(said))


def test_endless_white_space_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "MOST_PENDING", 1000)
    compared = Comparison("a")
    compared.take(b"a")
    for _ in range(100):
        compared.take(b" " * 100)
    assert len(compared._seen._blank) <= 1000
    assert not compared.equal
