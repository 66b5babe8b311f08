"""What each component is told, and what it waits for."""

from pathlib import Path

import pytest
from cloche_local.folder import DataFolder, Secrets
from cloche_local.system import NEEDS, wire

SERVERS = ("nats", "postgres", "s3")
SECRETS = Secrets(
    api_key="k", nats_password="n" * 16, postgres_password="p" * 16, s3_secret_key="s" * 16
)


@pytest.mark.parametrize("server", SERVERS)
def test_whoever_is_told_an_address_waits_until_the_server_has_its_port(
    server: str, tmp_path: Path
) -> None:
    folder = DataFolder(tmp_path)
    folder.run.mkdir()
    wiring = wire(folder, SECRETS, port=None)
    before = {name: dict(one.command().environment) for name, one in wiring.services.items()}
    wiring.components[server].port += 1
    after = {name: dict(one.command().environment) for name, one in wiring.services.items()}
    told = {name for name in wiring.services if before[name] != after[name]}
    assert told
    assert told == {name for name in wiring.services if server in NEEDS[name]}
