"""infra/compose, really run: submitted by the command line through the proxy, watched, archived; blue, green and back.

The images of the services are those of their Dockerfiles, over a base made of Debian's packages; servers are stand-ins
(standin_images). The daemon is the test's own. Where one cannot be had, these are skipped, and the end says so.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloche_deploy.release import Failed
from support.composed import Composed, built, composed
from support.waiting import wait_until

# One system for all of these, and minutes where images have to be made first.
pytestmark = [pytest.mark.xdist_group("compose"), pytest.mark.timeout(3000)]

ROOT = Path(__file__).parents[2]
HELLO = ROOT / "examples" / "basic-evaluation" / "hello.py"
#: Writes a line every 0.2 s for about twelve seconds.
SLOW = b"import time\nfor n in range(60):\n    print('line', n, flush=True)\n    time.sleep(0.2)\n"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    with composed(built(), tmp_path_factory.mktemp("compose")) as started:
        yield started


def test_a_program_s_lines_come_while_it_runs(system: Composed) -> None:
    with subprocess.Popen(
        system.command("run", str(HELLO)), stdout=subprocess.PIPE, env=system.environment
    ) as process:
        assert process.stdout is not None
        came = [(time.monotonic(), line) for line in process.stdout]
    assert process.returncode == 0, system.logs()
    assert [line for _, line in came][1:4] == [b"tick 1\n", b"tick 2\n", b"tick 3\n"]
    assert came[-1][0] - came[0][0] > 0.8


def test_the_journey_of_an_evaluation_is_that_of_every_system(system: Composed) -> None:
    """tests/e2e against it, by CLOCHE_URL, but for what looks into the system's own processes."""
    ours = {k: v for k, v in system.environment.items() if not k.startswith("PYTEST")}
    done = subprocess.run(
        system.docker.inside(
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"),
            *("--tb", "short", "tests/e2e/test_journey.py"),
        ),
        cwd=ROOT,
        env=ours,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:]
    ran = re.search(r"(\d+) passed", done.stdout)
    assert ran is not None
    assert int(ran[1]) >= 6


def test_the_exit_code_and_the_limits_are_the_programs(system: Composed) -> None:
    done = system.cloche("run", "-", stdin=b"import sys; print('out'); sys.exit(3)")
    assert (done.returncode, done.stdout) == (3, b"out\n"), done.stderr.decode()
    late = system.cloche(
        *("run", "--language", "python", "--timeout", "1", "-"), stdin=b"while True: pass"
    )
    assert late.returncode == 124, late.stderr.decode()


async def test_what_was_run_is_archived_and_read_again(system: Composed) -> None:
    done = system.cloche("run", "--json", "-", stdin=b"print('kept')")
    assert done.returncode == 0, done.stderr.decode()
    view = json.loads(done.stdout.splitlines()[-1])

    def archived() -> bool:
        return bool(json.loads(system.cloche("get", view["id"], "--json").stdout).get("archived"))

    await wait_until(archived, within=30, every=0.5)
    assert system.cloche("output", view["id"]).stdout == b"kept\n"


def test_nothing_is_open_but_the_proxy_and_nobody_has_more_than_needed(system: Composed) -> None:
    containers = system.containers()
    assert {"nats", "postgres", "s3", "proxy", "gateway-blue", "executor-blue"} <= containers.keys()
    for service, one in containers.items():
        host = one["HostConfig"]
        assert host["ReadonlyRootfs"], service
        assert host["CapDrop"] == ["ALL"], service
        assert not host["CapAdd"], service
        assert not host["Privileged"], service
        assert host["Memory"] > 0, service
        assert host["PidsLimit"] > 0, service
        assert one["Config"]["User"].partition(":")[0] not in {"", "0", "root"}, service
        sources = [mount["Source"] for mount in one["Mounts"]]
        has_socket = any(source.endswith("docker.sock") for source in sources)
        assert has_socket == service.startswith("executor-"), service
        published = [each for port in (host["PortBindings"] or {}).values() for each in port]
        assert bool(published) == (service == "proxy"), service
        assert {each["HostIp"] for each in published} <= {"127.0.0.1"}
        environment = json.dumps(one["Config"]["Env"])
        for path in (system.files.folder / "secrets").iterdir():
            assert path.read_text().strip() not in environment, (service, path.name)


