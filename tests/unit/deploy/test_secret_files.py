"""The secrets of a Compose system: random, readable by who has them mounted, and the same at both ends of a wire."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from cloche_deploy import secret_files
from cloche_kit.archive.signing import Signer
from cloche_kit.credentials import weakness
from cloche_kit.s3 import open_objects
from cloche_kit.settings import ObjectSettings
from cloche_local.binaries import script
from cloche_local.ports import free_ports
from pydantic import SecretStr
from support.waiting import wait_until

CONFIGURATION = Path(__file__).parents[3] / "infra" / "compose" / "nats"


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text().strip()


def test_both_ends_have_the_same(tmp_path: Path) -> None:
    secret_files.make(tmp_path)
    for service in secret_files.SERVICES:
        password = _read(tmp_path, f"nats_{service}")
        assert f'{service.upper()}_PASSWORD: "{password}"' in _read(tmp_path, "nats_passwords")
    dsn = urlsplit(_read(tmp_path, "cloche_postgres_dsn"))
    assert dsn.password == _read(tmp_path, "postgres_password")
    identities = {
        pair["accessKey"]: pair["secretKey"]
        for identity in json.loads(_read(tmp_path, "s3_identities"))["identities"]
        for pair in identity["credentials"]
    }
    assert identities == {
        "cloche": _read(tmp_path, "cloche_s3_secret_key"),
        "executor": _read(tmp_path, "s3_executor"),
    }


def test_nobody_could_guess_one_and_no_two_are_the_same(tmp_path: Path) -> None:
    secret_files.make(tmp_path)
    made = [_read(tmp_path, name) for name in secret_files.RANDOM if name != "archive_key"]
    assert not [secret for secret in made if weakness(secret)]
    assert len(set(made)) == len(made)


def test_the_signing_key_is_one(tmp_path: Path) -> None:
    secret_files.make(tmp_path)
    assert Signer.read(tmp_path / "archive_key").verifier.id


def test_the_folder_is_its_owner_s_and_the_files_are_for_who_has_them(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    secret_files.make(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o444}


def test_what_is_there_stays(tmp_path: Path) -> None:
    assert set(secret_files.make(tmp_path)) == {path.name for path in tmp_path.iterdir()}
    before = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert secret_files.make(tmp_path) == []
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == before


def test_another_one_goes_wherever_it_is_needed(tmp_path: Path) -> None:
    secret_files.make(tmp_path)
    (tmp_path / "nats_gateway").unlink()
    assert secret_files.make(tmp_path) == ["nats_gateway", "nats_passwords"]
    assert _read(tmp_path, "nats_gateway") in _read(tmp_path, "nats_passwords")


def test_nats_takes_its_configuration_with_them(tmp_path: Path) -> None:
    """As in the container: the configuration in /etc/nats, the secrets in /run/secrets."""
    secret_files.make(tmp_path / "run" / "secrets")
    etc = tmp_path / "etc" / "nats"
    etc.mkdir(parents=True)
    for path in CONFIGURATION.iterdir():
        (etc / path.name).write_text(path.read_text())
    for name in ("nats.conf", "cluster.conf"):
        checked = subprocess.run(
            [str(script("nats-server")), "-t", "-c", str(etc / name)],
            env={"NATS_NAME": "nats-1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert checked.returncode == 0, checked.stderr


@contextmanager
def _store(folder: Path) -> Iterator[str]:
    """The store with these identities, while inside: its address."""
    options = _read(folder, "s3_options").replace("/run/secrets/", f"{folder}/")
    names = re.findall(r"^(\S+\.port\S*)=[1-9]\d*$", options, re.MULTILINE)
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    for name, port in ports.items():
        options = re.sub(f"^{re.escape(name)}=.*$", f"{name}={port}", options, flags=re.MULTILINE)
    (folder / "data").mkdir()
    file = folder / "mini.options"
    file.write_text(re.sub("^dir=.*$", f"dir={folder / 'data'}", options, flags=re.MULTILINE))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [script("weed"), "mini", f"-options={file}"],
            cwd=folder, env={**os.environ, "HOME": str(folder)}, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        yield f"http://127.0.0.1:{ports['s3.port']}"
    finally:
        process.terminate()
        process.wait(20)


async def test_an_executor_reads_large_inputs_and_nothing_else(tmp_path: Path) -> None:
    secret_files.make(tmp_path)
    with _store(tmp_path) as endpoint:

        def settings(user: str, secret: str) -> ObjectSettings:
            key = SecretStr(_read(tmp_path, secret))
            return ObjectSettings(s3_endpoint=endpoint, s3_access_key=user, s3_secret_key=key)

        async with (
            open_objects(settings("cloche", "cloche_s3_secret_key"), make=False) as all_,
            open_objects(settings("executor", "s3_executor"), make=False) as some,
        ):
            await wait_until(all_.ready, within=30, every=0.1, told=(tmp_path / "log").read_text)
            for key in ("blobs/main/1", "archive/1"):
                await all_.put(key, key.encode())
            found = await some.get("blobs/main/1")
            assert found is not None
            assert found[1] == b"blobs/main/1"
            with pytest.raises(ClientError, match="AccessDenied"):
                await some._client.get_object(Bucket="cloche", Key="archive/1")
            with pytest.raises(ClientError, match="AccessDenied"):
                await some._client.put_object(Bucket="cloche", Key="blobs/main/1", Body=b"mine")
            with pytest.raises(ClientError, match="AccessDenied"):
                await some._client.list_objects_v2(Bucket="cloche")


def test_users_may_do_what_they_may_in_production() -> None:
    terraform = CONFIGURATION.parents[1] / "terraform/modules/nats/nats.conf.tftpl"
    ours, theirs = (
        re.sub(r"\s+", " ", text[text.index("no_stream_loss") :]).strip()
        for text in ((CONFIGURATION / "nats.conf").read_text(), terraform.read_text())
    )
    assert ours == theirs
