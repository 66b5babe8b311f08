"""`cloche tenants create` and `ls`: for administrators."""

import sys
from typing import Annotated

import msgspec
from cyclopts import Parameter

from cloche.client import Client
from cloche.complaints import printable


def create(name: str, /) -> int:
    """Make a tenant, and write its token.

    Parameters
    ----------
    name:
        For people.
    """
    with Client.local() as client:
        made = client.create_tenant(name)
    sys.stdout.write(made.tenant + "\n")
    return 0


def ls(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """List tenants, oldest first.

    Parameters
    ----------
    json:
        One JSON object a line.
    """
    with Client.local() as client:
        listed = client.tenants()
    for one in listed.items:
        line = f"{one.tenant:<18} {one.name}"
        text = msgspec.json.encode(one).decode() if json else printable(line)
        sys.stdout.write(text + "\n")
    return 0
