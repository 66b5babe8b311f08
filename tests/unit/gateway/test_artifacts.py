"""GET /v1/evaluations/{id}/artifacts: the files that came back, byte for byte, and never as anything but bytes."""

import base64
import hashlib
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from cloche_gateway.downloads import disposition
from cloche_gateway.read_models import OutputRow
from cloche_kit.blobs import blob_key
from cloche_schemas.events import EvaluationCompleted, OutputArchived
from cloche_schemas.subjects import Address
from cloche_schemas.values import ArchivedOutput, Artifact, OutputSummary, SkippedArtifact
from hypothesis import given
from hypothesis import strategies as st
from support.gateway import Stage, assert_problem, stage_with

FILES = {"plots/a b.png": b"\x89PNG\x00", "empty": b"", "leer/\u00e4\u2713.txt": b"<script>\n"}
WHOLE = b"".join(FILES.values())


def path_of(address: Address, name: str | None = None) -> str:
    path = f"/v1/evaluations/{address.evaluation}/artifacts"
    return path if name is None else f"{path}/{quote(name)}"


def listed() -> tuple[Artifact, ...]:
    offset, files = 0, []
    for name, data in FILES.items():
        digest = hashlib.sha256(data).hexdigest()
        files.append(Artifact(name=name, size=len(data), sha256=digest, offset=offset))
        offset += len(data)
    return tuple(files)


async def over(stage: Stage, *, split: int = 4) -> Address:
    """An evaluation that left `FILES`, its stream in chunks of `split` bytes."""
    address = await stage.submit()
    await stage.start(address)
    await stage.print(address, b"not a file")
    for at in range(0, len(WHOLE), split):
        await stage.print(address, WHOLE[at : at + split], stream="artifacts")
        await stage.print(address, b"nor this", stream="stderr")
    size = len(WHOLE)
    digest = hashlib.sha256(WHOLE).hexdigest()
    await stage.append(
        address,
        EvaluationCompleted(
            outcome="succeeded",
            attempt=1,
            exit_code=0,
            artifacts=listed(),
            skipped_artifacts=(SkippedArtifact(name="shadow", reason="link"),),
            artifact_bytes=OutputSummary(total_bytes=size, head_bytes=size, sha256=digest),
        ),
    )
    return address


async def fetched(stage: Stage, address: Address) -> dict[str, bytes]:
    found = {}
    for name in FILES:
        answer = await stage.client.get(path_of(address, name))
        assert answer.status_code == 200, answer.text
        found[name] = answer.content
    return found


async def test_the_list_says_what_came_back_and_what_did_not(stage: Stage) -> None:
    running = await stage.submit()
    await stage.start(running)
    empty: dict[str, Any] = {"attempt": 1, "complete": False, "items": [], "skipped": []}
    assert (await stage.client.get(path_of(running))).json() == empty
    address = await over(stage)
    body = (await stage.client.get(path_of(address))).json()
    assert (body["attempt"], body["complete"]) == (1, True)
    assert [(f["name"], f["size"], f["sha256"]) for f in body["items"]] == [
        (file.name, file.size, file.sha256) for file in listed()
    ]
    assert body["skipped"] == [{"name": "shadow", "reason": "link"}]


@pytest.mark.parametrize("split", [1, 3, 100])
async def test_a_file_is_read_from_the_log_until_it_lies_elsewhere(
    stage: Stage, split: int
) -> None:
    assert await fetched(stage, await over(stage, split=split)) == FILES


async def test_a_file_is_a_part_of_the_row_in_postgresql(stage: Stage) -> None:
    address = await over(stage)
    stage.read_models.outputs[(address, 1, "artifacts")] = OutputRow(len(WHOLE), WHOLE)
    stage.bus.followed.clear()
    assert await fetched(stage, address) == FILES
    assert stage.bus.followed == []


