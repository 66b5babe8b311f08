"""Rate limits of API keys, held by all gateways together without a question on the way of a request.

Each key has a budget for each class of routes. A gateway spends what it has leased (rate_account.py) and takes the next
block in the background before the last one is spent. Only a request that finds less than it costs, where the record may
have more, waits for a lease. While the log is away, each gateway spends what it holds, and then grants a stated share
of the rate by itself: less than was promised, and never without a bound. Docs: docs/rate-limits.md.
"""

import asyncio
import time
from collections.abc import Callable

import msgspec
from cloche_kit.bus import BusError
from cloche_kit.logs import get_logger
from cloche_kit.registers import Registers
from cloche_schemas.rates import RATE_CLASSES, RateClass
from msgspec import Struct
from prometheus_client import Counter
from starlette.types import Scope

from cloche_gateway import gcra
from cloche_gateway.gcra import MINUTE, SECOND, Rate
from cloche_gateway.keyring import Keyring
from cloche_gateway.open_streams import OpenStreams
from cloche_gateway.problems import ClientError
from cloche_gateway.rate_account import Account
from cloche_gateway.rate_costs import Charge, charge_of
from cloche_gateway.settings import GatewaySettings

LEASE_SECONDS = 1.0
# After a lease that failed, nobody tries another one for so long.
AWAY = SECOND
# After a lease that gave less than was asked for: at the end of a budget each request would ask for one.
PAUSE = SECOND // 50
# A changed rate is known after so long.
CHECK = SECOND
# The store's clock is looked at again; in between ours goes on from there.
CLOCK = MINUTE
MOST_ACCOUNTS = 20_000
#: Leases that a request waits for before it is refused: of those, others may take everything.
LOOKS = 3
ACCOUNT = "cloche.account"

REFUSED = Counter("cloche_rate_limited", "Requests over the rate limit of their key", ["class"])
LEASES = Counter("cloche_rate_leases", "Leases of rate limits", ["result"])
for _class in RATE_CLASSES:
    REFUSED.labels(_class)
for _result in ("whole", "part", "failed"):
    LEASES.labels(_result)
_log = get_logger(__name__)


class Budget(Struct, frozen=True):
    """What the record says: the TAT in nanoseconds since 1970."""

    tat: int


_budgets = msgspec.json.Decoder(Budget)


class RateTerms:
    """The rate of a key: its own, else that of its tenant, else that of the settings."""

    def __init__(self, keyring: Keyring, settings: GatewaySettings) -> None:
        self._keyring = keyring
        self._settings = settings
        self.part = settings.rate_block
        self.share = settings.rate_share
        self.streams = settings.streams_per_key

    def rate(self, key: str, tenant: str, class_: RateClass) -> Rate:
        for record in (self._keyring.key(key), self._keyring.tenant(tenant)):
            own = record.rates.of(class_) if record is not None and record.rates else None
            if own is not None:
                return gcra.per_minute(own.per_minute, own.burst or own.per_minute)
        units: int = getattr(self._settings, f"rate_{class_}")
        return gcra.per_minute(units, units)


