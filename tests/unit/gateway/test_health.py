"""``/v1/health``: what is wrong is told, whatever does not answer, within its time, and to operators alone."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from cloche_gateway import platform_health, probing
from cloche_kit.archive.index import Manifest
from cloche_kit.breaker import Breaker
from cloche_kit.objects import ObjectInfo
from cloche_kit.progress import READ_MODELS, Progress
from cloche_kit.stream_facts import DurableFacts, StreamFacts
from cloche_kit.topology import EVALUATIONS, LEASES, WORK
from cloche_schemas.health import PlatformHealth
from cloche_schemas.queue import EngineState, ExecutorState
from msgspec.structs import replace
from support.gateway import Stage, assert_problem

PATH = "/v1/health"


class Declared:
    """A topology that is what it is told to be."""

    def __init__(self) -> None:
        self.stream = StreamFacts(name=EVALUATIONS, messages=3, last=3)
        self.durable = DurableFacts(stream=WORK, name="work-auto-normal")
        self.hangs = False

    async def streams(self) -> list[StreamFacts]:
        if self.hangs:
            await asyncio.Event().wait()
        return [self.stream]

    async def durables(self) -> list[DurableFacts]:
        lease = DurableFacts(stream=LEASES, name="lease-dispatcher", unacked=1)
        return [self.durable, lease]


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told what another was told, and nobody is waited for long."""
    monkeypatch.setattr(platform_health, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(probing, "PROBE_SECONDS", 0.1)


@pytest.fixture
def declared(stage: Stage) -> Declared:
    declared = Declared()
    watch = stage.app.state.platform
    watch._deps = replace(stage.deps, topology=declared, breakers=(Breaker("log"),))
    return declared


async def well(stage: Stage) -> None:
    """Everybody says that they are there, and an evaluation is through."""
    await stage.submit()
    await heard(stage)


async def heard(stage: Stage, silent: float = 0.0) -> None:
    state, at = await stage.bus.state(), datetime.now(UTC) - timedelta(seconds=silent)
    progress = Progress(epoch=state.epoch, sequence=state.last, at=at)
    await stage.bus.progress.say(READ_MODELS, progress)
    models = stage.read_models.projections
    models.view = replace(models.view, sequence=state.last)
    manifest = Manifest(stream=EVALUATIONS, epoch=state.epoch, archived=state.last, writer="s1")
    await stage.objects.put(manifest.key, msgspec.json.encode(manifest))
    info, data = stage.objects._objects[manifest.key]
    stage.objects._objects[manifest.key] = (replace(info, modified=at), data)
    executor = ExecutorState(executor="e1", version="1.2", slots=2, started_at=at, said_at=at)
    await stage.bus.executors.announce("e1", msgspec.json.encode(executor))


async def told(stage: Stage) -> PlatformHealth:
    answer = await stage.client.get(PATH)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return msgspec.json.decode(answer.content, type=PlatformHealth)


async def test_a_system_that_is_well(stage: Stage, declared: Declared) -> None:
    await well(stage)
    health = await told(stage)
    assert (health.status, health.problems) == ("ok", ())
    assert {edge.name: edge.status for edge in health.edges} == dict.fromkeys(
        ("log", "read_models", "objects"), "up"
    )
    assert health.edges[0].breaker == "closed"
    assert all(edge.latency_seconds is not None for edge in health.edges)
    names = [(one.service, one.instance, one.status) for one in health.services]
    assert names == [
        ("gateway", stage.settings.instance, "up"),
        ("executor", "e1", "up"),
        ("projector", "", "up"),
        ("storage", "s1", "up"),
    ]
    assert [(job.name, job.held) for job in health.jobs] == [("dispatcher", True)]
    assert [stream.name for stream in health.streams] == [EVALUATIONS]
    assert [one.name for one in health.consumers] == ["work-auto-normal"]
    assert (health.projector.sequence, health.projector.lag) == (1, 0)
    assert (health.archiver.sequence, health.archiver.lag_seconds) == (1, 0.0)


async def test_nobody_but_operators_is_told(stage: Stage) -> None:
    user = await stage.key(role="user")
    problem = assert_problem(await stage.client.get(PATH, headers=user), 403, "forbidden")
    assert problem["required_scope"] == "operate"
    for role in ("operator", "admin"):
        header = await stage.key(role=role)
        assert (await stage.client.get(PATH, headers=header)).status_code == 200
    assert_problem(await stage.client.get(PATH, headers={"Authorization": ""}), 401, "unauthorized")


async def test_a_system_that_is_new_has_not_lost_its_projector(stage: Stage) -> None:
    """It says how far it is from its first event on."""
    health = await told(stage)
    assert "projector" not in {one.service for one in health.services}
    assert health.projector.status == "up"
    assert "no executor is there" in health.problems


async def test_stores_that_are_away_are_told_without_what_they_said(
    stage: Stage, declared: Declared
) -> None:
    await well(stage)
    stage.read_models.down = stage.objects.down = True
    answer = await stage.client.get(PATH)
    health = msgspec.json.decode(answer.content, type=PlatformHealth)
    down = {edge.name: edge.detail for edge in health.edges if edge.status == "down"}
    assert down == {
        "read_models": "it does not answer as it should (ReadModelsUnavailable)",
        "objects": "it does not answer as it should (ObjectsUnavailable)",
    }
    assert health.status == "degraded"
    assert "secret" not in answer.text
    # By what it said on the log.
    assert (health.projector.sequence, health.projector.lag) == (1, 0)
    assert health.archiver.detail == "how far it is cannot be found out"


async def test_what_hangs_is_told_within_its_time(
    stage: Stage, declared: Declared, monkeypatch: pytest.MonkeyPatch
) -> None:
    await well(stage)

    async def hang(*_: Any, **__: Any) -> Any:
        await asyncio.Event().wait()

    declared.hangs = True
    monkeypatch.setattr(stage.read_models.projections, "all", hang)
    monkeypatch.setattr(stage.objects, "get", hang)
    async with asyncio.timeout(3):
        health = await told(stage)
    reasons = {edge.name: edge.detail for edge in health.edges if edge.detail}
    assert reasons == dict.fromkeys(("read_models", "objects"), "no answer within 0.1 s")
    assert health.streams == ()


async def test_a_log_that_is_away_is_the_end_of_it(stage: Stage, declared: Declared) -> None:
    await well(stage)
    stage.bus.available = False
    health = await told(stage)
    assert health.status == "down"
    assert health.problems[0] == "log: it does not answer as it should (BusUnavailable)"
    assert (health.streams, health.consumers, health.jobs) == ((), (), ())
    assert health.projector.lag is None


async def test_who_has_fallen_silent_is_missed(stage: Stage, declared: Declared) -> None:
    await well(stage)
    await heard(stage, silent=45.0)
    health = await told(stage)
    assert "projector: it has said nothing for 45 s" in health.problems
    assert "storage s1: it has written nothing for 45 s" in health.problems
    assert health.status == "degraded"


async def test_a_standby_that_nobody_followed_and_another_log_are_told(
    stage: Stage, declared: Declared
) -> None:
    await well(stage)
    state = await stage.bus.state()
    released = Manifest(stream=EVALUATIONS, epoch=state.epoch)
    await stage.objects.put(released.key, msgspec.json.encode(released))
    stage.read_models.down = True
    other = Progress(epoch="another", sequence=9, at=datetime.now(UTC))
    await stage.bus.progress.say(READ_MODELS, other)
    problems = (await told(stage)).problems
    assert "storage: nobody writes the archive" in problems
    assert "projector: it projects another log than this one" in problems


async def test_who_is_far_behind_is_told(
    stage: Stage, declared: Declared, monkeypatch: pytest.MonkeyPatch
) -> None:
    await well(stage)
    await stage.submit()
    monkeypatch.setattr(platform_health, "PROJECTOR_SECONDS", 0.0)
    health = await told(stage)
    assert health.projector.lag == 1
    assert "projector: it is 0 s behind" in health.problems
    assert health.archiver.status == "up"


async def test_an_engine_that_does_not_answer_is_told(stage: Stage, declared: Declared) -> None:
    await well(stage)
    now = datetime.now(UTC)
    engines = (EngineState(name="gvisor", able=False), EngineState(name="docker"))
    executor = ExecutorState(
        executor="e2", slots=1, engines=engines, started_at=now, said_at=now, draining=True
    )
    await stage.bus.executors.announce("e2", msgspec.json.encode(executor))
    assert (await told(stage)).problems == ("executor e2: these engines do not answer: gvisor",)


@pytest.mark.parametrize(
    ("change", "status", "detail"),
    [
        ({"present": False}, "down", "it is gone"),
        ({"trouble": "no leader"}, "down", "no leader"),
        ({"replicas": 3, "replicas_behind": 2}, "degraded", "2 of 3 replicas are not current"),
        (
            {"bytes": 95, "max_bytes": 100, "refuses_when_full": True},
            "degraded",
            "95% of its room is in use",
        ),
        ({"bytes": 95, "max_bytes": 100}, "up", ""),
    ],
)
async def test_a_stream_that_is_not_as_it_should_be(
    stage: Stage, declared: Declared, change: dict[str, Any], status: str, detail: str
) -> None:
    await well(stage)
    declared.stream = replace(declared.stream, **change)
    health = await told(stage)
    assert (health.streams[0].status, health.streams[0].detail) == (status, detail)
    # Without the log of record nothing works.
    assert health.status == {"down": "down", "degraded": "degraded", "up": "ok"}[status]


async def test_a_durable_that_is_gone_is_told(stage: Stage, declared: Declared) -> None:
    await well(stage)
    declared.durable = replace(declared.durable, present=False)
    health = await told(stage)
    assert health.consumers[0].lag_seconds is None
    assert health.problems == ("consumer work-auto-normal: it is gone",)


async def test_an_alarm_of_the_gateway_is_told(stage: Stage, declared: Declared) -> None:
    await well(stage)
    stage.app.state.platform._alarm = lambda: "the access log is gone"
    assert (await told(stage)).problems == (
        f"gateway {stage.settings.instance}: the access log is gone",
    )


async def test_many_who_ask_at_once_are_told_by_one_look(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform_health, "FRESH_SECONDS", 60.0)
    looks = 0
    once = stage.objects.get

    async def counted(key: str) -> tuple[ObjectInfo, bytes] | None:
        nonlocal looks
        looks += 1
        return await once(key)

    monkeypatch.setattr(stage.objects, "get", counted)
    first, second = await asyncio.gather(told(stage), told(stage))
    assert first.at == second.at == (await told(stage)).at
    assert looks == 1