async def test_a_file_is_a_part_of_the_object_in_s3(stage: Stage) -> None:
    address = await over(stage)
    size = len(WHOLE)
    lies = ArchivedOutput(stream="artifacts", bucket="b", key="outputs/k", size=size, sha256="")
    await stage.append(address, OutputArchived(attempt=1, outputs=(lies,)))
    await stage.objects.put("outputs/k", WHOLE)
    stage.read_models.outputs[(address, 1, "artifacts")] = OutputRow(size, WHOLE[:4])
    stage.bus.followed.clear()
    assert await fetched(stage, address) == FILES
    assert stage.bus.followed == []


async def in_blobs(stage: Stage, *missing: str) -> Address:
    """An evaluation whose files are blobs, but for those of `missing`, and no longer whole in PostgreSQL."""
    address = await over(stage)
    size = len(WHOLE)
    lies = ArchivedOutput(
        stream="artifacts", bucket="b", key="blobs/main/", size=size, sha256="", blobs=True
    )
    await stage.append(address, OutputArchived(attempt=1, outputs=(lies,)))
    for file, data in zip(listed(), FILES.values(), strict=True):
        if file.name not in missing:
            await stage.objects.put(blob_key("main", file.sha256), data)
    stage.read_models.outputs[(address, 1, "artifacts")] = OutputRow(size, WHOLE[:4])
    stage.bus.followed.clear()
    return address


async def test_a_file_is_read_from_its_blob(stage: Stage) -> None:
    address = await in_blobs(stage)
    assert await fetched(stage, address) == FILES
    path = f"/v1/evaluations/{address.evaluation}/output?stream=artifacts"
    assert (await stage.client.get(path)).content == WHOLE
    part = await stage.client.get(path, headers={"Range": "bytes=3-9"})
    assert (part.status_code, part.content) == (206, WHOLE[3:10])
    assert stage.bus.followed == []


async def test_a_blob_that_is_gone_is_read_from_the_log(stage: Stage) -> None:
    address = await in_blobs(stage, "plots/a b.png")
    assert await fetched(stage, address) == FILES
    path = f"/v1/evaluations/{address.evaluation}/output?stream=artifacts"
    assert (await stage.client.get(path)).content == WHOLE


async def test_a_blob_of_other_bytes_is_a_problem(stage: Stage) -> None:
    address = await in_blobs(stage)
    await stage.objects.put(blob_key("main", listed()[0].sha256), b"12345")
    answer = await stage.client.get(path_of(address, "plots/a b.png"))
    assert_problem(answer, 500, "output_damaged")


async def test_a_client_is_sent_to_the_blob_where_it_can_reach_it() -> None:
    async with stage_with(s3_public_endpoint="https://s3.example.org") as stage:
        address = await in_blobs(stage)
        path = path_of(address, "plots/a b.png")
        answer = await stage.client.get(f"{path}?redirect=true")
        assert answer.status_code == 307
        assert blob_key("main", listed()[0].sha256) in answer.headers["location"]


async def test_no_browser_takes_a_file_for_anything_but_bytes(stage: Stage) -> None:
    address = await over(stage)
    name = "leer/\u00e4\u2713.txt"
    headers = (await stage.client.get(path_of(address, name))).headers
    assert headers["content-type"] == "application/octet-stream"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert headers["content-disposition"] == (
        "attachment; filename=\"__.txt\"; filename*=UTF-8''%C3%A4%E2%9C%93.txt"
    )
    assert headers["content-length"] == str(len(FILES[name]))
    digest = base64.b64encode(hashlib.sha256(FILES[name]).digest()).decode()
    assert headers["repr-digest"] == f"sha-256=:{digest}:"


