"""What every call to S3 shares: a time limit, retries, and two kinds of no.

A refusal by the store (ClientError) is for the caller to read; no answer, or one of trouble, is `ObjectsUnavailable`.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import aiohttp
import stamina
from botocore.exceptions import BotoCoreError, ClientError
from prometheus_client import Counter, Histogram

from cloche_kit.objects import ObjectsUnavailable

CALL_SECONDS = 60.0
LARGE_BYTES = 1 << 20
# Where there is no bucket there is no object; what is written makes the bucket.
ABSENT = frozenset({"404", "NoSuchKey", "NotFound", "NoSuchBucket"})
REFUSED = frozenset({"412", "PreconditionFailed"})
# Of concurrent conditional writers AWS tells all but one this; the next try meets the condition or it does not.
_CONTENDED = frozenset({"409", "ConditionalRequestConflict"})

CALLS = Counter(
    "cloche_s3_calls", "Calls by what they do and what came of them", ["call", "result"]
)
SECONDS = Histogram(
    "cloche_s3_call_seconds",
    "Time to the end of a call",
    ["call"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)

_NAMES = "create put get head list touch delete abort upload part complete"
# Shown before they happen, so that the first time is an increase.
for _name in _NAMES.split():
    for _result in ("ok", "refused", "unavailable", "given_up"):
        CALLS.labels(_name, _result)

# Calls are tried again where nobody knows whether they were done: every one is idempotent.
retried = stamina.retry(
    on=ObjectsUnavailable,
    attempts=4,
    timeout=20.0,
    wait_initial=0.1,
    wait_max=2.0,
    wait_jitter=0.2,
)


@asynccontextmanager
async def asking(what: str) -> AsyncIterator[None]:
    """One call: within its time, and no answer is `ObjectsUnavailable`. Refusals (ClientError) pass through.

    `what` begins with the name of the call, of which there are a dozen: it is counted by that.
    """
    call, begun, result = what.partition(" ")[0], time.perf_counter(), "unavailable"
    try:
        async with asyncio.timeout(CALL_SECONDS):
            yield
        result = "ok"
    except ClientError as error:
        result = "refused"
        if code(error) in _CONTENDED or error.response["ResponseMetadata"]["HTTPStatusCode"] >= 500:
            result = "unavailable"
            raise ObjectsUnavailable(f"{what}: {error}") from error
        raise
    except (BotoCoreError, aiohttp.ClientError, TimeoutError, OSError) as error:
        raise ObjectsUnavailable(f"{what}: {type(error).__name__} {error}") from error
    except (asyncio.CancelledError, GeneratorExit):
        result = "given_up"
        raise
    finally:
        CALLS.labels(call, result).inc()
        SECONDS.labels(call).observe(time.perf_counter() - begun)


@contextmanager
def refusals(what: str) -> Iterator[None]:
    """Where the store may not say no, a no is its trouble."""
    try:
        yield
    except ClientError as error:
        raise ObjectsUnavailable(f"{what}: {error}") from error


def let_go(size: int) -> None:
    """Call after `size` bytes were sent.

    The client's requests are cycles that hold the bytes, and services let the collector come only after thousands of
    new objects: a gigabyte sent in parts would all be held. What is this young is found in a millisecond.
    """
    if size >= LARGE_BYTES:
        gc.collect(1)


def code(error: ClientError) -> str:
    return error.response["Error"].get("Code", "")
