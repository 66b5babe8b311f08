"""What the stand-in plans and applies."""

from typing import Any

from deploy.standin_provider.bindings import Attribute, Block
from deploy.standin_provider.values import UNKNOWN, applied, made_up, planned, read


def _attribute(
    type_: Any = "string",
    *,
    optional: bool = False,
    computed: bool = False,
    write_only: bool = False,
) -> Attribute:
    return Attribute(
        type=type_,
        required=not optional and not computed,
        optional=optional,
        computed=computed,
        write_only=write_only,
    )


INNER = Block(attributes={"code": _attribute(), "seal": _attribute(computed=True)}, blocks={})
SHELF = Block(
    attributes={
        "name": _attribute(),
        "arn": _attribute(computed=True),
        "id": _attribute(optional=True, computed=True),
        "colour": _attribute(optional=True, computed=True),
        "password_wo": _attribute(optional=True, write_only=True),
        "account_id": _attribute(computed=True),
    },
    blocks={"lock": {"nesting": "list", "least": 0, "most": 1, "block": INNER}},
)
CONFIG = {
    "name": "a",
    "arn": None,
    "id": None,
    "colour": None,
    "password_wo": "hidden",
    "account_id": None,
    "lock": [{"code": "1", "seal": None}],
}


def test_what_aws_would_say_is_unknown_until_applied() -> None:
    plan = planned(SHELF, CONFIG)
    assert plan["arn"] is UNKNOWN
    assert plan["id"] is UNKNOWN
    assert plan["lock"][0]["seal"] is UNKNOWN
    assert plan["colour"] is None
    state = applied("aws_shelf", SHELF, plan)
    assert state["arn"].startswith("arn:aws:shelf:")
    assert state["lock"][0] == {"code": "1", "seal": state["lock"][0]["seal"]}
    assert isinstance(state["lock"][0]["seal"], str)


def test_a_write_only_value_gets_into_no_plan() -> None:
    assert planned(SHELF, CONFIG)["password_wo"] is None


def test_what_was_applied_is_planned_again_without_a_change() -> None:
    state = applied("aws_shelf", SHELF, planned(SHELF, CONFIG))
    assert planned(SHELF, state) == state


def test_data_sources_know_the_account() -> None:
    assert read("aws_shelf", SHELF, CONFIG)["account_id"] == "123456789012"


def test_made_up_values_have_their_type() -> None:
    assert made_up("aws_shelf", "n", "number") == 0
    assert made_up("aws_shelf", "b", "bool") is False
    assert made_up("aws_shelf", "l", ["list", "string"]) == []
    assert made_up("aws_shelf", "m", ["map", "string"]) == {}
    (element,) = made_up("aws_shelf", "o", ["set", ["object", {"row": "number"}]])
    assert element == {"row": 0}
    assert made_up("aws_shelf", "s", "string") != made_up("aws_shelf", "s", "string")
