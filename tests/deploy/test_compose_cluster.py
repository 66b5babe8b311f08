"""The overlay with three NATS nodes, really run: a node is lost, and nothing else."""

import json
import os
import signal
from collections.abc import Iterator

import pytest
from support.composed import Composed, built, composed
from support.waiting import wait_until

# After the system of test_compose.py, in the same daemon.
pytestmark = [pytest.mark.full, pytest.mark.xdist_group("compose"), pytest.mark.timeout(3000)]

NODES = ("nats", "nats-2", "nats-3")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    with composed(built(), tmp_path_factory.mktemp("compose"), cluster=True) as started:
        yield started


def _copies(system: Composed) -> int:
    """Of the log, by what the server itself tells."""
    asked = ("wget", "-q", "-O", "-", "http://127.0.0.1:8222/jsz?streams=1&config=1&accounts=1")
    node = system.containers()["nats"]["Id"]
    told = json.loads(system.docker.run("exec", node, *asked))
    streams = [each for account in told["account_details"] for each in account["stream_detail"]]
    of_the_log = next(each["config"] for each in streams if each["name"] == "EVALUATIONS")
    return int(of_the_log["num_replicas"])


async def test_a_node_is_lost_and_programs_run_on(system: Composed) -> None:
    assert system.containers().keys() >= set(NODES)
    first = system.cloche("run", "--json", "-", stdin=b"print('three')")
    assert first.returncode == 0, system.logs()
    assert _copies(system) == len(NODES)

    lost = system.containers()["nats-2"]
    os.kill(lost["State"]["Pid"], signal.SIGKILL)

    # Until the others have elected leaders, submissions are refused for now; with a key they may be repeated.
    repeated = ("run", "--idempotency-key", "while-a-node-is-lost", "-")

    def taken() -> bool:
        second = system.cloche(*repeated, stdin=b"print('two')")
        return (second.returncode, second.stdout) == (0, b"two\n")

    await wait_until(taken, within=60, every=1.0, told=system.logs)
    view = json.loads(first.stdout.splitlines()[-1])
    assert system.cloche("output", view["id"]).stdout == b"three\n"

    async def back() -> bool:
        node = system.containers().get("nats-2", lost)
        return bool(node["RestartCount"] == 1 and node["State"]["Health"]["Status"] == "healthy")

    await wait_until(back, within=60, every=0.5)
