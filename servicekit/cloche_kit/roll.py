"""Who is there: what the processes of one kind say of themselves, each forgotten once it falls silent.

Part of the event bus (`EventBus.executors`, `EventBus.gateways`). The adapters are jetstream_roll.py and
memory_roll.py, held to it by tests/contract/test_roll.py. Errors are the bus's.
"""

from typing import Protocol


class Roll(Protocol):
    async def announce(self, name: str, data: bytes) -> None:
        """Say what is known of the process `name`. It is forgotten after `PRESENCE_SECONDS` (topology.py)."""
        ...

    async def withdraw(self, name: str) -> None:
        """Forget it at once."""
        ...

    async def there(self) -> list[bytes]:
        """What those that are there said last, in no order. May be stale by a moment."""
        ...
