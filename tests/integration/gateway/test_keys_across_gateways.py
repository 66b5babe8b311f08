"""Keys, signatures and the audit log over two gateways and a real log: what one does, the other knows."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
from cloche_kit import jetstream_api as api
from cloche_kit.bus import BusError
from cloche_kit.jetstream import JetStreamBus
from cloche_kit.topology import AUDIT
from cloche_schemas.signing import sign
from support.auditing import entries_of, verified
from support.gateway import HELLO, assert_problem, read_events
from support.hosted_gateway import gateway
from support.nats import NatsServer
from support.signing import send, send_as
from support.waiting import wait_until

PATH, KEYS = "/v1/evaluations", "/v1/keys"
BODY = b'{"code":"print(1)"}'
Two = tuple[httpx2.AsyncClient, httpx2.AsyncClient]


@pytest.fixture
async def two(nats_server: NatsServer) -> AsyncIterator[Two]:
    """Clients of two gateways on one log."""
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(gateway(nats_server.url, name, audit_seconds=1.0))
            for name in ("g1", "g2")
        ]
        yield clients[0], clients[1]


async def made(two: Two, **fields: object) -> tuple[str, str]:
    """A key that both know, and where it is."""
    first, second = two
    answer = await first.post(KEYS, json={"name": "ci", **fields})
    assert answer.status_code == 201, answer.text
    path = answer.headers["location"]

    async def known() -> bool:
        return (await second.get(path)).status_code == 200

    await wait_until(known)
    return answer.json()["api_key"], path


async def test_a_signed_request_is_taken_by_one_of_them_once(two: Two) -> None:
    key, _ = await made(two, require_signature=True)
    headers = sign(key, "POST", PATH, BODY)
    answers = await asyncio.gather(
        *(send_as(two[n % 2], headers, "POST", PATH, BODY) for n in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [202] + [401] * 9
    assert {one.json()["code"] for one in answers if one.status_code == 401} == {
        "signature_replayed"
    }
    for client in two:
        late = await send_as(client, headers, "POST", PATH, BODY)
        assert_problem(late, 401, "signature_replayed")
        assert (await send(client, key, "POST", PATH, HELLO)).status_code == 202


async def test_a_nonce_outlives_a_restart_of_the_server(two: Two, nats_server: NatsServer) -> None:
    key, _ = await made(two, require_signature=True)
    headers = sign(key, "POST", PATH, BODY)
    assert (await send_as(two[0], headers, "POST", PATH, BODY)).status_code == 202
    await nats_server.stop()
    refused = await send(two[0], key, "GET", PATH)
    assert_problem(refused, 503, "unavailable")
    await nats_server.start()

    async def replayed() -> bool:
        answer = await send_as(two[1], headers, "POST", PATH, BODY)
        assert answer.status_code in {401, 503}
        return answer.status_code == 401

    await wait_until(replayed, within=20.0, every=0.1)


async def test_a_feed_of_the_other_one_ends_within_a_second_of_the_revocation(two: Two) -> None:
    first, second = two
    key, path = await made(two)
    header = {"Authorization": f"Bearer {key}"}
    accepted = (await first.post(PATH, json=HELLO)).json()
    async with second.stream("GET", accepted["links"]["events"], headers=header) as answer:
        events = read_events(answer)
        assert (await anext(events)).name == "queued"
        begun = time.monotonic()
        assert (await first.delete(path)).status_code == 200
        assert [event.name async for event in events] == ["reconnect"]
        assert time.monotonic() - begun < 1.0
    assert (await second.get("/v1", headers=header)).status_code == 401


async def test_a_use_that_one_has_seen_is_shown_by_the_other(two: Two) -> None:
    key, path = await made(two)
    await two[0].get("/v1", headers={"Authorization": f"Bearer {key}"})

    async def shown() -> Any:
        return (await two[1].get(path)).json()["last_used_at"]

    await wait_until(shown)


async def test_both_write_chains_that_verify_and_either_reads_them_all(
    two: Two, jetstream_bus: JetStreamBus
) -> None:
    key, path = await made(two)
    for n in range(20):
        assert (await two[n % 2].post(PATH, json=HELLO)).status_code == 202
    await two[1].delete(path)
    log = jetstream_bus.ledgers.audit

    async def written() -> bool:
        found = await entries_of(log)
        return sum(one.action == "POST /v1/evaluations" for one in found) == 20

    await wait_until(written)
    report = await verified(log)
    assert (report.sound, len(report.heads), report.lost) == (True, 2, 0)
    shown = (await two[0].get("/v1/audit/verify")).json()
    assert (shown["sound"], shown["breaks"]) == (True, [])
    for client in two:
        page = await client.get("/v1/audit", params={"action": "POST /v1/evaluations"})
        assert len(page.json()["items"]) == 20
        lines = (await client.get("/v1/audit/export")).content.splitlines()
        assert lines[-1] == b'{"end":true}'
    revoked = (await two[0].get("/v1/audit", params={"action": "DELETE /v1/keys/{key}"})).json()
    assert [one["target"] for one in revoked["items"]] == [path]
    assert key.rpartition("_")[2] not in repr(await entries_of(log))


async def test_a_message_taken_out_of_the_stream_is_missed(
    two: Two, jetstream_bus: JetStreamBus
) -> None:
    for n in range(4):
        assert (await two[0].post(KEYS, json={"name": f"k{n}"})).status_code == 201
    log = jetstream_bus.ledgers.audit
    before = await verified(log)
    assert before.sound
    await _delete(jetstream_bus, before.last_sequence - 1)
    report = (await two[1].get("/v1/audit/verify")).json()
    assert not report["sound"]
    assert report["breaks"][0]["kind"] == "missing"


async def _delete(bus: JetStreamBus, sequence: int) -> None:
    await api.delete(bus.connection, AUDIT, sequence)


async def test_while_the_server_is_away_keys_are_not_changed_and_what_was_done_is_written_later(
    two: Two, nats_server: NatsServer, jetstream_bus: JetStreamBus
) -> None:
    first, _ = two
    _, path = await made(two)
    await nats_server.stop()
    assert (await first.delete(path)).status_code == 503
    assert (await first.post(PATH, json=HELLO)).status_code == 503
    await nats_server.start()

    async def done() -> bool:
        return (await first.delete(path)).status_code == 200

    await wait_until(done, within=30.0, every=0.2)
    log = jetstream_bus.ledgers.audit

    async def written() -> bool:
        try:
            found = await entries_of(log)
        except BusError:
            return False
        failed = [one for one in found if one.outcome == "failed"]
        return any(one.action == "POST /v1/evaluations" for one in failed)

    await wait_until(written, within=20.0, every=0.1)
    assert (await verified(log)).sound
