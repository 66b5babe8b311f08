"""Statistics, and the feed of a batch, by the command and the client against the real gateway."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from cloche import (
    AsyncClient,
    Client,
    EvaluationCompleted,
    Invalid,
    NotFound,
    SubmitBatch,
    SubmitEvaluation,
    batch_results,
)
from cloche_domain import Evaluation
from cloche_gateway.read_models import Row
from cloche_schemas.batches import BatchProgress, BatchView
from cloche_schemas.subjects import Address
from support.command import Ran
from support.gateway import KEY, Stage, stage_with
from support.listed import NOON, ended
from support.small_platform import platform


class System:
    def __init__(self, url: str) -> None:
        self.url = url


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with platform(ping_seconds=0.2, reconnect_ms=10) as url:
        yield System(url)


@pytest.fixture
def client(system: System) -> Iterator[Client]:
    with Client(system.url, KEY) as client:
        yield client


def programs(count: int) -> SubmitBatch:
    return SubmitBatch(
        evaluations=tuple(SubmitEvaluation(code=f"raise SystemExit({n})") for n in range(count))
    )


def test_a_batch_is_told_until_all_of_it_is_over(client: Client) -> None:
    accepted = client.batches.submit(programs(3))
    told: list[BatchProgress] = []
    events = list(client.batches.events(accepted.id, progress=told.append))
    ended = [one for one in events if isinstance(one.event, EvaluationCompleted)]
    assert len({one.envelope.subject for one in ended}) == 3
    assert (told[-1].over, told[-1].by_outcome) == (3, {"succeeded": 1, "failed": 2})
    assert {one.id for one in told} == {accepted.id}
    # On from a cursor: nothing twice, and at the end nothing at all.
    middle = events[3].cursor
    assert [e.cursor for e in client.batches.events(accepted.id, after=middle)] == [
        e.cursor for e in events[4:]
    ]
    assert list(client.batches.events(accepted.id, after=events[-1].cursor)) == []
    with pytest.raises(NotFound):
        list(client.batches.events("01900000-0000-7000-8000-000000000000"))


def test_a_connection_that_breaks_off_is_resumed(system: System) -> None:
    asked: list[str | None] = []

    class Breaking(httpx2.HTTPTransport):
        """Each answer of the feed ends after its first piece."""

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            answer = super().handle_request(request)
            if not request.url.path.endswith("/events") or answer.status_code != 200:
                return answer
            asked.append(request.headers.get("Last-Event-ID"))
            return httpx2.Response(200, headers=answer.headers, stream=Piece(answer))

    class Piece(httpx2.SyncByteStream):
        def __init__(self, answer: httpx2.Response) -> None:
            self.answer = answer

        def __iter__(self) -> Iterator[bytes]:
            for number, piece in enumerate(self.answer.iter_raw()):
                if number == 1:
                    raise httpx2.ReadError("gone")
                yield piece

        def close(self) -> None:
            self.answer.close()

    with Client(system.url, KEY, transport=Breaking()) as client:
        accepted = client.batches.submit(programs(4))
        cursors = [event.cursor for event in client.batches.events(accepted.id)]
        assert len(set(cursors)) == len(cursors)
        assert len(asked) > 1
        assert set(asked[1:]) <= {None, *cursors}
    with Client(system.url, KEY) as client:
        assert cursors == [event.cursor for event in client.batches.events(accepted.id)]


class Asked(httpx2.HTTPTransport):
    """Knows the paths that it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: list[str] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.paths.append(request.url.path)
        return super().handle_request(request)


def test_whoever_waits_for_a_batch_is_told_by_its_feed(system: System) -> None:
    asked = Asked()
    told: list[BatchView] = []
    with Client(system.url, KEY, transport=asked) as client:
        accepted = client.batches.submit(programs(3))
        view = client.batches.wait(accepted.id, progress=told.append)
    assert (view.over, view.by_outcome) == (3, {"succeeded": 1, "failed": 2})
    assert told[-1] == view
    assert f"/v1/batches/{accepted.id}/events" in asked.paths


