"""Waiting on the server (``Prefer: wait``), and what comes of it where a gateway goes away meanwhile."""

from collections.abc import Iterator

import httpx2
import pytest
from cloche import Client, NotFound, NotOver, SubmitEvaluation
from cloche.blocking import Transport
from cloche.evaluations import MOST_WAIT_SECONDS
from cloche.retries import ONCE
from support.fake_answers import ID, KEY
from support.gateway import KEY as REAL_KEY
from support.small_platform import platform


def view(status: str) -> httpx2.Response:
    return httpx2.Response(
        200, content=b'{"id": "%s", "status": "%s"}' % (ID.encode(), status.encode())
    )


RUNNING, OVER = view("running"), view("completed")
FEED = {"Content-Type": "text/event-stream"}
END = httpx2.Response(200, content=b"retry: 1\n\nevent: end\ndata: {}\n\n", headers=FEED)
AGAIN = httpx2.Response(200, content=b"retry: 7000\n\nevent: reconnect\ndata: {}\n\n", headers=FEED)
MISSING = httpx2.Response(
    404, content=b'{"type": "t", "title": "None", "status": 404, "code": "not_found"}'
)
BUSY = httpx2.Response(
    429, content=b'{"type": "t", "title": "Later", "status": 429, "code": "rate_limited"}'
)
LOST = httpx2.ReadError("gone")
REFUSED = httpx2.ConnectError("refused")


class Script:
    """Plays answers one after another, and keeps what was asked and for how long was slept."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str | None]] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        place = "feed" if request.url.path.endswith("/events") else "view"
        self.asked.append((place, request.headers.get("Prefer")))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self) -> Client:
        client = Client("http://fake", KEY, transport=httpx2.MockTransport(self), retries=ONCE)
        assert isinstance(client._transport, Transport)
        client._transport.sleep = self.slept.append
        return client


WAITS = f"wait={MOST_WAIT_SECONDS}"
HELD, LOOK, WATCH = ("view", WAITS), ("view", None), ("feed", None)


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ((OVER,), [HELD]),
        # A server that does not wait, or an evaluation that takes longer.
        ((RUNNING, END, OVER), [HELD, WATCH, LOOK]),
        # It broke off while it waited: a gateway that comes back is waited for by the feed.
        ((LOST, REFUSED, END, OVER), [HELD, WATCH, WATCH, LOOK]),
        # Nobody is there, or not now: as with every other call.
        ((REFUSED, OVER), [HELD, LOOK]),
        ((BUSY, OVER), [HELD, LOOK]),
    ],
)
def test_the_first_look_waits_and_the_feed_does_the_rest(
    answers: tuple[httpx2.Response | Exception, ...], asked: list[tuple[str, str | None]]
) -> None:
    script = Script(*answers)
    with script.client() as client:
        assert client.wait(ID).status == "completed"
    assert script.asked == asked


def test_a_look_waits_no_longer_than_is_wanted() -> None:
    script = Script(OVER, OVER, OVER)
    with script.client() as client:
        client.wait(ID, timeout=5.9)
        client.wait(ID, timeout=0.5)
        client.get(ID, wait=3600)
    assert [prefer for _, prefer in script.asked] == ["wait=5", None, WAITS]


def test_what_is_not_there_is_told_at_once() -> None:
    script = Script(MISSING)
    with script.client() as client, pytest.raises(NotFound):
        client.wait(ID)
    assert script.asked == [HELD]


def test_a_feed_says_first_when_to_come_back() -> None:
    script = Script(RUNNING, AGAIN, END, OVER)
    with script.client() as client:
        client.wait(ID)
    assert script.asked == [HELD, WATCH, WATCH, LOOK]
    [pause] = script.slept
    assert 7.0 <= pause <= 7.0 * 1.25


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with platform() as address:
        yield address


def test_the_real_one_answers_when_it_is_over(address: str) -> None:
    asked: list[str] = []

    class Counting(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            asked.append(f"{request.method} {request.url.path.count('/')}")
            return super().handle_request(request)

    with Client(address, REAL_KEY, transport=Counting()) as client:
        assert client.run(SubmitEvaluation(code="print(1)")).outcome == "succeeded"
        assert asked == ["POST 2", "GET 3"]
        later = client.submit(SubmitEvaluation(code="1", delay_seconds=3600))
        assert client.get(later.id, wait=1).status == "scheduled"
        with pytest.raises(NotOver):
            client.wait(later.id, timeout=1)
