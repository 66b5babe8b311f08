"""/livez, /readyz and /metrics tell the truth, also about checks that hang or raise."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from cloche_kit import health as health_module
from cloche_kit.breaker import Breaker
from cloche_kit.health import Health, health_server, write_port
from cloche_kit.http_server import serving
from cloche_kit.settings import ServiceSettings
from starlette.applications import Starlette


async def yes() -> bool:
    return True


async def no() -> bool:
    return False


async def raises() -> bool:
    raise OSError("down")


async def hangs() -> bool:
    await asyncio.Event().wait()
    return True


async def test_a_service_is_ready_when_all_its_checks_are() -> None:
    health = Health("storage", "s-1", {"bus": yes, "objects": yes})
    async with (
        health_server(health, ServiceSettings()) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        ready = await client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json() == {
            "status": "ok",
            "service": "storage",
            "instance": "s-1",
            "checks": {"bus": True, "objects": True},
            "alarm": None,
        }
        assert (await client.get("/livez")).status_code == 200
        metrics = await client.get("/metrics")
        assert "python_info" in metrics.text
        assert (await client.get("/elsewhere")).status_code == 404


@pytest.mark.parametrize("check", [no, raises, hangs])
async def test_one_bad_check_makes_it_unready_but_not_dead(
    check: health_module.Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health_module, "CHECK_SECONDS", 0.05)
    health = Health("storage", "s-1", {"good": yes, "bad": check})
    async with (
        health_server(health, ServiceSettings()) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert ready.json()["checks"] == {"good": True, "bad": False}
        assert (await client.get("/livez")).status_code == 200


async def test_an_alarm_is_told_by_both() -> None:
    health = Health("projector", "p-1", {})
    health.alarm = "stream_lost"
    async with (
        health_server(health, ServiceSettings()) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        for path in ("/livez", "/readyz"):
            answer = await client.get(path)
            assert (answer.status_code, answer.json()["alarm"]) == (503, "stream_lost")


async def test_the_state_of_each_breaker_is_told_where_there_are_some() -> None:
    steady, silent = Breaker("steady"), Breaker("silent", failures=1)
    silent.failed(silent.enter())
    health = Health("gateway", "g-1", {"good": yes}, breakers=(steady, silent))
    async with (
        health_server(health, ServiceSettings()) as port,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        ready = await client.get("/readyz")
        # A breaker is no check: what it guards may be needed for a part only, and has a check of its own.
        assert (ready.status_code, ready.json()["checks"]) == (200, {"good": True})
        assert ready.json()["breakers"] == {"steady": "closed", "silent": "open"}


async def test_a_taken_port_is_said_at_once() -> None:
    health = Health("storage", "s-1", {})
    async with health_server(health, ServiceSettings()) as port:
        with pytest.raises(OSError, match="in use"):
            async with health_server(health, ServiceSettings(health_port=port)):
                pass


async def test_the_server_listens_where_it_is_told() -> None:
    health = Health("storage", "s-1", {})
    app = Starlette(routes=health.routes())
    async with (
        serving(app, host="::1", port=0) as port,
        httpx2.AsyncClient(base_url=f"http://[::1]:{port}") as client,
    ):
        assert (await client.get("/livez")).status_code == 200


def test_a_port_is_written_whole(tmp_path: Path) -> None:
    write_port(tmp_path / "p", 1)
    write_port(tmp_path / "p", 65_535)
    assert [path.name for path in tmp_path.iterdir()] == ["p"]
    assert (tmp_path / "p").read_text() == "65535\n"
