"""A real PostgreSQL for the tests of one worker, and an empty database for each test that asks."""

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloche_local.ports import free_ports
from cloche_local.postgres import Postgres
from cloche_local.process import running


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One server for all tests of this worker; nothing of it outlives them."""
    with tempfile.TemporaryDirectory(prefix="cloche-postgres-") as folder:
        server = Postgres(
            Path(folder) / "data",
            port=free_ports(1)[0],
            password=secrets.token_hex(16),
            log=Path(folder) / "postgres.log",
            durable=False,
        )
        command = server.command()
        with running(server, at_end=command.death_signal):
            yield server


@pytest.fixture
def postgres_dsn(postgres_server: Postgres) -> Iterator[str]:
    """The address of a fresh, empty database."""
    name = f"test_{secrets.token_hex(6)}"
    postgres_server.execute(f"CREATE DATABASE {name}")
    yield postgres_server.dsn(name)
    postgres_server.execute(f"DROP DATABASE {name} WITH (FORCE)")
