"""Which members an answer always has, said in the API's description.

msgspec calls those required that have no default. That is right of what a client sends. But an answer is written
whole, its defaults too, unless its Struct leaves them out: a client need not ask whether `labels` is there.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import NODEFAULT, inspect

Document = dict[str, Any]
_REF = "#/components/schemas/"


def mark_written(document: Document, bodies: tuple[type, ...]) -> None:
    """Make required, in the schemas of an OpenAPI document, what the server writes in every case.

    What a request may hold stays as it is, also where an answer repeats it.
    """
    schemas: Document = document["components"]["schemas"]
    sent = _reachable(_request_bodies(document), schemas)
    for struct in _structs(bodies):
        name = struct.cls.__name__
        if name in sent or struct.cls.__struct_config__.omit_defaults:
            continue
        written = {field.encode_name for field in struct.fields if _is_written(field)}
        schema = schemas[name]
        written.update(schema["required"])
        schema["required"] = [field for field in schema["properties"] if field in written]


def _is_written(field: inspect.Field) -> bool:
    """Whatever its value. A field that may be unset is told by having neither a default nor a need of one."""
    return field.required or not (field.default is field.default_factory is NODEFAULT)


def _structs(bodies: tuple[type, ...]) -> Iterator[inspect.StructType]:
    """Each Struct that `bodies` are made of, once."""
    seen: set[type] = set()
    left: list[object] = list(inspect.multi_type_info(bodies))
    while left:
        node = left.pop()
        match node:
            case inspect.StructType():
                if node.cls not in seen:
                    seen.add(node.cls)
                    left.extend(field.type for field in node.fields)
                    yield node
            case inspect.Metadata():
                left.append(node.type)
            case inspect.UnionType():
                left.extend(node.types)
            case inspect.DictType():
                left.append(node.value_type)
            case inspect.VarTupleType() | inspect.ListType():
                left.append(node.item_type)
            case inspect.TupleType():
                left.extend(node.item_types)


def _request_bodies(document: Document) -> Iterator[object]:
    for operations in document["paths"].values():
        for operation in operations.values():
            yield operation.get("requestBody")


def _reachable(nodes: Iterator[object], schemas: Document) -> set[str]:
    """Names of the schemas that `nodes` refer to, and those refer to."""
    found: set[str] = set()
    left = list(nodes)
    while left:
        node = left.pop()
        if isinstance(node, list):
            left.extend(node)
        elif isinstance(node, dict):
            name = str(node.get("$ref", "")).removeprefix(_REF)
            if name in schemas and name not in found:
                found.add(name)
                left.append(schemas[name])
            left.extend(node.values())
    return found
