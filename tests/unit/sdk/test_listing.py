"""What of a list is asked for, as it is written; and the few calls that nothing else tries."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx2
import msgspec
import pytest
from cloche import Client, UnexpectedAnswer
from cloche.retries import ONCE
from support.fake_answers import ID, KEY


def asked(call: Callable[[Client], Any], answer: httpx2.Response) -> tuple[httpx2.Request, Any]:
    """The request that a call makes, and what the call makes of the answer."""
    requests: list[httpx2.Request] = []

    def play(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return answer

    transport = httpx2.MockTransport(play)
    with Client("http://fake", KEY, transport=transport, retries=ONCE) as client:
        result = call(client)
    return requests[0], result


def test_every_filter_is_a_parameter_and_several_values_are_repeated() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    request, page = asked(
        lambda client: client.list(
            limit=5,
            cursor="c",
            status=["queued", "running"],
            outcome="failed",
            language="python",
            engine=("docker",),
            labels=["a=b", "c"],
            batch="b",
            schedule="s",
            since=noon,
            until=noon,
            text='"a phrase" -not',
            sort="duration",
            order="asc",
        ),
        httpx2.Response(200, content=b'{"items": []}'),
    )
    assert page.items == ()
    assert parse_qs(request.url.query.decode()) == {
        "limit": ["5"],
        "cursor": ["c"],
        "status": ["queued", "running"],
        "outcome": ["failed"],
        "language": ["python"],
        "engine": ["docker"],
        "label": ["a=b", "c"],
        "batch": ["b"],
        "schedule": ["s"],
        "since": ["2026-01-01T12:00:00+00:00"],
        "until": ["2026-01-01T12:00:00+00:00"],
        "q": ['"a phrase" -not'],
        "sort": ["duration"],
        "order": ["asc"],
    }
    assert asked(lambda client: client.list(), httpx2.Response(200, content=b'{"items": []}'))[
        0
    ].url == httpx2.URL("http://fake/v1/evaluations")


def test_what_is_run_again_may_be_changed() -> None:
    answer = httpx2.Response(202, content=b'{"id": "%s"}' % ID.encode())
    changes = {"limits": {"wall_seconds": 5}, "stdin": None}
    request, accepted = asked(lambda client: client.rerun(ID, changes, idempotency_key="k"), answer)
    assert accepted.id == ID
    assert request.url.path == f"/v1/evaluations/{ID}/rerun"
    assert msgspec.json.decode(request.content) == changes
    assert request.headers["Content-Type"] == "application/merge-patch+json"
    assert request.headers["Idempotency-Key"] == "k"
    assert msgspec.json.decode(asked(lambda client: client.rerun(ID), answer)[0].content) == {}


def test_who_answers_is_told_with_its_clock() -> None:
    body = b'{"name": "cloche", "version": "9.9", "tenant": "main", "scopes": ["read"], "new": 1}'
    headers = {"Date": "Thu, 01 Jan 2026 12:00:00 GMT"}
    request, about = asked(
        lambda client: client.about(), httpx2.Response(200, content=body, headers=headers)
    )
    assert (request.url.path, about.version, about.scopes) == ("/v1", "9.9", ("read",))
    assert about.at == datetime(2026, 1, 1, 12, tzinfo=UTC)
    bare = httpx2.Response(200, content=body, headers={"Date": "soon"})
    assert asked(lambda client: client.about(), bare)[1].at is None


def test_what_is_not_ready_says_what_it_lacks() -> None:
    body = b'{"status": "unavailable", "checks": {"log": true, "keys": false}, "alarm": null}'
    _, found = asked(lambda client: client.readiness(), httpx2.Response(503, content=body))
    assert (found.ready, found.checks) == (False, {"log": True, "keys": False})
    with pytest.raises(UnexpectedAnswer):
        asked(lambda client: client.readiness(), httpx2.Response(200, content=b"<html>"))
