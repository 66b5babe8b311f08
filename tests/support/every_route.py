"""Every route of the API by its description, and requests to it that are right but for who asks, and for what."""

import hashlib
from typing import Any

import httpx2
import msgspec
from cloche_gateway.examples import EXAMPLES
from cloche_schemas.rates import RATE_CLASSES
from msgspec import Struct
from support.gateway import UNKNOWN, Stage
from support.letters import given_up

Document = dict[str, Any]
TIMEOUT = 5.0
#: What a required parameter of a query may be.
QUERIES = {"q": "secret"}
#: What stands behind the id in a path.
PARTS = {"{name}": "a.txt", "{which}": "previous"}


class Route(Struct, frozen=True):
    """One operation."""

    method: str
    path: str
    operation: Document

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def media_types(self) -> set[str]:
        """What it answers."""
        answers = self.operation["responses"].values()
        return {type_ for answer in answers for type_ in answer.get("content", {})}

    def body(self) -> tuple[bytes, str] | None:
        """A body that it takes, and its type; None if it takes none."""
        content = self.operation.get("requestBody", {}).get("content")
        if not content:
            return None
        type_, described = next(iter(content.items()))
        reference = described["schema"].get("$ref", "")
        if type_ == "application/octet-stream":
            return b"bytes", type_
        example = EXAMPLES[reference.rpartition("/")[2]] if reference else {}
        return msgspec.json.encode(example), type_

    def query(self) -> dict[str, str]:
        return {
            one["name"]: QUERIES[one["name"]]
            for one in self.operation.get("parameters", ())
            if one["in"] == "query" and one.get("required")
        }


def routes_of(stage: Stage) -> list[Route]:
    """Those under /v1."""
    return [
        Route(method.upper(), path, operation)
        for path, operations in stage.app.openapi()["paths"].items()
        for method, operation in operations.items()
        if path.startswith("/v1")
    ]


async def ask(stage: Stage, route: Route, path: str, headers: dict[str, str]) -> httpx2.Response:
    """The request with a body and a query that are fine."""
    body = route.body()
    content, type_ = body if body is not None else (None, None)
    return await stage.client.request(
        route.method,
        path,
        params=route.query() or None,
        content=content,
        headers=headers | ({"Content-Type": type_} if type_ else {}),
        timeout=TIMEOUT,
    )


#: Budgets that do not fill up again while a test runs, so that what is left says what was taken.
STILL: Document = {name: {"per_minute": 1, "burst": 10_000} for name in RATE_CLASSES}


async def twins(stage: Stage, tenant: str, role: str) -> list[dict[str, str]]:
    """Two keys that differ in nothing: what each is told of its budget says whether the same was taken from both."""
    return [await stage.key(tenant, role=role, rates=STILL) for _ in range(2)]


class Belonging(Struct, frozen=True):
    """The id of something that the tenant main has, and one of the same form that nobody has."""

    id: str
    absent: str = UNKNOWN


class Belongings(Struct, frozen=True):
    """Something of every kind, by where it lives."""

    of: dict[str, Belonging]

    def at(self, path: str) -> Belonging | None:
        """What belongs into a path; None if what lives there is no tenant's."""
        return next((one for prefix, one in self.of.items() if path.startswith(prefix)), None)


async def belongings(stage: Stage) -> Belongings:
    """Make them, and let the projector see them."""
    evaluation = await stage.submit(labels={"of": "main"})
    await stage.start(evaluation)
    await stage.print(evaluation, b"secret of main")
    await stage.complete(evaluation)
    await stage.project(evaluation)
    _, letter = await given_up(stage)
    blob = b"secret of main"
    digest = hashlib.sha256(blob).hexdigest()
    type_ = {"Content-Type": "application/octet-stream"}
    made = [
        await stage.client.put(f"/v1/blobs/{digest}", content=blob, headers=type_),
        await stage.client.post("/v1/batches", json=EXAMPLES["SubmitBatch"]),
        await stage.client.post("/v1/schedules", json=EXAMPLES["CreateSchedule"]),
    ]
    for answer in made:
        assert answer.status_code in {200, 201, 202}, answer.text
    handler, epoch, sequence = letter.rsplit("-", 2)
    return Belongings(
        {
            "/v1/evaluations/": Belonging(evaluation.evaluation),
            "/v1/dead-letters/": Belonging(letter, f"{handler}-{epoch}-{int(sequence) + 500}"),
            "/v1/blobs/": Belonging(digest, hashlib.sha256(b"nobody's").hexdigest()),
            "/v1/batches/": Belonging(made[1].json()["id"]),
            "/v1/schedules/": Belonging(made[2].json()["id"]),
        }
    )


def path_to(route: Route, have: Belongings, id_: str | None = None) -> str:
    """The path with an id in it, that of main's own unless another is given; anything in the other places."""
    before, brace, rest = route.path.partition("{")
    if not brace:
        return before
    one = have.at(route.path)
    id_ = id_ or (one.id if one else "x")
    after = rest.partition("}")[2]
    for name, value in PARTS.items():
        after = after.replace(name, value)
    return before + id_ + after
