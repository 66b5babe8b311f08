"""Terraform's plugin protocol, version 6: the messages of the package `tf`, and what has been added to it since.

Ephemeral resources and write-only arguments came with Terraform 1.10 and 1.11; their fields have the numbers of
tfplugin6.8.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from tf.gen import tfplugin_pb2

_FIELD = descriptor_pb2.FieldDescriptorProto
_PACKAGE = "tfplugin6"


def _messages(parent: Any) -> dict[str, Any]:
    return {message.name: message for message in parent}


def _add(
    message: Any, name: str, number: int, type_: int, *, many: bool = False, of: str = ""
) -> None:
    label = _FIELD.LABEL_REPEATED if many else _FIELD.LABEL_OPTIONAL
    field = message.field.add(name=name, number=number, type=type_, label=label)
    if of:
        field.type_name = f".{_PACKAGE}.{of}"


def _rpc(
    file: Any, name: str, request: list[tuple[Any, ...]], response: list[tuple[Any, ...]]
) -> None:
    outer = file.message_type.add(name=name)
    for part, fields in (("Request", request), ("Response", response)):
        message = outer.nested_type.add(name=part)
        for field, number, type_, of in fields:
            _add(message, field, number, type_, of=of, many=field == "diagnostics")


def _pool() -> Any:
    file = descriptor_pb2.FileDescriptorProto.FromString(tfplugin_pb2.DESCRIPTOR.serialized_pb)
    top = _messages(file.message_type)
    attribute = _messages(top["Schema"].nested_type)["Attribute"]
    if "write_only" not in {field.name for field in attribute.field}:
        _add(attribute, "write_only", 11, _FIELD.TYPE_BOOL)
        answer = _messages(top["GetProviderSchema"].nested_type)["Response"]
        entry = answer.nested_type.add(name="EphemeralResourceSchemasEntry")
        entry.options.map_entry = True
        _add(entry, "key", 1, _FIELD.TYPE_STRING)
        _add(entry, "value", 2, _FIELD.TYPE_MESSAGE, of="Schema")
        of = "GetProviderSchema.Response.EphemeralResourceSchemasEntry"
        _add(answer, "ephemeral_resource_schemas", 8, _FIELD.TYPE_MESSAGE, many=True, of=of)
        name = ("type_name", 1, _FIELD.TYPE_STRING, "")
        config = ("config", 2, _FIELD.TYPE_MESSAGE, "DynamicValue")
        said = ("diagnostics", 1, _FIELD.TYPE_MESSAGE, "Diagnostic")
        result = ("result", 3, _FIELD.TYPE_MESSAGE, "DynamicValue")
        _rpc(file, "ValidateEphemeralResourceConfig", [name, config], [said])
        _rpc(file, "OpenEphemeralResource", [name, config], [said, result])
        _rpc(file, "CloseEphemeralResource", [name], [said])
    pool = descriptor_pool.DescriptorPool()
    for dependency in tfplugin_pb2.DESCRIPTOR.dependencies:
        pool.AddSerializedFile(dependency.serialized_pb)
    pool.AddSerializedFile(file.SerializeToString())
    return pool


_POOL = _pool()


def message(name: str) -> Any:
    """The class of a message, such as "GetProviderSchema.Response"."""
    return message_factory.GetMessageClass(_POOL.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
