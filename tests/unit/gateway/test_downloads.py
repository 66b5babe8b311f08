"""Output in part, under conditions, from the store's own address, and never silently short."""

import hashlib
from collections.abc import AsyncGenerator

import httpx2
import pytest
from cloche_gateway.downloads import begun
from cloche_gateway.problems import ClientError
from cloche_gateway.read_models import OutputRow
from cloche_kit.objects import ObjectsUnavailable
from cloche_schemas.events import OutputArchived
from cloche_schemas.subjects import Address
from cloche_schemas.values import ArchivedOutput, OutputSummary
from support.gateway import Stage, Unsteady, assert_problem, stage_with

BYTES = bytes(range(200))
KEY = "outputs/k"


def path_of(address: Address) -> str:
    return f"/v1/evaluations/{address.evaluation}/output"


async def over(stage: Stage, data: bytes = BYTES, *, log: bytes | None = None) -> Address:
    """An evaluation that recorded `data`, of which the log has `log`."""
    address = await stage.submit()
    await stage.start(address)
    await stage.print(address, data if log is None else log)
    digest = hashlib.sha256(data).hexdigest()
    size = len(data)
    summary = OutputSummary(total_bytes=size, head_bytes=size, sha256=digest)
    await stage.complete(address, stdout=summary)
    return address


async def archived(stage: Stage, address: Address, stored: bytes | None, size: int) -> None:
    lies = ArchivedOutput(stream="stdout", bucket="b", key=KEY, size=size, sha256="")
    await stage.append(address, OutputArchived(attempt=1, outputs=(lies,)))
    if stored is not None:
        await stage.objects.put(KEY, stored)


@pytest.mark.parametrize("where", ["log", "row", "s3"])
async def test_a_range_of_the_output_from_wherever_it_lies(stage: Stage, where: str) -> None:
    address = await over(stage, log=None if where == "log" else b"")
    if where == "row":
        stage.read_models.outputs[(address, 1, "stdout")] = OutputRow(len(BYTES), BYTES)
    elif where == "s3":
        await archived(stage, address, BYTES, len(BYTES))
    for asked, start, end in (
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=190-", 190, 200),
        ("bytes=-7", 193, 200),
        ("BYTES=-900", 0, 200),
        ("bytes=199-9999", 199, 200),
    ):
        answer = await stage.client.get(path_of(address), headers={"Range": asked})
        assert (answer.status_code, answer.content) == (206, BYTES[start:end])
        assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/200"
        assert answer.headers["accept-ranges"] == "bytes"


@pytest.mark.parametrize("asked", ["bytes=200-", "bytes=300-400", "bytes=-0"])
async def test_a_range_beyond_the_output_is_refused(stage: Stage, asked: str) -> None:
    address = await over(stage)
    answer = await stage.client.get(path_of(address), headers={"Range": asked})
    assert_problem(answer, 416, "range_not_satisfiable", "/header/Range")
    assert answer.headers["content-range"] == "bytes */200"


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=9-1"},
        {"Range": "bytes=1-2,4-5"},
        {"Range": "bytes=a-b"},
        {"Range": "lines=1-2"},
        {"Range": "bytes=0-1", "If-Range": '"another"'},
        {"Range": "bytes=0-1", "If-Range": "Wed, 21 Oct 2026 07:28:00 GMT"},
    ],
)
async def test_what_is_no_range_of_this_output_gives_the_whole(
    stage: Stage, headers: dict[str, str]
) -> None:
    address = await over(stage)
    answer = await stage.client.get(path_of(address), headers=headers)
    assert (answer.status_code, answer.content) == (200, BYTES)


async def test_the_tag_is_the_digest_and_spares_what_the_client_has(stage: Stage) -> None:
    address = await over(stage)
    answer = await stage.client.get(path_of(address))
    etag = answer.headers["etag"]
    assert etag == f'"{hashlib.sha256(BYTES).hexdigest()}"'
    for condition in (etag, f'"x", W/{etag}', "*"):
        # It precedes Range.
        asked = {"If-None-Match": condition, "Range": "bytes=0-1"}
        again = await stage.client.get(path_of(address), headers=asked)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    part = await stage.client.get(
        path_of(address), headers={"If-Range": etag, "Range": "bytes=0-1"}
    )
    assert (part.status_code, part.content) == (206, BYTES[:2])


