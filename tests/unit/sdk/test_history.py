"""A tenant's history by the client and by `cloche events`, over connections that break off and errors in the middle."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from cloche import Client, errors
from cloche.commands.history import line_of
from cloche.commands.quantities import BadWord, place
from cloche.feed import Event
from cloche_schemas.codec import Unknown, decode
from cloche_schemas.events import (
    AttemptFailed,
    CancelRequested,
    EvaluationDeadLettered,
    EvaluationEvent,
)
from cloche_schemas.views import Problem
from support.command import Ran
from support.fake_answers import ID, KEY, frame
from support.fake_feed import Break
from support.fake_gateway import FakeGateway, chunk, completed
from support.recorded import case, queued, started


@pytest.fixture
def client(gateway: FakeGateway) -> Iterator[Client]:
    gateway.add(*(chunk(n, b"%d" % n) for n in range(5)), completed())
    with Client(gateway.url, KEY, patience=5.0) as client:
        yield client


def test_what_is_wanted_reaches_the_gateway(client: Client, gateway: FakeGateway) -> None:
    assert len(list(client.events())) == 6
    found = client.events(
        ID,
        from_="2026-01-01T00:00:00+01:00",
        until="e-9",
        follow=True,
        types=["completed", "queued"],
        labels=["a=b", "c"],
        outcomes=["failed"],
        output=False,
        tenant="t1",
    )
    assert len(list(found)) == 6
    assert gateway.asked[0] == ""
    assert parse_qs(gateway.asked[1].replace("+01", "%2B01")) == {
        "evaluation": [ID],
        "from": ["2026-01-01T00:00:00+01:00"],
        "until": ["e-9"],
        "follow": ["true"],
        "type": ["completed", "queued"],
        "label": ["a=b", "c"],
        "outcome": ["failed"],
        "output": ["false"],
        "tenant": ["t1"],
    }


@pytest.mark.parametrize("how", ["drop", "reconnect"])
def test_a_replay_that_breaks_off_is_resumed_from_the_last_cursor(
    client: Client, gateway: FakeGateway, how: Break
) -> None:
    gateway.breaks = {2: how, 4: how}
    assert [event.cursor for event in client.events(from_="1")] == [f"e-{n}" for n in range(1, 7)]
    assert gateway.resumed_after == [None, *(["e-1", "e-3"] if how == "drop" else ["e-2", "e-4"])]
    assert gateway.asked == ["from=1"] * 3


def test_what_does_not_answer_for_now_is_asked_again_behind_what_was_passed_over(
    client: Client, gateway: FakeGateway
) -> None:
    gateway.breaks = {2: "unavailable"}
    assert [event.cursor for event in client.events(after="e-1")] == ["e-2", "e-4", "e-5", "e-6"]
    assert gateway.resumed_after == ["e-1", "e-3"]


def test_a_damaged_archive_ends_a_replay_where_it_is_met(
    client: Client, gateway: FakeGateway
) -> None:
    gateway.breaks = {2: "damaged"}
    seen = []
    with pytest.raises(errors.ServerTrouble) as caught:
        seen += [event.cursor for event in client.events(follow=True)]
    assert caught.value.problem.code == "archive_damaged"
    gateway.problem = Problem(type="t", title="Damaged", status=502, code="archive_damaged")
    with pytest.raises(errors.ServerTrouble):
        list(client.events())
    gateway.problem = Problem(type="t", title="Gone", status=410, code="events_trimmed")
    with pytest.raises(errors.ApiError, match="Gone"):
        list(client.events())
    gateway.problem = Problem(type="t", title="Away", status=503, code="archive_unavailable")
    with (
        pytest.raises(errors.Unreachable),
        Client(gateway.url, KEY, patience=0.0) as impatient,
    ):
        list(impatient.events())


def test_the_command_shows_one_evaluation_or_all(
    client: Client, gateway: FakeGateway, ran: Ran
) -> None:
    del client
    code, out, _ = ran(gateway, "events", ID)
    assert (code, gateway.asked) == (0, [])
    lines: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    assert [line["cursor"] for line in lines] == [f"e-{n}" for n in range(1, 7)]
    words = (
        "--from beginning --until e-9 --type completed --type queued --label a=b --outcome failed"
    )
    options = [*words.split(), "--no-output", "--follow", "--tenant", "t1", "--json"]
    assert ran(gateway, "events", *options)[0] == 0
    assert ran(gateway, "events", ID, "--type", "completed")[0] == 0
    whole, one = gateway.asked
    assert whole == (
        "from=beginning&until=e-9&tenant=t1&follow=true&output=false"
        "&type=completed&type=queued&label=a=b&outcome=failed"
    )
    assert one == f"evaluation={ID}&type=completed"
    assert ran(gateway, "events", "--type", "complete")[0] == 2
    code, _, err = ran(gateway, "events", "--from", "2026-13-01")
    assert (code, b"2026-12-24T18:00" in err) == (2, True)


def test_places_are_written_as_people_say_them() -> None:
    for text in ("beginning", "17", "e-17", "18eb9e70c273cd79-1"):
        assert place(text) == text
    before = datetime.now(UTC) - timedelta(hours=12)
    assert timedelta(0) <= datetime.fromisoformat(place("12h")) - before < timedelta(minutes=1)
    assert datetime.fromisoformat(place("2026-01-01T00:00Z")) == datetime(2026, 1, 1, tzinfo=UTC)
    assert datetime.fromisoformat(place("2026-01-01")).utcoffset() is not None
    with pytest.raises(BadWord):
        place("2026-99-01")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (completed(), f"completed         {ID}  succeeded, exit code 0"),
        (completed("cancelled", None), f"completed         {ID}  cancelled"),
        (case(2, passed=False), f"case-completed    {ID}  case 2: failed"),
        (chunk(0, b"abc"), f"output-chunk      {ID}  stdout, 3 bytes"),
        (started(2), f"started           {ID}  attempt 2 on e (bubblewrap)"),
        (queued(), f"queued            {ID}  attempt 1"),
        (
            AttemptFailed(attempt=1, reason="lost\x1b[2J"),
            f"attempt-failed    {ID}  attempt 1: lost\ufffd[2J",
        ),
        (EvaluationDeadLettered(attempts=3, reason="lost"), f"dead-lettered     {ID}  lost"),
        (CancelRequested(), f"cancel-requested  {ID}"),
    ],
)
def test_an_event_is_a_line_on_a_terminal(event: EvaluationEvent, words: str) -> None:
    data = frame(1, event).split(b"data: ")[1]
    envelope, decoded = decode(data)
    assert line_of(Event("e-1", envelope, decoded)) == f"2026-01-01 12:00:00  {words}"
    unknown = line_of(Event("e-1", envelope, Unknown("x")))
    assert unknown.endswith("newer than this command")
