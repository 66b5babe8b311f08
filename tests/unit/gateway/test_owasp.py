"""OWASP API Security Top 10 (2023), what no other file has; docs/security.md says where each risk is tested."""

import re
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from support.every_route import Belongings, Route, ask, belongings, path_to, routes_of
from support.gateway import Stage, assert_problem

ROOT = Path(__file__).parents[3]
#: What is the server's to decide, and what a client would like to.
OURS = ("tenant_id", "owner", "status", "outcome", "is_admin", "attempts", "rerun_of")
#: What a field would be called that leads the server somewhere.
LEADING = re.compile(r"ur[il]s?$|callback|webhook|host$|endpoint|redirect", re.IGNORECASE)
ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
}


def with_json(stage: Stage) -> list[Route]:
    routes = [route for route in routes_of(stage) if (body := route.body()) and "json" in body[1]]
    assert len(routes) >= 15
    return routes


def read_as_an_id(path: str, described: dict[str, set[str]]) -> set[str]:
    """Methods of the route that takes an id where this one has a word."""
    parent = path.rpartition("/")[0]
    beside = (one for one in described if one.startswith(parent + "/{") and one.endswith("}"))
    return {method for one in beside for method in described[one]}


async def send(stage: Stage, route: Route, have: Belongings, content: bytes) -> httpx2.Response:
    """The request with this body, and everything else as it should be."""
    body = route.body()
    assert body is not None
    return await stage.client.request(
        route.method,
        path_to(route, have),
        params=route.query() or None,
        content=content,
        headers={"Content-Type": body[1]},
    )


@pytest.mark.parametrize("field", OURS)
async def test_api3_no_body_has_room_for_what_the_server_decides(stage: Stage, field: str) -> None:
    have = await belongings(stage)
    length = await stage.length()
    for route in with_json(stage):
        body = route.body()
        assert body is not None
        document = msgspec.json.decode(body[0]) | {field: "x"}
        answer = await send(stage, route, have, msgspec.json.encode(document))
        problem = assert_problem(answer, 422, "invalid_body")
        assert field in problem["errors"][0]["detail"], route.name
    assert await stage.length() == length


async def test_api4_no_body_is_larger_than_it_may_be(stage: Stage) -> None:
    have = await belongings(stage)
    length = await stage.length()
    most = max(stage.settings.body_bytes, stage.settings.batch_bytes)
    large = b'{"name":"' + b"x" * most + b'"}'
    for route in with_json(stage):
        answer = await send(stage, route, have, large)
        assert answer.status_code == 413, (route.name, answer.text)
    assert await stage.length() == length


async def test_api4_no_list_is_longer_than_it_may_be(stage: Stage) -> None:
    limited = 0
    for route in routes_of(stage):
        for one in route.operation.get("parameters", ()):
            if one["name"] == "limit":
                limited += 1
                assert one["schema"]["maximum"] <= 1000, route.name
    assert limited >= 5


async def test_api7_nothing_that_is_submitted_leads_the_server_anywhere(stage: Stage) -> None:
    """There are no callbacks. Whoever adds one has to think of addresses that are not the client's to reach."""
    schemas = stage.app.openapi()["components"]["schemas"]
    taken = {
        content["schema"]["$ref"].rpartition("/")[2]
        for route in routes_of(stage)
        for content in route.operation.get("requestBody", {}).get("content", {}).values()
        if "$ref" in content["schema"]
    }
    todo = list(taken)
    while todo:
        schema = schemas[todo.pop()]
        for name, described in schema.get("properties", {}).items():
            assert not LEADING.search(name), name
            assert described.get("format") not in {"uri", "url"}, name
        found = set(
            re.findall(r'"#/components/schemas/(\w+)"', msgspec.json.encode(schema).decode())
        )
        todo += sorted(found - taken)
        taken |= found
    assert len(taken) > 20


async def test_api8_no_route_takes_a_method_that_it_is_not_described_with(stage: Stage) -> None:
    have = await belongings(stage)
    described: dict[str, set[str]] = {}
    for route in routes_of(stage):
        described.setdefault(route.path, set()).add(route.method)
    for route in routes_of(stage):
        known = described[route.path] | read_as_an_id(route.path, described)
        for method in {"TRACE", "POST", "PUT", "PATCH", "DELETE"} - known:
            answer = await stage.client.request(method, path_to(route, have))
            assert answer.status_code == 405, (method, route.path)
            assert set(answer.headers["allow"].split(", ")) - {"HEAD"} <= known
            assert_problem(answer, 405, "method_not_allowed")


async def test_api8_every_answer_has_the_headers_that_keep_browsers_safe(stage: Stage) -> None:
    have = await belongings(stage)
    for route in routes_of(stage):
        answer = await ask(stage, route, path_to(route, have), {"Authorization": "Bearer x"})
        assert ALWAYS.items() <= answer.headers.items(), route.name
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert not {"server", "x-powered-by"} & set(answer.headers), route.name


async def test_api8_metrics_are_not_for_who_comes_through_a_proxy(stage: Stage) -> None:
    near = await stage.client.get("/metrics")
    assert "cloche_http_requests_total" in near.text
    for name in ("X-Forwarded-For", "Forwarded"):
        far = await stage.client.get("/metrics", headers={name: "for=203.0.113.7"})
        assert (far.status_code, far.text) == (404, "")


async def test_api8_what_breaks_tells_nothing_of_how(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("postgresql://user:secret@host")

    monkeypatch.setattr(stage.read_models, "page", broken)
    answer = await stage.client.get("/v1/evaluations")
    problem = assert_problem(answer, 500, "internal")
    assert not {"secret", "RuntimeError", "postgresql"} & set(re.findall(r"\w+", answer.text))
    assert "errors" not in problem


def test_every_test_that_the_document_names_is_there() -> None:
    text = (ROOT / "docs" / "security.md").read_text()
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text))
    assert {f"API{n}" for n in range(1, 11)} <= set(re.findall(r"\bAPI\d+", text))
    assert len(named) > 15
    for path, name in named:
        assert (ROOT / path).exists(), path
        assert not name or f"def {name}(" in (ROOT / path).read_text(), (path, name)
