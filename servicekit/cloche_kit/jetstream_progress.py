"""`ProgressBoard` on JetStream: the stream PROGRESS keeps one message of each subject."""

import msgspec

from cloche_kit import jetstream_api as api
from cloche_kit.connection import Connection
from cloche_kit.logs import get_logger
from cloche_kit.progress import Progress
from cloche_kit.publisher import Publisher
from cloche_kit.topology import PROGRESS

# Soon said again; nobody should wait for it long.
SAY_SECONDS = 1.0
_log = get_logger(__name__)
_progress = msgspec.json.Decoder(Progress)


class JetStreamProgress:
    """See `ProgressBoard`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._publisher = Publisher(
            connection, PROGRESS, seconds=SAY_SECONDS, answer_seconds=SAY_SECONDS
        )
        self._said = 0

    async def say(self, projection: str, progress: Progress) -> None:
        """See `ProgressBoard`."""
        self._said += 1
        await self._publisher.append(
            f"progress.{projection}",
            msgspec.json.encode(progress),
            msg_id=f"{projection}:{self._said}:{id(self):x}:{progress.at.timestamp()}",
        )

    async def said(self) -> dict[str, Progress]:
        """See `ProgressBoard`."""
        found, _ = await api.direct(self._connection, PROGRESS, {"multi_last": ["progress.*"]})
        said = {}
        for stored in found:
            try:
                said[stored.subject.removeprefix("progress.")] = _progress.decode(stored.data)
            except msgspec.DecodeError as error:
                _log.warning("progress_not_understood", subject=stored.subject, error=str(error))
        return said
