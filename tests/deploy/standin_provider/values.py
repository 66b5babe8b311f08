"""What the stand-in plans, applies and reads: states as dictionaries, with made-up values for what AWS would say."""

import secrets
from typing import Any, Final

from deploy.standin_provider.bindings import Block

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-central-1"
#: Arguments that AWS fills in when they are left out, of those that configurations go on to read.
FILLED_IN: Final = frozenset({"arn", "id", "name", "region", "tags_all"})
#: Attributes whose value has a form that configurations rely on.
KNOWN: Final = {"account_id": ACCOUNT, "region": REGION}

State = dict[str, Any]


class Unknown:
    """A value that is known after apply."""


UNKNOWN: Final = Unknown()


def planned(block: Block, proposed: State) -> State:
    """`proposed` with everything unknown that AWS would fill in, and without write-only values."""
    state = dict(proposed)
    for name, attribute in block["attributes"].items():
        if attribute["write_only"]:
            state[name] = None
        elif state.get(name) is None and attribute["computed"]:
            state[name] = UNKNOWN if name in FILLED_IN or not attribute["optional"] else None
    for name, nested in block["blocks"].items():
        inner = state.get(name)
        if isinstance(inner, list):
            state[name] = [planned(nested["block"], each) for each in inner]
    return state


def applied(kind: str, block: Block, state: State) -> State:
    """`state` with a made-up value wherever something was unknown."""
    done = dict(state)
    for name, attribute in block["attributes"].items():
        if isinstance(done.get(name), Unknown):
            done[name] = made_up(kind, name, attribute["type"])
    for name, nested in block["blocks"].items():
        inner = done.get(name)
        if isinstance(inner, list):
            done[name] = [applied(kind, nested["block"], each) for each in inner]
    return done


def read(kind: str, block: Block, config: State) -> State:
    """What a data source or an ephemeral resource of this `config` says."""
    return applied(kind, block, planned(block, config))


def made_up(kind: str, name: str, type_: Any) -> Any:  # noqa: PLR0911 - one for each type
    """A value of `type_` that no other resource has."""
    if isinstance(type_, list):
        shape, element = type_
        if shape == "object":
            return {key: made_up(kind, key, each) for key, each in element.items()}
        if shape == "map":
            return {}
        return [made_up(kind, name, element)] if isinstance(element, list) else []
    if type_ == "number":
        return 0
    if type_ == "bool":
        return False
    if name in KNOWN:
        return KNOWN[name]
    mark = secrets.token_hex(6)
    service = kind.removeprefix("aws_")
    return (
        f"arn:aws:{service}:{REGION}:{ACCOUNT}:{mark}"
        if name.endswith("arn")
        else f"{service}-{mark}"
    )
