"""What `cloche batch` shows while a batch is under way: a bar on stderr, and a line for each evaluation as it ends."""

import sys
import time

from cloche_schemas.batches import BatchProgress, BatchView
from cloche_schemas.views import EvaluationView

from cloche import colours
from cloche.choices import current
from cloche.client import Client
from cloche.commands.evaluations import line_of
from cloche.commands.watching import INTERRUPTED
from cloche.complaints import complain, note, say
from cloche.errors import ClocheError
from cloche.many import Progress
from cloche.terminal import json_of

NOT_ALL_SUCCEEDED = 1
WIDTH = 24
CLEAR = "\r\x1b[K"


def progress_of(view: BatchView | BatchProgress | Progress) -> str:
    """How far a batch is, on a line."""
    counts = [*view.by_outcome.items(), *view.by_status.items()]
    words = [f"{number} {word.replace('_', ' ')}" for word, number in counts if word != "completed"]
    return ", ".join([f"{view.over} of {view.size} over", *words])


class Bar:
    """Says how far a batch is, once for each change: on a terminal as a bar in one line, else as counters."""

    def __init__(self) -> None:
        self._said = ""
        self._begun = time.monotonic()
        self._terminal = sys.stderr.isatty() and not current().quiet

    def __call__(self, view: BatchView | Progress) -> None:
        line = progress_of(view)
        if line == self._said:
            return
        self._said = line
        if not self._terminal:
            note(line)
            return
        full = WIDTH * view.over // max(view.size, 1)
        seconds = int(time.monotonic() - self._begun)
        bar = colours.painted("━" * full, "green", sys.stderr) + "─" * (WIDTH - full)
        sys.stderr.write(f"{CLEAR}{bar} {line}  {seconds // 60}:{seconds % 60:02}")
        sys.stderr.flush()

    def make_room(self) -> None:
        """For a line of something else; the bar comes again with the next change."""
        if self._terminal and self._said:
            sys.stderr.write(CLEAR)
            sys.stderr.flush()
            self._said = ""

    def finish(self) -> None:
        if self._terminal and self._said:
            sys.stderr.write("\n")
            self._said = ""


class Results:
    """A batch on its way to its end, and what it was like."""

    def __init__(self, client: Client, batch: str, *, json: bool, fail_fast: bool) -> None:
        self._client = client
        self._batch = batch
        self._json = json
        self._fail_fast = fail_fast
        self._bar = Bar()
        self._shown: set[str] = set()
        self._failed = False

    def show(self) -> int:
        """A line for each evaluation as it ends; the exit code. Ctrl-C cancels what is left, a second one leaves."""
        try:
            try:
                self._watch()
            except KeyboardInterrupt:
                self._bar.finish()
                note("cancelling; Ctrl-C again leaves at once")
                self._cancel("interrupted by the user")
                self._watch()
        except KeyboardInterrupt:
            say(f"left it to its end; cloche batches get {self._batch} shows it")
            return INTERRUPTED
        finally:
            self._bar.finish()
        return NOT_ALL_SUCCEEDED if self._failed else 0

    def _watch(self) -> None:
        for view in self._client.batches.results(self._batch, progress=self._bar):
            if view.id in self._shown:
                continue
            self._shown.add(view.id)
            self._show(view)
            if view.outcome != "succeeded" and not self._failed:
                self._failed = True
                if self._fail_fast:
                    note("one failed: cancelling the rest")
                    self._cancel("another one of the batch failed")

    def _show(self, view: EvaluationView) -> None:
        self._bar.make_room()
        sys.stdout.write((json_of(view) if self._json else line_of(view)) + "\n")
        sys.stdout.flush()

    def _cancel(self, reason: str) -> None:
        try:
            self._client.batches.cancel(self._batch, reason=reason)
        except ClocheError as error:
            complain(error)
