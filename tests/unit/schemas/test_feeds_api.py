"""What is said over the WebSocket is described, every message of it."""

import msgspec
from cloche_schemas.feeds import ClientMessage, ServerMessage
from cloche_schemas.feeds_api import feeds_asyncapi


def test_every_message_is_said_by_one_side_and_has_its_schema() -> None:
    document = feeds_asyncapi()
    said = set(document["channels"]["feeds"]["messages"])
    operations = document["operations"].values()
    referred = [one["$ref"].rpartition("/")[2] for o in operations for one in o["messages"]]
    assert sorted(referred) == sorted(said)
    for name, message in document["components"]["messages"].items():
        assert message["payload"]["$ref"] == f"#/components/schemas/{name}"
        tag = document["components"]["schemas"][name]["properties"]["type"]["enum"]
        assert tag == [message["name"]]
        assert message["summary"]


def test_every_message_says_its_type() -> None:
    said = msgspec.json.schema(ClientMessage | ServerMessage)
    assert set(said["discriminator"]["mapping"]) == {
        *("auth", "subscribe", "unsubscribe", "ping"),
        *("ready", "subscribed", "event", "progress", "cursor", "end", "unsubscribed"),
        *("error", "pong"),
    }
