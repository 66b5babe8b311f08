"""`cloche logs`: what was written and what comes, by line, by time, by stream and by attempt."""

import os
import subprocess
import sys

import pytest
from cloche_schemas.events import AttemptStarted
from cloche_schemas.views import AttemptList, AttemptView
from support.command import Ran
from support.fake_answers import ID, KEY
from support.fake_gateway import FakeGateway, chunk, completed

NOON = b"2026-01-01T12:00:00.000000Z "


def logs(ran: Ran, gateway: FakeGateway, *words: str) -> tuple[int, bytes, bytes]:
    return ran(gateway, "logs", ID, *words)


def test_each_stream_goes_where_it_belongs(ran: Ran, gateway: FakeGateway) -> None:
    gateway.add(
        chunk(0, b"out"),
        chunk(1, b"err\n", "stderr"),
        chunk(2, b"put\n"),
        chunk(3, b"words\n", "compiler"),
        chunk(4, b"files", "artifacts"),
        completed(),
    )
    assert logs(ran, gateway) == (0, b"output\n", b"err\nwords\n")
    assert logs(ran, gateway, "--stream", "stderr") == (0, b"", b"err\n")
    assert gateway.asked[0] == f"evaluation={ID}"


def test_a_line_has_one_time_however_many_pieces_it_comes_in(
    ran: Ran, gateway: FakeGateway
) -> None:
    gateway.add(chunk(0, b"a"), chunk(1, b"b\r\nc"), chunk(2, b"\n\nlast"), completed())
    assert logs(ran, gateway, "--timestamps")[1].split(b"\n") == [
        NOON + b"ab\r",
        NOON + b"c",
        NOON,
        NOON + b"last",
    ]


def test_the_end_is_counted_in_whole_lines(ran: Ran, gateway: FakeGateway) -> None:
    gateway.add(*(chunk(n, piece) for n, piece in enumerate([b"1\n2", b"2\n", b"3\n4"])))
    gateway.add(chunk(9, b"e\n", "stderr"), completed())
    assert logs(ran, gateway, "--tail", "3") == (0, b"3\n4", b"e\n")
    assert logs(ran, gateway, "-n", "4")[1] == b"22\n3\n4"
    assert logs(ran, gateway, "-n", "0") == (0, b"", b"")


def test_a_time_to_begin_at_is_the_servers_to_find(ran: Ran, gateway: FakeGateway) -> None:
    gateway.add(completed())
    assert logs(ran, gateway, "--since", "2026-01-01T00:00Z")[0] == 0
    assert gateway.asked[-1] == f"evaluation={ID}&from=2026-01-01T00:00:00+00:00"
    assert logs(ran, gateway, "--since", "2026-99-01")[0] == 2


def test_the_attempt_that_counts_is_shown_or_another(ran: Ran, gateway: FakeGateway) -> None:
    gateway.attempts = AttemptList(
        items=(AttemptView(number=1), AttemptView(number=2)), counts=2, complete=True
    )
    gateway.add(chunk(0, b"lost\n"), chunk(0, b"kept\n", attempt=2), completed())
    assert logs(ran, gateway)[1] == b"kept\n"
    assert logs(ran, gateway, "--attempt", "1")[1] == b"lost\n"
    assert logs(ran, gateway, "--follow")[1] == b"kept\n"
    # What is over was read to its end: nothing is followed.
    assert gateway.resumed_after == [None] * 3


def test_an_unknown_evaluation_is_told(ran: Ran, gateway: FakeGateway) -> None:
    code, _, err = ran(gateway, "logs", "01890000-0000-7000-8000-0000000000ff")
    assert (code, b"No such evaluation" in err) == (1, True)


@pytest.mark.parametrize("words", [[], ["--tail", "1"]])
def test_it_goes_on_with_what_comes_and_with_a_later_attempt(
    gateway: FakeGateway, words: list[str]
) -> None:
    gateway.add(chunk(0, b"before\n"))
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cloche", "logs", "-f", ID, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "CLOCHE_URL": gateway.url, "CLOCHE_API_KEY": KEY},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"before\n"
    gateway.add(chunk(1, b"while\n"))
    assert process.stdout.readline() == b"while\n"
    gateway.add(AttemptStarted(attempt=2, executor="e", nonce="n", engine="docker"))
    gateway.add(chunk(0, b"again\n", attempt=2), completed())
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, b"again\n")
    assert b"attempt 2 begins" in err
    assert gateway.resumed_after == [None, "e-1"]
