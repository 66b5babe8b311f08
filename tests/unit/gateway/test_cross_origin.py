"""Pages of other origins may use the API where the settings name them, and no others."""

import httpx2
import pytest
from support.gateway import HELLO, assert_problem, stage_with

PAGE = "https://app.example"
PATH = "/v1/evaluations"
ALLOWED = "access-control-allow-origin"


def _words(answer: httpx2.Response, name: str) -> set[str]:
    return {word.strip().lower() for word in answer.headers[name].split(",")}


def _preflight(method: str, headers: str = "", origin: str = PAGE) -> dict[str, str]:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return asked | ({"Access-Control-Request-Headers": headers} if headers else {})


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_browser_that_asks_first_is_told_yes(method: str) -> None:
    async with stage_with(allowed_origins=PAGE) as stage:
        wanted = "authorization,content-type,idempotency-key,prefer,if-none-match,last-event-id,range,traceparent"
        signed = ",content-digest,signature,signature-input"
        answer = await stage.client.options(
            PATH, headers=_preflight(method, wanted + signed) | {"X-Request-Id": "mine"}
        )
        assert (answer.status_code, answer.headers[ALLOWED]) == (200, PAGE)
        assert method.lower() in _words(answer, "access-control-allow-methods")
        assert "access-control-allow-credentials" not in answer.headers
        # It is observed as every other request.
        assert answer.headers["x-request-id"] == "mine"
        assert answer.headers["x-content-type-options"] == "nosniff"
        metrics = (await stage.client.get("/metrics")).text
        assert 'cloche_http_requests_total{method="OPTIONS"' in metrics


@pytest.mark.parametrize(
    "asked",
    [
        _preflight("POST", origin="https://evil.example"),
        _preflight("POST", origin="https://app.example:8443"),
        _preflight("POST", origin="null"),
        _preflight("TRACE"),
        _preflight("POST", "cookie"),
    ],
)
async def test_and_no_to_what_is_not_allowed(asked: dict[str, str]) -> None:
    async with stage_with(allowed_origins=PAGE) as stage:
        answer = await stage.client.options(PATH, headers=asked)
        assert answer.status_code == 400
        assert (answer.headers.get(ALLOWED) == PAGE) is (asked["Origin"] == PAGE)


async def test_an_answer_may_be_read_with_the_headers_that_clients_go_by() -> None:
    async with stage_with(allowed_origins=f"https://other.example {PAGE}") as stage:
        answer = await stage.client.post(PATH, json=HELLO, headers={"Origin": PAGE})
        assert (answer.status_code, answer.headers[ALLOWED]) == (202, PAGE)
        shown = _words(answer, "access-control-expose-headers")
        assert shown >= {"link", "etag", "location", "retry-after", "ratelimit", "repr-digest"}
        assert shown >= {"ratelimit-policy", "x-request-id"}
        assert answer.headers["x-request-id"]
        assert "origin" in _words(answer, "vary")
        foreign = await stage.client.get(PATH, headers={"Origin": "https://evil.example"})
        assert ALLOWED not in foreign.headers


async def test_refusals_may_be_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    async with stage_with(allowed_origins=PAGE) as stage:
        page = {"Origin": PAGE}
        nobody = await stage.client.get(PATH, headers=page | {"Authorization": "Bearer nonsense"})
        assert_problem(nobody, 401, "unauthorized")

        async def broken() -> object:
            raise RuntimeError("not to be told")

        with monkeypatch.context() as patch:
            patch.setattr(stage.bus.queue, "depth", broken)
            internal = await stage.client.post(PATH, json=HELLO, headers=page)
        assert_problem(internal, 500, "internal")

        monkeypatch.setattr(stage.gateway.overload, "_max_in_flight", 0)
        shed = await stage.client.get(PATH, headers=page)
        assert_problem(shed, 503, "overloaded")
        asked = await stage.client.options(PATH, headers=_preflight("GET"))
        # What is asked beforehand costs nothing: refused, the page could not learn when to come back.
        assert asked.status_code == 200
        for answer in (nobody, internal, shed, asked):
            assert answer.headers[ALLOWED] == PAGE
            assert answer.headers["x-request-id"]


async def test_without_the_setting_nothing_is_shared() -> None:
    async with stage_with() as stage:
        asked = await stage.client.options(PATH, headers=_preflight("GET"))
        assert asked.status_code == 405
        answer = await stage.client.get(PATH, headers={"Origin": PAGE})
        assert answer.status_code == 200
        assert not [name for name in answer.headers if name.startswith("access-control-")]
