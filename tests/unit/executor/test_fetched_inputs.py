"""An evaluation whose inputs lie in the store, through an executor with an engine in memory."""

from cloche_executor.sandbox import Job
from cloche_kit import blobs
from cloche_kit.blobs import blob_key
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import MemoryObjects
from cloche_schemas.commands import Case, EvaluationSpec
from support.evaluations import Client
from support.fake_engine import FakeEngine, Write
from support.working import nothing_left, working

TEXT = b"\xff any bytes"


async def shows(job: Job, write: Write) -> int:
    await write("stdout", job.files[0].content + b"|" + job.stdin + b"\n")
    return 0


async def test_a_program_gets_what_its_blobs_hold(bus: MemoryBus, client: Client) -> None:
    objects = MemoryObjects()
    code = await blobs.store(objects, "main", b"print(1)")
    text = await blobs.store(objects, "main", TEXT)
    async with working(bus, FakeEngine(shows), objects=objects):
        address = await client.submit(spec=EvaluationSpec(code_blob=code, stdin_blob=text))
        end = await client.completed(address)
        assert await nothing_left(bus)
    assert end.outcome == "succeeded"
    assert await client.output(address) == b"print(1)|" + TEXT + b"\n"


async def test_each_case_may_read_a_blob_of_its_own(bus: MemoryBus, client: Client) -> None:
    objects = MemoryObjects()
    text = await blobs.store(objects, "main", TEXT)
    cases = (Case(stdin_blob=text), Case(), Case(stdin="own"))
    async with working(bus, FakeEngine(shows), objects=objects):
        spec = EvaluationSpec(code="x", stdin="given", cases=cases)
        address = await client.submit(spec=spec)
        await client.completed(address)
    assert await client.output(address) == b"x|" + TEXT + b"\nx|given\nx|own\n"


async def test_an_input_that_cannot_be_had_is_our_failure(bus: MemoryBus, client: Client) -> None:
    objects = MemoryObjects()
    damaged = await blobs.store(objects, "main", TEXT)
    await objects.put(blob_key("main", damaged), b"other bytes")
    for digest, reason in (("0" * 64, "input_missing"), (damaged, "input_damaged")):
        engine = FakeEngine(shows)
        async with working(bus, engine, objects=objects):
            address = await client.submit(spec=EvaluationSpec(code="x", stdin_blob=digest))
            failed = await client.failed(address)
        assert (failed.reason, failed.domain) == (reason, "infrastructure")
    async with working(bus, FakeEngine(shows)):
        address = await client.submit(spec=EvaluationSpec(code="x", stdin_blob=damaged))
        assert (await client.failed(address)).reason == "input_unavailable"
