"""The answers to Terraform's calls."""

import json
from typing import Any

from deploy.standin_provider import values
from deploy.standin_provider.bindings import Attribute, Block
from deploy.standin_provider.codec import decoded, encoded
from deploy.standin_provider.protocol import message

_Schema = message("Schema")
_Block = message("Schema.Block")
_Attribute = message("Schema.Attribute")
_NestedBlock = message("Schema.NestedBlock")
_NESTING = {"single": 1, "list": 2, "set": 3}


def _attribute(type_: Any, *, required: bool = False, computed: bool = False) -> Attribute:
    return Attribute(
        type=type_,
        required=required,
        optional=not required and not computed,
        computed=computed,
        write_only=False,
    )


#: The bindings are older than ephemeral resources, so these stand here, after the provider's documentation.
EPHEMERAL: dict[str, Block] = {
    "aws_secretsmanager_random_password": {
        "attributes": {
            "exclude_characters": _attribute("string"),
            "exclude_lowercase": _attribute("bool"),
            "exclude_numbers": _attribute("bool"),
            "exclude_punctuation": _attribute("bool"),
            "exclude_uppercase": _attribute("bool"),
            "include_space": _attribute("bool"),
            "password_length": _attribute("number"),
            "region": _attribute("string"),
            "require_each_included_type": _attribute("bool"),
            "random_password": _attribute("string", computed=True),
        },
        "blocks": {},
    },
    "aws_secretsmanager_secret_version": {
        "attributes": {
            "region": _attribute("string"),
            "secret_id": _attribute("string", required=True),
            "version_id": _attribute("string"),
            "version_stage": _attribute("string"),
            "arn": _attribute("string", computed=True),
            "created_date": _attribute("string", computed=True),
            "secret_binary": _attribute("string", computed=True),
            "secret_string": _attribute("string", computed=True),
            "version_stages": _attribute(["list", "string"], computed=True),
        },
        "blocks": {},
    },
}

#: What a configuration may say to the provider itself.
PROVIDER: Block = {
    "attributes": {
        "access_key": _attribute("string"),
        "allowed_account_ids": _attribute(["set", "string"]),
        "profile": _attribute("string"),
        "region": _attribute("string"),
        "secret_key": _attribute("string"),
        "skip_credentials_validation": _attribute("bool"),
        "skip_requesting_account_id": _attribute("bool"),
    },
    "blocks": {
        "default_tags": {
            "nesting": "list",
            "least": 0,
            "most": 1,
            "block": {"attributes": {"tags": _attribute(["map", "string"])}, "blocks": {}},
        }
    },
}


class Provider:
    """Each method takes a request and the class of its answer."""

    def __init__(self, schemas: dict[str, Block]) -> None:
        self._resources = {
            name: block for name, block in schemas.items() if not name.startswith("data.")
        }
        self._data = {
            name.removeprefix("data."): block
            for name, block in schemas.items()
            if name.startswith("data.")
        }

    def schema(self, _request: Any, answer: Any) -> Any:
        return answer(
            provider=_schema(PROVIDER),
            resource_schemas={name: _schema(block) for name, block in self._resources.items()},
            data_source_schemas={name: _schema(block) for name, block in self._data.items()},
            ephemeral_resource_schemas={name: _schema(block) for name, block in EPHEMERAL.items()},
        )

    def nothing_to_say(self, _request: Any, answer: Any) -> Any:
        return answer()

    def upgrade(self, request: Any, answer: Any) -> Any:
        return answer(upgraded_state=encoded(json.loads(request.raw_state.json)))

    def read_resource(self, request: Any, answer: Any) -> Any:
        """Nobody but us changes anything."""
        return answer(new_state=request.current_state, private=request.private)

    def plan(self, request: Any, answer: Any) -> Any:
        proposed = decoded(request.proposed_new_state)
        if proposed is not None:
            proposed = values.planned(self._resources[request.type_name], proposed)
        return answer(planned_state=encoded(proposed), planned_private=request.prior_private)

    def apply(self, request: Any, answer: Any) -> Any:
        kind, state = request.type_name, decoded(request.planned_state)
        if state is not None:
            state = values.applied(kind, self._resources[kind], state)
        return answer(new_state=encoded(state), private=request.planned_private)

    def read_data(self, request: Any, answer: Any) -> Any:
        kind = request.type_name
        return answer(state=encoded(values.read(kind, self._data[kind], decoded(request.config))))

    def open_ephemeral(self, request: Any, answer: Any) -> Any:
        kind = request.type_name
        return answer(result=encoded(values.read(kind, EPHEMERAL[kind], decoded(request.config))))


def _schema(block: Block) -> Any:
    return _Schema(version=0, block=_block(block))


def _block(block: Block) -> Any:
    return _Block(
        version=0,
        attributes=[
            _Attribute(
                name=name,
                type=json.dumps(attribute["type"]).encode(),
                required=attribute["required"],
                optional=attribute["optional"],
                computed=attribute["computed"],
                write_only=attribute["write_only"],
            )
            for name, attribute in block["attributes"].items()
        ],
        block_types=[
            _NestedBlock(
                type_name=name,
                block=_block(nested["block"]),
                nesting=_NESTING[nested["nesting"]],
                min_items=nested["least"],
                max_items=nested["most"],
            )
            for name, nested in block["blocks"].items()
        ],
    )
