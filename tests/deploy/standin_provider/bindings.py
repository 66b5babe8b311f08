"""From CDKTF's bindings to provider schemas.

The wheel has a folder for each resource and data source: `index.js` says how every argument is written in HCL and how
every attribute is read, `index.d.ts` which arguments are required. Of optional arguments it does not say which ones AWS
fills in when they are left out, so all of them are taken to be such. Write-only arguments are told by their name.
"""

import io
import re
import tarfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypedDict


class Attribute(TypedDict):
    """`type` is a type of Terraform's as JSON: "string", ["list", "string"], ["set", ["object", {…}]]."""

    type: Any
    required: bool
    optional: bool
    computed: bool
    write_only: bool


class Nested(TypedDict):
    """A block in a block: how often it may stand there, `most` 0 being without limit."""

    nesting: str
    least: int
    most: int
    block: "Block"


class Block(TypedDict):
    attributes: dict[str, Attribute]
    blocks: dict[str, Nested]


class UnknownType(Exception):  # noqa: N818
    """The bindings have no such resource or data source."""


_TYPES = {"string": "string", "number": "number", "boolean": "bool", "any": "string"}
_GETTERS = {
    "String": "string",
    "Number": "number",
    "Boolean": "bool",
    "List": ["list", "string"],
    "NumberList": ["list", "number"],
    "StringMap": ["map", "string"],
    "NumberMap": ["map", "number"],
    "BooleanMap": ["map", "bool"],
    "AnyMap": ["map", "string"],
}
_ARGUMENT = re.compile(
    r'^\s{8,12}(\w+): \{\n\s+value: .*\n\s+isBlock: (true|false),\n\s+type: "(\w+)",\n\s+storageClassType: "(\w+)",',
    re.MULTILINE,
)
_FUNCTION = re.compile(
    r"^function (\w+)ToHclTerraform\(struct\) \{(.*?)^\}", re.MULTILINE | re.DOTALL
)
_CLASS = re.compile(r"^class (\w+) extends cdktf\.(\w+) \{(.*?)^\}", re.MULTILINE | re.DOTALL)
_INTERFACE = re.compile(r"^export interface (\w+) .*?\{(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(r"^\s+readonly (\w+)(\??):", re.MULTILINE)
_GETTER = re.compile(r"return (cdktf\.Fn\.tolist\()?this\.get(\w+?)Attribute\('(\w+)'\)")
_MEMBER = re.compile(
    r'this\._\w+ = new (\w+?)(List|Map|OutputReference)\(this, "(\w+)"(?:, (true|false))?\)'
)


def schemas(wheel: Path, wanted: Iterable[str]) -> dict[str, Block]:
    """The schema of each of `wanted`: "aws_vpc" is a resource, "data.aws_region" a data source. `UnknownType`."""
    folders = {_folder(name): name for name in wanted}
    sources: dict[str, dict[str, str]] = {}
    with zipfile.ZipFile(wheel) as archive:
        inner = next(name for name in archive.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(archive.read(inner))) as package:
            for member in package:
                parts = member.name.split("/")
                if len(parts) == 4 and parts[1] == "lib" and parts[2] in folders:
                    content = package.extractfile(member)
                    if content is not None:
                        sources.setdefault(folders[parts[2]], {})[parts[3]] = (
                            content.read().decode()
                        )
    missing = set(folders.values()) - sources.keys()
    if missing:
        raise UnknownType(", ".join(sorted(missing)))
    return {name: read(files["index.js"], files["index.d.ts"]) for name, files in sources.items()}


def read(javascript: str, declarations: str) -> Block:
    """The schema that one folder of the bindings describes."""
    return _Reader(javascript, declarations).root()


def _folder(name: str) -> str:
    data, _, kind = name.rpartition(".")
    return ("data-aws-" if data else "") + kind.removeprefix("aws_").replace("_", "-")


class _Reader:
    def __init__(self, javascript: str, declarations: str) -> None:
        self._functions = {
            name.lower(): _ARGUMENT.findall(body) for name, body in _FUNCTION.findall(javascript)
        }
        self._classes = {name: body for name, _, body in _CLASS.findall(javascript)}
        self._main = next(
            name
            for name, base, _ in _CLASS.findall(javascript)
            if base in ("TerraformResource", "TerraformDataSource")
        )
        self._fields = {
            name: {_bare(field): not optional for field, optional in _FIELD.findall(body)}
            for name, body in _INTERFACE.findall(declarations)
        }

    def root(self) -> Block:
        body = self._classes[self._main]
        start = body.find("synthesizeHclAttributes()")
        arguments = _ARGUMENT.findall(body[start:]) if start >= 0 else []
        return self._block(arguments, f"{self._main}Config", body)

    def _block(self, arguments: list[tuple[str, ...]], interface: str, body: str) -> Block:
        """What can be set, by `arguments`, and what can only be read, by the class's `body`."""
        required = self._fields.get(interface, {})
        members = {
            name: (struct, kind, wraps) for struct, kind, name, wraps in _MEMBER.findall(body)
        }
        block = Block(attributes={}, blocks={})
        for name, is_block, kind, storage in arguments:
            needed = required.get(_bare(name), False)
            if is_block == "true":
                block["blocks"][name] = self._nested(name, kind, needed, members)
            else:
                block["attributes"][name] = Attribute(
                    type=_type(kind, storage),
                    required=needed,
                    optional=not needed,
                    computed=not needed and not name.endswith("_wo"),
                    write_only=name.endswith("_wo"),
                )
        for name, type_ in self._readable(body, members).items():
            if name not in block["attributes"] and name not in block["blocks"]:
                block["attributes"][name] = Attribute(
                    type=type_, required=False, optional=False, computed=True, write_only=False
                )
        return block

    def _nested(
        self, name: str, kind: str, needed: bool, members: dict[str, tuple[str, str, str]]
    ) -> Nested:
        struct, container, _ = members[name]
        inner = self._block(
            self._functions.get(struct.lower(), []),
            struct,
            self._classes.get(f"{struct}OutputReference", ""),
        )
        single = container == "OutputReference"
        if name == "timeouts":
            return Nested(nesting="single", least=0, most=0, block=inner)
        return Nested(
            nesting="set" if kind == "set" else "list",
            least=int(needed),
            most=int(single),
            block=inner,
        )

    def _readable(self, body: str, members: dict[str, tuple[str, str, str]]) -> dict[str, Any]:
        """Attributes by name, with their types."""
        found: dict[str, Any] = {}
        for set_, getter, name in _GETTER.findall(body):
            type_ = _GETTERS.get(getter, "string")
            found[name] = ["set", "string"] if set_ else type_
        for name, (struct, container, wraps) in members.items():
            fields = self._classes.get(f"{struct}OutputReference", "")
            inner = {key: (s, k, w) for s, k, key, w in _MEMBER.findall(fields)}
            object_ = ["object", self._readable(fields, inner)]
            if container == "Map":
                found[name] = ["map", object_]
            else:
                found[name] = ["set" if wraps == "true" else "list", object_]
        return found


def _bare(name: str) -> str:
    """camelCase and snake_case fall together."""
    return name.replace("_", "").lower()


def _type(kind: str, storage: str) -> Any:
    if kind == "simple":
        return _TYPES.get(storage, "string")
    element = re.sub(r"(List|Map|Set)$", "", storage)
    return [kind, _TYPES.get(element, "string")]
