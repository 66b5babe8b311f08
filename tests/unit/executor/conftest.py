"""A bus and a client for every test of the executor."""

import pytest
from cloche_kit.memory import MemoryBus
from support.evaluations import Client
from support.working import ACK_WAIT


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus(ack_wait=ACK_WAIT)


@pytest.fixture
def client(bus: MemoryBus) -> Client:
    return Client(bus)
