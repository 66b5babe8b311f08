"""The secrets of a Compose system: random, readable by who has them mounted, and the same at both ends of a wire."""

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from cloche_deploy import secret_files
from cloche_kit.archive.signing import Signer
from cloche_kit.credentials import weakness
from cloche_local.binaries import script

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
    (identity,) = json.loads(_read(tmp_path, "s3_identities"))["identities"]
    assert identity["credentials"][0]["secretKey"] == _read(tmp_path, "cloche_s3_secret_key")


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


def test_users_may_do_what_they_may_in_production() -> None:
    terraform = CONFIGURATION.parents[1] / "terraform/modules/nats/nats.conf.tftpl"
    ours, theirs = (
        re.sub(r"\s+", " ", text[text.index("no_stream_loss") :]).strip()
        for text in ((CONFIGURATION / "nats.conf").read_text(), terraform.read_text())
    )
    assert ours == theirs
