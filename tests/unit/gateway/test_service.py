"""The service around its resources: description, health, metrics, headers, and what happens when it breaks."""

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cloche_gateway import app, hosting
from cloche_gateway.app import serve
from cloche_gateway.settings import GatewaySettings
from cloche_kit.bus import Stored
from cloche_schemas.projections import PROJECTION_REQUESTS
from cloche_schemas.values import Limits
from pydantic import ValidationError
from support.gateway import HELLO, KEY, Stage, stage_with
from support.waiting import wait_until

ONE_PROJECTION = "/v1/projections/{name}"
PATH = "/v1/evaluations"


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(value) for value in node.values()))
    if isinstance(node, list):
        return set().union(*(references(value) for value in node))
    return set()


async def test_the_description_has_every_route_and_every_schema_it_refers_to(stage: Stage) -> None:
    document = (await stage.client.get("/openapi.json")).json()
    assert set(document["paths"]) == {
        "/v1",
        PATH,
        f"{PATH}/{{id}}",
        f"{PATH}/{{id}}/events",
        f"{PATH}/{{id}}/output",
        *(f"{PATH}/{{id}}/output/search", f"{PATH}/{{id}}/cases", "/v1/blobs/{sha256}"),
        f"{PATH}/{{id}}/artifacts",
        f"{PATH}/{{id}}/artifacts/{{name}}",
        *(f"{PATH}/{{id}}/cancel", f"{PATH}/{{id}}/rerun", "/v1/statistics"),
        "/v1/events",
        "/v1/schedules",
        "/v1/schedules/{id}",
        "/v1/schedules/{id}/pause",
        "/v1/schedules/{id}/resume",
        "/v1/schedules/{id}/trigger",
        "/v1/languages",
        "/v1/tenants",
        "/v1/tenants/{tenant}",
        "/v1/batches",
        "/v1/batches/{id}",
        *("/v1/batches/{id}/evaluations", "/v1/batches/{id}/events"),
        "/v1/batches/{id}/cancel",
        "/v1/batches/{id}/rerun",
        "/v1/queue",
        "/v1/dead-letters",
        "/v1/dead-letters/requeue",
        "/v1/dead-letters/purge",
        "/v1/dead-letters/{id}",
        "/v1/dead-letters/{id}/requeue",
        *(f"{PATH}/{{id}}/attempts", f"{PATH}/{{id}}/timeline"),
        *("/v1/executors", "/v1/health", "/v1/audit/export", "/v1/audit/verify"),
        f"{PATH}/{{id}}/queue",
        *("/v1/keys", "/v1/keys/{key}", "/v1/usage", "/.well-known/api-catalog", "/asyncapi.json"),
        *("/v1/keys/{key}/rotate", "/v1/keys/{key}/secrets/{which}", "/v1/audit"),
        *("/v1/keys/export", "/v1/keys/import", "/v1/projections", ONE_PROJECTION),
        *(f"{ONE_PROJECTION}/{asked}" for asked in PROJECTION_REQUESTS),
        *("/problems/{code}", "/feeds.asyncapi.json"),
    }
    schemas = document["components"]["schemas"]
    assert {r.removeprefix("#/components/schemas/") for r in references(document)} <= set(schemas)
    assert schemas["SubmitEvaluation"]["additionalProperties"] is False
    body = document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"]
    assert body["schema"] == {"$ref": "#/components/schemas/SubmitEvaluation"}


