"""``GET /v1``: who answers, whom it takes a key for, and where traces are shown."""

import pytest
from cloche_gateway.settings import GatewaySettings
from pydantic import SecretStr, ValidationError
from support.gateway import KEY, Stage, stage_with


async def test_it_says_who_it_is_and_for_whom(stage: Stage) -> None:
    answer = await stage.client.get("/v1")
    assert answer.json() == {
        "name": "cloche",
        "version": "0.1.0",
        "tenant": "main",
        "key": "first-key",
        "role": "admin",
        "scopes": ["read", "write", "operate", "admin"],
        "trace_url": None,
    }


async def test_it_says_where_traces_are_shown() -> None:
    address = "https://grafana.example/explore?query={trace_id}"
    async with stage_with(trace_url=address) as stage:
        assert (await stage.client.get("/v1")).json()["trace_url"] == address


@pytest.mark.parametrize(
    "address", ["https://grafana.example/", "javascript:alert({trace_id})", "https:///{trace_id}"]
)
def test_an_address_of_traces_is_one(address: str) -> None:
    with pytest.raises(ValidationError, match="no address with"):
        GatewaySettings(api_key=SecretStr(KEY), trace_url=address)
