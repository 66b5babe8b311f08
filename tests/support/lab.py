"""An executor on one engine, kept for many attacks, and the proof that none of them leaves anything behind."""

import asyncio
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from cloche_domain import RequestCancel, decide, fold
from cloche_kit.bus import BusUnavailable
from cloche_kit.jetstream import open_bus
from cloche_kit.log import History
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import (
    AttemptFailed,
    EvaluationCompleted,
    EvaluationDeadLettered,
    LifecycleEvent,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits
from support import footprint
from support.bus import bus_settings
from support.evaluations import Client
from support.executor_process import ExecutorProcess
from support.footprint import Footprint
from support.hostile import Attack, Story, limits
from support.http import get
from support.nats import NatsServer

SLOTS = 4
# So many sandboxes wait, whatever is asked for.
POOL = 2
# Programs with 10 MB of input are on the log as a whole.
NATS = "max_payload: 16777216"
# All attacks of a run are on one log: at full size some hundreds of them leave 9 MB of files each.
LOG_BYTES = 8 << 30
# How soon after the end of an attack everything is as it was.
RECOVERY_SECONDS = 5.0
EVALUATION_SECONDS = 60.0
# For starting and recording, beside a program's own time.
SPARE_SECONDS = 30.0
NEIGHBOUR = """
import hashlib, os, time
open("mine", "wb").write(b"untouched" * 1000)
for number in range(30):
    print("tick", number, flush=True)
    time.sleep(0.05)
print(sorted(os.listdir(".")), hashlib.sha256(open("mine", "rb").read()).hexdigest()[:8])
"""
_NEIGHBOUR_SAYS = [*(f"tick {n}" for n in range(30)), "['main.py', 'mine'] 121368f1"]


# Becomes a command that finds every control group read-only, as in many containers. Needs root.
CLOSED = (
    *("unshare", "--mount", "sh", "-ec"),
    """awk '$3 ~ "^cgroup" { print $2 }' /proc/mounts | while read -r place; do
         mount -o remount,bind,ro "$place"
       done
       exec "$@\"""",
    "closed",
)


class Lab:
    """The executor and its log. It outlives event loops: each test talks to it over a connection of its own.

    `closed`: its host closes control groups to it.
    """

    def __init__(self, engine: str, *, closed: bool = False) -> None:
        self.engine = engine
        self.closed = closed
        self.installation = f"hostile-{secrets.token_hex(6)}"
        # Planted where the executor has its own secrets: no program may ever see it.
        self.secret = secrets.token_hex(24)
        self.folder = Path(tempfile.mkdtemp(prefix="cloche-lab-"))
        self.scratch = self.folder / "tmp"
        self.scratch.mkdir()
        self.scratch.chmod(0o755)
        self.nats = NatsServer(self.folder, config=NATS)
        self.executor: ExecutorProcess | None = None
        # What was there when nothing ran last.
        self.rest: Footprint | None = None

    async def open(self) -> None:
        """Start it, and use it until it has everything that it keeps."""
        await self.nats.start()
        self.executor = ExecutorProcess(
            self.folder / "executor",
            self.nats.url,
            CLOSED if self.closed else (),
            CLOCHE_ENGINE=self.engine,
            CLOCHE_INSTALLATION=self.installation,
            CLOCHE_SLOTS=str(SLOTS),
            CLOCHE_WARM_LEAST=str(POOL),
            CLOCHE_WARM_MOST=str(POOL),
            CLOCHE_STREAM_MAX_BYTES=str(LOG_BYTES),
            CLOCHE_PLANTED=self.secret,
            TMPDIR=str(self.scratch),
        )
        await self.executor.ready()
        async with self.trial() as trial:
            for _ in range(2):
                await asyncio.gather(*(trial.hello(EVALUATION_SECONDS) for _ in range(SLOTS)))

    async def close(self) -> None:
        if self.executor is not None and self.executor.process.poll() is None:
            await self.executor.stop(within=30)
        if self.nats.running:
            self.nats.kill()
        shutil.rmtree(self.folder)

    @asynccontextmanager
    async def trial(self) -> AsyncIterator["Trial"]:
        settings = bus_settings(self.nats.url, work_ack_wait=15.0, stream_max_bytes=LOG_BYTES)
        async with open_bus(settings, name="attacker") as bus:
            yield Trial(self, Client(bus))

    @property
    def pid(self) -> int:
        assert self.executor is not None
        assert self.executor.process.poll() is None, self.log()
        return self.executor.process.pid

    def log(self) -> str:
        """The last words of the executor."""
        return "" if self.executor is None else self.executor.log.read_text()[-6000:]

    def environ(self) -> bytes:
        """The executor's environment, as the kernel has it."""
        return Path(f"/proc/{self.pid}/environ").read_bytes()

    async def metric(self, name: str) -> float:
        """The sum of a metric over its labels."""
        assert self.executor is not None
        _, text = await get(self.executor.port, "/metrics")
        found = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
        return sum(map(float, found))

    async def footprint(self, made_since: float | None = None) -> Footprint:
        """What is there now; with what is left of the containers that were made and removed since then."""
        containers = volumes = 0
        orphans: list[str] = []
        if self.engine != "bubblewrap":
            containers, volumes = await asyncio.to_thread(
                footprint.containers_and_volumes, self.installation
            )
            if made_since is not None:
                gone = await asyncio.to_thread(
                    footprint.containers_made, self.installation, made_since, time.time()
                )
                orphans = await asyncio.to_thread(lambda: list(footprint.traces_of(gone)))
        return Footprint(
            waiting=int(await self.metric("cloche_executor_pool_size")),
            containers=containers,
            volumes=volumes,
            processes=len(footprint.descendants(self.pid)),
            groups=len(footprint.control_groups(f"cloche-*-{self.pid}-*")),
            mounts=footprint.mounts_of(self.pid),
            files=footprint.files_below(self.scratch),
            descriptors=footprint.open_descriptors(self.pid),
            memory=footprint.resident_bytes(self.pid),
            orphans=tuple(orphans),
        )


def over(events: Sequence[LifecycleEvent]) -> bool:
    return any(isinstance(e, EvaluationCompleted | EvaluationDeadLettered) for e in events)


def cancellation(history: History) -> LifecycleEvent | None:
    """The event that asks for the end; None if there is nothing left to end."""
    event = decide(RequestCancel(reason="the test is over"), fold(history.numbered))
    return event if isinstance(event, LifecycleEvent) else None


class Trial:
    """What one test does to a lab."""

    def __init__(self, lab: Lab, client: Client) -> None:
        self.lab = lab
        self.client = client
        self.engine = lab.engine
        self._addresses: list[Address] = []

    async def withstand(self, attack: Attack) -> Story:
        """Run the attack: it ends as it has to, and everything is as it was before."""
        async with self.unharmed():
            neighbour = await self.neighbour() if attack.neighbour else None
            address = await self.submit(attack.spec, attack.limits)
            patience = max(attack.patience, attack.limits.wall_seconds + SPARE_SECONDS)
            story = await self.story(address, patience)
            attack.judge(story)
            if neighbour is not None:
                await self.untouched(neighbour)
        return story

    async def submit(self, spec: EvaluationSpec | str, granted: Limits | None = None) -> Address:
        spec = EvaluationSpec(code=spec) if isinstance(spec, str) else spec
        address = await self.client.submit(spec=spec, limits=granted or limits())
        self._addresses.append(address)
        return address

    async def run(self, spec: EvaluationSpec | str, granted: Limits | None = None) -> Story:
        return await self.story(await self.submit(spec, granted))

    async def story(self, address: Address, within: float = EVALUATION_SECONDS) -> Story:
        """What became of it, once it is over. A failure of ours is told at once: no program may cause one."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            try:
                events = await self.client.events(address)
            except BusUnavailable:
                events = []
            failed = next((e for e in events if isinstance(e, AttemptFailed)), None)
            assert failed is None, f"{failed}\n{self.lab.log()}"
            if over(events):
                written = await self.client.written(address)
                return Story(address, await self.client.events(address), written)
            await asyncio.sleep(0.02)
        raise AssertionError(f"not over within {within} s\n{self.lab.log()}")

    async def begun(self, address: Address, within: float = EVALUATION_SECONDS) -> None:
        """Until the program has said something."""
        deadline = time.monotonic() + within
        while not await self.client.written(address):
            assert time.monotonic() < deadline, f"nothing said within {within} s\n{self.lab.log()}"
            await asyncio.sleep(0.02)

    async def hello(self, within: float = RECOVERY_SECONDS) -> None:
        """An honest program runs as it should."""
        story = await self.story(await self.submit("print('hello, world')"), within)
        assert (story.end.outcome, story.stdout) == ("succeeded", b"hello, world\n"), story.end

    async def neighbour(self) -> Address:
        """Somebody else's program, which has begun."""
        address = await self.submit(NEIGHBOUR, limits(wall_seconds=40, cpu_seconds=20))
        await self.begun(address)
        return address

    async def untouched(self, neighbour: Address) -> None:
        """It said all that it would have said alone, and nothing else."""
        story = await self.story(neighbour)
        assert story.end.outcome == "succeeded", story.end
        assert story.lines == _NEIGHBOUR_SAYS
        assert story.stderr == b""

    @asynccontextmanager
    async def unharmed(self) -> AsyncIterator[None]:
        """Whatever is submitted inside: soon after its end everything is as before, and the log tells one end of it."""
        before = await self.settled()
        began = time.time()
        self._addresses.clear()
        try:
            yield
            ended = time.monotonic()
            submitted = list(self._addresses)
            await self.hello(RECOVERY_SECONDS)
            await self._recovered(before, began, RECOVERY_SECONDS - (time.monotonic() - ended))
            for address in submitted:
                (await self.story(address)).check_record()
        except AssertionError as error:
            error.add_note(self.lab.log())
            # The next test finds nothing of this one still running.
            for address in self._addresses:
                await self.client.log.transact(address, cancellation)
            raise

    async def settled(self) -> Footprint:
        """The footprint when nothing runs and the pool is full: nothing changes any more."""
        deadline = time.monotonic() + 30
        before = self.lab.rest or await self.lab.footprint()
        while True:
            now = await self.lab.footprint()
            busy = await self.lab.metric("cloche_executor_slots_busy")
            if not busy and now.waiting >= POOL and now.still(before, self.engine):
                self.lab.rest = now
                return now
            assert time.monotonic() < deadline, f"{busy} busy, {now}\n{self.lab.log()}"
            before = now
            await asyncio.sleep(0.1)

    async def _recovered(self, before: Footprint, began: float, within: float) -> None:
        deadline = time.monotonic() + within
        while True:
            now = await self.lab.footprint(made_since=began)
            more = now.beyond(before, self.engine)
            if not more and now.waiting >= before.waiting:
                self.lab.rest = now
                return
            if time.monotonic() > deadline:
                refilled = f"{now.waiting} of {before.waiting} wait in the pool"
                raise AssertionError(f"left behind: {'; '.join(more) or refilled}")
            await asyncio.sleep(0.1)
