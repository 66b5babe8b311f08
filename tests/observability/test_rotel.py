"""A collector that others wrote takes our spans: rotel, over OTLP/HTTP."""

from pathlib import Path

import pytest
from cloche_kit.exporting import DROPPED, EXPORTED
from cloche_kit.telemetry import configure
from cloche_local.ports import accepts
from support.rotel import NoRotelError, agent, collecting
from support.waiting import wait_until


async def test_rotel_takes_our_spans(tmp_path: Path) -> None:
    try:
        agent()
    except NoRotelError as error:
        pytest.skip(str(error))
    with collecting(tmp_path, talks=True) as (port, log):
        await wait_until(lambda: accepts(port), within=20, told=log.read_text)
        taken, lost = EXPORTED._value.get(), DROPPED.labels("not_taken")._value.get()
        telemetry = configure("executor", instance="e", otlp_endpoint=f"http://127.0.0.1:{port}")
        for number in range(5):
            with telemetry.producer_span("append started.v1", **{"cloche.attempt": number}):
                pass
        telemetry.shutdown()
        assert EXPORTED._value.get() - taken == 5
        assert DROPPED.labels("not_taken")._value.get() == lost
        await wait_until(lambda: "races" in log.read_text(), within=10, told=log.read_text)
