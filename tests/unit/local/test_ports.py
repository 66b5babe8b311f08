"""Ports on loopback: which are free, and who has those that are not."""

import os
import socket
from collections.abc import Iterator

import pytest
from cloche_local import ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((ports.LOOPBACK, 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def test_a_port_that_listens_is_ours_by_proof(taken: int) -> None:
    assert not ports.is_free(taken)
    assert ports.accepts(taken)
    assert ports.listens(os.getpid(), taken)
    assert not ports.listens(os.getppid(), taken)
    assert ports.owner(taken) == os.getpid()
    assert f"port {taken} is taken by process {os.getpid()} (" in ports.taken(taken)


def test_a_preferred_port_is_taken_if_it_is_free(taken: int) -> None:
    (free,) = ports.free_ports(1)
    assert ports.choose_port(taken, free) == free
    assert ports.choose_port(taken) in ports.FREE_RANGE
    assert len(set(ports.free_ports(5))) == 5


def test_nobody_has_a_free_port() -> None:
    (free,) = ports.free_ports(1)
    assert not ports.accepts(free)
    assert ports.owner(free) is None
    assert ports.taken(free) == f"port {free} is taken by another process"


def test_a_process_that_is_gone_has_no_name_and_no_port(taken: int) -> None:
    # Beyond the largest that the kernel gives.
    gone = 1 << 23
    assert ports.process_name(gone) == ""
    assert not ports.listens(gone, taken)