class Limiter:
    """One for each gateway. `clock` gives nanoseconds that never go back."""

    def __init__(
        self,
        registers: Registers,
        terms: RateTerms,
        *,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.streams = OpenStreams(terms.streams)
        self._registers = registers
        self._terms = terms
        self._clock = clock
        self._accounts: dict[tuple[str, RateClass], Account] = {}
        self._leasing: dict[str, asyncio.Task[None]] = {}
        # Store's time less ours, and when it was found out by ours.
        self._ahead = time.time_ns() - clock()
        self._looked = -CLOCK
        self._away_until = 0
        self._shared = True

    async def admit(self, scope: Scope, key: str, tenant: str) -> None:
        """Take what the request costs from the budget of `key`. `rate_limited` if there is not enough.

        `too_many_streams` for one stream more than it may have open. Call `ended` when the request is over.
        """
        charge = charge_of(scope)
        await self.charge(scope, key, tenant, charge)
        if charge.class_ == "stream":
            self.streams.enter(scope, key)

    def ended(self, scope: Scope) -> None:
        """The request is over, whatever came of it."""
        self.streams.leave(scope)

    async def charge(self, scope: Scope, key: str, tenant: str, charge: Charge) -> None:
        """Take this much, which may be none. What is left is told with the answer to the request (`headers_of`)."""
        now = self._clock()
        account = self._accounts.get((key, charge.class_))
        if account is None or now - account.checked > CHECK:
            account = self._checked(key, tenant, charge.class_, now)
        scope[ACCOUNT] = account
        cost = min(charge.units, account.rate.burst)
        if account.balance >= cost:
            # All that there is to it, nearly always.
            account.balance -= cost
        else:
            await self._spend(account, cost)
        if (
            account.balance < account.low
            and now >= self._away_until
            and account.worth_asking(self._now())
        ):
            self._lease(account)

    def knows(self, key: str) -> bool:
        """Whether the key has been used here lately."""
        return any((key, class_) in self._accounts for class_ in RATE_CLASSES)

    def headers_of(self, scope: Scope) -> tuple[str, str] | None:
        """RateLimit-Policy and RateLimit for the answer, where something was taken from a budget."""
        account: Account | None = scope.get(ACCOUNT)
        return None if account is None else (account.policy, account.state(self._now()))

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._leasing.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _spend(self, account: Account, cost: int) -> None:
        for _ in range(LOOKS):
            now = self._now()
            verdict, wait = account.spend(cost, now)
            if verdict == "granted":
                return
            if verdict == "refused":
                raise self._refusal(account, cost, wait)
            if self._clock() < self._away_until:
                wait = account.spend_locally(cost, now)
                if wait:
                    raise self._refusal(account, cost, wait)
                return
            lacking = cost - account.balance
            leasing = self._lease(account)
            account.lacking += lacking
            try:
                # Others may wait for the same one.
                await asyncio.shield(leasing)
            finally:
                account.lacking -= lacking
        wait = max(account.rate.interval, account.wait(cost, self._now()))
        raise self._refusal(account, cost, wait)

    def _refusal(self, account: Account, cost: int, wait: int) -> ClientError:
        """What it had leased for a request that it then refused, others may use."""
        if account.give_back() and self._clock() >= self._away_until:
            self._lease(account)
        return _refused(account, cost, wait)

    def _lease(self, account: Account) -> asyncio.Task[None]:
        """The lease that is under way, or a new one. It never fails."""
        task = self._leasing.get(account.name)
        if task is None:
            task = asyncio.create_task(self._leased(account))
            self._leasing[account.name] = task
            task.add_done_callback(lambda _: self._leasing.pop(account.name, None))
        return task

    async def _leased(self, account: Account) -> None:
        if self._clock() < self._away_until:
            return
        try:
            async with asyncio.timeout(LEASE_SECONDS):
                await self._synchronise()
                if (early := account.not_before - self._now()) > 0:
                    await asyncio.sleep(early / SECOND)
                await self._take_block(account)
        except (BusError, TimeoutError) as error:
            self._away_until = self._clock() + AWAY
            self._is_shared(False, error=str(error))
            LEASES.labels("failed").inc()
        else:
            self._is_shared(True)

    async def _take_block(self, account: Account) -> None:
        while True:
            now, owed, wanted = self._now(), account.owed, account.needs
            tat, given = gcra.lease(account.rate, account.tat, now, owed, wanted)
            revision = None
            if owed or given:
                data = msgspec.json.encode(Budget(tat))
                revision = await self._registers.write(account.name, data, after=account.revision)
                if revision is not None:
                    account.leased(tat, revision, paid=owed, given=given)
            if revision is not None or not (owed or given):
                if given < wanted:
                    account.not_before = now + PAUSE
                LEASES.labels("whole" if given == wanted else "part").inc()
                return
            await self._read(account)

    async def _read(self, account: Account) -> None:
        """Somebody else has taken from it meanwhile."""
        found = await self._registers.read(account.name)
        if found is None:
            account.learned(0, 0)
            return
        try:
            tat = _budgets.decode(found.data).tat
        except msgspec.DecodeError as error:
            # Whatever that is, the next lease writes over it.
            _log.warning("budget_not_understood", name=account.name, error=str(error))
            tat = 0
        account.learned(tat, found.revision)

    def _is_shared(self, shared: bool, *, error: str = "") -> None:
        """Said when it changes, not for each lease."""
        if shared != self._shared:
            self._shared = shared
            if shared:
                _log.info("rate_limits_shared_again")
            else:
                _log.warning("rate_limits_not_shared", error=error)

    async def _synchronise(self) -> None:
        begun = self._clock()
        if begun - self._looked < CLOCK:
            return
        store = await self._registers.clock()
        self._looked = self._clock()
        self._ahead = store - (begun + self._looked) // 2

    def _now(self) -> int:
        """The store's time."""
        return self._clock() + self._ahead

    def _checked(self, key: str, tenant: str, class_: RateClass, now: int) -> Account:
        """The account, with the rate of today."""
        rate = self._terms.rate(key, tenant, class_)
        part, share = self._terms.part, self._terms.share
        account = self._accounts.get((key, class_))
        if account is None:
            if len(self._accounts) >= MOST_ACCOUNTS:
                self._forget()
            account = Account(key, class_, rate, part=part, share=share)
            self._accounts[key, class_] = account
        elif account.rate != rate:
            account.set_rate(rate, part=part, share=share)
        account.checked = now
        return account

    def _forget(self) -> None:
        """The tenth that was used the longest ago. Who comes back begins with a block that it owes."""
        oldest = sorted(self._accounts, key=lambda one: self._accounts[one].checked)
        for key in oldest[: MOST_ACCOUNTS // 10]:
            del self._accounts[key]


def _refused(account: Account, cost: int, wait: int) -> ClientError:
    REFUSED.labels(account.class_).inc()
    seconds = wait / SECOND
    units = f"{cost} units" if cost > 1 else "a unit"
    return ClientError(
        "rate_limited",
        f"this key has spent its budget for {account.class_}: {units} in {seconds:.3f} s",
        headers={"Retry-After": str(-(-wait // SECOND))},
        extensions={
            "class": account.class_,
            "cost": cost,
            "burst": account.rate.burst,
            "retry_after_seconds": seconds,
        },
    )
