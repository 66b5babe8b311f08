"""The client's calls about what programs wrote: whole, in part, the end of it, and what lies in it."""

from cloche_schemas.values import StreamName
from cloche_schemas.views import OutputMatch, OutputMatches

from cloche.calls import ask, path, query
from cloche.downloads import Download, pieces
from cloche.operations import operation, streaming
from cloche.retries import Retries
from cloche.steps import Given, Pairs, Steps, Stream

#: Lines of one page of a search, at most.
PAGE = 1000


class OutputCalls:
    #: How what failed for now is sent again.
    retries: Retries = Retries()

    @operation
    def output(  # noqa: PLR0913 - each narrows it down
        self,
        evaluation: str,
        stream: StreamName = "stdout",
        *,
        attempt: int | None = None,
        start: int | None = None,
        end: int | None = None,
        tail_lines: int | None = None,
        tail_bytes: int | None = None,
    ) -> Steps[bytes]:
        """The recorded bytes of one stream of the attempt that counts, or of another, as far as they are there.

        ``compiler`` is what its compiler said, ``artifacts`` are all the files that it left, one after another. `start`
        to `end` (exclusive) is a part of what a finished program recorded; `tail_lines` and `tail_bytes` are its end,
        at most 8 MiB, also while it runs.

        >>> done = client.run(SubmitEvaluation(code="print('first'); print('second')"))
        >>> client.output(done.id)
        b'first\\nsecond\\n'
        >>> client.output(done.id, tail_lines=1)
        b'second\\n'
        """
        asked = query(stream=stream, attempt=attempt, tail_lines=tail_lines, tail_bytes=tail_bytes)
        return _whole(_which(evaluation, asked, start, end))

    @streaming
    def output_pieces(
        self,
        evaluation: str,
        stream: StreamName = "stdout",
        *,
        attempt: int | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> Stream[bytes]:
        """The same in pieces, as they arrive.

        Where a connection breaks off, what a finished program wrote is read on from there; else it ends with an error
        if it ends too early.
        """
        asked = query(stream=stream, attempt=attempt)
        return pieces(_which(evaluation, asked, start, end), self.retries)

    @streaming
    def search_output(  # noqa: PLR0913 - each narrows it down
        self,
        evaluation: str,
        text: str,
        stream: StreamName = "stdout",
        *,
        attempt: int | None = None,
        regex: bool = False,
        ignore_case: bool = False,
        limit: int | None = None,
    ) -> Stream[OutputMatch]:
        """Lines that hold `text`, or match it as a regular expression of RE2: all of them, or the first `limit`."""
        fixed = query(stream=stream, attempt=attempt, q=text, regex=regex, ignore_case=ignore_case)
        left, cursor = limit, None
        while left is None or left > 0:
            page = query(limit=PAGE if left is None else min(left, PAGE), cursor=cursor)
            at = path("evaluations", evaluation, "output", "search")
            found = yield from ask("GET", at, OutputMatches, query=fixed + page)
            for match in found.items:
                yield Given(match)
            left = None if left is None else left - len(found.items)
            cursor = found.next_cursor
            if cursor is None:
                return


def _which(evaluation: str, asked: Pairs, start: int | None, end: int | None) -> Download:
    return Download(path("evaluations", evaluation, "output"), asked, start, end)


def _whole(wanted: Download) -> Steps[bytes]:
    return b"" if wanted.empty else (yield from wanted.call())