def test_the_results_of_a_batch_come_by_its_feed(system: System) -> None:
    told: list[int] = []
    asked = Asked()
    with Client(system.url, KEY, transport=asked) as client:
        accepted = client.batches.submit(programs(3))
        found = client.batches.results(accepted.id, progress=lambda seen: told.append(seen.over))
        views = list(found)
    assert sorted(view.exit_code or 0 for view in views) == [0, 1, 2]
    assert told == sorted(told)
    assert told[-1] == 3
    batch = f"/v1/batches/{accepted.id}"
    # One look at the beginning, and nothing is asked again and again.
    assert [asked.paths.count(path) for path in (batch, f"{batch}/events")] == [1, 1]
    assert f"{batch}/evaluations" not in asked.paths


def test_rows_that_are_behind_the_feed_take_nothing_back(system: System) -> None:
    batch = ""

    class Behind(httpx2.HTTPTransport):
        """The first look after the feed has ended shows less than the feed has told."""

        fed, lied = False, False

        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            answer = super().handle_request(request)
            if request.url.path.endswith("/events"):
                self.fed = True
            elif self.fed and not self.lied and request.url.path == f"/v1/batches/{batch}":
                self.lied = True
                seen = json.loads(answer.read())
                seen |= {"over": 1, "by_status": {"completed": 1, "running": 1}}
                return httpx2.Response(200, json=seen)
            return answer

    told: list[int] = []
    with Client(system.url, KEY, transport=Behind()) as client:
        batch = client.batches.submit(programs(2)).id
        client.batches.wait(batch, progress=lambda view: told.append(view.over))
    assert told == sorted(told)
    assert told[-1] == 2


def test_many_that_end_at_once_are_read_by_pages(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_results, "SINGLY_AT_ONCE", 1.0)
    asked = Asked()
    with Client(system.url, KEY, transport=asked) as client:
        accepted = client.batches.submit(programs(4))
        views = list(client.batches.results(accepted.id))
    assert sorted(view.exit_code or 0 for view in views) == list(range(4))
    singly = [path for path in asked.paths if path.startswith("/v1/evaluations/")]
    assert f"/v1/batches/{accepted.id}/evaluations" in asked.paths
    assert len(singly) < 4


def test_the_command_shows_the_events_of_a_batch_and_how_far_it_is(
    system: System, ran: Ran, client: Client
) -> None:
    accepted = client.batches.submit(programs(2))
    code, out, err = ran(system, "events", "--batch", accepted.id, key=KEY)
    events = [json.loads(line) for line in out.splitlines()]
    completed = [e for e in events if e["type"].endswith(".completed.v1")]
    assert (code, len(completed)) == (0, 2)
    assert err.decode().splitlines()[-1].startswith("2 of 2 over")
    # With another filter it is the history, which has an end of its own.
    words = ["events", "--batch", accepted.id, "--type", "completed", "--language", "python"]
    code, out, err = ran(system, *words, key=KEY)
    assert (code, len(out.splitlines()), err) == (0, 2, b"")
    assert ran(system, *words[:-1], "cpp", key=KEY)[1] == b""


def test_a_history_is_narrowed_down_by_batch_and_language(client: Client) -> None:
    accepted = client.batches.submit(programs(2))
    client.batches.wait(accepted.id)
    found = list(client.events(batch=accepted.id, types=["completed"], languages=["python"]))
    assert len(found) == 2
    assert list(client.events(batch=accepted.id, languages=["cpp"])) == []


def test_the_same_is_awaited(system: System) -> None:
    async def watch() -> int:
        async with AsyncClient(system.url, KEY) as client:
            accepted = await client.batches.submit(programs(2))
            seen = [event async for event in client.batches.events(accepted.id)]
            await client.batches.wait(accepted.id)
            return sum(isinstance(one.event, EvaluationCompleted) for one in seen)

    assert asyncio.run(watch()) == 2


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with stage_with() as stage:
        yield stage


