"""A collector that others wrote takes our spans: rotel, over OTLP/HTTP."""

import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from cloche_kit.exporting import DROPPED, EXPORTED
from cloche_kit.telemetry import configure
from cloche_local.ports import accepts, free_ports
from support.waiting import wait_until


def rotel() -> str:
    spec = find_spec("rotel")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs rotel: make install-dev")
    binary = Path(spec.submodule_search_locations[0]) / "rotel-agent"
    if not binary.exists():
        pytest.skip(f"this wheel of rotel has no agent for {sys.platform}")
    return str(binary)


@pytest.fixture
def collector(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """The port that it listens on, and what it says."""
    http, grpc = free_ports(2)
    log = tmp_path / "rotel.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                rotel(),
                "start",
                f"--otlp-http-endpoint=127.0.0.1:{http}",
                f"--otlp-grpc-endpoint=127.0.0.1:{grpc}",
                "--exporter=blackhole",
                "--debug-log=traces",
            ],
            stdout=out,
            stderr=out,
            cwd=tmp_path,
        )
    try:
        yield http, log
    finally:
        process.terminate()
        process.wait(20)


async def test_rotel_takes_our_spans(collector: tuple[int, Path]) -> None:
    port, log = collector
    await wait_until(lambda: accepts(port), within=20, told=log.read_text)
    taken, lost = EXPORTED._value.get(), DROPPED.labels("not_taken")._value.get()
    telemetry = configure("executor", instance="e", otlp_endpoint=f"http://127.0.0.1:{port}")
    for number in range(5):
        with telemetry.producer_span("append started.v1", **{"cloche.attempt": number}):
            pass
    telemetry.shutdown()
    assert EXPORTED._value.get() - taken == 5
    assert DROPPED.labels("not_taken")._value.get() == lost
    await wait_until(lambda: "traces" in log.read_text().lower(), within=10, told=log.read_text)
