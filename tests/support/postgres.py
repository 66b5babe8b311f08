"""A real PostgreSQL for the tests of one worker, and an empty database for each test that asks."""

import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cloche_local.ports import free_ports
from cloche_local.postgres import Postgres
from cloche_local.process import running


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One server for all tests of this worker; nothing of it outlives them."""
    with server() as started:
        yield started


@contextmanager
def server() -> Iterator[Postgres]:
    """A server of its own, while inside."""
    with tempfile.TemporaryDirectory(prefix="cloche-postgres-") as folder:
        postgres = Postgres(
            Path(folder) / "data",
            port=free_ports(1)[0],
            password=secrets.token_hex(16),
            log=Path(folder) / "postgres.log",
            durable=False,
        )
        command = postgres.command()
        with running(postgres, at_end=command.death_signal):
            yield postgres


@pytest.fixture
def postgres_dsn(postgres_server: Postgres) -> Iterator[str]:
    """The address of a fresh, empty database."""
    name = f"test_{secrets.token_hex(6)}"
    postgres_server.execute(f"CREATE DATABASE {name}")
    yield postgres_server.dsn(name)
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")
