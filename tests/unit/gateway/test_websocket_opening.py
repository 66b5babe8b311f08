"""Who may open /v1/ws, and who is turned away."""

import logging
from typing import Any

import msgspec
import pytest
from cloche_schemas.signing import sign
from support.auditing import audited, shown
from support.gateway import KEY, Stage, settings_with, stage_with
from support.signing import signer
from support.talking import talking
from websockets.exceptions import InvalidStatus

NOTHING: dict[str, str] = {}


async def refused(port: int | None, **options: Any) -> tuple[int, dict[str, Any]]:
    """Status and problem of a handshake that is refused."""
    with pytest.raises(InvalidStatus) as caught:
        async with talking(port, **options):
            pass
    response = caught.value.response
    assert response.headers["Content-Type"] == "application/problem+json"
    return response.status_code, msgspec.json.decode(response.body or b"", type=dict[str, Any])


async def test_a_key_comes_by_the_header_or_by_the_first_message(stage: Stage) -> None:
    key = (await stage.key())["Authorization"].removeprefix("Bearer ")
    async with stage.listening() as client:
        port = client.base_url.port
        for shown in (KEY, key):
            async with talking(port, headers={"Authorization": f"bearer {shown}"}) as talk:
                assert (await talk.hear())["type"] == "ready"
                await talk.say("auth", api_key=shown)
                assert (await talk.hear())["problem"]["code"] == "bad_request"
            async with talking(port, headers=NOTHING) as talk:
                await talk.say("auth", api_key=shown)
                assert (await talk.hear())["type"] == "ready"


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer x", f"Basic {KEY}", KEY, f"Bearer {KEY}x", "Bearer cloche_a_b"]
)
async def test_a_handshake_with_a_bad_key_is_refused(stage: Stage, header: str) -> None:
    async with stage.listening() as client:
        status, problem = await refused(client.base_url.port, headers={"Authorization": header})
        assert (status, problem["code"]) == (401, "unauthorized")
        assert problem["request_id"]
        entry = (await audited(stage))[-1]
        assert (entry.action, entry.code) == ("GET /v1/ws", "unauthorized")
        assert entry.request_id == problem["request_id"]


async def test_a_handshake_may_be_signed(stage: Stage) -> None:
    """As of a program whose key must sign; there is no body to speak of."""
    key = await signer(stage)
    async with stage.listening() as client:
        headers = sign(key, "GET", f"{str(client.base_url).rstrip('/')}/v1/ws", b"")
        async with talking(client.base_url.port, headers=headers) as talk:
            assert (await talk.hear())["type"] == "ready"


async def test_a_key_in_the_address_opens_nothing_and_is_not_logged(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage.listening() as client:
        with caplog.at_level(logging.DEBUG, logger="uvicorn"):
            for path in (f"/v1/ws?api_key={KEY}", f"/v1/ws?access_token={KEY}"):
                async with talking(client.base_url.port, headers=NOTHING, path=path) as talk:
                    await talk.say("subscribe", id=1)
                    assert await talk.closed() == 4401
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    "first",
    [
        '{"type":"auth","api_key":"x"}',
        '{"type":"auth","api_key":"cloche_aaaaaaaaaaaa_%s"}' % ("0" * 48),
        '{"type":"auth"}',
        '{"type":"ping"}',
        "{}",
        "hello",
        '{"type":"auth","api_key":"%s"}' % ("x" * 257),
    ],
)
async def test_without_a_good_key_nothing_is_said_first_but_that(stage: Stage, first: str) -> None:
    async with (
        stage.listening() as client,
        talking(client.base_url.port, headers=NOTHING) as talk,
    ):
        await talk.connection.send(first)
        assert await talk.closed() == 4401
        entry = (await audited(stage))[-1]
        assert (entry.action, entry.outcome, entry.key) == ("GET /v1/ws", "refused", "")
        assert entry.status in {400, 401, 422}
        assert entry.code
        assert entry.claimed == ("a" * 12 if "cloche_a" in first else "")


async def test_a_key_that_may_not_read_is_refused(stage: Stage) -> None:
    header = await stage.key(scopes=["write"])
    key = header["Authorization"].removeprefix("Bearer ")
    async with stage.listening() as client:
        status, problem = await refused(client.base_url.port, headers=header)
        assert (status, problem["required_scope"]) == (403, "read")
        async with talking(client.base_url.port, headers=NOTHING) as talk:
            await talk.say("auth", api_key=key)
            assert (await talk.hear())["problem"]["code"] == "forbidden"
            assert await talk.closed() == 4403
        by_header, by_message = (await audited(stage))[-2:]
        same = {"action": "GET /v1/ws", "outcome": "refused", "status": 403, "code": "forbidden"}
        for entry in (by_header, by_message):
            assert shown(entry, *same) == same
            assert (entry.tenant, entry.key) == ("main", key.split("_")[1])


async def test_a_connection_that_is_opened_is_no_entry(stage: Stage) -> None:
    async with stage.listening() as client, talking(client.base_url.port, headers=NOTHING) as talk:
        await talk.say("auth", api_key=KEY)
        assert (await talk.hear())["type"] == "ready"
    assert not [entry for entry in await audited(stage) if entry.target == "/v1/ws"]


async def test_who_says_no_key_is_not_waited_for() -> None:
    async with (
        stage_with(websocket_auth_seconds=0.05) as stage,
        stage.listening() as client,
        talking(client.base_url.port, headers=NOTHING) as talk,
    ):
        assert await talk.closed() == 4408
        entry = (await audited(stage))[-1]
        assert (entry.status, entry.code) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("origin", "opens"),
    [
        ("http://127.0.0.1:{port}", True),
        ("HTTP://127.0.0.1:{port}", True),
        ("https://app.example", True),
        ("https://APP.example", True),
        ("http://app.example", False),
        ("https://app.example:8443", False),
        ("http://127.0.0.1", False),
        ("http://localhost:{port}", False),
        ("https://evil.example", False),
        ("null", False),
        ("", False),
    ],
)
async def test_only_our_own_pages_and_allowed_ones_may_connect(origin: str, opens: bool) -> None:
    async with (
        stage_with(allowed_origins="https://app.example") as stage,
        stage.listening() as client,
    ):
        port = client.base_url.port
        given = origin.format(port=port)
        headers = {"Authorization": f"Bearer {KEY}", "Origin": given}
        if opens:
            async with talking(port, headers=headers) as talk:
                assert (await talk.hear())["type"] == "ready"
        else:
            status, problem = await refused(port, headers=headers)
            assert (status, problem["code"]) == (403, "foreign_origin")
            assert problem["errors"][0]["pointer"] == "/header/Origin"


@pytest.mark.parametrize("value", ["*", "app.example", "https://a/b", "ftp://a", "https://a b"])
def test_what_is_no_origin_is_refused_as_a_setting(value: str) -> None:
    with pytest.raises(ValueError, match="is no origin"):
        settings_with(allowed_origins=value)
