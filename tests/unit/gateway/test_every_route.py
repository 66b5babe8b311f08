"""OWASP API1, API2 and API5 over every route of the description: who may not, cannot, and is told nothing."""

from pathlib import Path
from uuid import uuid4

import pytest
from fastapi.routing import iter_route_contexts
from support.every_route import (
    Belonging,
    Belongings,
    Route,
    ask,
    belongings,
    path_to,
    routes_of,
    twins,
)
from support.gateway import Stage, assert_problem

DOCUMENTS = Path(__file__).parents[3] / "docs"
#: What lives under these is no tenant's, or is for administrators alone (test_access.py).
NO_TENANTS = ("/v1/keys", "/v1/tenants", "/v1/projections")
#: Asked for by another tenant, these make something of its own.
OWN = {"PUT /v1/blobs/{sha256}"}


def concerned(stage: Stage, have: Belongings) -> list[tuple[Route, Belonging]]:
    """Routes to something of a tenant, each with what the tenant main has there."""
    found = []
    for route in routes_of(stage):
        if "{" not in route.path or route.path.startswith(NO_TENANTS) or route.name in OWN:
            continue
        one = have.at(route.path)
        assert one is not None, f"{route.name}: what lives there? Say so in support/every_route.py"
        found.append((route, one))
    return found


@pytest.mark.parametrize("role", ["user", "operator"])
async def test_what_is_another_tenants_is_answered_like_what_is_not_there(
    stage: Stage, role: str
) -> None:
    have = await belongings(stage)
    keys = await twins(stage, await stage.tenant(), role)
    length = await stage.length()
    routes = concerned(stage, have)
    assert len(routes) >= 24
    for route, one in routes:
        answers = []
        for id_, header in zip((one.id, one.absent), keys, strict=True):
            answer = await ask(stage, route, path_to(route, have, id_), header)
            assert "secret" not in answer.text, route.name
            told = answer.json()
            for own in ("request_id", "trace_id", "instance"):
                told.pop(own, None)
            private = {"x-request-id", "content-length"}
            headers = {k: v for k, v in answer.headers.items() if k not in private}
            answers.append((answer.status_code, told, headers))
        assert answers[0] == answers[1], route.name
        assert answers[0][0] in {403, 404}, (route.name, answers[0])
        if role == "operator":
            assert answers[0][0] == 404, (route.name, answers[0])
    assert await stage.length() == length


async def test_no_list_has_anything_of_another_tenant(stage: Stage) -> None:
    have = await belongings(stage)
    header = await stage.key(await stage.tenant(), role="operator")
    for route in routes_of(stage):
        if route.method != "GET" or "{" in route.path:
            continue
        answer = await ask(stage, route, route.path, header)
        assert answer.status_code in {200, 403}, (route.name, answer.text)
        for one in have.of.values():
            assert one.id not in answer.text, route.name
        assert "secret" not in answer.text


async def test_nothing_is_answered_without_a_key(stage: Stage) -> None:
    have = await belongings(stage)
    for route in routes_of(stage):
        for header in ("", "Bearer", "Basic eDp5", f"Bearer cloche_aaaaaaaaaaaa_{'0' * 48}"):
            path, key = path_to(route, have), {"Authorization": header}
            answer = await ask(stage, route, path, key)
            assert_problem(answer, 401, "unauthorized")
            assert answer.headers["www-authenticate"].startswith("Bearer"), route.name


async def test_a_key_without_scopes_may_do_nothing(stage: Stage) -> None:
    have = await belongings(stage)
    header = await stage.key(scopes=[])
    length = await stage.length()
    for route in routes_of(stage):
        if route.path == "/v1":
            continue
        answer = await ask(stage, route, path_to(route, have), header)
        assert_problem(answer, 403, "forbidden")
    assert await stage.length() == length


async def test_an_idempotency_key_is_its_tenants_own(stage: Stage) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    other = await stage.key(await stage.tenant())
    for path, body in (
        ("/v1/evaluations", {"code": "print(1)"}),
        ("/v1/batches", {"evaluations": [{"code": "print(1)"}]}),
    ):
        first = await stage.client.post(path, json=body, headers=key)
        second = await stage.client.post(path, json=body, headers=key | other)
        assert (first.status_code, second.status_code) == (202, 202)
        assert first.json()["id"] != second.json()["id"]
        assert "idempotency-replayed" not in second.headers


async def test_the_description_has_every_route_that_there_is(stage: Stage) -> None:
    """OWASP API9. What is left out of it is not under /v1, or the same as what is in it."""
    described = {(route.method, route.path) for route in routes_of(stage)}
    served = {
        (method, context.path_format)
        for context in iter_route_contexts(stage.app.routes)
        for method in getattr(context.original_route, "methods", None) or ()
        if (context.path_format or "").startswith("/v1") and method != "HEAD"
    }
    assert served == described


async def test_the_documents_name_every_route(stage: Stage) -> None:
    """OWASP API9 once more: nobody has to read the code to know what there is."""
    documents = "\n".join(path.read_text() for path in DOCUMENTS.glob("*.md"))
    paths = stage.app.openapi()["paths"]
    assert not [path for path in paths if f"{path}`" not in documents]
