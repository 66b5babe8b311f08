"""Words of code, output and labels as the full-text search knows them: the projector indexes by it, gateways ask by it.

A word is a run of letters and digits, in lower case. What joins words in code (``_``, ``.``, ``/``, ``-``, ``::``)
parts them, and in a query what is joined is a phrase: ``numpy.linalg.solve_many`` is found by ``linalg``, by
``solve_many`` and by all of it. Both sides are cut into words here, so that it does not matter what a database takes
for a token.
"""

import re
from collections.abc import Sequence

from msgspec import Struct

#: A longer run is no word that anybody looks for: it is data.
MOST_LETTERS = 64
MOST_TERMS = 32

_RUN = re.compile(r"[^\W_]+")
# A sign that leaves out stands right before what it leaves out, so that the option --flag is looked for.
_PART = re.compile(r'((?:-(?=[^\W_]|"))?)(?:"([^"]*)"?|([^\s"]+))')


class BadQuery(ValueError):  # noqa: N818 - it names what the text is
    """Nothing can be looked for by this text; the message says why."""


class Term(Struct, frozen=True):
    """Words that follow one another, or (`negative`) must not."""

    words: tuple[str, ...]
    negative: bool = False


class Query(Struct, frozen=True):
    """What is looked for: every term of one of `either`."""

    either: tuple[tuple[Term, ...], ...]

    @property
    def websearch(self) -> str:
        """The same for PostgreSQL's ``websearch_to_tsquery``. Everything is quoted, so that no word is an operator."""
        return " or ".join(" ".join(map(_quoted, terms)) for terms in self.either)

    def matches(self, text: Sequence[str]) -> bool:
        """Whether it finds a text of these words."""
        return any(
            all(_holds(text, term.words) != term.negative for term in terms)
            for terms in self.either
        )


def words(text: str) -> list[str]:
    """The words of `text`, in order."""
    return [run for run in _RUN.findall(text.lower()) if len(run) <= MOST_LETTERS]


def parse(text: str) -> Query:
    """A query as people type it: words that must all be there, ``"a phrase"``, ``-not``, ``or``. `BadQuery`."""
    either: list[list[Term]] = [[]]
    for sign, quoted, bare in _PART.findall(text):
        if bare.lower() == "or" and not sign:
            either.append([])
            continue
        runs = tuple(_RUN.findall((quoted or bare).lower()))
        if any(len(run) > MOST_LETTERS for run in runs):
            raise BadQuery(f"a word has at most {MOST_LETTERS} letters")
        if runs:
            either[-1].append(Term(runs, negative=bool(sign)))
    found = tuple(tuple(terms) for terms in either if terms)
    if not found:
        raise BadQuery("there is no word in it")
    if sum(map(len, found)) > MOST_TERMS:
        raise BadQuery(f"it has more than {MOST_TERMS} terms")
    if any(all(term.negative for term in terms) for terms in found):
        # An index finds what is there, never what is not.
        raise BadQuery("something must be looked for, not only left out")
    return Query(found)


def _quoted(term: Term) -> str:
    return f'{"-" if term.negative else ""}"{" ".join(term.words)}"'


def _holds(text: Sequence[str], phrase: tuple[str, ...]) -> bool:
    size = len(phrase)
    return any(
        text[at] == phrase[0] and tuple(text[at : at + size]) == phrase
        for at in range(len(text) - size + 1)
    )
