"""schemathesis over every operation of the description: no answer is a 5xx, and none is undocumented.

The gateway listens on a socket in a thread of its own, with everything behind it in memory, and has evaluations, a
batch, a schedule, dead letters and a blob whose ids the requests use half of the time. The examples are the same in
each run (`derandomize`); ``make test-full`` takes twenty times as many, and others each time.
"""

import asyncio
import io
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks
from support.every_route import Belongings, Route, belongings, routes_of
from support.gateway import BEARER, Stage
from urllib3 import BaseHTTPResponse, HTTPResponse

#: Not that everything is taken which a schema lets pass: it cannot say what the rules of a submission say.
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
FULL = bool(os.environ.get("CLOCHE_TEST_FULL"))
EXAMPLES = 200 if FULL else 10
#: What may end only when somebody goes: what comes in the first moment is enough.
STREAMS = ("text/event-stream", "application/x-ndjson")
STREAM_SECONDS = 0.5


class Background:
    """A gateway in a thread, and what it has."""

    def __init__(self) -> None:
        self.url = ""
        self.have = Belongings({})
        self.document: dict[str, Any] = {}
        self.broke: BaseException | None = None
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)

    def __enter__(self) -> "Background":
        self._thread.start()
        assert self._ready.wait(30), "the gateway did not start"
        if self.broke is not None:
            raise self.broke
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(30)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except BaseException as error:
            self.broke = error
            self._ready.set()
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        stage = Stage(body_seconds=2.0, ping_seconds=0.2, send_seconds=2.0)
        self.have = await belongings(stage)
        self.document = stage.app.openapi()
        async with stage.listening() as client:
            self.url = str(client.base_url)
            self._ready.set()
            await self._over.wait()
        await stage.close()


class FirstOfStreams(HTTPAdapter):
    """Answers as they are, but of those that may go on for ever the beginning."""

    def build_response(
        self, req: requests.PreparedRequest, resp: BaseHTTPResponse
    ) -> requests.Response:
        response = super().build_response(req, resp)
        if not response.headers.get("content-type", "").startswith(STREAMS):
            return response
        pieces, until = list[bytes](), time.monotonic() + STREAM_SECONDS
        # Something comes every `ping_seconds`.
        while time.monotonic() < until and (piece := response.raw.read1()):
            pieces.append(piece)
        response.raw.close()
        beginning = io.BytesIO(b"".join(pieces))
        response.raw = HTTPResponse(beginning, response.headers, preload_content=False)
        return response


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.mount("http://", FirstOfStreams())
        yield made


@pytest.fixture(scope="module")
def gateway() -> Iterator[Background]:
    with Background() as running:
        yield running


def operations() -> list[Route]:
    """Those of the description, without a gateway."""
    return routes_of(Stage())


@pytest.mark.parametrize("route", operations(), ids=lambda route: route.name)
def test_every_answer_is_documented_and_none_is_a_5xx(
    gateway: Background, session: requests.Session, route: Route
) -> None:
    schema = schemathesis.openapi.from_dict(gateway.document)
    operation = schema[route.path][route.method]
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=not FULL,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=cases, known=st.booleans())
    def run(case: Any, known: bool) -> None:
        one = gateway.have.at(route.path)
        if known and one is not None and case.path_parameters:
            name = next(iter(case.path_parameters))
            case.path_parameters[name] = one.id
        headers = {**BEARER}
        answer = case.call(base_url=gateway.url, headers=headers, timeout=10, session=session)
        assert answer.status_code < 500 or answer.status_code == 501, answer.text
        case.validate_response(answer, checks=CHECKS)

    run()
