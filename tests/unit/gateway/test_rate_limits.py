"""Rate limits as clients meet them: what a request costs, who may how much, and how a refusal looks."""

from typing import Any

import pytest
from cloche_gateway.rate_costs import Charge, batch_units, charge
from support.gateway import HELLO, UNKNOWN, Stage, assert_problem, stage_with
from support.waiting import wait_until

PATH = "/v1/evaluations"
SLOW = {"per_minute": 6, "burst": 3}


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/v1", Charge("read", 1)),
        ("GET", PATH, Charge("read", 1)),
        ("HEAD", f"{PATH}/{{id}}/output", Charge("read", 1)),
        ("GET", f"{PATH}/{{id}}/output/search", Charge("read", 10)),
        ("POST", PATH, Charge("write", 1)),
        ("PUT", "/v1/blobs/{sha256}", Charge("write", 1)),
        ("GET", "/v1/events", Charge("stream", 1)),
        ("GET", f"{PATH}/{{id}}/events", Charge("stream", 1)),
        ("GET", "/v1/keys", Charge("admin", 1)),
        ("POST", "/v1/tenants", Charge("admin", 1)),
        ("POST", "/v1/projections/{name}/rebuild", Charge("admin", 1)),
    ],
)
def test_what_a_request_costs(method: str, path: str, expected: Charge) -> None:
    assert charge(method, path) == expected


@pytest.mark.parametrize(("size", "units"), [(1, 0), (10, 0), (11, 1), (100, 9), (1000, 99)])
def test_a_batch_costs_a_tenth_of_its_evaluations(size: int, units: int) -> None:
    assert batch_units(size) == units


async def test_every_answer_to_a_key_tells_what_is_left() -> None:
    async with stage_with(rate_read=60) as stage:
        lefts = []
        for path in ("/v1", PATH, f"{PATH}/{UNKNOWN}"):
            answer = await stage.client.get(path)
            assert answer.headers["ratelimit-policy"] == '"read";q=60;w=60'
            lefts.append(answer.headers["ratelimit"])
        assert lefts == [f'"read";r={60 - n};t={n}' for n in (1, 2, 3)]
        for name in ("/livez", "/docs", "/problems/internal"):
            assert "ratelimit" not in (await stage.client.get(name)).headers
        stranger = await stage.client.get("/v1", headers={"Authorization": "Bearer x"})
        assert "ratelimit" not in stranger.headers


async def test_a_key_over_its_budget_is_told_when_to_come_back(stage: Stage) -> None:
    header = await stage.key(rates={"write": SLOW})
    answers = [await stage.client.post(PATH, json=HELLO, headers=header) for _ in range(4)]
    assert [one.status_code for one in answers] == [202, 202, 202, 429]
    problem = assert_problem(answers[3], 429, "rate_limited")
    assert answers[3].headers["retry-after"] == "10"
    assert 9 < problem["retry_after_seconds"] <= 10
    assert (problem["class"], problem["cost"], problem["burst"]) == ("write", 1, 3)
    assert answers[3].headers["ratelimit-policy"] == '"write";q=3;w=30'
    assert answers[3].headers["ratelimit"].startswith('"write";r=0;t=')
    # Nothing of it was done, and reading is another budget.
    assert await stage.length() == 3
    assert (await stage.client.get(PATH, headers=header)).status_code == 200


async def test_keys_have_budgets_of_their_own(stage: Stage) -> None:
    first, second = [await stage.key(rates={"read": SLOW}) for _ in range(2)]
    for _ in range(4):
        await stage.client.get("/v1", headers=first)
    assert (await stage.client.get("/v1", headers=first)).status_code == 429
    assert (await stage.client.get("/v1", headers=second)).status_code == 200
    assert (await stage.client.get("/v1")).status_code == 200


async def test_a_key_has_its_own_rate_else_its_tenants_else_the_servers(stage: Stage) -> None:
    made = await stage.client.post(
        "/v1/tenants", json={"name": "slow", "rates": {"read": SLOW, "write": {"per_minute": 7}}}
    )
    assert made.status_code == 201, made.text
    assert made.json()["rates"] == {"read": SLOW, "write": {"per_minute": 7}}
    tenant = made.json()["tenant"]
    own = await stage.key(tenant, rates={"read": {"per_minute": 5}})
    its = await stage.key(tenant)

    async def policy(header: dict[str, str], method: str = "GET") -> str:
        body = HELLO if method == "POST" else None
        answer = await stage.client.request(method, PATH, headers=header, json=body)
        return str(answer.headers["ratelimit-policy"])

    assert await policy(own) == '"read";q=5;w=60'
    assert await policy(own, "POST") == '"write";q=7;w=60'
    assert await policy(its) == '"read";q=3;w=30'
    assert await policy(await stage.key()) == '"read";q=300000;w=60'
    listed = (await stage.client.get("/v1/keys", params={"tenant": tenant})).json()["items"]
    assert [one.get("rates") for one in listed] == [{"read": {"per_minute": 5}}, None]


async def test_a_tenants_rates_are_changed_and_given_back(stage: Stage) -> None:
    path = "/v1/tenants/main"
    changed = await stage.client.patch(path, json={"rates": {"stream": SLOW}})
    assert (changed.status_code, changed.json()["rates"]) == (200, {"stream": SLOW})
    # What is left out stays.
    assert "rates" in (await stage.client.patch(path, json={"max_queued": 7})).json()
    assert "rates" not in (await stage.client.patch(path, json={"rates": None})).json()