async def test_numbers_are_shown_in_a_table_and_as_they_are(stage: Stage, ran: Ran) -> None:
    for number, outcome in enumerate(("succeeded", "succeeded", "failed", None), start=1):
        view = ended(number, run=2.0, outcome=outcome, language="c" if number == 3 else "python")
        stage.read_models.rows[Address("main", view.id)] = Row(view, Evaluation(), 1)
    noon = NOON.replace(microsecond=0)
    hour = ["--since", "2026-11-26T12:00Z", "--until", "2026-11-26T13:00Z"]

    def ask(url: str) -> None:
        system = System(url)
        with Client(url, KEY) as client:
            found = client.statistics(since=noon, until=noon + timedelta(hours=1), step="15m")
            assert (found.total.ended, found.step, len(found.buckets)) == (4, "15m", 4)
            assert found.total.by_outcome == {"succeeded": 2, "failed": 1}
            with pytest.raises(Invalid) as caught:
                client.statistics(since=datetime(2026, 1, 1, tzinfo=UTC), step="1m")
            assert caught.value.problem.errors[0].pointer == "/query/step"
        code, out, _ = ran(system, "stats", *hour, "--step", "15m", key=KEY)
        lines = out.decode().splitlines()
        assert code == 0
        assert lines[:2] == [
            "2026-11-26 12:00Z to 2026-11-26 13:00Z: 4 ended",
            "2 succeeded, 1 failed, 1 given up",
        ]
        cells = [line.split() for line in lines[2:]]
        assert [row[0] for row in cells] == ["LANGUAGE", "python", "c", "all", "FROM", "2026-11-26"]
        assert cells[1][1:5] == ["3", "3.0/h", "100.0", "%"]
        assert cells[3][1:5] == ["4", "4.0/h", "66.7", "%"]
        # Columns stand below each other, whatever stands in them.
        assert len({len(line) for line in lines[2:]}) == 1
        assert "FROM" not in ran(system, "stats", *hour, key=KEY)[1].decode()
        report = json.loads(ran(system, "stats", *hour, "--json", key=KEY)[1])
        assert report["total"]["ended"] == 4
        assert ran(system, "stats", "--since", "soon", key=KEY)[0] == 2
        empty = ran(system, "stats", "--since", "3d", "--until", "2d", key=KEY)[1]
        assert empty.decode().endswith(": 0 ended\n")

    async with stage.listening() as http:
        await asyncio.to_thread(ask, str(http.base_url))


async def test_pages_of_a_list_lead_in_both_directions(stage: Stage, ran: Ran) -> None:
    for number in range(1, 6):
        view = ended(number, labels={"even": str(number % 2 == 0)})
        stage.read_models.rows[Address("main", view.id)] = Row(view, Evaluation(), 1)

    def ask(url: str) -> None:
        with Client(url, KEY) as client:
            first = client.list(limit=2, sort="duration", order="asc")
            second = client.list(limit=2, sort="duration", order="asc", cursor=first.next_cursor)
            again = client.list(limit=2, sort="duration", order="asc", cursor=second.prev_cursor)
            assert [view.id for view in again.items] == [view.id for view in first.items]
            assert first.prev_cursor is None
            assert len({view.id for view in client.each(labels=["even=False"])}) == 3
            with pytest.raises(Invalid) as caught:
                client.list(sort="created", cursor=first.next_cursor)
            assert caught.value.problem.code == "invalid_cursor"
        system, words = System(url), ["list", "-n", "2"]
        _, out, err = ran(system, *words, key=KEY)
        assert err.count(b"--cursor") == 1
        more = err.decode().split()[-1]
        _, _, err = ran(system, *words, "--cursor", more, key=KEY)
        before = err.decode().splitlines()[0]
        assert before.startswith("before: --cursor ")
        assert ran(system, *words, "--cursor", before.split()[-1], key=KEY)[1] == out

    async with stage.listening() as http:
        await asyncio.to_thread(ask, str(http.base_url))
