"""Values on the wire: MessagePack, with an extension for what is unknown."""

import json
from typing import Any

import msgpack
from deploy.standin_provider.protocol import message
from deploy.standin_provider.values import UNKNOWN, Unknown

_DynamicValue = message("DynamicValue")


def decoded(value: Any) -> Any:
    """A DynamicValue as plain values. Every extension stands for something unknown, refined or not."""
    if value.msgpack:
        return msgpack.unpackb(
            value.msgpack, ext_hook=lambda _code, _data: UNKNOWN, strict_map_key=False
        )
    return json.loads(value.json or b"null")


def encoded(value: Any) -> Any:
    """Plain values as a DynamicValue."""
    return _DynamicValue(msgpack=msgpack.packb(value, default=_extension))


def _extension(value: object) -> Any:
    if isinstance(value, Unknown):
        return msgpack.ExtType(0, b"\0")
    raise TypeError(f"{value!r} has no place on the wire")
