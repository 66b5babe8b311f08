"""The committed description of the API is the gateway's, and what it calls required is always there."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from cloche_gateway import openapi_file
from cloche_schemas import generate
from cloche_schemas.values import OutputSummary
from support.gateway import HELLO, Stage


def test_what_is_committed_is_what_would_be_written() -> None:
    assert openapi_file.main(["--check"]) == 0


def test_drift_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(openapi_file, "GENERATED", tmp_path)
    assert openapi_file.main(["--check"]) == 1
    assert generate.OPENAPI in capsys.readouterr().err
    assert openapi_file.main([]) == 0
    assert openapi_file.main(["--check"]) == 0
    (tmp_path / generate.OPENAPI).write_text("{}\n")
    assert openapi_file.main(["--check"]) == 1


async def test_it_is_what_a_gateway_answers(stage: Stage) -> None:
    answer = await stage.client.get("/openapi.json")
    assert answer.json() == json.loads(generate.render(await openapi_file.document()))


def required(document: dict[str, Any], name: str) -> set[str]:
    return set(document["components"]["schemas"][name]["required"])


async def test_what_a_client_may_leave_out_is_not_required_of_it() -> None:
    document = await openapi_file.document()
    assert required(document, "SubmitEvaluation") == set()
    assert required(document, "RequestedLimits") == set()
    assert required(document, "CreateKey") == {"name"}
    # What the log keeps of it is as sparse, and so is an answer that shows that.
    assert required(document, "EvaluationSpec") == set()


async def test_what_an_answer_leaves_out_is_not_required_of_it() -> None:
    document = await openapi_file.document()
    assert required(document, "AttemptView") == {"number"}
    assert required(document, "Problem") == {"type", "title", "status", "code"}
    assert required(document, "EvaluationView") >= {"id", "outcome", "labels", "attempts", "batch"}
    assert required(document, "EvaluationPage") == {"items", "next_cursor", "prev_cursor"}
    assert "rates" not in required(document, "TenantView") | required(document, "KeyView")


async def test_whatever_is_required_is_in_the_answers(stage: Stage) -> None:
    """In those of a gateway with an evaluation at every stage of its life."""
    document = await openapi_file.document()
    address = await stage.submit(cases=[{"name": "one"}], labels={"a": "b"})
    await stage.submit(delay_seconds=3600)
    path = f"/v1/evaluations/{address.evaluation}"

    async def check() -> None:
        for place, name in (
            (path, "EvaluationView"),
            (f"{path}/attempts", "AttemptList"),
            (f"{path}/timeline", "Timeline"),
            (f"{path}/cases", "CaseList"),
            (f"{path}/artifacts", "ArtifactList"),
            ("/v1/evaluations", "EvaluationPage"),
            ("/v1/languages", "LanguageList"),
            ("/v1/tenants", "TenantList"),
            ("/v1/keys", "KeyList"),
            ("/v1/schedules", "ScheduleList"),
            ("/v1/batches", "BatchPage"),
            ("/v1/dead-letters", "DeadLetterPage"),
        ):
            answer = await stage.client.get(place)
            assert answer.status_code == 200, answer.text
            schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
            jsonschema.Draft202012Validator(schema).validate(answer.json())

    await check()
    await stage.key()
    schedule = {"name": "often", "cron": "@hourly", "evaluation": HELLO}
    assert (await stage.client.post("/v1/schedules", json=schedule)).status_code == 201
    assert (await stage.client.post("/v1/batches", json={"evaluations": [HELLO]})).is_success
    await stage.start(address)
    await check()
    await stage.print(address, b"hi\n")
    await stage.complete(address, stdout=OutputSummary(total_bytes=3, head_bytes=3, chunks=1))
    await stage.project(address)
    await check()
