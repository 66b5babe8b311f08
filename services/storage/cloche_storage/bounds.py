"""How far the stream may be trimmed: pure.

Of an event that may go everybody has had what they need: it is archived, the output of its evaluation is an object, it
is in the read models, and its evaluation is over. Architecture: min(archived, settled, projected, oldest open - 1).
"""

from collections.abc import Iterable
from datetime import datetime

from cloche_kit.progress import Progress

# At one word every two seconds these reach back minutes, and further the longer ago.
MOST_WORDS = 128


def safe_bound(words: Iterable[Progress], *, epoch: str, archived: int, settled: int) -> int:
    """The last sequence of the stream `epoch` that nobody needs any more; 0 if there is none.

    A word stays true of its state, so any will do that archived and settled have reached. One that they have not
    reached may hold for over what has yet to be archived as output: its chunks would go.
    """
    reached = min(archived, settled)
    return max(
        (_of(word) for word in words if word.epoch == epoch and word.sequence <= reached), default=0
    )


def _of(word: Progress) -> int:
    """What was projected, up to the oldest one that was open then."""
    if word.oldest_open is None:
        return word.sequence
    return max(0, min(word.sequence, word.oldest_open - 1))


class Words:
    """What a projection has said, as far back as archived and settled may be behind."""

    def __init__(self) -> None:
        self.last: Progress | None = None
        self.said: list[Progress] = []

    def hear(self, word: Progress) -> None:
        """Once more or for the first time. One of another epoch or past replaces all before it."""
        last, self.last = self.last, word
        if last is not None and _state(last) == _state(word):
            return
        if last is not None and (last.epoch != word.epoch or last.sequence >= word.sequence):
            self.said.clear()
        self.said.append(word)
        if len(self.said) > MOST_WORDS:
            # The newest ones stay, and of the older ones every other.
            half = MOST_WORDS // 2
            self.said = [*self.said[:half:2], *self.said[half:]]

    def fresh(self, now: datetime, seconds: float) -> bool:
        """Whether somebody projects: the last word is no older than `seconds`."""
        return self.last is not None and (now - self.last.at).total_seconds() <= seconds

    def keep(self, reached: int) -> None:
        """Forget what is older than the best word up to `reached`: no bound will ever come from it."""
        usable = [word for word in self.said if word.sequence <= reached]
        if usable:
            later = [word for word in self.said if word.sequence > reached]
            self.said = [max(usable, key=_of), *later]


def _state(word: Progress) -> tuple[str, int, int | None]:
    """Which committed state it is of."""
    return (word.epoch, word.sequence, word.oldest_open)