async def test_head_tells_the_same_without_the_bytes(stage: Stage) -> None:
    address = await over(stage)
    running = await stage.submit()
    answer = await stage.client.get(path_of(address))
    async with stage.listening() as client:
        head = await client.head(path_of(address))
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-length", "etag", "repr-digest", "content-disposition"):
            assert head.headers[name] == answer.headers[name]
        part = await client.head(path_of(address), headers={"Range": "bytes=-5"})
        assert (part.status_code, part.headers["content-length"]) == (206, "5")
        so_far = await client.head(path_of(running))
        assert (so_far.status_code, so_far.headers["accept-ranges"]) == (200, "none")
        # The connection is still in step.
        assert (await client.get(path_of(address))).content == BYTES


async def test_an_empty_output_has_a_tag_and_no_range(stage: Stage) -> None:
    address = await stage.submit()
    await stage.start(address)
    await stage.complete(address)
    answer = await stage.client.get(path_of(address))
    assert (answer.status_code, answer.headers["content-length"]) == (200, "0")
    assert answer.headers["etag"] == f'"{hashlib.sha256().hexdigest()}"'
    asked = await stage.client.get(path_of(address), headers={"Range": "bytes=0-"})
    assert_problem(asked, 416, "range_not_satisfiable")


async def test_a_client_is_sent_to_the_store_only_where_it_can_reach_it() -> None:
    for public, status in ((None, 200), ("https://s3.example.org", 307)):
        async with stage_with(s3_public_endpoint=public, redirect_seconds=7) as stage:
            address = await over(stage)
            await archived(stage, address, BYTES, len(BYTES))
            answer = await stage.client.get(f"{path_of(address)}?redirect=true")
            assert answer.status_code == status
            if status == 307:
                assert answer.headers["location"] == f"memory:///{KEY}?seconds=7"
                assert answer.headers["cache-control"] == "no-store"
            # Nobody is sent anywhere who has not asked.
            assert (await stage.client.get(path_of(address))).content == BYTES


@pytest.mark.parametrize("stored", [None, b"not all of it"])
async def test_nobody_is_sent_to_what_the_store_does_not_hold(stored: bytes | None) -> None:
    async with stage_with(s3_public_endpoint="https://s3.example.org") as stage:
        address = await over(stage)
        await archived(stage, address, stored, len(BYTES))
        answer = await stage.client.get(f"{path_of(address)}?redirect=true")
        assert (answer.status_code, answer.content) == (200, BYTES)


async def test_bytes_of_another_digest_are_a_problem_and_not_the_output(stage: Stage) -> None:
    address = await over(stage, log=b"")
    await archived(stage, address, bytes(200), 200)
    assert_problem(await stage.client.get(path_of(address)), 500, "output_damaged")


async def test_output_that_nobody_stores_any_more_is_gone(stage: Stage) -> None:
    address = await over(stage, log=b"")
    assert_problem(await stage.client.get(path_of(address)), 410, "output_expired")
    tail = await stage.client.get(f"{path_of(address)}?tail_bytes=3")
    assert_problem(tail, 410, "output_expired")


class _Failing(Unsteady):
    """Breaks off after the first piece, or before it."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self.pieces = pieces

    async def get_range(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        for _ in range(self.pieces):
            yield BYTES[:50]
        raise ObjectsUnavailable("broken off")


@pytest.mark.parametrize("pieces", [0, 1, 2])
async def test_a_store_that_breaks_off_is_a_problem_or_a_cut_connection(
    monkeypatch: pytest.MonkeyPatch, pieces: int
) -> None:
    monkeypatch.setattr("support.gateway.Unsteady", lambda: _Failing(pieces))
    async with stage_with() as stage:
        address = await over(stage, log=b"")
        await archived(stage, address, BYTES, len(BYTES))
        async with stage.listening() as client:
            if pieces == 0:
                assert_problem(await client.get(path_of(address)), 503, "unavailable")
                return
            with pytest.raises(httpx2.RemoteProtocolError):
                await client.get(path_of(address), timeout=60)


async def pieces_of(*pieces: bytes) -> AsyncGenerator[bytes, None]:
    for piece in pieces:
        yield piece


async def test_the_last_piece_is_held_back_until_the_digest_is_right() -> None:
    digest = hashlib.sha256(b"abcdef").hexdigest()
    good = await begun(pieces_of(b"ab", b"cd", b"ef"), 6, digest)
    assert not isinstance(good, bytes)
    assert [piece async for piece in good] == [b"ab", b"cd", b"ef"]
    bad = await begun(pieces_of(b"ab", b"cd", b"e!"), 6, digest)
    assert not isinstance(bad, bytes)
    assert [await anext(bad), await anext(bad)] == [b"ab", b"cd"]
    with pytest.raises(ClientError, match="output_damaged"):
        await anext(bad)
    assert await begun(pieces_of(b"abcdef"), 6, digest) == b"abcdef"
    with pytest.raises(ClientError, match="output_damaged"):
        await begun(b"abcde", 6)
