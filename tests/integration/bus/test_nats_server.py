"""The server that every bus test stands on."""

import nats
from support.nats import NatsServer


async def test_what_was_acked_is_still_there_after_kill_and_restart(
    nats_server: NatsServer,
) -> None:
    client = await nats.connect(nats_server.url)
    stream = client.jetstream()
    await stream.add_stream(name="S", subjects=["s"])
    await stream.publish("s", b"one")
    await client.close()

    await nats_server.restart()

    client = await nats.connect(nats_server.url)
    info = await client.jetstream().stream_info("S")
    await client.close()
    assert info.state.messages == 1
