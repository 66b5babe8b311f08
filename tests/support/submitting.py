"""Submissions to a gateway in this process: accepted with what they leave on the log, or refused without a trace."""

import base64
from typing import Any

import msgspec
from cloche_schemas import codec
from cloche_schemas.events import EvaluationQueued
from support.gateway import TENANT, Stage, assert_problem

PATH = "/v1/evaluations"
JSON = {"Content-Type": "application/json"}
Body = dict[str, Any]


async def refused(stage: Stage, body: object, code: str, pointer: str, status: int = 422) -> str:
    """The body is refused, nothing is on the log, and little of it comes back; the detail."""
    answer = await stage.client.post(PATH, content=msgspec.json.encode(body), headers=JSON)
    problem = assert_problem(answer, status, code, pointer)
    assert await stage.length() == 0
    assert len(answer.content) < 4096
    return str(problem["errors"][0]["detail"])


async def accepted(stage: Stage, body: Body) -> EvaluationQueued:
    """The event that the body has become."""
    answer = await stage.client.post(PATH, json=body)
    assert answer.status_code == 202, answer.text
    (stored,) = await stage.bus.history(TENANT, answer.json()["id"])
    _, event = codec.decode(stored.data)
    assert isinstance(event, EvaluationQueued)
    return event


def files(*names: str) -> Body:
    """A submission of files that hold next to nothing."""
    return {"files": [{"name": name, "content": "1"} for name in names]}


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()
