"""The client's calls about what programs wrote: whole, in part, the end of it, and what lies in it."""

from collections.abc import Iterator, Mapping
from urllib.parse import quote

from cloche_schemas.values import StreamName
from cloche_schemas.views import OutputMatch, OutputMatches

from cloche.calls import Calls


class OutputCalls(Calls):
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
    ) -> bytes:
        """The recorded bytes of one stream of the attempt that counts, or of another, as far as they are there.

        ``compiler`` is what its compiler said, ``artifacts`` are all the files that it left, one after another. `start`
        to `end` (exclusive) is a part of what a finished program recorded; `tail_lines` and `tail_bytes` are its end,
        at most 8 MiB, also while it runs.
        """
        asked: dict[str, object] = {"tail_lines": tail_lines, "tail_bytes": tail_bytes}
        query = {name: str(value) for name, value in asked.items() if value is not None}
        pieces = self._output(evaluation, stream, attempt, (start, end), query)
        return b"".join(pieces)

    def output_pieces(
        self,
        evaluation: str,
        stream: StreamName = "stdout",
        *,
        attempt: int | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> Iterator[bytes]:
        """The same in pieces, as they arrive. It ends with an error if it ends too early."""
        return self._output(evaluation, stream, attempt, (start, end), {})

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
    ) -> Iterator[OutputMatch]:
        """Lines that hold `text`, or match it as a regular expression of RE2: all of them, or the first `limit`."""
        path = f"/v1/evaluations/{_segment(evaluation)}/output/search"
        query = _which(stream, attempt) | {"q": text}
        query |= {"regex": "true"} if regex else {}
        query |= {"ignore_case": "true"} if ignore_case else {}
        left = limit
        while left is None or left > 0:
            page = {"limit": str(1000 if left is None else min(left, 1000))}
            found = self._ask("GET", path, OutputMatches, query=query | page)
            yield from found.items
            left = None if left is None else left - len(found.items)
            if found.next_cursor is None:
                return
            query["cursor"] = found.next_cursor

    def _output(
        self,
        evaluation: str,
        stream: StreamName,
        attempt: int | None,
        part: tuple[int | None, int | None],
        query: Mapping[str, str],
    ) -> Iterator[bytes]:
        path = f"/v1/evaluations/{_segment(evaluation)}/output"
        start, end = part
        if start is not None and end is not None and end <= start:
            return iter(())
        headers = {}
        if start is not None or end is not None:
            headers["Range"] = f"bytes={start or 0}-{'' if end is None else end - 1}"
        return self._pieces(path, query={**_which(stream, attempt), **query}, headers=headers)


def _which(stream: StreamName, attempt: int | None) -> dict[str, str]:
    return {"stream": stream} | ({} if attempt is None else {"attempt": str(attempt)})


def _segment(text: str) -> str:
    return quote(text, safe="").replace(".", "%2E")
