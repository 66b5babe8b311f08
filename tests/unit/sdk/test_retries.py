"""What is sent again, after which pause, and what never is."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx2
import pytest
from cloche import Client, Retries, SubmitEvaluation, errors
from cloche.blocking import Transport
from cloche.retries import JITTER, retry_after
from support.fake_answers import ID, KEY

OK = httpx2.Response(200, content=b'{"id": "%s", "status": "queued"}' % ID.encode())


class Script:
    """Plays answers one after another, the last one for ever; and keeps what was sent and slept."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.sent: list[httpx2.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.sent.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, retries: Retries | None = None) -> Client:
        transport = httpx2.MockTransport(self)
        client = Client("http://fake", KEY, transport=transport, retries=retries or Retries())
        assert isinstance(client._transport, Transport)
        client._transport.sleep = self.slept.append
        return client


def refusal(status: int, after: str | None = None) -> httpx2.Response:
    content = b'{"type": "t", "title": "Later", "status": %d, "code": "later"}' % status
    headers = {} if after is None else {"Retry-After": after}
    return httpx2.Response(status, content=content, headers=headers)


def test_the_body_says_more_exactly_when_to_come_back() -> None:
    content = (
        b'{"type":"t","title":"T","status":429,"code":"rate_limited","retry_after_seconds":5.25}'
    )
    answer = httpx2.Response(429, content=content, headers={"Retry-After": "6"})
    script = Script(answer)
    with script.client(Retries(attempts=2)) as client, pytest.raises(errors.TooMany) as caught:
        client.get(ID)
    assert caught.value.retry_after == 5.25
    # No sooner than the header says, which every server has.
    assert 6.0 <= script.slept[0] <= 6.0 * (1 + JITTER)


def get(client: Client) -> None:
    client.get(ID)


def submit(client: Client) -> None:
    client.submit(SubmitEvaluation(code="1"))


def submit_with_key(client: Client) -> None:
    client.submit(SubmitEvaluation(code="1"), idempotency_key="k")


@pytest.mark.parametrize(
    ("answer", "call", "again"),
    [
        (refusal(429), get, True),
        (refusal(429), submit, True),
        (refusal(503), get, True),
        (refusal(503), submit_with_key, True),
        # It may be on the log, and only the answer was lost.
        (refusal(503), submit, False),
        (httpx2.ReadError("gone"), get, True),
        (httpx2.ReadError("gone"), submit_with_key, True),
        (httpx2.ReadTimeout("late"), submit, False),
        # It surely is not.
        (httpx2.ConnectError("refused"), submit, True),
        (refusal(500), get, False),
        (refusal(404), get, False),
        (refusal(422), submit_with_key, False),
    ],
)
def test_only_what_is_safe_is_sent_again(
    answer: httpx2.Response | Exception, call: Callable[[Client], None], again: bool
) -> None:
    script = Script(answer, OK)
    with script.client() as client:
        if again:
            call(client)
        else:
            with pytest.raises(errors.ClocheError):
                call(client)
    assert len(script.sent) == 1 + again
    keys = {request.headers.get("Idempotency-Key") for request in script.sent}
    assert keys == {"k" if call is submit_with_key else None}


def test_the_server_is_given_the_time_that_it_asks_for_and_a_little_more() -> None:
    script = Script(refusal(429, "7"), refusal(503, "3"), OK)
    with script.client() as client:
        client.get(ID)
    first, second = script.slept
    assert 7.0 <= first <= 7.0 * (1 + JITTER)
    assert 3.0 <= second <= 3.0 * (1 + JITTER)


def test_pauses_grow_up_to_a_cap_and_are_random() -> None:
    retries = Retries(attempts=20, base_seconds=1.0, cap_seconds=4.0)
    pauses = [[retries.pause(n, None) or 0.0 for n in range(1, 20)] for _ in range(50)]
    for nth, ceiling in ((0, 1.0), (1, 2.0), (2, 4.0), (18, 4.0)):
        column = [pause[nth] for pause in pauses]
        assert max(column) <= ceiling
        assert ceiling / 2 < max(column)
        assert len(set(column)) > 40
    assert retries.pause(20, None) is None


def test_it_ends_with_the_refusal_and_says_when_to_come_back() -> None:
    script = Script(refusal(429, "1"))
    with script.client(Retries(attempts=3)) as client, pytest.raises(errors.TooMany) as caught:
        client.get(ID)
    assert len(script.sent) == 3
    assert caught.value.retry_after == 1.0
    script = Script(httpx2.ConnectError("refused"))
    with script.client(Retries(attempts=2)) as client, pytest.raises(errors.Unreachable) as gone:
        client.get(ID)
    assert (len(script.sent), gone.value.sent) == (2, False)


def test_nobody_waits_longer_than_was_agreed() -> None:
    script = Script(refusal(503, "3600"), OK)
    with script.client(Retries(longest_seconds=60)) as client, pytest.raises(errors.ServerTrouble):
        client.get(ID)
    assert script.slept == []


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Thu, 01 Jan 2026 00:01:00 GMT", 60.0),
        ("Wed, 31 Dec 2025 23:00:00 GMT", 0.0),
        ("soon", None),
        ("-1", None),
        ("", None),
        ("٣", None),
    ],
)
def test_a_time_is_a_number_or_a_date(text: str, seconds: float | None) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    assert retry_after({"retry-after": text}, now) == seconds
    assert retry_after({}, now) is None
