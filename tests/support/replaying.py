"""Replays as a client of `GET /v1/events` sees them."""

from typing import Any

import httpx2
import msgspec
from cloche_gateway.read_models import Row
from cloche_schemas.subjects import Address
from support.archived import archive, messages_of
from support.gateway import Stage

PATH = "/v1/events"


def lines_of(answer: httpx2.Response) -> list[dict[str, Any]]:
    """The lines of an NDJSON answer, which must be one."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.text.endswith("\n")
    return [msgspec.json.decode(line) for line in answer.content.split(b"\n")[:-1]]


def sequences(lines: list[dict[str, Any]]) -> list[int]:
    """Those of the events."""
    return [int(line["cursor"].rpartition("-")[2]) for line in lines if "event" in line]


def types(lines: list[dict[str, Any]]) -> list[str]:
    return [line["event"]["type"].split(".")[2] for line in lines if "event" in line]


async def replayed(stage: Stage, headers: Any = None, **params: Any) -> list[dict[str, Any]]:
    """The lines of a replay that comes to its end; without its last line, which says so."""
    answer = await stage.client.get(PATH, params=params, headers=headers)
    *lines, last = lines_of(answer)
    assert last.get("end") is True, last
    return lines


async def run(stage: Stage, tenant: str = "main", **fields: Any) -> Address:
    """An evaluation that is submitted, prints twice and is over; its five events."""
    headers = None if tenant == "main" else await stage.key(tenant)
    body = {"code": "print(1)", **fields}
    answer = await stage.client.post("/v1/evaluations", json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    address = Address(tenant, answer.json()["id"])
    await stage.start(address)
    await stage.print(address, b"one\n")
    await stage.print(address, b"two\n")
    await stage.complete(address)
    return address


async def archived(stage: Stage, upto: int, *, follows: str = "") -> str:
    """Archive the first `upto` messages; the epoch of the log."""
    log = (await messages_of(stage.bus))[:upto]
    epoch = (await stage.bus.state()).epoch
    await archive(stage.objects, epoch, log, follows=follows, per_segment=3)
    return epoch


def moved(stage: Stage, row: Row, address: Address) -> None:
    """The read model has `row` at another address."""
    stage.read_models.rows[address] = row
