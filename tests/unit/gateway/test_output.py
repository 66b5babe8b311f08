"""GET /v1/evaluations/{id}/output: the exact bytes, wherever they lie."""

import base64
import hashlib
from collections.abc import Sequence

import httpx2
import pytest
from cloche_gateway.problems import KINDS
from cloche_gateway.read_models import OutputRow
from cloche_schemas.events import EvaluationCompleted, OutputArchived
from cloche_schemas.subjects import Address
from cloche_schemas.values import ArchivedOutput, OutputSummary
from support.gateway import Stage, assert_problem

BYTES = b"\xff\x00<script>\x1b[31m\r\n" * 3


def path_of(address: Address) -> str:
    return f"/v1/evaluations/{address.evaluation}/output"


def summary_of(data: bytes, dropped: int = 0, tail: bytes = b"") -> OutputSummary:
    return OutputSummary(
        total_bytes=len(data) + dropped + len(tail),
        head_bytes=len(data),
        dropped_bytes=dropped,
        tail_bytes=len(tail),
        sha256=hashlib.sha256(data + tail).hexdigest(),
    )


async def over(stage: Stage, chunks: Sequence[bytes], summary: OutputSummary) -> Address:
    address = await stage.submit()
    await stage.start(address)
    for chunk in chunks:
        await stage.print(address, chunk)
        await stage.print(address, b"E", stream="stderr")
    await stage.complete(address, stdout=summary)
    return address


async def test_output_is_read_from_the_log_until_it_lies_elsewhere(stage: Stage) -> None:
    summary = summary_of(BYTES, dropped=1000, tail=b"end")
    address = await over(stage, [BYTES, b"end"], summary)
    answer = await stage.client.get(path_of(address))
    assert answer.content == BYTES + b"end"
    headers = answer.headers
    assert headers["content-length"] == str(len(BYTES) + 3)
    assert headers["cloche-output-attempt"] == "1"
    assert headers["cloche-output-complete"] == "true"
    assert headers["cloche-output-total-bytes"] == str(summary.total_bytes)
    assert headers["cloche-output-head-bytes"] == str(len(BYTES))
    assert headers["cloche-output-dropped-bytes"] == "1000"
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert headers["repr-digest"] == f"sha-256=:{digest}:"


async def test_no_browser_takes_output_for_anything_but_bytes(stage: Stage) -> None:
    address = await over(stage, [BYTES], summary_of(BYTES))
    headers = (await stage.client.get(path_of(address))).headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"] == 'attachment; filename="stdout"'
    assert headers["content-security-policy"].startswith("sandbox")


async def test_a_running_program_shows_what_there_is_so_far(stage: Stage) -> None:
    address = await stage.submit()
    assert (await stage.client.get(path_of(address))).content == b""
    await stage.start(address)
    assert (await stage.client.get(path_of(address))).content == b""
    await stage.print(address, b"so far")
    await stage.print(address, b"oops", stream="stderr")
    answer = await stage.client.get(path_of(address))
    assert answer.content == b"so far"
    assert answer.headers["cloche-output-complete"] == "false"
    assert (await stage.client.get(f"{path_of(address)}?stream=stderr")).content == b"oops"


async def test_a_small_output_is_read_from_postgresql(stage: Stage) -> None:
    address = await over(stage, [b"log"], summary_of(b"row"))
    stage.read_models.outputs[(address, 1, "stdout")] = OutputRow(3, b"row")
    assert (await stage.client.get(path_of(address))).content == b"row"


@pytest.mark.parametrize("data", [b"", b"1 KiB"])
async def test_a_row_that_is_not_the_whole_is_not_taken_for_it(stage: Stage, data: bytes) -> None:
    address = await over(stage, [b"the whole"], summary_of(b"the whole"))
    stage.read_models.outputs[(address, 1, "stdout")] = OutputRow(9, data)
    assert (await stage.client.get(path_of(address))).content == b"the whole"


async def archive(stage: Stage, address: Address, size: int) -> None:
    lies = ArchivedOutput(stream="stdout", bucket="b", key="outputs/k", size=size, sha256="")
    await stage.append(address, OutputArchived(attempt=1, outputs=(lies,)))


async def test_a_large_output_is_read_from_s3(stage: Stage) -> None:
    address = await over(stage, [b"log"], summary_of(b"s3!"))
    await archive(stage, address, 3)
    await stage.objects.put("outputs/k", b"s3!")
    stage.read_models.outputs[(address, 1, "stdout")] = OutputRow(3, b"s")
    answer = await stage.client.get(path_of(address))
    assert (answer.content, answer.headers["content-length"]) == (b"s3!", "3")


@pytest.mark.parametrize("stored", [None, b"not all of it"])
async def test_what_s3_lost_is_read_from_the_log(stage: Stage, stored: bytes | None) -> None:
    address = await over(stage, [b"log"], summary_of(b"log"))
    await archive(stage, address, 3)
    if stored is not None:
        await stage.objects.put("outputs/k", stored)
    assert (await stage.client.get(path_of(address))).content == b"log"


async def test_without_postgresql_output_is_read_from_the_log(stage: Stage) -> None:
    address = await over(stage, [b"log"], summary_of(b"log"))
    stage.read_models.down = True
    assert (await stage.client.get(path_of(address))).content == b"log"


async def test_a_program_that_never_ran_or_wrote_nothing_has_none(stage: Stage) -> None:
    never = await stage.submit()
    await stage.append(never, EvaluationCompleted(outcome="cancelled", attempt=0))
    silent = await over(stage, [], OutputSummary())
    for address, attempt in ((never, "0"), (silent, "1")):
        answer = await stage.client.get(path_of(address))
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["cloche-output-attempt"] == attempt


async def test_a_message_that_is_no_chunk_is_left_out(stage: Stage) -> None:
    address = await stage.submit()
    await stage.start(address)
    await stage.bus.append(address.output(1), b"{bad", msg_id="bad")
    assert (await stage.client.get(path_of(address))).content == b""


async def test_a_log_that_lacks_a_part_never_passes_for_the_whole(stage: Stage) -> None:
    address = await over(stage, [b"lo"], summary_of(b"log"))
    async with stage.listening() as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            await client.get(path_of(address))


async def test_output_that_is_kept_nowhere_any_more_is_gone(stage: Stage) -> None:
    address = await over(stage, [BYTES, b"end"], summary_of(BYTES, tail=b"end"))
    await stage.project(address)
    # A part of it is nothing that could be handed out as the whole.
    first = await stage.bus.last(address.output(1))
    assert first is not None
    await stage.bus.trim(first.sequence - 1)
    problem = assert_problem(await stage.client.get(path_of(address)), 410, "output_expired")
    assert "digests are in the evaluation" in KINDS[problem["code"]].help
    await stage.bus.trim(1000)
    assert_problem(await stage.client.get(path_of(address)), 410, "output_expired")
    found = await stage.client.get(f"/v1/evaluations/{address.evaluation}")
    assert found.json()["status"] == "completed"


async def test_what_never_was_cannot_expire(stage: Stage) -> None:
    address = await over(stage, [], summary_of(b""))
    await stage.project(address)
    await stage.bus.trim(1000)
    answer = await stage.client.get(path_of(address))
    assert (answer.status_code, answer.content) == (200, b"")
