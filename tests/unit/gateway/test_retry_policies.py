"""What a submission may say of its attempts, and what of it lies on the log."""

import pytest
from cloche_schemas.values import RetryPolicy
from support.gateway import HELLO, Stage, stage_with
from support.submitting import accepted, refused


async def test_what_is_left_out_is_filled_in_so_that_the_log_holds_it_whole(stage: Stage) -> None:
    event = await accepted(stage, HELLO)
    assert event.spec is not None
    assert event.spec.retry == RetryPolicy(attempts=3, base_seconds=1.0, cap_seconds=60.0)
    assert event.max_attempts == 3


async def test_what_is_asked_for_is_kept(stage: Stage) -> None:
    asked = {"attempts": 20, "base_seconds": 0.5, "cap_seconds": 86400, "program_failures": True}
    event = await accepted(stage, HELLO | {"retry": asked})
    assert event.spec is not None
    assert event.spec.retry == RetryPolicy(
        attempts=20, base_seconds=0.5, cap_seconds=86_400.0, program_failures=True
    )
    assert event.max_attempts == 20


@pytest.mark.parametrize(
    ("asked", "base", "cap"),
    [({"base_seconds": 300}, 300, 300), ({"cap_seconds": 0.25}, 0.25, 0.25)],
)
async def test_the_one_that_is_left_out_gives_way_to_the_other(
    stage: Stage, asked: dict[str, float], base: float, cap: float
) -> None:
    event = await accepted(stage, HELLO | {"retry": asked})
    assert event.spec is not None
    assert (event.spec.retry.base_seconds, event.spec.retry.cap_seconds) == (base, cap)


@pytest.mark.parametrize(
    ("asked", "code", "pointer"),
    [
        ({"attempts": 21}, "limit_exceeded", "/retry/attempts"),
        ({"cap_seconds": 86401}, "limit_exceeded", "/retry/cap_seconds"),
        ({"base_seconds": 1e9}, "limit_exceeded", "/retry/base_seconds"),
        ({"base_seconds": 2, "cap_seconds": 1}, "contradiction", "/retry/base_seconds"),
        ({"attempts": 0}, "invalid_body", "/retry/attempts"),
        ({"attempts": 1.5}, "invalid_body", "/retry/attempts"),
        ({"attempts": True}, "invalid_body", "/retry/attempts"),
        ({"cap_seconds": 0}, "invalid_body", "/retry/cap_seconds"),
        ({"base_seconds": -1}, "invalid_body", "/retry/base_seconds"),
        ({"program_failures": "yes"}, "invalid_body", "/retry/program_failures"),
        ({"tries": 2}, "invalid_body", "/retry/tries"),
        (3, "invalid_body", "/retry"),
    ],
)
async def test_what_cannot_be_is_refused_before_anything_is_on_the_log(
    stage: Stage, asked: object, code: str, pointer: str
) -> None:
    await refused(stage, HELLO | {"retry": asked}, code, pointer)


async def test_the_answer_names_the_maximum(stage: Stage) -> None:
    body = HELLO | {"retry": {"attempts": 100, "cap_seconds": 1e6}}
    answer = await stage.client.post("/v1/evaluations", json=body)
    errors = answer.json()["errors"]
    assert [(one["pointer"], one["maximum"]) for one in errors] == [
        ("/retry/attempts", 20),
        ("/retry/cap_seconds", 86_400),
    ]


async def test_a_server_may_allow_less_than_it_would_grant_by_itself() -> None:
    async with stage_with(max_attempts=5, max_retry_attempts=2, max_retry_cap_seconds=10) as stage:
        event = await accepted(stage, HELLO)
        assert event.spec is not None
        assert event.max_attempts == 2
        assert event.spec.retry.cap_seconds == 10