def test_services_write_nowhere_but_where_they_may(system: Composed) -> None:
    gateway = system.containers()["gateway-blue"]["Id"]
    tried = (
        "import os\n"
        "for place in ('/x', '/opt/cloche/x', '/etc/x', '/run/secrets/x', '/tmp/x'):\n"
        "    try:\n"
        "        os.close(os.open(place, os.O_CREAT | os.O_WRONLY))\n"
        "    except OSError:\n"
        "        continue\n"
        "    print(place, os.getuid())\n"
    )
    said = system.docker.run("exec", "-i", gateway, "python", "-P", "-", stdin=tried)
    assert said == "/tmp/x 10001\n"


def test_the_proxy_shows_the_api_and_not_what_is_measured(system: Composed) -> None:
    assert system.status("/readyz") == (200, "blue")
    assert system.status("/metrics")[0] == 404
    assert system.status("/v1/evaluations")[0] == 401


def test_green_takes_over_without_a_line_lost_and_blue_comes_back(system: Composed) -> None:
    with pytest.raises(Failed, match="green is not deployed"):
        system.pair.switch("green")
    system.pair.deploy("green")
    assert system.status("/readyz") == (200, "blue")

    watched = subprocess.Popen(
        system.command("run", "-"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=system.environment,
    )
    with watched:
        assert watched.stdin is not None
        assert watched.stdout is not None
        watched.stdin.write(SLOW)
        watched.stdin.close()
        lines = [watched.stdout.readline()]
        with system.asked_all_the_time() as answers:
            system.pair.switch("green")
        assert system.status("/readyz") == (200, "green")
        assert {status for status, _ in answers} == {200}
        assert {colour for _, colour in answers} == {"blue", "green"}
        # The stream that is open belongs to blue, which ends it now; its client comes back to green.
        system.pair.retire("blue")
        lines += watched.stdout.readlines()
    assert watched.returncode == 0
    assert lines == [b"line %d\n" % n for n in range(60)]
    assert not [service for service in system.containers() if service.endswith("-blue")]

    system.pair.deploy("blue")
    system.pair.switch("blue")
    assert system.status("/readyz") == (200, "blue")
    done = system.cloche("run", "-", stdin=b"print('back')")
    assert (done.returncode, done.stdout) == (0, b"back\n")


async def test_a_switch_to_what_does_not_answer_goes_back(system: Composed) -> None:
    """Green's gateway is frozen between its smoke test and the proxy's look at it."""
    system.pair.deploy("green")
    green = system.containers()["gateway-green"]["Id"]
    smoke = system.pair.smoke

    def smoke_and_freeze(colour: str) -> None:
        smoke(colour)
        system.docker.run("pause", green)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(system.pair, "smoke", smoke_and_freeze)
        patch.setattr("cloche_deploy.compose.LED_SECONDS", 6.0)
        try:
            with pytest.raises(Failed, match="went back to blue"):
                system.pair.switch("green")
        finally:
            system.docker.run("unpause", green)

    async def blue() -> bool:
        return system.status("/readyz") == (200, "blue")

    await wait_until(blue, within=15, every=0.5)


async def test_without_its_database_programs_are_taken(system: Composed) -> None:
    """Its gateway is not ready then, and is asked all the same where there is no other."""
    postgres = system.containers()["postgres"]["Id"]
    system.docker.run("pause", postgres)
    try:
        await wait_until(lambda: system.status("/readyz") == (503, "blue"), within=30, every=0.5)
        done = system.cloche("run", "--detach", "-", stdin=b"print('no rows')")
        assert done.returncode == 0, done.stderr.decode()
    finally:
        system.docker.run("unpause", postgres)
    await wait_until(lambda: system.status("/readyz") == (200, "blue"), within=30, every=0.5)
    evaluation = done.stdout.decode().strip()

    def there() -> bool:
        return system.cloche("output", evaluation).stdout == b"no rows\n"

    await wait_until(there, within=30, every=0.5)


async def test_a_service_that_dies_comes_back(system: Composed) -> None:
    before = system.containers()["projector-blue"]
    # By its pid, as the kernel would: what `docker kill` ends is meant to stay away.
    os.kill(before["State"]["Pid"], signal.SIGKILL)
    done = system.cloche("run", "-", stdin=b"print('meanwhile')")
    assert (done.returncode, done.stdout) == (0, b"meanwhile\n")

    async def healthy() -> bool:
        after = system.containers().get("projector-blue", before)
        return bool(after["RestartCount"] == 1 and after["State"]["Health"]["Status"] == "healthy")

    await wait_until(healthy, within=30, every=0.5)
