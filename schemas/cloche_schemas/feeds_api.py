"""The WebSocket of the gateway as AsyncAPI 3.0: one channel, and what either side says on it."""

from typing import Any, get_args

import msgspec
from msgspec import Struct

from cloche_schemas.feeds import CLOSE_CODES, ClientMessage, ServerMessage

Document = dict[str, Any]
_ADDRESS = "/v1/ws"
_FROM_CLIENTS: tuple[type[Struct], ...] = get_args(ClientMessage)
_FROM_THE_SERVER: tuple[type[Struct], ...] = get_args(ServerMessage)
_DESCRIPTION = """\
A key is shown in the header Authorization of the handshake (`Bearer <key>`), or as the first message (`auth`); it is
never read from the address. After `ready` the client subscribes, under ids of its own choice. Every event carries its
cursor: whoever loses the connection subscribes again `after` the last one, on any gateway, and misses nothing.

Messages are JSON objects in text frames, never compressed. The server pings; a client that does not answer is cut off.
"""


def feeds_asyncapi() -> Document:
    """Close codes are under ``x-close-codes``."""
    said = (*_FROM_CLIENTS, *_FROM_THE_SERVER)
    _, schemas = msgspec.json.schema_components(said, ref_template="#/components/schemas/{name}")
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "The live feeds of Cloche over WebSocket",
            "version": "1.0.0",
            "description": _DESCRIPTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "gateway": {
                "host": "127.0.0.1:8080",
                "protocol": "ws",
                "description": "a gateway; wss where something in front of it ends TLS",
                "security": [{"$ref": "#/components/securitySchemes/key"}],
            }
        },
        "channels": {
            "feeds": {
                "address": _ADDRESS,
                "messages": {cls.__name__: _message_ref(cls) for cls in said},
                "x-close-codes": {str(code): meaning for code, meaning in CLOSE_CODES.items()},
            }
        },
        # As the server sees it: it receives what clients say.
        "operations": {
            "hear": _operation("receive", _FROM_CLIENTS),
            "say": _operation("send", _FROM_THE_SERVER),
        },
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "messages": {cls.__name__: _message(cls) for cls in said},
            "schemas": schemas,
        },
    }


def _operation(action: str, said: tuple[type[Struct], ...]) -> Document:
    return {
        "action": action,
        "channel": {"$ref": "#/channels/feeds"},
        "messages": [{"$ref": f"#/channels/feeds/messages/{cls.__name__}"} for cls in said],
    }


def _message_ref(cls: type[Struct]) -> Document:
    return {"$ref": f"#/components/messages/{cls.__name__}"}


def _message(cls: type[Struct]) -> Document:
    return {
        "name": str(cls.__struct_config__.tag),
        "title": cls.__name__,
        "summary": (cls.__doc__ or "").strip().splitlines()[0],
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{cls.__name__}"},
    }
