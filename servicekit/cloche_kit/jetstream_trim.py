"""`trim` and `count` of the bus on JetStream.

The server keeps how many messages each subject has, so a consumer knows what is pending for its filter without a look
at the messages: one that nobody reads from counts them.
"""

from cloche_kit import jetstream_api as api
from cloche_kit.connection import Connection

# With a filter the server looks at every block that it takes something out of.
PURGE_SECONDS = 30.0


class _Purged(api.Answered, frozen=True):
    success: bool = False
    purged: int = 0


class _Deleted(api.Answered, frozen=True):
    success: bool = False


async def trim(connection: Connection, stream: str, up_to: int, filter_: str) -> int:
    """See `EventBus.trim`. `up_to` is not beyond the stream's last sequence."""
    if up_to < 1:
        return 0
    # Up to but without this one.
    body: dict[str, object] = {"seq": up_to + 1}
    if filter_:
        body["filter"] = filter_
    answer = await api.call(
        connection, f"STREAM.PURGE.{stream}", body, _Purged, seconds=PURGE_SECONDS
    )
    return answer.purged


async def count(connection: Connection, stream: str, filter_: str) -> int:
    """See `EventBus.count`."""
    config = {
        "ack_policy": "none",
        "deliver_policy": "all",
        "filter_subject": filter_,
        "mem_storage": True,
        "num_replicas": 1,
        "inactive_threshold": 10**9,
    }
    info = await api.call(
        connection,
        f"CONSUMER.CREATE.{stream}",
        {"stream_name": stream, "config": config, "action": ""},
        api.ConsumerInfo,
    )
    await api.call(connection, f"CONSUMER.DELETE.{stream}.{info.name}", None, _Deleted)
    return info.num_pending