async def test_a_file_that_the_client_has_is_not_sent_again(stage: Stage) -> None:
    address = await over(stage)
    path = path_of(address, "plots/a b.png")
    etag = (await stage.client.get(path)).headers["etag"]
    for condition in (etag, f'"other", W/{etag}', "*"):
        answer = await stage.client.get(path, headers={"If-None-Match": condition})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
    assert (await stage.client.get(path, headers={"If-None-Match": '"x"'})).status_code == 200


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=1-3", 1, 4),
        ("bytes=2-", 2, 5),
        ("bytes=-2", 3, 5),
        ("bytes=-99", 0, 5),
        ("bytes=4-99", 4, 5),
    ],
)
@pytest.mark.parametrize("where", ["log", "row"])
async def test_a_range_is_a_part_of_the_file(
    stage: Stage, asked: str, start: int, end: int, where: str
) -> None:
    address = await over(stage)
    if where == "row":
        stage.read_models.outputs[(address, 1, "artifacts")] = OutputRow(len(WHOLE), WHOLE)
    path = path_of(address, "plots/a b.png")
    answer = await stage.client.get(path, headers={"Range": asked})
    data = FILES["plots/a b.png"]
    assert (answer.status_code, answer.content) == (206, data[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/5"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", ["bytes=5-", "bytes=99-100", "bytes=-0"])
async def test_a_range_beyond_the_file_is_refused(stage: Stage, asked: str) -> None:
    address = await over(stage)
    answer = await stage.client.get(path_of(address, "plots/a b.png"), headers={"Range": asked})
    assert_problem(answer, 416, "range_not_satisfiable", "/header/Range")
    assert answer.headers["content-range"] == "bytes */5"


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=-"},
        {"Range": "bytes=3-1"},
        {"Range": "bytes=0-1,3-4"},
        {"Range": "lines=1-2"},
        {"Range": f"bytes={'9' * 5000}-"},
        {"Range": "bytes=0-1", "If-Range": '"another"'},
    ],
)
async def test_what_is_no_one_range_of_this_file_gives_the_whole(
    stage: Stage, headers: dict[str, str]
) -> None:
    address = await over(stage)
    answer = await stage.client.get(path_of(address, "plots/a b.png"), headers=headers)
    assert (answer.status_code, answer.content) == (200, FILES["plots/a b.png"])


@pytest.mark.parametrize(
    "name",
    [
        "",
        "none",
        "plots",
        "plots/",
        "shadow",
        "%2e%2e%2foutput",
        "plots%5Ca b.png",
        "plots//a b.png",
    ],
)
async def test_what_is_not_in_the_list_is_not_found(stage: Stage, name: str) -> None:
    address = await over(stage)
    answer = await stage.client.get(f"{path_of(address)}/{name}")
    assert_problem(answer, 404, "not_found")


async def test_a_log_that_lacks_a_part_never_passes_for_the_file(stage: Stage) -> None:
    address = await stage.submit()
    await stage.start(address)
    await stage.print(address, WHOLE[:3], stream="artifacts")
    summary = OutputSummary(total_bytes=len(WHOLE), head_bytes=len(WHOLE))
    end = EvaluationCompleted(
        outcome="succeeded", attempt=1, artifacts=listed(), artifact_bytes=summary
    )
    await stage.append(address, end)
    async with stage.listening() as client:
        with pytest.raises(httpx2.RemoteProtocolError):
            # Showing the failure takes long on a busy machine.
            await client.get(path_of(address, "plots/a b.png"), timeout=60)


async def test_all_files_in_a_row_and_the_compilers_words_are_outputs(stage: Stage) -> None:
    address = await over(stage)
    output = f"/v1/evaluations/{address.evaluation}/output"
    answer = await stage.client.get(f"{output}?stream=artifacts")
    assert answer.content == WHOLE
    assert answer.headers["content-disposition"] == 'attachment; filename="artifacts"'
    running = await stage.submit()
    await stage.start(running)
    await stage.print(running, b"main.c:1: error", stream="compiler")
    answer = await stage.client.get(f"/v1/evaluations/{running.evaluation}/output?stream=compiler")
    assert answer.content == b"main.c:1: error"


@given(st.text(min_size=1).filter(lambda name: name.isprintable() or "\n" in name))
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    value = disposition(name)
    assert value.isascii()
    assert value.isprintable()
    assert value.count('"') == 2
    assert value.count(";") == 2
