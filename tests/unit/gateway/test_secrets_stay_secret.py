"""No key is ever in a log: everything that a run writes anywhere is searched for every secret of it."""

import base64
import logging
from collections.abc import Iterator
from contextlib import suppress

import httpx2
import pytest
import structlog
from cloche_kit.logs import configure_logs
from cloche_kit.memory import MemoryBus
from cloche_kit.memory_ledgers import MemoryRecords
from cloche_schemas.signing import sign, signing_key_of
from support.auditing import audited
from support.gateway import HELLO, KEY, Stage, stage_with
from support.signing import send, send_as

PATH, KEYS = "/v1/evaluations", "/v1/keys"
WRAP = "wraps-what-keys-sign-with-0123456789"


@pytest.fixture
def real_logs(capfd: pytest.CaptureFixture[str]) -> Iterator[pytest.CaptureFixture[str]]:
    """As a service writes them, and all of them."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    configure_logs("gateway", level="debug")
    # The loggers of modules outlive this test.
    structlog.configure(cache_logger_on_first_use=False)
    yield capfd
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


async def use(stage: Stage, key: str) -> None:
    """A key, rightly and wrongly, everywhere where somebody might put it."""
    client, bearer = stage.client, {"Authorization": f"Bearer {key}"}
    wrong = {"Authorization": f"Bearer {key[:-1]}"}
    accepted = await client.post(PATH, json=HELLO, headers=bearer)
    await client.get(PATH, headers=wrong)
    await client.get(f"{PATH}?api_key={key}", headers=bearer)
    await client.get(f"{PATH}/{key}", headers=bearer)
    await client.get(f"/v1/nowhere/{key}", headers=bearer)
    await client.delete(f"{KEYS}/{key}")
    await client.post(PATH, json={"language": key}, headers=bearer)
    await client.post(PATH, content=key.encode(), headers=bearer)
    await client.get(PATH, headers=bearer | {"X-Request-Id": key, "X-Forwarded-For": key})
    await client.get(PATH, headers={"Authorization": f"Basic {key}"})
    await client.get(PATH, headers={"Authorization": key})
    await send(client, key, "GET", PATH)
    await send(client, key, "GET", PATH, Signature="sig1=:" + "A" * 43 + "=:")
    headers = sign(key, "POST", PATH, b"{}")
    await send_as(client, headers, "POST", PATH, b"{ }")
    await send_as(client, headers, "POST", PATH, b"{}")
    await client.get(f"{accepted.headers['location']}/events", headers=wrong)


async def trouble(stage: Stage, key: str) -> None:
    """The same while parts of the system are away."""
    stage.read_models.down = True
    stage.objects.down = True
    await use(stage, key)
    stage.read_models.down = stage.objects.down = False
    await audited(stage)
    stage.bus.available = False
    with suppress(KeyError):
        await use(stage, key)
    stage.bus.available = True


def messages(*logs: MemoryBus | MemoryRecords) -> str:
    """Every message, its subject and its headers."""
    found = []
    for log in logs:
        kept = log._log if isinstance(log, MemoryBus) else log.messages
        found += [f"{one.subject} {one.data.decode()} {one.headers}" for one in kept.beyond(0)]
    return "\n".join(found)


async def test_nothing_that_proves_a_key_is_written_anywhere(
    real_logs: pytest.CaptureFixture[str],
) -> None:
    async with stage_with(wrap_secret=WRAP) as stage:
        made = await stage.client.post(KEYS, json={"name": "ci"})
        first, path = made.json()["api_key"], made.headers["location"]
        await use(stage, first)
        second = (await stage.client.post(f"{path}/rotate")).json()["api_key"]
        await use(stage, second)
        await trouble(stage, second)
        await audited(stage)
        exported = (await stage.client.get(f"{KEYS}/export")).text
        shown = (await stage.client.get(KEYS)).text
        metrics = (await stage.client.get("/metrics")).text
        ledgers = stage.bus.ledgers
        records = [ledgers.nonces, ledgers.key_uses, ledgers.audit]
        everything = {
            "logs": "".join(real_logs.readouterr()),
            "the log": messages(stage.bus),
            "the access log": messages(stage.access),
            "ledgers": messages(*[one for one in records if isinstance(one, MemoryRecords)]),
            "spans": "\n".join(
                f"{one.name} {dict(one.attributes or {})} {one.events}"
                for one in stage.spans.get_finished_spans()
            ),
            "metrics": metrics,
            "an export": exported,
            "a list": shown,
            "reprs": repr((stage.settings, stage.keyring.keys(), stage.gateway.signed_requests)),
        }
    for key in (first, second):
        secret = key.rpartition("_")[2]
        signing_key = signing_key_of(secret)
        secrets = [secret, signing_key.hex(), base64.b64encode(signing_key).decode()]
        for place, text in everything.items():
            assert text, place
            for one in secrets:
                assert one not in text, f"a secret is in {place}"
    for one in (KEY, WRAP):
        for place, text in everything.items():
            assert one not in text, f"a secret of the gateway is in {place}"


@pytest.mark.usefixtures("real_logs")
async def test_a_problem_does_not_repeat_a_key_that_was_shown(stage: Stage) -> None:
    answer: httpx2.Response = await stage.client.get(
        "/v1", headers={"Authorization": f"Bearer {KEY}x"}
    )
    assert answer.status_code == 401
    assert KEY not in answer.text
