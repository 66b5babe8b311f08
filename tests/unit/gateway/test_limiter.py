"""Budgets that gateways share: nobody waits inside them, no more than a block too much beyond, and all of it while the
log is away, comes back, or is slow."""

import asyncio

import msgspec
import pytest
from cloche_gateway import gcra
from cloche_gateway import limiter as limiter_module
from cloche_gateway.gcra import SECOND, Rate
from cloche_gateway.limiter import Budget, Limiter
from cloche_gateway.rate_costs import Charge
from cloche_kit.registers import Register
from hypothesis import given, settings
from hypothesis import strategies as st
from support.shared_budgets import Clock, FixedTerms, Store, refusal, settled, spend

# A hundred units at once, ten a second; blocks of ten.
RATE = Rate(SECOND // 10, 100)
PART = 0.1
BLOCK = 10


class Shared:
    """Gateways that share a budget."""

    def __init__(self, gateways: int = 1, *, rate: Rate = RATE, part: float = PART) -> None:
        self.clock = Clock()
        self.store = Store(self.clock)
        self.terms = FixedTerms(rate, part=part)
        self.limiters = [Limiter(self.store, self.terms, clock=self.clock) for _ in range(gateways)]
        self.one = self.limiters[0]

    def pass_(self, seconds: float) -> None:
        self.clock.now += int(seconds * SECOND)


async def test_one_gateway_grants_exactly_the_budget() -> None:
    shared = Shared()
    granted = 0
    for _ in range(200):
        granted += await spend(shared.one)
        await settled(shared.one)
    assert granted == RATE.burst
    shared.pass_(3)
    assert sum([await spend(shared.one) for _ in range(100)]) == 30


async def test_requests_inside_the_budget_wait_for_nobody() -> None:
    shared = Shared()
    shared.store.slow = asyncio.Event()
    # Nothing answers; still, not one of them goes round the event loop.
    for _ in range(BLOCK):
        spending = shared.one.charge({}, "k", "main", Charge("read", 1))
        with pytest.raises(StopIteration):
            spending.send(None)
    shared.store.slow.set()
    await settled(shared.one)
    assert shared.store.writes >= 1


async def test_a_key_that_is_hardly_used_costs_the_log_nothing() -> None:
    shared = Shared()
    for _ in range(BLOCK // 2):
        assert await spend(shared.one)
    await asyncio.sleep(0)
    assert (shared.store.writes, shared.store.reads) == (0, 0)


async def test_a_refusal_says_when_and_is_right_to_the_nanosecond() -> None:
    shared = Shared()
    while await spend(shared.one):
        await settled(shared.one)
    error = await refusal(shared.one, 7)
    wait = float(str(error.extensions["retry_after_seconds"]))
    assert wait == pytest.approx(0.7)
    assert error.headers["Retry-After"] == "1"
    assert error.extensions["class"] == "read"
    shared.clock.now += round(wait * SECOND) - 1
    await refusal(shared.one, 7)
    shared.clock.now += 1
    assert await spend(shared.one, 7) == 7


async def test_what_is_refused_asks_the_log_nothing() -> None:
    shared = Shared()
    while await spend(shared.one):
        await settled(shared.one)
    before = (shared.store.writes, shared.store.reads)
    for _ in range(100):
        assert not await spend(shared.one)
    await settled(shared.one)
    assert (shared.store.writes, shared.store.reads) == before


async def test_a_cost_over_the_burst_takes_the_whole_of_it() -> None:
    shared = Shared()
    assert await spend(shared.one, 10**6)
    await settled(shared.one)
    error = await refusal(shared.one)
    assert float(str(error.extensions["retry_after_seconds"])) <= 0.1


async def test_many_at_once_share_a_lease() -> None:
    """With a block of one, each of them finds nothing and waits for the same answer."""
    shared = Shared(rate=Rate(SECOND, 12))
    granted = await asyncio.gather(*(spend(shared.one) for _ in range(20)))
    assert sum(granted) == 12
    assert shared.store.writes <= 4


async def test_two_gateways_grant_no_more_than_the_budget_and_a_block_each() -> None:
    shared = Shared(2)
    granted = 0
    for turn in range(400):
        granted += await spend(shared.limiters[turn % 2])
        if turn % 5 == 0:
            for one in shared.limiters:
                await settled(one)
    assert RATE.burst - 2 * BLOCK <= granted <= RATE.burst + 2 * BLOCK


async def test_what_was_leased_for_a_request_that_is_refused_others_may_use() -> None:
    shared = Shared(2)
    one, other = shared.limiters
    assert await spend(other, 30)
    await settled(other)
    # The other one holds a block, so 60 are left, of which this one has begun with 10.
    assert not await spend(one, 75)
    await settled(one)
    assert one._accounts["k", "read"].balance <= BLOCK
    assert await spend(other, 55)


@settings(max_examples=60)
@given(
    st.integers(1, 4),
    st.lists(
        st.tuples(
            st.integers(0, 3),
            st.integers(1, 40),
            st.integers(0, RATE.interval * 12),
            st.booleans(),
        ),
        min_size=1,
        max_size=150,
    ),
)
def test_whatever_comes_the_overshoot_is_a_block_for_each_gateway(
    gateways: int, steps: list[tuple[int, int, int, bool]]
) -> None:
    async def run() -> None:
        shared = Shared(gateways)
        taken: list[tuple[int, int]] = []
        for which, cost, gap, settle in steps:
            shared.clock.now += gap
            limiter = shared.limiters[which % gateways]
            if granted := await spend(limiter, cost):
                taken.append((shared.clock.now, granted))
            if settle:
                await settled(limiter)
        for one in shared.limiters:
            await settled(one)
        for first, (begin, _) in enumerate(taken):
            spent = 0
            for now, units in taken[first:]:
                spent += units
                allowed = RATE.burst + (now - begin) // RATE.interval
                assert spent <= allowed + gateways * BLOCK

    with pytest.MonkeyPatch.context() as patch:
        # The clock stands still, so nobody has to be kept from asking again and again.
        patch.setattr(limiter_module, "PAUSE", 0)
        asyncio.run(run())


async def test_while_the_log_is_away_it_goes_on_with_its_lease_and_then_its_share() -> None:
    shared = Shared()
    shared.store.away = True
    granted = 0
    for _ in range(300):
        granted += await spend(shared.one)
        await settled(shared.one)
    # The block that it began with, and one of the local share.
    assert granted == 2 * BLOCK
    # A quarter of ten a second.
    for _ in range(20):
        shared.pass_(1)
        for _ in range(20):
            granted += await spend(shared.one)
            await settled(shared.one)
    assert 2 * BLOCK + 20 * 2 <= granted <= 2 * BLOCK + 20 * 2.5


async def test_the_local_share_says_when_it_has_more() -> None:
    shared = Shared()
    shared.store.away = True
    while await spend(shared.one):
        await settled(shared.one)
    error = await refusal(shared.one)
    assert float(str(error.extensions["retry_after_seconds"])) == pytest.approx(0.4)


async def test_a_log_that_is_back_is_used_again_without_a_restart() -> None:
    shared = Shared()
    shared.store.away = True
    while await spend(shared.one):
        await settled(shared.one)
    shared.store.away = False
    shared.pass_(1.5)
    granted = 0
    while await spend(shared.one):
        granted += 1
        await settled(shared.one)
    # The record never knew of the block that was lent; now it does.
    assert granted == RATE.burst - BLOCK


async def test_a_log_that_does_not_answer_keeps_a_request_for_a_bounded_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(limiter_module, "LEASE_SECONDS", 0.05)
    shared = Shared()
    shared.store.slow = asyncio.Event()
    async with asyncio.timeout(2.0):
        granted = [await spend(shared.one) for _ in range(2 * BLOCK)]
    assert all(granted)
    await shared.one.close()


async def test_a_lease_that_somebody_waits_for_outlives_whoever_gives_up() -> None:
    shared = Shared(rate=Rate(SECOND, 12))
    shared.store.slow = asyncio.Event()
    assert await spend(shared.one)
    impatient = asyncio.create_task(spend(shared.one))
    patient = asyncio.create_task(spend(shared.one))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.wait({impatient})
    shared.store.slow.set()
    assert await patient == 1


async def test_a_record_that_nobody_understands_is_written_over() -> None:
    shared = Shared()
    shared.store.records["k.read"] = Register(b"of a later version", 1000)
    assert await spend(shared.one, BLOCK)
    await settled(shared.one)
    assert await spend(shared.one, BLOCK)
    written = shared.store.records["k.read"]
    assert msgspec.json.decode(written.data, type=Budget).tat > shared.clock.now


async def test_a_clock_that_was_set_back_stops_nobody() -> None:
    shared = Shared()
    while await spend(shared.one):
        await settled(shared.one)
    # The record was written by a gateway that went by a clock one hour ahead.
    ahead = shared.clock.now + 3600 * SECOND
    shared.store.records["k.read"] = Register(msgspec.json.encode(Budget(ahead)), 1000)
    shared.pass_(1)
    assert await spend(shared.one)


async def test_a_rate_that_was_changed_is_known_after_a_moment() -> None:
    shared = Shared()
    assert await spend(shared.one)
    shared.terms.fixed = Rate(SECOND, 3)
    shared.pass_(1.5)
    assert sum([await spend(shared.one) for _ in range(20)]) <= 4
    _, state = shared.one.headers_of({limiter_module.ACCOUNT: _account(shared)}) or ("", "")
    assert state.startswith('"read";r=0;t=')


async def test_the_headers_tell_what_is_left_and_when_it_is_whole() -> None:
    shared = Shared()
    scope: dict[str, object] = {}
    assert shared.one.headers_of(scope) is None
    await shared.one.charge(scope, "k", "main", Charge("read", 30))
    assert shared.one.headers_of(scope) == ('"read";q=100;w=10', '"read";r=70;t=3')
    shared.pass_(1)
    assert shared.one.headers_of(scope) == ('"read";q=100;w=10', '"read";r=80;t=2')


async def test_accounts_are_bounded_and_the_idle_ones_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter_module, "MOST_ACCOUNTS", 20)
    shared = Shared()
    for number in range(100):
        shared.clock.now += 1
        assert await spend(shared.one, key=f"k{number}")
        assert await spend(shared.one, key="busy")
        shared.pass_(1.1)
    assert len(shared.one._accounts) <= 20
    assert shared.one.knows("busy")
    assert shared.one.knows("k99")
    assert not shared.one.knows("k1")


def _account(shared: Shared) -> object:
    return shared.one._accounts["k", "read"]


def test_the_rate_of_the_tests_is_what_their_figures_are_made_of() -> None:
    assert gcra.per_minute(600, 100) == RATE