async def test_every_route_but_the_public_ones_wants_the_key_in_the_description(
    stage: Stage,
) -> None:
    document = (await stage.client.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["API key"]["scheme"] == "bearer"
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert ("security" in operation) == path.startswith("/v1"), path


async def test_the_docs_can_be_opened_without_a_key(stage: Stage) -> None:
    answer = await stage.client.get("/docs", headers={"Authorization": ""})
    assert (answer.status_code, "swagger-ui" in answer.text) == (200, True)
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_the_type_of_a_problem_leads_to_what_it_means(stage: Stage) -> None:
    problem = (await stage.client.get(f"{PATH}/x")).json()
    answer = await stage.client.get(problem["type"])
    assert answer.status_code == 200
    assert answer.text.startswith(f"422 invalid_id: {problem['title']}")
    assert (await stage.client.get("/problems/none")).status_code == 404


async def test_a_request_keeps_its_id_or_gets_one(stage: Stage) -> None:
    given = await stage.client.get("/v1", headers={"X-Request-Id": "my-id.1"})
    assert given.headers["x-request-id"] == "my-id.1"
    for bad in ("a b", "x" * 65, "<script>", ""):
        made = (await stage.client.get("/v1", headers={"X-Request-Id": bad})).headers
        assert re.fullmatch(r"[0-9a-f-]{36}", made["x-request-id"])


@pytest.mark.parametrize("path", ["/v1", "/nowhere", "/livez", "/v1/queue", f"{PATH}/x"])
async def test_every_answer_has_the_headers_that_keep_browsers_at_bay(
    stage: Stage, path: str
) -> None:
    headers = (await stage.client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in headers
    assert "access-control-allow-origin" not in headers


async def test_other_origins_are_told_nothing(stage: Stage) -> None:
    answer = await stage.client.options(
        PATH, headers={"Origin": "http://evil", "Access-Control-Request-Method": "POST"}
    )
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


async def test_what_breaks_is_told_by_its_id_and_nothing_else(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_filter: str) -> Stored | None:
        raise RuntimeError("secret detail")

    address = await stage.submit()
    monkeypatch.setattr(stage.bus, "last", broken)
    answer = await stage.client.get(f"{PATH}/{address.evaluation}")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (500, "internal")
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert "secret" not in answer.text


async def test_the_key_is_never_in_the_logs(
    stage: Stage, capfd: pytest.CaptureFixture[str]
) -> None:
    stage.bus.available = False
    await stage.client.post(PATH, json=HELLO)
    await stage.client.get("/v1", headers={"Authorization": f"Bearer {KEY}x"})
    assert KEY not in "".join(capfd.readouterr())
    assert KEY not in repr(stage.settings)


async def test_metrics_count_by_template_whatever_is_asked_for(stage: Stage) -> None:
    for n in range(3):
        await stage.client.get(f"{PATH}/{n}")
        await stage.client.get(f"/nowhere/{n}")
        await stage.client.request(f"X{n}", PATH)
    text = (await stage.client.get("/metrics")).text
    lines = [line for line in text.splitlines() if line.startswith("cloche_http_requests_total")]
    assert any(f'route="{PATH}/{{id}}",status="422"' in line for line in lines)
    assert any('method="GET",route="unmatched",status="404"' in line for line in lines)
    assert not [line for line in lines if "nowhere" in line or "X1" in line]
    assert "cloche_http_request_seconds_bucket" in text
    assert "cloche_gateway_watchers" in text


async def test_health_is_public_and_follows_the_edges(stage: Stage) -> None:
    public = {"Authorization": ""}
    assert (await stage.client.get("/livez", headers=public)).status_code == 200
    assert (await stage.client.get("/readyz", headers=public)).status_code == 200
    stage.read_models.down = True
    answer = await stage.client.get("/readyz", headers=public)
    assert (answer.status_code, answer.json()["checks"]) == (
        503,
        {"log": True, "read_models": False, "keys": True},
    )
    assert (await stage.client.get("/livez", headers=public)).status_code == 200


async def test_serving_tells_its_port_and_ends_when_asked(tmp_path: Path) -> None:
    file = tmp_path / "port"
    async with stage_with(port_file=file) as stage:
        stop = asyncio.Event()
        service = asyncio.create_task(serve(stage.deps, stage.settings, stop))
        await wait_until(file.exists)
        _, writer = await asyncio.open_connection("127.0.0.1", int(file.read_text()))
        writer.close()
        stop.set()
        await asyncio.wait_for(service, 5)


async def test_a_log_that_is_gone_is_an_alarm_and_reads_go_on(tmp_path: Path) -> None:
    file = tmp_path / "port"
    async with stage_with(port_file=file) as stage:
        stop = asyncio.Event()
        service = asyncio.create_task(serve(stage.deps, stage.settings, stop))
        await wait_until(file.exists)
        stage.bus.lose()
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{file.read_text()}".strip()
        ) as client:

            async def alarmed() -> bool:
                return (await client.get("/livez")).status_code == 503

            await wait_until(alarmed)
            answer = await client.get(PATH, headers={"Authorization": f"Bearer {KEY}"})
            assert answer.status_code == 200
        stop.set()
        await asyncio.wait_for(service, 5)


async def test_keys_are_learned_once_their_log_answers_and_known_when_it_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "KNOWN_SECONDS", 0.05)
    monkeypatch.setattr(hosting, "FOLLOW_SECONDS", 0.01)
    file = tmp_path / "port"
    async with stage_with(port_file=file) as stage:
        header = await stage.key()
        stage.access.available = False
        stop = asyncio.Event()
        service = asyncio.create_task(serve(stage.deps, stage.settings, stop))
        await wait_until(file.exists)
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{file.read_text()}".strip()
        ) as client:

            async def answered(path: str, status: int) -> bool:
                return (await client.get(path, headers=header)).status_code == status

            assert await answered("/readyz", 503)
            assert await answered("/v1", 503)
            stage.access.available = True
            await wait_until(lambda: answered("/readyz", 200))
            assert await answered("/v1", 200)
            stage.access.lose()
            await wait_until(lambda: answered("/livez", 503))
            assert await answered("/v1", 200)
        stop.set()
        await asyncio.wait_for(service, 5)


@pytest.mark.parametrize("key", ["", "short"])
def test_there_is_no_gateway_without_a_real_key(key: str) -> None:
    with pytest.raises(ValidationError, match="api_key"):
        GatewaySettings.model_validate({"api_key": key})


@pytest.mark.parametrize(
    ("name", "value"),
    [("env_allowed", "A B?"), ("env_allowed", "[A-Z]"), ("extra_images", "a/b:1")],
)
def test_a_list_that_means_nothing_stops_the_gateway(name: str, value: str) -> None:
    with pytest.raises(ValidationError, match="is no name"):
        GatewaySettings.model_validate({"api_key": KEY, name: value})


def test_lists_are_words_of_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOCHE_API_KEY", KEY)
    monkeypatch.setenv("CLOCHE_ENV_ALLOWED", "A_*,B  C")
    monkeypatch.setenv("CLOCHE_EXTRA_IMAGES", "")
    settings = GatewaySettings()
    assert (settings.env_allowed, settings.extra_images) == (("A_*", "B", "C"), ())


def test_the_maxima_are_those_of_the_architecture_unless_set() -> None:
    maxima = GatewaySettings.model_validate({"api_key": KEY, "max_pids": 7}).maxima
    assert maxima == Limits(
        wall_seconds=86_400,
        cpu_seconds=86_400,
        cpus=4,
        memory_bytes=4 << 30,
        pids=7,
        output_bytes=4 << 30,
        scratch_bytes=4 << 30,
        scratch_inodes=1_000_000,
        file_bytes=4 << 30,
        open_files=4096,
        artifact_files=1000,
        artifact_bytes=1 << 30,
    )
