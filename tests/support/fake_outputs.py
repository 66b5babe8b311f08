"""What the scripted gateway knows of output: its bytes, the end of them, and lines that hold something."""

from collections.abc import Sequence

from cloche_schemas.events import EvaluationEvent, OutputChunk
from cloche_schemas.views import OutputMatch, OutputMatches

Query = dict[str, list[str]]


class FakeOutputs:
    """Answers from `events`, which may grow. `searched`: what was asked for."""

    def __init__(self, events: Sequence[EvaluationEvent]) -> None:
        self.searched: list[dict[str, str]] = []
        self._events = events

    def read(self, query: Query, range_: str) -> bytes:
        data = self._whole(query["stream"][0])
        if "tail_lines" in query:
            lines = data.splitlines(keepends=True)
            data = b"".join(lines[max(len(lines) - int(query["tail_lines"][0]), 0) :])
        first, _, last = range_.removeprefix("bytes=").partition("-")
        return data[int(first or 0) : int(last) + 1 if last else None]

    def search(self, query: Query) -> OutputMatches:
        """Pages of at most two lines."""
        self.searched.append({name: values[0] for name, values in query.items()})
        begin, limit = int(query.get("cursor", ["0"])[0]), min(int(query["limit"][0]), 2)
        lines = list(enumerate(self._whole(query["stream"][0]).decode().splitlines(), start=1))
        found = [(n, line) for n, line in lines if query["q"][0] in line and n > begin]
        return OutputMatches(
            attempt=1,
            complete=True,
            items=tuple(OutputMatch(line=n, offset=0, text=line) for n, line in found[:limit]),
            more=len(found) > limit,
            next_cursor=str(found[limit - 1][0]) if len(found) > limit else None,
        )

    def _whole(self, stream: str) -> bytes:
        chunks = [one for one in self._events if isinstance(one, OutputChunk)]
        return b"".join(chunk.data for chunk in chunks if chunk.stream == stream)
