"""The servers from the wheels: ready, closed to others, gone when told."""

import os
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import boto3
import nats
import pytest
from botocore.exceptions import ClientError
from cloche_kit.settings import ObjectSettings
from cloche_local.nats import USER, Nats
from cloche_local.ports import free_ports, owner
from cloche_local.postgres import Postgres
from cloche_local.process import ComponentError, NotReady, running
from cloche_local.seaweed import Seaweed


async def test_postgres_gives_each_test_a_fresh_database(postgres_dsn: str) -> None:
    connection = await asyncpg.connect(postgres_dsn)
    try:
        assert (
            await connection.fetchval("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            == 0
        )
        assert str(await connection.fetchval("SHOW server_version")).startswith("18.")
        assert await connection.fetchval("SELECT 'ä' < 'b'") is False
    finally:
        await connection.close()


async def test_postgres_refuses_a_wrong_password(postgres_server: Postgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres_server.dsn(), password="wrong")


def test_postgres_keeps_its_files_where_no_other_user_can_come(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = Postgres(
        closed / "data", port=free_ports(1)[0], password="p", log=tmp_path / "log", durable=False
    )
    with running(server) as first:
        server.execute("CREATE DATABASE kept")
        assert Path(f"/proc/{first.pid}").stat().st_uid != 0
    with running(server), pytest.raises(ComponentError, match="already exists"):
        server.execute("CREATE DATABASE kept")


def test_postgres_refuses_files_of_another_version(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/PG_VERSION").write_text("15\n")
    server = Postgres(tmp_path / "data", port=1, password="p", log=tmp_path / "log")
    with pytest.raises(ComponentError, match="written by PostgreSQL 15"):
        server.prepare()


def test_postgres_tells_a_user_without_a_name_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unknown(_user: object) -> None:
        raise KeyError

    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.setattr("pwd.getpwnam", unknown)
    for uid, advice in ((0, "no user nobody"), (12_345, "has none in /etc/passwd")):
        monkeypatch.setattr(os, "geteuid", lambda uid=uid: uid)
        server = Postgres(tmp_path / "data", port=1, password="p", log=tmp_path / "log")
        with pytest.raises(ComponentError, match=advice):
            server.prepare()


def test_s3_takes_only_signed_requests(s3_settings: ObjectSettings) -> None:
    bucket, endpoint = s3_settings.s3_bucket, s3_settings.s3_endpoint
    secret = s3_settings.s3_secret_key.get_secret_value()
    with closing(client(endpoint, secret)) as s3, closing(client(endpoint, "wrong")) as stranger:
        s3.put_object(Bucket=bucket, Key="a/b", Body=b"bytes")
        assert s3.get_object(Bucket=bucket, Key="a/b")["Body"].read() == b"bytes"
        with pytest.raises(ClientError):
            stranger.get_object(Bucket=bucket, Key="a/b")


def test_s3_keeps_objects_when_its_inner_ports_change(tmp_path: Path) -> None:
    server = Seaweed(
        tmp_path / "s3", port=free_ports(1)[0], secret_key="secret", log=tmp_path / "log"
    )
    for life, wanted in ((1, None), (2, b"x" * 100_000)):
        with running(server), closing(client(server.endpoint, "secret")) as s3:
            if wanted is not None:
                assert s3.get_object(Bucket="cloche", Key="1")["Body"].read() == wanted
            s3.put_object(Bucket="cloche", Key=str(life), Body=b"x" * 100_000)
        server.tidy()


def test_s3_rests_while_nobody_asks(tmp_path: Path) -> None:
    """Its garbage collector has room: with less it never rests. One of its own: others keep theirs at work."""
    server = Seaweed(
        tmp_path / "s3", port=free_ports(1)[0], secret_key="secret", log=tmp_path / "log"
    )
    with running(server) as process:
        # It has things to do when it has just begun.
        assert min(taken_in(process.pid, 1.0) for _ in range(6)) < 0.03
    server.tidy()


def taken_in(pid: int, seconds: float) -> float:
    """Processor seconds of a process within so many of the clock."""
    before = processor_seconds(pid)
    # What it takes in this time is what is measured.
    time.sleep(seconds)
    return processor_seconds(pid) - before


def processor_seconds(pid: int) -> float:
    """What all threads of a process have taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def test_everything_listens_on_loopback_only(
    postgres_server: Postgres, s3_server: ObjectSettings, tmp_path: Path
) -> None:
    nats_server = Nats(tmp_path / "nats", port=free_ports(1)[0], password="p", log=tmp_path / "log")
    with running(nats_server) as process:
        s3_port = int(s3_server.s3_endpoint.rpartition(":")[2])
        pids = [process.pid, owner(postgres_server.port), owner(s3_port)]
        addresses = [listening_addresses(pid) for pid in pids if pid is not None]
    assert [len(found) for found in addresses] == [1, 1, 10]
    assert {address for found in addresses for address in found} == {"0100007F"}


def listening_addresses(pid: int) -> list[str]:
    """The local address, as the kernel writes it, of each socket on which a process listens."""
    descriptors = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
    tables = [Path(f"/proc/{pid}/net/{name}").read_text().splitlines() for name in ("tcp", "tcp6")]
    rows = [line.split() for table in tables for line in table[1:]]
    return [
        row[1].partition(":")[0]
        for row in rows
        if row[3] == "0A" and f"socket:[{row[9]}]" in descriptors
    ]


async def test_nats_is_ready_for_who_knows_the_password_only(tmp_path: Path) -> None:
    server = Nats(tmp_path / "nats", port=free_ports(1)[0], password="p", log=tmp_path / "log")
    stranger = Nats(tmp_path / "x", port=server.port, password="q", log=tmp_path / "log")
    with running(server) as process:
        connection = await nats.connect(server.url, user=USER, password="p")
        await connection.jetstream().account_info()
        await connection.close()
        assert server.ready(process.pid)
        assert not stranger.ready(process.pid)
        assert not server.ready(os.getpid())


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        server = Nats(tmp_path / "nats", port=port, password="p", log=tmp_path / "log")
        assert owner(port) == os.getpid()
        with pytest.raises(NotReady, match="address already in use"), running(server):
            pass


def client(endpoint: str, secret: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="cloche",
        aws_secret_access_key=secret,
        region_name="us-east-1",
    )
