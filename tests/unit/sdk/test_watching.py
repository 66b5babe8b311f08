"""Ctrl-C while a program is watched: it is cancelled and waited for, whatever becomes of that."""

from collections.abc import Generator
from typing import Unpack

import pytest
from cloche import Client, Event, errors
from cloche.commands.watching import watch
from cloche.history import Wanted
from cloche_schemas.views import EvaluationView, Problem
from support.fake_answers import ID, KEY
from support.fake_gateway import FakeGateway, completed

Captured = pytest.CaptureFixture[str]


class Interrupted(Client):
    """At the first look at its events somebody presses Ctrl-C; then `then` happens, if anything."""

    then: BaseException | None = None

    def events(
        self, evaluation: str | None = None, *, after: str | None = None, **wanted: Unpack[Wanted]
    ) -> Generator[Event, None, None]:
        raise KeyboardInterrupt

    def cancel(self, evaluation: str, *, reason: str = "") -> None:
        if self.then is not None:
            raise self.then
        super().cancel(evaluation, reason=reason)

    def wait(self, evaluation: str, *, timeout: float | None = None) -> EvaluationView:
        return self.get(evaluation)


def watched(gateway: FakeGateway, then: BaseException | None = None) -> EvaluationView | int:
    with Interrupted(gateway.url, KEY) as client:
        client.then = then
        return watch(client, ID, lambda _stream, _data: None, lambda _case: None)


def test_it_is_cancelled_and_its_end_is_shown(gateway: FakeGateway) -> None:
    gateway.on_cancel = [completed("cancelled", None)]
    view = watched(gateway)
    assert gateway.cancelled.is_set()
    assert isinstance(view, EvaluationView)
    assert view.outcome == "cancelled"


def test_what_was_over_meanwhile_keeps_its_end(gateway: FakeGateway, capsys: Captured) -> None:
    gateway.add(completed())
    view = watched(gateway)
    assert isinstance(view, EvaluationView)
    assert view.outcome == "succeeded"
    assert "over already" in capsys.readouterr().err


def test_a_second_one_leaves_at_once_and_says_how_to_come_back(
    gateway: FakeGateway, capsys: Captured
) -> None:
    assert watched(gateway, KeyboardInterrupt()) == 130
    assert f"cloche logs -f {ID}" in capsys.readouterr().err


def test_a_cancellation_that_fails_is_said(gateway: FakeGateway, capsys: Captured) -> None:
    full = Problem(type="t", title="Full", status=503, code="unavailable")
    assert watched(gateway, errors.ServerTrouble(full)) == 130
    assert "Full (503 unavailable)" in capsys.readouterr().err
