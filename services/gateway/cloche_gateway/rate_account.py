"""What one gateway knows of the budget of one key and class, and what it may grant without asking anybody.

The budget itself is one TAT (gcra.py) in a record that all gateways share. A gateway takes units from it in blocks,
ahead of need, and spends them by itself. An account begins with a block that it owes, so that the first request waits
for nobody either; the first lease makes up for it. So within any time a gateway grants at most a block more than it has
taken from the record.
"""

from typing import Literal

from cloche_schemas.rates import RateClass

from cloche_gateway import gcra
from cloche_gateway.gcra import SECOND, Rate

Verdict = Literal["granted", "refused", "ask"]


class Account:
    """`name` is the record's. Times are the store's, in nanoseconds, but for `checked`, which is the limiter's."""

    __slots__ = (
        "balance",
        "block",
        "checked",
        "class_",
        "lacking",
        "local",
        "local_tat",
        "low",
        "name",
        "not_before",
        "owed",
        "policy",
        "rate",
        "revision",
        "tat",
    )

    def __init__(
        self, key: str, class_: RateClass, rate: Rate, *, part: float, share: float
    ) -> None:
        self.name = f"{key}.{class_}"
        self.class_ = class_
        #: Units that were spent, or are held, and are not in the record yet; below 0, those that go back into it.
        self.owed = 0
        #: The record as it was last seen.
        self.tat = 0
        self.revision = 0
        #: Units that are wanted by requests that wait for a lease.
        self.lacking = 0
        #: No lease is asked for before: the last one gave less than it was asked for.
        self.not_before = 0
        self.local_tat = 0
        self.checked = 0
        self.balance = 0
        self.set_rate(rate, part=part, share=share)
        self.balance = self.owed = self.block

    def set_rate(self, rate: Rate, *, part: float, share: float) -> None:
        """`part` of the burst is a block; `share` of the rate is granted while the record cannot be reached."""
        self.rate = rate
        self.block = max(1, int(rate.burst * part))
        self.low = max(1, self.block // 2)
        self.local = rate.scaled(share, self.block)
        self.policy = f'"{self.class_}";q={rate.burst};w={max(1, round(rate.tolerance / SECOND))}'
        self.balance = min(self.balance, self.block)
        self.owed = min(self.owed, self.block)

    @property
    def needs(self) -> int:
        """Units that a lease should bring: up to a block, or what is waited for."""
        return max(self.block - self.balance, self.lacking)

    def spend(self, cost: int, now: int) -> tuple[Verdict, int]:
        """Take `cost` units from what is held. Refused: for so many nanoseconds there will not be enough.

        `ask`: the record may have them.
        """
        if self.balance >= cost:
            self.balance -= cost
            return "granted", 0
        wait = self.wait(cost, now)
        return ("ask", 0) if wait == 0 else ("refused", wait)

    def wait(self, cost: int, now: int) -> int:
        """Nanoseconds until what is held and what the record gives are `cost` together, as far as is known here."""
        lacking = max(0, cost - self.balance)
        return gcra.wait(self.rate, self._tat(now), now, lacking + self.owed) if lacking else 0

    def spend_locally(self, cost: int, now: int) -> int:
        """The record cannot be reached: take `cost` units of the local share. Else the nanoseconds to wait.

        A cost beyond a block is that of a block: there is never more.
        """
        cost = min(cost, self.local.burst)
        after = gcra.take(self.local, self.local_tat, now, cost)
        if after is None:
            return gcra.wait(self.local, self.local_tat, now, cost)
        self.local_tat = after
        return 0

    def worth_asking(self, now: int) -> bool:
        """Whether a lease would bring anything, as far as is known here."""
        return now >= self.not_before and (
            self.owed != 0 or gcra.remaining(self.rate, self._tat(now), now) > 0
        )

    def leased(self, tat: int, revision: int, *, paid: int, given: int) -> None:
        """A lease is in the record: `paid` of what was owed, and `given`."""
        self.tat, self.revision = tat, revision
        left = self.owed - paid
        self.owed = max(0, left) if paid > 0 else min(0, left)
        self.balance += given

    def give_back(self) -> bool:
        """Nobody here can use what is held beyond a block: it is owed to us now. Whether there is any."""
        surplus = self.balance - self.block
        if surplus <= 0:
            return False
        self.balance -= surplus
        self.owed -= surplus
        return True

    def learned(self, tat: int, revision: int) -> None:
        """The record, as somebody else has left it."""
        self.tat, self.revision = tat, revision

    def state(self, now: int) -> str:
        """The value of the header RateLimit: units that are left, and seconds until the budget is whole."""
        whole = max(self._tat(now), now) + self.owed * self.rate.interval
        left = (now + self.rate.tolerance - whole) // self.rate.interval + self.balance
        missing = self.rate.burst - left
        seconds = -(-missing * self.rate.interval // SECOND)
        return f'"{self.class_}";r={max(0, left)};t={max(0, seconds)}'

    def _tat(self, now: int) -> int:
        return gcra.sane(self.rate, self.tat, now)
