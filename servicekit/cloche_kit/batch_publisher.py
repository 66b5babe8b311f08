"""Several messages appended as one: JetStream's atomic batch (ADR-50 of NATS), and certainty about what became of it.

The server keeps a batch aside until its last message comes, then checks every expectation and stores all or none. An
unanswered commit is looked for by the last message's id; if it is not there, the batch is sent again under another
batch id. Should the first one still arrive, one of the two fails at the expectations: that is why each message has one.
"""

import asyncio
import random
import secrets
from collections.abc import Sequence

from cloche_kit import jetstream_api as api
from cloche_kit.bus import (
    MOST_TOGETHER,
    Appended,
    BusError,
    Conflict,
    Message,
)
from cloche_kit.connection import Connection
from cloche_kit.nats_answers import LogTripped, NoAnswer
from cloche_kit.publisher import APPEND_SECONDS, FIRST_PAUSE, LONGEST_PAUSE, block_of, find
from cloche_kit.topology import EVALUATIONS

# A batch may be tens of MiB, and is written to disk before it is answered.
COMMIT_SECONDS = 10.0


class BatchPublisher:
    """Atomic batches of one process. `seconds` is how long one is tried before `BusUnavailable`."""

    def __init__(
        self,
        connection: Connection,
        stream: str = EVALUATIONS,
        *,
        seconds: float = APPEND_SECONDS,
        commit_seconds: float = COMMIT_SECONDS,
    ) -> None:
        self._connection = connection
        self._stream = stream
        self._seconds = seconds
        self._commit_seconds = commit_seconds

    async def append_all(self, messages: Sequence[Message]) -> Appended | Conflict:
        """See `EventBus.append_all`."""
        self._check(messages)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._seconds
        pause = FIRST_PAUSE
        while True:
            try:
                return await self._try(messages)
            except LogTripped:
                raise
            except NoAnswer as error:
                left = deadline - loop.time()
                if left <= 0:
                    raise
                last_error = error
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - no secret
            pause = min(pause * 2, LONGEST_PAUSE)
            try:
                await self._connection.wait_up(left)
                found = await self._found(messages)
            except LogTripped:
                raise
            except NoAnswer:
                if loop.time() >= deadline:
                    raise last_error from None
                continue
            if found is not None:
                return Appended(found, duplicate=True)

    def _check(self, messages: Sequence[Message]) -> None:
        """`BusError` before anything is sent, for what the server could not take."""
        if not 1 <= len(messages) <= MOST_TOGETHER:
            raise BusError(f"{len(messages)} messages together: JetStream takes {MOST_TOGETHER}")
        for message in messages:
            size = len(message.data) + len(self._block(message, "0" * 32, len(messages), last=True))
            if size > self._connection.max_payload:
                raise BusError(f"{size} bytes for {message.subject}: too many for NATS")

    async def _try(self, messages: Sequence[Message]) -> Appended | Conflict:
        batch = secrets.token_hex(16)
        for number, message in enumerate(messages[:-1], start=1):
            block = self._block(message, batch, number)
            if number > 1:
                self._connection.send(message.subject, message.data, block)
                continue
            # The first one is answered, so that a refusal of the whole costs no more than this.
            answer = await self._ask(message, block)
            if answer:
                return await self._judge(api.pub_ack(answer), messages)
        last = messages[-1]
        answer = await self._ask(last, self._block(last, batch, len(messages), last=True))
        return await self._judge(api.pub_ack(answer), messages)

    async def _ask(self, message: Message, block: bytes) -> bytes:
        _, answer = await self._connection.request(
            message.subject, message.data, block, timeout=self._commit_seconds
        )
        return answer

    async def _judge(self, ack: api.PubAck, messages: Sequence[Message]) -> Appended | Conflict:
        """`NoAnswer`: send it again. `LogFull`; `BusUnavailable`: the log refuses for good."""
        if ack.error is None:
            return Appended(ack.seq, ack.duplicate)
        found = await self._found(messages)
        if found is not None:
            return Appended(found, duplicate=True)
        code = ack.error.err_code
        if code in api.WRONG_LAST_SEQUENCE:
            return Conflict(messages[0].expect.sequence)
        if code in api.BATCH_AGAIN or (ack.error.code == 503 and code != api.LOG_FULL):
            raise NoAnswer(f"not now, err_code {code}", self._stream)
        raise api.refusal(ack.error)

    async def _found(self, messages: Sequence[Message]) -> int | None:
        """Where the last of the messages lies; then all of them are there."""
        last = messages[-1]
        return await find(
            self._connection, self._stream, last.subject, last.msg_id, after=last.expect.sequence
        )

    def _block(self, message: Message, batch: str, number: int, *, last: bool = False) -> bytes:
        place = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
        if last:
            place["Nats-Batch-Commit"] = "1"
        return block_of(message.msg_id, message.expect, {**message.headers, **place})