@pytest.mark.parametrize(
    ("rates", "pointer"),
    [
        ({"read": {"per_minute": 0}}, "/rates/read/per_minute"),
        ({"read": {}}, "/rates/read/per_minute"),
        ({"read": {"per_minute": 1, "burst": 0}}, "/rates/read/burst"),
        ({"read": {"per_minute": 1, "bursts": 2}}, "/rates/read/bursts"),
        ({"reading": {"per_minute": 1}}, "/rates/reading"),
        (7, "/rates"),
    ],
)
async def test_rates_that_mean_nothing_are_refused(stage: Stage, rates: Any, pointer: str) -> None:
    for method, path in (
        ("POST", "/v1/tenants"),
        ("PATCH", "/v1/tenants/main"),
        ("POST", "/v1/keys"),
    ):
        body = {"name": "x", "rates": rates}
        answer = await stage.client.request(method, path, json=body)
        assert_problem(answer, 422, "invalid_body", pointer)


async def test_rates_are_exported_with_their_keys(stage: Stage) -> None:
    await stage.client.patch("/v1/tenants/main", json={"rates": {"read": SLOW}})
    await stage.key(rates={"write": SLOW})
    exported = (await stage.client.get("/v1/keys/export")).content
    async with stage_with() as other:
        body = b'{"records": [%b]}' % b",".join(exported.splitlines())
        report = await other.client.post(
            "/v1/keys/import", content=body, headers={"Content-Type": "application/json"}
        )
        assert report.json()["imported"] == 2, report.text
        answer = await other.client.get("/v1")
        assert answer.headers["ratelimit-policy"] == '"read";q=3;w=30'
        again = await other.client.post(
            "/v1/keys/import", content=body, headers={"Content-Type": "application/json"}
        )
        assert again.json()["unchanged"] == 2


async def test_a_batch_is_charged_by_its_size_before_anything_is_appended(stage: Stage) -> None:
    header = await stage.key(rates={"write": {"per_minute": 1, "burst": 4}})
    body = {"evaluations": [HELLO] * 30}
    answer = await stage.client.post("/v1/batches", json=body, headers=header)
    assert answer.status_code == 202, answer.text
    assert answer.headers["ratelimit"].startswith('"write";r=1;')
    before = await stage.length()
    refused = await stage.client.post("/v1/batches", json=body, headers=header)
    problem = assert_problem(refused, 429, "rate_limited")
    assert problem["cost"] == 2
    assert await stage.length() == before


async def test_a_search_costs_more_than_a_look(stage: Stage) -> None:
    address = await stage.submit()
    header = await stage.key(rates={"read": {"per_minute": 60}})
    path = f"{PATH}/{address.evaluation}/output/search?q=x"
    answer = await stage.client.get(path, headers=header)
    assert answer.headers["ratelimit"].startswith('"read";r=50;'), answer.text


async def test_a_refusal_costs_nothing_but_what_is_forbidden_does(stage: Stage) -> None:
    header = await stage.key(scopes=["read"], rates={"write": {"per_minute": 1, "burst": 2}})
    statuses = [
        (await stage.client.post(PATH, json=HELLO, headers=header)).status_code for _ in range(4)
    ]
    assert statuses == [403, 403, 429, 429]


async def test_the_log_away_does_not_stop_reads(stage: Stage) -> None:
    header = await stage.key(rates={"read": {"per_minute": 60, "burst": 40}})
    stage.bus.available = False
    statuses = [(await stage.client.get(PATH, headers=header)).status_code for _ in range(10)]
    # The block that it has, then one of the local share, then it waits.
    assert statuses == [200] * 4 + [429] * 6


async def test_a_key_may_have_so_many_streams_open_and_others_theirs() -> None:
    async with stage_with(streams_per_key=2) as stage:
        path = f"{PATH}/{(await stage.submit()).evaluation}/events"
        other = await stage.key()
        async with stage.listening() as client:
            async with client.stream("GET", path) as first, client.stream("GET", path) as second:
                assert (first.status_code, second.status_code) == (200, 200)
                refused = await client.get("/v1/events", params={"follow": "true"})
                problem = assert_problem(refused, 429, "too_many_streams")
                assert (problem["open"], problem["max_open"]) == (2, 2)
                async with client.stream("GET", path, headers=other) as third:
                    assert third.status_code == 200
                assert (await client.get("/v1")).status_code == 200
            await wait_until(lambda: stage.gateway.limiter.streams.of("first-key") == 0)
            # What ends by itself, or never began, holds no place.
            for _ in range(3):
                assert (await client.get("/v1/events", params={"until": "x"})).status_code == 422
            async with client.stream("GET", path) as again:
                assert again.status_code == 200


async def test_the_description_says_that_every_route_with_a_key_is_limited(stage: Stage) -> None:
    document = (await stage.client.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found = operation["responses"]
            assert "503" in found, (path, method)
            assert ("429" in found) == ("security" in operation), (path, method)
            if "429" in found:
                assert set(found["429"]["headers"]) == {
                    *("RateLimit", "RateLimit-Policy", "Retry-After")
                }
