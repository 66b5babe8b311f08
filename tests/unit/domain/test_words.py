"""Words of code, and what finds them."""

import pytest
from cloche_domain.words import MOST_LETTERS, BadQuery, Query, Term, parse, words
from hypothesis import given
from hypothesis import strategies as st

CODE = "import numpy.linalg as la\nx = la.solve_many(A, b)  # PR-77, naïve\nraise KeyError('a/b')"


def test_what_joins_words_in_code_parts_them() -> None:
    assert words("a_b.c::d/e-f  G7") == ["a", "b", "c", "d", "e", "f", "g7"]
    assert words("naïve ÄÖÜ 漢字 x²") == ["naïve", "äöü", "漢字", "x²"]
    assert words("") == words("_ . \n\0 \t'\"") == []


def test_a_run_that_is_too_long_is_data_and_no_word() -> None:
    assert words(f"a {'x' * MOST_LETTERS} {'y' * (MOST_LETTERS + 1)} b") == [
        "a",
        "x" * MOST_LETTERS,
        "b",
    ]


@pytest.mark.parametrize(
    "query",
    [
        "linalg",
        "LINALG",
        "solve_many",
        "la.solve_many",
        "numpy.linalg",
        '"import numpy"',
        '"numpy linalg as',
        "keyerror pr-77",
        "nothing or raise",
        "nothing solve or many la",
        "solve -nothing",
        'solve -"many solve"',
        "naïve",
        "--numpy",
        "a/b",
    ],
)
def test_it_is_found_by(query: str) -> None:
    assert parse(query).matches(words(CODE))


@pytest.mark.parametrize(
    "query",
    ["nothing", "solve.linalg", '"numpy as"', "solve -many", 'raise -"import numpy"', "lin", "x b"],
)
def test_it_is_not_found_by(query: str) -> None:
    text = words(CODE) if query != "x b" else words("x x")
    assert not parse(query).matches(text)


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("", "no word"),
        ("  ", "no word"),
        ("or or", "no word"),
        ("-_ ./", "no word"),
        ("-a", "not only left out"),
        ("a or -b", "not only left out"),
        ("x" * (MOST_LETTERS + 1), "letters"),
        (" ".join("abcdefghijklmnopqrstuvwxyz0123456789"), "terms"),
    ],
)
def test_nothing_can_be_looked_for_by(query: str, why: str) -> None:
    with pytest.raises(BadQuery, match=why):
        parse(query)


def test_every_term_is_quoted_so_that_no_word_is_an_operator() -> None:
    found = parse('a_b "or" -c or -d e')
    assert found == Query(
        (
            (Term(("a", "b")), Term(("or",)), Term(("c",), negative=True)),
            (Term(("d",), negative=True), Term(("e",))),
        )
    )
    assert found.websearch == '"a b" "or" -"c" or -"d" "e"'


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_of_queries(text: str) -> None:
    try:
        found = parse(text)
    except BadQuery:
        return
    assert parse(found.websearch) == found
    assert found.matches([word for terms in found.either for t in terms for word in t.words]) in {
        True,
        False,
    }


@given(st.lists(st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True), min_size=1, max_size=9))
def test_a_text_is_found_by_every_phrase_of_it(text: list[str]) -> None:
    for begin in range(len(text)):
        for end in range(begin + 1, len(text) + 1):
            assert parse("_".join(text[begin:end]).join('""')).matches(text)
